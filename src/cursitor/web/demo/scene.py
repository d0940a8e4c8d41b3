"""Clients, engagements with their terms, and matters of the demo."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cursitor.spine.engagements import operations as engagements
from cursitor.spine.engagements.choices import Milestone, PartyRole, PartySide, RateBasis
from cursitor.spine.engagements.models import Client, Engagement, Matter
from cursitor.spine.engagements.terms import MilestoneDraft, RateDraft, TermsDraft
from cursitor.web.demo.cast import OFFICE_HOURS, Cast

MILESTONES = (
    MilestoneDraft(Milestone.ACKNOWLEDGE, PartySide.PROVIDER, 540),
    MilestoneDraft(Milestone.ANSWER, PartySide.CLIENT, 1080),
    MilestoneDraft(Milestone.DELIVER, PartySide.PROVIDER, 3240),
    MilestoneDraft(Milestone.SIGN_OFF, PartySide.ATTORNEY, 1620),
    MilestoneDraft(Milestone.ACCEPT, PartySide.CLIENT, 2160),
)
CLOSED = ("2026-11-26", "2026-12-25", "2027-01-01", "2027-05-31", "2027-07-05", "2027-09-06", "2027-11-25")
NORA, JULIAN, OWEN = "Nora Kessling", "Julian Ferro", "Owen Marsh"
CORBEL, HALDEN, ORRIN, TOPICS, CUSTODIAN = (
    "Corbel v. Danube",
    "Halden leases",
    "Orrin inquiry",
    "Western markets",
    "One custodian",
)


@dataclass
class Scene:
    """Engagements by the provider's short name, matters by their own."""

    engagements: dict[str, Engagement] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A matter before it is opened. providers: to whom it is open."""

    client: str
    client_number: str
    caption: str
    short_name: str
    attorney: str
    jurisdiction: str
    practice_area: str
    forum: str
    providers: tuple[str, ...]
    parties: tuple[tuple[str, PartyRole], ...] = ()


CASES = (
    Case(
        "Corbel Freight, Inc.",
        "0431",
        "Corbel Freight, Inc. v. Danube Polymers LLC",
        CORBEL,
        NORA,
        "US-IL",
        "Commercial litigation",
        "N.D. Ill.",
        ("Quillfield", "Tamarind"),
        (
            ("Corbel Freight, Inc.", PartyRole.PLAINTIFF),
            ("Danube Polymers LLC", PartyRole.DEFENDANT),
            ("Tarnow Seal", PartyRole.THIRD_PARTY),
        ),
    ),
    Case(
        "Halden Retail Group",
        "0518",
        "Halden Retail Group, acquisition of forty leaseholds",
        HALDEN,
        NORA,
        "US-IL",
        "Real estate",
        "",
        ("Tamarind",),
        (("Halden Retail Group", PartyRole.CLIENT),),
    ),
    Case(
        "Orrin Devices, Inc.",
        "0562",
        "In re Orrin Devices, Inc., internal inquiry",
        ORRIN,
        JULIAN,
        "US-NY",
        "Investigations",
        "",
        ("Quillfield",),
        (("Orrin Devices, Inc.", PartyRole.CLIENT),),
    ),
    Case(
        "Practice desk",
        "0900",
        "Practice set: messages of the Enron corpus with published human labels",
        TOPICS,
        JULIAN,
        "US-NY",
        "Practice and measurement",
        "",
        ("Quillfield",),
    ),
    Case(
        "Practice desk",
        "0900",
        "Practice set: production of one custodian of the Enron corpus",
        CUSTODIAN,
        NORA,
        "US-IL",
        "Practice and measurement",
        "",
        ("Tamarind",),
    ),
)


def set_up(cast: Cast, *, at: datetime) -> Scene:
    """Make the engagements, open the matters and let their providers know them."""
    scene, owen = Scene(), cast[OWEN]
    scene.engagements["Quillfield"] = engage(cast, "Quillfield", ("IN", "PL", "US"), NORA, 60_000_00, at)
    scene.engagements["Tamarind"] = engage(cast, "Tamarind", ("ZA", "US"), NORA, 30_000_00, at)
    clients: dict[str, Client] = {}
    firm = cast.organisations["Aldmere Vance"]
    for place, case in enumerate(CASES):
        moment = at + timedelta(hours=1, minutes=7 * place)
        if case.client not in clients:
            named = {"name": case.client, "number": case.client_number}
            clients[case.client] = engagements.make_client(organisation=firm, by=owen, at=moment, **named)
        scene.matters[case.short_name] = _open(case, clients[case.client], scene, cast, moment)
    return scene


def known(cast: Cast) -> Scene:
    """Return the scene of a demo that was made before."""
    firm = cast.organisations["Aldmere Vance"]
    joined = Engagement.objects.filter(client=firm).select_related("provider")
    return Scene(
        {engagement.provider.short_name: engagement for engagement in joined},
        {matter.short_name: matter for matter in Matter.objects.filter(organisation=firm)},
    )


def engage(
    cast: Cast,
    provider: str,
    countries: tuple[str, ...],
    attorney: str,
    budget: int,
    at: datetime,
    *,
    title: str = "Document review",
) -> Engagement:
    """Join the firm and a provider under terms that name countries, attorney and budget (minor units)."""
    draft = TermsDraft(
        currency="USD",
        permitted_lines=("review", "entry"),
        permitted_countries=countries,
        supervising_attorney=cast[attorney],
        budget_amount=budget,
        calendar={"zone": "America/Chicago", "hours": OFFICE_HOURS, "closed": list(CLOSED), "version": "2026-3"},
        milestones=MILESTONES,
        rates=(
            RateDraft(RateBasis.UNIT, "review.first_level", 4_80),
            RateDraft(RateBasis.UNIT, "review.privilege", 9_60),
            RateDraft(RateBasis.UNIT, "entry.records", 1_40),
            RateDraft(RateBasis.UNIT, "entry.fields", 12),
            RateDraft(RateBasis.HOUR, "DSCANS", 38_00),
            RateDraft(RateBasis.HOUR, "DSCPMG", 72_00),
            RateDraft(RateBasis.FIXED, "review.first_level", 4_800_00),
        ),
    )
    return engagements.make_engagement(
        client=cast.organisations["Aldmere Vance"],
        provider=cast.organisations[provider],
        title=title,
        signed_date=at.date(),
        effective_from=at.date(),
        draft=draft,
        by=cast[OWEN],
        at=at,
    )


def _open(case: Case, client: Client, scene: Scene, cast: Cast, at: datetime) -> Matter:
    owen = cast[OWEN]
    draft = engagements.MatterDraft(
        caption=case.caption,
        short_name=case.short_name,
        jurisdiction=case.jurisdiction,
        practice_area=case.practice_area,
        supervising_attorney=cast[case.attorney],
        forum=case.forum,
        client_matter_id=f"{case.client_number}-{len(scene.matters) + 1}",
    )
    matter = engagements.open_matter(client=client, draft=draft, by=owen, at=at)
    for name, role in case.parties:
        engagements.add_party(matter=matter, name=name, role=role, by=owen, at=at)
    for provider in case.providers:
        joined = scene.engagements[provider]
        engagements.open_to_provider(matter=matter, engagement=joined, by=owen, at=at + timedelta(minutes=2))
    return matter
