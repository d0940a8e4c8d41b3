"""Two inverse questions about open time: how much lies between two instants, and when so much has passed."""

import datetime

from cursitor.engines.clocks import calendars

FIRST_REACH = datetime.timedelta(days=14)
FURTHEST_REACH = datetime.timedelta(days=365 * 8)


class NeverOpen(ValueError):
    """Raised when a calendar does not open for as long as a deadline needs, within eight years."""


def business_time(
    calendar: calendars.OpenHours, start: datetime.datetime, end: datetime.datetime
) -> datetime.timedelta:
    """
    Return the open time between two instants.

    :raises ValueError: if the end lies before the start, or an instant carries no time zone.
    """
    if calendars.as_utc(end) < calendars.as_utc(start):
        raise ValueError(f"{end.isoformat()} lies before {start.isoformat()}")
    windows = calendar.open_between(start, end)
    return sum((last - first for first, last in windows), datetime.timedelta())


def deadline(
    calendar: calendars.OpenHours, start: datetime.datetime, duration: datetime.timedelta
) -> datetime.datetime:
    """
    Return the earliest instant (UTC) by which so much open time has passed since the start.

    With a duration of zero that is the start. A deadline that falls on closing time is the closing time, not
    the next opening.
    :raises ValueError: if the duration is negative or the start carries no time zone.
    :raises NeverOpen: if the calendar does not open long enough within eight years.
    """
    if duration < datetime.timedelta():
        raise ValueError("a deadline cannot lie before its start")
    begin = since = calendars.as_utc(start)
    left, reach = duration, FIRST_REACH
    if not left:
        return begin
    while since - begin < FURTHEST_REACH:
        for first, last in calendar.open_between(since, since + reach):
            if last - first >= left:
                return first + left
            left -= last - first
        since, reach = since + reach, reach * 2
    raise NeverOpen(f"the calendar {calendar.version!r} does not open for {duration} within eight years")
