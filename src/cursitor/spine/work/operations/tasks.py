"""Plan tasks, give them to people, let people take, keep, give back and finish them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import NotPermitted, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import operations as engagements
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import access
from cursitor.spine.work.choices import WORKABLE_STATES, HandOffState, OrderState, TaskState
from cursitor.spine.work.models import HandOff, Task, WorkOrder
from cursitor.spine.work.operations import custody, notices, policy
from cursitor.spine.work.registry import PlannedTask

LEASE = timedelta(hours=2)
SWEEP = "work.sweep_leases"


class TaskNotOpen(Refusal):
    """Raised when a task that is not open, or whose order is not in work, is to change hands or state."""


class AlreadyHeld(Refusal):
    """Raised when a task is claimed that somebody carries already."""


class NotHolder(NotPermitted):
    """Raised when somebody acts on a task that somebody else carries."""


class OfferStands(Refusal):
    """Raised when a task is to change hands while a hand-off of it is on offer."""


class CannotCarry(NotPermitted):
    """Raised when work is to go to a person who does not work for the order's provider."""


def plan(*, order: WorkOrder, planned: Iterable[PlannedTask], by: Person, at: datetime) -> list[Task]:
    """
    Add tasks to an order, carried by the order's holder until somebody claims them. The line's plan, or more of it.

    :raises NotVisible, NotPermitted: unless `by` may work on the order.
    """
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="work")
        latest = order.tasks.aggregate(latest=Max("number"))["latest"] or 0
        made = [
            Task(
                order=order,
                number=number,
                kind=task.kind,
                title=task.title,
                data=task.data,
                holder=order.holder,
                made_at=at,
            )
            for number, task in enumerate(planned, latest + 1)
        ]
        if not made:
            return []
        made = Task.objects.bulk_create(made)
        custody.begin_tasks(order=order, tasks=made, reason="planned", at=at)
        numbers = [task.number for task in made]
        audit.record(
            event="work.task.planned",
            at=at,
            by=by,
            subject=order.key,
            matter=order.matter.key,
            data={"tasks": numbers, "kinds": sorted({task.kind for task in made})},
        )
    return made


def assign(*, task: Task, to: Person, by: Person, at: datetime) -> Task:
    """
    Give a task to a person of the provider. It has no lease: it is theirs until it is handed off, reassigned or done.

    A specialist joins the matter's team. :raises PolicyBlocks: when a rule keeps the person from the work.
    :raises NotVisible, NotPermitted, CannotCarry, TaskNotOpen, OfferStands.
    """
    access.require(by, order=task.order, to="assign")
    _require_doer(to, task.order)
    policy.check_assign(order=task.order, subject=task.key, to=to, by=by, at=at)
    with transaction.atomic():
        task = lock(task)
        access.require(by, order=task.order, to="assign")
        require_open(task, states=WORKABLE_STATES)
        require_no_offer(task)
        if people_access.has_role(to, organisation=task.order.provider_id, roles={Role.SPECIALIST}):
            engagements.join_team(matter=task.order.matter, person=to, by=by, at=at)
        if task.is_assigned and task.holder_id == to.pk:
            task.lease_until = None
            task.save(update_fields=["lease_until"])
            return task
        before = task.holder
        custody.take_task(task=task, holder=to, reason="assigned", at=at)
        text = f"{task.order.ref} task {task.number} is assigned to you"
        notices.tell(order=task.order, to=[to], text=text, by=by, at=at)
        record("work.task.assigned", task, by, at, to=to.key, to_name=to.name, before=before.key)
    return task


def claim_next(*, order: WorkOrder, by: Person, at: datetime) -> Task | None:
    """
    Take the first free task of an order under a lease, or return None when none is free.

    Two people never get one task: on PostgreSQL rows that another claims are skipped, on SQLite one claims at a time.
    :raises PolicyBlocks: when a rule keeps the person from the work. :raises NotVisible, NotPermitted, TaskNotOpen.
    """
    _may_claim(order, by)
    policy.check_assign(order=order, subject=order.key, to=by, by=by, at=at)
    with transaction.atomic():
        free = Task.objects.filter(
            order=order, order__state=OrderState.IN_PROGRESS, state=TaskState.OPEN, is_assigned=False
        )
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True, of=("self",))
        task = free.select_related("order__matter", "order__provider").order_by("number").first()
        return _take(task, by, at) if task else None


