from django.apps import AppConfig


class SafeguardsConfig(AppConfig):
    name = "cursitor.spine.safeguards"
    label = "safeguards"
