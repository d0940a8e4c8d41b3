"""Running orders as home pages list them: whose turn, which clock, what they cost, how well they are done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cursitor.spine.engagements.choices import PartySide
from cursitor.spine.ledger import queries as ledger
from cursitor.spine.people.models import Membership, Person
from cursitor.spine.quality import queries as quality
from cursitor.spine.work import queries as work
from cursitor.spine.work.choices import Lane, OrderState
from cursitor.spine.work.models import Custody, WorkOrder

SCALES = (0.05, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class OrderRow:
    """
    A running order.

    side, holder, place: who carries it now: the attorney while a release waits for the signature. spent: minor units
    of the terms' currency. rate: over decided lots, None without one.
    """

    row: work.Row
    side: str
    holder: str
    place: str
    spent: int
    rate: quality.DefectRate | None

    @property
    def order(self) -> WorkOrder:
        return self.row.order


@dataclass(frozen=True)
class Carrier:
    """Somebody who carries work now: which orders, and since when the latest of them."""

    side: str
    name: str
    place: str
    refs: tuple[str, ...]
    since: datetime


def order_rows(rows: Iterable[work.Row], *, spent: Mapping[int, int] | None = None) -> list[OrderRow]:
    """Return the rows with carrier, cost and quality. spent: minor units by order, where they have been summed."""
    rows = list(rows)
    orders = [row.order for row in rows]
    spent, rates = ledger.spend_of(orders) if spent is None else spent, quality.order_rates(orders)
    seats = _seats({carrier(order) for order in orders})
    shown = []
    for row in rows:
        who = carrier(row.order)
        side, place = _side_and_place(row.order, seats.get(who.pk, []))
        shown.append(OrderRow(row, side, who.name, place, spent.get(row.order.pk, 0), rates.get(row.order.pk)))
    return shown


def carrier(order: WorkOrder) -> Person:
    """Return who must act on the order now: the attorney of its matter on a release, else who carries the work."""
    return order.duty_holder if order.state == OrderState.AWAITING_SIGN_OFF else order.holder


def carriers(shown: Iterable[OrderRow]) -> list[Carrier]:
    """Return who carries these orders, each person once, whoever took over latest on top. One query."""
    shown = list(shown)
    since: dict[tuple[int, str], datetime] = {}
    held = Custody.objects.filter(order__in=[each.order for each in shown], task=None).order_by("number")
    for order, lane, from_at in held.values_list("order", "lane", "from_at"):
        since[order, lane] = from_at
    found: dict[tuple[str, str, str], list[OrderRow]] = {}
    for each in shown:
        found.setdefault((each.side, each.holder, each.place), []).append(each)
    carried = [
        Carrier(
            side, name, place, tuple(each.order.ref for each in theirs), max(_since(each, since) for each in theirs)
        )
        for (side, name, place), theirs in found.items()
    ]
    return sorted(carried, key=lambda one: one.since, reverse=True)


def scale_of(shown: Iterable[OrderRow]) -> float:
    """Return where the common scale of the intervals ends, as a share."""
    most = max((each.rate.high for each in shown if each.rate), default=0)
    return next(scale for scale in SCALES if most <= scale)


def _since(shown: OrderRow, since: dict[tuple[int, str], datetime]) -> datetime:
    lane = Lane.DUTY if shown.side == PartySide.ATTORNEY else Lane.WORK
    return since.get((shown.order.pk, lane), shown.order.made_at)


def _seats(people: set[Person]) -> dict[int, list[Membership]]:
    seats: dict[int, list[Membership]] = {}
    held = Membership.objects.filter(person__in=people, ended_at=None).select_related("site").order_by("began_at", "pk")
    for membership in held:
        seats.setdefault(membership.person_id, []).append(membership)
    return seats


def _side_and_place(order: WorkOrder, seats: list[Membership]) -> tuple[str, str]:
    if order.state == OrderState.AWAITING_SIGN_OFF:
        wanted, side = order.matter.organisation_id, PartySide.ATTORNEY
    elif any(seat.organisation_id == order.provider_id for seat in seats):
        wanted, side = order.provider_id, PartySide.PROVIDER
    else:
        wanted, side = order.matter.organisation_id, PartySide.CLIENT
    place = next((seat.site.name for seat in seats if seat.organisation_id == wanted), "")
    return str(side), place
