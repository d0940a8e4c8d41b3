"""Dates as people write them, read into a day, a month or a year, or refused with the reason."""

import datetime
import re

from cursitor.engines.entry.definition import DateOrder

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MONTH = "|".join(sorted((*MONTHS, *(month[:3] for month in MONTHS), "sept"), key=len, reverse=True))
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?: day)?(?: of)?"
_NAMED = rf"(?P<month>{_MONTH})"
_YEAR = r"(?P<year>[0-9]{4}|'?[0-9]{2})"
_WRITTEN = tuple(
    re.compile(form)
    for form in (
        rf"{_NAMED} ?{_DAY} {_YEAR}",
        rf"{_DAY} ?{_NAMED} ?{_YEAR}",
        rf"(?P<year>[0-9]{{4}}) ?{_NAMED} ?{_DAY}",
        rf"{_NAMED} ?(?:of )?(?P<year>[0-9]{{4}})",
        rf"(?P<year>[0-9]{{4}}) ?{_NAMED}",
    )
)
_TRIPLE = re.compile(r"([0-9]{1,4})([-/. ])([0-9]{1,2})\2([0-9]{1,4})")
_ISO_MONTH = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})|([0-9]{1,2})[-/.]([0-9]{4})")
_MIDNIGHT = re.compile(r"[t ]00:00(:00(\.0+)?)?(z|\+00:00)?$")
_WEEKDAY = re.compile(rf"(?:on )?({'|'.join(f'{day[:3]}(?:{day[3:]})?' for day in WEEKDAYS)}),? ")
_PLACES = {DateOrder.DMY: (2, 1, 0), DateOrder.MDY: (2, 0, 1), DateOrder.YMD: (0, 1, 2)}


class DateUnclear(ValueError):
    """Raised when a text is no date, or may be more than one. The sentence says which."""


def read(text: str, *, order: DateOrder | None, latest_year: int | None) -> str:
    """
    Return the date as YYYY-MM-DD, YYYY-MM or YYYY (ISO 8601), as much as the text tells.

    order: of three bare numbers; with None only those that no other order can mean are read. latest_year: the latest
    year two digits may mean; with None two digits are refused. Month names are English.
    :raises DateUnclear: if there is no such day, or if the text may mean two.

    >>> read("March 4, 1999", order=None, latest_year=None), read("3/4/1999", order=DateOrder.MDY, latest_year=None)
    ('1999-03-04', '1999-03-04')
    >>> read("4th day of March '99", order=None, latest_year=2026), read("March 1999", order=None, latest_year=None)
    ('1999-03-04', '1999-03')
    """
    plain = _MIDNIGHT.sub("", " ".join(text.casefold().split()))
    weekday = _WEEKDAY.match(plain)
    if weekday:
        plain = plain[weekday.end() :]
    told = _written(plain, latest_year) or _numbers(plain, order, latest_year)
    if weekday and len(told) == 10:
        _require_weekday(told, weekday.group(1))
    return told


