"""Who may do what where. Roles come from memberships that have not ended; nothing else gives a right."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import ApiToken, Invitation, Licence, Membership, Notice, Organisation, Person


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
    """Return the person's own organisations, those they registered and those they have engagements with."""
    own = Q(pk__in=person.roles_by_organisation)
    registered = Q(registered_by__in=person.roles_by_organisation)
    provider = Q(engagements_as_provider__client__in=person.roles_by_organisation)
    client = Q(engagements_as_client__provider__in=person.roles_by_organisation)
    return Organisation.objects.filter(own | registered | provider | client).distinct()


def people(person: Person) -> QuerySet[Person]:
    """Return everybody of the organisations that the person may see."""
    return Person.objects.filter(memberships__organisation__in=organisations(person)).distinct()


def person_for(person: Person, *, pk: int, to: str = "view") -> Person:
    """
    Return a person whom this person sees. to: "view"; "change" is for administrators of their organisation.

    :raises NotVisible: :raises NotPermitted:
    """
    found = people(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    if to == "change" and not may_change(person, found):
        raise NotPermitted("Only an administrator of their organisation may change this.")
    return found


def organisation_for(person: Person, *, pk: int, to: str = "view") -> Organisation:
    """
    Return an organisation that this person sees. to: "view"; "administer" is for its administrators, and for those of
    the organisation that registered it while it has none of its own.

    :raises NotVisible: :raises NotPermitted:
    """
    found = organisations(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    if to == "administer" and not may_administer(person, found):
        raise NotPermitted("Only administrator may do this.")
    return found


def may_administer(person: Person, organisation: Organisation) -> bool:
    """Say whether the person may change who belongs to an organisation, and its sites."""
    if has_role(person, organisation=organisation, roles={Role.ADMINISTRATOR}):
        return True
    is_registrar = organisation.registered_by_id is not None and has_role(
        person, organisation=organisation.registered_by_id, roles={Role.ADMINISTRATOR}
    )
    return is_registrar and not _has_administrator(organisation)


def may_change(person: Person, other: Person) -> bool:
    """Say whether the person may enter licences and skills of the other: as administrator where the other belongs."""
    administered = organisations_with_role(person, {Role.ADMINISTRATOR})
    return not administered.isdisjoint(other.roles_by_organisation)


def invitations(person: Person) -> QuerySet[Invitation]:
    """Return the invitations of the organisations that the person administers."""
    administered = Q(organisation__in=organisations_with_role(person, {Role.ADMINISTRATOR}))
    return Invitation.objects.filter(administered | Q(invited_by=person))


def invitation_for(person: Person, *, pk: int) -> Invitation:
    found = invitations(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def membership_for(person: Person, *, pk: int) -> Membership:
    """Return a membership in an organisation that this person sees. :raises NotVisible:"""
    found = Membership.objects.filter(pk=pk, organisation__in=organisations(person)).first()
    if found is None:
        raise NotVisible
    return found


def licence_for(person: Person, *, pk: int) -> Licence:
    """Return a licence of somebody this person sees. :raises NotVisible:"""
    found = Licence.objects.filter(pk=pk, person__in=people(person)).first()
    if found is None:
        raise NotVisible
    return found


def notices(person: Person) -> QuerySet[Notice]:
    """Return the person's own notices."""
    return Notice.objects.filter(person=person)


def notice_for(person: Person, *, pk: int) -> Notice:
    found = notices(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def tokens(person: Person) -> QuerySet[ApiToken]:
    """Return the person's own API tokens. Nobody else sees them."""
    return ApiToken.objects.filter(person=person)


def token_for(person: Person, *, pk: int) -> ApiToken:
    found = tokens(person).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def _has_administrator(organisation: Organisation) -> bool:
    return organisation.memberships.filter(role=Role.ADMINISTRATOR, ended_at=None).exists()


def _pk(organisation: Organisation | int) -> int:
    return organisation if isinstance(organisation, int) else organisation.pk
