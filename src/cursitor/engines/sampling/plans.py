"""Single sampling plans by attributes: zero acceptance, normal and tightened, with their operating curves."""

import dataclasses
import decimal
import fractions
from collections.abc import Sequence

from scipy import special, stats

from cursitor.engines.sampling import tables

ZERO_ACCEPTANCE = "ZERO_ACCEPTANCE"
NORMAL_SINGLE = "NORMAL_SINGLE"
TIGHTENED_SINGLE = "TIGHTENED_SINGLE"
DISCONTINUED = "DISCONTINUED"


class NoSuchPlan(ValueError):
    """Raised when a lot size, quality level or inspection level has no plan."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """
    How many units of a lot to inspect and when to accept it.

    scheme: ZERO_ACCEPTANCE, NORMAL_SINGLE or TIGHTENED_SINGLE. letter: code letter of the plan that is used, after
    following arrows; "" for zero acceptance. n: units to inspect. Accept the lot if at most `accept` units
    are defective, reject it from `reject` on. is_full: every unit of the lot is inspected.
    aql and level belong to the tables (aql as the standard prints it), limiting_quality (share) and confidence to
    zero acceptance; those that do not apply are None.
    """

    scheme: str
    letter: str
    lot_size: int
    n: int
    accept: int
    reject: int
    is_full: bool
    aql: str | None = None
    level: str | None = None
    limiting_quality: float | None = None
    confidence: float | None = None


def zero_acceptance(*, lot_size: int, limiting_quality: float | decimal.Decimal, confidence: float = 0.95) -> Plan:
    """
    Return the smallest sample that shows, if it holds no defect, that the lot is better than a limiting quality.

    A lot with a share of defective units of limiting_quality or more passes with probability of at most
    1 - confidence, by the hypergeometric distribution for this lot.
    limiting_quality: share in (0, 1), not percent. Small lots may have to be inspected in full.
    :raises NoSuchPlan: if the lot is empty or a share is out of range.

    >>> zero_acceptance(lot_size=1000, limiting_quality=0.05).n
    57
    """
    _require_lot(lot_size)
    if not 0 < limiting_quality < 1 or not 0 < confidence < 1:
        raise NoSuchPlan("limiting quality and confidence are shares between 0 and 1, not per cent")
    # The fraction that the float stands for: 0.07 of 100 units is 7 of them, not 8 by an error in the last bit.
    defective = -(-lot_size * fractions.Fraction(limiting_quality).limit_denominator(10**9) // 1)
    n = _smallest_sample(lot_size, int(defective), 1 - confidence)
    return Plan(
        scheme=ZERO_ACCEPTANCE,
        letter="",
        lot_size=lot_size,
        n=n,
        accept=0,
        reject=1,
        is_full=n == lot_size,
        limiting_quality=float(limiting_quality),
        confidence=confidence,
    )


def normal_single(*, lot_size: int, aql: float | str | decimal.Decimal, level: str = "II") -> Plan:
    """
    Return the single sampling plan for normal inspection (MIL-STD-105E table II-A, ISO 2859-1).

    aql: one of the 26 preferred values, per cent (tables.AQLS). level: I, II, III or S-1 to S-4.
    Where the table has an arrow, the plan it leads to is used with that plan's own sample size; if the sample
    would be the lot or more, the whole lot is inspected.
    :raises NoSuchPlan: if the lot is empty, or aql or level is not in the tables.

    >>> plan = normal_single(lot_size=1000, aql=0.25)
    >>> plan.letter, plan.n, plan.accept
    ('H', 50, 0)
    """
    return _from_table(tables.NORMAL, NORMAL_SINGLE, lot_size, aql, level)


def tightened_single(*, lot_size: int, aql: float | str | decimal.Decimal, level: str = "II") -> Plan:
    """
    Return the single sampling plan for tightened inspection (MIL-STD-105E table II-B, ISO 2859-1).

    Arguments, arrows and errors as for `normal_single`.
    """
    return _from_table(tables.TIGHTENED, TIGHTENED_SINGLE, lot_size, aql, level)


def code_letter(*, lot_size: int, level: str = "II") -> str:
    """
    Return the sample size code letter of table I.

    :raises NoSuchPlan: if the lot has fewer than 2 units or the level is unknown.
    """
    if lot_size < 2:
        raise NoSuchPlan(f"table I begins with lots of 2 units; this lot has {lot_size}")
    if level not in tables.CODE_LETTERS:
        raise NoSuchPlan(f"the inspection level {level!r} is none of {', '.join(tables.CODE_LETTERS)}")
    row = sum(lot_size > limit for limit in tables.LOT_SIZE_LIMITS)
    return tables.CODE_LETTERS[level][row]


def probability_of_acceptance(plan: Plan, share: float) -> float:
    """
    Return the probability that the plan accepts a lot from a process with this share of defective units.

    The operating characteristic of type B: binomial, for an endless process.
    :raises ValueError: unless 0 <= share <= 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not a share between 0 and 1")
    return float(stats.binom.cdf(plan.accept, plan.n, share))


