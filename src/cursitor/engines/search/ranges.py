"""Ranges of dates and numbers as they are typed: `2001-01-01..2001-03-31`, `>=2001-02`, `..500`, `2001`."""

import re
from datetime import UTC, date, datetime, timedelta

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_NUMBER = re.compile(r"\d{1,18}")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400


class BadRange(ValueError):
    """Raised when a date, number or range cannot be read; carries the sentence for the person who typed it."""


def read(text: str, *, is_date: bool) -> tuple[int | None, int | None]:
    """
    Return the half-open range [low, high) of what was typed; None is an open end.

    A date stands for its whole day, month or year, in UTC; both ends of `a..b` are included.

    :raises BadRange: if it is neither a value, a comparison nor a range, or runs backwards.

    >>> read("1970-01-02..1970-01-03", is_date=True)
    (86400, 259200)
    >>> read(">10", is_date=False)
    (11, None)
    """
    value = _day_or_longer if is_date else _number
    if ".." in text:
        first, _, latest = text.partition("..")
        low = value(first)[0] if first else None
        high = value(latest)[1] if latest else None
        if low is None and high is None:
            raise BadRange("A range needs at least one end.")
        if low is not None and high is not None and low >= high:
            raise BadRange("This range ends before it begins.")
        return low, high
    plain = text.lstrip("<>=")
    start, end = value(plain)
    comparisons: dict[str, tuple[int | None, int | None]] = {
        "": (start, end),
        "=": (start, end),
        ">=": (start, None),
        ">": (end, None),
        "<=": (None, end),
        "<": (None, start),
    }
    sign = text[: len(text) - len(plain)]
    if sign not in comparisons:
        raise BadRange(f"There is no comparison {sign}; use >, >=, < or <=.")
    return comparisons[sign]


def seconds(instant: datetime) -> int:
    """
    Return whole seconds since 1970-01-01 UTC, rounded down; years 1 to 9999.

    :raises ValueError: if the instant carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"An instant needs a zone: {instant.isoformat()}")
    return (instant - _EPOCH) // timedelta(seconds=1)


def _number(text: str) -> tuple[int, int]:
    if not _NUMBER.fullmatch(text):
        raise BadRange("Write a whole number, such as 10, >10 or 10..20.")
    return int(text), int(text) + 1


def _day_or_longer(text: str) -> tuple[int, int]:
    match = _DAY.fullmatch(text)
    if match is None:
        raise BadRange("Write a date as 2001, 2001-03 or 2001-03-31, a range as 2001-01-01..2001-03-31.")
    year, month, day = (int(group) if group else None for group in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        latest = _end(first, month=month, day=day)
    except ValueError as error:
        raise BadRange(f"There is no such date as {text}.") from error
    return (first.toordinal() - _EPOCH_DAY) * _DAY_SECONDS, (latest + 1 - _EPOCH_DAY) * _DAY_SECONDS


def _end(first: date, *, month: int | None, day: int | None) -> int:
    """Return the ordinal of the last day of the day, month or year that begins on `first`."""
    if day:
        return first.toordinal()
    if not month or month == 12:
        return date(first.year, 12, 31).toordinal()
    return date(first.year, month + 1, 1).toordinal() - 1
