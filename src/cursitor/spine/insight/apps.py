from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "cursitor.spine.insight"
    label = "insight"
