"""Turn time, units, fixed prices and expenses into draft invoices, and change a draft."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from cursitor.engines import money
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements import queries as engagement_queries
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.engagements.models import Engagement, Matter
from cursitor.spine.ledger import access, queries
from cursitor.spine.ledger.choices import InvoiceState, LineKind
from cursitor.spine.ledger.models import BilledUnit, Invoice, InvoiceLine
from cursitor.spine.ledger.operations.issuing import NotADraft
from cursitor.spine.people import access as people_access
from cursitor.spine.people.models import Person
from cursitor.spine.work import registry
from cursitor.spine.work.models import WorkOrder

REASON_LENGTH = InvoiceLine._meta.get_field("adjustment_reason").max_length


class NothingToBill(Refusal):
    """Raised when a period holds nothing that is not billed already."""


class NoRate(Refusal):
    """Raised when the terms hold no rate for something done. Names it, so that the terms can be amended."""


@dataclass(frozen=True)
class ProposedLine:
    """A line before it stands on an invoice; `units_billed` are the keys of the units it stands for."""

    order: WorkOrder
    kind: str
    source: str
    date: date
    units: Decimal
    unit_amount: int
    total_amount: int
    description: str
    item: str = ""
    minutes: int = 0
    adjustment_amount: int = 0
    adjustment_reason: str = ""
    timekeeper: int | None = None
    timekeeper_class: str = ""
    task_code: str = ""
    activity_code: str = ""
    expense_code: str = ""
    units_billed: tuple[str, ...] = ()


def draft_invoices(
    *, engagement: Engagement, period_from: date, period_to: date, by: Person, at: datetime
) -> tuple[Invoice, ...]:
    """
    Draft one invoice per matter of the engagement over what was done in the period and is not billed yet.

    Units, fixed prices and credits of an earlier day that were never billed are taken in. period_to: first day no
    longer billed. Matters that the person may not see are left out. Orders whose terms name another currency get an
    invoice of their own.
    :raises NoRate: naming what the terms hold no rate for. :raises NothingToBill: when there is nothing.
    """
    people_access.require_role(by, organisation=engagement.provider_id, roles=access.BILLING, act="draft an invoice")
    if period_to <= period_from:
        raise Invalid("The period must end after it begins.", field="period_to")
    with transaction.atomic():
        Engagement.objects.select_for_update().get(pk=engagement.pk)
        by_invoice: dict[tuple[Matter, str], list[ProposedLine]] = defaultdict(list)
        classes = queries.timekeeper_classes(engagement.provider_id)
        for order in _orders(engagement, by):
            by_invoice[order.matter, order.terms.currency] += _lines_of(order, period_from, period_to, classes)
        made = tuple(
            _make(engagement, matter, lines, period_from, period_to, by, at)
            for (matter, _currency), lines in by_invoice.items()
            if lines
        )
        if not made:
            raise NothingToBill(f"Nothing of {engagement.number} in this period is unbilled.")
    return made


def adjust_line(*, line: InvoiceLine, amount: int, reason: str, by: Person, at: datetime) -> InvoiceLine:
    """Set a line's adjustment in minor units (negative: a discount) with the reason the client reads."""
    with transaction.atomic():
        invoice = _locked_draft(line.invoice, by)
        line = InvoiceLine.objects.get(pk=line.pk)
        if amount and not reason.strip():
            raise Invalid("Say why the line is adjusted.", field="reason")
        if line.is_credit:
            raise Invalid("A credit stays as it was granted.", field="amount")
        base = line.total_amount - line.adjustment_amount
        if base + amount < 0:
            raise Invalid("An adjustment cannot take more than the line holds.", field="amount")
        line.adjustment_amount, line.adjustment_reason = amount, reason.strip() if amount else ""
        line.total_amount = base + amount
        line.save(update_fields=["adjustment_amount", "adjustment_reason", "total_amount"])
        retotal(invoice)
        data = {"line": line.position, "amount": amount, "reason": reason.strip()}
        _record("ledger.line.adjusted", invoice, by=by, at=at, data=data)
    return line


def add_discount(*, invoice: Invoice, amount: int, reason: str, by: Person, at: datetime) -> Invoice:
    """Spread a discount in minor units over the fee lines in proportion, by largest remainder: parts sum exactly."""
    with transaction.atomic():
        invoice = _locked_draft(invoice, by)
        lines = list(invoice.lines.filter(kind=LineKind.FEE, total_amount__gt=0).order_by("position"))
        total = sum(line.total_amount for line in lines)
        if not 0 < amount <= total:
            raise Invalid("A discount is above zero and at most the fees.", field="amount")
        for line, part in zip(lines, money.allocate(amount, [line.total_amount for line in lines]), strict=True):
            if part:
                adjust_line(line=line, amount=line.adjustment_amount - part, reason=_also(line, reason), by=by, at=at)
        invoice.refresh_from_db()
    return invoice


