"""Who sees decisions and rules, and who may change them."""

from django.db.models import Q, QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.audit import access as audit_access
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import OrganisationKind, Role
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.safeguards import queries
from cursitor.spine.safeguards.models import Decision, PolicyPack

LEADING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD})
"""Roles of a provider that see what the rules said. Others do not: a decision may speak of budget and of people."""


def decisions(person: Person) -> QuerySet[Decision]:
    """
    Return the decisions the person may see.

    The client side: on its matters. A provider's managers and QC leads: those that their people asked for, and those
    on things of which they may read in the log because their people had a hand in them.
    """
    visible = engagement_access.matters(person).values("pk")
    instructing = people_access.organisations_with_role(person, engagement_access.INSTRUCTING)
    seen = Q(matter__organisation__in=instructing)
    if leading := people_access.organisations_with_role(person, LEADING):
        theirs = Person.objects.filter(memberships__organisation__in=leading).values("pk")
        seen |= Q(asked_by__in=theirs) | Q(subject__in=audit_access.entries(person).order_by().values("subject"))
    return Decision.objects.filter(seen, matter__in=visible)


def decisions_for(person: Person, subject: str) -> tuple[Decision, ...]:
    """Return the latest decision of every rule on a subject, as far as the person may see them, severest first."""
    return queries.latest(decisions(person).filter(subject=subject))


def decision_for(person: Person, pk: int, to: str = "view") -> Decision:
    """
    Return a decision, for a verb: view, override.

    :raises NotVisible: when the person may not see it. :raises NotPermitted: naming who may override it.
    """
    decision = decisions(person).filter(pk=pk).select_related("matter__organisation", "pack", "overridden_by").first()
    if decision is None:
        raise NotVisible
    if to == "override":
        require_override(person, decision=decision)
    return decision


def require_override(person: Person, *, decision: Decision) -> None:
    """:raises NotPermitted: unless the person holds one of the rule's roles on a side of the matter."""
    sides = [decision.matter.organisation, *engagement_access.providers_of(decision.matter)]
    roles = frozenset(decision.overridable_by)
    if not any(people_access.has_role(person, organisation=side, roles=roles) for side in sides):
        raise NotPermitted(f"Rule {decision.rule} may be overridden by {who_may_override(decision) or 'nobody'} only.")


def who_may_override(decision: Decision) -> str:
    """Return the roles that may override, in words."""
    return " or ".join(str(Role(role).label).lower() for role in decision.overridable_by)


def firms(person: Person) -> QuerySet[Organisation]:
    """Return the client organisations whose own rules the person may see: those they instruct for or administer."""
    seeing = people_access.organisations_with_role(person, engagement_access.INSTRUCTING | {Role.ADMINISTRATOR})
    return Organisation.objects.filter(pk__in=seeing, kind=OrganisationKind.CLIENT).order_by("name", "pk")


def may_change(person: Person, *, firm: Organisation | None) -> bool:
    """Return whether the person may change a firm's rules."""
    roles = engagement_access.INSTRUCTING
    return firm is not None and people_access.has_role(person, organisation=firm, roles=roles)


def firm_for(person: Person, pk: int, to: str = "view") -> Organisation:
    """
    Return a firm whose rules the person may see, for a verb: view, change.

    :raises NotVisible: when they may not. :raises NotPermitted: when they see but may not change them.
    """
    firm = firms(person).filter(pk=pk).first()
    if firm is None:
        raise NotVisible
    if to == "change":
        engagement_access.require_instructing(person, organisation=firm, act="change the rules")
    return firm


def pack_for(person: Person, pk: int) -> PolicyPack:
    """Return a version of the default rules, which everybody may read, or of a firm's own. :raises NotVisible."""
    seen = Q(organisation=None) | Q(organisation__in=firms(person).values("pk"))
    pack = PolicyPack.objects.filter(seen, pk=pk).select_related("organisation", "made_by").first()
    if pack is None:
        raise NotVisible
    return pack
