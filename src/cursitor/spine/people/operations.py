"""Change who belongs where, what they are licensed and able to do, and tell people things."""

import hashlib
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible, Refusal, StepUpNeeded
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import access
from cursitor.spine.people.choices import (
    CLIENT_ROLES,
    PROVIDER_ROLES,
    LicenceStatus,
    OrganisationKind,
    Role,
    SkillKind,
    Theme,
)
from cursitor.spine.people.models import Invitation, Licence, Membership, Notice, Organisation, Person, Site, Skill

INVITATION_HOLDS = timedelta(days=14)
STEP_UP_HOLDS = timedelta(minutes=5)
DIGEST_WAITS = timedelta(minutes=30)


class AlreadyMember(Refusal):
    """Raised when a person already holds the role in the organisation, or has been invited to it."""


class InvitationOver(Refusal):
    """Raised when an invitation was accepted or withdrawn, or has run out."""

    status = 410


class LastAdministrator(Refusal):
    """Raised when an organisation would be left without an administrator."""


class LicenceKnown(Refusal):
    """Raised when the number of that body is entered already."""


def require_step_up(*, confirmed_at: datetime | None, at: datetime) -> None:
    """:raises StepUpNeeded: unless the person proved who they are in the five minutes before `at`."""
    if confirmed_at is None or at - confirmed_at > STEP_UP_HOLDS:
        raise StepUpNeeded


def register_organisation(
    *,
    name: str,
    short_name: str,
    kind: str,
    by: Person | None,
    within: Organisation | None = None,
    at: datetime,
    tax_id: str = "",
    address: str = "",
    is_demo: bool = False,
) -> Organisation:
    """
    Enter an organisation. by: an administrator of `within`, whose people then see it; None: whoever runs the machine.

    :raises NotPermitted: :raises Invalid: if the name is taken.
    """
    with transaction.atomic():
        if by is not None:
            access.require_role(
                by, organisation=_given(within), roles={Role.ADMINISTRATOR}, act="enter an organisation"
            )
        if Organisation.objects.filter(name__iexact=name).exists():
            raise Invalid(f"There is already an organisation named {name}.", field="name")
        made = Organisation.objects.create(
            name=name,
            short_name=short_name,
            kind=OrganisationKind(kind),
            tax_id=tax_id,
            address=address,
            is_demo=is_demo,
            registered_by=within,
        )
        audit.record(
            event="people.organisation.registered",
            at=at,
            by=by,
            subject=made.key,
            data={"name": name, "kind": made.kind},
        )
    return made


def add_site(
    *,
    organisation: Organisation,
    name: str,
    country: str,
    zone: str,
    hours: dict[str, list[list[str]]],
    by: Person | None,
    at: datetime,
    holidays: str = "",
) -> Site:
    """Add a place of work. :raises NotPermitted: :raises Invalid: for an unknown zone or a name used before."""
    with transaction.atomic():
        _require_administer(by, organisation)
        if zone not in available_timezones():
            raise Invalid(f"{zone} is not an IANA time zone.", field="zone")
        if organisation.sites.filter(name=name).exists():
            raise Invalid(f"{organisation.short_name} already has a site named {name}.", field="name")
        made = organisation.sites.create(name=name, country=country.upper(), zone=zone, hours=hours, holidays=holidays)
        audit.record(
            event="people.site.added",
            at=at,
            by=by,
            subject=organisation.key,
            data={"site": made.pk, "name": name, "country": made.country, "zone": zone},
        )
    return made


def invite(
    *,
    site: Site,
    email: str,
    name: str,
    role: str,
    by: Person,
    at: datetime,
    confirmed_at: datetime | None,
    timekeeper_class: str = "",
) -> Invitation:
    """
    Invite somebody to a role at a site; the letter goes out by mail and holds for 14 days.

    :raises NotPermitted: :raises StepUpNeeded: :raises Invalid: if the role is not one of that kind of organisation.
    :raises AlreadyMember: if they hold the role or an invitation to it still waits.
    """
    organisation, email = site.organisation, email.strip().lower()
    with transaction.atomic():
        _require_administer(by, organisation)
        require_step_up(confirmed_at=confirmed_at, at=at)
        _require_role_of_kind(organisation, role)
        _require_newcomer(organisation, email, role, at)
        invitation = Invitation(
            email=email,
            name=name.strip(),
            organisation=organisation,
            site=site,
            role=role,
            timekeeper_class=timekeeper_class,
            invited_by=by,
            invited_at=at,
            expires_at=at + INVITATION_HOLDS,
        )
        invitation.token_digest = _digest(token_of(invitation))
        invitation.save()
        audit.record(
            event="people.person.invited",
            at=at,
            by=by,
            subject=organisation.key,
            data={"invitation": invitation.pk, "email": email, "role": role, "site": site.pk},
        )
        outbox.post(topic="people.invitation", at=at, key=f"invitation:{invitation.pk}", invitation=invitation.pk)
    return invitation


