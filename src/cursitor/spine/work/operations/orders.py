"""Draft an order and let it take the steps of its life."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cursitor.engines import clocks as clock_engine
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.series import operations as series
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements import queries as engagements
from cursitor.spine.engagements.choices import EngagementStatus, MatterStatus, Milestone, RateBasis
from cursitor.spine.engagements.models import Engagement, Matter
from cursitor.spine.people.models import Person
from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.safeguards import queries as safeguards_queries
from cursitor.spine.safeguards.models import Decision
from cursitor.spine.work import access, registry, transitions
from cursitor.spine.work.choices import EVENTS, Lane, OrderState, TaskState
from cursitor.spine.work.models import Transition, WorkOrder
from cursitor.spine.work.operations import clocks, custody, guards, notices, policy, tasks


class WrongState(Refusal):
    """Raised when an order is asked for a step that does not lead out of the state it is in."""


class ReasonNeeded(Invalid):
    """Raised when a step asks for a reason and none was given."""


def draft_order(
    *,
    matter: Matter,
    engagement: Engagement,
    line: str,
    work_kind: str,
    title: str,
    brief: dict[str, Any],
    fee_basis: str,
    budget_amount: int,
    by: Person,
    at: datetime,
    instructions: str = "",
) -> WorkOrder:
    """
    Draft an order on a matter for the provider of an engagement. Only the client's side sees a draft.

    budget_amount: minor units of the terms' currency. brief: what the line's brief form asked, JSON.
    :raises NotPermitted: unless `by` may instruct for the matter's organisation. :raises Invalid: naming the entry.
    :raises NoTermsInForce: when the engagement has no terms on that day.
    """
    with transaction.atomic():
        engagement_access.require(by, matter=matter, to="instruct")
        _check_parties(matter, engagement)
        _check_work(line, work_kind, title, fee_basis, budget_amount)
        order = WorkOrder.objects.create(
            number=series.take(name="work orders"),
            matter=matter,
            engagement=engagement,
            terms=engagements.terms_on(engagement=engagement, day=at.date()),
            provider=engagement.provider,
            line=line,
            work_kind=work_kind,
            title=title.strip(),
            brief=brief,
            instructions=instructions.strip(),
            fee_basis=fee_basis,
            budget_amount=budget_amount,
            holder=by,
            duty_holder=matter.supervising_attorney,
            made_by=by,
            made_at=at,
        )
        attorney = matter.supervising_attorney
        custody.take_order(order=order, lane=Lane.DUTY, holder=attorney, reason="drafted", at=at)
        custody.take_order(order=order, lane=Lane.WORK, holder=by, reason="drafted", at=at)
        _record("work.order.drafted", order, by, at, line=line, work_kind=work_kind, provider=order.provider.name)
    return order


def revise_draft(*, order: WorkOrder, by: Person, at: datetime, **changes: Any) -> WorkOrder:
    """
    Change a draft: work_kind, title, brief, instructions, fee_basis, budget_amount. What was issued stays as it is.

    :raises WrongState: once the order is issued. :raises NotPermitted, Invalid: as for a draft.
    """
    allowed = {"line", "work_kind", "title", "brief", "instructions", "fee_basis", "budget_amount"}
    if unknown := set(changes) - allowed:
        raise Invalid(f"A draft has no {', '.join(sorted(unknown))} to change.")
    with transaction.atomic():
        order = _lock(order)
        access.require(by, order=order, to="edit")
        if order.state != OrderState.DRAFT:
            raise WrongState(f"{order.ref} is issued; what was agreed does not change.")
        for column, value in changes.items():
            setattr(order, column, value.strip() if isinstance(value, str) else value)
        _check_work(order.line, order.work_kind, order.title, order.fee_basis, order.budget_amount)
        order.save(update_fields=sorted(changes))
        _record("work.order.revised", order, by, at, changed=sorted(changes))
    return order


def move(*, order: WorkOrder, name: str, by: Person, at: datetime, reason: str = "") -> WorkOrder:
    """
    Let an order take one step of its life: all that the step says, in one transaction with its audit row.

    name: of transitions.STEPS. Role, state, reason and guard are checked under the order's lock; for issuing, policy
    is asked before, so that its decisions stand on record when they block.
    :raises NotVisible, NotPermitted, WrongState, ReasonNeeded, NotReady: and PolicyBlocks for issuing.
    """
    step = transitions.step(name)
    if step.name == "issue":
        access.require(by, order=order, to="issue")
        policy.check_issue(order=_under_terms_now(order, at), by=by, at=at)
    with transaction.atomic():
        order = _lock(order)
        _check_step(step, order, by, reason.strip())
        notified = notices.audience(order, step.tells)
        from_state, order.state = order.state, step.to_state
        _prepare(step, order, reason.strip(), at)
        order.save()
        Transition.objects.create(
            order=order,
            name=name,
            from_state=from_state,
            to_state=step.to_state,
            by=by,
            at=at,
            reason=reason.strip(),
        )
        if step.takes_custody and order.holder_id != by.pk:
            custody.take_order(order=order, lane=Lane.WORK, holder=by, reason=step.done, at=at)
        for milestone, kind in step.clocks:
            clocks.write(order=order, milestone=milestone, kind=kind, at=at, reason=step.done)
        if step.name == "accept":
            tasks.plan(order=order, planned=registry.line_of(order).plan(order), by=by, at=at)
        _end_open_work(step, order, at)
        notices.tell(order=order, to=notified, text=f"{order.ref}: {_words(step)}", by=by, at=at)
        _record(step.event, order, by, at, **{"from": from_state, "to": step.to_state, "reason": reason.strip()})
    return order


def issue(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Issue a draft to the provider under the terms in force now, which fix the day it is due."""
    return move(order=order, name="issue", by=by, at=at)


