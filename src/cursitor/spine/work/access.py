"""Who sees which orders and what hangs on them, and which verbs are theirs. The list and the object are one rule."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.engagements.choices import PartySide
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import transitions
from cursitor.spine.work.choices import WORKABLE_STATES, OrderState, TaskState
from cursitor.spine.work.models import Custody, Deliverable, DeliverableFile, HandOff, Question, Task, WorkOrder

OVERSEEING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD, Role.PROVIDER_FINANCE})
READING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD})
DOING = frozenset({Role.SPECIALIST, Role.DELIVERY_MANAGER, Role.QC_LEAD})

VERBS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "edit": ((PartySide.CLIENT, transitions.INSTRUCTING),),
    "assign": ((PartySide.PROVIDER, transitions.MANAGING),),
    "work": ((PartySide.PROVIDER, DOING),),
    "ask": ((PartySide.PROVIDER, DOING),),
    "answer": ((PartySide.CLIENT, transitions.INSTRUCTING),),
    "hand_off": ((PartySide.PROVIDER, DOING), (PartySide.CLIENT, transitions.INSTRUCTING)),
    "deliver_files": ((PartySide.PROVIDER, DOING),),
    "see_policy": (
        (PartySide.CLIENT, transitions.INSTRUCTING),
        (PartySide.PROVIDER, transitions.CHECKING),
    ),
    "see_quality": (
        (PartySide.CLIENT, transitions.INSTRUCTING),
        (PartySide.PROVIDER, transitions.CHECKING),
    ),
    "see_money": (
        (PartySide.CLIENT, transitions.INSTRUCTING),
        (PartySide.PROVIDER, frozenset({Role.DELIVERY_MANAGER, Role.PROVIDER_FINANCE})),
    ),
    "read": ((PartySide.PROVIDER, DOING), (PartySide.CLIENT, transitions.INSTRUCTING)),
    "download": ((PartySide.PROVIDER, DOING), (PartySide.CLIENT, transitions.INSTRUCTING)),
    **{step.name: ((step.side, step.roles),) for step in transitions.STEPS},
}
"""Verb -> (side, roles) pairs of which one must be held. Everybody who sees an order may view it."""


def orders(person: Person) -> QuerySet[WorkOrder]:
    """
    Return the orders the person may see: never one of a matter that they may not see.

    The client's attorneys and legal operations see all of their organisation, drafts too. The provider's managers, QC
    leads and finance see theirs once issued. Specialists see those on which they hold or held a task.
    """
    return _orders(person, OVERSEEING)


def orders_read(person: Person) -> QuerySet[WorkOrder]:
    """Return those orders of which the person may read what was written: questions, hand-offs, files. Not finance."""
    return _orders(person, READING)


def _orders(person: Person, roles: frozenset[str]) -> QuerySet[WorkOrder]:
    client = people_access.organisations_with_role(person, transitions.INSTRUCTING)
    overseen = people_access.organisations_with_role(person, roles)
    employed = people_access.organisations_with_role(person, {Role.SPECIALIST})
    seen = Q(matter__organisation__in=client)
    # Each of these is asked with every page; for a role that the person has not got it would be built for nothing.
    if overseen:
        seen |= Q(provider__in=overseen) & ~Q(state=OrderState.DRAFT)
    if employed:
        held = Exists(Custody.objects.filter(order=OuterRef("pk"), holder=person, task__isnull=False))
        seen |= Q(held, provider__in=employed)
    return WorkOrder.objects.filter(seen, matter__in=engagement_access.matters(person).values("pk"))


def order_for(person: Person, ref: str, to: str = "view") -> WorkOrder:
    """
    Return the order by its reference (WO-1187), for a verb.

    :raises NotVisible: when the person may not see it. :raises NotPermitted: when the verb is not theirs.
    """
    order = the_order(orders(person), ref)
    require(person, order=order, to=to)
    return order


def orders_of_line(
    person: Person, line: str, *, client: frozenset[str], provider: frozenset[str]
) -> QuerySet[WorkOrder]:
    """Return the orders of a service line that the person sees with one of the roles of the side they stand on."""
    instructing = people_access.organisations_with_role(person, client)
    working = people_access.organisations_with_role(person, provider)
    side = Q(matter__organisation__in=instructing) | Q(provider__in=working)
    return orders(person).filter(side, line=line)


def the_order(found: QuerySet[WorkOrder], ref: str) -> WorkOrder:
    """Return the order with this reference among those. :raises NotVisible: if it is not among them."""
    related = ("matter", "engagement", "provider", "terms", "holder", "duty_holder")
    order = found.filter(number=order_number(ref)).select_related(*related).first()
    if order is None:
        raise NotVisible
    return order


def may(person: Person, *, order: WorkOrder, to: str) -> bool:
    """Say whether the verb is the person's by role. It says nothing of the order's state."""
    return to == "view" or has_one_of(person, order=order, pairs=VERBS[to])


def has_one_of(person: Person, *, order: WorkOrder, pairs: Iterable[tuple[str, frozenset[str]]]) -> bool:
    """Say whether the person has one of the roles at the organisation on its side of the order. For lines too."""
    return any(
        people_access.has_role(person, organisation=_organisation(order, side), roles=roles) for side, roles in pairs
    )


def require(person: Person, *, order: WorkOrder, to: str) -> None:
    """
    Check, within an operation, that the verb is the person's and that no wall stands between them and the matter.

    :raises NotVisible: behind a wall. :raises NotPermitted: naming who may.
    """
    refuse_walled(person, order=order)
    if not may(person, order=order, to=to):
        raise not_theirs(order, VERBS[to])


def refuse_walled(person: Person, *, order: WorkOrder) -> None:
    """:raises NotVisible: if a wall stands between the person and the order's matter. For lines too."""
    if order.matter.walls.filter(person=person, lifted_at=None).exists():
        raise NotVisible


