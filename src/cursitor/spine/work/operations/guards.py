"""What must hold before a step, beyond who takes it and from where. Steps name these functions as data."""

from collections.abc import Callable

from cursitor.plumbing.refusal import Refusal
from cursitor.spine.engagements.models import MatterEngagement
from cursitor.spine.work import registry
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import WorkOrder


class NotReady(Refusal):
    """Raised when an order may not take a step yet. The sentence names what is missing."""


def is_ready_to_issue(order: WorkOrder) -> None:
    """:raises NotReady: unless the matter is open to the provider and the brief answers what the line asks."""
    opening = MatterEngagement.objects.filter(matter=order.matter, engagement=order.engagement, closed_at=None)
    if not opening.exists():
        raise NotReady(
            f"{order.matter.number} is not open to {order.provider.short_name} under {order.engagement.number}. "
            "Open the matter to the provider first."
        )
    form = registry.line_of(order).work_kind(order.work_kind).brief_form(order.brief)
    if not form.is_valid():
        names = ", ".join(str(form.fields[name].label or name) for name in form.errors if name in form.fields)
        raise NotReady(f"The brief is not complete: {names or 'see its messages'}.")


def has_nothing_open(order: WorkOrder) -> None:
    """:raises NotReady: while a task or a blocking question of the order is open."""
    n_tasks = order.tasks.filter(state=TaskState.OPEN).count()
    if n_tasks:
        raise NotReady(f"{n_tasks} task{'s are' if n_tasks > 1 else ' is'} still open on {order.ref}.")
    waits_for_no_answer(order)


def waits_for_no_answer(order: WorkOrder) -> None:
    """:raises NotReady: while a blocking question of the order waits for its answer."""
    question = order.questions.filter(is_blocking=True, answered_at=None).order_by("number").first()
    if question:
        raise NotReady(f"Question {question.number} on {order.ref} blocks the work and waits for its answer.")


def has_a_deliverable(order: WorkOrder) -> None:
    """:raises NotReady: while a question blocks, or without a deliverable."""
    waits_for_no_answer(order)
    if not order.deliverables.exists():
        raise NotReady(f"{order.ref} has no deliverable to release.")


GUARDS: dict[str, Callable[[WorkOrder], None]] = {
    "": lambda order: None,
    "is_ready_to_issue": is_ready_to_issue,
    "has_nothing_open": has_nothing_open,
    "has_a_deliverable": has_a_deliverable,
}