def ask_policy(*, order: WorkOrder, by: Person, at: datetime) -> tuple[Decision, ...]:
    """
    Ask the rules about issuing a draft, write down what they said and return it, what stands in the way first.

    :raises NotVisible, NotPermitted. :raises WrongState: once the order is issued.
    """
    access.require(by, order=order, to="issue")
    if order.state != OrderState.DRAFT:
        raise WrongState(f"{order.ref} is issued; the rules were asked then.")
    try:
        return policy.check_issue(order=_under_terms_now(order, at), by=by, at=at)
    except safeguards.PolicyBlocks:
        return safeguards_queries.decisions_for(order.key)


def decline(*, order: WorkOrder, by: Person, reason: str, at: datetime) -> WorkOrder:
    """Decline an issued order, with a reason; its clocks stop."""
    return move(order=order, name="decline", by=by, at=at, reason=reason)


def accept(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Accept an issued order: `by` carries the work from now on and the line's plan becomes tasks."""
    return move(order=order, name="accept", by=by, at=at)


def start(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Start the work of an accepted order: tasks may be claimed and completed."""
    return move(order=order, name="start", by=by, at=at)


def submit_to_quality(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Give the finished work to quality; no task and no blocking question may be open."""
    return move(order=order, name="submit_to_quality", by=by, at=at)


def back_to_work(*, order: WorkOrder, by: Person, reason: str, at: datetime) -> WorkOrder:
    """Send the order from quality back to work, with the reason."""
    return move(order=order, name="back_to_work", by=by, at=at, reason=reason)


def return_for_rework(*, order: WorkOrder, by: Person, reason: str, at: datetime) -> WorkOrder:
    """Return what was released or delivered, with the reason; the provider's clock starts again."""
    return move(order=order, name="return_for_rework", by=by, at=at, reason=reason)


def resume(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Take up a returned order: `by` carries the work again."""
    return move(order=order, name="resume", by=by, at=at)


def approve(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Accept the delivery on the client's side."""
    return move(order=order, name="approve", by=by, at=at)


def close(*, order: WorkOrder, by: Person, at: datetime) -> WorkOrder:
    """Close an order whose delivery was accepted. Nothing on it changes any more but its invoices."""
    return move(order=order, name="close", by=by, at=at)


def cancel(*, order: WorkOrder, by: Person, settlement: str, at: datetime) -> WorkOrder:
    """Cancel an order with what was agreed for the work done so far; clocks stop, open tasks and hand-offs end."""
    return move(order=order, name="cancel", by=by, at=at, reason=settlement)


def _check_parties(matter: Matter, engagement: Engagement) -> None:
    if engagement.client_id != matter.organisation_id:
        raise Invalid(f"{engagement.number} is not an engagement of {matter.organisation.name}.", field="engagement")
    if engagement.status != EngagementStatus.ACTIVE:
        raise Invalid(f"{engagement.number} is {engagement.get_status_display().lower()}.", field="engagement")
    if matter.status != MatterStatus.OPEN:
        raise Invalid(f"{matter.number} is closed; nothing is ordered on it.", field="matter")


def _check_work(line: str, work_kind: str, title: str, fee_basis: str, budget_amount: int) -> None:
    known = registry.lines().get(line)
    if known is None:
        raise Invalid(f'There is no service line "{line}" here.', field="line")
    if work_kind not in {kind.key for kind in known.work_kinds}:
        raise Invalid(f'{known.name} has no work kind "{work_kind}".', field="work_kind")
    if not title.strip():
        raise Invalid("An order needs a title.", field="title")
    if fee_basis not in RateBasis:
        raise Invalid(f'There is no fee basis "{fee_basis}".', field="fee_basis")
    if budget_amount < 0:
        raise Invalid("A budget is zero or more.", field="budget_amount")


def _check_step(step: transitions.Step, order: WorkOrder, by: Person, reason: str) -> None:
    access.require(by, order=order, to=step.name)
    if order.state not in step.from_states:
        state = order.get_state_display().lower()
        raise WrongState(f'{order.ref} is in the state "{state}"; "{step.verb}" does not lead out of it.')
    if step.asks_reason and not reason:
        raise ReasonNeeded(f"{step.asks_reason} must be written down.", field="reason")
    guards.GUARDS[step.guard](order)


def _prepare(step: transitions.Step, order: WorkOrder, reason: str, at: datetime) -> None:
    if step.name == "issue":
        _under_terms_now(order, at)
        order.issued_at, order.due_at = at, _due_at(order, at)
        if order.duty_holder_id != order.matter.supervising_attorney_id:
            attorney = order.matter.supervising_attorney
            custody.take_order(order=order, lane=Lane.DUTY, holder=attorney, reason=step.done, at=at)
    elif step.name == "cancel":
        order.settlement = reason


def _under_terms_now(order: WorkOrder, at: datetime) -> WorkOrder:
    if order.issued_at is None:
        order.terms = engagements.terms_on(engagement=order.engagement, day=at.date())
    return order


def _due_at(order: WorkOrder, at: datetime) -> datetime | None:
    promised = order.terms.milestones.filter(milestone=Milestone.DELIVER).first()
    if promised is None:
        return None
    calendar = engagements.business_calendar(order.terms)
    return clock_engine.deadline(calendar, at, timedelta(minutes=promised.business_minutes))


def _end_open_work(step: transitions.Step, order: WorkOrder, at: datetime) -> None:
    if step.name == "cancel":
        order.tasks.filter(state=TaskState.OPEN).update(state=TaskState.CANCELLED, lease_until=None)
    if step.to_state in (OrderState.DECLINED, OrderState.CANCELLED, OrderState.CLOSED):
        tasks.withdraw_offers(order=order, at=at)


def _words(step: transitions.Step) -> str:
    return str(EVENTS[step.event])


def _lock(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.select_for_update().get(pk=order.pk)


def _record(event: str, order: WorkOrder, by: Person, at: datetime, **data: Any) -> None:
    audit.record(event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
