"""Exact and score intervals for a share, from an endless process or from a finite lot."""

import dataclasses
import math

from scipy import special, stats


class ImpossibleCounts(ValueError):
    """Raised when counts or a confidence cannot occur."""


@dataclasses.dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval for a share: 0 <= low <= high <= 1, not percent."""

    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class CountInterval:
    """A confidence interval for the number of units in a lot: whole numbers, low <= high."""

    low: int
    high: int


def clopper_pearson(*, x: int, n: int, confidence: float = 0.95) -> Interval:
    """
    Return the exact binomial interval for a share (Clopper and Pearson, Biometrika 26, 1934).

    x of n units had the property. Coverage is never below the confidence, for any true share.
    :raises ImpossibleCounts: unless 0 <= x <= n, n >= 1 and 0 < confidence < 1.

    >>> limits = clopper_pearson(x=3, n=300)
    >>> round(limits.low, 5), round(limits.high, 5)
    (0.00207, 0.02894)
    """
    _require_counts(x, n, confidence)
    tail = (1 - confidence) / 2
    return Interval(_lower(x, n, tail), _upper(x, n, tail))


def upper_bound(*, x: int, n: int, confidence: float = 0.95) -> float:
    """
    Return the one-sided exact upper bound on a share: with this confidence the share is not higher.

    :raises ImpossibleCounts: unless 0 <= x <= n, n >= 1 and 0 < confidence < 1.
    """
    _require_counts(x, n, confidence)
    return _upper(x, n, 1 - confidence)


def lower_bound(*, x: int, n: int, confidence: float = 0.95) -> float:
    """
    Return the one-sided exact lower bound on a share: with this confidence the share is not lower.

    :raises ImpossibleCounts: unless 0 <= x <= n, n >= 1 and 0 < confidence < 1.
    """
    _require_counts(x, n, confidence)
    return _lower(x, n, 1 - confidence)


def wilson(*, x: int, n: int, confidence: float = 0.95) -> Interval:
    """
    Return the score interval for a share (Wilson, JASA 22, 1927), without continuity correction.

    Narrower than Clopper-Pearson; its coverage only averages to the confidence, so it is for charts of many
    groups, not for evidence about one lot.
    :raises ImpossibleCounts: unless 0 <= x <= n, n >= 1 and 0 < confidence < 1.
    """
    _require_counts(x, n, confidence)
    z = float(special.ndtri((1 + confidence) / 2))
    share = x / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(0.0 if x == 0 else max(0.0, centre - half), 1.0 if x == n else min(1.0, centre + half))


def hypergeometric(*, x: int, n: int, population: int, confidence: float = 0.95) -> CountInterval:
    """
    Return the exact interval for the number of units with the property in a finite lot.

    x of the n units drawn without replacement from `population` had it. Equal tails: the interval holds every
    number K for which neither P(X >= x | K) nor P(X <= x | K) is below (1 - confidence) / 2.
    :raises ImpossibleCounts: if the counts cannot occur or n is larger than the population.

    >>> hypergeometric(x=0, n=50, population=100)
    CountInterval(low=0, high=5)
    """
    _require_lot(x, n, population, confidence)
    tail = (1 - confidence) / 2
    return CountInterval(_fewest(x, n, population, tail), _most(x, n, population, tail))


def hypergeometric_upper(*, x: int, n: int, population: int, confidence: float = 0.95) -> int:
    """
    Return the one-sided exact upper bound on the number of units with the property in a finite lot.

    :raises ImpossibleCounts: if the counts cannot occur or n is larger than the population.
    """
    _require_lot(x, n, population, confidence)
    return _most(x, n, population, 1 - confidence)


def probability_at_most(x: int, *, n: int, marked: int, population: int) -> float:
    """Return P(X <= x) for n units drawn without replacement from a population with `marked` units."""
    return float(stats.hypergeom.cdf(x, population, marked, n))


def _lower(x: int, n: int, tail: float) -> float:
    return 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, tail))


def _upper(x: int, n: int, tail: float) -> float:
    return 1.0 if x == n else float(special.betaincinv(x + 1, n - x, 1 - tail))


def _most(x: int, n: int, population: int, tail: float) -> int:
    """Return the largest K with P(X <= x | K) > tail; the probability falls as K grows, so halve the range."""
    low, high = x, population - (n - x)
    while low < high:
        middle = (low + high + 1) // 2
        if probability_at_most(x, n=n, marked=middle, population=population) > tail:
            low = middle
        else:
            high = middle - 1
    return low


def _fewest(x: int, n: int, population: int, tail: float) -> int:
    """Return the smallest K with P(X >= x | K) > tail."""
    low, high = x, population - (n - x)
    while low < high:
        middle = (low + high) // 2
        if float(stats.hypergeom.sf(x - 1, population, middle, n)) > tail:
            high = middle
        else:
            low = middle + 1
    return low


def _require_counts(x: int, n: int, confidence: float) -> None:
    if n < 1 or not 0 <= x <= n:
        raise ImpossibleCounts(f"{x} of {n} cannot occur: a rate needs n >= 1 and 0 <= x <= n")
    if not 0 < confidence < 1:
        raise ImpossibleCounts(f"the confidence {confidence} must lie between 0 and 1")


def _require_lot(x: int, n: int, population: int, confidence: float) -> None:
    _require_counts(x, n, confidence)
    if n > population:
        raise ImpossibleCounts(f"{n} units cannot be drawn from a lot of {population}")
