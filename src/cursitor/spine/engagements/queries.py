"""Read what is agreed: terms of a day, rates, calendars, and how two versions differ."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from cursitor.engines import clocks
from cursitor.plumbing import wording
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.engagements import access
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.choices import Milestone, PartySide, RateBasis
from cursitor.spine.engagements.models import Engagement, Matter, Rate, Terms
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
    n_open = Count("openings", filter=Q(openings__closed_at=None))
    columns = {"number": "number", "caption": "caption", "client": "client__name", "opened": "-opened_at"}
    order = columns.get(sort, "-opened_at")
    return (
        found.select_related("client", "organisation", "supervising_attorney")
        .annotate(n_open=n_open)
        .order_by(order, "pk")
    )


def engagement_list(person: Person, *, text: str = "") -> QuerySet[Engagement]:
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
    return found.select_related("client", "provider").annotate(n_matters=n_matters).order_by("number", "pk")


def find(*, person: Person, text: str) -> list[tuple[str, str, str]]:
    """Return at most ten (title, second line, address name and number) of matters and engagements, for the palette."""
    matters = [("matter", m.number, m.caption) for m in matter_list(person, text=text)[:6]]
    return matters + [("engagement", e.number, e.title) for e in engagement_list(person, text=text)[:4]]


def _points(draft: agreed.TermsDraft) -> dict[str, str]:
    """Return the agreed points as words by name."""
    points = {
        "Supervising attorney": draft.supervising_attorney.name,
        "Permitted service lines": ", ".join(draft.permitted_lines),
        "Permitted countries": ", ".join(draft.permitted_countries),
        "Budget": wording.money(draft.budget_amount, draft.currency),
        "Currency": draft.currency,
        "Payment": f"within {draft.payment_days} days",
        "Business calendar": f"{draft.calendar['zone']}, version {draft.calendar.get('version', '')}",
        "Business hours": _hours(draft),
        "Closed days": ", ".join(draft.calendar.get("closed", [])),
    }
    for row in draft.milestones:
        name = f"{Milestone(row.milestone).label}, {PartySide(row.party).label.lower()}"
        points[name] = f"{row.business_minutes / 60:g} business hours"
    for rate_line in draft.rates:
        basis = RateBasis(rate_line.basis).label
        points[f"{rate_line.item}, {basis}"] = wording.money(rate_line.amount, draft.currency)
    return points


def _hours(draft: agreed.TermsDraft) -> str:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    spans = {
        days[int(day) - 1]: " and ".join(f"{opens} to {closes}" for opens, closes in pairs)
        for day, pairs in sorted(draft.calendar["hours"].items())
    }
    return "; ".join(f"{day} {text}" for day, text in spans.items())