def token_of(invitation: Invitation) -> str:
    """Return the secret of an invitation's letter: derived from the installation's key, so that it is never stored."""
    parts = (invitation.email, invitation.organisation_id, invitation.role, invitation.invited_at.isoformat())
    value = "|".join(str(part) for part in parts)
    return salted_hmac("cursitor.people.invitation", value, algorithm="sha256").hexdigest()


def invitation_of(*, token: str) -> Invitation:
    """Return the invitation a letter speaks of, whatever its state. :raises NotVisible: for a token never given out."""
    found = Invitation.objects.select_related("organisation", "site", "invited_by")
    invitation = found.filter(token_digest=_digest(token)).first()
    if invitation is None or not constant_time_compare(invitation.token_digest, _digest(token)):
        raise NotVisible("This invitation is not known here. Ask whoever invited you for a new one.")
    return invitation


def accept_invitation(*, token: str, by: Person | None, at: datetime, password: str = "") -> Person:
    """
    Join by an invitation. Who is new chooses a password; who has an account is signed in with it (`by`).

    :raises NotVisible: :raises InvitationOver: :raises Invalid: if the password is too weak.
    :raises NotPermitted: if the account invited is not the one signed in.
    """
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation_of(token=token).pk)
        _require_open(invitation, at)
        person = Person.objects.filter(email=invitation.email).first()
        if person is None:
            person = _new_person(invitation, password)
        elif by is None or by.pk != person.pk:
            raise NotPermitted(f"{invitation.email} already has an account here. Sign in with it, then accept.")
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        _join(person, invitation, at)
    return person


