from django.apps import AppConfig


class SeriesConfig(AppConfig):
    name = "cursitor.plumbing.series"
    label = "series"