def discard_draft(*, invoice: Invoice, by: Person, at: datetime) -> None:
    """Throw a draft away; what it billed is unbilled again."""
    with transaction.atomic():
        invoice = _locked_draft(invoice, by)
        _record("ledger.invoice.discarded", invoice, by=by, at=at, data={"total": invoice.total_amount})
        invoice.lines.all().delete()
        invoice.delete()


def retotal(invoice: Invoice) -> None:
    """Set the invoice's total to the sum of its lines."""
    invoice.total_amount = invoice.lines.aggregate(sum=Sum("total_amount"))["sum"] or 0
    invoice.save(update_fields=["total_amount"])


def _orders(engagement: Engagement, by: Person) -> QuerySet[WorkOrder]:
    seen = engagement.orders.filter(matter__in=engagement_access.matters(by).values("pk"))
    return seen.select_related("matter", "terms", "provider").order_by("number")


def _also(line: InvoiceLine, reason: str) -> str:
    """Return the reason after that of an adjustment the line has already."""
    both = f"{line.adjustment_reason}; {reason.strip()}" if line.adjustment_reason else reason.strip()
    if len(both) > REASON_LENGTH:
        raise Invalid(f"The reasons of line {line.position} are too long together. Adjust it singly.", field="reason")
    return both


def _lines_of(order: WorkOrder, period_from: date, period_to: date, classes: dict[int, str]) -> Iterator[ProposedLine]:
    if order.fee_basis == RateBasis.HOUR:
        yield from _time_lines(order, period_from, period_to, classes)
    elif order.fee_basis == RateBasis.UNIT:
        yield from _unit_lines(order, period_to, classes)
    else:
        yield from _fixed_line(order, period_to)
    yield from _expense_lines(order, period_from, period_to)
    yield from _credit_lines(order, period_to)


def _time_lines(
    order: WorkOrder, period_from: date, period_to: date, classes: dict[int, str]
) -> Iterator[ProposedLine]:
    for entry in queries.unbilled_time([order], period_from=period_from, period_to=period_to):
        held = classes.get(entry.person_id, "")
        rate = _rate(order, RateBasis.HOUR, held or f"no timekeeper class ({entry.person.name})")
        minutes = money.round_minutes(entry.minutes, queries.INCREMENT_MINUTES)
        yield ProposedLine(
            order=order,
            kind=LineKind.FEE,
            source=queries.time_source(entry),
            item=held,
            date=entry.began_at.date(),
            minutes=minutes,
            units=money.decimal_hours(minutes),
            unit_amount=rate,
            total_amount=money.hourly_fee(minutes, rate),
            description=entry.narrative or (entry.task.title if entry.task else order.title),
            timekeeper=entry.person_id,
            timekeeper_class=held,
            activity_code=entry.activity,
            task_code=entry.task_code,
        )


def _unit_lines(order: WorkOrder, period_to: date, classes: dict[int, str]) -> Iterator[ProposedLine]:
    by_doer: dict[tuple[str, str], list[registry.Billable]] = defaultdict(list)
    for unit in queries.unbilled_units(order, period_to=period_to):
        by_doer[unit.doer, unit.work_kind].append(unit)
    line = registry.line_of(order)
    for (doer, kind), units in sorted(by_doer.items()):
        rate = _rate(order, RateBasis.UNIT, kind)
        n = sum(unit.units for unit in units)
        first, latest = min(unit.at for unit in units), max(unit.at for unit in units)
        timekeeper = int(doer.removeprefix("person:"))
        named = line.work_kind(kind)
        yield ProposedLine(
            order=order,
            kind=LineKind.FEE,
            source=f"units:{order.ref}:{doer}:{kind}:{units[0].key}",
            item=kind,
            date=latest.date(),
            units=Decimal(n),
            unit_amount=rate,
            total_amount=money.unit_fee(n, rate),
            description=f"{named.name}, {n:,} x {named.unit}, {_days(first, latest)}",
            timekeeper=timekeeper,
            timekeeper_class=classes.get(timekeeper, ""),
            units_billed=tuple(unit.key for unit in units),
        )


def _days(first: datetime, latest: datetime) -> str:
    if first.date() == latest.date():
        return f"{first:%d %b %Y}"
    return f"{first:%d %b %Y} to {latest:%d %b %Y}"


