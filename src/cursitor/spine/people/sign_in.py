"""How allauth is bound to our people: by invitation only, shown by name, written to the log."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cursitor.spine.audit import operations as audit
from cursitor.spine.people import step_up
from cursitor.spine.people.models import Person


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Once a second factor is enrolled, only it confirms who one is: a password is not offered."""
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated and step_up.has_second_factor(user):
            return [method for method in methods if method["id"] != "reauthenticate"]
        return methods

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        write("people.session.opened", user, by=user)
        return super().post_login(request, user, **kwargs)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        person = Person.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        if person is not None:
            write("people.session.refused", person)


def display(person: Person) -> str:
    return person.name


def write(event: str, person: Any, *, by: Any = None, **data: str) -> None:
    """
    Write to the log something that happened to a person's sign-in, never what they typed.

    by: the person where they proved to be it; a refused attempt may be anybody's.
    """
    with transaction.atomic():
        audit.record(event=event, at=timezone.now(), by=by, subject=person.key, data=data)


def on_factor(event: str, **signal: Any) -> None:
    write(event, signal["user"], by=signal["user"], type=str(signal["authenticator"].type))


def on_factor_refused(**signal: Any) -> None:
    write("people.session.refused", signal["user"], type=str(signal["authenticator"].type))


def on_factor_added(**signal: Any) -> None:
    on_factor("people.factor.added", **signal)


def on_factor_removed(**signal: Any) -> None:
    on_factor("people.factor.removed", **signal)


def on_factor_renewed(**signal: Any) -> None:
    on_factor("people.factor.renewed", **signal)


def on_password_changed(**signal: Any) -> None:
    write("people.password.changed", signal["user"], by=signal["user"])
