"""Who may do what where. Roles come from memberships that have not ended; nothing else gives a right."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person


def has_role(person: Person, *, organisation: Organisation | int, roles: Iterable[str]) -> bool:
    held = person.roles_by_organisation.get(_pk(organisation), frozenset())
    return not held.isdisjoint(roles)


def require_role(person: Person, *, organisation: Organisation | int, roles: Iterable[str], act: str) -> None:
    """:raises NotPermitted: naming who may, unless the person holds one of the roles in the organisation."""
    wanted = frozenset(roles)
    if not has_role(person, organisation=organisation, roles=wanted):
        names = " or ".join(sorted(str(Role(role).label).lower() for role in wanted))
        raise NotPermitted(f"Only {names} may {act}.")


def organisations_with_role(person: Person, roles: Iterable[str]) -> frozenset[int]:
    """Return the keys of the organisations in which the person holds one of the roles."""
    wanted = frozenset(roles)
    return frozenset(pk for pk, held in person.roles_by_organisation.items() if not held.isdisjoint(wanted))


def organisations(person: Person) -> QuerySet[Organisation]:
    """Return the person's own organisations and those that theirs have an engagement with."""
    own = Q(pk__in=person.roles_by_organisation)
    provider = Q(engagements_as_provider__client__in=person.roles_by_organisation)
    client = Q(engagements_as_client__provider__in=person.roles_by_organisation)
    return Organisation.objects.filter(own | provider | client).distinct()


def people(person: Person) -> QuerySet[Person]:
    """Return everybody of the organisations that the person may see."""
    return Person.objects.filter(memberships__organisation__in=organisations(person)).distinct()


def person_for(person: Person, *, pk: int) -> Person:
    found = people(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def organisation_for(person: Person, *, pk: int) -> Organisation:
    found = organisations(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def _pk(organisation: Organisation | int) -> int:
    return organisation if isinstance(organisation, int) else organisation.pk
