"""Who carried an order and its tasks, from when to when. A holding ends where the next begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from cursitor.spine.engagements.choices import PartySide
from cursitor.spine.work.choices import ENDED_STATES, HandOffState, Lane, TaskState
from cursitor.spine.work.models import Custody, HandOff, Task, WorkOrder

HANDED_OFF = "handed off"
ACCEPTED_BY_RECEIVER = frozenset({"accepted", "claimed", "delivered", "resumed", HANDED_OFF})
LEAST_WINDOW = timedelta(hours=12)


@dataclass(frozen=True)
class Stretch:
    """
    One holder for one stretch of time; `end` None while it runs. accepted_at: when the receiver took over.

    side: the holder's party where it is not that of the lane.
    """

    holder: str
    begin: datetime
    end: datetime | None
    accepted_at: datetime | None
    reason: str
    is_offered: bool = False
    side: str = ""


@dataclass(frozen=True)
class CustodyLane:
    """A lane of the custody line: legal duty, the work of the order, or a task. side: the party whose hue it has."""

    name: str
    side: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class CustodyLine:
    """The lanes of an order and the window in which to draw them."""

    lanes: tuple[CustodyLane, ...]
    begin: datetime
    end: datetime


def custody(order: WorkOrder, now: datetime) -> CustodyLine:
    """Return the legal-duty and the work lane of an order, and one lane for each open task that somebody took."""
    rows = list(Custody.objects.filter(order=order).select_related("holder", "site").order_by("number", "pk"))
    offers = list(order.hand_offs.filter(state=HandOffState.OFFERED).select_related("receiver"))
    taken = order.tasks.filter(state=TaskState.OPEN, is_assigned=True).order_by("number")
    until = _end_of(order)
    lanes = [
        _lane("Legal duty", PartySide.ATTORNEY, _held(rows, Lane.DUTY, None, until)),
        _lane("Work", PartySide.PROVIDER, _work_held(order, rows, until), _offered(offers, None, now)),
    ]
    for task in taken:
        held, offered = _held(rows, Lane.WORK, task, until), _offered(offers, task, now)
        lanes.append(_lane(f"Task {task.number}", PartySide.PROVIDER, held, offered))
    begin = min((row.from_at for row in rows), default=now)
    latest = until or now
    return CustodyLine(tuple(lanes), begin, latest + max((latest - begin) / 8, LEAST_WINDOW / 4))


def _lane(name: str, side: str, held: list[Stretch], offered: Sequence[Stretch] = ()) -> CustodyLane:
    return CustodyLane(name, side, (*held, *offered))


def _held(rows: Iterable[Custody], lane: str, task: Task | None, until: datetime | None) -> list[Stretch]:
    of_lane = [row for row in rows if row.lane == lane and row.task_id == (task.pk if task else None)]
    held = []
    for row, after in pairwise([*of_lane, None]):
        took = row.from_at if row.reason in ACCEPTED_BY_RECEIVER else None
        held.append(Stretch(_holder(row), row.from_at, after.from_at if after else until, took, row.reason))
    return held


def _work_held(order: WorkOrder, rows: Sequence[Custody], until: datetime | None) -> list[Stretch]:
    """Return who held the work; the client holds it until the provider has accepted, and again once it is delivered."""
    client = order.matter.organisation_id
    names = {_holder(row) for row in rows if row.site and row.site.organisation_id == client}
    held = _held(rows, Lane.WORK, None, until)
    return [replace(stretch, side=PartySide.CLIENT) if stretch.holder in names else stretch for stretch in held]


def _offered(offers: Iterable[HandOff], task: Task | None, now: datetime) -> list[Stretch]:
    """Return what is on offer: it lies ahead of now, because until it is accepted the giver carries on."""
    of_task = [offer for offer in offers if offer.task_id == (task.pk if task else None)]
    return [
        Stretch(f"offered: {offer.receiver.name}", now, None, None, "offered", is_offered=True) for offer in of_task
    ]


def _holder(row: Custody) -> str:
    return f"{row.holder.name}, {row.site.name}" if row.site else row.holder.name


def _end_of(order: WorkOrder) -> datetime | None:
    """Return when the order ended: nobody carries it after that."""
    if order.state not in ENDED_STATES:
        return None
    return order.transitions.order_by("-pk").values_list("at", flat=True).first()
