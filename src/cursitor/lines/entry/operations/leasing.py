"""Who keys which record now: leases of spine.work on records, by the pass that a desk is for."""

from datetime import datetime

from cursitor.lines.entry import access
from cursitor.lines.entry.choices import PASS_OF_TASK
from cursitor.lines.entry.models import Record
from cursitor.lines.entry.queries import desks
from cursitor.lines.entry.queries.desks import Desk
from cursitor.plumbing.refusal import NotPermitted
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Task


def require_open(*, task: Desk, by: Person) -> None:
    """:raises NotPermitted, leases.OrderNotOpen: unless the desk is the person's, open, and its order in progress."""
    if isinstance(task, Task):
        return leases.require_open(task=task, by=by)
    access.require(by, order=task.order, to="gold")
    if task.revealed_at is not None:
        raise NotPermitted("This gold set has been revealed; its true values stand.")
    if task.order.state != OrderState.IN_PROGRESS:
        raise leases.OrderNotOpen(f"{task.order.ref} is not in progress; nothing can be saved in it now.")
    return None


def next_record(*, task: Desk, by: Person, at: datetime, shown: int | None = None) -> Record | None:
    """
    Return the record the person has in hand at this desk, or else take the first free one; None when there is none.

    shown: key of the record that is on the person's screen already; if they hold it, it is the one.

    :raises NotPermitted: if the desk is not the person's. :raises leases.OrderNotOpen: if the order is not in progress.
    """
    require_open(task=task, by=by)
    own, candidates = desks.waiting(task=task).filter(leased_to=by), desks.free(task=task, by=by, at=at)
    return leases.next_unit(held=own, free=candidates, by=by, at=at, shown=shown)


def renew_record(*, record: Record, by: Person, at: datetime) -> datetime:
    """
    Prolong a lease and return when it ends.

    :raises leases.LeaseLost: if somebody else holds the record by now.
    """
    return leases.renew(record, by=by, at=at)


def lease_ahead(*, task: Desk, current: Record, n: int, by: Person, at: datetime) -> None:
    """Hold up to `n` records beyond the current one for the person, so that they can be fetched ahead."""
    others = desks.held(task=task, by=by).exclude(pk=current.pk)
    leases.lease_ahead(held=others, free=desks.free(task=task, by=by, at=at), n=n, by=by, at=at)


def release_record(*, task: Desk, by: Person, at: datetime) -> int:
    """Give back whatever the person holds for the desk's pass and return how many records that were."""
    if isinstance(task, Task) and task.kind not in PASS_OF_TASK:
        return 0
    return leases.release(desks.held(task=task, by=by))
