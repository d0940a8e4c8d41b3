"""The people of the demo: a firm, two providers on two continents, everybody's roles. All of them are invented."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cursitor.spine.people import operations as people
from cursitor.spine.people.choices import LicenceStatus, OrganisationKind, Role, SkillKind
from cursitor.spine.people.models import Organisation, Person, Site

PASSWORD = "Seven seals, one clerk"  # noqa: S105 - printed for everybody to use
OFFICE_HOURS = {str(day): [["09:00", "18:00"]] for day in range(1, 6)}


@dataclass(frozen=True)
class Part:
    """A person of the demo. licences: (jurisdiction, body, number, year admitted); languages: BCP 47 tags."""

    name: str
    role: Role
    site: str
    timekeeper_class: str = ""
    licences: tuple[tuple[str, str, str, int], ...] = ()
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True)
class Company:
    name: str
    short_name: str
    kind: OrganisationKind
    tax_id: str
    address: str
    domain: str
    sites: tuple[tuple[str, str, str], ...]
    parts: tuple[Part, ...]


ILLINOIS = ("US-IL", "Attorney Registration and Disciplinary Commission", "6312077", 2011)
NEW_YORK = ("US-NY", "New York State Unified Court System", "5120334", 2014)

COMPANIES = (
    Company(
        "Aldmere Vance LLP",
        "Aldmere Vance",
        OrganisationKind.CLIENT,
        "36-0000001",
        "71 South Alder Street, Chicago, Illinois",
        "aldmere-vance.example",
        (("Chicago", "US", "America/Chicago"), ("New York", "US", "America/New_York")),
        (
            Part("Paul Ostrow", Role.ADMINISTRATOR, "Chicago"),
            Part("Nora Kessling", Role.SUPERVISING_ATTORNEY, "Chicago", licences=(ILLINOIS,)),
            Part("Julian Ferro", Role.SUPERVISING_ATTORNEY, "New York", licences=(NEW_YORK,)),
            Part("Owen Marsh", Role.LEGAL_OPERATIONS, "Chicago"),
        ),
    ),
    Company(
        "Quillfield Legal Services",
        "Quillfield",
        OrganisationKind.PROVIDER,
        "AAQCQ4471K",
        "4 Vellum Park, Pune, Maharashtra",
        "quillfield.example",
        (("Pune", "IN", "Asia/Kolkata"), ("Kraków", "PL", "Europe/Warsaw")),
        (
            Part("Rohan Kulkarni", Role.ADMINISTRATOR, "Pune"),
            Part("Anjali Deshkar", Role.DELIVERY_MANAGER, "Pune", "DSCPMG"),
            Part("Kavya Rindani", Role.SPECIALIST, "Pune", "DSCANS", languages=("en", "hi")),
            Part("Sanjana Pethe", Role.SPECIALIST, "Pune", "DSCANS", languages=("en", "mr")),
            Part("Zofia Brzeska", Role.SPECIALIST, "Kraków", "DSCANS", languages=("en", "pl", "de")),
            Part("Piotr Walenga", Role.QC_LEAD, "Kraków", "DSCANS", languages=("en", "pl")),
            Part("Devika Rao", Role.PROVIDER_FINANCE, "Pune"),
        ),
    ),
    Company(
        "Tamarind Discovery",
        "Tamarind",
        OrganisationKind.PROVIDER,
        "9214077163",
        "12 Signal Yard, Cape Town",
        "tamarind.example",
        (("Cape Town", "ZA", "Africa/Johannesburg"),),
        (
            Part("Marius Botha", Role.ADMINISTRATOR, "Cape Town"),
            Part("Lena Odum", Role.DELIVERY_MANAGER, "Cape Town", "DSCPMG"),
            Part("Thandi Mokoena", Role.SPECIALIST, "Cape Town", "DSCANS", languages=("en", "zu")),
            Part("Ruan Steyn", Role.SPECIALIST, "Cape Town", "DSCANS", languages=("en", "af")),
            Part("Asanda Qwabe", Role.QC_LEAD, "Cape Town", "DSCANS"),
            Part("Hester Louw", Role.PROVIDER_FINANCE, "Cape Town"),
        ),
    ),
)


class Cast:
    """Everybody by name, every organisation by short name."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.organisations: dict[str, Organisation] = {}

    def __getitem__(self, name: str) -> Person:
        return self.people[name]


def known() -> Cast:
    """Return the cast of a demo that was made before."""
    found = Cast()
    found.organisations = {one.short_name: one for one in Organisation.objects.filter(is_demo=True)}
    for member in Person.objects.filter(memberships__organisation__is_demo=True).distinct():
        found.people[member.name] = member
    return found


def invite_everybody(*, at: datetime) -> Cast:
    """Found the organisations and let everybody join by invitation, an administrator first."""
    cast = Cast()
    for company in COMPANIES:
        _found(cast, company, at)
    return cast


def address(name: str, domain: str) -> str:
    """Return the mail address of a person of the demo."""
    plain = name.lower().replace("ó", "o").replace("ń", "n").replace(" ", ".")
    return f"{plain}@{domain}"


def _found(cast: Cast, company: Company, at: datetime) -> None:
    organisation = people.register_organisation(
        name=company.name,
        short_name=company.short_name,
        kind=company.kind,
        tax_id=company.tax_id,
        address=company.address,
        is_demo=True,
        by=None,
        at=at,
    )
    cast.organisations[company.short_name] = organisation
    sites = {
        name: people.add_site(
            organisation=organisation,
            name=name,
            country=country,
            zone=zone,
            hours=OFFICE_HOURS,
            holidays=country,
            by=None,
            at=at,
        )
        for name, country, zone in company.sites
    }
    first, *others = company.parts
    administrator = _first_administrator(first, company, sites[first.site], at)
    cast.people[first.name] = administrator
    for part in others:
        cast.people[part.name] = _join(part, company, sites[part.site], administrator, at)


def _first_administrator(part: Part, company: Company, site: Site, at: datetime) -> Person:
    email = address(part.name, company.domain)
    person = Person.objects.create_user(email, PASSWORD, name=part.name, zone=site.zone)
    people.admit(site=site, person=person, role=part.role, by=None, at=at)
    return person


def _join(part: Part, company: Company, site: Site, administrator: Person, at: datetime) -> Person:
    invitation = people.invite(
        site=site,
        email=address(part.name, company.domain),
        name=part.name,
        role=part.role,
        timekeeper_class=part.timekeeper_class,
        by=administrator,
        at=at,
        confirmed_at=at,
    )
    token = people.token_of(invitation)
    joined = people.accept_invitation(token=token, by=None, at=at + timedelta(minutes=20), password=PASSWORD)
    _qualify(part, joined, administrator, at + timedelta(minutes=30))
    return joined


def _qualify(part: Part, person: Person, administrator: Person, at: datetime) -> None:
    for jurisdiction, body, number, year in part.licences:
        people.add_licence(
            person=person,
            body=body,
            jurisdiction=jurisdiction,
            number=number,
            admitted_date=date(year, 11, 5),
            status=LicenceStatus.ACTIVE,
            checked_date=at.date(),
            by=administrator,
            at=at,
        )
    if not part.timekeeper_class:
        return
    record = "Training record 2026-1, examined by the QC lead"
    skill = {"person": person, "by": administrator, "at": at}
    for name in ("Document review", "Data entry"):
        people.add_skill(kind=SkillKind.SKILL, name=name, level="Certified", evidence=record, **skill)
    for tag in part.languages:
        people.add_skill(kind=SkillKind.LANGUAGE, name=tag, level="Fluent", evidence="Interview on joining", **skill)
