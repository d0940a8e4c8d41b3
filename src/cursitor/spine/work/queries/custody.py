"""Who carried an order and its tasks, from when to when. A holding ends where the next begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """One holder for one stretch of time; `end` None while it runs. accepted_at: when the receiver took over."""

    holder: str
    begin: datetime
    end: datetime | None
    accepted_at: datetime | None
    reason: str
    is_offered: bool = False


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
        _lane("Legal duty", PartySide.ATTORNEY, _of(rows, Lane.DUTY, None), (), until),
        _lane("Work", PartySide.PROVIDER, _of(rows, Lane.WORK, None), _to(offers, None), until),
        *(
            _lane(f"Task {task.number}", PartySide.PROVIDER, _of(rows, Lane.WORK, task), _to(offers, task), until)
            for task in taken
        ),
    ]
    begin = min((row.from_at for row in rows), default=now)
    latest = until or now
    return CustodyLine(tuple(lanes), begin, latest + max((latest - begin) / 8, LEAST_WINDOW / 4))


def _of(rows: Iterable[Custody], lane: str, task: Task | None) -> list[Custody]:
    return [row for row in rows if row.lane == lane and row.task_id == (task.pk if task else None)]


def _to(offers: Iterable[HandOff], task: Task | None) -> list[HandOff]:
    return [offer for offer in offers if offer.task_id == (task.pk if task else None)]


def _lane(
    name: str, side: str, rows: Sequence[Custody], offers: Iterable[HandOff], until: datetime | None
) -> CustodyLane:
    held = []
    for row, after in pairwise([*rows, None]):
        took = row.from_at if row.reason in ACCEPTED_BY_RECEIVER else None
        held.append(Stretch(_holder(row), row.from_at, after.from_at if after else until, took, row.reason))
    offered = [
        Stretch(f"offered: {offer.receiver.name}", offer.offered_at, None, None, "offered", is_offered=True)
        for offer in offers
    ]
    return CustodyLane(name, side, (*held, *offered))


def _holder(row: Custody) -> str:
    return f"{row.holder.name}, {row.site.name}" if row.site else row.holder.name


def _end_of(order: WorkOrder) -> datetime | None:
    """Return when the order ended: nobody carries it after that."""
    if order.state not in ENDED_STATES:
        return None
    return order.transitions.order_by("-pk").values_list("at", flat=True).first()
