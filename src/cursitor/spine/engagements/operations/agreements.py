"""Engagements and the versions of their terms."""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from cursitor.plumbing import wording
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.series import operations as series
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.choices import EngagementStatus
from cursitor.spine.engagements.models import Engagement, MilestoneTerm, Rate, Terms
from cursitor.spine.engagements.operations.matters import AttorneyNotLicensed, NumberTaken
from cursitor.spine.people import access as people_access
from cursitor.spine.people import operations as people_operations
from cursitor.spine.people import queries as people
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person


class AmendmentTooEarly(Refusal):
    """Raised when an amendment would change what was in force before it, or on days already gone."""


class StatusRefused(Refusal):
    """Raised when an engagement is as it is asked to be, or has ended."""


class NothingAmended(Refusal):
    """Raised when an amendment says what is agreed already."""


STATUS_WORDS = {
    EngagementStatus.ACTIVE: "resumed",
    EngagementStatus.SUSPENDED: "suspended",
    EngagementStatus.ENDED: "ended",
}


def make_engagement(
    *,
    client: Organisation,
    provider: Organisation,
    title: str,
    signed_date: date,
    effective_from: date,
    draft: agreed.TermsDraft,
    by: Person,
    at: datetime,
    number: str = "",
) -> Engagement:
    """
    Join a client organisation and a provider under a first version of terms. Without a `number` it takes the next.

    :raises NotPermitted: unless `by` instructs for the client. :raises Invalid, NumberTaken, AttorneyNotLicensed.
    """
    with transaction.atomic():
        access.require_instructing(by, organisation=client, act="make an engagement")
        _check_parties(client, provider, title)
        _check(draft, client=client)
        engagement = Engagement.objects.create(
            number=_free_number(number), client=client, provider=provider, title=title, signed_date=signed_date
        )
        terms = _store(engagement, 1, draft, effective_from=effective_from, reason="", by=by, at=at)
        audit.record(
            event="engagements.engagement.made",
            at=at,
            by=by,
            subject=engagement.key,
            data={"client": client.pk, "provider": provider.pk, "title": title, **_facts(terms, draft)},
        )
    return engagement


def amend_terms(
    *, engagement: Engagement, draft: agreed.TermsDraft, effective_from: date, reason: str, by: Person, at: datetime
) -> Terms:
    """
    Add a version of the terms from a day on, where the one before ends. Orders keep the terms they were issued under.

    :raises NotPermitted, Invalid, NothingAmended, AttorneyNotLicensed.
    :raises AmendmentTooEarly: when it would begin before today or not after the version before it.
    """
    with transaction.atomic():
        engagement = Engagement.objects.select_for_update().get(pk=engagement.pk)
        access.require_instructing(by, organisation=engagement.client, act="change what was agreed")
        latest = engagement.terms.get(effective_to=None)
        _check(draft, client=engagement.client)
        if not reason.strip():
            raise Invalid("Say why the terms are amended.", field="reason")
        if draft == agreed.draft_of(latest):
            raise NothingAmended("The amendment says what is agreed already.")
        if effective_from < at.date() or effective_from <= latest.effective_from:
            raise AmendmentTooEarly(
                f"An amendment begins today or later, and after {wording.day(latest.effective_from)}, "
                f"when version {latest.version} begins."
            )
        latest.effective_to = effective_from
        latest.save(update_fields=["effective_to"])
        terms = _store(
            engagement, latest.version + 1, draft, effective_from=effective_from, reason=reason, by=by, at=at
        )
        _tell_provider(engagement, f"{engagement.number} is amended from {wording.day(effective_from)}", at)
        audit.record(
            event="engagements.terms.amended",
            at=at,
            by=by,
            subject=engagement.key,
            data={"reason": reason, **_facts(terms, draft)},
        )
    return terms


