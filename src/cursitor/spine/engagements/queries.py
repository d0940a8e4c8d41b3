"""Read what is agreed: terms of a day, rates, calendars, and how two versions differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from cursitor.engines import clocks, money
from cursitor.plumbing import wording
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.engagements import access
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.models import Engagement, Matter, Rate, Terms, Wall
from cursitor.spine.people.models import Person


class NoTermsInForce(Refusal):
    """Raised when an engagement has no terms on the day asked about."""


def terms_on(*, engagement: Engagement, day: date) -> Terms:
    """
    Return the version of the terms that is in force on a day.

    :raises NoTermsInForce: before the first version begins or after the last has ended.
    """
    in_force = engagement.terms.filter(Q(effective_to=None) | Q(effective_to__gt=day), effective_from__lte=day)
    found = in_force.select_related("supervising_attorney").first()
    if found is None:
        raise NoTermsInForce(f"{engagement.number} has no terms in force on {wording.day(day)}.")
    return found


def rate(*, terms: Terms, basis: str, item: str) -> Rate | None:
    """Return the line of the rate card, or None when none was agreed."""
    return terms.rates.filter(basis=basis, item=item).first()


def business_calendar(terms: Terms) -> clocks.Calendar:
    """Return the business calendar that the clocks of orders under these terms run on."""
    return agreed.read_calendar(terms.calendar)


@dataclass(frozen=True)
class Change:
    """One agreed point in two versions, in words. An empty text: the point is not in that version."""

    point: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def comparison(*, earlier: Terms | None, later: Terms) -> tuple[Change, ...]:
    """Return every agreed point of the later version beside the earlier, in the order of a contract."""
    before = _points(agreed.draft_of(earlier)) if earlier else {}
    after = _points(agreed.draft_of(later))
    return tuple(Change(point, before.get(point, ""), after.get(point, "")) for point in {**before, **after})


def matter_list(person: Person, *, text: str = "", status: str = "", sort: str = "") -> QuerySet[Matter]:
    """Return the matters a person sees, narrowed by words of number, caption, client or short name."""
    found = access.matters(person)
    if status:
        found = found.filter(status=status)
    for word in text.split():
        found = found.filter(
            Q(number__icontains=word)
            | Q(caption__icontains=word)
            | Q(short_name__icontains=word)
            | Q(client__name__icontains=word)
        )
    columns = {"number": "number", "caption": "caption", "client": "client__name", "opened": "opened_at"}
    found = found.select_related("client", "organisation", "supervising_attorney")
    return found.order_by(*_order(sort, columns, "-opened_at"), "pk")


def _order(sort: str, columns: dict[str, str], usual: str) -> tuple[str]:
    column = columns.get(sort.removeprefix("-"))
    if column is None:
        return (usual,)
    return (f"-{column}" if sort.startswith("-") else column,)


def engagement_list(person: Person, *, text: str = "", sort: str = "") -> QuerySet[Engagement]:
    """Return the engagements a person sees, narrowed by words of number, title or party."""
    found = access.engagements(person)
    for word in text.split():
        found = found.filter(
            Q(number__icontains=word)
            | Q(title__icontains=word)
            | Q(client__name__icontains=word)
            | Q(provider__name__icontains=word)
        )
    n_matters = Count("openings", filter=Q(openings__closed_at=None))
    found = found.select_related("client", "provider").annotate(n_matters=n_matters)
    return found.order_by(*_order(sort, {"title": "title", "provider": "provider__name"}, "number"), "pk")


def find(person: Person, text: str) -> list[tuple[str, str, str]]:
    """Return (words, note, address) of a few matters and engagements that fit the text, for the palette."""
    matters = [
        (
            matter.short_name,
            f"{matter.number}, {matter.client.name}",
            reverse("engagements:matter", args=[matter.number]),
        )
        for matter in matter_list(person, text=text)[:6]
    ]
    joined = [
        (f"{each.number} {each.title}", each.provider.name, reverse("engagements:engagement", args=[each.number]))
        for each in engagement_list(person, text=text)[:4]
    ]
    return matters + joined


def latest_terms(engagement: Engagement) -> Terms:
    """Return the version without an end: in force, or the next to be."""
    return engagement.terms.select_related("supervising_attorney").get(effective_to=None)


def matter_page(person: Person, *, matter: Matter) -> dict[str, Any]:
    """Return what the page of a matter shows to this person."""
    may = {verb: access.may(person, matter=matter, to=verb) for verb in ("instruct", "staff", "wall")}
    standing = access.walls(person, matter=matter).filter(lifted_at=None) if may["wall"] else Wall.objects.none()
    return {
        "matter": matter,
        "may": may,
        "parties": matter.parties.order_by("role", "name", "pk"),
        "team": access.team(person, matter=matter).select_related("person").order_by("person__name", "pk"),
        "openings": access.openings(person, matter=matter)
        .select_related("engagement__provider")
        .order_by("engagement__number", "pk"),
        "walls": standing.select_related("person", "raised_by").order_by("-raised_at", "pk"),
        "may_read_files": access.matters_read(person).filter(pk=matter.pk).exists(),
    }


def walls_page(person: Person) -> dict[str, Any]:
    """Return every standing wall the person answers for, and which of their matters may be named in full."""
    walls = access.all_walls(person).select_related("matter", "person", "raised_by").order_by("-raised_at", "pk")
    return {"walls": walls, "known": set(access.matters(person).values_list("pk", flat=True))}


RATE_COLUMNS = ("Terms", "From", "Until", "Basis", "Item", "Amount", "Currency")


def rate_rows(engagement: Engagement) -> Iterator[list[Any]]:
    """Yield the rate card of every version of the terms, latest first, with amounts as decimals."""
    for terms in engagement.terms.prefetch_related("rates").order_by("-version"):
        for row in agreed.draft_of(terms).rates:
            amount = Decimal(money.decimal_text(row.amount, terms.currency))
            version = [terms.version, terms.effective_from, terms.effective_to]
            yield [*version, row.label, row.item, amount, terms.currency]


def engagement_page(
    person: Person, *, engagement: Engagement, on: date, earlier: str = "", later: str = ""
) -> dict[str, Any]:
    """
    Return what the page of an engagement shows: versions, the terms looked at, and how two versions differ.

    earlier, later: numbers of versions as typed in the address; without them the latest and the one before it.
    """
    versions = list(
        engagement.terms.select_related("supervising_attorney", "made_by")
        .prefetch_related("milestones", "rates")
        .order_by("-version")
    )
    by_number = {str(terms.version): terms for terms in versions}
    shown = by_number.get(later, versions[0])
    before = by_number.get(earlier) or by_number.get(str(shown.version - 1))
    in_force = next((terms for terms in versions if _is_in_force(terms, on)), None)
    openings = engagement.openings.filter(closed_at=None, matter__in=access.matters(person).values("pk"))
    changes = comparison(earlier=before, later=shown)
    return {
        "engagement": engagement,
        "versions": versions,
        "shown": shown,
        "before": before,
        "in_force": in_force,
        "draft": agreed.draft_of(shown),
        "changes": changes,
        "n_changed": sum(each.is_changed for each in changes) if before else 0,
        "openings": openings.select_related("matter__client").order_by("matter__number", "pk"),
        "may_amend": access.may_amend(person, engagement=engagement),
    }


def _is_in_force(terms: Terms, on: date) -> bool:
    return terms.effective_from <= on and (terms.effective_to is None or on < terms.effective_to)


def line_names() -> dict[str, str]:
    """Return the installed service lines, name by key. A line's key is the label of its app."""
    lines = [config for config in apps.get_app_configs() if config.name.startswith("cursitor.lines.")]
    return {config.label: str(config.verbose_name) for config in lines}


