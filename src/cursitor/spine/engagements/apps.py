from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "cursitor.spine.engagements"
    label = "engagements"
