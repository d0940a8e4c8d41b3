"""Drafts: what is billed at what price, once only, and what a draft may become."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.engagements.models import Rate, Wall
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger import queries
from cursitor.spine.ledger.models import BilledUnit, Invoice
from cursitor.spine.work import operations as work
from tests import factories
from tests.spine.ledger.conftest import PERIOD_FROM, PERIOD_TO


class TestDraftInvoices:
    def test_bills_time_at_the_rate_of_the_timekeepers_class_in_tenths_of_an_hour(self, billing, world):
        order = billing.hourly_order()
        billing.time(order, 50, activity="A104", task_code="L653")

        line = billing.draft().lines.get()

        # 50 minutes are 54 in steps of 6, 0.9 hours at 72.00.
        assert (line.minutes, line.units, line.unit_amount, line.total_amount) == (54, Decimal("0.9"), 72_00, 64_80)
        assert (line.timekeeper, line.timekeeper_class) == (world.delivery_manager, "DSCPMG")
        assert (line.activity_code, line.task_code, line.expense_code) == ("A104", "L653", "")

    def test_bills_units_done_by_each_doer_in_one_line(self, billing, world):
        order = billing.life.started()
        billing.finish_task(order, 1)
        billing.finish_task(order, 2)

        line = billing.draft().lines.get()

        assert (line.units, line.unit_amount, line.total_amount) == (20, 2_35, 47_00)
        assert sorted(line.billed_units.values_list("key", flat=True)) == [
            f"task:{order.ref}/1",
            f"task:{order.ref}/2",
        ]

    def test_bills_a_fixed_price_once_delivered(self, billing, world, life, monkeypatch):
        order = life.delivered()
        order.fee_basis = "FIXED"
        order.save()

        line = billing.draft().lines.get()

        assert (line.units, line.total_amount, line.source) == (1, 1_000_00, f"fixed:{order.ref}")

    def test_bills_no_fixed_price_before_delivery(self, billing, life):
        life.started(fee_basis="FIXED")

        with pytest.raises(ledger.NothingToBill):
            billing.draft()

    def test_bills_expenses_at_cost(self, billing):
        billing.expense(billing.hourly_order())

        line = billing.draft().lines.get()

        assert (line.kind, line.expense_code, line.units, line.total_amount) == ("EXPENSE", "E102", 3, 37_50)

    def test_bills_by_the_terms_the_order_was_issued_under(self, billing, world):
        order = billing.hourly_order()
        billing.time(order, 60)
        world.terms.effective_to = billing.life.now.date()
        world.terms.save()
        dearer = factories.terms(world.engagement, world.attorney, world.legal_operations, version=2)
        Rate.objects.filter(terms=dearer).update(amount=999_00)

        assert billing.draft().total_amount == 72_00

    def test_bills_nothing_twice(self, billing):
        order = billing.life.started()
        billing.finish_task(order, 1)
        billing.draft()

        with pytest.raises(ledger.NothingToBill):
            billing.draft()

        billing.finish_task(order, 2)
        assert billing.draft().lines.get().units == 10

    def test_keeps_a_unit_on_one_live_line_in_the_database(self, billing):
        order = billing.life.started()
        billing.finish_task(order, 1)
        billed = billing.draft().lines.get().billed_units.get()

        with pytest.raises(IntegrityError), transaction.atomic():
            BilledUnit.objects.create(line=billed.line, order=order, key=billed.key)

    def test_leaves_time_outside_the_period_for_another(self, billing):
        order = billing.hourly_order()
        billing.time(order)

        with pytest.raises(ledger.NothingToBill):
            billing.draft(period_from=date(2026, 10, 1), period_to=date(2026, 11, 1))

        assert billing.draft().lines.count() == 1

    def test_makes_one_invoice_per_matter(self, billing, world):
        billing.time(billing.hourly_order())
        other = factories.Matter.objects.create(
            organisation=world.firm,
            client=world.client,
            number="2026-0032",
            caption="Corbel Freight, Inc. v. Tessel AG",
            short_name="Corbel v. Tessel",
            jurisdiction="US-IL",
            practice_area="Commercial litigation",
            supervising_attorney=world.attorney,
            opened_at=factories.NOW,
        )
        factories.MatterEngagement.objects.create(matter=other, engagement=world.engagement, opened_at=factories.NOW)
        billing.time(billing.life.started(fee_basis="HOUR", matter=other))

        drafts = billing.drafts()

        assert {draft.matter for draft in drafts} == {world.matter, other}
        assert all(line.order.matter == draft.matter for draft in drafts for line in draft.lines.all())

    def test_leaves_out_a_matter_behind_a_wall(self, billing, world):
        billing.time(billing.hourly_order())
        Wall.objects.create(
            matter=world.matter,
            person=world.finance,
            reason="Former client",
            raised_by=world.attorney,
            raised_at=factories.NOW,
        )

        with pytest.raises(ledger.NothingToBill):
            billing.draft()

    def test_names_the_rate_that_is_missing(self, billing, world):
        Rate.objects.filter(terms=world.terms, item="DSCPMG").delete()
        billing.time(billing.hourly_order())

        with pytest.raises(ledger.NoRate, match="DSCPMG"):
            billing.draft()

        assert not Invoice.objects.exists()

    def test_refuses_the_client_and_an_empty_period(self, billing, world):
        with pytest.raises(NotPermitted):
            billing.draft(by=world.legal_operations)
        with pytest.raises(Invalid):
            billing.draft(period_from=PERIOD_TO, period_to=PERIOD_FROM)


@pytest.fixture
def draft(billing) -> Invoice:
    """Three fee lines of 64.80, 100.80 and 36.00, and an expense of 37.50: 239.10."""
    order = billing.hourly_order()
    for minutes in (50, 84, 30):
        billing.time(order, minutes)
    billing.expense(order)
    return billing.draft()


class TestAdjust:
    def adjust(self, draft, world, position=1, amount=-4_80, reason="Agreed by telephone", **changes):
        line = draft.lines.get(position=position)
        given = {"line": line, "amount": amount, "reason": reason, "by": world.finance, "at": factories.NOW}
        return ledger.adjust_line(**given | changes)

    def test_takes_off_the_line_and_the_total(self, draft, world):
        line = self.adjust(draft, world)

        draft.refresh_from_db()
        assert (line.total_amount, draft.total_amount) == (60_00, 234_30)

    def test_replaces_an_earlier_adjustment(self, draft, world):
        self.adjust(draft, world)

        assert self.adjust(draft, world, amount=0, reason="").total_amount == 64_80

    def test_refuses_without_a_reason_or_beyond_the_line(self, draft, world):
        with pytest.raises(Invalid, match="why"):
            self.adjust(draft, world, reason=" ")
        with pytest.raises(Invalid, match="more than the line"):
            self.adjust(draft, world, amount=-64_81)

    def test_refuses_the_client_and_whoever_is_behind_a_wall(self, draft, world):
        with pytest.raises(NotPermitted):
            self.adjust(draft, world, by=world.legal_operations)
        Wall.objects.create(
            matter=world.matter,
            person=world.finance,
            reason="Former client",
            raised_by=world.attorney,
            raised_at=factories.NOW,
        )
        with pytest.raises(NotVisible):
            self.adjust(draft, world)

    def test_refuses_an_issued_invoice(self, draft, world, billing):
        billing.issue(draft)

        with pytest.raises(ledger.NotADraft):
            self.adjust(draft, world)


class TestDiscount:
    def test_is_spread_over_fees_by_largest_remainder(self, draft, world):
        ledger.add_discount(invoice=draft, amount=20_00, reason="Volume", by=world.finance, at=factories.NOW)

        draft.refresh_from_db()
        # 20.00 over 64.80 : 100.80 : 36.00 is 6.428..., 10.0, 3.571...: the cent left goes to the first.
        parts = list(draft.lines.filter(kind="FEE").order_by("position").values_list("adjustment_amount", flat=True))
        assert parts == [-6_43, -10_00, -3_57]
        assert draft.total_amount == 239_10 - 20_00

    def test_keeps_the_reason_of_an_earlier_adjustment(self, draft, world):
        TestAdjust().adjust(draft, world)

        ledger.add_discount(invoice=draft, amount=1_00, reason="Volume", by=world.finance, at=factories.NOW)

        assert draft.lines.get(position=1).adjustment_reason == "Agreed by telephone; Volume"

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(amount=st.integers(1, 201_60))
    def test_always_takes_exactly_what_was_agreed(self, draft, world, amount):
        with transaction.atomic():
            left = ledger.add_discount(
                invoice=draft, amount=amount, reason="Volume", by=world.finance, at=factories.NOW
            )
            lines = list(left.lines.all())
            transaction.set_rollback(True)

        assert sum(line.total_amount for line in lines) == left.total_amount == 239_10 - amount
        assert all(line.total_amount >= 0 for line in lines)

    @pytest.mark.parametrize("amount", [0, -1, 201_61])
    def test_refuses_more_than_the_fees_and_less_than_a_cent(self, draft, world, amount):
        with pytest.raises(Invalid):
            ledger.add_discount(invoice=draft, amount=amount, reason="Volume", by=world.finance, at=factories.NOW)


class TestDiscard:
    def test_lets_the_work_be_billed_again(self, draft, world, billing):
        ledger.discard_draft(invoice=draft, by=world.finance, at=factories.NOW)

        assert billing.draft().total_amount == 239_10

    def test_refuses_an_issued_invoice(self, draft, world, billing):
        billing.issue(draft)

        with pytest.raises(ledger.NotADraft):
            ledger.discard_draft(invoice=draft, by=world.finance, at=factories.NOW)


class TestSpend:
    def test_is_the_same_before_and_after_billing(self, billing, world, life):
        hourly, by_unit, fixed = billing.hourly_order(), life.started(), life.delivered()
        fixed.fee_basis = "FIXED"
        fixed.save()
        billing.time(hourly, 50)
        billing.expense(hourly)
        billing.finish_task(by_unit, 1)
        before = queries.spend_of([hourly, by_unit, fixed])

        billing.issue(billing.draft())

        assert before == {hourly.pk: 64_80 + 37_50, by_unit.pk: 23_50, fixed.pk: 1_000_00}
        assert queries.spend_of([hourly, by_unit, fixed]) == before
        assert queries.spend_of_engagement(world.engagement) == sum(before.values())

    def test_counts_an_order_that_was_cancelled_after_work(self, billing, life, world):
        order = billing.hourly_order()
        billing.time(order, 60)
        work.cancel(order=order, settlement="Time is paid", by=world.legal_operations, at=life.later())
        order.refresh_from_db()

        assert queries.spend_of([order]) == {order.pk: 72_00}

    def test_takes_as_many_queries_for_many_orders_as_for_few(
        self, billing, life, django_assert_max_num_queries, settings
    ):
        orders = [billing.hourly_order() for _ in range(6)]
        for order in orders:
            billing.time(order, 60)

        with django_assert_max_num_queries(8):
            spent = queries.spend_of(orders)

        assert set(spent.values()) == {72_00}
