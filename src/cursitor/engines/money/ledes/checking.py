"""Checks of LEDES 1998B files: fields, and the arithmetic between them."""

import dataclasses
import datetime
import decimal
import itertools
import re
from collections.abc import Iterable, Iterator

from cursitor.engines.money import amounts
from cursitor.engines.money.ledes import fields, profiles, reading

ERROR = "ERROR"
WARNING = "WARNING"

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{8}", re.ASCII)


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing wrong with a file.

    code: upper-case name of the check. severity: ERROR (receivers reject) or WARNING (receivers may). line: of the
    file, from 1. field: name in the header, "" if the line as a whole. value: as it stands in the file.
    """

    code: str
    severity: str
    line: int
    field: str
    value: str
    message: str

    def __str__(self) -> str:
        where = f", {self.field}" if self.field else ""
        return f"line {self.line}{where}: {self.message}"


def validate_1998b(text: str, *, profile: profiles.Profile = profiles.STANDARD, currency: str = "USD") -> list[Finding]:
    """
    Return everything that is wrong with a LEDES 1998B file, in line order; an empty list if nothing is.

    Checks structure, required fields, types, lengths, dates, codes against the line kind, units x unit cost +
    adjustment = line total, IF/IE lines, and the sum of line totals = invoice total for each invoice.
    currency: the format does not state it; it sets the unit to which totals may be rounded.
    """
    findings: list[Finding] = []
    rows: list[reading.Row] = []
    for item in reading.scan(text):
        if isinstance(item, reading.StructureFault):
            findings.append(Finding(item.code, ERROR, item.line, "", "", item.message))
        else:
            rows.append(item)
    half_unit = decimal.Decimal("0.5").scaleb(-amounts.minor_units(currency))
    for row in rows:
        findings.extend(_row_findings(row, profile, half_unit))
    by_invoice = _by_invoice(rows)
    for invoice in by_invoice.values():
        findings.extend(_invoice_findings(invoice, profile, half_unit))
    return sorted(findings, key=lambda finding: finding.line)


def _by_invoice(rows: Iterable[reading.Row]) -> dict[str, list[reading.Row]]:
    invoices: dict[str, list[reading.Row]] = {}
    for row in rows:
        invoices.setdefault(row.values["INVOICE_NUMBER"], []).append(row)
    return invoices


def _finding(row: reading.Row, code: str, field: str, message: str, severity: str = ERROR) -> Finding:
    return Finding(code, severity, row.line, field, row.values.get(field, ""), message)


def _row_findings(row: reading.Row, profile: profiles.Profile, half_unit: decimal.Decimal) -> Iterator[Finding]:
    for field in fields.FIELDS:
        yield from _field_findings(row, field)
    yield from _profile_findings(row, profile)
    yield from _kind_findings(row)
    yield from _line_total_findings(row, half_unit)
    yield from _date_order_findings(row)


def _field_findings(row: reading.Row, field: fields.Field) -> Iterator[Finding]:
    value = row.values[field.name]
    if not value.isascii() or not value.isprintable():
        yield _finding(row, "NOT_ASCII", field.name, "the value holds characters outside printable ASCII")
    if value.strip().upper() == "NULL":
        yield _finding(row, "NULL_WORD", field.name, "an empty value is written as nothing, not as a word")
        return
    if not value.strip():
        is_item = row.values["EXP/FEE/INV_ADJ_TYPE"] not in fields.ADJUSTMENT_KINDS
        if field.is_required or (field.is_required_on_items and is_item):
            yield _finding(row, "REQUIRED", field.name, "the field must have a value")
    elif field.type == fields.DATE and as_date(value) is None:
        yield _finding(row, "BAD_DATE", field.name, f"{value!r} is no date of the form YYYYMMDD")
    elif field.type == fields.NUMBER:
        yield from _number_findings(row, field, value)
    elif len(value) > field.longest and field.type == fields.TEXT:
        yield _finding(row, "TOO_LONG", field.name, f"{len(value)} characters, {field.longest} are allowed")


def _number_findings(row: reading.Row, field: fields.Field, value: str) -> Iterator[Finding]:
    number = as_number(value)
    if number is None:
        yield _finding(row, "BAD_NUMBER", field.name, f"{value!r} is no plain number")
        return
    whole, _, decimals = value.lstrip("-").partition(".")
    if len(whole.lstrip("0")) > field.whole_digits or len(decimals) > fields.MOST_DECIMALS:
        limit = f"{field.whole_digits} digits and {fields.MOST_DECIMALS} decimal places"
        yield _finding(row, "TOO_LONG", field.name, f"{value} has more than {limit}")


def _profile_findings(row: reading.Row, profile: profiles.Profile) -> Iterator[Finding]:
    limits = {
        "LINE_ITEM_DESCRIPTION": profile.longest_description,
        "INVOICE_DESCRIPTION": profile.longest_invoice_description,
    }
    for name, longest in limits.items():
        if longest < len(row.values[name]) <= fields.LONGEST_DESCRIPTION:
            yield _finding(row, "TOO_LONG", name, f"{profile.name} takes at most {longest} characters")
    if profile.requires_client_matter_id and not row.values["CLIENT_MATTER_ID"].strip():
        yield _finding(row, "REQUIRED", "CLIENT_MATTER_ID", f"{profile.name} needs the client's matter number")
    units = as_number(row.values["LINE_ITEM_NUMBER_OF_UNITS"])
    if units is not None and units < 0 and not profile.allows_negative_units:
        yield _finding(row, "NEGATIVE_UNITS", "LINE_ITEM_NUMBER_OF_UNITS", f"{profile.name} refuses credits in units")
    for name in ("INVOICE_TOTAL", "LINE_ITEM_TOTAL"):
        decimals = row.values[name].partition(".")[2].rstrip("0")
        if profile.most_decimals < len(decimals) <= fields.MOST_DECIMALS:
            yield _finding(row, "TOO_LONG", name, f"{profile.name} takes {profile.most_decimals} decimal places")


def _kind_findings(row: reading.Row) -> Iterator[Finding]:
    kind = row.values["EXP/FEE/INV_ADJ_TYPE"]
    if kind not in fields.KINDS:
        if kind.strip():
            yield _finding(row, "BAD_KIND", "EXP/FEE/INV_ADJ_TYPE", f"{kind!r} is none of F, E, IF, IE")
        return
    if kind == fields.FEE:
        misplaced = ["LINE_ITEM_EXPENSE_CODE"]
        if not row.values["TIMEKEEPER_ID"].strip():
            yield _finding(row, "NO_TIMEKEEPER", "TIMEKEEPER_ID", "a fee names its timekeeper", WARNING)
    else:
        misplaced = ["LINE_ITEM_TASK_CODE", "LINE_ITEM_ACTIVITY_CODE"]
    for name in misplaced:
        if row.values[name].strip():
            yield _finding(row, "MISPLACED_CODE", name, f"a line of kind {kind} has no such code", WARNING)


def _line_total_findings(row: reading.Row, half_unit: decimal.Decimal) -> Iterator[Finding]:
    total = as_number(row.values["LINE_ITEM_TOTAL"])
    adjustment = _or_zero(row.values["LINE_ITEM_ADJUSTMENT_AMOUNT"])
    kind = row.values["EXP/FEE/INV_ADJ_TYPE"]
    if total is None or adjustment is None or kind not in fields.KINDS:
        return
    if kind in fields.ADJUSTMENT_KINDS:
        if total != adjustment:
            yield _finding(
                row,
                "ADJUSTMENT_TOTAL",
                "LINE_ITEM_TOTAL",
                f"the total {total} of an {kind} line must be its adjustment {adjustment}",
            )
        return
    units = as_number(row.values["LINE_ITEM_NUMBER_OF_UNITS"])
    cost = as_number(row.values["LINE_ITEM_UNIT_COST"])
    if units is None or cost is None:
        return
    exact = units * cost + adjustment
    if abs(exact - total) > half_unit:
        message = f"{units} x {cost} + {adjustment} is {exact}, the line says {total}"
        yield _finding(row, "LINE_TOTAL", "LINE_ITEM_TOTAL", message)


def _date_order_findings(row: reading.Row) -> Iterator[Finding]:
    start = as_date(row.values["BILLING_START_DATE"])
    end = as_date(row.values["BILLING_END_DATE"])
    day = as_date(row.values["LINE_ITEM_DATE"])
    if start is None or end is None:
        return
    if end < start:
        yield _finding(row, "PERIOD", "BILLING_END_DATE", "the billing period ends before it starts")
    elif day is not None and not start <= day <= end:
        yield _finding(row, "LINE_DATE", "LINE_ITEM_DATE", "the day lies outside the billing period", WARNING)


def _invoice_findings(
    rows: list[reading.Row], profile: profiles.Profile, half_unit: decimal.Decimal
) -> Iterator[Finding]:
    first = rows[0]
    for row, name in itertools.product(rows[1:], fields.INVOICE_FIELDS):
        if row.values[name] != first.values[name]:
            yield _finding(row, "NOT_UNIFORM", name, "receivers read the invoice's first line only", WARNING)
    yield from _duplicate_findings(rows)
    totals = [as_number(row.values["LINE_ITEM_TOTAL"]) for row in rows]
    stated = as_number(first.values["INVOICE_TOTAL"])
    known = [total for total in totals if total is not None]
    if stated is not None and len(known) == len(rows) and abs(sum(known) - stated) >= 2 * half_unit:
        message = f"the lines add up to {sum(known)}, the invoice says {stated}"
        yield _finding(first, "INVOICE_TOTAL", "INVOICE_TOTAL", message)
    if profile.most_adjustment_lines is not None:
        yield from _adjustment_count_findings(rows, profile.name, profile.most_adjustment_lines)


def _duplicate_findings(rows: list[reading.Row]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for row in rows:
        number = row.values["LINE_ITEM_NUMBER"]
        if number in seen:
            message = f"line item {number} of this invoice stands in line {seen[number]} already"
            yield _finding(row, "DUPLICATE_LINE", "LINE_ITEM_NUMBER", message)
        seen.setdefault(number, row.line)


def _adjustment_count_findings(rows: list[reading.Row], receiver: str, most: int) -> Iterator[Finding]:
    for kind in fields.ADJUSTMENT_KINDS:
        matching = [row for row in rows if row.values["EXP/FEE/INV_ADJ_TYPE"] == kind]
        for row in matching[most:]:
            message = f"{receiver} takes at most {most} line of kind {kind} in an invoice"
            yield _finding(row, "TOO_MANY_ADJUSTMENTS", "EXP/FEE/INV_ADJ_TYPE", message)


def as_number(value: str) -> decimal.Decimal | None:
    """Return the number a field holds, or None if it holds none (digits, one point, a leading minus)."""
    return decimal.Decimal(value) if _NUMBER.fullmatch(value) else None


def as_date(value: str) -> datetime.date | None:
    """Return the day a field holds as YYYYMMDD, or None if it holds none."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return datetime.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


def _or_zero(value: str) -> decimal.Decimal | None:
    return as_number(value) if value.strip() else decimal.Decimal(0)
