"""Amounts as whole numbers of minor units; a float never touches them."""

import dataclasses
import decimal
import fractions
from collections.abc import Iterable, Sequence

from cursitor.engines.money import currencies

_LONGEST = 24

Exact = int | decimal.Decimal | fractions.Fraction
"""Numbers that hold what they say; a float does not and is refused."""


class UnknownCurrency(ValueError):
    """Raised when a currency code is not in the table of ISO 4217."""


class CurrencyMismatch(ValueError):
    """Raised when amounts of two currencies meet."""


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """
    An amount: whole minor units (cents, yen, fils) of one currency; negative for credits.

    :raises UnknownCurrency: if the code is not in ISO 4217.
    :raises TypeError: if minor is not an int.

    >>> str(Money(168445, "USD") - Money(7000, "USD"))
    'USD 1614.45'
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"{self.minor!r} is not a whole number of minor units")
        minor_units(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __str__(self) -> str:
        return f"{self.currency} {decimal_text(self.minor, self.currency)}"

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be put together")
        return other


def minor_units(currency: str) -> int:
    """
    Return the decimal places of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD.

    :raises UnknownCurrency: if the code is not in ISO 4217.
    """
    if currency not in currencies.EXPONENTS:
        raise UnknownCurrency(f"{currency!r} is not a currency code of ISO 4217")
    return currencies.EXPONENTS[currency]


def decimal_text(minor: int, currency: str) -> str:
    """
    Return the amount in major units as text with all decimal places and no separators.

    >>> decimal_text(-5, "USD"), decimal_text(1250, "JPY"), decimal_text(1250, "KWD")
    ('-0.05', '1250', '1.250')
    """
    places = minor_units(currency)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def parse_amount(text: str, currency: str) -> int:
    """
    Return the minor units of an amount written in major units with a point as decimal sign.

    :raises ValueError: if the text is no plain number, longer than 24 signs, or has more decimal places than the
        currency.

    >>> parse_amount("1684.45", "USD")
    168445
    """
    cleaned = text.strip()
    if len(cleaned) > _LONGEST or not cleaned.isascii() or not cleaned.lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError(f"{text!r} is not an amount")
    try:
        minor = decimal.Decimal(cleaned).scaleb(minor_units(currency))
    except decimal.InvalidOperation:
        raise ValueError(f"{text!r} is not an amount") from None
    if minor != minor.to_integral_value():
        raise ValueError(f"{text!r} has more decimal places than {currency} has")
    return int(minor)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """
    Return the sum of amounts, zero if there are none.

    :raises CurrencyMismatch: if one of them is in another currency.
    """
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


def allocate(total_minor: int, weights: Sequence[Exact]) -> tuple[int, ...]:
    """
    Return the total split in proportion to the weights so that the parts add up to it exactly.

    Largest remainder: every part is its share rounded towards zero, the units left over go one each to the
    largest remainders; equal remainders are served in the order given. Each part is within one minor unit of its
    share. A negative total is split as its positive, with the sign put back.
    weights: non-negative and exact, not all zero; a weight of zero gets nothing.
    :raises ValueError: if there is no positive weight or one is negative.
    :raises TypeError: if a weight is a float.

    >>> allocate(100, [1, 1, 1])
    (34, 33, 33)
    """
    shares = [exact(weight) for weight in weights]
    whole = sum(shares, start=fractions.Fraction(0))
    if any(share < 0 for share in shares) or whole == 0:
        raise ValueError("an amount can only be allocated to weights of which none is negative and one positive")
    size = abs(total_minor)
    ideal = [size * share / whole for share in shares]
    parts = [int(part) for part in ideal]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - ideal[index], index))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return tuple(parts) if total_minor >= 0 else tuple(-part for part in parts)


def round_half_up(value: Exact) -> int:
    """
    Return the nearest whole number; halves go away from zero, so a credit mirrors its charge.

    >>> round_half_up(decimal.Decimal("2.5")), round_half_up(decimal.Decimal("-2.5"))
    (3, -3)
    """
    number = exact(value)
    size = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return size if number >= 0 else -size


def exact(value: Exact) -> fractions.Fraction:
    """
    Return the number as a fraction, without loss.

    :raises TypeError: if it is a float.
    """
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; money takes int, Decimal or Fraction")
    return fractions.Fraction(value)
