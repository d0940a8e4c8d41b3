from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "cursitor.spine.engagements"
    label = "engagements"

    def ready(self) -> None:
        from cursitor.spine.audit import access as audit_access
        from cursitor.spine.engagements import access

        audit_access.define(access.readable_log)
