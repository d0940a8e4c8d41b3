from datetime import timedelta

import pytest

from cursitor.lines.review import operations, queries
from cursitor.lines.review.models import Family
from cursitor.spine.audit.models import Entry
from cursitor.spine.work import leases
from cursitor.spine.work import operations as work
from tests.factories import NOW
from tests.lines.review import factories

N_FAMILIES = 13


@pytest.fixture
def order(world):
    return factories.order(world)


@pytest.fixture
def task(world, order):
    return factories.task(order, world.specialist)


@pytest.fixture
def families(order):
    collection = factories.collection(order)
    return [factories.family(collection, f"Seal failure {number}.") for number in range(N_FAMILIES)]


def lease_ahead(task, current, n, at=NOW):
    operations.lease_ahead(task=task, current=current, n=n, by=task.holder, at=at)


class TestLeasingAhead:
    def test_holds_the_best_families_after_the_current_one(self, task, families):
        Family.objects.filter(pk=families[7].pk).update(rank=0.9)
        current = operations.next_family(task=task, by=task.holder, at=NOW)

        lease_ahead(task, current, 2)

        assert current == families[7]
        assert list(queries.held(task=task, by=task.holder)) == [families[7], families[0], families[1]]

    def test_leaves_three_quarters_of_what_is_free_to_others(self, world, order, task, families):
        current = operations.next_family(task=task, by=task.holder, at=NOW)

        lease_ahead(task, current, 12)

        assert queries.held(task=task, by=task.holder).count() == 1 + (N_FAMILIES - 1) // 4
        other = factories.task(order, world.second_specialist)
        taken = operations.next_family(task=other, by=world.second_specialist, at=NOW)
        assert taken not in queries.held(task=task, by=task.holder)

    def test_gives_the_family_being_read_first_after_a_reload(self, task, families):
        current = operations.next_family(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)
        Family.objects.exclude(pk=current.pk).update(rank=0.9)

        again = operations.next_family(task=task, by=task.holder, at=NOW + timedelta(minutes=1))

        assert again == current

    def test_goes_on_with_what_is_on_the_screen_while_it_is_held(self, task, families):
        current = operations.next_family(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)

        shown = operations.next_family(task=task, by=task.holder, at=NOW, shown=families[2].pk)
        lost = operations.next_family(task=task, by=task.holder, at=NOW, shown=families[9].pk)

        assert (shown, lost) == (families[2], families[0])

    def test_gives_back_what_is_held_when_the_task_passes_on(self, world, order, task, families):
        lease_ahead(task, operations.next_family(task=task, by=task.holder, at=NOW), 2)

        handed = work.release(task=task, by=task.holder, at=NOW)

        assert operations.next_family(task=handed, by=handed.holder, at=NOW) == families[0]

    def test_gives_back_what_is_held_when_the_task_is_done(self, world, order, task, families):
        lease_ahead(task, operations.next_family(task=task, by=task.holder, at=NOW), 2)

        work.complete_task(task=task, by=task.holder, at=NOW)

        assert not Family.objects.exclude(leased_to=None).exists()

    def test_lets_go_after_five_minutes_without_a_sign_of_life(self, world, order, task, families):
        current = operations.next_family(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)
        other = factories.task(order, world.second_specialist)

        taken = operations.next_family(task=other, by=world.second_specialist, at=NOW + timedelta(minutes=6))

        assert taken == families[1]

    def test_refuses_a_family_that_is_not_held(self, task, families):
        with pytest.raises(leases.LeaseLost):
            queries.held_family(task=task, by=task.holder, pk=families[0].pk)


class TestViewing:
    def test_tells_what_was_seen_from_what_was_only_fetched(self, task, families):
        seen, fetched = (family.documents.get() for family in families[:2])

        operations.record_viewed(task=task, document=seen, by=task.holder, at=NOW)
        operations.record_fetched_ahead(task=task, documents=[fetched], by=task.holder, at=NOW)

        told = {entry.type: entry.data for entry in Entry.objects.filter(type__startswith="review.document.")}
        assert told == {
            "review.document.viewed": {"task": 1, "document": "CF-000001", "form": "TEXT"},
            "review.document.fetched_ahead": {"task": 1, "documents": ["CF-000002"]},
        }
