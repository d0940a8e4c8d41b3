"""Writing of LEDES 1998B files; what receivers would reject is refused here."""

import dataclasses
import datetime
import decimal
import unicodedata
from collections.abc import Callable

from cursitor.engines.money import amounts
from cursitor.engines.money.ledes import checking, fields, profiles

_ASCII = str.maketrans(
    dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"ß": "ss", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l"}
    | {"Đ": "D", "đ": "d", "Þ": "Th", "þ": "th", "ð": "d", "ı": "i", "•": "*", "·": "*", "×": "x"}
    | {"€": "EUR ", "£": "GBP ", "¥": "JPY ", "₹": "INR ", "§": "Sec. ", "¶": "Para. "}
    | {"©": "(c)", "®": "(R)", "°": " deg ", "…": "...", "\N{FRACTION SLASH}": "/"}
)


class LedesRefused(ValueError):
    """Raised when an invoice cannot be written as LEDES 1998B; the message names line and field."""


@dataclasses.dataclass(frozen=True, slots=True)
class LedesLine:
    """
    One line item; amounts in minor units of the invoice's currency.

    kind: F, E, IF or IE. units: hours of a fee, count of an expense, None on IF and IE. unit_cost_minor: rate, None
    on IF and IE. total_minor must be units x unit cost + adjustment, rounded to the minor unit.
    timekeeper_name: "Surname, First".
    """

    number: str
    kind: str
    date: datetime.date
    total_minor: int
    units: decimal.Decimal | None = None
    unit_cost_minor: int | decimal.Decimal | None = None
    adjustment_minor: int = 0
    description: str = ""
    task_code: str = ""
    expense_code: str = ""
    activity_code: str = ""
    timekeeper_id: str = ""
    timekeeper_name: str = ""
    timekeeper_classification: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class LedesInvoice:
    """One invoice; total_minor must be the sum of the lines. law_firm_id: in the United States the tax number."""

    number: str
    date: datetime.date
    currency: str
    client_id: str
    law_firm_matter_id: str
    law_firm_id: str
    billing_start_date: datetime.date
    billing_end_date: datetime.date
    total_minor: int
    lines: tuple[LedesLine, ...]
    description: str = ""
    client_matter_id: str = ""


def write_1998b(invoice: LedesInvoice, *more: LedesInvoice, profile: profiles.Profile = profiles.STANDARD) -> str:
    """
    Return the LEDES 1998B text of one or more invoices in one currency: ASCII, lines ended `[]` and CR LF.

    Text is cleaned by `clean_text`; nothing is cut to length. The result has passed `validate_1998b` for the
    receiver's profile without an error.
    :raises LedesRefused: naming every field that the format or the receiver cannot take.
    """
    invoices = (invoice, *more)
    if len({each.currency for each in invoices}) > 1:
        raise LedesRefused("a LEDES 1998B file states no currency, so its invoices must share one")
    if amounts.minor_units(invoice.currency) > 2:
        raise LedesRefused(f"LEDES 1998B amounts have two decimal places; {invoice.currency} has more")
    rows = [_row(each, line) for each in invoices for line in each.lines]
    text = "".join(f"{line}\r\n" for line in (fields.FORMAT_LINE, fields.HEADER_LINE, *rows))
    findings = checking.validate_1998b(text, profile=profile, currency=invoice.currency)
    errors = [str(finding) for finding in findings if finding.severity == checking.ERROR]
    if errors:
        raise LedesRefused("; ".join(errors))
    return text


def clean_text(value: str) -> str:
    """
    Return the text as printable ASCII without `|`, `[]` and line breaks.

    Accents are dropped, typographic quotes, dashes and common signs written out, `|` becomes `/`.
    :raises LedesRefused: if a character has no ASCII form; a name in another script must be given in Latin letters.

    >>> clean_text("Müller\\n| „Straße“ – café[]")
    'Muller / "Strasse" - cafe'
    """
    plain = unicodedata.normalize("NFKD", value.translate(_ASCII)).translate(_ASCII)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    while fields.LINE_END in plain:
        plain = plain.replace(fields.LINE_END, "")
    plain = " ".join(plain.replace(fields.FIELD_SEPARATOR, "/").split())
    for character in plain:
        if not character.isascii() or not character.isprintable():
            raise LedesRefused(f"the character {character!r} in {value!r} has no ASCII form")
    return plain


def _row(invoice: LedesInvoice, line: LedesLine) -> str:
    values = {**_invoice_values(invoice), **_line_values(invoice, line)}
    cleaned = [_cleaned(name, values[name], line.number, clean_text) for name in fields.BY_NAME]
    return fields.FIELD_SEPARATOR.join(cleaned) + fields.LINE_END


def _cleaned(name: str, value: str, number: str, clean: Callable[[str], str]) -> str:
    try:
        return clean(value)
    except LedesRefused as error:
        raise LedesRefused(f"line item {number}, {name}: {error}") from error


def _invoice_values(invoice: LedesInvoice) -> dict[str, str]:
    return {
        "INVOICE_DATE": _date(invoice.date),
        "INVOICE_NUMBER": invoice.number,
        "CLIENT_ID": invoice.client_id,
        "LAW_FIRM_MATTER_ID": invoice.law_firm_matter_id,
        "INVOICE_TOTAL": amounts.decimal_text(invoice.total_minor, invoice.currency),
        "BILLING_START_DATE": _date(invoice.billing_start_date),
        "BILLING_END_DATE": _date(invoice.billing_end_date),
        "INVOICE_DESCRIPTION": invoice.description,
        "LAW_FIRM_ID": invoice.law_firm_id,
        "CLIENT_MATTER_ID": invoice.client_matter_id,
    }


def _line_values(invoice: LedesInvoice, line: LedesLine) -> dict[str, str]:
    return {
        "LINE_ITEM_NUMBER": line.number,
        "EXP/FEE/INV_ADJ_TYPE": line.kind,
        "LINE_ITEM_NUMBER_OF_UNITS": "" if line.units is None else _plain(line.units),
        "LINE_ITEM_ADJUSTMENT_AMOUNT": amounts.decimal_text(line.adjustment_minor, invoice.currency),
        "LINE_ITEM_TOTAL": amounts.decimal_text(line.total_minor, invoice.currency),
        "LINE_ITEM_DATE": _date(line.date),
        "LINE_ITEM_TASK_CODE": line.task_code,
        "LINE_ITEM_EXPENSE_CODE": line.expense_code,
        "LINE_ITEM_ACTIVITY_CODE": line.activity_code,
        "TIMEKEEPER_ID": line.timekeeper_id,
        "LINE_ITEM_DESCRIPTION": line.description,
        "LINE_ITEM_UNIT_COST": _unit_cost(line, invoice.currency),
        "TIMEKEEPER_NAME": line.timekeeper_name,
        "TIMEKEEPER_CLASSIFICATION": line.timekeeper_classification,
    }


def _unit_cost(line: LedesLine, currency: str) -> str:
    if line.unit_cost_minor is None:
        return ""
    if isinstance(line.unit_cost_minor, int):
        return amounts.decimal_text(line.unit_cost_minor, currency)
    return _plain(line.unit_cost_minor.scaleb(-amounts.minor_units(currency)))


def _plain(value: decimal.Decimal) -> str:
    """Return the number without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(day: datetime.date) -> str:
    return f"{day:%Y%m%d}"
