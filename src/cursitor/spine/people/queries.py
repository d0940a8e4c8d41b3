"""Read people, organisations and notices. What a person may see is decided in access.py."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse

from cursitor.spine.people import access
from cursitor.spine.people.choices import SkillKind
from cursitor.spine.people.models import Invitation, Licence, Membership, Notice, Organisation, Person, Site

FOUND_AT_MOST = 6


def members(*, organisation: Organisation | int, roles: Iterable[str] | None = None) -> QuerySet[Person]:
    """Return those who belong to the organisation now, in one of the roles if any are given, by name."""
    held = Membership.objects.filter(organisation=organisation, ended_at=None)
    if roles is not None:
        held = held.filter(role__in=list(roles))
    return Person.objects.filter(pk__in=held.values("person"), is_active=True).order_by("name", "pk")


def active_licence(*, person: Person, jurisdiction: str, on: date) -> Licence | None:
    """Return the person's licence that is in force in the jurisdiction ("US-IL") that day, if there is one."""
    held = Licence.objects.filter(person=person, jurisdiction=jurisdiction).order_by("-checked_date", "pk")
    return next((licence for licence in held if licence.is_active_on(on)), None)


def site_of(*, person: Person, organisation: Organisation | int) -> Site | None:
    """Return where the person works for the organisation: the site of the membership that began latest."""
    held = Membership.objects.filter(person=person, organisation=organisation, ended_at=None)
    latest = held.select_related("site").order_by("-began_at", "pk").first()
    return latest.site if latest else None


def main_membership(*, person: Person) -> Membership | None:
    """Return the membership that began first of those that run, with its organisation and site. Read once."""
    if "_main_membership" not in person.__dict__:
        held = person.memberships.filter(ended_at=None).select_related("organisation", "site")
        person.__dict__["_main_membership"] = held.order_by("began_at", "pk").first()
    return person.__dict__["_main_membership"]


def zone_of(person: Person) -> ZoneInfo:
    return ZoneInfo(person.zone)


def is_known(*, email: str) -> bool:
    return Person.objects.filter(email=email).exists()


def memberships(*, organisation: Organisation) -> QuerySet[Membership]:
    """Return the memberships that run, with person and site, by name."""
    held = organisation.memberships.filter(ended_at=None).select_related("person", "site", "organisation")
    return held.order_by("person__name", "role", "pk")


def people_listed(person: Person, *, text: str = "", role: str = "", organisation: str = "") -> QuerySet[Membership]:
    """Return the running memberships of everybody this person sees, narrowed by name or mail, role, organisation."""
    seen = Membership.objects.filter(organisation__in=access.organisations(person), ended_at=None)
    if text:
        seen = seen.filter(Q(person__name__icontains=text) | Q(person__email__icontains=text))
    if role:
        seen = seen.filter(role=role)
    if organisation.isdigit():
        seen = seen.filter(organisation=int(organisation))
    return seen.select_related("person", "organisation", "site")


def open_invitations(*, organisation: Organisation) -> QuerySet[Invitation]:
    """Return the invitations that wait to be accepted, whether they have run out or not."""
    waiting = organisation.invitations.filter(accepted_at=None, withdrawn_at=None)
    return waiting.select_related("site", "invited_by").order_by("-invited_at", "pk")


def languages(*, person: Person) -> list[str]:
    """Return the BCP 47 tags of the languages the person works in."""
    spoken = person.skills.filter(kind=SkillKind.LANGUAGE)
    return list(spoken.order_by("name").values_list("name", flat=True))


def unread_notices(*, person: Person) -> int:
    return Notice.objects.filter(person=person, read_at=None).count()


def find(person: Person, text: str) -> list[tuple[str, str, str]]:
    """Return (name, where, address) of people this person sees whose name or mail holds the text, for the palette."""
    seen = access.people(person).filter(Q(name__icontains=text) | Q(email__icontains=text)).order_by("name", "pk")
    found = seen.prefetch_related("memberships__organisation")[:FOUND_AT_MOST]
    return [(other.name, _where(other), reverse("people:person", args=[other.pk])) for other in found]


def _where(person: Person) -> str:
    names = {each.organisation.short_name for each in person.memberships.all() if each.ended_at is None}
    return ", ".join(sorted(names))
