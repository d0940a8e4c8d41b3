from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "cursitor.spine.work"
    label = "work"
