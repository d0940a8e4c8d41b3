"""Let the first people in, and give programs their tokens."""

import json
import secrets
from datetime import timedelta
from zoneinfo import available_timezones

import click
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cursitor.plumbing.refusal import Refusal
from cursitor.spine.people import operations, tokens
from cursitor.spine.people.choices import SCOPES, OrganisationKind, Role
from cursitor.spine.people.models import Person

OFFICE_HOURS = {str(day): [["09:00", "18:00"]] for day in range(1, 6)}


@click.group()
def organisation() -> None:
    """Enter organisations."""


@organisation.command()
@click.option("--name", required=True, help="Full name.")
@click.option("--short-name", help="As lists show it; the full name if left out.")
@click.option("--kind", type=click.Choice(OrganisationKind.values, case_sensitive=False), required=True)
@click.option("--site", "site_name", required=True, help="Usually the city.")
@click.option("--country", required=True, help="ISO 3166-1 alpha-2, e.g. US.")
@click.option("--zone", type=click.Choice(sorted(available_timezones())), required=True, metavar="ZONE", help="IANA.")
@click.option("--administrator", required=True, help="Name of the first administrator.")
@click.option("--email", required=True, help="Their mail address, with which they sign in.")
@click.option("--password", envvar="CURSITOR_FIRST_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def add(
    *,
    name: str,
    short_name: str | None,
    kind: str,
    site_name: str,
    country: str,
    zone: str,
    administrator: str,
    email: str,
    password: str,
    as_json: bool,
) -> None:
    """Enter an organisation with its first site and its first administrator, who invites everybody else."""
    now = timezone.now()
    with transaction.atomic():
        try:
            made = operations.register_organisation(
                name=name, short_name=short_name or name, kind=kind.upper(), by=None, at=now
            )
            place = {"name": site_name, "country": country, "zone": zone, "hours": OFFICE_HOURS, "holidays": country}
            site = operations.add_site(organisation=made, by=None, at=now, **place)
            person = _person(administrator, email, password, zone)
            operations.admit(site=site, person=person, role=Role.ADMINISTRATOR, by=None, at=now)
        except Refusal as refusal:
            raise click.ClickException(refusal.sentence) from refusal
    told = {"organisation": made.pk, "site": site.pk, "administrator": person.pk, "email": person.email}
    click.echo(json.dumps(told) if as_json else f"{made.name} is entered; {person.email} may sign in and invite.")


@click.group()
def user() -> None:
    """Help people of this installation."""


@user.command()
@click.argument("email")
@click.option("--name", "what", required=True, help="What the token is for.")
@click.option("--scope", multiple=True, required=True, type=click.Choice([scope for scope, _words in SCOPES]))
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Until it expires.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def token(*, email: str, what: str, scope: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make an API token that acts as the person with this EMAIL. It is shown this once."""
    now = timezone.now()
    try:
        made, text = tokens.make_for(
            person=known_person(email),
            name=what,
            scopes=scope,
            expires_at=now + timedelta(days=days),
            secret=secrets.token_hex(24),
            at=now,
        )
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    told = {"token": text, "scopes": made.scopes, "expires_at": made.expires_at.isoformat()}
    click.echo(json.dumps(told) if as_json else text)


def known_person(email: str) -> Person:
    """Return the person with this mail address. :raises click.ClickException: when there is none."""
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise click.ClickException(f"Nobody here has the mail address {email}.")
    return person


def _person(name: str, email: str, password: str, zone: str) -> Person:
    known = Person.objects.filter(email=email.strip().lower()).first()
    if known is not None:
        return known
    try:
        password_validation.validate_password(password, Person(email=email, name=name))
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    return Person.objects.create_user(email.strip(), password, name=name, zone=zone)
