from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "cursitor.spine.ledger"
    label = "ledger"
