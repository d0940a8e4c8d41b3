from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "cursitor.spine.quality"
    label = "quality"
