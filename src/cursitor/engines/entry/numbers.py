"""Amounts and numbers as people write them, read exactly, or refused with the reason."""

import decimal
import re
from typing import NamedTuple

from cursitor.engines.money import currencies

LONGEST = 40
SIGNS = {
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "zł": "PLN",
    "$": "$",
    "¥": "¥",
    "kr": "kr",
    "Rs.": "Rs",
    "Rs": "Rs",
}
_DOLLARS = "USD CAD AUD NZD SGD HKD MXN TWD BMD BSD BBD JMD FJD"
SHARED_SIGNS = {
    "$": frozenset(_DOLLARS.split()),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "Rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
}

_SIGN = "|".join(map(re.escape, sorted(SIGNS, key=len, reverse=True)))
_AMOUNT = re.compile(rf"({_SIGN}|[A-Za-z]{{3}})? ?([0-9.,][0-9., '\u2019]*?) ?({_SIGN}|[A-Za-z]{{3}})?")
_EXPONENT = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}")
_PLAIN = {
    mark: re.compile(
        rf"[0-9]+(?:{re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+"
        rf"|[0-9]{{1,3}}([{re.escape(other)} '\u2019])[0-9]{{3}}(?:\1[0-9]{{3}})*(?:{re.escape(mark)}[0-9]*)?"
        rf"|[0-9]{{1,2}}(?:{re.escape(other)}[0-9]{{2}})+{re.escape(other)}[0-9]{{3}}(?:{re.escape(mark)}[0-9]*)?"
    )
    for mark, other in ((".", ","), (",", "."))
}


class NumberUnclear(ValueError):
    """Raised when a text is no number, or may be more than one. The sentence says which."""


class Amount(NamedTuple):
    """A number and the currency written beside it: a code, a sign that several share, or nothing."""

    number: decimal.Decimal
    currency: str


def read(text: str, *, decimal_mark: str) -> decimal.Decimal:
    """
    Return the number a text tells, exactly. A sign of a currency before it does not change a plain number.

    decimal_mark: "." or ","; the other one, a space or an apostrophe groups thousands (lakhs too), and only those.
    :raises NumberUnclear: if it is no number in this convention.

    >>> read("1,234.50", decimal_mark="."), read("1.234,50", decimal_mark=",")
    (Decimal('1234.50'), Decimal('1234.50'))
    """
    plain = text.replace("\u2212", "-").strip()
    if decimal_mark == "." and _EXPONENT.fullmatch(plain):
        return decimal.Decimal(plain)
    parts = re.fullmatch(rf"([+-]?) ?(?:{_SIGN})? ?([^+-]*)", plain)
    if not parts:
        raise NumberUnclear(f"{text[:40]!r} is not a number")
    number = _digits(parts.group(2), decimal_mark)
    return number.copy_negate() if parts.group(1) == "-" and number else number


def read_amount(text: str, *, decimal_mark: str, currency: str) -> Amount:
    """
    Return the amount a text tells: signs and codes of currencies, thousands; (1.00), -1.00 and 1.00- are below zero.

    currency: of the field, ISO 4217; where it is empty the currency written beside the number is part of the answer.
    The number has at least the decimal places of the currency, two where none is known.
    :raises NumberUnclear: if it is no amount, is in another currency, or has too many decimal places.

    >>> read_amount("$1,234.5", decimal_mark=".", currency="USD")
    Amount(number=Decimal('1234.50'), currency='')
    >>> read_amount("(12.00) EUR", decimal_mark=".", currency="")
    Amount(number=Decimal('-12.00'), currency='EUR')
    """
    is_negative, plain = _unsigned(" ".join(text.replace("\u2212", "-").split()))
    found = _AMOUNT.fullmatch(plain)
    if not found:
        raise NumberUnclear(f"{text[:40]!r} is not an amount")
    told = _currency(found.group(1), found.group(3), currency)
    number = _in_places(_digits(found.group(2), decimal_mark), currency or told, text)
    return Amount(number.copy_negate() if is_negative and number else number, told)


def may_be_one(currency: str, other: str) -> bool:
    """
    Say whether two codes or shared signs may stand for one currency.

    >>> may_be_one("$", "USD"), may_be_one("$", "EUR")
    (True, False)
    """
    return bool(_codes(currency) & _codes(other))


def _codes(mark: str) -> frozenset[str]:
    return SHARED_SIGNS.get(mark, frozenset({mark}))


def _unsigned(text: str) -> tuple[bool, str]:
    """Return whether the amount is below zero, and the text without what says so."""
    bracketed = re.fullmatch(r"([^()]*)\(([^()]+)\)([^()]*)", text)
    if bracketed:
        return True, " ".join("".join(bracketed.groups()).split())
    if text.count("-") == 1 and not re.search(r"[0-9.,] ?-.*[0-9]", text):
        return True, " ".join(text.replace("-", "").split())
    return False, text.removeprefix("+")


def _digits(text: str, decimal_mark: str) -> decimal.Decimal:
    plain = text.strip()
    if len(plain) > LONGEST or not _PLAIN[decimal_mark].fullmatch(plain):
        raise NumberUnclear(f"{text[:40]!r} is not a number written with {decimal_mark!r} before the decimals")
    return decimal.Decimal(re.sub(rf"[^0-9{decimal_mark}]", "", plain).replace(decimal_mark, "."))


def _currency(before: str | None, after: str | None, currency: str) -> str:
    """Return the currency to tell beside the number: none where the field has one and this is it."""
    told = {SIGNS.get(mark, mark.upper()) for mark in (before, after) if mark}
    for mark in told - SHARED_SIGNS.keys():
        if mark not in currencies.EXPONENTS:
            raise NumberUnclear(f"{mark!r} is not a currency")
    possible = [_codes(mark) for mark in told]
    if currency:
        if any(currency not in codes for codes in possible):
            raise NumberUnclear(f"the amount is in {' '.join(sorted(told))}, the field asks for {currency}")
        return ""
    if len(possible) == 2 and not possible[0] & possible[1]:
        raise NumberUnclear(f"the amount is in two currencies: {' '.join(sorted(told))}")
    return max(told, key=lambda mark: (len(mark), mark), default="")


def _in_places(number: decimal.Decimal, currency: str, text: str) -> decimal.Decimal:
    """Return the number with at least the currency's places: a third decimal of a dollar is more likely a thousand."""
    places = currencies.EXPONENTS.get(currency, 2)
    whole, _, decimals = f"{number:f}".partition(".")
    if len(decimals) == 3 > places:
        raise NumberUnclear(f"{text[:40]!r} may be a thousand times as much: three places stand after the mark")
    told = decimals.rstrip("0")
    if currency in currencies.EXPONENTS and len(told) > places:
        raise NumberUnclear(f"{text[:40]!r} has more decimal places than {currency} has")
    return decimal.Decimal(f"{whole}.{told.ljust(places, '0')}".rstrip("."))


def shortest(number: decimal.Decimal) -> str:
    """
    Return the number as text without an exponent and without zeros that say nothing. No digit is rounded away.

    >>> shortest(decimal.Decimal("1234.50")), shortest(decimal.Decimal("1e3")), shortest(decimal.Decimal("-0.00"))
    ('1234.5', '1000', '0')
    """
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain if plain.strip("-0") else "0"
