"""What the ledger knows: what is not billed yet, what has been spent, what an invoice says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from cursitor.engines import money
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.engagements.models import Engagement, Rate
from cursitor.spine.ledger.choices import InvoiceState, LineKind, LineVerdict
from cursitor.spine.ledger.models import BilledUnit, DisputeAnswer, Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.models import Membership
from cursitor.spine.work import registry
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Transition, WorkOrder

INCREMENT_MINUTES = 6
EARNED = frozenset({OrderState.DELIVERED, OrderState.APPROVED, OrderState.CLOSED})
NOT_BEGUN = frozenset({OrderState.DRAFT, OrderState.ISSUED, OrderState.DECLINED})


def time_source(entry: TimeEntry) -> str:
    return f"time:{entry.pk}"


def expense_source(expense: Expense) -> str:
    return f"expense:{expense.pk}"


def credit_source(answer: DisputeAnswer) -> str:
    return f"credit:{answer.pk}"


def fixed_source(order: WorkOrder) -> str:
    return f"fixed:{order.ref}"


def is_billed(source: str) -> bool:
    return InvoiceLine.objects.filter(source=source, is_live=True).exists()


def start_of(day: date) -> datetime:
    """Return the first instant of a day of a billing period; periods run in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def unbilled_time(
    orders: Iterable[WorkOrder], *, period_from: date = date.min, period_to: date = date.max
) -> QuerySet[TimeEntry]:
    """Return ended time of hourly orders in the period that no live line bills, oldest first."""
    hourly = [order.pk for order in orders if order.fee_basis == RateBasis.HOUR]
    found = TimeEntry.objects.filter(order__in=hourly, withdrawn_at=None, ended_at__isnull=False)
    return (
        found.filter(began_at__gte=start_of(period_from), began_at__lt=start_of(period_to))
        .exclude(_billed("time:"))
        .select_related("person", "order", "task")
        .order_by("began_at", "pk")
    )


def unbilled_expenses(
    orders: Iterable[WorkOrder], *, period_from: date = date.min, period_to: date = date.max
) -> QuerySet[Expense]:
    """Return expenses of the orders in the period that no live line bills, oldest first."""
    keys = [order.pk for order in orders]
    found = Expense.objects.filter(order__in=keys, withdrawn_at=None, date__gte=period_from, date__lt=period_to)
    return found.exclude(_billed("expense:")).select_related("order", "entered_by").order_by("date", "pk")


def unbilled_credits(orders: Iterable[WorkOrder], *, period_to: date = date.max) -> QuerySet[DisputeAnswer]:
    """Return credits granted before `period_to` on lines of invoices that stand, which no live line gives yet."""
    keys = [order.pk for order in orders]
    granted = DisputeAnswer.objects.filter(line__order__in=keys, line__is_live=True, credit_amount__gt=0)
    found = granted.filter(at__lt=start_of(period_to)).exclude(_billed("credit:"))
    return found.select_related("line__invoice").order_by("at", "pk")


def unbilled_units(order: WorkOrder, *, period_to: date | None = None) -> list[registry.Billable]:
    """Return the units of a unit-priced order done before `period_to` that no live line bills, in order of key."""
    if order.fee_basis != RateBasis.UNIT:
        return []
    done = registry.line_of(order).billables(order)
    if period_to is not None:
        done = tuple(unit for unit in done if unit.at < start_of(period_to))
    billed = set(BilledUnit.objects.filter(is_live=True, order=order).values_list("key", flat=True))
    return sorted((unit for unit in done if unit.key not in billed), key=lambda unit: unit.key)


def delivered_on(order: WorkOrder) -> date | None:
    """Return the day a fixed price was earned: when the order was delivered."""
    if order.state not in EARNED:
        return None
    step = Transition.objects.filter(order=order, to_state=OrderState.DELIVERED).order_by("-at").first()
    return step.at.date() if step else None


def timekeeper_classes(provider: int) -> dict[int, str]:
    """Return the LEDES class of the provider's people by key of the person: of the latest membership with one."""
    held = Membership.objects.filter(organisation=provider).exclude(timekeeper_class="").order_by("began_at", "pk")
    return dict(held.values_list("person", "timekeeper_class"))


def creditable(line: InvoiceLine) -> int:
    """Return what is left of a line after the credits granted on it, in minor units."""
    granted = line.answers.aggregate(sum=Sum("credit_amount"))["sum"] or 0
    return max(line.total_amount - granted, 0)


def credits_billed(invoice: Invoice) -> list[InvoiceLine]:
    """Return the live lines of other invoices that give a credit granted on this one."""
    granted = DisputeAnswer.objects.filter(line__invoice=invoice, credit_amount__gt=0)
    sources = [credit_source(answer) for answer in granted]
    return list(InvoiceLine.objects.filter(source__in=sources, is_live=True).select_related("invoice"))


@dataclass(frozen=True)
class Spent:
    """What an order has cost, in minor units: on issued invoices that stand, and not invoiced yet (drafts included)."""

    billed: int
    unbilled: int

    @property
    def total(self) -> int:
        return self.billed + self.unbilled


def spent(orders: Iterable[WorkOrder]) -> dict[int, Spent]:
    """
    Return what each order has cost so far, by key of the order.

    Void invoices do not count. What stands on no invoice is priced at the order's own terms; without a rate it counts
    nothing. The number of queries does not grow with the orders, as far as their service lines count units together.
    """
    orders = list(orders)
    billed, unbilled = _on_invoices(orders)
    begun = [order for order in orders if order.state not in NOT_BEGUN]
    if begun:
        rates = _rates(begun)
        for part in (_unbilled_hours, _unbilled_units, _unbilled_fixed):
            part(begun, rates, unbilled)
        outlays = unbilled_expenses(begun).order_by("order").values("order")
        for row in outlays.annotate(sum=Sum(F("units") * F("unit_amount"))):
            unbilled[row["order"]] += row["sum"]
        for answer in unbilled_credits(begun):
            unbilled[answer.line.order_id] -= answer.credit_amount
    return {order.pk: Spent(billed[order.pk], unbilled[order.pk]) for order in orders}