def claim(*, task: Task, by: Person, at: datetime) -> Task:
    """
    Take this free task under a lease.

    :raises AlreadyHeld: when somebody was faster. :raises PolicyBlocks, NotVisible, NotPermitted, TaskNotOpen.
    """
    _may_claim(task.order, by)
    policy.check_assign(order=task.order, subject=task.key, to=by, by=by, at=at)
    with transaction.atomic():
        task = lock(task)
        require_open(task)
        if task.is_assigned:
            raise AlreadyHeld(f"Task {task.number} on {task.order.ref} is carried by {task.holder.name}.")
        return _take(task, by, at)


def renew(*, task: Task, by: Person, at: datetime) -> Task:
    """Prolong the lease of a task one claimed; an assigned task has none. :raises NotHolder: if it is lost."""
    held = Task.objects.filter(pk=task.pk, holder=by, is_assigned=True, state=TaskState.OPEN)
    if not held.exists():
        raise NotHolder(f"Task {task.number} on {task.order.ref} is not yours any more.")
    held.exclude(lease_until=None).update(lease_until=at + LEASE)
    task.refresh_from_db()
    return task


def release(*, task: Task, by: Person, at: datetime) -> Task:
    """Give a task back: the order's holder carries it again and anybody may claim it. The holder or a manager may."""
    with transaction.atomic():
        task = lock_with_order(task)
        require_open(task, states=WORKABLE_STATES)
        require_holder_or_manager(task, by)
        require_no_offer(task)
        if not task.is_assigned:
            raise TaskNotOpen(f"Task {task.number} on {task.order.ref} is free already.")
        _fall_back(task, "released", at)
        record("work.task.released", task, by, at)
    return task


def complete_task(*, task: Task, by: Person, at: datetime) -> Task:
    """
    Mark a task as done. The holder or a manager may, while the order is in progress.

    :raises TaskNotOpen, NotHolder, OfferStands.
    """
    with transaction.atomic():
        task = lock(task)
        require_open(task)
        require_holder_or_manager(task, by)
        require_no_offer(task)
        task.state, task.done_at, task.lease_until = TaskState.DONE, at, None
        task.save(update_fields=["state", "done_at", "lease_until"])
        custody.release_units(task=task, at=at)
        record("work.task.completed", task, by, at)
    return task


def reopen_task(*, task: Task, by: Person, at: datetime, reason: str = "") -> Task:
    """
    Undo a completion, while the order is in progress: whoever carried the task carries it on.

    :raises TaskNotOpen: when the task is not done, or the order not in progress. :raises NotHolder.
    """
    with transaction.atomic():
        task = lock(task)
        require_holder_or_manager(task, by)
        if task.state != TaskState.DONE or task.order.state != OrderState.IN_PROGRESS:
            raise TaskNotOpen(f"Only a task that is done, on an order in progress, is reopened; {task} is not.")
        task.state, task.done_at = TaskState.OPEN, None
        task.save(update_fields=["state", "done_at"])
        record("work.task.reopened", task, by, at, reason=reason.strip())
    return task


def sweep_leases(*, at: datetime) -> int:
    """Let every claim whose lease has run out fall back, and set the timer for the next. Returns how many fell back."""
    n_ended = 0
    ended = Task.objects.filter(state=TaskState.OPEN, is_assigned=True, lease_until__lte=at)
    for pk in list(ended.order_by("lease_until", "pk").values_list("pk", flat=True)):
        n_ended += _end_lease(pk, at)
    with transaction.atomic():
        waiting = Task.objects.filter(state=TaskState.OPEN, is_assigned=True, lease_until__gt=at)
        soonest = waiting.aggregate(soonest=Min("lease_until"))["soonest"]
        if soonest:
            outbox.post(topic=SWEEP, at=soonest, key="leases")
    return n_ended


def withdraw_offers(*, order: WorkOrder, at: datetime) -> None:
    """End every hand-off on offer, because the order ends."""
    offers = HandOff.objects.filter(order=order, state=HandOffState.OFFERED)
    offers.update(state=HandOffState.WITHDRAWN, ended_at=at)


