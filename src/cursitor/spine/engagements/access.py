"""Who sees which matters and engagements: one rule for the list and the object. A wall comes before every role."""

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from cursitor.plumbing.refusal import NotPermitted, NotVisible
from cursitor.spine.audit.access import Readable
from cursitor.spine.engagements.models import Client, Engagement, Matter, MatterEngagement, Party, TeamMember, Wall
from cursitor.spine.people import access as people_access
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person

INSTRUCTING = frozenset({Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS})
"""Roles of the client side that see every matter of their organisation and instruct providers."""

OVERSEEING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD, Role.PROVIDER_FINANCE})
"""Roles of a provider that see every matter open to it."""

CONTRACTING = frozenset({Role.DELIVERY_MANAGER, Role.PROVIDER_FINANCE})
"""Roles of a provider that see what was agreed: terms and rates."""

DOING = frozenset({Role.SPECIALIST, Role.QC_LEAD, Role.DELIVERY_MANAGER})
"""Roles of a provider that may be put on a matter's team."""


def matters(person: Person) -> QuerySet[Matter]:
    """
    Return the matters the person may see.

    Attorneys and legal operations: all of their organisation. A provider's managers, QC leads and finance: those open
    to it. Specialists: those open to their provider on whose team they are. Never one with a standing wall.
    """
    return _seen(person, overseeing=OVERSEEING)


def matters_read(person: Person) -> QuerySet[Matter]:
    """Return the matters whose papers the person may read: those they see otherwise than for finance alone."""
    return _seen(person, overseeing=OVERSEEING - {Role.PROVIDER_FINANCE})


def matter_for(person: Person, number: str, to: str = "view") -> Matter:
    """
    Return the matter by its number, for a verb: view, instruct, staff, wall.

    instruct: change the matter and whom it is open to; staff: put people on its team; wall: raise and lift walls.
    :raises NotVisible: when the person may not see it.
    :raises NotPermitted: when they see it but the verb is not theirs.
    """
    found = matters(person).filter(number=number)
    matter = found.select_related("organisation", "client", "supervising_attorney").first()
    if matter is None:
        raise NotVisible
    require(person, matter=matter, to=to)
    return matter


def require(person: Person, *, matter: Matter, to: str) -> None:
    """
    Check, within an operation, that the person sees the matter and that the verb is theirs.

    :raises NotVisible: when the matter does not exist for them. :raises NotPermitted: naming who may.
    """
    if not matters(person).filter(pk=matter.pk).exists():
        raise NotVisible
    is_client = people_access.has_role(person, organisation=matter.organisation_id, roles=INSTRUCTING)
    is_manager = bool(managed_providers(person, matter=matter))
    if to == "instruct" and not is_client:
        raise NotPermitted(f"Only supervising attorneys and legal operations of {matter.organisation} may do this.")
    if to == "staff" and not is_manager:
        raise NotPermitted("Only a delivery manager of a provider to which the matter is open may do this.")
    if to == "wall" and not (is_client or is_manager):
        raise NotPermitted("Only the client's attorneys and legal operations and delivery managers may do this.")


def may(person: Person, *, matter: Matter, to: str) -> bool:
    """Return whether `require` lets the person do it."""
    try:
        require(person, matter=matter, to=to)
    except (NotPermitted, NotVisible):
        return False
    return True


def managed_providers(person: Person, *, matter: Matter) -> QuerySet[Organisation]:
    """Return the providers to which the matter is open and of which the person is a delivery manager."""
    managed = people_access.organisations_with_role(person, {Role.DELIVERY_MANAGER})
    return providers_of(matter).filter(pk__in=managed)


def providers_of(matter: Matter) -> QuerySet[Organisation]:
    """Return the providers to which the matter is open."""
    openings = MatterEngagement.objects.filter(matter=matter, closed_at=None)
    return Organisation.objects.filter(pk__in=openings.values("engagement__provider"))


