"""
Who has a unit of a line's work in hand now. Two people never hold one: a lease is taken by one conditional update.

A unit is a row of the line with the columns `leased_to` and `lease_until`. The line says which units wait and which of
them a person may take, as querysets in the order of taking; `marks` are columns of its own that a lease sets too.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState, TaskState
from cursitor.spine.work.models import Task

LEASE = timedelta(minutes=10)
AHEAD_LEASE = timedelta(minutes=5)
AHEAD_SHARE = 4
TRIES = 20


class OrderNotOpen(Refusal):
    """Raised when the order is not in progress, so that nothing may be done in its tasks."""


class LeaseLost(Refusal):
    """Raised when somebody else holds the unit by now, or it has been done."""

    def __init__(self, sentence: str = "Somebody else has this in hand now, or it is done. Take the next one.") -> None:
        super().__init__(sentence)


def require_open(*, task: Task, by: Person) -> None:
    """:raises NotPermitted, OrderNotOpen: unless the task is open, the person's own, and its order in progress."""
    if task.holder_id != by.pk or task.state != TaskState.OPEN:
        raise NotPermitted(f"Only {task.holder.name}, who holds this task, may work in it.")
    if task.order.state != OrderState.IN_PROGRESS:
        raise OrderNotOpen(f"{task.order.ref} is not in progress; nothing can be saved in it now.")


def not_held(at: datetime) -> Q:
    """Return the condition that nobody holds a unit, or that the lease on it ran out."""
    return Q(leased_to=None) | Q(lease_until__lt=at)


def next_unit(
    *, held: QuerySet, free: QuerySet, by: Person, at: datetime, shown: int | None = None, **marks: Any
) -> Any | None:
    """
    Return the unit in hand, or else take the first free one; None when there is none left.

    held: waiting units that the person holds. The one whose lease ends last is in hand, the others were leased ahead.
    free: waiting units that nobody holds and the person may take. The lease lasts ten minutes from `at`.
    shown: key of the unit that the person has on the screen already; if they hold it, it is the one in hand. What
    somebody looks at must not be changed beneath their keys.
    """
    with transaction.atomic():
        mine = held.filter(pk=shown).first() if shown else None
        mine = mine or in_hand_first(held).first()
        if mine is not None and _take(held, mine, by, at + LEASE, marks):
            return mine
        for _ in range(TRIES):
            unit = _passing_locked(free).first()
            if unit is None or _take(free, unit, by, at + LEASE, marks):
                return unit
    return None


def in_hand_first(held: QuerySet) -> QuerySet:
    """Return held units with the one in hand first, then those leased ahead in their own order."""
    return held.order_by("-lease_until", *held.query.order_by)


def renew(unit: Model, *, by: Person, at: datetime) -> datetime:
    """
    Prolong a lease and return when it ends.

    :raises LeaseLost: if somebody else holds the unit by now.
    """
    until = at + LEASE
    if not type(unit)._default_manager.filter(pk=unit.pk, leased_to=by).update(lease_until=until):
        raise LeaseLost
    return until


def lease_ahead(*, held: QuerySet, free: QuerySet, n: int, by: Person, at: datetime, **marks: Any) -> None:
    """
    Hold up to `n` units beyond the one in hand for the person, so that they can be fetched ahead.

    held: what the person holds but for the unit in hand. Such a lease lasts five minutes, shorter than that of the unit
    in hand, and is prolonged by the next call. Nobody holds more than a quarter of what is not in hand, so that the
    last units of a queue are shared.
    """
    until = at + AHEAD_LEASE
    with transaction.atomic():
        n_held = held.order_by().update(lease_until=until)
        n_free = free.order_by()[: n * AHEAD_SHARE].count()
        n_more = max(min(n, (n_held + n_free) // AHEAD_SHARE) - n_held, 0)
        chosen = list(_passing_locked(free).values_list("pk", flat=True)[:n_more]) if n_more else []
        if chosen:
            free.model._default_manager.filter(pk__in=chosen).update(leased_to=by, lease_until=until, **marks)


def release(held: QuerySet, **marks: Any) -> int:
    """Give held units back and return how many they were."""
    return held.order_by().update(leased_to=None, lease_until=None, **marks)


def _passing_locked(free: QuerySet) -> QuerySet:
    """Return the same units, but for those that somebody is just taking, where the database can tell."""
    can_skip = connection.features.has_select_for_update_skip_locked
    return free.select_for_update(skip_locked=True) if can_skip else free


def _take(among: QuerySet, unit: Any, by: Person, until: datetime, marks: dict[str, Any]) -> bool:
    taken = {"leased_to": by, "lease_until": until, **marks}
    if not among.order_by().filter(pk=unit.pk).update(**taken):
        return False
    for name, value in taken.items():
        setattr(unit, name, value)
    return True
