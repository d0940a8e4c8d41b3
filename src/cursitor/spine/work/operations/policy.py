"""Gather the facts that policy is asked about, and ask."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, Sum

from cursitor.spine.engagements.choices import EngagementStatus
from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person, Site
from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.safeguards.models import Decision
from cursitor.spine.work import access, registry
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

ISSUE, ASSIGN = "work.issue", "work.assign"


def check_issue(*, order: WorkOrder, by: Person, at: datetime) -> tuple[Decision, ...]:
    """Ask the rules about issuing the order. :raises PolicyBlocks: while one blocks, or needs an override."""
    facts = issue_facts(order=order, on=at.date())
    return safeguards.check(act=ISSUE, matter=order.matter, subject=order.key, facts=facts, by=by, at=at)


def check_assign(*, order: WorkOrder, subject: str, to: Person, by: Person, at: datetime) -> None:
    """:raises PolicyBlocks: while a rule keeps this person from carrying the work."""
    facts = assign_facts(order=order, to=to, on=at.date())
    safeguards.check(act=ASSIGN, matter=order.matter, subject=subject, facts=facts, by=by, at=at)


def issue_facts(*, order: WorkOrder, on: date) -> dict[str, Any]:
    """Return what the rules for issuing an order look at, on a day."""
    terms, attorney = order.terms, order.matter.supervising_attorney
    licence = people.active_licence(person=attorney, jurisdiction=order.matter.jurisdiction, on=on)
    committed = committed_amount(order) + order.budget_amount
    return {
        "line": order.line,
        "permitted_lines": list(terms.permitted_lines),
        "provider_countries": provider_countries(order),
        "permitted_countries": list(terms.permitted_countries),
        "attorney": attorney.name,
        "attorney_jurisdiction": order.matter.jurisdiction,
        "attorney_licensed": licence is not None,
        "licence_age_days": (on - licence.checked_date).days if licence else None,
        "terms_in_force": terms.effective_from <= on and (terms.effective_to is None or on < terms.effective_to),
        "engagement_active": order.engagement.status == EngagementStatus.ACTIVE,
        "currency": terms.currency,
        "committed_amount": committed,
        "budget_amount": terms.budget_amount,
        "within_budget": committed <= terms.budget_amount,
    }


def assign_facts(*, order: WorkOrder, to: Person, on: date) -> dict[str, Any]:
    """Return what the rules for giving work to a person look at, on a day."""
    site = people.site_of(person=to, organisation=order.provider)
    return {
        "person": to.name,
        "person_country": site.country if site else "",
        "permitted_countries": list(order.terms.permitted_countries),
        "is_walled": order.matter.walls.filter(person=to, lifted_at=None).exists(),
        "is_member": access.is_doer(to, order=order),
        "skills_missing": missing_skills(order=order, of=to, on=on),
    }


def missing_skills(*, order: WorkOrder, of: Person, on: date) -> list[str]:
    """Return the skills that the work kind asks for and the person has no valid evidence of."""
    wanted = registry.line_of(order).work_kind(order.work_kind).skills
    valid = of.skills.filter(Q(expires_date=None) | Q(expires_date__gt=on))
    held = {skill.casefold() for skill in valid.values_list("name", flat=True)}
    return [skill for skill in wanted if skill.casefold() not in held]


def provider_countries(order: WorkOrder) -> list[str]:
    """Return the countries of the sites at which the provider's people work."""
    sites = Site.objects.filter(organisation=order.provider, memberships__ended_at=None, memberships__isnull=False)
    return sorted(set(sites.values_list("country", flat=True)))


def committed_amount(order: WorkOrder) -> int:
    """Return what the engagement's other issued orders may cost, in minor units; not those declined or cancelled."""
    others = WorkOrder.objects.filter(engagement=order.engagement).exclude(pk=order.pk)
    binding = others.exclude(state__in=[OrderState.DRAFT, OrderState.DECLINED, OrderState.CANCELLED])
    return binding.aggregate(total=Sum("budget_amount"))["total"] or 0
