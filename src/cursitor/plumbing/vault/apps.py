from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "cursitor.plumbing.vault"
    label = "vault"
