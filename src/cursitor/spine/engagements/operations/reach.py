"""Who comes near a matter: providers to which it is open, their people on its team, and people kept away by a wall."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from cursitor.plumbing.refusal import Invalid, NotPermitted, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import access
from cursitor.spine.engagements.choices import EngagementStatus, MatterStatus
from cursitor.spine.engagements.models import Engagement, Matter, MatterEngagement, TeamMember, Wall
from cursitor.spine.people import access as people_access
from cursitor.spine.people import operations as people_operations
from cursitor.spine.people import queries as people
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person


class AlreadyOpen(Refusal):
    """Raised when a matter is open under the engagement already."""


class NotOpen(Refusal):
    """Raised when a matter is not open under an engagement that should be closed to it."""


class CannotJoin(Refusal):
    """Raised when a person does no work for a provider to which the matter is open."""


class Walled(Refusal):
    """Raised when a wall stands between a person and a matter."""


class CannotWall(Refusal):
    """Raised when a wall stands already, or would leave the matter without its supervising attorney."""


def open_to_provider(*, matter: Matter, engagement: Engagement, by: Person, at: datetime) -> MatterEngagement:
    """
    Let the provider of an engagement know a matter.

    :raises NotVisible, NotPermitted, AlreadyOpen. :raises Invalid: when matter and engagement do not belong together.
    """
    with transaction.atomic():
        matter = _lock(matter)
        access.require(by, matter=matter, to="instruct")
        if engagement.client_id != matter.organisation_id:
            raise Invalid(f"{engagement.number} is not an engagement of {matter.organisation}.", field="engagement")
        if engagement.status != EngagementStatus.ACTIVE or matter.status != MatterStatus.OPEN:
            raise Invalid("Both the engagement and the matter must be active.", field="engagement")
        if _opening(matter, engagement) is not None:
            raise AlreadyOpen(f"{matter.number} is open to {engagement.provider} under {engagement.number}.")
        opening = MatterEngagement.objects.create(matter=matter, engagement=engagement, opened_at=at)
        managers = people.members(organisation=engagement.provider, roles={Role.DELIVERY_MANAGER})
        _tell(managers, f"{matter.number} is open to you under {engagement.number}", matter, by, at)
        _record("engagements.matter.shown", matter, by, at, _of(engagement))
    return opening


def close_to_provider(*, matter: Matter, engagement: Engagement, by: Person, at: datetime) -> None:
    """
    Take a matter away from the provider of an engagement. Its people leave the team.

    :raises NotVisible, NotPermitted, NotOpen.
    """
    with transaction.atomic():
        matter = _lock(matter)
        access.require(by, matter=matter, to="instruct")
        opening = _opening(matter, engagement)
        if opening is None:
            raise NotOpen(f"{matter.number} is not open under {engagement.number}.")
        opening.closed_at = at
        opening.save(update_fields=["closed_at"])
        if not access.providers_of(matter).filter(pk=engagement.provider_id).exists():
            theirs = Person.objects.filter(memberships__organisation=engagement.provider)
            matter.team.filter(person__in=theirs, left_at=None).update(left_at=at)
        _record("engagements.matter.withheld", matter, by, at, _of(engagement))


def join_team(*, matter: Matter, person: Person, by: Person, at: datetime) -> TeamMember:
    """
    Put a person on the team of a matter, or return their place on it.

    :raises NotVisible, NotPermitted. :raises Walled: when a wall keeps them away.
    :raises CannotJoin: when they do no work for a provider that `by` manages and that has the matter.
    """
    with transaction.atomic():
        matter = _lock(matter)
        access.require(by, matter=matter, to="staff")
        if matter.walls.filter(person=person, lifted_at=None).exists():
            raise Walled(f"A wall stands between {person} and {matter.number}.")
        providers = access.managed_providers(by, matter=matter)
        if not any(people_access.has_role(person, organisation=each, roles=access.DOING) for each in providers):
            raise CannotJoin(f"{person} does no work for a provider of yours to which {matter.number} is open.")
        standing = matter.team.filter(person=person, left_at=None).first()
        if standing is not None:
            return standing
        member = TeamMember.objects.create(matter=matter, person=person, joined_at=at)
        _tell([person], f"You are on the team of {matter.number}", matter, by, at)
        _record("engagements.team.joined", matter, by, at, {"person": person.key, "name": person.name})
    return member


def leave_team(*, matter: Matter, person: Person, by: Person, at: datetime) -> None:
    """Take a person off the team of a matter. :raises NotVisible, NotPermitted. :raises CannotJoin: if not on it."""
    with transaction.atomic():
        matter = _lock(matter)
        access.require(by, matter=matter, to="staff")
        managed = access.managed_providers(by, matter=matter)
        mine = matter.team.filter(person=person, left_at=None, person__memberships__organisation__in=managed)
        if not mine.exists():
            raise CannotJoin(f"{person} is not on the team of {matter.number}.")
        matter.team.filter(person=person, left_at=None).update(left_at=at)
        _record("engagements.team.left", matter, by, at, {"person": person.key, "name": person.name})


def raise_wall(*, matter: Matter, person: Person, reason: str, by: Person, at: datetime) -> Wall:
    """
    Exclude a person from a matter whatever their role. They leave its team; to them it does not exist from now on.

    The client side may exclude anybody it sees, a delivery manager the provider's own people.
    :raises NotVisible, NotPermitted, Invalid. :raises CannotWall: when one stands, or around the supervising attorney.
    """
    with transaction.atomic():
        matter = _lock(matter)
        access.require(by, matter=matter, to="wall")
        _require_reach(by, matter, person)
        if not reason.strip():
            raise Invalid("Say why the wall is raised.", field="reason")
        if person.pk == matter.supervising_attorney_id:
            raise CannotWall(f"{person} supervises {matter.number}. Name another supervising attorney first.")
        if matter.walls.filter(person=person, lifted_at=None).exists():
            raise CannotWall(f"A wall stands between {person} and {matter.number}.")
        wall = Wall.objects.create(matter=matter, person=person, reason=reason, raised_by=by, raised_at=at)
        matter.team.filter(person=person, left_at=None).update(left_at=at)
        data = {"person": person.key, "name": person.name, "reason": reason}
        _record("engagements.wall.raised", matter, by, at, data)
    return wall


def lift_wall(*, wall: Wall, reason: str, by: Person, at: datetime) -> Wall:
    """
    Lift a wall. What the client side raised, only the client side lifts.

    :raises NotVisible, NotPermitted, Invalid. :raises CannotWall: when it was lifted already.
    """
    with transaction.atomic():
        matter = _lock(wall.matter)
        access.require(by, matter=matter, to="wall")
        wall = Wall.objects.select_for_update().get(pk=wall.pk)
        if not _instructs(by, matter.organisation) and _instructs(wall.raised_by, matter.organisation):
            raise NotPermitted(f"Only {matter.organisation} may lift a wall that it raised.")
        if not reason.strip():
            raise Invalid("Say why the wall is lifted.", field="reason")
        if wall.lifted_at is not None:
            raise CannotWall("This wall was lifted already.")
        wall.lifted_at = at
        wall.save(update_fields=["lifted_at"])
        data = {"person": wall.person.key, "name": wall.person.name, "reason": reason}
        _record("engagements.wall.lifted", matter, by, at, data)
    return wall


def _require_reach(by: Person, matter: Matter, person: Person) -> None:
    if _instructs(by, matter.organisation):
        people_access.person_for(by, pk=person.pk)
        return
    managed = access.managed_providers(by, matter=matter)
    if not person.memberships.filter(organisation__in=managed).exists():
        raise NotPermitted("A delivery manager may exclude the provider's own people only.")


def _instructs(person: Person, organisation: Organisation) -> bool:
    return people_access.has_role(person, organisation=organisation, roles=access.INSTRUCTING)


def _opening(matter: Matter, engagement: Engagement) -> MatterEngagement | None:
    return matter.openings.filter(engagement=engagement, closed_at=None).first()


def _tell(to: Iterable[Person], text: str, matter: Matter, by: Person, at: datetime) -> None:
    link = reverse("engagements:matter", args=[matter.number])
    for person in to:
        if person.pk != by.pk:
            people_operations.notify(person=person, text=text, link=link, at=at)


def _lock(matter: Matter) -> Matter:
    return Matter.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=matter.pk)


def _of(engagement: Engagement) -> dict[str, object]:
    return {"engagement": engagement.key, "provider": engagement.provider_id, "name": engagement.provider.name}


def _record(event: str, matter: Matter, by: Person, at: datetime, data: dict) -> None:
    audit.record(event=event, at=at, by=by, subject=matter.key, matter=matter.key, data=data)
