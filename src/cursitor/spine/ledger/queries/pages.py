"""What the pages of the ledger show: time, expenses, invoices, disputes, what is not billed yet, spend, rates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat

from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.models import Engagement, Rate, Terms
from cursitor.spine.ledger import access, queries
from cursitor.spine.ledger.choices import InvoiceState, LineVerdict
from cursitor.spine.ledger.models import Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

WAITING = frozenset({InvoiceState.ISSUED, InvoiceState.DISPUTED})
SORTS = {
    "number": ("issued_at", "number"),
    "matter": ("matter__short_name",),
    "provider": ("provider__short_name",),
    "state": ("state",),
    "total": ("total_amount",),
    "due": ("due_date",),
}


@dataclass(frozen=True)
class Spend(queries.Spent):
    """What an order has cost, in minor units of the currency of its own terms."""

    order: WorkOrder

    @property
    def currency(self) -> str:
        return self.order.terms.currency


@dataclass(frozen=True)
class EngagementSpend:
    """An engagement's budget, from its latest terms, beside what its orders have cost."""

    engagement: Engagement
    terms: Terms
    orders: list[Spend]

    @property
    def billed(self) -> int:
        return sum(order.billed for order in self.orders)

    @property
    def unbilled(self) -> int:
        return sum(order.unbilled for order in self.orders)

    @property
    def total(self) -> int:
        return self.billed + self.unbilled


@dataclass(frozen=True)
class OrderMoney:
    """The money tab of an order."""

    spend: Spend
    rates: list[Rate]
    lines: QuerySet[InvoiceLine]
    time: QuerySet[TimeEntry]
    expenses: QuerySet[Expense]


def running(person: Person) -> TimeEntry | None:
    """Return the person's timer that runs, if one does."""
    entries = TimeEntry.objects.filter(person=person, ended_at=None, withdrawn_at=None)
    return entries.select_related("order__matter", "task").first()


def minutes_of(person: Person, now: datetime) -> tuple[int, int]:
    """Return the minutes the person has entered today and since Monday, in their own zone."""
    zone = ZoneInfo(person.zone)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    entries = TimeEntry.objects.filter(person=person, withdrawn_at=None, began_at__gte=monday)
    sums = entries.aggregate(day=Sum("minutes", filter=Q(began_at__gte=today)), week=Sum("minutes"))
    return sums["day"] or 0, sums["week"] or 0


def time_list(person: Person, *, text: str = "", show: str = "", whose: str = "") -> QuerySet[TimeEntry]:
    """
    Return the time a person sees, latest first, each with `invoice_pk` and `invoice_number` where it is billed.

    show: "unbilled", "billed", "withdrawn" or all that stands; whose: "mine" or all.
    """
    found = access.time_entries(person).exclude(ended_at=None, withdrawn_at=None)
    if whose == "mine":
        found = found.filter(person=person)
    for word in text.removeprefix("WO-").split():
        named = Q(person__name__icontains=word) | Q(order__title__icontains=word) | Q(narrative__icontains=word)
        found = found.filter(named | Q(order__number__contains=word))
    joined = _with_invoice(found, "time:").select_related("person", "order__matter", "task")
    return _shown(joined, show).order_by("-began_at", "-pk")


def expense_list(person: Person, *, text: str = "", show: str = "") -> QuerySet[Expense]:
    """Return the expenses a person sees, latest first, each with `invoice_pk` and `invoice_number` where billed."""
    found = access.expenses(person)
    for word in text.removeprefix("WO-").split():
        named = Q(description__icontains=word) | Q(order__title__icontains=word) | Q(order__number__contains=word)
        found = found.filter(named)
    joined = _with_invoice(found, "expense:").select_related("entered_by", "order__matter", "order__terms")
    return _shown(joined, show).order_by("-date", "-pk")


def invoice_list(person: Person, *, text: str = "", state: str = "", sort: str = "") -> QuerySet[Invoice]:
    """
    Return the invoices a person sees, each with its number of lines and of disputed lines.

    state: a state, "WAITING" (for the client) or all. sort: a key of SORTS, with a minus sign for the other way round;
    unknown ones put drafts first, then the latest.
    """
    found = access.invoices(person)
    if state:
        found = found.filter(state__in=WAITING if state == "WAITING" else [state])
    for word in text.split():
        found = found.filter(
            Q(number__icontains=word)
            | Q(matter__short_name__icontains=word)
            | Q(matter__number__icontains=word)
            | Q(provider__short_name__icontains=word)
        )
    counted = found.annotate(
        n_lines=Count("lines"), n_disputed=Count("lines", filter=Q(lines__verdict=LineVerdict.DISPUTED))
    )
    columns = SORTS.get(sort.removeprefix("-"), ())
    order = [F(c).desc(nulls_last=True) if sort.startswith("-") else F(c).asc(nulls_last=True) for c in columns]
    joined = counted.select_related("matter", "provider", "engagement__client")
    return joined.order_by(*(order or [F("issued_at").desc(nulls_first=True)]), "-pk")


