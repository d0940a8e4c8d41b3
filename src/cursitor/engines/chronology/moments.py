"""When something happened, no more precisely than it is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from cursitor.engines.entry import dates
from cursitor.engines.entry.definition import DateOrder


class Precision(StrEnum):
    """How closely a moment is known. RANGE: between two dates. BEFORE, AFTER: one end is open. UNKNOWN: undated."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    BEFORE = "before"
    AFTER = "after"
    UNKNOWN = "unknown"


class MomentUnclear(ValueError):
    """Raised when a text is no date, or may mean two. The sentence says which."""


@dataclass(frozen=True)
class Moment:
    """
    A moment in time.

    earliest, latest: the days between which it lies, both inclusive; of BEFORE and AFTER the one day that is named
    stands in both. time: HH:MM as told, with zone as told, never converted. told: canonical, in the Extended
    Date/Time Format (ISO 8601-2:2019, level 1) where that has a form: 1999-03-04T10:30, 1999-03, 1999~,
    1999-03-04/1999-03-09, ../1999-03-04 (by that day); it has none for "before 1999-03-04", which leaves the day out.
    """

    precision: Precision
    earliest: date = date.max
    latest: date = date.max
    time: str = ""
    zone: str = ""
    is_approximate: bool = False
    told: str = ""

    @property
    def key(self) -> tuple[date, int, int, str]:
        """
        Return what moments are sorted by.

        What is before a day stands ahead of that day, what is after it behind. Of two that begin on one day the
        wider stands first, so that "1999" opens the year; within a day those with a time follow in its order.
        """
        place = {Precision.BEFORE: 0, Precision.AFTER: 2}.get(self.precision, 1)
        return self.earliest, place, (self.earliest - self.latest).days, self.time

    def may_be(self, other: Moment) -> bool:
        """Tell whether both may mean the same moment, as March 1999 and 4 March 1999 may."""
        if Precision.UNKNOWN in (self.precision, other.precision):
            return True
        if self.time and other.time and self.zone == other.zone and self.time != other.time:
            return False
        ends = [(one._first, one._last) for one in (self, other)]
        return max(first for first, _ in ends) <= min(last for _, last in ends)

    @property
    def _first(self) -> date:
        if self.precision is Precision.BEFORE:
            return date.min
        return self.earliest + _DAY * self.told.startswith("after")

    @property
    def _last(self) -> date:
        if self.precision is Precision.AFTER:
            return date.max
        return self.latest - _DAY * self.told.startswith("before")

    def __str__(self) -> str:
        """Return the moment in words: 4 March 1999, 10:30 CET; about March 1999; before 1999; undated."""
        about = "about " if self.is_approximate else ""
        match self.precision:
            case Precision.UNKNOWN:
                return "undated"
            case Precision.BEFORE | Precision.AFTER:
                word = {"b": "before", ".": "by", "a": "after"}.get(self.told[0], "from")
                return f"{word} {about}{_words(self.told.removeprefix(word).strip('./~ '))}"
            case Precision.RANGE:
                first, last = (_words(part.strip("~")) for part in self.told.split("/"))
                return f"{about}{first} to {last}"
            case Precision.MINUTE:
                return f"{about}{_words(self.told[:10])}, {self.time} {self.zone}".rstrip()
        return about + _words(self.told.strip("~"))


_DAY = timedelta(days=1)
UNKNOWN = Moment(Precision.UNKNOWN)

_UNDATED = frozenset({"", "undated", "unknown", "n.d.", "nd", "no date", "?", "-"})
_ABOUT = re.compile(r"^(?:circa|about|around|approximately|approx\.?|ca?\.|~|c\. ?(?=\d))\s*", re.IGNORECASE)
_OPEN = tuple(
    (re.compile(rf"^(?:{words})\s+", re.IGNORECASE), precision, told)
    for words, precision, told in (
        ("before|prior to", Precision.BEFORE, "before {}"),
        ("until|by|no later than|up to", Precision.BEFORE, "../{}"),
        ("after", Precision.AFTER, "after {}"),
        ("since|from|no earlier than", Precision.AFTER, "{}/.."),
    )
)
_RANGES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?:between|from)\s+(?P<first>.+?)\s+(?:and|to|until|through)\s+(?P<last>.+)",
        r"(?P<first>\d{4}[^/]*)/(?P<last>\d{4}[^/]*)",
        r"(?P<first>\d{4})[-\u2013](?P<last>\d{4})",
        r"(?P<first>.+?)\s+(?:to|until|through|[-\u2013\u2014])\s+(?P<last>.+)",
    )
)
_CLOCK = re.compile(
    r"^(?P<day>.*?\d)(?:T|,?\s+(?:at\s+)?)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Z]{2,5})?$",
    re.IGNORECASE,
)
_PRECISION = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}


