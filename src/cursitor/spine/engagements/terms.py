"""What is agreed in one version of terms, as values: made by a form or a command, checked here, stored elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cursitor.engines import clocks
from cursitor.engines.money import currencies
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.engagements.choices import Milestone, PartySide, RateBasis
from cursitor.spine.engagements.models import Terms
from cursitor.spine.people.models import Person

LARGEST_AMOUNT = 10**13


@dataclass(frozen=True)
class MilestoneDraft:
    milestone: str
    party: str
    business_minutes: int

    @property
    def label(self) -> str:
        return str(Milestone(self.milestone).label)

    @property
    def party_label(self) -> str:
        return str(PartySide(self.party).label)

    @property
    def length(self) -> str:
        """Return the business time in hours, which no reader takes for days of the calendar."""
        return f"{self.business_minutes / 60:.2f}".rstrip("0").rstrip(".") + " h"


@dataclass(frozen=True)
class RateDraft:
    """`amount` is in minor units of the terms' currency."""

    basis: str
    item: str
    amount: int

    @property
    def label(self) -> str:
        return str(RateBasis(self.basis).label)


@dataclass(frozen=True)
class TermsDraft:
    """
    One version of terms before it is stored.

    permitted_lines: keys of service lines. permitted_countries: ISO 3166-1 alpha-2. budget_amount: minor units for
    the whole engagement. calendar: {zone, hours by ISO weekday, closed days, version}; see `business_calendar`.
    """

    currency: str
    permitted_lines: tuple[str, ...]
    permitted_countries: tuple[str, ...]
    supervising_attorney: Person
    budget_amount: int
    calendar: Mapping[str, Any]
    milestones: tuple[MilestoneDraft, ...]
    rates: tuple[RateDraft, ...]
    payment_days: int = 30


def draft_of(terms: Terms) -> TermsDraft:
    """Return the stored terms as values: what an amendment starts from."""
    return TermsDraft(
        currency=terms.currency,
        permitted_lines=tuple(terms.permitted_lines),
        permitted_countries=tuple(terms.permitted_countries),
        supervising_attorney=terms.supervising_attorney,
        budget_amount=terms.budget_amount,
        calendar=terms.calendar,
        milestones=tuple(
            MilestoneDraft(row.milestone, row.party, row.business_minutes)
            for row in sorted(terms.milestones.all(), key=lambda row: Milestone.values.index(row.milestone))
        ),
        rates=tuple(
            RateDraft(row.basis, row.item, row.amount)
            for row in sorted(terms.rates.all(), key=lambda row: (RateBasis.values.index(row.basis), row.item))
        ),
        payment_days=terms.payment_days,
    )


def check(draft: TermsDraft) -> None:
    """:raises Invalid: naming the entry that cannot be agreed."""
    if draft.currency not in currencies.EXPONENTS:
        raise Invalid(f"{draft.currency} is not a currency of ISO 4217.", field="currency")
    if not draft.permitted_lines:
        raise Invalid("Terms permit at least one service line.", field="permitted_lines")
    if not draft.permitted_countries:
        raise Invalid("Terms name at least one country in which the work may be read.", field="permitted_countries")
    for country in draft.permitted_countries:
        if not re.fullmatch(r"[A-Z]{2}", country):
            raise Invalid(f"{country!r} is not a country code of two letters.", field="permitted_countries")
    if not 0 <= draft.budget_amount < LARGEST_AMOUNT:
        raise Invalid("The budget lies out of range.", field="budget_amount")
    if not 0 <= draft.payment_days <= 365:
        raise Invalid("Payment falls due within 0 to 365 days.", field="payment_days")
    _check_milestones(draft)
    _check_rates(draft)
    try:
        read_calendar(draft.calendar)
    except clocks.BadHours as error:
        raise Invalid(f"The business calendar cannot be used: {error}.", field="calendar") from error


def read_calendar(stored: Mapping[str, Any]) -> clocks.Calendar:
    """
    Return the calendar that {zone, hours: {"1": [["09:00", "18:00"]]}, closed: ["2026-11-26"], version} describes.

    Weekdays are those of ISO 8601: Monday is 1. An end at or before its start lies on the next day.
    :raises BadHours: naming what cannot be read.
    """
    try:
        spans = {int(day) - 1: pairs for day, pairs in stored["hours"].items()}
        openings = clocks.weekly_hours({day: [f"{a}-{b}" for a, b in pairs] for day, pairs in spans.items()})
        table = {
            "zone": stored["zone"],
            "openings": [[each.weekday, each.opens, each.closes] for each in openings],
            "closed_dates": list(stored.get("closed", [])),
            "version": stored.get("version", ""),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise clocks.BadHours(f"{type(error).__name__} in {error}") from error
    if not openings:
        raise clocks.BadHours("no hours are open")
    return clocks.Calendar.from_json(table)


def _check_milestones(draft: TermsDraft) -> None:
    named = [row.milestone for row in draft.milestones]
    missing = [str(Milestone(value).label) for value in Milestone.values if value not in named]
    if missing:
        raise Invalid(f"No time is agreed for: {', '.join(missing)}.", field="milestones")
    for row in draft.milestones:
        if row.milestone not in Milestone.values or row.party not in PartySide.values:
            raise Invalid(f"{row.milestone} of {row.party} is not a milestone.", field="milestones")
        if named.count(row.milestone) > 1:
            raise Invalid(f"{Milestone(row.milestone).label} is given twice.", field="milestones")
        if not 0 < row.business_minutes <= 525_600:
            raise Invalid(f"{Milestone(row.milestone).label} needs 1 to 525,600 business minutes.", field="milestones")


def _check_rates(draft: TermsDraft) -> None:
    if not draft.rates:
        raise Invalid("The rate card has no line.", field="rates")
    seen: set[tuple[str, str]] = set()
    for row in draft.rates:
        if row.basis not in RateBasis.values or not row.item or len(row.item) > 60:
            raise Invalid(f"{row.item!r} {row.basis} is not a line of a rate card.", field="rates")
        if not 0 <= row.amount < LARGEST_AMOUNT:
            raise Invalid(f"The rate of {row.item} lies out of range.", field="rates")
        if (row.basis, row.item) in seen:
            raise Invalid(f"{row.item} {RateBasis(row.basis).label} is given twice.", field="rates")
        seen.add((row.basis, row.item))