def lines_of(invoice: Invoice) -> QuerySet[InvoiceLine]:
    """Return the lines of an invoice in order, with who worked, verdicts and answers."""
    joined = invoice.lines.select_related("order", "timekeeper", "verdict_by")
    return joined.prefetch_related("answers__by").order_by("position")


def dispute_list(person: Person) -> QuerySet[InvoiceLine]:
    """Return the disputed lines of the invoices a person sees, the oldest dispute first."""
    return queries.open_disputes(access.invoices(person))


def spend(person: Person, *, only: str = "") -> list[EngagementSpend]:
    """Return every engagement a person sees with what its orders have cost. only: the number of one engagement."""
    orders = access.orders_billed(person).select_related(
        "terms", "matter", "engagement__provider", "engagement__client"
    )
    if only:
        orders = orders.filter(engagement__number=only)
    listed = list(orders.exclude(issued_at=None).order_by("engagement__number", "number"))
    rows = _spends(listed)
    terms = _latest_terms({order.engagement_id for order in listed})
    by_engagement: dict[int, list[Spend]] = {}
    for row in rows:
        by_engagement.setdefault(row.order.engagement_id, []).append(row)
    return [EngagementSpend(found[0].order.engagement, terms[pk], found) for pk, found in by_engagement.items()]


def order_money(person: Person, order: WorkOrder) -> OrderMoney:
    """Return what the money tab of an order shows; lines of drafts and time are for the provider's side."""
    lines = InvoiceLine.objects.filter(order=order, invoice__in=access.invoices(person).values("pk"))
    return OrderMoney(
        spend=_spends([order])[0],
        rates=list(order.terms.rates.order_by("basis", "item")),
        lines=lines.select_related("invoice", "timekeeper").order_by("-invoice__issued_at", "invoice_id", "position"),
        time=time_list(person).filter(order=order),
        expenses=expense_list(person).filter(order=order),
    )


def rate_list(person: Person) -> list[tuple[Terms, Rate]]:
    """Return the rate cards of the terms in force or to come of every engagement a person sees."""
    seen = engagement_access.engagements(person)
    terms = Terms.objects.filter(engagement__in=seen, effective_to=None)
    rates = Rate.objects.filter(terms__in=terms).select_related(
        "terms__engagement__client", "terms__engagement__provider"
    )
    return [(rate.terms, rate) for rate in rates.order_by("terms__engagement__number", "basis", "item")]


def n_waiting(person: Person) -> int:
    """Return how many invoices wait for this person: to approve as client, with disputes to answer as provider."""
    payer, issuer = access.invoices_to_judge(person), access.invoices_to_answer(person)
    return payer.filter(state__in=WAITING).count() + issuer.filter(state=InvoiceState.DISPUTED).count()


def last_month(today: date) -> tuple[date, date]:
    """Return the calendar month before the day's as (first day, first day no longer in it)."""
    this = today.replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this


def _spends(orders: list[WorkOrder]) -> list[Spend]:
    spent = queries.spent(orders)
    return [Spend(spent[order.pk].billed, spent[order.pk].unbilled, order) for order in orders]


def _latest_terms(engagements: set[int]) -> dict[int, Terms]:
    found = Terms.objects.filter(engagement__in=engagements).order_by("engagement", "version")
    return {terms.engagement_id: terms for terms in found}


def _with_invoice(found: QuerySet, prefix: str) -> QuerySet:
    source = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    lines = InvoiceLine.objects.filter(source=source, is_live=True)
    return found.annotate(
        invoice_pk=Subquery(lines.values("invoice")[:1]), invoice_number=Subquery(lines.values("invoice__number")[:1])
    )


def _shown(found: QuerySet, show: str) -> QuerySet:
    if show == "withdrawn":
        return found.exclude(withdrawn_at=None)
    found = found.filter(withdrawn_at=None)
    return {"unbilled": found.filter(invoice_pk=None), "billed": found.exclude(invoice_pk=None)}.get(show, found)
