"""Who sees lots and sign-offs: whoever sees the order, as far as their role goes."""

from typing import TypeVar

from django.db.models import QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.quality.models import Defect, Lot, Sample
from cursitor.spine.work import access as work_access
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Deliverable, WorkOrder

T = TypeVar("T")
INSPECTORS = frozenset({Role.QC_LEAD, Role.SPECIALIST})
MANAGERS = frozenset({Role.QC_LEAD, Role.DELIVERY_MANAGER})
CLIENTS = frozenset({Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS})
VERBS = {
    "commit": (frozenset({Role.QC_LEAD}), "open a lot"),
    "release": (MANAGERS, "release the work"),
}


def lots(person: Person) -> QuerySet[Lot]:
    """Return the lots of the orders the person may see. A specialist sees none: lots say who did what how well."""
    client = people_access.organisations_with_role(person, CLIENTS)
    provider = people_access.organisations_with_role(person, MANAGERS)
    orders = work_access.orders(person)
    return Lot.objects.filter(
        order__in=orders.filter(provider__in=provider) | orders.filter(matter__organisation__in=client)
    )


def lot_for(person: Person, ref: str, number: int, to: str = "view") -> Lot:
    """
    Return a lot for a verb: view, change (draw, decide, set aside).

    :raises NotVisible: when the person may not see it. :raises NotPermitted: unless they lead its quality.
    """
    order = work_access.order_for(person, ref)
    found = lots(person).filter(order=order, number=number).select_related("made_by", "decided_by")
    lot = _or_not_visible(found.first())
    lot.order = order
    if to == "change":
        require(person, order=order, roles={Role.QC_LEAD}, act="change a lot")
    return lot


def order_for(person: Person, ref: str, to: str = "view") -> WorkOrder:
    """
    Return an order for a verb of quality: view, commit (a lot), release.

    :raises NotVisible: when the order, or what quality knows of it, is not for the person's eyes.
    """
    order = work_access.order_for(person, ref)
    if not sees_quality(person, order):
        raise NotVisible
    if to in VERBS:
        roles, act = VERBS[to]
        require(person, order=order, roles=roles, act=act)
    return order


def sees_quality(person: Person, order: WorkOrder) -> bool:
    """Say whether the lots and releases of an order the person sees are for their eyes: see `lots`."""
    return people_access.has_role(person, organisation=order.provider_id, roles=MANAGERS) or people_access.has_role(
        person, organisation=order.matter.organisation_id, roles=CLIENTS
    )


def may(person: Person, *, order: WorkOrder, to: str) -> bool:
    """Say whether a verb of quality on an order the person sees is theirs by role."""
    roles, _act = VERBS[to]
    return people_access.has_role(person, organisation=order.provider_id, roles=roles)


def require(person: Person, *, order: WorkOrder, roles: frozenset[str] | set[str], act: str) -> None:
    """
    Check, within an operation, that the person holds one of the roles at the provider and is behind no wall.

    :raises NotVisible: behind a wall. :raises NotPermitted: naming who may.
    """
    work_access.require(person, order=order, to="view")
    people_access.require_role(person, organisation=order.provider_id, roles=roles, act=act)


def samples_to_inspect(person: Person) -> QuerySet[Sample]:
    """Return the drawn units that the person may inspect: of their provider's orders, not done by themselves."""
    provider = people_access.organisations_with_role(person, INSPECTORS)
    orders = work_access.orders(person).filter(provider__in=provider)
    return Sample.objects.filter(lot__order__in=orders, inspection=None).exclude(doer=person.key)


def sample_for(person: Person, pk: int) -> Sample:
    found = samples_to_inspect(person).filter(pk=pk).select_related("lot__order__matter")
    return _or_not_visible(found.first())


def lot_to_inspect(person: Person, ref: str, number: int) -> Lot:
    """Return a drawn lot of the provider's orders that the person may inspect units of, read or not."""
    order = work_access.order_for(person, ref)
    if not people_access.has_role(person, organisation=order.provider_id, roles=INSPECTORS):
        raise NotVisible
    drawn = order.lots.exclude(drawn_at=None).filter(number=number)
    return _or_not_visible(drawn.select_related("order__matter", "order__provider").first())


def defect_for(person: Person, pk: int) -> Defect:
    """Return a finding in a lot whose quality the person leads."""
    found = Defect.objects.filter(pk=pk, inspection__sample__lot__in=lots(person))
    defect = _or_not_visible(found.select_related("inspection__sample__lot__order__matter").first())
    require(person, order=defect.inspection.sample.lot.order, roles={Role.QC_LEAD}, act="set a finding aside")
    return defect


def release_for(person: Person, ref: str, version: int, to: str = "view") -> Deliverable:
    """
    Return a release for a verb: view, sign.

    :raises NotVisible: when it is not for the person's eyes.
    :raises NotPermitted: to sign, unless the person is the matter's supervising attorney.
    """
    release = work_access.deliverable_for(person, ref, version)
    if not sees_quality(person, release.order):
        raise NotVisible
    if to == "sign":
        require_supervising_attorney(person, release.order)
    return release


def may_sign(person: Person, release: Deliverable) -> bool:
    """Say whether the release waits for this person's own signature."""
    order = release.order
    return order.matter.supervising_attorney_id == person.pk and order.state == OrderState.AWAITING_SIGN_OFF


def require_supervising_attorney(person: Person, order: WorkOrder) -> None:
    attorney = order.matter.supervising_attorney
    if attorney != person:
        raise NotPermitted(f"Only the matter's supervising attorney, {attorney.name}, may sign this release.")


def _or_not_visible(found: T | None) -> T:
    if found is None:
        raise NotVisible
    return found
