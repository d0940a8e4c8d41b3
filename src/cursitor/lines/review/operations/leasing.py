"""Who reads which family now: leases of spine.work on families, by the stage that a task reads."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from cursitor.lines.review.choices import STAGE_OF_TASK, Stage
from cursitor.lines.review.models import CodingSave, Family
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.models import Task


class NotAReadingTask(Refusal):
    """Raised when a task is not one in which documents are read."""


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


def held(*, task: Task, by: Person) -> QuerySet[Family]:
    """Return the families that wait at the task's stage and that the person holds for it."""
    return waiting(task=task).filter(leased_to=by, stage=stage_of(task))


def free(*, task: Task, by: Person, at: datetime) -> QuerySet[Family]:
    """Return the waiting families that nobody holds and this person may read: the second reader is another person."""
    found = waiting(task=task).filter(leases.not_held(at))
    if stage_of(task) == Stage.PRIVILEGE:
        own = CodingSave.objects.filter(family=OuterRef("pk"), by=by).exclude(stage=Stage.PRIVILEGE)
        found = found.exclude(Exists(own))
    return found


def next_family(*, task: Task, by: Person, at: datetime, shown: int | None = None) -> Family | None:
    """
    Return the family the person holds in this task, or else take the best free one; None when there is none left.

    shown: key of the family that is on the person's screen already; if they hold it, it is the one.

    The lease lasts ten minutes from `at` and is prolonged by `renew_family`. The stage follows from the task's kind.
    :raises NotPermitted: if the task is not the person's.
    :raises leases.OrderNotOpen: if the order is not in progress.
    """
    stage = stage_of(task)
    leases.require_open(task=task, by=by)
    own, candidates = held(task=task, by=by), free(task=task, by=by, at=at)
    return leases.next_unit(held=own, free=candidates, by=by, at=at, shown=shown, stage=stage)


def renew_family(*, family: Family, by: Person, at: datetime) -> datetime:
    """
    Prolong a lease and return when it ends.

    :raises leases.LeaseLost: if somebody else holds the family by now.
    """
    return leases.renew(family, by=by, at=at)


def lease_ahead(*, task: Task, current: Family, n: int, by: Person, at: datetime) -> None:
    """Hold up to `n` families beyond the current one for the person, best first, so that they can be fetched ahead."""
    own, candidates = held(task=task, by=by).exclude(pk=current.pk), free(task=task, by=by, at=at)
    leases.lease_ahead(held=own, free=candidates, n=n, by=by, at=at, stage=stage_of(task))


def release_family(*, task: Task, by: Person, at: datetime) -> int:
    """Give back whatever the person holds for the task's stage and return how many families that were."""
    if task.kind not in STAGE_OF_TASK:
        return 0
    return leases.release(Family.objects.filter(order=task.order_id, leased_to=by, stage=stage_of(task)), stage="")