def span(told: str) -> tuple[datetime.date, datetime.date]:
    """
    Return the earliest and the latest day that a date, a month or a year may mean.

    >>> span("1999-02")
    (datetime.date(1999, 2, 1), datetime.date(1999, 2, 28))
    """
    parts = [int(part) for part in told.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    if len(parts) == 3:
        day = datetime.date(*parts)
        return day, day
    following = datetime.date(year, 12, 31) if month in (None, 12) else datetime.date(year, (month or 1) + 1, 1)
    latest = following if month in (None, 12) else following - datetime.timedelta(days=1)
    return datetime.date(year, month or 1, 1), latest


def order_told_by(text: str) -> DateOrder | None:
    """
    Return the order that three bare numbers prove by themselves, or None where they prove none.

    >>> order_told_by("25/3/1999"), order_told_by("3/25/1999"), order_told_by("3/4/1999")
    (<DateOrder.DMY: 'DMY'>, <DateOrder.MDY: 'MDY'>, None)
    """
    found = _TRIPLE.fullmatch(" ".join(text.split()))
    if not found or len(found.group(1)) > 2:
        return None
    first, second = int(found.group(1)), int(found.group(3))
    if first > 12 >= second:
        return DateOrder.DMY
    return DateOrder.MDY if second > 12 >= first else None


def _written(text: str, latest_year: int | None) -> str | None:
    words = " ".join(re.sub(r"[,./\-\u2013]", " ", text.removeprefix("this ")).split())
    for form in _WRITTEN:
        found = form.fullmatch(words)
        if found:
            parts = found.groupdict()
            month = next(number for number, name in enumerate(MONTHS, 1) if name[:3] == parts["month"][:3])
            return _day(_year(parts["year"], latest_year), month, int(parts["day"]) if parts.get("day") else None)
    return None


def _numbers(text: str, order: DateOrder | None, latest_year: int | None) -> str:
    found = _TRIPLE.fullmatch(text)
    if found:
        return _triple((found.group(1), found.group(3), found.group(4)), text, order, latest_year)
    if re.fullmatch(r"[0-9]{8}", text):
        return _eight_digits(text, order, latest_year)
    month = _ISO_MONTH.fullmatch(text)
    if month:
        return _day(int(month.group(1) or month.group(4)), int(month.group(2) or month.group(3)), None)
    if re.fullmatch(r"[1-9][0-9]{3}", text):
        return text
    raise DateUnclear(f"{text[:40]!r} is not a date")


def _triple(parts: tuple[str, str, str], text: str, order: DateOrder | None, latest_year: int | None) -> str:
    if len(parts[0]) > 2:
        return _in_order(parts, DateOrder.YMD, latest_year)
    if order is DateOrder.YMD and len(parts[2]) == 4:
        order = None
    if order:
        return _in_order(parts, order, latest_year)
    orders = (DateOrder.DMY, DateOrder.MDY) if len(parts[2]) == 4 else tuple(DateOrder)
    return _the_only_one(text, {_possible(parts, order, latest_year) for order in orders})


def _eight_digits(text: str, order: DateOrder | None, latest_year: int | None) -> str:
    ways = {_possible((text[:4], text[4:6], text[6:]), DateOrder.YMD, latest_year)}
    if order in (DateOrder.DMY, DateOrder.MDY):
        ways.add(_possible((text[:2], text[2:4], text[4:]), order, latest_year))
    return _the_only_one(text, {way for way in ways if way and "1500" <= way[:4] < "2200"})


def _the_only_one(text: str, ways: set[str | None]) -> str:
    days = sorted(way for way in ways if way)
    if len(days) > 1:
        raise DateUnclear(
            f"{text!r} may be {' or '.join(days)}: the field does not say in which order dates are written"
        )
    if not days:
        raise DateUnclear(f"{text!r} is not a date")
    return days[0]


def _possible(parts: tuple[str, str, str], order: DateOrder, latest_year: int | None) -> str | None:
    try:
        return _in_order(parts, order, latest_year)
    except DateUnclear:
        return None


def _in_order(parts: tuple[str, str, str], order: DateOrder, latest_year: int | None) -> str:
    year, month, day = (parts[place] for place in _PLACES[order])
    if len(day) > 2:
        raise DateUnclear(f"{'/'.join(parts)!r} is not a date written {order}")
    return _day(_year(year, latest_year), int(month), int(day))


def _year(text: str, latest_year: int | None) -> int:
    digits = text.lstrip("'")
    if len(digits) == 4:
        return int(digits)
    if len(digits) != 2:
        raise DateUnclear(f"{text!r} is not a year")
    if latest_year is None:
        raise DateUnclear(f"the year {text!r} has two digits, and the field does not say which century")
    return latest_year - (latest_year - int(digits)) % 100


def _day(year: int, month: int, day: int | None) -> str:
    try:
        told = datetime.date(year, month, 1 if day is None else day).isoformat()
    except ValueError:
        raise DateUnclear(f"there is no day {day or 1} of month {month} in {year}") from None
    if year < 1000:
        raise DateUnclear(f"{year} is not a year of four digits")
    return told if day is not None else told[:7]


def _require_weekday(told: str, name: str) -> None:
    day = datetime.date.fromisoformat(told)
    if not WEEKDAYS[day.weekday()].startswith(name[:3]):
        raise DateUnclear(f"{told} was a {WEEKDAYS[day.weekday()].capitalize()}, not a {name.capitalize()}")