def withdraw_invitation(*, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """Take an invitation back before it is accepted. :raises NotPermitted: :raises InvitationOver:"""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        _require_administer(by, invitation.organisation)
        if invitation.accepted_at or invitation.withdrawn_at:
            raise InvitationOver("This invitation has been accepted or withdrawn already.")
        invitation.withdrawn_at = at
        invitation.save(update_fields=["withdrawn_at"])
        audit.record(
            event="people.invitation.withdrawn",
            at=at,
            by=by,
            subject=invitation.organisation.key,
            data={"invitation": invitation.pk},
        )
    return invitation


def admit(
    *, site: Site, person: Person, role: str, by: Person | None, at: datetime, timekeeper_class: str = ""
) -> Membership:
    """
    Give a person a role at a site without a letter: the first administrator of an installation, or a role more.

    by: an administrator; None: whoever runs the machine. :raises NotPermitted: :raises Invalid: :raises AlreadyMember:
    """
    with transaction.atomic():
        _require_administer(by, site.organisation)
        _require_role_of_kind(site.organisation, role)
        if person.memberships.filter(organisation=site.organisation, role=role, ended_at=None).exists():
            raise AlreadyMember(f"{person.name} holds this role already.")
        membership = Membership.objects.create(
            person=person,
            organisation=site.organisation,
            site=site,
            role=role,
            timekeeper_class=timekeeper_class,
            began_at=at,
        )
        _forget_roles(person)
        _record_joining(membership, by=by or person, at=at)
    return membership


def end_membership(
    *, membership: Membership, by: Person, reason: str, at: datetime, confirmed_at: datetime | None
) -> Membership:
    """
    End a person's role from now on. What they did stays.

    :raises NotPermitted: :raises StepUpNeeded: :raises Invalid: without a reason, or if it has ended already.
    :raises LastAdministrator:
    """
    with transaction.atomic():
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        _require_administer(by, membership.organisation)
        require_step_up(confirmed_at=confirmed_at, at=at)
        if membership.ended_at:
            raise Invalid("This membership has ended already.")
        if not reason.strip():
            raise Invalid("Say why it ends.", field="reason")
        _require_another_administrator(membership)
        membership.ended_at = at
        membership.save(update_fields=["ended_at"])
        audit.record(
            event="people.membership.ended",
            at=at,
            by=by,
            subject=membership.person.key,
            data={"organisation": membership.organisation_id, "role": membership.role, "reason": reason.strip()},
        )
    return membership


def add_licence(
    *,
    person: Person,
    body: str,
    jurisdiction: str,
    number: str,
    admitted_date: date,
    status: str,
    checked_date: date,
    by: Person | None,
    at: datetime,
    expires_date: date | None = None,
) -> Licence:
    """
    Enter a licence as it was found when it was checked.

    :raises NotPermitted: :raises LicenceKnown: :raises Invalid: if it expires before admission or is checked in future.
    """
    with transaction.atomic():
        _require_change(by, person)
        if expires_date is not None and expires_date <= admitted_date:
            raise Invalid("A licence expires after admission.", field="expires_date")
        if checked_date > at.date():
            raise Invalid("A licence cannot have been checked in the future.", field="checked_date")
        try:
            with transaction.atomic():
                licence = Licence.objects.create(
                    person=person,
                    body=body,
                    jurisdiction=jurisdiction.upper(),
                    number=number,
                    admitted_date=admitted_date,
                    status=LicenceStatus(status),
                    checked_date=checked_date,
                    expires_date=expires_date,
                )
        except IntegrityError:
            raise LicenceKnown(f"Number {number} of {body} is entered already.") from None
        _record_licence("people.licence.added", licence, by=by, at=at)
    return licence


def check_licence(
    *, licence: Licence, status: str, by: Person, at: datetime, expires_date: date | None = None
) -> Licence:
    """Write down what was found when a licence was looked up today. The log keeps every earlier finding."""
    with transaction.atomic():
        licence = Licence.objects.select_for_update().get(pk=licence.pk)
        _require_change(by, licence.person)
        if expires_date is not None and expires_date <= licence.admitted_date:
            raise Invalid("A licence expires after admission.", field="expires_date")
        licence.status = LicenceStatus(status)
        licence.checked_date = at.date()
        licence.expires_date = expires_date
        licence.save(update_fields=["status", "checked_date", "expires_date"])
        _record_licence("people.licence.checked", licence, by=by, at=at)
    return licence


def add_skill(
    *,
    person: Person,
    kind: str,
    name: str,
    evidence: str,
    by: Person | None,
    at: datetime,
    level: str = "",
    expires_date: date | None = None,
) -> Skill:
    """Enter a skill or language with what it rests on, or renew the one of that name. :raises NotPermitted:"""
    with transaction.atomic():
        _require_change(by, person)
        skill, _is_new = Skill.objects.update_or_create(
            person=person,
            kind=SkillKind(kind),
            name=name.strip(),
            defaults={"level": level, "evidence": evidence, "expires_date": expires_date},
        )
        audit.record(
            event="people.skill.added",
            at=at,
            by=by,
            subject=person.key,
            data={"kind": skill.kind, "name": skill.name, "level": level, "evidence": evidence},
        )
    return skill


def set_preferences(
    *, person: Person, name: str, zone: str, theme: str, has_single_keys: bool, wants_digest: bool
) -> Person:
    """Change how the pages look to the person who asks. Gives no right, so it is not in the log. :raises Invalid:"""
    if zone not in available_timezones():
        raise Invalid(f"{zone} is not an IANA time zone.", field="zone")
    person.name, person.zone, person.theme = name.strip(), zone, Theme(theme)
    person.has_single_keys, person.wants_digest = has_single_keys, wants_digest
    person.save(update_fields=["name", "zone", "theme", "has_single_keys", "wants_digest"])
    return person


def notify(*, person: Person, text: str, link: str = "", at: datetime) -> Notice:
    """
    Tell a person something: in the page now, and by mail half an hour later unless read. Never content of a matter.

    link: an address inside this installation, beginning with "/". Call it in the transaction that is the reason.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"a notice leads to an address inside this installation, not to {link!r}")
    with transaction.atomic():
        notice = Notice.objects.create(person=person, text=text[:200], link=link, at=at)
        outbox.post(topic="people.digest", at=at + DIGEST_WAITS, key=f"digest:{person.pk}", person=person.pk)
    return notice


def mark_read(*, person: Person, at: datetime, notice: Notice | None = None) -> int:
    """Mark one notice of the person as read, or all of them. Return how many were unread."""
    unread = Notice.objects.filter(person=person, read_at=None)
    if notice is not None:
        unread = unread.filter(pk=notice.pk)
    return unread.update(read_at=at)


def _given(organisation: Organisation | None) -> Organisation:
    if organisation is None:
        raise Invalid("Say for which organisation this one is entered.")
    return organisation


def _require_administer(by: Person | None, organisation: Organisation) -> None:
    if by is not None and not access.may_administer(by, organisation):
        raise NotPermitted(f"Only an administrator of {organisation.short_name} may do this.")


def _require_change(by: Person | None, person: Person) -> None:
    if by is not None and not access.may_change(by, person):
        raise NotPermitted(f"Only an administrator where {person.name} belongs may change this.")


def _require_role_of_kind(organisation: Organisation, role: str) -> None:
    allowed = PROVIDER_ROLES if organisation.is_provider else CLIENT_ROLES
    if role not in allowed:
        kind = organisation.get_kind_display().lower()
        raise Invalid(f"{Role(role).label} is not a role of a {kind}.", field="role")


def _require_newcomer(organisation: Organisation, email: str, role: str, at: datetime) -> None:
    if organisation.memberships.filter(person__email=email, role=role, ended_at=None).exists():
        raise AlreadyMember(f"{email} holds this role already.")
    waiting = organisation.invitations.filter(email=email, role=role, accepted_at=None, withdrawn_at=None)
    if waiting.filter(expires_at__gt=at).exists():
        raise AlreadyMember(f"An invitation to {email} for this role still waits. Withdraw it to send another.")


def _require_open(invitation: Invitation, at: datetime) -> None:
    if invitation.accepted_at:
        raise InvitationOver("This invitation has been accepted already. Sign in.")
    if invitation.withdrawn_at:
        raise InvitationOver("This invitation was withdrawn.")
    if invitation.expires_at <= at:
        raise InvitationOver("This invitation has run out. Ask whoever invited you for a new one.")


def _require_another_administrator(membership: Membership) -> None:
    if membership.role != Role.ADMINISTRATOR:
        return
    held = membership.organisation.memberships.filter(role=Role.ADMINISTRATOR, ended_at=None)
    if not held.exclude(pk=membership.pk).exists():
        raise LastAdministrator("Name another administrator first: an organisation keeps at least one.")


def _new_person(invitation: Invitation, password: str) -> Person:
    person = Person(email=invitation.email, name=invitation.name, zone=invitation.site.zone)
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from None
    person.set_password(password)
    person.save()
    return person


def _join(person: Person, invitation: Invitation, at: datetime) -> None:
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        organisation=invitation.organisation,
        role=invitation.role,
        ended_at=None,
        defaults={"site": invitation.site, "timekeeper_class": invitation.timekeeper_class, "began_at": at},
    )
    _forget_roles(person)
    if is_new:
        _record_joining(membership, by=person, at=at)
    notify(
        person=invitation.invited_by,
        text=f"{person.name} joined {invitation.organisation.short_name}",
        link=f"/people/{person.pk}/",
        at=at,
    )


def _record_joining(membership: Membership, *, by: Person, at: datetime) -> None:
    data = {"organisation": membership.organisation_id, "role": membership.role, "site": membership.site_id}
    audit.record(event="people.person.joined", at=at, by=by, subject=membership.person.key, data=data)


def _record_licence(event: str, licence: Licence, *, by: Person | None, at: datetime) -> None:
    audit.record(
        event=event,
        at=at,
        by=by,
        subject=licence.person.key,
        data={
            "licence": licence.pk,
            "jurisdiction": licence.jurisdiction,
            "number": licence.number,
            "status": licence.status,
            "checked": licence.checked_date.isoformat(),
            "expires": licence.expires_date.isoformat() if licence.expires_date else "",
        },
    )


def _forget_roles(person: Person) -> None:
    person.__dict__.pop("roles_by_organisation", None)
    person.__dict__.pop("_main_membership", None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
