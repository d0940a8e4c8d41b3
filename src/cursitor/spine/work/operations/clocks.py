"""Write the events of milestone clocks. Times are never stored: they are computed from these rows."""

from datetime import datetime

from django.db.models import Max

from cursitor.spine.engagements.choices import Milestone, PartySide
from cursitor.spine.work.choices import ClockEventKind
from cursitor.spine.work.models import ClockEvent, Question, WorkOrder


def write(*, order: WorkOrder, milestone: str, kind: str, at: datetime, reason: str = "") -> None:
    """Start the next round of a milestone, or stop the rounds that run. With none running, a stop writes nothing."""
    if kind == ClockEventKind.START:
        rounds = ClockEvent.objects.filter(order=order, milestone=milestone)
        latest = rounds.aggregate(latest=Max("round"))["latest"] or 0
        _add(order=order, milestone=milestone, kind=kind, at=at, reason=reason, round=latest + 1)
        return
    for number in running_rounds(order=order, milestone=milestone):
        _add(order=order, milestone=milestone, kind=kind, at=at, reason=reason, round=number)


def wait_for_answer(*, question: Question, at: datetime) -> None:
    """Pause the provider's clock for a blocking question and start the client's; its round is the question's number."""
    order, reason = question.order, f"question {question.number}"
    _add(
        order=order, milestone=Milestone.ANSWER, kind=ClockEventKind.START, at=at, reason=reason, round=question.number
    )
    for number in running_rounds(order=order, milestone=Milestone.DELIVER):
        _add(
            order=order,
            milestone=Milestone.DELIVER,
            kind=ClockEventKind.PAUSE,
            at=at,
            party=PartySide.CLIENT,
            reason=reason,
            round=number,
        )


def go_on(*, question: Question, at: datetime) -> None:
    """Stop the client's clock of a blocking question and let the provider's run on, where no other pause holds it."""
    order, reason = question.order, f"question {question.number}"
    if question.number in running_rounds(order=order, milestone=Milestone.ANSWER):
        stop = ClockEventKind.STOP
        _add(order=order, milestone=Milestone.ANSWER, kind=stop, at=at, reason=reason, round=question.number)
    for number in running_rounds(order=order, milestone=Milestone.DELIVER):
        _add(
            order=order,
            milestone=Milestone.DELIVER,
            kind=ClockEventKind.RESUME,
            at=at,
            party=PartySide.CLIENT,
            reason=reason,
            round=number,
        )


def running_rounds(*, order: WorkOrder, milestone: str) -> list[int]:
    """Return the rounds of a milestone that were started and not stopped."""
    rows = ClockEvent.objects.filter(order=order, milestone=milestone)
    stopped = rows.filter(kind=ClockEventKind.STOP).values("round")
    started = rows.filter(kind=ClockEventKind.START).exclude(round__in=stopped)
    return list(started.order_by("round").values_list("round", flat=True))


def _add(*, order: WorkOrder, **columns: object) -> None:
    ClockEvent.objects.create(order=order, **columns)
