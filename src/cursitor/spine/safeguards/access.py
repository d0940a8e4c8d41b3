"""Who sees decisions and rules, and who may change them."""

from django.db.models import QuerySet

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.safeguards.models import Decision, PolicyPack

SEEING = engagement_access.INSTRUCTING | {Role.DELIVERY_MANAGER, Role.QC_LEAD}
"""Roles that see what the rules said. Specialists and finance do not: a decision may speak of budget and of people."""


def decisions(person: Person) -> QuerySet[Decision]:
    """Return the decisions on matters the person sees, for those who answer for the work."""
    if not people_access.organisations_with_role(person, SEEING):
        return Decision.objects.none()
    return Decision.objects.filter(matter__in=engagement_access.matters(person).values("pk"))


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
    """Return the client organisations whose rules the person may see: those they instruct for."""
    return Organisation.objects.filter(
        pk__in=people_access.organisations_with_role(person, engagement_access.INSTRUCTING)
    ).order_by("name", "pk")


def firm_for(person: Person, pk: int) -> Organisation:
    """:raises NotVisible: unless the person instructs for the organisation."""
    firm = firms(person).filter(pk=pk).first()
    if firm is None:
        raise NotVisible
    return firm


def pack_for(person: Person, pk: int) -> PolicyPack:
    """Return a version of the default rules, or of a firm the person instructs for. :raises NotVisible."""
    pack = PolicyPack.objects.filter(pk=pk).select_related("organisation", "made_by").first()
    seen = firms(person)
    if pack is not None and pack.organisation_id is not None:
        seen = seen.filter(pk=pack.organisation_id)
    if pack is None or not seen.exists():
        raise NotVisible
    return pack
