"""Time and expenses as they are entered: raw, half-open, never two spans of one person at once."""

import math
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from cursitor.engines.money import utbms
from cursitor.plumbing.refusal import Invalid, NotPermitted, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.ledger import queries
from cursitor.spine.ledger.choices import TIMED_STATES
from cursitor.spine.ledger.models import Expense, TimeEntry
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work.models import Task, WorkOrder


class TimeOverlaps(Refusal):
    """Raised when a person would be at two things at once."""


class NoTimer(Refusal):
    """Raised when a timer is stopped that does not run."""


class AlreadyBilled(Refusal):
    """Raised when something is withdrawn that stands on an invoice."""


class NoTimeIsTaken(Refusal):
    """Raised when time or an expense is entered on an order that has not been accepted or has ended."""


LONGEST = timedelta(hours=24)


def start_timer(*, order: WorkOrder, by: Person, at: datetime, task: Task | None = None) -> TimeEntry:
    """Start the person's timer; one that runs elsewhere is stopped first, at the same instant."""
    _require_open(order, task, by)
    with transaction.atomic():
        _lock(by)
        running = _running(by)
        if running and running.order_id == order.pk and running.task == task:
            return running
        if running:
            _stop(running, at)
        _require_free(by, at, None)
        entry = TimeEntry.objects.create(person=by, order=order, task=task, began_at=at)
        _record("ledger.timer.started", entry, by=by, at=at)
    return entry


def stop_timer(*, by: Person, at: datetime, narrative: str = "", activity: str = "", task_code: str = "") -> TimeEntry:
    """
    Stop the person's running timer. One stopped at the instant it was started measured nothing and is withdrawn.

    :raises NoTimer: when none runs.
    """
    with transaction.atomic():
        _lock(by)
        entry = _running(by)
        if entry is None:
            raise NoTimer("No timer runs.")
        entry.narrative, entry.activity, entry.task_code = narrative.strip(), _activity(activity), _task(task_code)
        _stop(entry, at)
        _record("ledger.timer.stopped", entry, by=by, at=at)
    return entry


def enter_time(
    *,
    order: WorkOrder,
    began_at: datetime,
    ended_at: datetime,
    narrative: str,
    by: Person,
    at: datetime,
    task: Task | None = None,
    activity: str = "",
    task_code: str = "",
) -> TimeEntry:
    """Enter a span that no timer measured. It has ended, says what was done, and overlaps nothing of the person's."""
    _require_open(order, task, by)
    if ended_at - began_at > LONGEST:
        raise Invalid("Nobody works for more than 24 hours on end.", field="ended_at")
    if ended_at <= began_at or ended_at > at:
        raise Invalid("The span must end after it begins, and not in the future.", field="ended_at")
    if not narrative.strip():
        raise Invalid("Say what was done.", field="narrative")
    with transaction.atomic():
        _lock(by)
        _require_free(by, began_at, ended_at)
        entry = TimeEntry.objects.create(
            person=by,
            order=order,
            task=task,
            began_at=began_at,
            ended_at=ended_at,
            minutes=_minutes(began_at, ended_at),
            narrative=narrative.strip(),
            activity=_activity(activity),
            task_code=_task(task_code),
            is_manual=True,
        )
        _record("ledger.time.entered", entry, by=by, at=at)
    return entry


def withdraw_time(*, entry: TimeEntry, by: Person, at: datetime) -> TimeEntry:
    """Take back the person's own time while it is not billed."""
    if entry.person_id != by.pk:
        raise NotPermitted(f"Only {entry.person.name} may withdraw this time.")
    with transaction.atomic():
        entry = TimeEntry.objects.select_for_update().get(pk=entry.pk)
        _require_unbilled(queries.time_source(entry))
        entry.withdrawn_at = at
        entry.save(update_fields=["withdrawn_at"])
        _record("ledger.time.withdrawn", entry, by=by, at=at)
    return entry


