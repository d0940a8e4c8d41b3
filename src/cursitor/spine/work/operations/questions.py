"""Ask the client and answer. A blocking question pauses the provider's clock and starts the client's."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import access, registry
from cursitor.spine.work.choices import ASKABLE_STATES
from cursitor.spine.work.models import Question, Task, WorkOrder
from cursitor.spine.work.operations import clocks, notices


class NothingToAsk(Refusal):
    """Raised when a question is asked on an order on which the provider does not work."""


class AlreadyAnswered(Refusal):
    """Raised when a question is answered that has its answer."""


def ask(
    *,
    order: WorkOrder,
    text: str,
    is_blocking: bool,
    by: Person,
    at: datetime,
    task: Task | None = None,
    about: str = "",
) -> Question:
    """
    Ask the client. about: the line's unit it is about, e.g. a control number.

    Where the line works blind, colleagues who do not oversee the order do not read the question.

    :raises Invalid: without a text, or when the task is another order's. :raises NothingToAsk, NotPermitted.
    """
    if not text.strip():
        raise Invalid("Write the question.", field="text")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="ask")
        if order.state not in ASKABLE_STATES:
            state = order.get_state_display().lower()
            raise NothingToAsk(f'{order.ref} is in the state "{state}"; questions are asked while the provider works.')
        if task and task.order_id != order.pk:
            raise Invalid(f"Task {task.number} is not a task of {order.ref}.", field="task")
        latest = order.questions.aggregate(latest=Max("number"))["latest"] or 0
        question = Question.objects.create(
            order=order,
            number=latest + 1,
            task=task,
            about=about.strip(),
            text=text.strip(),
            is_blocking=is_blocking,
            is_blind=registry.line_of(order).asks_blind,
            asked_by=by,
            asked_at=at,
        )
        if is_blocking:
            clocks.wait_for_answer(question=question, at=at)
        words = f"{order.ref}: question {question.number} waits for an answer"
        notices.tell(
            order=order, to=[order.duty_holder, order.made_by], text=words, by=by, at=at, page="work:order_questions"
        )
        _record("work.question.asked", question, by, at, is_blocking=is_blocking, about=question.about)
    return question


def answer(*, question: Question, text: str, by: Person, at: datetime, reuses: Question | None = None) -> Question:
    """
    Answer a question; a blocking one lets the provider's clock go on. reuses: the answered question it rests on.

    :raises Invalid: without a text, or when the reused question has no answer or is of another matter.
    :raises AlreadyAnswered, NotVisible, NotPermitted.
    """
    if not text.strip():
        raise Invalid("Write the answer.", field="text")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=question.order_id)
        access.require(by, order=order, to="answer")
        question = Question.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=question.pk)
        question.order = order
        if question.answered_at:
            raise AlreadyAnswered(f"Question {question.number} on {order.ref} has been answered.")
        if reuses and (reuses.answered_at is None or reuses.order.matter_id != order.matter_id):
            raise Invalid("Only an answer given on the same matter can be used again.", field="reuses")
        question.answer, question.answered_by, question.answered_at = text.strip(), by, at
        question.reuses = reuses
        question.save(update_fields=["answer", "answered_by", "answered_at", "reuses"])
        if question.is_blocking:
            clocks.go_on(question=question, at=at)
        told = [question.asked_by, order.holder]
        words = f"{order.ref}: question {question.number} is answered"
        notices.tell(order=order, to=told, text=words, by=by, at=at, page="work:order_questions")
        reused = f"{reuses.order.ref}/{reuses.number}" if reuses else ""
        _record("work.question.answered", question, by, at, reuses=reused)
    return question


def _record(event: str, question: Question, by: Person, at: datetime, **data: Any) -> None:
    order = question.order
    audit.record(
        event=event,
        at=at,
        by=by,
        subject=order.key,
        matter=order.matter.key,
        data={"question": question.number, **data},
    )
