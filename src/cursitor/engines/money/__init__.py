"""
Money in integer minor units: currencies, allocation, rounding of time, fees, invoice totals and LEDES files.

Callers use `ledes` and `utbms` as modules and the names below from the package. See docs/algorithms/money.md.
"""

from cursitor.engines.money import ledes, utbms
from cursitor.engines.money.amounts import (
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    allocate,
    decimal_text,
    minor_units,
    parse_amount,
    round_half_up,
    total,
)
from cursitor.engines.money.fees import decimal_hours, fixed_fee, hourly_fee, round_minutes, unit_fee
from cursitor.engines.money.invoices import (
    Adjustment,
    InvoiceDraft,
    InvoiceTotals,
    Line,
    OverCredited,
    invoice_totals,
)

__all__ = [
    "Adjustment",
    "CurrencyMismatch",
    "InvoiceDraft",
    "InvoiceTotals",
    "Line",
    "Money",
    "OverCredited",
    "UnknownCurrency",
    "allocate",
    "decimal_hours",
    "decimal_text",
    "fixed_fee",
    "hourly_fee",
    "invoice_totals",
    "ledes",
    "minor_units",
    "parse_amount",
    "round_half_up",
    "round_minutes",
    "total",
    "unit_fee",
    "utbms",
]
