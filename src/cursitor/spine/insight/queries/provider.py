"""The homes at a provider: operations, quality, a specialist's queue, finance."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum

from cursitor.engines.sampling import charts
from cursitor.spine.insight.queries import orders as shown_orders
from cursitor.spine.insight.queries.waiting import Waits, waits
from cursitor.spine.ledger import access as ledger_access
from cursitor.spine.ledger import queries as ledger
from cursitor.spine.ledger.choices import InvoiceState
from cursitor.spine.ledger.models import Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Membership, Person, Site
from cursitor.spine.quality import access as quality_access
from cursitor.spine.quality import queries as quality
from cursitor.spine.quality.choices import DefectSeverity, LotState
from cursitor.spine.quality.models import Defect, Inspection
from cursitor.spine.quality.queries import pages as quality_pages
from cursitor.spine.work import access as work_access
from cursitor.spine.work import queries as work
from cursitor.spine.work import registry
from cursitor.spine.work.choices import ENDED_STATES, HandOffState, OrderState
from cursitor.spine.work.models import HandOff, WorkOrder

DAY = timedelta(days=1)
SHOWN = 12
DOERS = frozenset({Role.SPECIALIST, Role.DELIVERY_MANAGER, Role.QC_LEAD})
COUNTED = frozenset({DefectSeverity.CRITICAL, DefectSeverity.MAJOR})


@dataclass(frozen=True)
class Shift:
    """A site on the axis of 24 hours from `begin`: opening hours as instants, how many work there."""

    site: Site
    n_people: int
    spans: tuple[tuple[datetime, datetime], ...]

    def is_open_at(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self.spans)


@dataclass(frozen=True)
class Operations:
    """The board of a delivery manager: sites around the clock, orders by risk, hand-offs."""

    begin: datetime
    shifts: list[Shift]
    orders: list[shown_orders.OrderRow]
    n_orders: int
    n_at_risk: int
    hand_offs: list[HandOff]
    n_accepted_today: int
    waiting: Waits


@dataclass(frozen=True)
class ReaderRate:
    """Defective units among those that one person did and somebody else inspected."""

    name: str
    rate: quality.DefectRate


@dataclass(frozen=True)
class KindCount:
    """How often a kind of defect was found."""

    name: str
    severity: str
    n: int
    running: float


@dataclass(frozen=True)
class ChartedLot:
    """A decided lot on the chart: its name, and its point with its own limits."""

    name: str
    decided_at: datetime
    point: charts.Point


@dataclass(frozen=True)
class Quality:
    """The home of a QC lead: lots, the chart over them, what went wrong, and where."""

    rows: list[quality_pages.LotRow]
    scale: float
    to_inspect: list
    to_release: list[WorkOrder]
    chart: list[ChartedLot]
    kinds: list[KindCount]
    readers: list[ReaderRate]
    readers_scale: float
    n_inspected: int
    n_defective: int
    n_lots: int
    n_returned: int


@dataclass(frozen=True)
class Queue:
    """A specialist's own page: what they carry, what is free, what is offered, their hours."""

    tasks: list
    free: list[tuple[WorkOrder, int]]
    offers: list[HandOff]
    minutes: int
    answered: list


@dataclass(frozen=True)
class Finance:
    """The home of provider finance: invoices by what they wait for, and what is not billed yet."""

    drafts: list[Invoice]
    disputed: list
    unpaid: list[Invoice]
    unbilled: list[tuple[WorkOrder, int]]


def operations(person: Person, now: datetime) -> Operations:
    """Return the board of a delivery manager."""
    board = work.board(person, now)
    begin = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    offers = work_access.hand_offs(person)
    open_offers = offers.filter(state=HandOffState.OFFERED).exclude(order__state__in=ENDED_STATES)
    joined = open_offers.select_related("order", "task", "giver", "receiver")
    return Operations(
        begin=begin,
        shifts=_shifts(person, begin),
        orders=shown_orders.order_rows(board[:SHOWN]),
        n_orders=len(board),
        n_at_risk=sum(row.risk.level >= 2 for row in board),
        hand_offs=list(joined.order_by("deadline", "offered_at", "pk")),
        n_accepted_today=offers.filter(state=HandOffState.ACCEPTED, ended_at__gte=now - DAY).count(),
        waiting=waits(person, now),
    )


def quality_home(person: Person, now: datetime) -> Quality:
    """Return the home of a QC lead over the lots they see: open ones and those decided in the last 90 days."""
    lots = quality_pages.lot_list(person).exclude(decided_at__lt=now - 90 * DAY)
    rows = quality_pages.lot_rows(lots[:40])
    decided = [row for row in rows if row.lot.decided_at]
    inspected = Inspection.objects.filter(sample__lot__in=[row.lot.pk for row in decided])
    readers = _readers(inspected)
    return Quality(
        rows=rows[:10],
        scale=quality_pages.scale_of(rows[:10]),
        to_inspect=quality_pages.waiting_for_inspection(person),
        to_release=_to_release(person),
        chart=_chart(decided),
        kinds=_kinds(inspected),
        readers=readers,
        readers_scale=next(s for s in shown_orders.SCALES if max((r.rate.high for r in readers), default=0) <= s),
        n_inspected=sum(row.n_read for row in decided),
        n_defective=sum(row.n_defective for row in decided),
        n_lots=len(decided),
        n_returned=sum(row.lot.state == LotState.RETURNED for row in decided),
    )