def _points(draft: agreed.TermsDraft) -> dict[str, str]:
    """Return the agreed points as words by name."""
    points = {
        "Supervising attorney": draft.supervising_attorney.name,
        "Permitted service lines": ", ".join(line_names().get(key, key) for key in draft.permitted_lines),
        "Permitted countries": ", ".join(draft.permitted_countries),
        "Budget": wording.money(draft.budget_amount, draft.currency),
        "Currency": draft.currency,
        "Payment": f"within {draft.payment_days} days",
        "Business calendar": f"{draft.calendar['zone']}, version {draft.calendar.get('version', '')}",
        "Business hours": _hours(draft),
        "Closed days": ", ".join(wording.day(date.fromisoformat(day)) for day in draft.calendar.get("closed", [])),
    }
    for row in draft.milestones:
        points[f"{row.label}, {row.party_label.lower()}"] = f"{row.length} of business time"
    for rate_line in draft.rates:
        points[f"{rate_line.item}, {rate_line.label}"] = wording.money(rate_line.amount, draft.currency)
    return points


def _hours(draft: agreed.TermsDraft) -> str:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    spans = {
        days[int(day) - 1]: " and ".join(f"{opens} to {closes}" for opens, closes in pairs)
        for day, pairs in sorted(draft.calendar["hours"].items())
    }
    return "; ".join(f"{day} {text}" for day, text in spans.items())
