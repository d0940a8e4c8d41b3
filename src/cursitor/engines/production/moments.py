"""Whether a date or time in a load file can exist, without guessing which one it is."""

from __future__ import annotations

import re
from datetime import date

_YEAR_FIRST = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)")


def is_possible(text: str) -> bool:
    """
    Return False if `text` holds a date no calendar has or a time no clock shows, True otherwise.

    Dates: year first (2021-02-28, 20210228), or year last with day and month in either order. Text in another form is
    not judged. Hour 0 to 24 (24 as midnight at the end of a day, ISO 8601), second 0 to 60 (leap second).

    >>> [is_possible(t) for t in ("29/02/2021", "02/28/2021 25:00", "28.02.2021 23:59", "20010229", "0002-11-30")]
    [False, False, True, False, True]
    """
    found = _YEAR_FIRST.match(text)
    if found and not _exists(int(found[1]), int(found[2]), int(found[3])):
        return False
    found = _YEAR_LAST.match(text)
    if found:
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        if not (_exists(year, one, other) or _exists(year, other, one)):
            return False
    clock = _CLOCK.search(text)
    return clock is None or (int(clock[1]) <= 24 and int(clock[2]) < 60 and int(clock[3] or 0) <= 60)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
