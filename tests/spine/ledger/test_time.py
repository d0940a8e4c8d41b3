"""Time and expenses: one timer, no overlap, half-open spans, what may be taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.engagements.models import Wall
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import TimeEntry


@pytest.fixture
def order(billing):
    return billing.hourly_order()


class TestTimer:
    def test_measures_until_it_is_stopped(self, order, world, life):
        ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

        entry = ledger.stop_timer(
            by=world.delivery_manager, at=life.later(minutes=12, seconds=1), narrative="Read the brief", activity="A104"
        )

        assert (entry.minutes, entry.activity, entry.is_manual) == (13, "A104", False)

    def test_stops_the_one_that_runs_elsewhere_at_the_same_instant(self, order, world, life, billing):
        other = billing.hourly_order()
        first = ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

        second = ledger.start_timer(order=other, by=world.delivery_manager, at=life.later())

        first.refresh_from_db()
        assert first.ended_at == second.began_at
        assert TimeEntry.objects.filter(ended_at=None).get() == second

    def test_goes_on_when_it_is_started_again(self, order, world, life):
        first = ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

        assert ledger.start_timer(order=order, by=world.delivery_manager, at=life.later()) == first

    def test_is_one_per_person_in_the_database(self, order, world, life):
        ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

        with pytest.raises(IntegrityError), transaction.atomic():
            TimeEntry.objects.create(person=world.delivery_manager, order=order, began_at=life.later())

    def test_that_measured_nothing_is_withdrawn_and_kept(self, order, world, life):
        ledger.start_timer(order=order, by=world.delivery_manager, at=life.now)

        entry = ledger.stop_timer(by=world.delivery_manager, at=life.now)

        assert (entry.withdrawn_at, entry.minutes) == (life.now, 0)
        assert TimeEntry.objects.filter(pk=entry.pk).exists()

    def test_refuses_to_stop_when_none_runs(self, world, life):
        with pytest.raises(ledger.NoTimer):
            ledger.stop_timer(by=world.delivery_manager, at=life.later())

    def test_refuses_who_does_no_work_on_the_order(self, order, world, life):
        for stranger in (world.legal_operations, world.finance, world.outsider):
            with pytest.raises(NotPermitted):
                ledger.start_timer(order=order, by=stranger, at=life.later())

    def test_refuses_who_is_behind_a_wall(self, order, world, life):
        Wall.objects.create(
            matter=order.matter,
            person=world.delivery_manager,
            reason="Former client",
            raised_by=world.attorney,
            raised_at=life.now,
        )

        with pytest.raises(NotVisible):
            ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

    def test_refuses_an_order_that_was_not_accepted(self, world, life):
        issued = life.issued()

        with pytest.raises(ledger.NoTimeIsTaken, match="issued"):
            ledger.start_timer(order=issued, by=world.delivery_manager, at=life.later())


class TestEnterTime:
    def test_takes_spans_that_touch(self, order, billing, life):
        first = billing.time(order)

        second = billing.time(order, began_at=first.ended_at, ended_at=first.ended_at + timedelta(minutes=10))

        assert (first.minutes, second.minutes, second.is_manual) == (50, 10, True)

    @pytest.mark.parametrize(("begins", "ends"), [(-10, 10), (10, 40), (-10, 60), (49, 70)])
    def test_refuses_spans_that_overlap(self, order, billing, begins, ends):
        first = billing.time(order)
        span = {
            "began_at": first.began_at + timedelta(minutes=begins),
            "ended_at": first.began_at + timedelta(minutes=ends),
        }

        with pytest.raises(ledger.TimeOverlaps, match=order.ref):
            billing.time(order, **span)

    def test_refuses_to_overlap_a_timer_that_runs(self, order, billing, world, life):
        ledger.start_timer(order=order, by=world.delivery_manager, at=life.later())

        with pytest.raises(ledger.TimeOverlaps):
            billing.time(order)

    def test_lets_two_people_work_at_once(self, order, billing, world):
        first = billing.time(order)

        second = billing.time(order, by=world.qc_lead, began_at=first.began_at, ended_at=first.ended_at)

        assert second.pk != first.pk

    def test_takes_the_span_again_once_it_is_withdrawn(self, order, billing, world, life):
        first = billing.time(order)
        ledger.withdraw_time(entry=first, by=world.delivery_manager, at=life.later())

        assert billing.time(order, began_at=first.began_at, ended_at=first.ended_at).minutes == 50

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"narrative": " "}, "narrative"),
            ({"activity": "A999"}, "activity"),
            ({"task_code": "L999"}, "task_code"),
        ],
    )
    def test_names_the_entry_that_cannot_be_used(self, order, billing, changes, field):
        with pytest.raises(Invalid) as refused:
            billing.time(order, **changes)

        assert refused.value.field == field

    @pytest.mark.parametrize(("begins", "ends"), [(60, 60), (60, 30), (0, 24 * 60 + 1), (60, 24 * 60)])
    def test_refuses_a_span_that_cannot_be(self, order, billing, life, begins, ends):
        start = life.now - timedelta(hours=25 if ends - begins > 24 * 60 else 2)

        with pytest.raises(Invalid):
            billing.time(
                order,
                began_at=start + timedelta(minutes=begins),
                ended_at=start + timedelta(minutes=ends),
                at=life.now,
            )


class TestWithdraw:
    def test_refuses_what_stands_on_an_invoice(self, order, billing, world, life):
        entry, expense = billing.time(order), billing.expense(order)
        billing.draft()

        with pytest.raises(ledger.AlreadyBilled):
            ledger.withdraw_time(entry=entry, by=world.delivery_manager, at=life.later())
        with pytest.raises(ledger.AlreadyBilled):
            ledger.withdraw_expense(expense=expense, by=world.delivery_manager, at=life.later())

    def test_refuses_the_time_of_another(self, order, billing, world, life):
        entry = billing.time(order)

        with pytest.raises(NotPermitted, match="Asha Verma"):
            ledger.withdraw_time(entry=entry, by=world.finance, at=life.later())


class TestEnterExpense:
    @pytest.mark.parametrize("changes", [{"code": "E999"}, {"units": 0}, {"unit_amount": 0}, {"description": " "}])
    def test_refuses_what_cannot_be_billed(self, order, billing, changes):
        with pytest.raises(Invalid):
            billing.expense(order, **changes)
