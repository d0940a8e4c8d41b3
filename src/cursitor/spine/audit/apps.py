from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "cursitor.spine.audit"
    label = "audit"
