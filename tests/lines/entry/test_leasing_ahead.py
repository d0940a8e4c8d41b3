from datetime import timedelta

import pytest

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.models import Record
from cursitor.lines.entry.queries import desks
from cursitor.spine.work import leases
from cursitor.spine.work import operations as work
from tests.factories import NOW
from tests.lines.entry import factories

N_RECORDS = 13


@pytest.fixture
def task(world, order):
    return factories.task(order, world.specialist)


@pytest.fixture
def records(order):
    batch = factories.batch(order)
    source = factories.file(batch)
    return [factories.record(batch, file=source) for _ in range(N_RECORDS)]


def lease_ahead(task, current, n, at=NOW):
    operations.lease_ahead(task=task, current=current, n=n, by=task.holder, at=at)


class TestLeasingAhead:
    def test_holds_the_next_records_after_the_one_in_hand(self, task, records):
        current = operations.next_record(task=task, by=task.holder, at=NOW)

        lease_ahead(task, current, 2)

        assert list(desks.held(task=task, by=task.holder)) == records[:3]
        assert queries.held_ahead(task=task, record=current, by=task.holder) == records[1:3]

    def test_leaves_three_quarters_of_what_is_free_to_others(self, world, order, task, records):
        current = operations.next_record(task=task, by=task.holder, at=NOW)

        lease_ahead(task, current, 12)

        assert desks.held(task=task, by=task.holder).count() == 1 + (N_RECORDS - 1) // 4
        other = factories.task(order, world.second_specialist)
        assert operations.next_record(task=other, by=other.holder, at=NOW) == records[4]

    def test_goes_on_with_what_is_on_the_screen_while_it_is_held(self, task, records):
        current = operations.next_record(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)

        shown = operations.next_record(task=task, by=task.holder, at=NOW, shown=records[2].pk)
        lost = operations.next_record(task=task, by=task.holder, at=NOW, shown=records[9].pk)

        assert (shown, lost) == (records[2], records[0])

    def test_gives_back_what_is_held_when_the_task_passes_on(self, world, order, task, records):
        lease_ahead(task, operations.next_record(task=task, by=task.holder, at=NOW), 2)

        handed = work.release(task=task, by=task.holder, at=NOW)

        assert operations.next_record(task=handed, by=handed.holder, at=NOW) == records[0]

    def test_gives_back_what_is_held_when_the_task_is_done(self, world, order, task, records):
        lease_ahead(task, operations.next_record(task=task, by=task.holder, at=NOW), 2)

        work.complete_task(task=task, by=task.holder, at=NOW)

        assert not Record.objects.exclude(leased_to=None).exists()

    def test_lets_go_after_five_minutes_without_a_sign_of_life(self, world, order, task, records):
        current = operations.next_record(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)
        other = factories.task(order, world.second_specialist)

        taken = operations.next_record(task=other, by=other.holder, at=NOW + timedelta(minutes=6))

        assert taken == records[1]

    def test_gives_everything_back_on_leaving(self, task, records):
        current = operations.next_record(task=task, by=task.holder, at=NOW)
        lease_ahead(task, current, 2)

        assert operations.release_record(task=task, by=task.holder, at=NOW) == 3
        assert not desks.held(task=task, by=task.holder).exists()

    def test_refuses_a_record_that_is_not_held(self, task, records):
        with pytest.raises(leases.LeaseLost):
            queries.held_record(task=task, by=task.holder, pk=records[0].pk)
