"""Step-up: when a person last proved in this session who they are, by the strongest means they have."""

from datetime import UTC, datetime

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from cursitor.spine.people.models import Person

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def confirmed_at(request: HttpRequest) -> datetime | None:
    """
    Return when the signed-in person last proved who they are in this session, or None.

    Once a second factor is enrolled only proofs by a second factor (or a recovery code) count; a password does not.
    """
    records = get_authentication_records(request, request.user)
    if has_second_factor(request.user):
        records = [record for record in records if record["method"] == "mfa"]
    latest = max((record["at"] for record in records), default=None)
    return datetime.fromtimestamp(latest, tz=UTC) if latest is not None else None


def has_second_factor(person: Person) -> bool:
    return is_mfa_enabled(person, types=SECOND_FACTORS)
