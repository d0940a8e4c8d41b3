"""Fees from time, units and fixed prices; one rounding, at the end."""

import decimal
import fractions

from cursitor.engines.money import amounts

UP = "UP"
NEAREST = "NEAREST"
DOWN = "DOWN"


def round_minutes(minutes: int | fractions.Fraction, increment: int, mode: str = UP) -> int:
    """
    Return billable minutes: whole increments of time.

    minutes: >= 0, seconds as a fraction of a minute. increment: minutes per billing step, 6 for a tenth of an hour.
    mode: UP (every step begun counts), NEAREST (half a step counts) or DOWN (full steps only).
    :raises ValueError: for negative minutes, an increment below 1 or an unknown mode.

    >>> round_minutes(13, 6), round_minutes(13, 6, NEAREST), round_minutes(13, 6, DOWN)
    (18, 12, 12)
    """
    if minutes < 0 or increment < 1:
        raise ValueError(f"{minutes} minutes in steps of {increment} cannot be billed")
    steps = fractions.Fraction(minutes) / increment
    if mode == UP:
        return -int(-steps // 1) * increment
    if mode == NEAREST:
        return amounts.round_half_up(steps) * increment
    if mode == DOWN:
        return int(steps) * increment
    raise ValueError(f"the rounding mode {mode!r} is none of {UP}, {NEAREST}, {DOWN}")


def decimal_hours(minutes: int) -> decimal.Decimal:
    """
    Return the hours that an invoice can state for minutes: four decimal places, rounded half up.

    Exact for multiples of 3 minutes, so for every usual billing step (6, 12, 15, 30).
    :raises ValueError: for negative minutes.

    >>> decimal_hours(18), decimal_hours(20)
    (Decimal('0.3'), Decimal('0.3333'))
    """
    if minutes < 0:
        raise ValueError(f"{minutes} minutes cannot be billed")
    ten_thousandths = amounts.round_half_up(fractions.Fraction(minutes * 10_000, 60))
    hours = (decimal.Decimal(ten_thousandths) / 10_000).normalize()
    return hours.quantize(decimal.Decimal(1)) if hours == hours.to_integral_value() else hours


def hourly_fee(minutes: int, rate_minor_per_hour: int | decimal.Decimal) -> int:
    """
    Return the fee in minor units for billable minutes at an hourly rate, rounded once, half away from zero.

    The hours are those of `decimal_hours`, so hours times rate on the invoice is the amount on the invoice.
    :raises ValueError: for negative minutes or rate.

    >>> hourly_fee(12, 20_000), hourly_fee(20, 30_000)
    (4000, 9999)
    """
    return unit_fee(decimal_hours(minutes), rate_minor_per_hour)


def unit_fee(units: int | decimal.Decimal, rate_minor_per_unit: int | decimal.Decimal) -> int:
    """
    Return the fee in minor units for units of work, rounded once, half away from zero.

    rate_minor_per_unit: minor units, with decimal places if a document costs less than a whole one.
    :raises ValueError: for negative units or rate.

    >>> unit_fee(1337, decimal.Decimal("92.5"))
    123673
    """
    if units < 0 or rate_minor_per_unit < 0:
        raise ValueError(f"{units} units at a rate of {rate_minor_per_unit} cannot be billed")
    return amounts.round_half_up(fractions.Fraction(units) * fractions.Fraction(rate_minor_per_unit))


def fixed_fee(price_minor: int, *, share_done: fractions.Fraction = fractions.Fraction(1)) -> int:
    """
    Return the part of a fixed price that is earned, rounded half away from zero.

    :raises ValueError: for a negative price or a share outside 0 to 1.
    """
    if price_minor < 0 or not 0 <= share_done <= 1:
        raise ValueError(f"a share of {share_done} of {price_minor} cannot be billed")
    return amounts.round_half_up(price_minor * share_done)
