"""The keying bench over HTTP: as pages without a script, and as JSON."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from cursitor.lines.entry.choices import Pass, Stage, TaskKind
from cursitor.lines.entry.models import GoldSet, Keying, Record
from cursitor.spine.work.models import Question
from tests.factories import NOW
from tests.lines.entry import factories

JSON = {"HTTP_ACCEPT": "application/json"}
EFFORT = json.dumps({"seconds": 30, "keystrokes": 80})


@pytest.fixture
def records(order):
    batch = factories.batch(order)
    made = []
    for number in range(3):
        source = factories.file(batch, path=f"box/{number + 1}.pdf")
        factories.page(source)
        made.append(factories.record(batch, file=source))
    return made


@pytest.fixture
def task(world, order, records):
    return factories.task(order, world.specialist)


@pytest.fixture
def keyer(client, world, task):
    client.force_login(world.specialist)
    return client


def address(desk, act="", kind="bench"):
    return reverse(f"entry:{kind}_{act}" if act else f"entry:{kind}", args=[desk.order.ref, desk.number])


def typed(record, **changes):
    raw = {f"raw-{key}": value for key, value in (factories.RIGHT | changes).items()}
    return {"record": record.pk, "effort": EFFORT, **raw}


class TestThePage:
    def test_shows_the_page_the_fields_and_how_each_is_written(self, keyer, task, records):
        page = keyer.get(address(task)).content.decode()

        assert reverse("entry:page_image", args=[task.order.ref, records[0].file.pages.get().pk]) in page
        assert "R00001" in page
        assert "1 page, 1.pdf" in page
        assert "month, day, year" in page
        assert '<option value="SUPPLEMENT">Supplemental</option>' in page
        assert '0</b> <span class="i3">of 3' in page

    def test_says_so_when_nothing_is_left(self, keyer, task):
        Record.objects.update(stage=Stage.DONE)

        page = keyer.get(address(task)).content.decode()

        assert "Nothing is left to key" in page
        assert "This task is done" in page

    def test_is_nothing_for_people_who_do_not_hold_the_task(self, client, world, task):
        found = {}
        for person in (world.second_specialist, world.delivery_manager, world.finance, world.outsider, world.attorney):
            client.force_login(person)
            found[person.name] = client.get(address(task)).status_code

        assert set(found.values()) <= {403, 404}
        assert not Record.objects.exclude(leased_to=None).exists()


class TestWithoutAScript:
    def test_saves_and_shows_the_next_record(self, keyer, task, records):
        keyer.get(address(task))

        answer = keyer.post(address(task, "save"), typed(records[0]), follow=True)

        assert "R00002" in answer.content.decode()
        keying = Keying.objects.get()
        assert keying.values["note"]["raw"] == factories.RIGHT["note"]
        assert (keying.effort["seconds"], keying.effort["keystrokes"]) == (30, 80)

    def test_says_what_is_wrong(self, keyer, task, records):
        keyer.get(address(task))

        answer = keyer.post(address(task, "save"), typed(records[0], registrant=""))

        assert answer.status_code == 422
        assert "Registrant is required." in answer.content.decode()
        assert not Keying.objects.exists()

    def test_takes_flags_and_confirmations_as_ticks(self, keyer, task, records):
        keyer.get(address(task))

        keyer.post(address(task, "save"), typed(records[0], note="") | {"unreadable-note": "1", "confirm-filed": "1"})

        values = Keying.objects.get().values
        assert values["note"]["unreadable"]
        assert values["filed"]["confirmed"]

    def test_undoes_asks_sets_aside_and_leaves(self, keyer, task, records):
        keyer.get(address(task))
        keyer.post(address(task, "save"), typed(records[0]))

        keyer.post(address(task, "undo"))
        keyer.post(address(task, "ask"), {"about": "R00001", "text": "Which of the two?"})
        keyer.post(address(task, "set_aside"), {"record": records[0].pk, "reason": "Blank"})
        keyer.get(address(task))
        keyer.post(address(task, "leave"))

        assert Question.objects.get().about == "R00001"
        assert list(Record.objects.order_by("number").values_list("stage", "leased_to")) == [
            (Stage.SET_ASIDE, None),
            (Stage.FIRST, None),
            (Stage.FIRST, None),
        ]

    def test_settles_differences(self, client, world, order, task, records):
        second = factories.task(order, world.second_specialist, TaskKind.SECOND)
        third = factories.task(order, factories.adjudicator(world), TaskKind.ADJUDICATE)
        now = timezone.now()
        factories.key(records[0], task, factories.RIGHT, at=now)
        factories.key(records[0], second, factories.RIGHT | {"number": "A-0481/7"}, at=now)
        client.force_login(third.holder)
        client.get(address(third))

        left = client.post(address(third, "save"), {"record": records[0].pk, "raw-number": ""})
        client.post(address(third, "save"), {"record": records[0].pk, "choice-number": "OWN", "raw-number": "A-1"})

        assert left.status_code == 422
        assert Record.objects.get(number=1).values.get(field="number").raw == "A-1"


class TestAsJson:
    def test_sends_the_next_record_unless_the_bench_has_it(self, keyer, task, records):
        keyer.get(address(task))

        whole = keyer.post(address(task, "save"), typed(records[0]), **JSON).json()
        known = keyer.post(address(task, "save"), typed(records[1]) | {"ahead": records[2].pk}, **JSON).json()

        assert whole["shown"]["name"] == "R00002"
        assert 'name="raw-registrant"' in whole["shown"]["panel"]
        assert known["shown"] == {"record": records[2].pk}
        assert "IST" in known["saved"]

    def test_tells_every_fault_with_its_field(self, keyer, task, records):
        keyer.get(address(task))

        answer = keyer.post(address(task, "save"), typed(records[0], registrant="", filed="soon"), **JSON)

        assert answer.status_code == 422
        assert [(fault["field"], fault["severity"]) for fault in answer.json()["faults"]] == [
            ("registrant", "ERROR"),
            ("filed", "ERROR"),
        ]

    @pytest.mark.parametrize(
        "sent", [{"effort": "{"}, {"record": "x"}, {"effort": "[" * 100_000}, {"raw-strange": "1"}]
    )
    def test_refuses_what_no_bench_sends(self, keyer, task, records, sent):
        keyer.get(address(task))

        answer = keyer.post(address(task, "save"), typed(records[0]) | sent, **JSON)

        assert answer.status_code == 422
        assert not Keying.objects.exists()

    def test_refuses_a_record_that_somebody_else_holds(self, keyer, task, records):
        keyer.get(address(task))

        answer = keyer.post(address(task, "save"), typed(records[1]), **JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "LeaseLost")


class TestTheGoldBench:
    def test_is_the_same_bench_for_the_qc_lead(self, client, world, order, records):
        gold = GoldSet.objects.create(
            order=order, number=1, n_drawn=1, n_from=3, latest_record=3, commitment="0" * 64, seed=b"s",
            made_by=world.qc_lead, made_at=NOW,
        )  # fmt: skip
        Record.objects.filter(pk=records[1].pk).update(gold_set=gold)
        client.force_login(world.qc_lead)

        page = client.get(address(gold, kind="gold_bench")).content.decode()
        client.post(address(gold, "save", kind="gold_bench"), typed(records[1]))

        assert "Key the true values" in page
        assert "R00002" in page
        assert Keying.objects.get().of_pass == Pass.GOLD
        assert "Nothing is left" in client.get(address(gold, kind="gold_bench")).content.decode()
