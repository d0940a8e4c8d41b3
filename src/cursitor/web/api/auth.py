"""The API's own gate: a bearer token, and the scope that an address asks for."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from cursitor.plumbing.refusal import NotPermitted
from cursitor.spine.people import tokens
from cursitor.spine.people.models import ApiToken


class ScopeMissing(NotPermitted):
    """Raised when a token does not hold the scope an address asks for."""


class Token(HttpBearer):
    """Lets a request in when its token is valid and holds the scope. It then has `user`, `api_token` and `now`."""

    def __init__(self, scope: str = "") -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        request.now = timezone.now()
        found = tokens.recognise(text=token, at=request.now)
        if found is None:
            return None
        if self.scope and self.scope not in found.scopes:
            raise ScopeMissing(f"This token does not hold the scope {self.scope}.")
        request.user, request.api_token = found.person, found
        return found