def engagements(person: Person) -> QuerySet[Engagement]:
    """Return the engagements the person may see: the client's attorneys and legal operations, the provider's managers
    and finance."""
    instructing = people_access.organisations_with_role(person, INSTRUCTING)
    contracting = people_access.organisations_with_role(person, CONTRACTING)
    return Engagement.objects.filter(Q(client__in=instructing) | Q(provider__in=contracting))


def engagement_for(person: Person, number: str, to: str = "view") -> Engagement:
    """
    Return the engagement by its number, for a verb: view, amend.

    :raises NotVisible: when the person may not see it. :raises NotPermitted: when they see it but may not amend it.
    """
    engagement = engagements(person).filter(number=number).select_related("client", "provider").first()
    if engagement is None:
        raise NotVisible
    if to == "amend":
        require_instructing(person, organisation=engagement.client, act="change what was agreed")
    return engagement


def may_amend(person: Person, *, engagement: Engagement) -> bool:
    """Return whether the person may change what was agreed."""
    return people_access.has_role(person, organisation=engagement.client_id, roles=INSTRUCTING)


def require_instructing(person: Person, *, organisation: Organisation, act: str) -> None:
    """:raises NotPermitted: unless the person is an attorney or in legal operations of the client organisation."""
    people_access.require_role(person, organisation=organisation, roles=INSTRUCTING, act=act)


def require_instructing_somewhere(person: Person, *, act: str) -> None:
    """:raises NotPermitted: unless the person is an attorney or in legal operations of some client."""
    if not people_access.organisations_with_role(person, INSTRUCTING):
        raise NotPermitted(f"Only a supervising attorney or legal operations of a client may {act}.")


def walls(person: Person, *, matter: Matter) -> QuerySet[Wall]:
    """Return the walls of a matter: the client side sees all, a delivery manager those around the provider's people."""
    found = Wall.objects.filter(matter=matter)
    if people_access.has_role(person, organisation=matter.organisation_id, roles=INSTRUCTING):
        return found
    managed = managed_providers(person, matter=matter).values("pk")
    return found.filter(person__memberships__organisation__in=managed).distinct()


def party_for(person: Person, number: str, pk: int) -> Party:
    """Return a party of a matter, to change it. :raises NotVisible, NotPermitted."""
    party = matter_for(person, number, to="instruct").parties.filter(pk=pk).first()
    if party is None:
        raise NotVisible
    return party


def team_member_for(person: Person, number: str, pk: int) -> TeamMember:
    """Return a place on a matter's team, to end it. :raises NotVisible, NotPermitted."""
    matter = matter_for(person, number, to="staff")
    member = team(person, matter=matter).filter(pk=pk).select_related("matter", "person").first()
    if member is None:
        raise NotVisible
    return member


def wall_for(person: Person, number: str, pk: int) -> Wall:
    """:raises NotVisible: when the matter or the wall does not exist for the person."""
    matter = matter_for(person, number, to="wall")
    wall = walls(person, matter=matter).filter(pk=pk).first()
    if wall is None:
        raise NotVisible
    return wall


def people_to_wall(person: Person, *, matter: Matter) -> QuerySet[Person]:
    """Return whom the person may exclude from the matter and who is not excluded: never the supervising attorney."""
    if people_access.has_role(person, organisation=matter.organisation_id, roles=INSTRUCTING):
        reach = people_access.people(person)
    else:
        managed = managed_providers(person, matter=matter).values("pk")
        reach = Person.objects.filter(memberships__organisation__in=managed).distinct()
    walled = matter.walls.filter(lifted_at=None).values("person")
    return reach.exclude(pk__in=walled).exclude(pk=matter.supervising_attorney_id)