def enter_expense(
    *, order: WorkOrder, day: date, code: str, description: str, units: int, unit_amount: int, by: Person, at: datetime
) -> Expense:
    """Enter an outlay at actual cost (ABA Formal Opinion 93-379). unit_amount: minor units of the order's currency."""
    _require_open(order, None, by)
    if code not in utbms.EXPENSES:
        raise Invalid(f"{code} is no UTBMS expense code (E101 to E124).", field="code")
    if units < 1 or unit_amount < 1 or not description.strip():
        raise Invalid("An expense needs a description, at least one unit and an amount above zero.", field="units")
    with transaction.atomic():
        expense = Expense.objects.create(
            order=order,
            entered_by=by,
            date=day,
            code=code,
            description=description.strip(),
            units=units,
            unit_amount=unit_amount,
        )
        data = {"code": code, "units": units, "unit_amount": unit_amount}
        audit.record(
            event="ledger.expense.entered", at=at, by=by, subject=order.key, matter=order.matter.key, data=data
        )
    return expense


def withdraw_expense(*, expense: Expense, by: Person, at: datetime) -> Expense:
    """Take back the person's own expense while it is not billed."""
    if expense.entered_by_id != by.pk:
        raise NotPermitted(f"Only {expense.entered_by.name} may withdraw this expense.")
    with transaction.atomic():
        expense = Expense.objects.select_for_update().get(pk=expense.pk)
        _require_unbilled(queries.expense_source(expense))
        expense.withdrawn_at = at
        expense.save(update_fields=["withdrawn_at"])
        order = expense.order
        data = {"expense": expense.pk}
        audit.record(
            event="ledger.expense.withdrawn", at=at, by=by, subject=order.key, matter=order.matter.key, data=data
        )
    return expense


def _lock(person: Person) -> None:
    Person.objects.select_for_update().get(pk=person.pk)


def _running(person: Person) -> TimeEntry | None:
    return TimeEntry.objects.filter(person=person, ended_at=None, withdrawn_at=None).select_related("order").first()


def _stop(entry: TimeEntry, at: datetime) -> None:
    if at <= entry.began_at:
        entry.withdrawn_at = at
    else:
        entry.ended_at, entry.minutes = at, _minutes(entry.began_at, at)
    entry.save()


def _minutes(began_at: datetime, ended_at: datetime) -> int:
    return math.ceil((ended_at - began_at).total_seconds() / 60)


def _require_free(person: Person, began_at: datetime, ended_at: datetime | None) -> None:
    others = TimeEntry.objects.filter(person=person, withdrawn_at=None)
    others = others.filter(Q(ended_at=None) | Q(ended_at__gt=began_at))
    if ended_at is not None:
        others = others.filter(began_at__lt=ended_at)
    other = others.select_related("order").order_by("began_at").first()
    if other is not None:
        raise TimeOverlaps(
            f"You have time on {other.order.ref} from {other.began_at:%d %b %Y %H:%M} UTC that overlaps."
        )


def _require_open(order: WorkOrder, task: Task | None, by: Person) -> None:
    work_access.require(by, order=order, to="work")
    if order.state not in TIMED_STATES:
        raise NoTimeIsTaken(f"{order.ref} is {order.get_state_display().lower()}: no time or expense is taken on it.")
    if task is not None and task.order_id != order.pk:
        raise Invalid(f"{task} is not part of {order.ref}.", field="task")


def _task(code: str) -> str:
    if code and code not in {**utbms.LITIGATION_TASKS, **utbms.REVIEW_TASKS}:
        raise Invalid(f"{code} is no UTBMS task code that the ledger knows.", field="task_code")
    return code


def _activity(code: str) -> str:
    if code and code not in utbms.ACTIVITIES:
        raise Invalid(f"{code} is no UTBMS activity code (A101 to A111).", field="activity")
    return code


def _require_unbilled(source: str) -> None:
    if queries.is_billed(source):
        raise AlreadyBilled("This stands on an invoice. Void the invoice first, or ask for a credit.")


def _record(event: str, entry: TimeEntry, *, by: Person, at: datetime) -> None:
    data = {"entry": entry.pk, "minutes": entry.minutes}
    audit.record(event=event, at=at, by=by, subject=entry.order.key, matter=entry.order.matter.key, data=data)
