"""What the ledger knows: what is not billed yet, what has been spent, what an invoice says."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from django.db.models import QuerySet, Sum

from cursitor.engines import money
from cursitor.spine.engagements import queries as engagement_queries
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.engagements.models import Engagement
from cursitor.spine.ledger.choices import LineVerdict
from cursitor.spine.ledger.models import BilledUnit, Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.models import Membership
from cursitor.spine.work import registry
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Transition, WorkOrder

INCREMENT_MINUTES = 6
EARNED = frozenset({OrderState.DELIVERED, OrderState.APPROVED, OrderState.CLOSED})


def time_source(entry: TimeEntry) -> str:
    return f"time:{entry.pk}"


def expense_source(expense: Expense) -> str:
    return f"expense:{expense.pk}"


def fixed_source(order: WorkOrder) -> str:
    return f"fixed:{order.ref}"


def is_billed(source: str) -> bool:
    return InvoiceLine.objects.filter(source=source, is_live=True).exists()


def start_of(day: date) -> datetime:
    """Return the first instant of a day of a billing period; periods run in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def unbilled_time(orders: Iterable[WorkOrder], *, period_from: date, period_to: date) -> QuerySet[TimeEntry]:
    """Return ended time of hourly orders in the period that no live line bills, oldest first."""
    hourly = [order.pk for order in orders if order.fee_basis == RateBasis.HOUR]
    billed = InvoiceLine.objects.filter(is_live=True, source__startswith="time:").values_list("source", flat=True)
    pks = [int(source.removeprefix("time:")) for source in billed.filter(order__in=hourly)]
    found = TimeEntry.objects.filter(order__in=hourly, withdrawn_at=None, ended_at__isnull=False).exclude(pk__in=pks)
    return (
        found.filter(began_at__gte=start_of(period_from), began_at__lt=start_of(period_to))
        .select_related("person", "order", "task")
        .order_by("began_at", "pk")
    )


def unbilled_expenses(orders: Iterable[WorkOrder], *, period_from: date, period_to: date) -> QuerySet[Expense]:
    keys = [order.pk for order in orders]
    billed = InvoiceLine.objects.filter(is_live=True, source__startswith="expense:", order__in=keys)
    pks = [int(source.removeprefix("expense:")) for source in billed.values_list("source", flat=True)]
    found = Expense.objects.filter(order__in=keys, withdrawn_at=None, date__gte=period_from, date__lt=period_to)
    return found.exclude(pk__in=pks).select_related("order", "entered_by").order_by("date", "pk")


def unbilled_units(order: WorkOrder, *, period_to: date | None = None) -> list[registry.Billable]:
    """Return the units of a unit-priced order done before `period_to` that no live line bills, in order of key."""
    if order.fee_basis != RateBasis.UNIT:
        return []
    done = registry.line_of(order).billables(order)
    if period_to is not None:
        done = tuple(unit for unit in done if unit.at < start_of(period_to))
    billed = set(BilledUnit.objects.filter(is_live=True, line__order=order).values_list("key", flat=True))
    return sorted((unit for unit in done if unit.key not in billed), key=lambda unit: unit.key)


def delivered_on(order: WorkOrder) -> date | None:
    """Return the day a fixed price was earned: when the order was delivered."""
    if order.state not in EARNED:
        return None
    step = Transition.objects.filter(order=order, to_state=OrderState.DELIVERED).order_by("-at").first()
    return step.at.date() if step else None


def timekeeper_class(person: int, provider: int) -> str:
    """Return the LEDES class of a person at the provider, of the latest membership that names one."""
    found = Membership.objects.filter(person=person, organisation=provider).exclude(timekeeper_class="")
    return found.order_by("-began_at").values_list("timekeeper_class", flat=True).first() or ""


def spend_of(orders: Iterable[WorkOrder]) -> dict[int, int]:
    """
    Return what each order has cost so far in minor units, billed and not yet billed, by key of the order.

    Void invoices do not count. Unbilled work is priced at the order's own terms; without a rate it counts nothing.
    """
    orders = list(orders)
    spent: dict[int, int] = defaultdict(int)
    lines = InvoiceLine.objects.filter(order__in=orders, is_live=True).values("order").annotate(sum=Sum("total_amount"))
    for row in lines.order_by("order"):
        spent[row["order"]] += row["sum"]
    for order in orders:
        if order.state not in {OrderState.DRAFT, OrderState.ISSUED, OrderState.DECLINED, OrderState.CANCELLED}:
            spent[order.pk] += _unbilled_amount(order)
    return {order.pk: spent[order.pk] for order in orders}


def spend_of_engagement(engagement: Engagement) -> int:
    """Return what all orders of an engagement have cost so far, in minor units."""
    return sum(spend_of(engagement.orders.select_related("terms").all()).values())


def open_disputes(invoices: QuerySet[Invoice]) -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(invoice__in=invoices, verdict=LineVerdict.DISPUTED, is_live=True)


def _unbilled_amount(order: WorkOrder) -> int:
    horizon = date.max
    if order.fee_basis == RateBasis.FIXED:
        if delivered_on(order) is None or is_billed(fixed_source(order)):
            return 0
        rate = engagement_queries.rate(terms=order.terms, basis=RateBasis.FIXED, item=order.work_kind)
        return rate.amount if rate else 0
    if order.fee_basis == RateBasis.UNIT:
        rate = engagement_queries.rate(terms=order.terms, basis=RateBasis.UNIT, item=order.work_kind)
        return money.unit_fee(sum(u.units for u in unbilled_units(order)), rate.amount) if rate else 0
    total = 0
    for entry in unbilled_time([order], period_from=date(1970, 1, 1), period_to=horizon):
        item = timekeeper_class(entry.person_id, order.provider_id)
        rate = engagement_queries.rate(terms=order.terms, basis=RateBasis.HOUR, item=item)
        total += money.hourly_fee(money.round_minutes(entry.minutes, INCREMENT_MINUTES), rate.amount) if rate else 0
    return total