def parse(text: str, *, order: DateOrder | None = None, latest_year: int | None = None) -> Moment:
    """
    Return the moment that a text tells.

    order: of three bare numbers (3/4/1999); with None only those that no other order can mean are read. latest_year:
    the latest that a year of two digits may mean; with None those are refused.
    :raises MomentUnclear: if it is none, or may be two.

    >>> [parse(text).told for text in ("March 1999", "c. 1999", "before 4 Mar 1999", "4 March 1999 10:30 pm CET")]
    ['1999-03', '1999~', 'before 1999-03-04', '1999-03-04T22:30CET']
    >>> str(parse("1999-03-04/1999-03-09")), parse("n.d.").precision.value
    ('4 March 1999 to 9 March 1999', 'unknown')
    """
    plain = " ".join(text.split()).strip(" ;,")
    if plain.casefold() in _UNDATED:
        return UNKNOWN
    if plain.startswith("../"):
        plain = f"by {plain[3:]}"
    elif plain.endswith("/.."):
        plain = f"from {plain[:-3]}"
    return _range(plain, order, latest_year) or _open(plain, order, latest_year) or _one(plain, order, latest_year)


def _range(plain: str, order: DateOrder | None, latest_year: int | None) -> Moment | None:
    for form in _RANGES:
        found = form.fullmatch(plain)
        if found is None:
            continue
        first, last = (_one(found.group(name), order, latest_year) for name in ("first", "last"))
        if last.latest < first.earliest:
            raise MomentUnclear(f"{plain[:60]!r} ends before it begins")
        is_approximate = first.is_approximate or last.is_approximate
        told = f"{first.told}/{last.told}"
        return Moment(Precision.RANGE, first.earliest, last.latest, is_approximate=is_approximate, told=told)
    return None


def _open(plain: str, order: DateOrder | None, latest_year: int | None) -> Moment | None:
    for form, precision, told in _OPEN:
        found = form.match(plain)
        if found is None:
            continue
        named = _one(plain[found.end() :], order, latest_year)
        # "Before March" ends where March begins, "by March" where it ends; "after" and "from" the other way round.
        day = named.earliest if told in ("before {}", "{}/..") else named.latest
        return Moment(precision, day, day, is_approximate=named.is_approximate, told=told.format(named.told))
    return None


def _one(plain: str, order: DateOrder | None, latest_year: int | None) -> Moment:
    about = _ABOUT.match(plain)
    bare = plain[about.end() :] if about else plain.rstrip("~?")
    is_approximate = bare != plain
    clock = _CLOCK.match(bare)
    if clock is not None:
        timed = _timed(clock, order, latest_year)
        return replace(timed, is_approximate=True, told=f"{timed.told}~") if is_approximate else timed
    told = _read(bare, order, latest_year)
    earliest, latest = dates.span(told)
    return Moment(_PRECISION[len(told)], earliest, latest, "", "", is_approximate, told + "~" * is_approximate)


def _timed(clock: re.Match[str], order: DateOrder | None, latest_year: int | None) -> Moment:
    told = _read(clock.group("day"), order, latest_year)
    if len(told) != len("1999-03-04"):
        raise MomentUnclear(f"{clock.group()[:60]!r} tells a time but no day")
    hour, minute, half = int(clock.group("hour")), int(clock.group("minute")), (clock.group("half") or "")[:1].lower()
    if (half and not 1 <= hour <= 12) or hour > 23 or minute > 59:
        raise MomentUnclear(f"{clock.group()[:60]!r} tells no time of day")
    hour = hour % 12 + 12 * (half == "p") if half else hour
    time = f"{hour:02}:{minute:02}"
    zone = (clock.group("zone") or "").upper()
    zone = "UTC" if zone == "Z" else zone
    day = date.fromisoformat(told)
    return Moment(Precision.MINUTE, day, day, time, zone, told=f"{told}T{time}{zone}")


def _read(text: str, order: DateOrder | None, latest_year: int | None) -> str:
    try:
        return dates.read(text, order=order, latest_year=latest_year)
    except dates.DateUnclear as problem:
        raise MomentUnclear(str(problem).replace("the field does not say", "nothing says")) from None


def _words(told: str) -> str:
    if len(told) < len("1999-03-04"):
        return told if len(told) == len("1999") else datetime.strptime(told, "%Y-%m").strftime("%B %Y")  # noqa: DTZ007
    clock = told[11:]
    day = date.fromisoformat(told[:10])
    return f"{day.day} {day:%B %Y}" + (f", {clock[:5]} {clock[5:]}".rstrip() if clock else "")
