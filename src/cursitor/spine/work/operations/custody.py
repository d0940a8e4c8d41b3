"""Move custody: the holder's column and the row that says how it came to be so, together. Callers hold the lock."""

from datetime import datetime

from django.db.models import Max, QuerySet

from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person, Site
from cursitor.spine.work.choices import HandOffState, Lane, TaskState
from cursitor.spine.work.models import Custody, HandOff, Task, WorkOrder
from cursitor.spine.work.registry import line_of


def take_order(*, order: WorkOrder, lane: str, holder: Person, reason: str, at: datetime) -> None:
    """Let the person carry the order in this lane from now on. Tasks that nobody has claimed go with the work."""
    column = "duty_holder" if lane == Lane.DUTY else "holder"
    setattr(order, column, holder)
    order.save(update_fields=[column])
    _write(order=order, task=None, lane=lane, holder=holder, reason=reason, at=at)
    if lane == Lane.WORK:
        _withdraw_offers(order.hand_offs.filter(task=None), at)
        free = order.tasks.select_for_update().filter(state=TaskState.OPEN, is_assigned=False)
        for task in free.exclude(holder=holder).order_by("number"):
            take_task(task=task, holder=holder, reason=reason, at=at, is_assigned=False)


def take_task(
    *,
    task: Task,
    holder: Person,
    reason: str,
    at: datetime,
    is_assigned: bool = True,
    lease_until: datetime | None = None,
) -> None:
    """Let the person carry the task from now on. Not assigned: it is free to be claimed from the order's holder."""
    release_units(task=task, at=at)
    task.holder, task.is_assigned, task.lease_until = holder, is_assigned, lease_until
    task.save(update_fields=["holder", "is_assigned", "lease_until"])
    _withdraw_offers(task.hand_offs.all(), at)
    _write(order=task.order, task=task, lane=Lane.WORK, holder=holder, reason=reason, at=at)


def release_units(*, task: Task, at: datetime) -> None:
    """What the holder has in hand for the task goes back to the others who read or key in the order."""
    release = line_of(task.order).release_units
    if release:
        release(task=task, by=task.holder, at=at)


def begin_tasks(*, order: WorkOrder, tasks: list[Task], reason: str, at: datetime) -> None:
    """Write the first custody row of tasks just made: the order's holder carries them."""
    site = site_of(order=order, person=order.holder)
    Custody.objects.bulk_create(
        Custody(
            order=order,
            task=task,
            lane=Lane.WORK,
            number=1,
            holder=order.holder,
            site=site,
            from_at=at,
            reason=reason,
        )
        for task in tasks
    )


def site_of(*, order: WorkOrder, person: Person) -> Site | None:
    """Return where the person works for one of the two parties of the order; the provider's site comes first."""
    return people.site_of(person=person, organisation=order.provider) or people.site_of(
        person=person, organisation=order.matter.organisation
    )


def _withdraw_offers(hand_offs: QuerySet[HandOff], at: datetime) -> None:
    """What the giver no longer carries cannot be handed over."""
    hand_offs.filter(state=HandOffState.OFFERED).update(state=HandOffState.WITHDRAWN, ended_at=at)


def _write(*, order: WorkOrder, task: Task | None, lane: str, holder: Person, reason: str, at: datetime) -> None:
    rows = Custody.objects.filter(task=task) if task else Custody.objects.filter(order=order, task=None, lane=lane)
    latest = rows.aggregate(latest=Max("number"))["latest"] or 0
    Custody.objects.create(
        order=order,
        task=task,
        lane=lane,
        number=latest + 1,
        holder=holder,
        site=site_of(order=order, person=holder),
        from_at=at,
        reason=reason,
    )
