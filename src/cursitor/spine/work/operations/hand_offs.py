"""Hand over custody in five written elements (I-PASS, Starmer et al. 2014). It moves when the receiver has restated."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from cursitor.plumbing.refusal import Invalid, NotPermitted, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import access as people_access
from cursitor.spine.people.models import Person
from cursitor.spine.work import access, transitions
from cursitor.spine.work.choices import ENDED_STATES, WORKABLE_STATES, HandOffState, Lane, Severity, TaskState
from cursitor.spine.work.models import HandOff, Task, WorkOrder
from cursitor.spine.work.operations import custody, notices, policy, tasks

RESTATEMENT_LENGTH = 20


class ElementMissing(Invalid):
    """Raised when one of the five written elements is not written. `field` names it."""


class NotOnOffer(Refusal):
    """Raised when a hand-off that has ended is asked to end again."""


class AlreadyOnOffer(Refusal):
    """Raised when a second hand-off of the same order or task is offered while one is on offer."""


def offer_hand_off(
    *,
    order: WorkOrder,
    receiver: Person,
    severity: str,
    state_of_work: str,
    actions: Sequence[dict[str, str]],
    what_if: str,
    by: Person,
    at: datetime,
    deadline: datetime | None = None,
    task: Task | None = None,
) -> HandOff:
    """
    Offer custody of a task, or of the order's work, to somebody. The giver carries it until the receiver accepts.

    actions: [{what, owner, by}], at least one, all written. :raises ElementMissing: naming the empty element.
    :raises NotHolder: unless `by` carries it. :raises PolicyBlocks: when a rule keeps the receiver from the work.
    :raises CannotCarry, AlreadyOnOffer, TaskNotOpen, NotVisible, NotPermitted.
    """
    elements = _written(severity, state_of_work, actions, what_if)
    access.require(by, order=order, to="hand_off")
    _check_receiver(order, task, receiver, by, at)
    with transaction.atomic():
        order, task = _lock(order, task)
        _require_giver(order, task, by)
        try:
            with transaction.atomic():
                hand_off = HandOff.objects.create(
                    order=order, task=task, giver=by, receiver=receiver, deadline=deadline, offered_at=at, **elements
                )
        except IntegrityError as error:
            raise AlreadyOnOffer(f"A hand-off of {_what(order, task)} is on offer already.") from error
        text = f"{by.name} offers you {_what(order, task)}"
        notices.tell(order=order, to=[receiver], text=text, by=by, at=at, page="work:order_hand_offs")
        _record("work.hand_off.offered", hand_off, by, at, to=receiver.key, to_name=receiver.name)
    return hand_off


def accept_hand_off(*, hand_off: HandOff, restatement: str, by: Person, at: datetime) -> HandOff:
    """
    Take over custody, having restated in one's own words where it stands. Only the receiver may.

    :raises ElementMissing: without a restatement of one's own. :raises NotOnOffer, NotPermitted, PolicyBlocks.
    """
    said = restatement.strip()
    _require_receiver(hand_off, by)
    if len(said) < RESTATEMENT_LENGTH or said.casefold() == hand_off.state_of_work.strip().casefold():
        raise ElementMissing("Restate in your own words where it stands and what you will do.", field="restatement")
    _check_receiver(hand_off.order, hand_off.task, by, by, at)
    with transaction.atomic():
        order, task = _lock(hand_off.order, hand_off.task)
        hand_off = _end(hand_off, HandOffState.ACCEPTED, at, restatement=said)
        if task:
            _require_task_of(task, hand_off.giver)
            custody.take_task(task=task, holder=by, reason="handed off", at=at, lease_until=None)
        else:
            _require_giver(order, None, hand_off.giver)
            custody.take_order(order=order, lane=Lane.WORK, holder=by, reason="handed off", at=at)
        text = f"{by.name} accepted {_what(order, task)}"
        notices.tell(order=order, to=[hand_off.giver], text=text, by=by, at=at, page="work:order_hand_offs")
        _record("work.hand_off.accepted", hand_off, by, at, giver=hand_off.giver.key)
    return hand_off


def decline_hand_off(*, hand_off: HandOff, by: Person, at: datetime, reason: str) -> HandOff:
    """Decline custody, with a reason; the giver carries it on. Only the receiver may."""
    _require_receiver(hand_off, by)
    if not reason.strip():
        raise ElementMissing("Say why the hand-off is declined.", field="reason")
    with transaction.atomic():
        hand_off = _end(hand_off, HandOffState.DECLINED, at, decline_reason=reason.strip()[:300])
        text = f"{by.name} declined {_what(hand_off.order, hand_off.task)}"
        order = hand_off.order
        notices.tell(order=order, to=[hand_off.giver], text=text, by=by, at=at, page="work:order_hand_offs")
        _record("work.hand_off.declined", hand_off, by, at)
    return hand_off


def withdraw_hand_off(*, hand_off: HandOff, by: Person, at: datetime) -> HandOff:
    """Take an offer back before it is accepted. The giver may, or a manager of the provider."""
    access.require(by, order=hand_off.order, to="hand_off")
    if by.pk != hand_off.giver_id and not access.may(by, order=hand_off.order, to="assign"):
        raise NotPermitted(f"{hand_off.giver.name} offered this hand-off and may withdraw it.")
    with transaction.atomic():
        hand_off = _end(hand_off, HandOffState.WITHDRAWN, at)
        text = f"The offer of {_what(hand_off.order, hand_off.task)} is withdrawn"
        receiver = hand_off.receiver
        notices.tell(order=hand_off.order, to=[receiver], text=text, by=by, at=at, page="work:order_hand_offs")
        _record("work.hand_off.withdrawn", hand_off, by, at)
    return hand_off


def _written(severity: str, state_of_work: str, actions: Sequence[dict[str, str]], what_if: str) -> dict[str, Any]:
    if severity not in Severity:
        raise ElementMissing("Say how severe it is: routine, watch or urgent.", field="severity")
    if not state_of_work.strip():
        raise ElementMissing("Write in a few lines where the work stands.", field="state_of_work")
    kept = [{key: str(action.get(key, "")).strip() for key in ("what", "owner", "by")} for action in actions]
    kept = [action for action in kept if any(action.values())]
    if not kept or not all(all(action.values()) for action in kept):
        raise ElementMissing("Write at least one action, each with its owner and its time.", field="actions")
    if not what_if.strip():
        raise ElementMissing("Write what may come, and who may decide.", field="what_if")
    return {
        "severity": severity,
        "state_of_work": state_of_work.strip(),
        "actions": kept,
        "what_if": what_if.strip(),
    }


def _check_receiver(order: WorkOrder, task: Task | None, receiver: Person, by: Person, at: datetime) -> None:
    """Whoever takes over must be of the same side as the giver, and on the provider's side policy must allow it."""
    subject = task.key if task else order.key
    if task or access.is_doer(order.holder, order=order):
        roles = access.DOING if task else transitions.MANAGING
        if not people_access.has_role(receiver, organisation=order.provider_id, roles=roles):
            raise tasks.CannotCarry(f"{receiver.name} may not carry {_what(order, task)} for {order.provider.name}.")
        policy.check_assign(order=order, subject=subject, to=receiver, by=by, at=at)
        return
    client = order.matter.organisation
    if not people_access.has_role(receiver, organisation=client, roles=transitions.INSTRUCTING):
        raise tasks.CannotCarry(f"{receiver.name} may not carry {order.ref} for {client.name}.")
    if order.matter.walls.filter(person=receiver, lifted_at=None).exists():
        raise tasks.CannotCarry(f"{receiver.name} may not carry {order.ref}.")


