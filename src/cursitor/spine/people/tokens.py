"""API tokens: made and revoked by the person they act for, recognised by digest."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from cursitor.plumbing.refusal import Invalid, NotVisible
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import operations as people
from cursitor.spine.people.choices import SCOPES
from cursitor.spine.people.models import ApiToken, Person

MARK = "cur_"
LONGEST = timedelta(days=366)
SECRET_LENGTH = 40
PRECISION = timedelta(minutes=1)


def make(
    *,
    person: Person,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    secret: str,
    confirmed_at: datetime | None,
    at: datetime,
) -> tuple[ApiToken, str]:
    """
    Make a token that acts as the person within the scopes; return it with the text to send, never shown again.

    secret: at least 40 random characters. scopes: of choices.SCOPES. expires_at: at most 366 days from `at`.
    :raises StepUpNeeded: unless the person proved who they are in the last five minutes.
    :raises Invalid: naming the entry.
    """
    people.require_step_up(confirmed_at=confirmed_at, at=at)
    return _make(person, name, scopes, expires_at, secret, at, by=person)


def make_for(
    *, person: Person, name: str, scopes: Iterable[str], expires_at: datetime, secret: str, at: datetime
) -> tuple[ApiToken, str]:
    """Make a token on the machine itself, for whoever runs it; the log says that the system made it."""
    return _make(person, name, scopes, expires_at, secret, at, by=None)


def revoke(*, token: ApiToken, by: Person, at: datetime) -> ApiToken:
    """End a token from now on. Only its own person; revoking twice changes nothing. :raises NotVisible:"""
    if token.person_id != by.pk:
        raise NotVisible
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = at
            token.save(update_fields=["revoked_at"])
            _record("people.token.revoked", token, by=by, at=at)
    return token


def recognise(*, text: str, at: datetime) -> ApiToken | None:
    """Return the valid token that was sent, with its person, and note that it was used; None for any other text."""
    if not text.startswith(MARK):
        return None
    found = ApiToken.objects.filter(digest=_digest(text), person__is_active=True).select_related("person").first()
    if found is None or not found.is_valid_at(at):
        return None
    if found.used_at is None or at - found.used_at >= PRECISION:
        ApiToken.objects.filter(pk=found.pk).update(used_at=at)
    return found


def _make(
    person: Person, name: str, scopes: Iterable[str], expires_at: datetime, secret: str, at: datetime, by: Person | None
) -> tuple[ApiToken, str]:
    wanted = sorted(set(scopes))
    _check(name, wanted, expires_at, secret, at)
    text = f"{MARK}{secret}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            person=person,
            name=name.strip(),
            start=text[:12],
            digest=_digest(text),
            scopes=wanted,
            made_at=at,
            expires_at=expires_at,
        )
        _record("people.token.made", token, by=by, at=at)
    return token, text


def _check(name: str, scopes: list[str], expires_at: datetime, secret: str, at: datetime) -> None:
    if not name.strip():
        raise Invalid("Say what the token is for.", field="name")
    if not scopes:
        raise Invalid("Choose at least one scope.", field="scopes")
    if unknown := set(scopes) - {scope for scope, _words in SCOPES}:
        raise Invalid(f"There is no scope {', '.join(sorted(unknown))}.", field="scopes")
    if not at < expires_at <= at + LONGEST:
        raise Invalid("A token expires within a year.", field="days")
    if len(secret) < SECRET_LENGTH:
        raise Invalid(f"The secret of a token has at least {SECRET_LENGTH} characters.")


def _record(event: str, token: ApiToken, *, by: Person | None, at: datetime) -> None:
    data = {"token": token.pk, "name": token.name, "start": token.start, "scopes": token.scopes}
    data["expires_at"] = token.expires_at.isoformat()
    audit.record(event=event, at=at, by=by, subject=token.person.key, data=data)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
