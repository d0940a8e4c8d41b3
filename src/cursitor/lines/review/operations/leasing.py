"""Who reads which family now. Two people never hold one family: a lease is taken by one conditional update."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cursitor.lines.review.choices import STAGE_OF_TASK, Stage
from cursitor.lines.review.models import CodingSave, Family
from cursitor.plumbing.refusal import NotPermitted, Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState, TaskState
from cursitor.spine.work.models import Task

LEASE = timedelta(minutes=10)
AHEAD_LEASE = timedelta(minutes=5)
AHEAD_SHARE = 4


class NotAReadingTask(Refusal):
    """Raised when a task is not one in which documents are read."""


class ReviewNotOpen(Refusal):
    """Raised when the order is not in progress, so nothing may be coded."""


class LeaseLost(Refusal):
    """Raised when somebody else holds the family by now, or it has been done."""


def stage_of(task: Task) -> Stage:
    """:raises NotAReadingTask: if the task is not one of a reading stage."""
    if task.kind not in STAGE_OF_TASK:
        raise NotAReadingTask(f"{task.title} is not a task of reading documents.")
    return STAGE_OF_TASK[task.kind]


def waiting(*, task: Task) -> QuerySet[Family]:
    """Return the families that wait to be read at the task's stage, whoever may hold them, best first."""
    families = Family.objects.filter(order=task.order_id)
    match stage_of(task):
        case Stage.FIRST:
            found = families.filter(first_done_at=None, is_elusion=False)
        case Stage.ELUSION:
            found = families.filter(first_done_at=None, is_elusion=True)
        case Stage.PRIVILEGE:
            found = families.filter(needs_privilege=True, first_done_at__isnull=False, privilege_done_at=None)
    return found.order_by("-rank", "number")


def free(*, task: Task, by: Person, at: datetime) -> QuerySet[Family]:
    """Return the waiting families that nobody holds and this person may read: the second reader is another person."""
    found = waiting(task=task).filter(Q(leased_to=None) | Q(lease_until__lt=at))
    if stage_of(task) == Stage.PRIVILEGE:
        own = CodingSave.objects.filter(family=OuterRef("pk"), by=by).exclude(stage=Stage.PRIVILEGE)
        found = found.exclude(Exists(own))
    return found


def next_family(*, task: Task, by: Person, at: datetime) -> Family | None:
    """
    Return the family the person holds in this task, or else take the best free one; None when there is none left.

    The lease lasts ten minutes from `at` and is prolonged by `renew_family`. The stage follows from the task's kind.
    :raises NotPermitted: if the task is not the person's.
    :raises ReviewNotOpen: if the order is not in progress.
    """
    require_open(task=task, by=by)
    with transaction.atomic():
        own = waiting(task=task).filter(leased_to=by, stage=stage_of(task))
        held = own.order_by("-lease_until", "-rank", "number").first()
        if held is not None and _take(held, task, by, at):
            return held
        for _ in range(20):
            candidates = free(task=task, by=by, at=at)
            if connection.features.has_select_for_update_skip_locked:
                candidates = candidates.select_for_update(skip_locked=True)
            family = candidates.first()
            if family is None or _take(family, task, by, at):
                return family
    return None


def renew_family(*, family: Family, by: Person, at: datetime) -> datetime:
    """
    Prolong a lease and return when it ends.

    :raises LeaseLost: if somebody else holds the family by now.
    """
    until = at + LEASE
    if not Family.objects.filter(pk=family.pk, leased_to=by).update(lease_until=until):
        raise LeaseLost("Somebody else reads this family now. Your codes were not saved; take the next one.")
    return until


def lease_ahead(*, task: Task, current: Family, n: int, by: Person, at: datetime) -> None:
    """
    Hold up to `n` families beyond the current one for the person, best first, so that they can be fetched ahead.

    Such a lease lasts five minutes, shorter than that of the family being read, and is prolonged by the next call.
    Nobody holds more than a quarter of what is not being read, so that the last families of a queue are shared.
    """
    stage, until = stage_of(task), at + AHEAD_LEASE
    own = waiting(task=task).order_by().filter(leased_to=by, stage=stage).exclude(pk=current.pk)
    with transaction.atomic():
        n_held = own.update(lease_until=until)
        candidates = free(task=task, by=by, at=at)
        n_free = candidates.order_by()[: n * AHEAD_SHARE].count()
        if connection.features.has_select_for_update_skip_locked:
            candidates = candidates.select_for_update(skip_locked=True)
        chosen = candidates.values_list("pk", flat=True)[: _more_ahead(n, n_held, n_free)]
        Family.objects.filter(pk__in=list(chosen)).update(leased_to=by, lease_until=until, stage=stage)


def release_family(*, task: Task, by: Person, at: datetime) -> int:
    """Give back whatever the person holds in this task and return how many families that were."""
    held = Family.objects.filter(order=task.order_id, leased_to=by, stage=stage_of(task))
    return held.update(leased_to=None, lease_until=None, stage="")


def require_open(*, task: Task, by: Person) -> None:
    """:raises NotPermitted, ReviewNotOpen: unless the task is open, the person's own, and its order in progress."""
    stage_of(task)
    if task.holder_id != by.pk or task.state != TaskState.OPEN:
        raise NotPermitted(f"Only {task.holder.name}, who holds this task, may code in it.")
    if task.order.state != OrderState.IN_PROGRESS:
        raise ReviewNotOpen(f"{task.order.ref} is not in progress; nothing can be coded now.")


def _more_ahead(n: int, n_held: int, n_free: int) -> int:
    return max(min(n, (n_held + n_free) // AHEAD_SHARE) - n_held, 0)


def _take(family: Family, task: Task, by: Person, at: datetime) -> bool:
    mine_or_free = Q(leased_to=None) | Q(leased_to=by) | Q(lease_until__lt=at)
    stage, until = stage_of(task), at + LEASE
    taken = waiting(task=task).order_by().filter(mine_or_free, pk=family.pk)
    if not taken.update(leased_to=by, lease_until=until, stage=stage):
        return False
    family.leased_to, family.lease_until, family.stage = by, until, stage
    return True
