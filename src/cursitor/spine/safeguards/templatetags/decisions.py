"""Show what the rules said: a decision as the verdict part of the design language reads it."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.safeguards.choices import ACTS, Outcome
from cursitor.spine.safeguards.models import Decision

register = template.Library()

KINDS = {Outcome.BLOCK: "BLOCK", Outcome.OVERRIDE: "OVERRIDE", Outcome.WARN: "WARNING", Outcome.PASS: "PASSED"}


@register.simple_tag(takes_context=True)
def verdict_of(context: Context, decision: Decision, reader: Person) -> dict[str, Any]:
    """
    Return the values of `{% verdict %}`. The override is offered to those who hold one of the rule's roles, and leads
    back to the page it was offered on.
    """
    back = f"?{urlencode({'back': context['request'].path})}" if "request" in context else ""
    is_met = decision.outcome == Outcome.PASS
    is_overridden = decision.overridden_by_id is not None
    held = frozenset().union(*reader.roles_by_organisation.values())
    may = decision.stands_in_the_way and not held.isdisjoint(decision.overridable_by)
    return {
        "kind": "PASSED" if is_overridden else KINDS[Outcome(decision.outcome)],
        "sentence": decision.title if is_met else f"{'Overridden' if is_overridden else 'Not met'}: {decision.title}",
        "found": decision.fact_found,
        "rule": decision.citation,
        "citation": f"{decision.rule}, version {decision.rule_version}",
        "who": _who(decision),
        "url": reverse("safeguards:override", args=[decision.pk]) + back if may else "",
        "action": "Override with a reason",
    }


@register.filter
def act_words(act: str) -> str:
    """Return what an act is called."""
    return str(ACTS.get(act, act))


@register.filter
def standing(decisions: Any) -> list[Decision]:
    """Return the decisions that are more than passed."""
    return [each for each in decisions if each.outcome != Outcome.PASS]


@register.filter
def passed(decisions: Any) -> list[Decision]:
    """Return the decisions that passed."""
    return [each for each in decisions if each.outcome == Outcome.PASS]


def _who(decision: Decision) -> str:
    if decision.overridden_by is not None:
        return f"{decision.overridden_by.name}: {decision.override_reason}"
    if decision.outcome == Outcome.OVERRIDE:
        roles = " or ".join(str(Role(role).label).lower() for role in decision.overridable_by)
        return f"{decision.cure} {roles.capitalize()} may override."
    return decision.cure if decision.outcome != Outcome.PASS else ""