def lock(task: Task) -> Task:
    """Return the task, locked."""
    locked = Task.objects.select_for_update(of=("self",)).select_related("order__matter", "order__provider", "holder")
    return locked.get(pk=task.pk)


def lock_with_order(task: Task) -> Task:
    """Return the task, its order locked before it, so that the order's holder cannot change meanwhile."""
    WorkOrder.objects.select_for_update().get(tasks=task.pk)
    return lock(task)


def require_open(task: Task, states: frozenset[str] = frozenset({OrderState.IN_PROGRESS})) -> None:
    """:raises TaskNotOpen: unless the task is open and its order in one of the states."""
    if task.state != TaskState.OPEN:
        state = task.get_state_display().lower()
        raise TaskNotOpen(f"Task {task.number} on {task.order.ref} is {state}.")
    if task.order.state not in states:
        state = task.order.get_state_display().lower()
        raise TaskNotOpen(f'{task.order.ref} is in the state "{state}"; its tasks do not change now.')


def require_holder_or_manager(task: Task, by: Person) -> None:
    """:raises NotHolder: unless the person carries the task or manages the provider's delivery."""
    access.require(by, order=task.order, to="work")
    if by.pk != task.holder_id and not access.may(by, order=task.order, to="assign"):
        raise NotHolder(f"Task {task.number} on {task.order.ref} is carried by {task.holder.name}.")


def require_no_offer(task: Task) -> None:
    """:raises OfferStands: while a hand-off of the task is on offer."""
    if task.hand_offs.filter(state=HandOffState.OFFERED).exists():
        raise OfferStands(f"A hand-off of task {task.number} is on offer. Withdraw it, or wait for the receiver.")


def record(event: str, task: Task, by: Person | None, at: datetime, **data: Any) -> None:
    audit.record(event=event, at=at, by=by, subject=task.key, matter=task.order.matter.key, data=data)


def _may_claim(order: WorkOrder, by: Person) -> None:
    access.require(by, order=order, to="work")
    _require_doer(by, order)
    state = OrderState(WorkOrder.objects.values_list("state", flat=True).get(pk=order.pk))
    if state != OrderState.IN_PROGRESS:
        raise TaskNotOpen(f'{order.ref} is in the state "{state.label.lower()}"; its tasks cannot be claimed now.')
    manages = access.OVERSEEING - {Role.PROVIDER_FINANCE}
    if people_access.has_role(by, organisation=order.provider_id, roles=manages):
        return
    if not order.matter.team.filter(person=by, left_at=None).exists():
        raise CannotCarry(f"{by.name} is not on the team of {order.matter.number}.")


def _require_doer(person: Person, order: WorkOrder) -> None:
    if not access.is_doer(person, order=order):
        raise CannotCarry(f"{person.name} does not do work for {order.provider.name}.")


def _take(task: Task, by: Person, at: datetime) -> Task:
    until = at + LEASE
    taken = Task.objects.filter(pk=task.pk, state=TaskState.OPEN, is_assigned=False)
    if not taken.update(is_assigned=True):
        raise AlreadyHeld(f"Task {task.number} on {task.order.ref} has just been taken.")
    custody.take_task(task=task, holder=by, reason="claimed", at=at, lease_until=until)
    outbox.post(topic=SWEEP, at=until, key="leases")
    record("work.task.claimed", task, by, at, lease_until=f"{until:%Y-%m-%dT%H:%M:%SZ}")
    return task


def _end_lease(pk: int, at: datetime) -> int:
    with transaction.atomic():
        task = lock_with_order(Task(pk=pk))
        if task.state != TaskState.OPEN or task.lease_until is None or task.lease_until > at:
            return 0
        holder = task.holder
        _fall_back(task, "lease ended", at)
        text = f"Your claim of {task.order.ref} task {task.number} has run out"
        notices.tell(order=task.order, to=[holder], text=text, by=None, at=at)
        record("work.task.lease_ended", task, None, at, holder=holder.key)
    return 1


def _fall_back(task: Task, reason: str, at: datetime) -> None:
    custody.take_task(task=task, holder=task.order.holder, reason=reason, at=at, is_assigned=False)