def queue(person: Person, now: datetime) -> Queue:
    """Return a specialist's page: their tasks, the order due first on top."""
    zone = ZoneInfo(person.zone)
    monday = (now.astimezone(zone) - timedelta(days=now.astimezone(zone).weekday())).date()
    week = datetime.combine(monday, time.min, tzinfo=zone)
    spent = TimeEntry.objects.filter(person=person, withdrawn_at=None, began_at__gte=week)
    offers = HandOff.objects.filter(receiver=person, state=HandOffState.OFFERED)
    asked = work_access.questions(person).filter(asked_by=person, answered_at__gte=now - 2 * DAY)
    return Queue(
        tasks=list(work.tasks_for(person)[:20]),
        free=work.free_tasks(person),
        offers=list(offers.select_related("order", "task", "giver").order_by("offered_at", "pk")),
        minutes=spent.aggregate(sum=Sum("minutes"))["sum"] or 0,
        answered=list(asked.select_related("order").order_by("-answered_at", "-pk")[:5]),
    )


def finance(person: Person, now: datetime) -> Finance:
    """Return the home of provider finance."""
    seen = ledger_access.invoices(person).select_related("engagement__client", "matter")
    unpaid = seen.filter(state__in=[InvoiceState.ISSUED, InvoiceState.APPROVED])
    orders = list(work_access.orders(person).select_related("terms", "matter", "engagement").order_by("number"))
    spent = ledger.spend_of(orders)
    billed = _billed(orders)
    owing = [(order, spent.get(order.pk, 0) - billed.get(order.pk, 0)) for order in orders]
    return Finance(
        drafts=list(seen.filter(state=InvoiceState.DRAFT).order_by("-made_at", "-pk")),
        disputed=list(ledger.open_disputes(ledger_access.invoices(person))),
        unpaid=list(unpaid.order_by("due_date", "pk")),
        unbilled=[(order, amount) for order, amount in owing if amount > 0],
    )


def _billed(orders: list[WorkOrder]) -> dict[int, int]:
    lines = InvoiceLine.objects.filter(order__in=orders, is_live=True).order_by("order").values_list("order")
    return dict(lines.annotate(sum=Sum("total_amount")).values_list("order", "sum"))


def _shifts(person: Person, begin: datetime) -> list[Shift]:
    managed = [pk for pk, roles in person.roles_by_organisation.items() if Role.DELIVERY_MANAGER in roles]
    held = Membership.objects.filter(organisation__in=managed, ended_at=None, role__in=DOERS).order_by("site")
    counts = dict(held.values_list("site").annotate(n=Count("person", distinct=True)).values_list("site", "n"))
    sites = Site.objects.filter(pk__in=counts)
    shifts = [Shift(site, counts[site.pk], _spans(site, begin)) for site in sites]
    return sorted(shifts, key=lambda shift: (shift.spans[0][0] if shift.spans else begin + DAY, shift.site.pk))


def _spans(site: Site, begin: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return the opening hours of a site that touch the 24 hours from `begin`, as instants."""
    zone, end = ZoneInfo(site.zone), begin + DAY
    found = []
    for offset in (-1, 0, 1):
        day = (begin.astimezone(zone) + timedelta(days=offset)).date()
        for opens, closes in site.hours.get(str(day.isoweekday()), []):
            start = datetime.combine(day, time.fromisoformat(opens), tzinfo=zone)
            until = datetime.combine(day, time.fromisoformat(closes), tzinfo=zone)
            until += DAY if until <= start else timedelta()
            if start < end and until > begin:
                found.append((max(start, begin), min(until, end)))
    return tuple(sorted(found))


def _to_release(person: Person) -> list[WorkOrder]:
    """Return the orders in quality whose lots are all decided, so that a release may be made."""
    seen = work_access.orders(person).filter(state=OrderState.IN_QUALITY).select_related("matter")
    is_open = quality_access.lots(person).filter(state__in=[LotState.COMMITTED, LotState.DRAWN]).values("order")
    return list(seen.exclude(pk__in=is_open).order_by("due_at", "pk"))


def _chart(decided: list[quality_pages.LotRow]) -> list[ChartedLot]:
    shown = sorted((row for row in decided if row.n_read), key=lambda row: (row.lot.decided_at, row.lot.pk))
    if not shown:
        return []
    points = charts.p_chart(defective=[row.n_defective for row in shown], inspected=[row.n_read for row in shown])
    return [
        ChartedLot(f"{row.lot.order.number}-{row.lot.number}", row.lot.decided_at, point)
        for row, point in zip(shown, points, strict=True)
    ]


def _kinds(inspected: QuerySet[Inspection]) -> list[KindCount]:
    found = Defect.objects.filter(inspection__in=inspected, set_aside_by=None).order_by("kind").values_list("kind")
    counts = dict(found.annotate(n=Count("pk")).values_list("kind", "n"))
    known = {kind.key: kind for line in registry.lines().values() for kind in line.defects.kinds}
    total, so_far, rows = sum(counts.values()), 0, []
    for key, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        so_far += n
        name, severity = (known[key].name, known[key].severity) if key in known else (key, "")
        rows.append(KindCount(str(name), str(DefectSeverity(severity).label) if severity else "", n, so_far / total))
    return rows


def _readers(inspected: QuerySet[Inspection]) -> list[ReaderRate]:
    """Return the rate of each doer, by name: never ranked by the point estimate."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    upheld = Defect.objects.filter(inspection__in=inspected, severity__in=COUNTED, set_aside_by=None)
    defective = set(upheld.values_list("inspection", flat=True))
    for pk, doer in inspected.values_list("pk", "sample__doer"):
        counts[doer].update({"n": 1, "x": pk in defective})
    pks = {int(key.removeprefix("person:")) for key in counts}
    names = {f"person:{pk}": name for pk, name in Person.objects.filter(pk__in=pks).values_list("pk", "name")}
    found = [(names.get(key, key), quality.rate_of(each["x"], each["n"])) for key, each in counts.items()]
    return sorted((ReaderRate(name, rate) for name, rate in found if rate), key=lambda one: one.name)
