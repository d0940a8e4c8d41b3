"""Rows for tests, made directly so that a test arranges only what it is about. Names are invented."""

from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from cursitor.spine.engagements.choices import Milestone, PartySide, RateBasis
from cursitor.spine.engagements.models import (
    Client,
    Engagement,
    Matter,
    MatterEngagement,
    MilestoneTerm,
    Rate,
    TeamMember,
    Terms,
)
from cursitor.spine.people.choices import LicenceStatus, OrganisationKind, Role
from cursitor.spine.people.models import Licence, Membership, Organisation, Person, Site
from cursitor.spine.work.models import WorkOrder

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PASSWORD = "a long enough sentence"
OFFICE_HOURS = {str(day): [["09:00", "18:00"]] for day in range(1, 6)}
CALENDAR = {"zone": "America/Chicago", "hours": OFFICE_HOURS, "closed": ["2026-11-26"], "version": "2026-3"}


def site(organisation: Organisation, name: str, country: str, zone: str) -> Site:
    return Site.objects.create(
        organisation=organisation, name=name, country=country, zone=zone, hours=OFFICE_HOURS, holidays=country
    )


def person(name: str, role: Role, at: Site, *, timekeeper_class: str = "") -> Person:
    email = f"{name.lower().replace(' ', '.')}@{at.organisation.short_name.lower().replace(' ', '')}.example"
    made = Person.objects.create_user(email, PASSWORD, name=name, zone=at.zone)
    membership(made, role, at, timekeeper_class=timekeeper_class)
    return made


def membership(of: Person, role: Role, at: Site, *, timekeeper_class: str = "") -> Membership:
    of.__dict__.pop("roles_by_organisation", None)
    return Membership.objects.create(
        person=of,
        organisation=at.organisation,
        site=at,
        role=role,
        timekeeper_class=timekeeper_class,
        began_at=NOW - timedelta(days=90),
    )


def licence(of: Person, jurisdiction: str = "US-IL", status: str = LicenceStatus.ACTIVE) -> Licence:
    return Licence.objects.create(
        person=of,
        body="Attorney Registration and Disciplinary Commission",
        jurisdiction=jurisdiction,
        number=f"63{of.pk:05d}",
        admitted_date=date(2009, 11, 5),
        status=status,
        checked_date=NOW.date(),
    )


def terms(engagement: Engagement, attorney: Person, made_by: Person, version: int = 1, **changes: object) -> Terms:
    made = Terms.objects.create(
        **{
            "engagement": engagement,
            "version": version,
            "effective_from": date(2026, 1, 1),
            "currency": "USD",
            "permitted_lines": ["review"],
            "permitted_countries": ["US", "IN", "PH"],
            "supervising_attorney": attorney,
            "budget_amount": 50_000_00,
            "calendar": CALENDAR,
            "made_by": made_by,
            "made_at": NOW - timedelta(days=60),
            **changes,
        }
    )
    minutes = {
        Milestone.ACKNOWLEDGE: (PartySide.PROVIDER, 60),
        Milestone.ANSWER: (PartySide.CLIENT, 240),
        Milestone.DELIVER: (PartySide.PROVIDER, 2400),
        Milestone.SIGN_OFF: (PartySide.ATTORNEY, 540),
        Milestone.ACCEPT: (PartySide.CLIENT, 1080),
    }
    for milestone, (party, allowed) in minutes.items():
        MilestoneTerm.objects.create(terms=made, milestone=milestone, party=party, business_minutes=allowed)
    for basis, item, amount in (
        (RateBasis.HOUR, "DSCANS", 38_00),
        (RateBasis.HOUR, "DSCPMG", 72_00),
        (RateBasis.UNIT, "review.first_level", 95),
        (RateBasis.FIXED, "review.first_level", 9_500_00),
    ):
        Rate.objects.create(terms=made, basis=basis, item=item, amount=amount)
    return made


def order(world: "World", **changes: object) -> WorkOrder:
    latest = WorkOrder.objects.order_by("-number").values_list("number", flat=True).first() or 1000
    return WorkOrder.objects.create(
        **{
            "number": latest + 1,
            "matter": world.matter,
            "engagement": world.engagement,
            "terms": world.terms,
            "provider": world.provider,
            "line": "review",
            "work_kind": "review.first_level",
            "title": "First-level review, set B",
            "fee_basis": RateBasis.UNIT,
            "budget_amount": 8_000_00,
            "holder": world.legal_operations,
            "duty_holder": world.attorney,
            "made_by": world.legal_operations,
            "made_at": NOW,
            **changes,
        }
    )


