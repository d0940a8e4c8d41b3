"""Fifty at once: numbers stay unique and gap-free."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import Invoice
from tests.factories import World
from tests.spine.ledger.conftest import Billing
from tests.spine.work.conftest import Life

N = 50


def _drafts(billing: Billing) -> list[int]:
    order = billing.hourly_order()
    found = []
    for _ in range(N):
        billing.time(order, 6)
        found.append(billing.draft(period_from=date(2026, 11, 1), period_to=date(2027, 12, 1)).pk)
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_issues_are_unique_and_gap_free():
    billing = Billing(Life(World()))
    drafts, finance = _drafts(billing), billing.world.finance

    def issue(pk: int) -> str:
        try:
            return ledger.issue_invoice(invoice=Invoice.objects.get(pk=pk), by=finance, at=billing.life.now).number
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=16) as threads:
        numbers = list(threads.map(issue, drafts))

    assert sorted(numbers) == [f"{billing.life.now.year}-{number:05d}" for number in range(1, N + 1)]
