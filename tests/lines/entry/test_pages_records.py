"""The pages of records: who sees what, what is narrowed down, and what is done from them."""

import pytest
from django.test import Client
from django.urls import reverse

from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import Stage
from cursitor.lines.entry.models import Value
from cursitor.web import palette
from tests.factories import NOW
from tests.lines.entry import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(order, first, second):
    return factories.done(factories.batch(order), first, second)


@pytest.fixture
def waiting(settled):
    return factories.record(settled.batch)


def ask(person, name, *args, **query):
    client = Client()
    client.force_login(person)
    return client.get(reverse(f"entry:{name}", args=args), query)


def send(person, name, *args, **data):
    client = Client()
    client.force_login(person)
    return client.post(reverse(f"entry:{name}", args=args), data, follow=True)


class TestRecords:
    def test_lists_stages_to_a_keyer_and_keyers_to_who_may_see_values(self, world, order, waiting):
        own = ask(world.second_specialist, "records", order.ref).content.decode()
        measured = ask(world.qc_lead, "records", order.ref).content.decode()

        assert "R00001" in own
        assert "Settled" in own
        assert world.specialist.name not in own
        assert world.specialist.name in measured

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"stage": "DONE"}, ["R00001"]),
            ({"stage": "FIRST"}, ["R00002"]),
            ({"q": "R00002"}, ["R00002"]),
            ({"q": "0001.pdf"}, ["R00001"]),
            ({"batch": "1"}, ["R00001", "R00002"]),
            ({"found": "errors"}, []),
            ({"stage": "no such", "batch": "x"}, ["R00001", "R00002"]),
        ],
        ids=str,
    )
    def test_is_narrowed_by_its_address(self, world, order, waiting, query, expected):
        page = ask(world.qc_lead, "records", order.ref, **query).content.decode()

        assert [name for name in ("R00001", "R00002") if name in page] == expected

    def test_hands_out_what_is_shown(self, world, order, waiting):
        answer = ask(world.qc_lead, "export", order.ref, "records", "csv", stage="DONE")

        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in lines] == ["Record", "R00001"]
        assert world.specialist.name in lines[1]

    def test_opens_chosen_records_again(self, world, order, settled):
        send(world.qc_lead, "reopen", order.ref, records=[settled.number], reason="Lot 1 was returned")

        settled.refresh_from_db()
        assert settled.stage == Stage.FIRST

    def test_shows_the_form_again_when_the_reason_is_missing(self, world, order, settled):
        answer = send(world.qc_lead, "reopen", order.ref, records=[settled.number], reason="")

        settled.refresh_from_db()
        assert settled.stage == Stage.DONE
        assert answer.status_code == 200


class TestRecord:
    def test_shows_what_each_typed_to_who_may_see_values_alone(self, world, order, settled):
        seen = ask(world.legal_operations, "record", order.ref, settled.number).content.decode()
        own = ask(world.specialist, "record", order.ref, settled.number).content.decode()

        assert "A-0431/7" in seen
        assert world.second_specialist.name in seen
        assert "A-0431/7" not in own
        assert world.second_specialist.name not in own

    def test_corrects_a_value(self, world, order, settled):
        send(world.qc_lead, "correct", order.ref, settled.number, field="filed", raw="3/5/1999", reason="The stamp")

        assert Value.objects.get(record=settled, field="filed").canonical == "1999-03-05"

    def test_says_why_a_correction_is_refused(self, world, order, settled):
        answer = send(
            world.qc_lead, "correct", order.ref, settled.number, field="filed", raw="March 4, 1999", reason="x"
        )

        assert "That is what the record says already." in answer.content.decode()

    @pytest.mark.parametrize("name", ["correct", "reopen"])
    def test_is_changed_by_no_keyer(self, world, order, settled, name):
        args = [order.ref, settled.number] if name == "correct" else [order.ref]

        answer = send(world.specialist, name, *args, records=[1], field="filed", raw="3/5/1999", reason="The stamp")

        assert answer.status_code == 403

    def test_is_not_there_for_an_outsider(self, world, order, settled):
        assert ask(world.outsider, "record", order.ref, settled.number).status_code == 404


class TestExceptions:
    @pytest.fixture
    def aside(self, waiting, first):
        held = operations.next_record(task=first, by=first.holder, at=NOW)
        return operations.set_aside(task=first, record=held, reason="Secret remark", by=first.holder, at=NOW)

    def test_tells_the_reason_to_who_may_see_values_alone(self, world, order, aside):
        assert "Secret remark" in ask(world.legal_operations, "exceptions", order.ref).content.decode()
        assert "Secret remark" not in ask(world.second_specialist, "exceptions", order.ref).content.decode()

    @pytest.mark.parametrize(("act", "stage"), [("confirm", Stage.SET_ASIDE), ("take_back", Stage.FIRST)])
    def test_settles_what_was_set_aside(self, world, order, aside, act, stage):
        send(world.delivery_manager, "settle_records", order.ref, act=act, records=[aside.number])

        aside.refresh_from_db()
        assert (aside.stage, aside.confirmed_by is not None) == (stage, act == "confirm")


class TestPalette:
    @pytest.mark.parametrize("text", ["R00001", "r1", "{ref} R00001", "{ref}/r1"])
    def test_finds_a_record_by_its_name(self, world, order, settled, text):
        found = list(palette.records(world.specialist, text.format(ref=order.ref)))

        assert found == [("R00001", order.ref, reverse("entry:record", args=[order.ref, 1]))]

    @pytest.mark.parametrize("text", ["R00001", "WO-9 R00001", "R0", "Akin"])
    def test_finds_nothing_that_is_hidden_or_no_name(self, world, settled, text):
        person = world.outsider if text == "R00001" else world.qc_lead

        assert list(palette.records(person, text)) == []