def _require_giver(order: WorkOrder, task: Task | None, by: Person) -> None:
    if task:
        tasks.require_open(task, states=WORKABLE_STATES)
        _require_task_of(task, by)
    elif order.holder_id != by.pk:
        raise tasks.NotHolder(f"{order.ref} is carried by {order.holder.name}.")
    elif order.state in ENDED_STATES:
        raise NotOnOffer(f"{order.ref} has ended; there is nothing to hand over.")


def _require_task_of(task: Task, person: Person) -> None:
    if task.state != TaskState.OPEN or task.holder_id != person.pk:
        raise tasks.NotHolder(f"Task {task.number} on {task.order.ref} is carried by {task.holder.name}.")


def _require_receiver(hand_off: HandOff, by: Person) -> None:
    access.require(by, order=hand_off.order, to="hand_off")
    if by.pk != hand_off.receiver_id:
        raise NotPermitted(f"This hand-off is offered to {hand_off.receiver.name}.")


def _lock(order: WorkOrder, task: Task | None) -> tuple[WorkOrder, Task | None]:
    order = WorkOrder.objects.select_for_update().get(pk=order.pk)
    return order, tasks.lock(task) if task else None


def _end(hand_off: HandOff, state: str, at: datetime, **columns: str) -> HandOff:
    on_offer = HandOff.objects.filter(pk=hand_off.pk, state=HandOffState.OFFERED)
    if not on_offer.update(state=state, ended_at=at, **columns):
        hand_off.refresh_from_db()
        raise NotOnOffer(f"This hand-off is {hand_off.get_state_display().lower()} already.")
    hand_off.refresh_from_db()
    return hand_off


def _what(order: WorkOrder, task: Task | None) -> str:
    return f"{order.ref} task {task.number}" if task else order.ref


def _record(event: str, hand_off: HandOff, by: Person, at: datetime, **data: Any) -> None:
    order, task = hand_off.order, hand_off.task
    audit.record(
        event=event,
        at=at,
        by=by,
        subject=order.key,
        matter=order.matter.key,
        data={"hand_off": hand_off.pk, "task": task.number if task else None, **data},
    )
