"""Clients, matters and their parties."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.series import operations as series
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access
from cursitor.spine.engagements.choices import MatterStatus, PartyRole
from cursitor.spine.engagements.models import Client, Matter, Party
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person


class NumberTaken(Refusal):
    """Raised when a number that must be unique is in use."""


class AttorneyNotLicensed(Refusal):
    """Raised when the person named is not an attorney of the firm with an active licence in the jurisdiction."""


class MatterStatusRefused(Refusal):
    """Raised when a matter is closed that is closed, or reopened that is open."""


@dataclass(frozen=True)
class MatterDraft:
    """What is known of a matter when it is opened or corrected. `jurisdiction`: e.g. US-IL."""

    caption: str
    short_name: str
    jurisdiction: str
    practice_area: str
    supervising_attorney: Person
    forum: str = ""
    client_matter_id: str = ""


def make_client(*, organisation: Organisation, name: str, number: str, by: Person, at: datetime) -> Client:
    """
    Add somebody for whom a firm acts.

    :raises NotPermitted: unless `by` instructs for the organisation. :raises NumberTaken: within the organisation.
    """
    with transaction.atomic():
        access.require_instructing(by, organisation=organisation, act="add a client")
        if organisation.is_provider:
            raise Invalid(f"{organisation} is a provider; clients belong to firms and legal departments.")
        if not name.strip() or not number.strip():
            raise Invalid("A client has a name and a number.", field="name" if not name.strip() else "number")
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Client.objects.filter(organisation=organisation, number=number).exists():
            raise NumberTaken(f"{organisation.short_name} has a client with the number {number}.")
        client = Client.objects.create(organisation=organisation, name=name, number=number)
        audit.record(
            event="engagements.client.made",
            at=at,
            by=by,
            subject=client.key,
            data={"organisation": organisation.pk, "name": name, "number": number},
        )
    return client


def open_matter(*, client: Client, draft: MatterDraft, by: Person, at: datetime, number: str = "") -> Matter:
    """
    Open a matter of a client. Without a `number` it takes the next of the year.

    :raises NotPermitted: unless `by` instructs for the firm. :raises AttorneyNotLicensed, NumberTaken, Invalid.
    """
    with transaction.atomic():
        access.require_instructing(by, organisation=client.organisation, act="open a matter")
        _check(draft, organisation=client.organisation, at=at)
        matter = Matter.objects.create(
            organisation=client.organisation,
            client=client,
            number=_free_number(number, at),
            opened_at=at,
            **_columns(draft),
        )
        _record("engagements.matter.opened", matter, by, at, _facts(draft))
    return matter


def correct_matter(*, matter: Matter, draft: MatterDraft, by: Person, at: datetime) -> Matter:
    """
    Correct what is known of a matter; the log keeps what it said before. Its number stays.

    :raises NotVisible, NotPermitted, AttorneyNotLicensed, Invalid.
    """
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter.pk)
        access.require(by, matter=matter, to="instruct")
        _check(draft, organisation=matter.organisation, at=at)
        before = {name: _plain(getattr(matter, name)) for name in _columns(draft)}
        after = _facts(draft)
        for name, value in _columns(draft).items():
            setattr(matter, name, value)
        matter.save(update_fields=list(before))
        changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
        _record("engagements.matter.corrected", matter, by, at, changed)
    return matter


def close_matter(*, matter: Matter, by: Person, at: datetime) -> Matter:
    """Close a matter: no order can be made on it until it is reopened. :raises MatterStatusRefused: if it is closed."""
    return _set_status(matter, MatterStatus.CLOSED, "engagements.matter.closed", by, at)


def reopen_matter(*, matter: Matter, by: Person, at: datetime) -> Matter:
    """Reopen a closed matter. :raises MatterStatusRefused: if it is open."""
    return _set_status(matter, MatterStatus.OPEN, "engagements.matter.reopened", by, at)


def add_party(*, matter: Matter, name: str, role: str, by: Person, at: datetime) -> Party:
    """Add a party to a matter. :raises NotVisible, NotPermitted, Invalid: also when it stands there in this role."""
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter.pk)
        access.require(by, matter=matter, to="instruct")
        if not name.strip() or role not in PartyRole.values:
            raise Invalid("A party has a name and a role.", field="name")
        if matter.parties.filter(name=name, role=role).exists():
            raise Invalid(f"{name} is named already as {PartyRole(role).label.lower()}.", field="name")
        party = Party.objects.create(matter=matter, name=name, role=role)
        _record("engagements.party.added", matter, by, at, {"name": name, "role": role})
    return party


def remove_party(*, party: Party, by: Person, at: datetime) -> None:
    """Take a party off a matter; the log keeps it. :raises NotVisible, NotPermitted."""
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=party.matter_id)
        access.require(by, matter=matter, to="instruct")
        _record("engagements.party.removed", matter, by, at, {"name": party.name, "role": party.role})
        party.delete()


def _set_status(matter: Matter, status: str, event: str, by: Person, at: datetime) -> Matter:
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter.pk)
        access.require(by, matter=matter, to="instruct")
        if matter.status == status:
            raise MatterStatusRefused(f"{matter.number} is {matter.get_status_display().lower()} already.")
        matter.status = status
        matter.save(update_fields=["status"])
        _record(event, matter, by, at, {})
    return matter


def _check(draft: MatterDraft, *, organisation: Organisation, at: datetime) -> None:
    for field in ("caption", "short_name", "jurisdiction", "practice_area"):
        if not getattr(draft, field).strip():
            raise Invalid(f"A matter has a {field.replace('_', ' ')}.", field=field)
    attorney = draft.supervising_attorney
    if not people_access.has_role(attorney, organisation=organisation, roles={Role.SUPERVISING_ATTORNEY}):
        raise AttorneyNotLicensed(f"{attorney} is not a supervising attorney of {organisation}.")
    licences = attorney.licences.filter(jurisdiction=draft.jurisdiction)
    if not any(licence.is_active_on(at.date()) for licence in licences):
        raise AttorneyNotLicensed(f"{attorney} has no active licence in {draft.jurisdiction} on record.")


def _free_number(number: str, at: datetime) -> str:
    if number:
        if Matter.objects.filter(number=number).exists():
            raise NumberTaken(f"The matter number {number} is taken.")
        return number
    while True:
        number = f"{at.year}-{series.take(name=f'matter {at.year}'):04d}"
        if not Matter.objects.filter(number=number).exists():
            return number


def _columns(draft: MatterDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in MatterDraft.__dataclass_fields__}


def _facts(draft: MatterDraft) -> dict[str, str]:
    return {name: _plain(value) for name, value in _columns(draft).items()}


def _plain(value: object) -> str:
    return value.key if isinstance(value, Person) else str(value)


def _record(event: str, matter: Matter, by: Person, at: datetime, data: dict) -> None:
    audit.record(event=event, at=at, by=by, subject=matter.key, matter=matter.key, data=data)
