"""Open hours of a site, and the union and intersection of several, as intervals of UTC."""

import dataclasses
import datetime
import itertools
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

Window = tuple[datetime.datetime, datetime.datetime]
"""An interval of UTC: the start belongs to it, the end does not."""

DAY = datetime.timedelta(days=1)
MINUTES_A_DAY = 24 * 60
# Offsets of time zones lie between 12 hours behind and 14 hours ahead of UTC.
FURTHEST_AHEAD = datetime.timedelta(hours=14)
FURTHEST_BEHIND = datetime.timedelta(hours=12)


class BadHours(ValueError):
    """Raised when weekly hours or a time zone cannot be."""


class NaiveInstant(ValueError):
    """Raised when an instant carries no time zone, so that it could mean any of 26 hours."""


class OpenHours(Protocol):
    """Anything that can say when it is open."""

    @property
    def version(self) -> str:
        """Return the version that is stored with every result."""

    def open_between(self, start: datetime.datetime, end: datetime.datetime) -> list[Window]:
        """Return the open intervals between two instants, in order, joined where they touch."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Opening:
    """
    One weekly opening in local wall time.

    weekday: 0 Monday to 6 Sunday, the day on which it begins. opens, closes: minutes after that day's midnight;
    closes may lie up to 24 hours after opens, so that a night shift belongs to the evening it begins on.
    :raises BadHours: if the numbers are out of range.
    """

    weekday: int
    opens: int
    closes: int

    def __post_init__(self) -> None:
        in_range = 0 <= self.weekday <= 6 and 0 <= self.opens < MINUTES_A_DAY
        if not in_range or not self.opens < self.closes <= self.opens + MINUTES_A_DAY:
            raise BadHours(f"no opening can have weekday {self.weekday}, {self.opens} to {self.closes} minutes")


def weekly_hours(hours: Mapping[int, Iterable[str]]) -> tuple[Opening, ...]:
    """
    Return openings from text by weekday: {0: ["09:00-12:30", "13:30-18:00"], 4: ["22:00-06:00"]}.

    An end at or before its start lies on the next day; 00:00-24:00 is the whole day.
    :raises BadHours: naming the text that cannot be read, or two openings that overlap on one weekday.
    """
    openings = sorted(_opening(day, text) for day, texts in hours.items() for text in texts)
    for earlier, later in itertools.pairwise(openings):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            raise BadHours(f"two openings of weekday {earlier.weekday} overlap")
    return tuple(openings)


@dataclasses.dataclass(frozen=True, slots=True)
class Calendar:
    """
    The open hours of one site.

    zone: IANA name. openings: weekly, local wall time; several a day and over midnight. closed_dates: local days on
    which no opening begins; an opening that began the evening before runs on. version: stored with every result,
    so that a later edit of the hours does not rewrite what was measured.
    :raises BadHours: if the zone is unknown.

    A day on which the clocks change is as long as it is: the calendar is open at exactly those instants whose
    local wall time lies in an opening, so a night shift in spring is an hour shorter and in autumn an hour longer.
    """

    zone: str
    openings: tuple[Opening, ...]
    closed_dates: frozenset[datetime.date] = frozenset()
    version: str = ""

    def __post_init__(self) -> None:
        _zone(self.zone)

    def open_between(self, start: datetime.datetime, end: datetime.datetime) -> list[Window]:
        """
        Return the open intervals between two instants, in order, joined where they touch.

        :raises NaiveInstant: if an instant carries no time zone.
        """
        start, end = as_utc(start), as_utc(end)
        return merged(self._windows(start, end)) if start < end else []

    def to_json(self) -> dict[str, object]:
        """Return a JSON object with all that makes up the calendar."""
        return {
            "zone": self.zone,
            "openings": [[each.weekday, each.opens, each.closes] for each in self.openings],
            "closed_dates": sorted(day.isoformat() for day in self.closed_dates),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> "Calendar":
        """
        Return the calendar that `to_json` wrote.

        :raises BadHours: naming the member that is missing or of the wrong form.
        """
        zone, version = value.get("zone"), value.get("version", "")
        openings, closed = value.get("openings"), value.get("closed_dates", [])
        if not isinstance(zone, str) or not isinstance(version, str):
            raise BadHours("a calendar needs the texts `zone` and `version`")
        if not isinstance(openings, list) or not isinstance(closed, list):
            raise BadHours("a calendar needs the lists `openings` and `closed_dates`")
        try:
            return cls(
                zone,
                tuple(Opening(*each) for each in openings),
                frozenset(datetime.date.fromisoformat(day) for day in closed),
                version,
            )
        except (TypeError, ValueError) as error:
            raise BadHours(f"the calendar cannot be read: {error}") from error

    def _windows(self, start: datetime.datetime, end: datetime.datetime) -> Iterator[Window]:
        zone = _zone(self.zone)
        by_weekday: dict[int, list[Opening]] = {}
        for opening in self.openings:
            by_weekday.setdefault(opening.weekday, []).append(opening)
        # An opening may have begun up to two days before: a day of zone offset and a day of night shift.
        day = (start - 2 * DAY).date()
        while day <= (end + DAY).date():
            if day not in self.closed_dates:
                for opening in by_weekday.get(day.weekday(), ()):
                    for window in _instants(zone, day, opening):
                        if window[1] > start and window[0] < end:
                            yield max(window[0], start), min(window[1], end)
            day += DAY


@dataclasses.dataclass(frozen=True, slots=True)
class AlwaysOpen:
    """The calendar of a promise that counts every hour."""

    version: str = "always"

    def open_between(self, start: datetime.datetime, end: datetime.datetime) -> list[Window]:
        """Return the whole interval."""
        start, end = as_utc(start), as_utc(end)
        return [(start, end)] if start < end else []


ALWAYS_OPEN = AlwaysOpen()


@dataclasses.dataclass(frozen=True, slots=True)
class Union:
    """Open when any member is: work that follows the sun."""

    members: tuple[OpenHours, ...]

    @property
    def version(self) -> str:
        """Return the versions of the members, joined."""
        return "any(" + ",".join(member.version for member in self.members) + ")"

    def open_between(self, start: datetime.datetime, end: datetime.datetime) -> list[Window]:
        """Return the intervals in which at least one member is open."""
        return merged(window for member in self.members for window in member.open_between(start, end))


@dataclasses.dataclass(frozen=True, slots=True)
class Intersection:
    """Open when every member is: joint meetings and hand-overs in person. No member, never open."""

    members: tuple[OpenHours, ...]

    @property
    def version(self) -> str:
        """Return the versions of the members, joined."""
        return "all(" + ",".join(member.version for member in self.members) + ")"

    def open_between(self, start: datetime.datetime, end: datetime.datetime) -> list[Window]:
        """Return the intervals in which all members are open."""
        if not self.members:
            return []
        shared = self.members[0].open_between(start, end)
        for member in self.members[1:]:
            shared = list(_overlaps(shared, member.open_between(start, end)))
        return shared


def merged(windows: Iterable[Window]) -> list[Window]:
    """Return the windows in order, joined where they overlap or touch."""
    result: list[Window] = []
    for start, end in sorted(windows):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def as_utc(instant: datetime.datetime) -> datetime.datetime:
    """
    Return the instant in UTC.

    :raises NaiveInstant: if it carries no time zone.
    """
    if instant.utcoffset() is None:
        raise NaiveInstant(f"{instant.isoformat()} carries no time zone")
    return instant.astimezone(datetime.UTC)


def _opening(weekday: int, text: str) -> Opening:
    opens, separator, closes = text.partition("-")
    if not separator:
        raise BadHours(f"{text!r} is no opening such as 09:00-17:30")
    first, last = _minutes(opens), _minutes(closes)
    return Opening(weekday, first, last if last > first else last + MINUTES_A_DAY)


def _minutes(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    if not (text.isascii() and hours.isdigit() and minutes.isdigit() and len(hours) <= 2 and len(minutes) == 2):
        raise BadHours(f"{text!r} is no time such as 09:00")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > MINUTES_A_DAY:
        raise BadHours(f"{text!r} is no time of day")
    return total


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, RecursionError) as error:
        raise BadHours(f"the time zone {name[:80]!r} is unknown") from error


def _instants(zone: zoneinfo.ZoneInfo, day: datetime.date, opening: Opening) -> Iterator[Window]:
    """Yield the intervals of UTC in which the local wall time lies in the opening of this day."""
    midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    first = midnight + datetime.timedelta(minutes=opening.opens)
    last = midnight + datetime.timedelta(minutes=opening.closes)
    for start, end, offset in _constant_offsets(zone, first - FURTHEST_AHEAD, last + FURTHEST_BEHIND):
        window = max(first - offset, start), min(last - offset, end)
        if window[0] < window[1]:
            yield window


def _constant_offsets(
    zone: zoneinfo.ZoneInfo, start: datetime.datetime, end: datetime.datetime
) -> Iterator[tuple[datetime.datetime, datetime.datetime, datetime.timedelta]]:
    """Yield the parts of an interval of at most three days, each with its one offset from UTC."""
    before, after = _offset(zone, start), _offset(zone, end)
    if before == after:
        yield start, end, before
        return
    changed = _first_instant_with(zone, after, start, end)
    yield start, changed, before
    yield changed, end, after


def _first_instant_with(
    zone: zoneinfo.ZoneInfo, offset: datetime.timedelta, low: datetime.datetime, high: datetime.datetime
) -> datetime.datetime:
    """Return the second at which the zone takes this offset; changes happen on whole seconds."""
    second = datetime.timedelta(seconds=1)
    while high - low > second:
        middle = low + (high - low) // second // 2 * second
        if _offset(zone, middle) == offset:
            high = middle
        else:
            low = middle
    return high


def _offset(zone: zoneinfo.ZoneInfo, instant: datetime.datetime) -> datetime.timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _overlaps(left: list[Window], right: list[Window]) -> Iterator[Window]:
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            yield start, end
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
