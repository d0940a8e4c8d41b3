from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from cursitor.lines.review import layouts, operations, queries
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Coding, CodingChange, CodingSave
from cursitor.lines.review.operations import coding
from cursitor.plumbing.outbox.models import Message
from cursitor.spine.audit.models import Entry
from cursitor.spine.work import leases
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.lines.review import factories


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def task(world, order):
    return factories.task(order, world.specialist)


@pytest.fixture
def collection(order):
    return factories.collection(order)


def read_next(task, coded, *, by=None, at=NOW):
    family = operations.next_family(task=task, by=by or task.holder, at=at)
    return operations.save_family(
        task=task, family=family, values=factories.values(family, coded), seconds=34, by=by or task.holder, at=at
    )


class TestSaveFamily:
    def test_codes_every_document_and_keeps_each_change(self, task, collection):
        factories.family(collection, "Seal failure. The seal failed.", "Survey report")

        save = read_next(task, factories.RESPONSIVE)

        assert [coding.values for coding in Coding.objects.all()] == [factories.RESPONSIVE] * 2
        assert save.changes.count() == 4
        assert save.family.first_doer == task.holder
        assert Entry.objects.get(type="review.family.coded").data["documents"] == 2
        assert Message.objects.get(topic="review.rank").payload == {"order": task.order_id}

    def test_refuses_when_a_required_field_is_empty_and_saves_nothing(self, task, collection):
        factories.family(collection, "Seal failure.")

        with pytest.raises(layouts.CodingIncomplete, match="CF-000001: Privilege is required"):
            read_next(task, {"responsiveness": "RESPONSIVE"})

        assert not CodingSave.objects.exists()
        assert not Coding.objects.exists()

    def test_refuses_a_value_that_the_layout_does_not_have(self, task, collection):
        factories.family(collection, "Seal failure.")

        with pytest.raises(layouts.CodingIncomplete, match="'MAYBE' is no value of Relevance"):
            read_next(task, {"responsiveness": "MAYBE"})

    def test_refuses_when_the_lease_has_gone_to_somebody_else(self, world, order, task, collection):
        factories.family(collection, "Seal failure.")
        other = factories.task(order, world.second_specialist)
        family = operations.next_family(task=task, by=world.specialist, at=NOW)
        operations.next_family(task=other, by=world.second_specialist, at=NOW + timedelta(minutes=11))

        with pytest.raises(leases.LeaseLost):
            operations.save_family(
                task=task,
                family=family,
                values=factories.values(family, factories.NOT_RESPONSIVE),
                seconds=3,
                by=world.specialist,
                at=NOW + timedelta(minutes=12),
            )

    def test_refuses_when_the_order_is_not_in_progress(self, task, collection):
        factories.family(collection, "Seal failure.")
        task.order.state = OrderState.IN_QUALITY

        with pytest.raises(leases.OrderNotOpen):
            read_next(task, factories.NOT_RESPONSIVE)

    def test_keeps_the_family_while_a_document_is_undecided(self, task, collection):
        factories.family(collection, "Seal failure.", "Survey report")
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        head, attached = family.documents.order_by("position")

        save = operations.save_family(
            task=task, family=family, values={head.pk: factories.NOT_RESPONSIVE}, seconds=4, by=task.holder, at=NOW
        )

        assert not save.family.is_done_at("FIRST")
        shown = queries.bench(task=task, family=save.family, by=task.holder)
        assert shown.current.document == attached

    def test_leaves_a_record_that_the_database_refuses_to_change(self, task, collection):
        factories.family(collection, "Seal failure.")
        read_next(task, factories.NOT_RESPONSIVE)

        for rows, altered in ((CodingChange.objects, {"field": "hot"}), (CodingSave.objects, {"seconds": 0})):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                rows.update(**altered)

    def test_stays_within_its_query_budget_together_with_the_next_family(
        self, task, collection, django_assert_max_num_queries
    ):
        for number in range(3):
            factories.family(collection, f"Seal failure {number}.", "Survey report")
        read_next(task, factories.RESPONSIVE)
        family = operations.next_family(task=task, by=task.holder, at=NOW)
        values = factories.values(family, factories.RESPONSIVE)

        with django_assert_max_num_queries(25):
            operations.save_family(task=task, family=family, values=values, seconds=5, by=task.holder, at=NOW)
            operations.next_family(task=task, by=task.holder, at=NOW)


