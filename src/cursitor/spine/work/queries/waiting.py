"""What waits for a person, the one whose time runs out first on top."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cursitor.spine.engagements.choices import Milestone
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import access, transitions
from cursitor.spine.work.choices import ENDED_STATES, HandOffState, OrderState
from cursitor.spine.work.models import HandOff, Question, Task, WorkOrder
from cursitor.spine.work.queries.clocks import MilestoneClock, clocks_of
from cursitor.spine.work.queries.orders import stranded, tasks_for

TURNS = (
    (OrderState.ISSUED, "accept", Milestone.ACKNOWLEDGE, "Acknowledge the order"),
    (OrderState.RETURNED, "resume", Milestone.DELIVER, "Take up the rework"),
    (OrderState.IN_QUALITY, "to_sign_off", Milestone.DELIVER, "Check the quality"),
    (OrderState.AWAITING_SIGN_OFF, "deliver", Milestone.SIGN_OFF, "Review and sign"),
    (OrderState.DELIVERED, "approve", Milestone.ACCEPT, "Accept the delivery"),
)
"""State, the step that waits, the clock that runs meanwhile, what it says."""

_FAR = timedelta(days=36_500)


@dataclass(frozen=True)
class Waiting:
    """
    Something that waits for a person. kind: step name, "answer", "hand_off", "task" or "stranded".

    page, args: name and arguments of the address where it is done. clock: the one that runs meanwhile, or None.
    """

    kind: str
    order: WorkOrder
    words: str
    detail: str
    page: str
    args: tuple[object, ...]
    since: datetime
    clock: MilestoneClock | None


def waiting_for(person: Person, now: datetime) -> tuple[Waiting, ...]:
    """Return what waits for the person: steps that are theirs, questions, hand-offs offered, tasks they carry."""
    parties = ("matter__organisation", "engagement", "provider", "terms", "holder", "duty_holder")
    seen = access.orders(person).exclude(state__in=[*ENDED_STATES, OrderState.DRAFT])
    orders = {order.pk: order for order in seen.select_related(*parties)}
    shown = clocks_of(orders.values(), now)
    items = [
        *_steps(person, orders.values(), shown),
        *_questions(person, orders, shown),
        *_hand_offs(person),
        *_tasks(person, shown),
        *_stranded(person, orders, shown),
    ]
    return tuple(sorted(items, key=lambda item: (item.clock.left if item.clock else _FAR, item.since)))


def n_waiting(person: Person) -> dict[str, int]:
    """Return counts for the side bar: open questions to answer, hand-offs offered."""
    answers = _open_questions(person, access.orders(person).values("pk")).count() if _instructs(person) else 0
    return {"questions": answers, "hand_offs": _offers(person).count()}


def _steps(
    person: Person, orders: Iterable[WorkOrder], shown: dict[int, tuple[MilestoneClock, ...]]
) -> Iterator[Waiting]:
    turns = {state: (step, milestone, words) for state, step, milestone, words in TURNS}
    for order in orders:
        step, milestone, words = turns.get(order.state, ("", "", ""))
        if not step or not access.may(person, order=order, to=step) or not _is_turn_of(person, order, step):
            continue
        clock = _running(shown[order.pk], milestone)
        since = clock.started_at if clock else order.made_at
        yield Waiting(step, order, words, order.title, "work:order", (order.ref,), since, clock)


def _is_turn_of(person: Person, order: WorkOrder, step: str) -> bool:
    """A signature waits for the matter's attorney alone; quality for the QC lead, and for a manager who is one too."""
    if step == "deliver":
        return order.duty_holder_id == person.pk
    if step == "to_sign_off":
        return Role.QC_LEAD in person.roles_by_organisation.get(order.provider_id, frozenset())
    return True


def _questions(
    person: Person, orders: dict[int, WorkOrder], shown: dict[int, tuple[MilestoneClock, ...]]
) -> Iterator[Waiting]:
    for question in _open_questions(person, orders).select_related("asked_by"):
        order = orders[question.order_id]
        clock = _running(shown[order.pk], Milestone.ANSWER, question.number)
        words = f"Answer question {question.number}"
        detail = "blocks the work" if question.is_blocking else "does not block the work"
        args = (order.ref, question.number)
        yield Waiting("answer", order, words, detail, "work:question", args, question.asked_at, clock)


def _instructs(person: Person) -> frozenset[int]:
    """Return the clients whose questions the person answers."""
    return people_access.organisations_with_role(person, transitions.INSTRUCTING)


def _open_questions(person: Person, orders):
    keys = list(orders) if isinstance(orders, dict) else orders
    of_client = Question.objects.filter(order__in=keys, order__matter__organisation__in=_instructs(person))
    return of_client.filter(answered_at=None).exclude(order__state__in=ENDED_STATES)


def _hand_offs(person: Person) -> Iterator[Waiting]:
    for offer in _offers(person).select_related("order__matter", "task", "giver"):
        what = f"task {offer.task.number}" if offer.task else "the order"
        words, detail = f"Accept {what} from {offer.giver.name}", offer.get_severity_display()
        yield Waiting("hand_off", offer.order, words, detail, "work:hand_off", (offer.pk,), offer.offered_at, None)


def _offers(person: Person):
    return HandOff.objects.filter(receiver=person, state=HandOffState.OFFERED)


def _tasks(person: Person, shown: dict[int, tuple[MilestoneClock, ...]]) -> Iterator[Waiting]:
    for task in tasks_for(person):
        order = task.order
        clock = _running(shown.get(order.pk, ()), Milestone.DELIVER)
        args = (order.ref, task.number)
        yield Waiting("task", order, task.title, f"task {task.number}", "work:task", args, task.made_at, clock)


def _stranded(
    person: Person, orders: dict[int, WorkOrder], shown: dict[int, tuple[MilestoneClock, ...]]
) -> Iterator[Waiting]:
    """Tasks whose holder may not carry them any more wait for whoever may assign them."""
    for task in stranded(Task.objects.filter(order__in=orders)).select_related("holder"):
        order = orders[task.order_id]
        if access.may(person, order=order, to="assign"):
            clock = _running(shown[order.pk], Milestone.DELIVER)
            words = f"Assign task {task.number} to somebody else"
            detail = f"{task.holder.name} may not carry it any more"
            yield Waiting(
                "stranded", order, words, detail, "work:assign", (order.ref, task.number), task.made_at, clock
            )


def _running(clocks: Iterable[MilestoneClock], milestone: str, number: int | None = None) -> MilestoneClock | None:
    found = [clock for clock in clocks if clock.milestone == milestone and clock.is_running]
    return next((clock for clock in reversed(found) if number in (None, clock.round)), None)
