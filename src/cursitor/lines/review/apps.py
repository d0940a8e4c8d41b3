from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "cursitor.lines.review"
    label = "review"
