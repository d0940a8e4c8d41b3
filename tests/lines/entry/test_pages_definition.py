import io
import json

import pytest
from django.urls import reverse

from tests.lines.entry import factories


@pytest.fixture
def bare(world):
    return factories.bare_order(world)


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def manager(client, world):
    client.force_login(world.delivery_manager)
    return client


def address(name, order, *rest):
    return reverse(f"entry:{name}", args=[order.ref, *rest])


def begin(client, order, **source):
    return client.post(address("draft_start", order), source)


class TestOrderPage:
    def test_says_that_the_form_comes_first(self, manager, bare):
        answer = manager.get(address("order", bare))

        assert answer.status_code == 200
        assert "The form is still to be defined" in answer.content.decode()


class TestDefinitionPage:
    def test_shows_the_current_version(self, manager, order):
        page = manager.get(address("definition", order)).content.decode()

        assert "Registration statement has 5 fields, 2 of them keyed twice" in page
        assert "Registration no." in page

    def test_offers_beginnings_where_there_is_no_form(self, manager, bare):
        page = manager.get(address("definition", bare)).content.decode()

        assert "Contract cover sheet" in page


class TestDraft:
    def test_makes_a_version_without_any_script(self, manager, bare):
        begin(manager, bare, source="empty")
        add = manager.post(address("draft", bare), {"act": "add", "title": "Slip"})
        manager.post(
            address("draft", bare),
            {"act": "close", "title": "Slip", "entry": "1", "label": "Date filed", "type": "DATE", "is_critical": "on"},
        )
        made = manager.post(address("draft", bare), {"act": "make:0", "title": "Slip", "note": "The first"})

        assert add.status_code == made.status_code == 302
        assert bare.schemas.get().definition["properties"]["date_filed"]["format"] == "date"
        assert json.dumps(bare.schemas.get().definition)

    def test_shows_its_page(self, manager, order):
        begin(manager, order, source="current")

        assert manager.get(address("draft", order)).status_code == 200

    def test_takes_an_imported_schema(self, manager, bare):
        file = io.BytesIO(json.dumps({"properties": {"a": {"type": "string", "oddly": 1}}}).encode())
        file.name = "s.json"

        begin(manager, bare, source="json", file=file)

        assert "oddly" in manager.get(address("draft", bare)).content.decode()