class World:
    """One firm, two providers, everybody's roles. Parts that a test does not touch are never made."""

    def __init__(self) -> None:
        self.firm = Organisation.objects.create(
            name="Aldmere Vance LLP", short_name="Aldmere Vance", kind=OrganisationKind.CLIENT, tax_id="36-0000001"
        )
        self.provider = Organisation.objects.create(
            name="Quillfield Legal Services", short_name="Quillfield", kind=OrganisationKind.PROVIDER
        )
        self.chicago = site(self.firm, "Chicago", "US", "America/Chicago")
        self.pune = site(self.provider, "Pune", "IN", "Asia/Kolkata")
        self.attorney = person("Nora Kessling", Role.SUPERVISING_ATTORNEY, self.chicago)
        self.licence = licence(self.attorney)
        self.legal_operations = person("Owen Marsh", Role.LEGAL_OPERATIONS, self.chicago)
        self.delivery_manager = person("Asha Verma", Role.DELIVERY_MANAGER, self.pune, timekeeper_class="DSCPMG")
        self.client = Client.objects.create(organisation=self.firm, name="Corbel Freight, Inc.", number="0431")
        self.matter = Matter.objects.create(
            organisation=self.firm,
            client=self.client,
            number="2026-0031",
            caption="Corbel Freight, Inc. v. Danube Polymers LLC",
            short_name="Corbel v. Danube",
            jurisdiction="US-IL",
            forum="N.D. Ill.",
            practice_area="Commercial litigation",
            supervising_attorney=self.attorney,
            client_matter_id="CF-77",
            opened_at=NOW - timedelta(days=80),
        )
        self.engagement = Engagement.objects.create(
            number="E-31",
            client=self.firm,
            provider=self.provider,
            title="Document review",
            signed_date=date(2026, 1, 1),
        )
        self.terms = terms(self.engagement, self.attorney, self.legal_operations)
        self.opening = MatterEngagement.objects.create(
            matter=self.matter, engagement=self.engagement, opened_at=NOW - timedelta(days=60)
        )

    @cached_property
    def specialist(self) -> Person:
        return self._on_team(person("Kavya Rindani", Role.SPECIALIST, self.pune, timekeeper_class="DSCANS"))

    @cached_property
    def second_specialist(self) -> Person:
        return self._on_team(person("Joel Matibag", Role.SPECIALIST, self.pune, timekeeper_class="DSCANS"))

    @cached_property
    def qc_lead(self) -> Person:
        return person("Zofia Brzeska", Role.QC_LEAD, self.pune)

    @cached_property
    def finance(self) -> Person:
        return person("Devika Rao", Role.PROVIDER_FINANCE, self.pune)

    @cached_property
    def administrator(self) -> Person:
        return person("Paul Ostrow", Role.ADMINISTRATOR, self.chicago)

    @cached_property
    def other_provider(self) -> Organisation:
        return Organisation.objects.create(
            name="Tamarind Discovery", short_name="Tamarind", kind=OrganisationKind.PROVIDER
        )

    @cached_property
    def outsider(self) -> Person:
        """A delivery manager of a provider that has no engagement with the firm."""
        return person(
            "Lena Odum", Role.DELIVERY_MANAGER, site(self.other_provider, "Cape Town", "ZA", "Africa/Johannesburg")
        )

    @cached_property
    def other_firm(self) -> Organisation:
        return Organisation.objects.create(
            name="Halden and Pryce LLP", short_name="Halden Pryce", kind=OrganisationKind.CLIENT
        )

    @cached_property
    def other_attorney(self) -> Person:
        return person(
            "Ruth Halden",
            Role.SUPERVISING_ATTORNEY,
            site(self.other_firm, "New York", "US", "America/New_York"),
        )

    @cached_property
    def order(self) -> WorkOrder:
        return order(self)

    def _on_team(self, member: Person) -> Person:
        TeamMember.objects.create(matter=self.matter, person=member, joined_at=NOW - timedelta(days=50))
        return member
