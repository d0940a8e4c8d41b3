"""The 24 fields of a LEDES 1998B line, in order, as data."""

import dataclasses

FORMAT_LINE = "LEDES1998B[]"
LINE_END = "[]"
FIELD_SEPARATOR = "|"

TEXT = "TEXT"
DATE = "DATE"
NUMBER = "NUMBER"

FEE = "F"
EXPENSE = "E"
FEE_ADJUSTMENT = "IF"
EXPENSE_ADJUSTMENT = "IE"
KINDS = (FEE, EXPENSE, FEE_ADJUSTMENT, EXPENSE_ADJUSTMENT)
ADJUSTMENT_KINDS = (FEE_ADJUSTMENT, EXPENSE_ADJUSTMENT)
"""Adjustments of the whole invoice on its fees (IF) or expenses (IE)."""

LONGEST_DESCRIPTION = 15 * 1024
MOST_DECIMALS = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """
    One field: its name in the header line, its type and its limits.

    longest: characters of a text. whole_digits: digits before the decimal point of a number. is_required: on
    every line. is_required_on_items: on fee and expense lines, not on invoice adjustments.
    """

    name: str
    type: str = TEXT
    longest: int = 20
    whole_digits: int = 0
    is_required: bool = False
    is_required_on_items: bool = False


def _number(name: str, whole_digits: int, *, required: bool = False, on_items: bool = False) -> Field:
    return Field(name, NUMBER, whole_digits=whole_digits, is_required=required, is_required_on_items=on_items)


FIELDS: tuple[Field, ...] = (
    Field("INVOICE_DATE", DATE, is_required=True),
    Field("INVOICE_NUMBER", is_required=True),
    Field("CLIENT_ID", is_required=True),
    Field("LAW_FIRM_MATTER_ID", is_required=True),
    _number("INVOICE_TOTAL", 12, required=True),
    Field("BILLING_START_DATE", DATE, is_required=True),
    Field("BILLING_END_DATE", DATE, is_required=True),
    Field("INVOICE_DESCRIPTION", longest=LONGEST_DESCRIPTION),
    Field("LINE_ITEM_NUMBER", is_required=True),
    Field("EXP/FEE/INV_ADJ_TYPE", longest=2, is_required=True),
    _number("LINE_ITEM_NUMBER_OF_UNITS", 10, on_items=True),
    _number("LINE_ITEM_ADJUSTMENT_AMOUNT", 10),
    _number("LINE_ITEM_TOTAL", 10, required=True),
    Field("LINE_ITEM_DATE", DATE, is_required=True),
    Field("LINE_ITEM_TASK_CODE"),
    Field("LINE_ITEM_EXPENSE_CODE"),
    Field("LINE_ITEM_ACTIVITY_CODE"),
    Field("TIMEKEEPER_ID"),
    Field("LINE_ITEM_DESCRIPTION", longest=LONGEST_DESCRIPTION),
    Field("LAW_FIRM_ID", is_required=True),
    _number("LINE_ITEM_UNIT_COST", 10, on_items=True),
    Field("TIMEKEEPER_NAME", longest=30),
    Field("TIMEKEEPER_CLASSIFICATION", longest=10),
    Field("CLIENT_MATTER_ID"),
)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
HEADER_LINE = FIELD_SEPARATOR.join(BY_NAME) + LINE_END

INVOICE_FIELDS = (
    "INVOICE_DATE",
    "INVOICE_TOTAL",
    "BILLING_START_DATE",
    "BILLING_END_DATE",
    "INVOICE_DESCRIPTION",
)
"""Fields that every line of an invoice repeats; receivers read the first line's."""