def _fixed_line(order: WorkOrder, period_to: date) -> Iterator[ProposedLine]:
    day = queries.delivered_on(order)
    if day is None or day >= period_to or queries.is_billed(queries.fixed_source(order)):
        return
    rate = _rate(order, RateBasis.FIXED, order.work_kind)
    yield ProposedLine(
        order=order,
        kind=LineKind.FEE,
        source=queries.fixed_source(order),
        item=order.work_kind,
        date=day,
        units=Decimal(1),
        unit_amount=rate,
        total_amount=money.fixed_fee(rate),
        description=f"{order.title}, fixed price",
    )


def _expense_lines(order: WorkOrder, period_from: date, period_to: date) -> Iterator[ProposedLine]:
    for expense in queries.unbilled_expenses([order], period_from=period_from, period_to=period_to):
        yield ProposedLine(
            order=order,
            kind=LineKind.EXPENSE,
            source=queries.expense_source(expense),
            date=expense.date,
            units=Decimal(expense.units),
            unit_amount=expense.unit_amount,
            total_amount=money.unit_fee(expense.units, expense.unit_amount),
            description=expense.description,
            expense_code=expense.code,
        )


def _credit_lines(order: WorkOrder, period_to: date) -> Iterator[ProposedLine]:
    """A credit is one unit at no price, adjusted: receivers refuse negative units."""
    for answer in queries.unbilled_credits([order], period_to=period_to):
        credited = answer.line
        yield ProposedLine(
            order=order,
            kind=credited.kind,
            source=queries.credit_source(answer),
            date=answer.at.date(),
            units=Decimal(1),
            unit_amount=0,
            total_amount=-answer.credit_amount,
            adjustment_amount=-answer.credit_amount,
            adjustment_reason=answer.text,
            description=f"Credit for line {credited.position} of invoice {credited.invoice.number}",
            timekeeper=credited.timekeeper_id,
            timekeeper_class=credited.timekeeper_class,
            activity_code=credited.activity_code,
            task_code=credited.task_code,
            expense_code=credited.expense_code,
        )


def _rate(order: WorkOrder, basis: str, item: str) -> int:
    found = engagement_queries.rate(terms=order.terms, basis=basis, item=item)
    if found is None:
        raise NoRate(f"{order.terms} hold no rate {RateBasis(basis).label} for {item}, which {order.ref} needs.")
    return found.amount


def _make(
    engagement: Engagement,
    matter: Matter,
    lines: list[ProposedLine],
    period_from: date,
    period_to: date,
    by: Person,
    at: datetime,
) -> Invoice:
    invoice = Invoice.objects.create(
        engagement=engagement,
        matter=matter,
        provider=engagement.provider,
        currency=lines[0].order.terms.currency,
        period_from=period_from,
        period_to=period_to,
        description=f"{matter.short_name}, {period_from:%d %b %Y} to {period_to - timedelta(days=1):%d %b %Y}",
        made_by=by,
        made_at=at,
    )
    for position, proposed in enumerate(lines, start=1):
        line = InvoiceLine.objects.create(
            invoice=invoice,
            position=position,
            order=proposed.order,
            kind=proposed.kind,
            source=proposed.source,
            item=proposed.item,
            date=proposed.date,
            minutes=proposed.minutes,
            units=proposed.units,
            unit_amount=proposed.unit_amount,
            adjustment_amount=proposed.adjustment_amount,
            adjustment_reason=proposed.adjustment_reason,
            total_amount=proposed.total_amount,
            description=proposed.description,
            timekeeper_id=proposed.timekeeper,
            timekeeper_class=proposed.timekeeper_class,
            task_code=proposed.task_code,
            activity_code=proposed.activity_code,
            expense_code=proposed.expense_code,
        )
        BilledUnit.objects.bulk_create(
            BilledUnit(line=line, order=line.order, key=key) for key in proposed.units_billed
        )
    retotal(invoice)
    data = {"lines": len(lines), "total": invoice.total_amount}
    _record("ledger.invoice.drafted", invoice, by=by, at=at, data=data)
    return invoice


def _locked_draft(invoice: Invoice, by: Person) -> Invoice:
    access.require(by, invoice=invoice, to="edit")
    locked = Invoice.objects.select_for_update(of=("self",)).select_related("matter", "engagement").get(pk=invoice.pk)
    if locked.state != InvoiceState.DRAFT:
        raise NotADraft(f"Invoice {locked.number} has been issued and does not change.")
    return locked


def _record(event: str, invoice: Invoice, *, by: Person, at: datetime, data: dict[str, object]) -> None:
    audit.record(event=event, at=at, by=by, subject=invoice.key, matter=invoice.matter.key, data=data)