def spend_of(orders: Iterable[WorkOrder]) -> dict[int, int]:
    """Return what each order has cost so far in minor units, invoiced or not, by key of the order. See `spent`."""
    return {pk: each.total for pk, each in spent(orders).items()}


def spend_of_engagement(engagement: Engagement) -> int:
    """Return what all orders of an engagement have cost so far, in minor units of its currency."""
    return sum(spend_of(engagement.orders.all()).values())


def open_disputes(invoices: QuerySet[Invoice]) -> QuerySet[InvoiceLine]:
    """Return the disputed lines of invoices that stand, oldest dispute first."""
    found = InvoiceLine.objects.filter(invoice__in=invoices, verdict=LineVerdict.DISPUTED, is_live=True)
    joined = found.select_related("invoice__matter", "invoice__provider", "order", "verdict_by")
    return joined.prefetch_related("answers").order_by("verdict_at", "pk")


Rates = dict[tuple[int, str, str], int]


def _billed(prefix: str) -> Exists:
    """Say of a row whether a live line bills it; the line's source is the prefix and the row's key."""
    source = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    return Exists(InvoiceLine.objects.filter(source=source, is_live=True))


def _on_invoices(orders: list[WorkOrder]) -> tuple[dict[int, int], dict[int, int]]:
    """Return what stands on issued invoices and on drafts, by key of the order."""
    issued, drafted = ({order.pk: 0 for order in orders} for _ in range(2))
    live = InvoiceLine.objects.filter(order__in=orders, is_live=True).order_by("order")
    for row in live.values("order", "invoice__state").annotate(sum=Sum("total_amount")):
        side = drafted if row["invoice__state"] == InvoiceState.DRAFT else issued
        side[row["order"]] += row["sum"]
    return issued, drafted


def _rates(orders: list[WorkOrder]) -> Rates:
    found = Rate.objects.filter(terms__in={order.terms_id for order in orders})
    return {(terms, basis, item): amount for terms, basis, item, amount in _rate_rows(found)}


def _rate_rows(found: QuerySet[Rate]) -> QuerySet:
    return found.values_list("terms", "basis", "item", "amount")


def _unbilled_hours(orders: list[WorkOrder], rates: Rates, unbilled: dict[int, int]) -> None:
    by_pk = {order.pk: order for order in orders if order.fee_basis == RateBasis.HOUR}
    entries = list(unbilled_time(by_pk.values()).values_list("order", "person", "minutes")) if by_pk else []
    providers = {by_pk[pk].provider_id for pk, _person, _minutes in entries}
    classes = {provider: timekeeper_classes(provider) for provider in providers}
    for pk, person, minutes in entries:
        order = by_pk[pk]
        rate = rates.get((order.terms_id, RateBasis.HOUR, classes[order.provider_id].get(person, "")), 0)
        unbilled[pk] += money.hourly_fee(money.round_minutes(minutes, INCREMENT_MINUTES), rate)


def _unbilled_units(orders: list[WorkOrder], rates: Rates, unbilled: dict[int, int]) -> None:
    by_pk = {order.pk: order for order in orders if order.fee_basis == RateBasis.UNIT}
    billed = _units_billed(by_pk)
    for pk, done in _units_done(by_pk).items():
        for kind, n in done.items():
            rate = rates.get((by_pk[pk].terms_id, RateBasis.UNIT, kind), 0)
            unbilled[pk] += money.unit_fee(max(n - billed.get((pk, kind), 0), 0), rate)


def _units_done(by_pk: dict[int, WorkOrder]) -> dict[int, dict[str, int]]:
    """Return the units done by key of the order and work kind, counted together where the service line can."""
    done: dict[int, dict[str, int]] = {}
    for key in {order.line for order in by_pk.values()}:
        line, own = registry.lines()[key], [order for order in by_pk.values() if order.line == key]
        if line.n_billables is not None:
            done |= line.n_billables(own)
            continue
        for order in own:
            done[order.pk] = defaultdict(int)
            for unit in line.billables(order):
                done[order.pk][unit.work_kind] += unit.units
    return done


def _units_billed(by_pk: dict[int, WorkOrder]) -> dict[tuple[int, str], int]:
    billed: dict[tuple[int, str], int] = defaultdict(int)
    lines = InvoiceLine.objects.filter(order__in=by_pk, is_live=True, kind=LineKind.FEE, source__startswith="units:")
    for order, kind, units in lines.values_list("order", "item", "units"):
        billed[order, kind] += int(units)
    return billed


def _unbilled_fixed(orders: list[WorkOrder], rates: Rates, unbilled: dict[int, int]) -> None:
    earned = {o.pk: o for o in orders if o.fee_basis == RateBasis.FIXED and o.state in EARNED}
    sources = {fixed_source(order): pk for pk, order in earned.items()}
    lines = InvoiceLine.objects.filter(source__in=sources, is_live=True) if sources else ()
    billed = {sources[line.source] for line in lines}
    for pk, order in earned.items():
        if pk not in billed:
            unbilled[pk] += rates.get((order.terms_id, RateBasis.FIXED, order.work_kind), 0)
