from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "cursitor.spine.people"
    label = "people"
