"""Control charts of rates over time: which lot stands out, and whether the level drifts."""

import dataclasses
import math
from collections.abc import Sequence


class NoChart(ValueError):
    """Raised when there is nothing to draw a chart from."""


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """One lot on a chart: its value, the centre line, its own limits, and whether it lies outside them."""

    value: float
    centre: float
    low: float
    high: float

    @property
    def is_signal(self) -> bool:
        """True if the value lies outside its limits."""
        return not self.low <= self.value <= self.high


def p_chart(*, defective: Sequence[int], inspected: Sequence[int], width: float = 3.0) -> tuple[Point, ...]:
    """
    Return the chart of the share of defective units by lot: p-bar +/- 3 sqrt(p-bar (1 - p-bar) / n).

    defective, inspected: counts per lot, oldest first. Limits belong to each lot's own n and stay within 0 and 1.
    :raises NoChart: if there is no lot or the counts cannot occur.
    """
    _require(defective, inspected)
    if any(x > n for x, n in zip(defective, inspected, strict=True)):
        raise NoChart("a lot cannot have more defective units than were inspected")
    centre = sum(defective) / sum(inspected)
    spreads = (width * math.sqrt(centre * (1 - centre) / n) for n in inspected)
    return tuple(
        Point(x / n, centre, max(0.0, centre - spread), min(1.0, centre + spread))
        for x, n, spread in zip(defective, inspected, spreads, strict=True)
    )


def u_chart(*, defects: Sequence[int], units: Sequence[int], width: float = 3.0) -> tuple[Point, ...]:
    """
    Return the chart of defects per unit by lot: u-bar +/- 3 sqrt(u-bar / n); a unit may have several defects.

    :raises NoChart: if there is no lot or the counts cannot occur.
    """
    _require(defects, units)
    centre = sum(defects) / sum(units)
    spreads = (width * math.sqrt(centre / n) for n in units)
    return tuple(
        Point(x / n, centre, max(0.0, centre - spread), centre + spread)
        for x, n, spread in zip(defects, units, spreads, strict=True)
    )


def ewma_chart(
    values: Sequence[float], *, centre: float, sigma: float, weight: float = 0.2, width: float = 2.962
) -> tuple[Point, ...]:
    """
    Return the exponentially weighted moving average z = weight * x + (1 - weight) * z, which shows small drifts.

    values: one per lot, oldest first. centre, sigma: level and standard deviation of a lot's value in control.
    The limits start narrow and approach `ewma_limit`.
    :raises NoChart: if there is no value, sigma is negative, or the weight is not in (0, 1].
    """
    if not values or sigma < 0 or not 0 < weight <= 1:
        raise NoChart("the chart needs values, a sigma of 0 or more and a weight above 0 and up to 1")
    points, average = [], centre
    for number, value in enumerate(values, start=1):
        average = weight * value + (1 - weight) * average
        spread = ewma_limit(weight=weight, width=width) * sigma * math.sqrt(1 - (1 - weight) ** (2 * number))
        points.append(Point(average, centre, centre - spread, centre + spread))
    return tuple(points)


def ewma_limit(*, weight: float, width: float) -> float:
    """
    Return the distance of the limits from the centre in standard deviations, in the long run.

    >>> round(ewma_limit(weight=0.2, width=2.962), 4)
    0.9873
    """
    return width * math.sqrt(weight / (2 - weight))


def _require(counts: Sequence[int], sizes: Sequence[int]) -> None:
    if not sizes or len(counts) != len(sizes):
        raise NoChart("the chart needs a count and a size for each lot")
    if any(x < 0 for x in counts) or any(n < 1 for n in sizes):
        raise NoChart("every lot needs at least one unit and no count below zero")