def probability_of_acceptance_of_lot(plan: Plan, defective: int) -> float:
    """
    Return the probability that the plan accepts this lot if it holds `defective` units (type A, hypergeometric).

    :raises ValueError: unless 0 <= defective <= lot size.
    """
    if not 0 <= defective <= plan.lot_size:
        raise ValueError(f"a lot of {plan.lot_size} cannot hold {defective} defective units")
    return float(stats.hypergeom.cdf(plan.accept, plan.lot_size, defective, plan.n))


def share_accepted_with(plan: Plan, probability: float) -> float:
    """
    Return the share of defective units that the plan accepts with this probability (0.10: consumer's risk point).

    :raises ValueError: unless 0 < probability < 1 and the plan can reject at all.
    """
    if not 0 < probability < 1 or plan.accept >= plan.n:
        raise ValueError("the probability must lie between 0 and 1 and the plan must be able to reject")
    return float(special.betaincinv(plan.accept + 1, plan.n - plan.accept, 1 - probability))


def is_accepted(plan: Plan, *, defective: int) -> bool:
    """
    Return whether the lot is accepted after all n units of the plan were inspected.

    :raises ValueError: unless 0 <= defective <= n.
    """
    if not 0 <= defective <= plan.n:
        raise ValueError(f"{plan.n} inspected units cannot hold {defective} defective ones")
    return defective <= plan.accept


def next_severity(results: Sequence[bool]) -> str:
    """
    Return the severity for the next lot after these results: NORMAL, TIGHTENED or DISCONTINUED.

    results: acceptance of each lot at its original inspection, oldest first; re-submitted lots do not count.
    Rules of ISO 2859-1:1999 9.3: to tightened when 2 of 5 or fewer consecutive lots are not accepted; back to
    normal after 5 consecutive acceptances; discontinued when 5 lots in all were not accepted on tightened.
    """
    severity, since, failed = tables.NORMAL, list[bool](), 0
    for is_lot_accepted in results:
        if severity == DISCONTINUED:
            break
        since.append(is_lot_accepted)
        if severity == tables.NORMAL and since[-5:].count(False) >= 2:
            severity, since, failed = tables.TIGHTENED, [], 0
        elif severity == tables.TIGHTENED:
            failed += not is_lot_accepted
            if failed >= 5:
                severity = DISCONTINUED
            elif len(since) >= 5 and all(since[-5:]):
                severity, since = tables.NORMAL, []
    return severity


def _smallest_sample(lot_size: int, defective: int, risk: float) -> int:
    low, high = 1, lot_size
    while low < high:
        middle = (low + high) // 2
        if float(stats.hypergeom.pmf(0, lot_size, defective, middle)) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def _from_table(table: str, scheme: str, lot_size: int, aql: float | str | decimal.Decimal, level: str) -> Plan:
    _require_lot(lot_size)
    column = _column(aql)
    # A lot of one unit lies outside table I; there is nothing to sample from.
    first = code_letter(lot_size=max(lot_size, 2), level=level)
    letter, accept = _follow(table, tables.LETTERS.index(first), column)
    n = min(tables.SAMPLE_SIZES[letter], lot_size)
    return Plan(
        scheme=scheme,
        letter=letter,
        lot_size=lot_size,
        n=n,
        accept=accept,
        reject=accept + 1,
        is_full=n == lot_size,
        aql=tables.AQLS[column],
        level=level,
    )


def _follow(table: str, row: int, column: int) -> tuple[str, int]:
    """Return letter and acceptance number of the cell, or of the cell to which its arrow leads."""
    last = len(tables.LETTERS_BY_TABLE[table]) - 1
    step = _arrow(table, row, column)
    for direction in (step, -step):
        at = row
        while 0 <= at <= last:
            accept = _cell(table, at, column)
            if accept is not None:
                return tables.LETTERS[at], accept
            at += direction
    raise NoSuchPlan(f"no plan for letter {tables.LETTERS[row]} at AQL {tables.AQLS[column]}")


def _place(table: str, row: int, column: int) -> int:
    return column - (tables.ZERO_COLUMN[table] - row)


def _cell(table: str, row: int, column: int) -> int | None:
    band, place = tables.ACCEPTANCE_NUMBERS[table], _place(table, row, column)
    if not 0 <= place < len(band):
        return None
    accept = band[place]
    largest = tables.LARGEST_BY_LETTER[table][tables.LETTERS[row]]
    return accept if accept is not None and accept <= largest else None


def _arrow(table: str, row: int, column: int) -> int:
    """Return +1 for an arrow down, -1 for an arrow up; the edge of the table turns the arrow round."""
    place = _place(table, row, column)
    points_up = place > 2 or (place == 1 and table == tables.NORMAL)
    return -1 if points_up else 1


def _column(aql: float | str | decimal.Decimal) -> int:
    try:
        wanted = decimal.Decimal(str(aql))
    except decimal.InvalidOperation:
        raise NoSuchPlan(f"the AQL {aql!r} is not a number") from None
    for column, text in enumerate(tables.AQLS):
        if decimal.Decimal(text) == wanted:
            return column
    raise NoSuchPlan(f"the AQL {aql} is not one of the preferred values {', '.join(tables.AQLS)}")


def _require_lot(lot_size: int) -> None:
    if lot_size < 1:
        raise NoSuchPlan(f"a lot of {lot_size} units cannot be inspected")
