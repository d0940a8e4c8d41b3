"""Defects per million opportunities and the sigma level, never without the size of the evidence."""

import dataclasses
import math
from collections.abc import Sequence

from scipy import special

from cursitor.engines.sampling import intervals

SHIFT = 1.5
"""The long-term shift of 1.5 standard deviations: a convention of Six Sigma, not a measurement."""


@dataclasses.dataclass(frozen=True, slots=True)
class DefectRate:
    """
    A defect rate with its evidence.

    dpu: defects per unit; dpmo, dpmo_low, dpmo_high: defects per million opportunities with the exact interval;
    sigma, sigma_low, sigma_high: short-term sigma (shift included), None where the rate is 0 and the level would
    be infinite; sigma_long_term = sigma - 1.5.
    """

    defects: int
    units: int
    opportunities: int
    confidence: float
    dpu: float
    dpmo: float
    dpmo_low: float
    dpmo_high: float
    sigma: float | None
    sigma_low: float | None
    sigma_high: float | None
    sigma_long_term: float | None

    def __str__(self) -> str:
        level = "no level" if self.sigma is None else f"{self.sigma:.2f}"
        bounds = f"at least {self.sigma_low:.2f}" if self.sigma_low is not None else "no lower limit"
        return (
            f"{self.dpmo:,.0f} DPMO ({self.dpmo_low:,.0f}-{self.dpmo_high:,.0f} at {self.confidence:.0%}), "
            f"sigma {level} ({bounds}), n = {self.opportunities:,}"
        )


def defect_rate(*, defects: int, units: int, opportunities_per_unit: int, confidence: float = 0.95) -> DefectRate:
    """
    Return the defects per million opportunities and sigma level together with their exact interval and n.

    There is no way to ask for a sigma level without n: a level that stands alone says nothing.
    defects: at most one is counted per opportunity. units, opportunities_per_unit: >= 1.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.
    """
    if units < 1 or opportunities_per_unit < 1:
        raise intervals.ImpossibleCounts("a defect rate needs at least one unit with one opportunity")
    n = units * opportunities_per_unit
    limits = intervals.clopper_pearson(x=defects, n=n, confidence=confidence)
    dpmo, low, high = (share * 1e6 for share in (defects / n, limits.low, limits.high))
    sigma = _level(dpmo)
    return DefectRate(
        defects=defects,
        units=units,
        opportunities=n,
        confidence=confidence,
        dpu=defects / units,
        dpmo=dpmo,
        dpmo_low=low,
        dpmo_high=high,
        sigma=sigma,
        sigma_low=_level(high),
        sigma_high=_level(low),
        sigma_long_term=None if sigma is None else sigma - SHIFT,
    )


def sigma_at_dpmo(dpmo: float) -> float:
    """
    Return the short-term sigma level of a known long-term rate: z(1 - DPMO / 10^6) + 1.5.

    :raises ValueError: unless 0 < dpmo < 1,000,000.
    """
    if not 0 < dpmo < 1e6:
        raise ValueError(f"{dpmo} DPMO has no sigma level; it must lie between 0 and 1,000,000")
    return float(-special.ndtri(dpmo / 1e6)) + SHIFT


def dpmo_at_sigma(sigma: float) -> float:
    """
    Return the long-term defects per million opportunities of a short-term sigma level.

    >>> round(dpmo_at_sigma(6), 1), round(dpmo_at_sigma(4))
    (3.4, 6210)
    """
    return float(special.ndtr(SHIFT - sigma)) * 1e6


def opportunities_without_defect(*, dpmo: float, confidence: float = 0.95) -> int:
    """
    Return how many opportunities must be free of defects to show that the rate is below `dpmo`.

    :raises ValueError: unless 0 < dpmo < 1,000,000 and 0 < confidence < 1.
    """
    if not 0 < dpmo < 1e6 or not 0 < confidence < 1:
        raise ValueError("the rate must lie between 0 and 1,000,000 and the confidence between 0 and 1")
    return math.ceil(math.log1p(-confidence) / math.log1p(-dpmo / 1e6))


def rolled_throughput_yield(first_pass_yields: Sequence[float]) -> float:
    """
    Return the share of units that pass every step at the first try: the product of the steps' yields.

    :raises ValueError: if there is no step or a yield is not a share in [0, 1].
    """
    if not first_pass_yields or any(not 0 <= value <= 1 for value in first_pass_yields):
        raise ValueError("a rolled throughput yield needs the first pass yield of each step, in [0, 1]")
    return math.prod(first_pass_yields)


def _level(dpmo: float) -> float | None:
    return sigma_at_dpmo(dpmo) if 0 < dpmo < 1e6 else None
