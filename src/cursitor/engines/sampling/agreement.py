"""How far two or more readers agree beyond chance: kappa, AC1, PABAK, alpha."""

import collections
import dataclasses
import itertools
from collections.abc import Callable, Hashable, Sequence

NOMINAL = "NOMINAL"
ORDINAL = "ORDINAL"
INTERVAL = "INTERVAL"
RATIO = "RATIO"


class NothingToCompare(ValueError):
    """Raised when a table or a set of ratings cannot show agreement."""


@dataclasses.dataclass(frozen=True, slots=True)
class Agreement:
    """
    Agreement of two readers on the same n units.

    observed: share of units on which they agree; expected: share expected by chance from how often each reader uses
    each category. kappa: Cohen 1960; None where chance alone would give full agreement. pabak: prevalence- and
    bias-adjusted kappa (Byrt, Bishop and Carlin 1993), from observed agreement alone. ac1: Gwet 2008, steady where
    one category is rare and kappa collapses. prevalence: share of each category over both readers.
    """

    n: int
    observed: float
    expected: float
    kappa: float | None
    pabak: float
    ac1: float
    prevalence: tuple[float, ...]


def two_readers(table: Sequence[Sequence[int]]) -> Agreement:
    """
    Return the agreement of two readers from their square table of counts.

    table[i][j]: units that the first reader put in category i and the second in category j.
    :raises NothingToCompare: if the table is not square, has fewer than two categories, or is empty.

    >>> result = two_readers([[20, 5], [10, 15]])
    >>> result.observed, result.expected, round(result.kappa, 2)
    (0.7, 0.5, 0.4)
    """
    q = len(table)
    n = sum(sum(row) for row in table)
    if q < 2 or any(len(row) != q for row in table) or n < 1 or any(c < 0 for row in table for c in row):
        raise NothingToCompare("two readers are compared in a square table of counts with at least one unit")
    rows = [sum(row) / n for row in table]
    columns = [sum(row[j] for row in table) / n for j in range(q)]
    observed = sum(table[i][i] for i in range(q)) / n
    expected = sum(r * c for r, c in zip(rows, columns, strict=True))
    shares = tuple((r + c) / 2 for r, c in zip(rows, columns, strict=True))
    by_chance = sum(share * (1 - share) for share in shares) / (q - 1)
    return Agreement(
        n=n,
        observed=observed,
        expected=expected,
        kappa=_beyond(observed, expected),
        pabak=(q * observed - 1) / (q - 1),
        ac1=(observed - by_chance) / (1 - by_chance),
        prevalence=shares,
    )


def fleiss_kappa(rows: Sequence[Sequence[int]]) -> float | None:
    """
    Return the agreement beyond chance of a fixed number of readers per unit (Fleiss 1971).

    rows[i][j]: how many readers put unit i in category j; every row has the same sum, at least 2. None where all
    readers used one category only.
    :raises NothingToCompare: if the rows differ in length or sum.
    """
    readers = sum(rows[0]) if rows else 0
    if readers < 2 or any(sum(row) != readers or len(row) != len(rows[0]) for row in rows):
        raise NothingToCompare("every unit needs the same categories and the same number of readers, at least two")
    n = len(rows)
    shares = [sum(row[j] for row in rows) / (n * readers) for j in range(len(rows[0]))]
    agreeing = sum(sum(c * c for c in row) - readers for row in rows) / (n * readers * (readers - 1))
    return _beyond(agreeing, sum(share * share for share in shares))


def krippendorff_alpha(ratings: Sequence[Sequence[float | None]], *, metric: str = NOMINAL) -> float | None:
    """
    Return Krippendorff's alpha (2011) for any number of coders, with missing ratings.

    ratings[c][u]: what coder c said about unit u, None if nothing; numbers, used as mere names for NOMINAL. metric:
    NOMINAL, ORDINAL, INTERVAL or RATIO (non-negative). None where all ratings are alike.
    :raises NothingToCompare: if the rows differ in length, no unit has two ratings, or the metric is unknown.
    """
    if len({len(row) for row in ratings}) != 1:
        raise NothingToCompare("every coder needs an entry for every unit, None where nothing was said")
    units = [[value for value in unit if value is not None] for unit in zip(*ratings, strict=True)]
    pairable = [unit for unit in units if len(unit) > 1]
    if not pairable:
        raise NothingToCompare("no unit has two ratings")
    counts = collections.Counter(value for unit in pairable for value in unit)
    distance = _distance(metric, counts)
    n = counts.total()
    observed = sum(
        sum(distance(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in pairable
    )
    expected = sum(counts[a] * counts[b] * distance(a, b) for a, b in itertools.permutations(counts, 2))
    return None if expected == 0 else 1 - (n - 1) * observed / expected


def table_of(pairs: Sequence[tuple[Hashable, Hashable]], categories: Sequence[Hashable]) -> list[list[int]]:
    """
    Return the square table of counts of (first, second) readings, in the order of the categories.

    :raises NothingToCompare: naming a reading that is not among the categories.
    """
    place = {category: index for index, category in enumerate(categories)}
    table = [[0] * len(categories) for _ in categories]
    for pair in pairs:
        for reading in pair:
            if reading not in place:
                raise NothingToCompare(f"the reading {reading!r} is not among the categories")
        table[place[pair[0]]][place[pair[1]]] += 1
    return table


def _beyond(observed: float, expected: float) -> float | None:
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _distance(metric: str, counts: collections.Counter[float]) -> Callable[[float, float], float]:
    """Return the squared distance of two ratings under a metric."""
    if metric == NOMINAL:
        return lambda a, b: float(a != b)
    if metric == INTERVAL:
        return lambda a, b: (a - b) ** 2
    if metric == RATIO:
        return lambda a, b: 0.0 if a == b else ((a - b) / (a + b)) ** 2
    if metric == ORDINAL:
        # Ranks between two ratings: everything at or between them, their own counts by half.
        def between(a: float, b: float) -> float:
            low, high = min(a, b), max(a, b)
            inside = sum(count for value, count in counts.items() if low <= value <= high)
            return 0.0 if a == b else (inside - (counts[a] + counts[b]) / 2) ** 2

        return between
    raise NothingToCompare(f"the metric {metric!r} is none of {NOMINAL}, {ORDINAL}, {INTERVAL}, {RATIO}")
