from django.apps import AppConfig


class EntryConfig(AppConfig):
    name = "cursitor.lines.entry"
    label = "entry"
