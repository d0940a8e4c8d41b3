"""The home of an administrator: people, keys and the log. No matter is seen here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator

from cursitor.plumbing.outbox.models import Message
from cursitor.spine.audit import queries as audit
from cursitor.spine.audit.models import Checkpoint, Entry
from cursitor.spine.people import access
from cursitor.spine.people.choices import LicenceStatus, Role
from cursitor.spine.people.models import ApiToken, Invitation, Licence, Membership, Person
from cursitor.spine.people.step_up import SECOND_FACTORS

LOOKED_UP_WITHIN = timedelta(days=30)
EXPIRES_WITHIN = timedelta(days=60)


@dataclass(frozen=True)
class Administration:
    """What an administrator must see to, and whether the log verifies."""

    n_people: int
    invitations: list[Invitation]
    licences: list[Licence]
    without_factor: list[Person]
    n_tokens: int
    verification: Entry | None
    checkpoint: Checkpoint | None
    stuck: list[Message]


def home(person: Person, now: datetime) -> Administration:
    """Return the home of an administrator, over the people of their organisations."""
    administered = access.organisations_with_role(person, {Role.ADMINISTRATOR})
    held = Membership.objects.filter(organisation__in=administered, ended_at=None)
    people = Person.objects.filter(pk__in=held.values("person"), is_active=True)
    factors = Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user")
    waiting = Invitation.objects.filter(organisation__in=administered, accepted_at=None, withdrawn_at=None)
    return Administration(
        n_people=people.count(),
        invitations=list(waiting.select_related("organisation").order_by("expires_at", "pk")),
        licences=_licences(people, now),
        without_factor=list(people.exclude(pk__in=factors).order_by("name", "pk")[:20]),
        n_tokens=ApiToken.objects.filter(person__in=people, revoked_at=None, expires_at__gt=now).count(),
        verification=audit.latest_verification(),
        checkpoint=Checkpoint.objects.order_by("-size").first(),
        stuck=list(Message.objects.exclude(dead_at=None).order_by("-dead_at", "-pk")[:10]),
    )


def _licences(people, now: datetime) -> list[Licence]:
    """Return licences that are not active, expire soon, or were last looked up more than thirty days ago."""
    today = now.date()
    found = Licence.objects.filter(person__in=people).select_related("person").order_by("checked_date", "pk")
    return [
        licence
        for licence in found
        if licence.status != LicenceStatus.ACTIVE
        or licence.checked_date < today - LOOKED_UP_WITHIN
        or (licence.expires_date is not None and licence.expires_date <= today + EXPIRES_WITHIN)
    ]
