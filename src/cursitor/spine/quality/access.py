"""Who sees lots and sign-offs: whoever sees the order, as far as their role goes."""

from typing import TypeVar

from django.db.models import QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.quality.models import Lot, Sample
from cursitor.spine.work import access as work_access
from cursitor.spine.work.models import Deliverable, WorkOrder

T = TypeVar("T")
INSPECTORS = frozenset({Role.QC_LEAD, Role.SPECIALIST})
MANAGERS = frozenset({Role.QC_LEAD, Role.DELIVERY_MANAGER})


def lots(person: Person) -> QuerySet[Lot]:
    """Return the lots of the orders the person may see. A specialist sees none: lots say who did what how well."""
    client = people_access.organisations_with_role(person, {Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS})
    provider = people_access.organisations_with_role(person, MANAGERS)
    orders = work_access.orders(person)
    return Lot.objects.filter(
        order__in=orders.filter(provider__in=provider) | orders.filter(matter__organisation__in=client)
    )


def lot_for(person: Person, ref: str, number: int) -> Lot:
    order = work_access.order_for(person, ref)
    found = lots(person).filter(order=order, number=number).select_related("order__matter")
    return _or_not_visible(found.first())


def samples_to_inspect(person: Person) -> QuerySet[Sample]:
    """Return the drawn units that the person may inspect: of their provider's orders, not done by themselves."""
    provider = people_access.organisations_with_role(person, INSPECTORS)
    orders = work_access.orders(person).filter(provider__in=provider)
    return Sample.objects.filter(lot__order__in=orders, inspection=None).exclude(doer=person.key)


def sample_for(person: Person, pk: int) -> Sample:
    found = samples_to_inspect(person).filter(pk=pk).select_related("lot__order__matter")
    return _or_not_visible(found.first())


def deliverable_to_sign(person: Person, ref: str, version: int) -> Deliverable:
    """:raises NotPermitted: unless the person is the matter's supervising attorney."""
    deliverable = work_access.deliverable_for(person, ref, version)
    require_supervising_attorney(person, deliverable.order)
    return deliverable


def require_supervising_attorney(person: Person, order: WorkOrder) -> None:
    attorney = order.matter.supervising_attorney
    if attorney != person:
        raise NotPermitted(f"Only the matter's supervising attorney, {attorney.name}, may sign this release.")


def _or_not_visible(found: T | None) -> T:
    if found is None:
        raise NotVisible
    return found
