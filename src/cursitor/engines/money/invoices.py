"""The arithmetic of one invoice: lines, adjustments and their totals."""

import dataclasses
import decimal
from collections.abc import Iterable

from cursitor.engines.money import amounts, fees

FEE = "FEE"
EXPENSE = "EXPENSE"


class OverCredited(ValueError):
    """Raised when adjustments take more from fees or expenses than there is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """
    One fee or expense line.

    kind: FEE or EXPENSE. units: hours or pieces, >= 0. rate_minor: minor units per unit, >= 0.
    adjustment_minor: discount (negative) or premium on this line.
    """

    kind: str
    units: decimal.Decimal
    rate_minor: decimal.Decimal
    adjustment_minor: int = 0

    @property
    def base_minor(self) -> int:
        """Return units times rate, rounded once, half away from zero."""
        return fees.unit_fee(self.units, self.rate_minor)

    @property
    def total_minor(self) -> int:
        """Return what the line adds to the invoice."""
        return self.base_minor + self.adjustment_minor


@dataclasses.dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment of all fees or all expenses of an invoice, with the reason that the client reads."""

    kind: str
    amount_minor: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """The lines and adjustments of one invoice in one currency."""

    currency: str
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """Sums in minor units: fees and expenses with their line adjustments, invoice adjustments, and the total."""

    fees: int
    expenses: int
    fee_adjustments: int
    expense_adjustments: int
    total: int


def invoice_totals(draft: InvoiceDraft) -> InvoiceTotals:
    """
    Return the totals of a draft; the total is the sum of line totals and adjustments, to the minor unit.

    :raises amounts.UnknownCurrency: if the currency is not in ISO 4217.
    :raises OverCredited: if adjustments exceed the fees or the expenses they adjust.
    :raises ValueError: if a kind is neither FEE nor EXPENSE or an adjustment gives no reason.
    """
    amounts.minor_units(draft.currency)
    by_kind = _sum_by_kind((line.kind, line.total_minor) for line in draft.lines)
    adjusted = _sum_by_kind((each.kind, each.amount_minor) for each in draft.adjustments)
    if any(not each.reason.strip() for each in draft.adjustments):
        raise ValueError("every adjustment of an invoice needs a reason")
    for kind, name in ((FEE, "fees"), (EXPENSE, "expenses")):
        if by_kind[kind] + adjusted[kind] < 0:
            raise OverCredited(
                f"the adjustments of {amounts.decimal_text(adjusted[kind], draft.currency)} exceed the {name} of "
                f"{amounts.decimal_text(by_kind[kind], draft.currency)}"
            )
    return InvoiceTotals(
        fees=by_kind[FEE],
        expenses=by_kind[EXPENSE],
        fee_adjustments=adjusted[FEE],
        expense_adjustments=adjusted[EXPENSE],
        total=sum(by_kind.values()) + sum(adjusted.values()),
    )


def _sum_by_kind(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums = {FEE: 0, EXPENSE: 0}
    for kind, minor in parts:
        if kind not in sums:
            raise ValueError(f"the line kind {kind!r} is neither {FEE} nor {EXPENSE}")
        sums[kind] += minor
    return sums