def set_status(*, engagement: Engagement, status: str, reason: str, by: Person, at: datetime) -> Engagement:
    """
    Suspend, resume or end an engagement. No order is made under one that is not active; what was issued runs on.

    :raises NotPermitted, Invalid. :raises StatusRefused: when it is so already, or has ended.
    """
    with transaction.atomic():
        engagement = Engagement.objects.select_for_update().get(pk=engagement.pk)
        access.require_instructing(by, organisation=engagement.client, act="suspend, resume or end an engagement")
        if not reason.strip():
            raise Invalid("Say why.", field="reason")
        if engagement.status in (status, EngagementStatus.ENDED):
            raise StatusRefused(f"{engagement.number} is {engagement.get_status_display().lower()}.")
        engagement.status = EngagementStatus(status)
        engagement.save(update_fields=["status"])
        word = STATUS_WORDS[engagement.status]
        _tell_provider(engagement, f"{engagement.number} is {word}", at)
        event = f"engagements.engagement.{word}"
        audit.record(event=event, at=at, by=by, subject=engagement.key, data={"reason": reason})
    return engagement


def _check_parties(client: Organisation, provider: Organisation, title: str) -> None:
    if client.is_provider or not provider.is_provider:
        raise Invalid("An engagement joins a client organisation and a provider.", field="provider")
    if not title.strip():
        raise Invalid("An engagement has a title.", field="title")


def _check(draft: agreed.TermsDraft, *, client: Organisation) -> None:
    agreed.check(draft)
    attorney = draft.supervising_attorney
    if not people_access.has_role(attorney, organisation=client, roles={Role.SUPERVISING_ATTORNEY}):
        raise AttorneyNotLicensed(f"{attorney} is not a supervising attorney of {client}.")


def _store(
    engagement: Engagement,
    version: int,
    draft: agreed.TermsDraft,
    *,
    effective_from: date,
    reason: str,
    by: Person,
    at: datetime,
) -> Terms:
    terms = Terms.objects.create(
        engagement=engagement,
        version=version,
        effective_from=effective_from,
        currency=draft.currency,
        permitted_lines=list(draft.permitted_lines),
        permitted_countries=list(draft.permitted_countries),
        supervising_attorney=draft.supervising_attorney,
        budget_amount=draft.budget_amount,
        payment_days=draft.payment_days,
        calendar=dict(draft.calendar),
        reason=reason,
        made_by=by,
        made_at=at,
    )
    MilestoneTerm.objects.bulk_create(
        MilestoneTerm(terms=terms, milestone=row.milestone, party=row.party, business_minutes=row.business_minutes)
        for row in draft.milestones
    )
    Rate.objects.bulk_create(
        Rate(terms=terms, basis=row.basis, item=row.item, amount=row.amount) for row in draft.rates
    )
    return terms


def _tell_provider(engagement: Engagement, text: str, at: datetime) -> None:
    link = reverse("engagements:engagement", args=[engagement.number])
    for person in people.members(organisation=engagement.provider, roles=access.CONTRACTING):
        people_operations.notify(person=person, text=text, link=link, at=at)


def _facts(terms: Terms, draft: agreed.TermsDraft) -> dict[str, object]:
    return {
        "version": terms.version,
        "effective_from": terms.effective_from.isoformat(),
        "currency": draft.currency,
        "lines": list(draft.permitted_lines),
        "countries": list(draft.permitted_countries),
        "supervising_attorney": draft.supervising_attorney.key,
        "budget_amount": draft.budget_amount,
        "payment_days": draft.payment_days,
        "calendar": dict(draft.calendar),
        "milestones": [[row.milestone, row.party, row.business_minutes] for row in draft.milestones],
        "rates": [[row.basis, row.item, row.amount] for row in draft.rates],
    }


def _free_number(number: str) -> str:
    if number:
        if Engagement.objects.filter(number=number).exists():
            raise NumberTaken(f"The engagement number {number} is taken.")
        return number
    while True:
        number = f"E-{series.take(name='engagement')}"
        if not Engagement.objects.filter(number=number).exists():
            return number