class TestSecondReading:
    def test_follows_when_a_basis_is_named(self, world, order, task, collection):
        factories.family(collection, "Seal failure.")
        second = factories.task(order, world.second_specialist, TaskKind.PRIVILEGE)

        read_next(task, factories.PRIVILEGED)
        confirmed = read_next(second, factories.PRIVILEGED)

        assert confirmed.family.privilege_done_at == NOW
        assert confirmed.changes.count() == 0

    def test_follows_when_responsive_text_hits_privilege_terms(self, task, collection):
        factories.family(collection, "Advice of counsel.", has_privilege_terms=True)

        assert read_next(task, factories.RESPONSIVE).family.needs_privilege

    def test_never_falls_to_the_first_reader(self, world, order, task, collection):
        factories.family(collection, "Seal failure.")
        own_second = factories.task(order, world.specialist, TaskKind.PRIVILEGE)
        read_next(task, factories.PRIVILEGED)

        assert operations.next_family(task=own_second, by=world.specialist, at=NOW) is None


class TestUndo:
    def test_takes_back_any_number_of_saves_in_turn(self, task, collection):
        for text in ("One.", "Two.", "Three."):
            factories.family(collection, text)
        for coded in (factories.RESPONSIVE, factories.NOT_RESPONSIVE, factories.PRIVILEGED):
            read_next(task, coded)

        for _ in range(3):
            operations.undo(task=task, by=task.holder, at=NOW)

        assert not Coding.objects.exists()
        assert not task.order.families.exclude(first_done_at=None).exists()
        with pytest.raises(coding.NothingToUndo):
            operations.undo(task=task, by=task.holder, at=NOW)

    def test_gives_the_family_back_to_the_person(self, task, collection):
        factories.family(collection, "One.")
        read_next(task, factories.RESPONSIVE)

        operations.undo(task=task, by=task.holder, at=NOW)

        assert operations.next_family(task=task, by=task.holder, at=NOW).leased_to == task.holder

    def test_refuses_when_the_second_reader_has_decided(self, world, order, task, collection):
        factories.family(collection, "One.")
        read_next(task, factories.PRIVILEGED)
        read_next(factories.task(order, world.second_specialist, TaskKind.PRIVILEGE), factories.PRIVILEGED)

        with pytest.raises(coding.SinceReadAgain):
            operations.undo(task=task, by=task.holder, at=NOW)

    def test_brings_the_first_decision_back_when_the_second_is_taken_back(self, world, order, task, collection):
        family = factories.family(collection, "One.")
        read_next(task, factories.PRIVILEGED)
        second = factories.task(order, world.second_specialist, TaskKind.PRIVILEGE)
        read_next(second, factories.RESPONSIVE)

        operations.undo(task=second, by=world.second_specialist, at=NOW)

        restored = Coding.objects.get(document__family=family)
        assert restored.values == factories.PRIVILEGED
        assert (restored.stage, restored.coder) == ("FIRST", world.specialist)


class TestBench:
    def test_shows_the_family_the_hits_and_the_reader_s_pace(self, task, collection):
        factories.family(collection, "Seal failure. I asked counsel.\nHis advice follows.", "Survey report")
        family = operations.next_family(task=task, by=task.holder, at=NOW)

        shown = queries.bench(task=task, family=family, by=task.holder)

        assert [member.mark for member in shown.documents] == ["", ""]
        assert [hits.n_hits for hits in shown.view.privilege_sets] == [2]
        standing = queries.standing(task=task, layout=shown.layout, by=task.holder)
        assert standing.pace.per_hour is None
        assert (standing.n_done, standing.n_waiting) == (0, 1)

    def test_offers_the_latest_codes_again(self, task, collection):
        factories.family(collection, "One.")
        read_next(task, factories.PRIVILEGED)

        assert queries.latest_values(task=task, by=task.holder) == factories.PRIVILEGED
