"""Facts in the order of time, each once, with every source that tells it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from cursitor.engines.chronology.moments import Moment, Precision


@dataclass(frozen=True, order=True)
class Source:
    """Where a fact stands. document: its control number or name. place: page or section. passage: its own words."""

    document: str
    place: str = ""
    passage: str = ""


@dataclass(frozen=True)
class Fact:
    """
    One thing that happened.

    ids: of the rows it was made from, one unless it was merged. is_disputed: somebody denies it.
    """

    ids: tuple[str, ...]
    moment: Moment
    text: str
    people: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    is_disputed: bool = False


@dataclass(frozen=True)
class Conflict:
    """The same words at different moments. is_possible: the moments may be one, told with different precision."""

    facts: tuple[Fact, ...]
    is_possible: bool


@dataclass(frozen=True)
class Chronology:
    """Facts sorted by time, undated last, and the conflicts among them."""

    facts: tuple[Fact, ...]
    conflicts: tuple[Conflict, ...]
    n_merged: int

    @property
    def n_undated(self) -> int:
        """Return how many facts have no date."""
        return sum(fact.moment.precision is Precision.UNKNOWN for fact in self.facts)


def merge(facts: Iterable[Fact]) -> Chronology:
    """
    Return the facts sorted, equal ones as one with all their people, issues and sources.

    Equal: the same moment and the same words, whatever their case, accents' form, spaces and punctuation. The same
    words at another moment are never merged: they are listed as a conflict for a person to settle.
    """
    known: dict[tuple[str, str], Fact] = {}
    n_given = 0
    for fact in facts:
        n_given += 1
        key = (fact.moment.told, _words(fact.text))
        known[key] = _joined(known[key], fact) if key in known else fact
    ordered = tuple(sorted(known.values(), key=lambda fact: (fact.moment.key, fact.text.casefold(), fact.ids)))
    return Chronology(ordered, _conflicts(ordered), n_given - len(ordered))


def select(
    chronology: Chronology,
    *,
    people: Iterable[str] = (),
    issues: Iterable[str] = (),
    first: date | None = None,
    last: date | None = None,
) -> Chronology:
    """
    Return the chronology of those facts alone that name one of the people and one of the issues, between two days.

    Names and issues compare without regard to case. A fact lies between two days if it may; undated facts are left out
    as soon as a day is given.
    """
    named, concerned = ({word.casefold() for word in words} for words in (people, issues))

    def fits(fact: Fact) -> bool:
        return (
            (not named or bool(named & {one.casefold() for one in fact.people}))
            and (not concerned or bool(concerned & {one.casefold() for one in fact.issues}))
            and _lies_between(fact.moment, first, last)
        )

    kept = tuple(fact for fact in chronology.facts if fits(fact))
    return Chronology(kept, _conflicts(kept), chronology.n_merged)


def _lies_between(moment: Moment, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    if moment.precision is Precision.UNKNOWN:
        return False
    asked = Moment(Precision.RANGE, first or date.min, last or date.max)
    return moment.may_be(asked)


def _joined(one: Fact, other: Fact) -> Fact:
    return replace(
        one,
        ids=one.ids + other.ids,
        people=_united(one.people, other.people),
        issues=_united(one.issues, other.issues),
        sources=tuple(dict.fromkeys((*one.sources, *other.sources))),
        is_disputed=one.is_disputed or other.is_disputed,
    )


def _united(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Return all words in their order, the first spelling of each."""
    return tuple({word.casefold(): word for word in reversed((*some, *more))}.values())[::-1]


def _conflicts(facts: tuple[Fact, ...]) -> tuple[Conflict, ...]:
    alike: dict[str, list[Fact]] = {}
    for fact in facts:
        alike.setdefault(_words(fact.text), []).append(fact)
    return tuple(
        Conflict(tuple(group), all(one.moment.may_be(other.moment) for one in group for other in group))
        for group in alike.values()
        if len(group) > 1
    )


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
