from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "cursitor.plumbing.outbox"
    label = "outbox"
