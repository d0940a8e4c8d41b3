from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "cursitor.spine.files"
    label = "files"
