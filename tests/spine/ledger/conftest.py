"""Set-up of the tests of the ledger: hourly, unit and fixed-price orders that have work on them."""

from datetime import date

import pytest

from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.engagements.models import Rate
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import Invoice, TimeEntry
from cursitor.spine.work import operations as work
from cursitor.spine.work.models import WorkOrder
from tests.spine.work import conftest as life_of_orders

_translation_line = life_of_orders._translation_line
life = life_of_orders.life

PERIOD_FROM, PERIOD_TO = date(2026, 11, 1), date(2026, 12, 1)


class Billing:
    """Does work on orders and bills it. Times are those of the life it goes with."""

    def __init__(self, life: life_of_orders.Life) -> None:
        self.life, self.world = life, life.world
        terms = self.world.terms
        Rate.objects.create(terms=terms, basis=RateBasis.UNIT, item="translation.certified", amount=2_35)
        Rate.objects.create(terms=terms, basis=RateBasis.FIXED, item="translation.certified", amount=1_000_00)

    def hourly_order(self) -> WorkOrder:
        return self.life.started(fee_basis=RateBasis.HOUR)

    def time(self, order: WorkOrder, minutes: int = 50, **changes) -> TimeEntry:
        began_at = self.life.later()
        ended_at = self.life.later(minutes=minutes)
        given = {"order": order, "began_at": began_at, "ended_at": ended_at, "narrative": "Compared the annexes"}
        return ledger.enter_time(**given | {"by": self.world.delivery_manager, "at": ended_at} | changes)

    def finish_task(self, order: WorkOrder, number: int) -> None:
        task = order.tasks.get(number=number)
        work.complete_task(task=task, by=self.world.delivery_manager, at=self.life.later())

    def expense(self, order: WorkOrder, **changes):
        given = {"order": order, "day": self.life.now.date(), "code": "E102", "description": "Binding", "units": 3}
        given |= {"unit_amount": 12_50, "by": self.world.delivery_manager, "at": self.life.later()}
        return ledger.enter_expense(**given | changes)

    def drafts(self, **changes) -> tuple[Invoice, ...]:
        given = {"engagement": self.world.engagement, "period_from": PERIOD_FROM, "period_to": PERIOD_TO}
        return ledger.draft_invoices(**given | {"by": self.world.finance, "at": self.life.later()} | changes)

    def draft(self, **changes) -> Invoice:
        (made,) = self.drafts(**changes)
        return made

    def issue(self, draft: Invoice) -> Invoice:
        return ledger.issue_invoice(invoice=draft, by=self.world.finance, at=self.life.later())

    def issued(self) -> Invoice:
        """Return an issued invoice with one line of 0.9 hours at 72.00 and one expense of 37.50: 102.30 in all."""
        order = self.hourly_order()
        self.time(order)
        self.expense(order)
        return self.issue(self.draft())

    def dispute(self, invoice: Invoice, position: int = 1):
        return ledger.judge_line(
            line=invoice.lines.get(position=position),
            verdict="DISPUTED",
            reason="The annexes were not in scope",
            by=self.world.legal_operations,
            at=self.life.later(),
        )

    def next_month(self) -> None:
        self.life.later(days=20)


@pytest.fixture
def billing(life) -> Billing:
    return Billing(life)