def not_theirs(order: WorkOrder, pairs: Iterable[tuple[str, frozenset[str]]]) -> NotPermitted:
    """Return the refusal that names who may, by side and roles. For lines too."""
    who = " or ".join(_who(order, side, roles) for side, roles in pairs)
    return NotPermitted(f"On {order.ref} this may be done by {who} only.")


def is_doer(person: Person, *, order: WorkOrder) -> bool:
    """Say whether the person may carry work of the order's provider."""
    return people_access.has_role(person, organisation=order.provider_id, roles=DOING)


def tasks(person: Person) -> QuerySet[Task]:
    """Return the tasks of the orders the person may see, and those that a specialist on the team may claim."""
    employed = people_access.organisations_with_role(person, {Role.SPECIALIST})
    on_team = engagement_access.matters(person).filter(team__person=person, team__left_at=None).values("pk")
    free = Q(
        order__matter__in=on_team,
        order__provider__in=employed,
        order__state__in=WORKABLE_STATES,
        state=TaskState.OPEN,
        is_assigned=False,
    )
    return Task.objects.filter(free | Q(order__in=orders(person).values("pk")))


def claimable_orders(person: Person) -> QuerySet[WorkOrder]:
    """Return the orders in work that hold a free task the person may claim."""
    free = tasks(person).filter(state=TaskState.OPEN, is_assigned=False, order__state=OrderState.IN_PROGRESS)
    doing = people_access.organisations_with_role(person, DOING)
    return WorkOrder.objects.filter(pk__in=free.values("order"), provider__in=doing)


def claimable_order_for(person: Person, ref: str) -> WorkOrder:
    order = claimable_orders(person).filter(number=order_number(ref)).first()
    if order is None:
        raise NotVisible
    return order


