from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "cursitor.web"
    label = "web"