def all_walls(person: Person) -> QuerySet[Wall]:
    """
    Return the standing walls the person answers for, never one around the person.

    The client side: of its matters. A delivery manager: around the provider's people. An administrator: around people
    of the organisation, without seeing more of the matter than its number.
    """
    instructing = people_access.organisations_with_role(person, INSTRUCTING)
    managed = people_access.organisations_with_role(person, {Role.DELIVERY_MANAGER})
    administered = people_access.organisations_with_role(person, {Role.ADMINISTRATOR})
    visible = matters(person).values("pk")
    around = Q(matter__in=visible, person__memberships__organisation__in=managed)
    seen = Q(matter__in=visible, matter__organisation__in=instructing) | around
    seen |= Q(person__memberships__organisation__in=administered)
    return Wall.objects.filter(seen, lifted_at=None).exclude(person=person).distinct()


def team(person: Person, *, matter: Matter) -> QuerySet[TeamMember]:
    """Return who is on the team now, as far as the person may know: one provider does not see another's people."""
    standing = TeamMember.objects.filter(matter=matter, left_at=None)
    if people_access.has_role(person, organisation=matter.organisation_id, roles=INSTRUCTING):
        return standing
    return standing.filter(person__memberships__organisation__in=person.roles_by_organisation).distinct()


def openings(person: Person, *, matter: Matter) -> QuerySet[MatterEngagement]:
    """Return the engagements under which the matter is open, as far as the person may know of them."""
    return MatterEngagement.objects.filter(
        matter=matter, closed_at=None, engagement__in=engagements(person).values("pk")
    )


def readable_log(person: Person) -> Readable:
    """Return what the person may read of the log (see `audit.access`)."""
    visible = matters(person)
    instructing = people_access.organisations_with_role(person, INSTRUCTING)
    overseeing = people_access.organisations_with_role(person, OVERSEEING)
    administered = people_access.organisations_with_role(person, {Role.ADMINISTRATOR})
    return Readable(
        person=person.key,
        matters=_matter_keys(visible),
        own_matters=_matter_keys(visible.filter(organisation__in=instructing)),
        shared_matters=_matter_keys(visible.filter(_open_to(overseeing))),
        colleagues=_person_keys(person.roles_by_organisation),
        administered=_person_keys(administered),
        administers=bool(administered),
        subjects=_subject_keys(engagements(person), instructing),
    )


def _seen(person: Person, *, overseeing: frozenset[Role]) -> QuerySet[Matter]:
    instructing = people_access.organisations_with_role(person, INSTRUCTING)
    overseen = people_access.organisations_with_role(person, overseeing)
    employed = people_access.organisations_with_role(person, {Role.SPECIALIST})
    on_team = Exists(TeamMember.objects.filter(matter=OuterRef("pk"), person=person, left_at=None))
    seen = Q(organisation__in=instructing)
    # Each of these is asked with every page; for a role that the person has not got it would be built for nothing.
    if overseen:
        seen |= Q(_open_to(overseen))
    if employed:
        seen |= Q(on_team) & Q(_open_to(employed))
    walled = Exists(Wall.objects.filter(matter=OuterRef("pk"), person=person, lifted_at=None))
    return Matter.objects.filter(seen).exclude(walled)


def _open_to(providers: frozenset[int]) -> Exists:
    openings = MatterEngagement.objects.filter(matter=OuterRef("pk"), closed_at=None)
    return Exists(openings.filter(engagement__provider__in=providers))


def _matter_keys(found: QuerySet[Matter]) -> QuerySet:
    return found.annotate(log_key=Concat(Value("matter:"), F("number"))).values("log_key")


def _subject_keys(joined: QuerySet[Engagement], instructing: frozenset[int]) -> list[str]:
    """Return the keys of engagements, and of the clients and rules of firms instructed for."""
    clients = Client.objects.filter(organisation__in=instructing)
    keys = [engagement.key for engagement in joined.only("number")]
    return [*keys, *(client.key for client in clients.only("pk")), *(f"policy:{pk}" for pk in instructing)]


def _person_keys(organisations) -> QuerySet:
    people = Person.objects.filter(memberships__organisation__in=organisations)
    key = Concat(Value("person:"), Cast("pk", CharField()), output_field=CharField())
    return people.annotate(log_key=key).values("log_key")