def task_for(person: Person, ref: str, number: int, to: str = "view") -> Task:
    task = tasks(person).filter(order__number=order_number(ref), number=number)
    found = task.select_related("order__matter", "order__provider", "order__terms", "holder").first()
    if found is None:
        raise NotVisible
    require(person, order=found.order, to=to)
    return found


def held_task_for(person: Person, ref: str, number: int) -> Task:
    """
    Return a task that the person carries, as long as they see its matter and work for its provider.

    The same rule as `task_for`, for its holder alone and in few queries: a bench asks it with each press of a key.
    :raises NotVisible: in every other case.
    """
    found = Task.objects.filter(order__number=order_number(ref), number=number, holder=person)
    task = found.select_related("order__matter", "order__provider").first()
    if task is None or not is_doer(person, order=task.order):
        raise NotVisible
    if not engagement_access.matters(person).filter(pk=task.order.matter_id).exists():
        raise NotVisible
    task.holder = person
    return task


def hand_offs(person: Person) -> QuerySet[HandOff]:
    """Return the hand-offs of the orders the person may see, and those that are offered to them."""
    return HandOff.objects.filter(
        Q(order__in=orders_read(person).values("pk"))
        | Q(receiver=person, order__matter__in=engagement_access.matters(person).values("pk"))
    )


def hand_off_for(person: Person, pk: int, to: str = "view") -> HandOff:
    found = hand_offs(person).select_related("order__matter", "order__provider", "task", "giver", "receiver")
    hand_off = found.filter(pk=pk).first()
    if hand_off is None:
        raise NotVisible
    require(person, order=hand_off.order, to=to)
    return hand_off


def questions(person: Person) -> QuerySet[Question]:
    """Return the questions of the orders the person reads; a blind one only if they asked it or oversee the order."""
    client = people_access.organisations_with_role(person, transitions.INSTRUCTING)
    provider = people_access.organisations_with_role(person, READING)
    oversees = Q(order__matter__organisation__in=client) | Q(order__provider__in=provider)
    read = Question.objects.filter(order__in=orders_read(person).values("pk"))
    return read.filter(Q(is_blind=False) | Q(asked_by=person) | oversees)


def question_for(person: Person, ref: str, number: int, to: str = "view") -> Question:
    found = questions(person).filter(order__number=order_number(ref), number=number)
    question = found.select_related("order__matter", "order__provider", "asked_by", "answered_by", "reuses").first()
    if question is None:
        raise NotVisible
    require(person, order=question.order, to=to)
    return question


def deliverables(person: Person) -> QuerySet[Deliverable]:
    return Deliverable.objects.filter(order__in=orders_read(person).values("pk"))


def deliverable_for(person: Person, ref: str, version: int, to: str = "view") -> Deliverable:
    found = deliverables(person).filter(order__number=order_number(ref), version=version)
    deliverable = found.select_related("order__matter", "order__provider", "made_by").first()
    if deliverable is None:
        raise NotVisible
    require(person, order=deliverable.order, to=to)
    return deliverable


def deliverable_file_for(person: Person, pk: int, to: str = "download") -> DeliverableFile:
    found = DeliverableFile.objects.filter(deliverable__in=deliverables(person).values("pk"), pk=pk)
    file = found.select_related("deliverable__order__matter", "blob").first()
    if file is None:
        raise NotVisible
    require(person, order=file.deliverable.order, to=to)
    return file


def order_number(ref: str) -> int:
    """Return the number in a reference (WO-1187). :raises NotVisible: if it is not one."""
    digits = ref.removeprefix("WO-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise NotVisible
    return int(digits)


def _organisation(order: WorkOrder, side: str) -> int:
    return order.provider_id if side == PartySide.PROVIDER else order.matter.organisation_id


def _who(order: WorkOrder, side: str, roles: frozenset[str]) -> str:
    organisation = order.provider if side == PartySide.PROVIDER else order.matter.organisation
    names = " or ".join(sorted(str(Role(role).label).lower() for role in roles))
    return f"{names} of {organisation.short_name}"
