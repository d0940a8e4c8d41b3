"""Say instants, days, spans, money and shares in the words of the house, the same on a page, in a mail and on paper."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cursitor.engines.money import currencies

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "PHP": "₱", "JPY": "¥"}
# tzdata calls Philippine time PST, which every American reader takes for Pacific time.
_ABBREVIATIONS = {"Asia/Manila": "PHT"}


def instant(at: datetime, *, zone: str, now: datetime | None = None) -> str:
    """
    Return "Tue 24 Nov 2026, 18:00 CST": the instant in an IANA zone, the year left out when `now` lies in it.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 11, 25, 0, 0, tzinfo=UTC), zone="America/Chicago")
    'Tue 24 Nov 2026, 18:00 CST'
    """
    local = at.astimezone(ZoneInfo(zone))
    today = now.astimezone(ZoneInfo(zone)).date() if now else None
    return f"{day(local.date(), today=today)}, {local:%H:%M} {abbreviation(at, zone=zone)}"


def near(at: datetime, *, zone: str, now: datetime) -> str:
    """
    Return the shortest form that cannot be mistaken: "18:00 CST" today, "Fri 18:00 CST" within six days, else all.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, 14, 12, tzinfo=UTC)
    >>> near(datetime(2026, 11, 28, 0, 0, tzinfo=UTC), zone="America/Chicago", now=now)
    'Fri 18:00 CST'
    """
    local, here = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    apart = abs((local.date() - here.date()).days)
    if apart > 6:
        return instant(at, zone=zone, now=now)
    return f"{'' if apart == 0 else f'{local:%a} '}{local:%H:%M} {abbreviation(at, zone=zone)}"


def day(on: date, *, today: date | None = None) -> str:
    """Return "Tue 24 Nov 2026", or "Tue 24 Nov" when today lies in the same year."""
    year = "" if today is not None and today.year == on.year else f" {on.year}"
    return f"{on:%a} {on.day} {on:%b}{year}"


def abbreviation(at: datetime, *, zone: str) -> str:
    """Return what the zone is called at that instant: "CST", "UTC"; "UTC+08:00" where the zone has no letters."""
    if zone in _ABBREVIATIONS:
        return _ABBREVIATIONS[zone]
    name = at.astimezone(ZoneInfo(zone)).tzname() or ""
    return name if name.isalpha() else offset(at, zone=zone)


def offset(at: datetime, *, zone: str) -> str:
    """Return "UTC-06:00", with a true minus sign."""
    shift = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = abs(int(shift.total_seconds())) // 60
    return f"UTC{'−' if shift < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def span(length: timedelta) -> str:
    """
    Return "1 d 4 h", "9 h 48 m" or "18 m": the two largest units, cut down to the minute. The sign is left to words.

    >>> span(timedelta(hours=28, minutes=59)), span(timedelta(minutes=-40)), span(timedelta(seconds=20))
    ('1 d 4 h', '40 m', '0 m')
    """
    minutes = abs(int(length.total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} m" if rest else f"{hours} h"
    return f"{rest} m"


def span_in_full(length: timedelta) -> str:
    """Return the same span for the ear: "9 hours 48 minutes"."""
    names = {"d": "day", "h": "hour", "m": "minute"}
    pairs = iter(span(length).split())
    return " ".join(f"{count} {names[unit]}{'' if count == '1' else 's'}" for count, unit in zip(pairs, pairs))  # noqa: B905


def money(amount: int, currency: str, *, brief: bool = False) -> str:
    """
    Return "$61,480.00" from integer minor units of an ISO 4217 currency; `brief` leaves out cents that are nought.

    >>> money(6148000, "USD"), money(6148000, "USD", brief=True), money(-1950, "EUR", brief=True), money(1200, "JPY")
    ('$61,480.00', '$61,480', '−€19.50', '¥1,200')
    """
    decimals = currencies.EXPONENTS[currency]
    whole = abs(amount) % 10**decimals == 0
    value = Decimal(abs(amount)).scaleb(-decimals)
    digits = f"{value:,.{0 if brief and whole else decimals}f}"
    sign = "−" if amount < 0 else ""
    return f"{sign}{_SIGNS[currency]}{digits}" if currency in _SIGNS else f"{sign}{currency} {digits}"


def per_cent(share: float, *, decimals: int = 1, unit: bool = True) -> str:
    """Return "0.9 %" from the share 0.009."""
    return f"{share * 100:.{decimals}f}{' %' if unit else ''}".replace("-", "−")


def digest(value: str | bytes, *, groups: int = 2) -> str:
    """Return the first groups of four hex digits: "8f2c 19a0". No groups (0) gives all of them."""
    text = value.hex() if isinstance(value, bytes) else value
    parts = [text[i : i + 4] for i in range(0, len(text), 4)]
    return " ".join(parts[:groups] if groups else parts)


def size(n_bytes: int) -> str:
    """Return "18 kB" or "4.2 MB": decimal units, as the standard IEC 80000-13 has them."""
    value, unit = float(n_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
