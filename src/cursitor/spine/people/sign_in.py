"""How allauth is bound to our people: by invitation only, shown by name."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from cursitor.spine.people.models import Person


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def display(person: Person) -> str:
    return person.name
