"""What tests of the API share: programs that act as people of the world, with a line small enough to read."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cursitor.spine.people import tokens
from cursitor.spine.people.choices import SCOPES
from cursitor.spine.people.models import Person
from cursitor.spine.work import registry
from tests import factories

SECRET = "0123456789abcdef" * 3
EVERY_SCOPE = [scope for scope, _words in SCOPES]


class Program:
    """A program with a token of a person; bodies are given as values and answers come back as values."""

    def __init__(self, person: Person, scopes: list[str] = EVERY_SCOPE) -> None:
        now = timezone.now()
        secret = f"{SECRET}{person.pk}-{tokens.ApiToken.objects.count()}"
        year = {"expires_at": now + timedelta(days=300), "at": now}
        self.token, self.text = tokens.make_for(person=person, name="tests", scopes=scopes, secret=secret, **year)
        self.client = Client(headers={"Authorization": f"Bearer {self.text}"}, raise_request_exception=True)

    def get(self, path: str, **query):
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: object = None, key: str = ""):
        headers = {"Idempotency-Key": key} if key else {}
        data = json.dumps(body) if body is not None else ""
        return self.client.post(f"/api/v1{path}", data, content_type="application/json", headers=headers)


@pytest.fixture
def translating(settings, world) -> factories.World:
    """The world, with the tests' own line of certified translation permitted."""
    settings.CURSITOR_LINES = ("tests.spine.work.line.LINE",)
    registry.lines.cache_clear()
    world.terms.permitted_lines = ["translation"]
    world.terms.save()
    yield world
    registry.lines.cache_clear()
