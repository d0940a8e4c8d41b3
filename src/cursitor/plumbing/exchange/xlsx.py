"""XLSX for people: text stays text, numbers are numbers, the same table gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from cursitor.plumbing.exchange.table import Cell, Table, proper
from cursitor.plumbing.refusal import Refusal

_MAX_ROWS, _MAX_COLUMNS, _MAX_CHARACTERS = 1_048_576, 16_384, 32_767
_SAFE_DIGITS = 15
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


class CannotHold(Refusal):
    """Raised when a table is larger than a spreadsheet can be. Says what is too large, and to take CSV."""

    status = 422


def to_xlsx(table: Table) -> bytes:
    """
    Return the table as one sheet with a bold, frozen heading row and a filter.

    Text is always stored as text, so '=1+1' shows as written and stays so when edited. Numbers of up to 15 digits
    are numbers, longer ones text, or their last digits would be lost. Days from 1900 on are dates; earlier ones and
    moments are ISO 8601 text, as XLSX knows neither them nor time zones.

    :raises CannotHold: at more than 1,048,575 rows, 16,384 columns or 32,767 characters in a cell.
    :raises RowDoesNotFit: see Table.
    """
    if len(table.columns) > _MAX_COLUMNS:
        raise CannotHold(f"A spreadsheet holds {_MAX_COLUMNS:,} columns, this table has {len(table.columns):,}.")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(table.title))
    written = io.BytesIO()
    try:
        _fill(sheet, table)
    finally:
        # Saving is also what removes the file openpyxl keeps the rows in, so it must happen after a refusal too.
        book.save(written)
    return _without_clock(written.getvalue())


def _fill(sheet: WriteOnlyWorksheet, table: Table) -> None:
    sheet.freeze_panes = "A2"
    for position, heading in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(position)].width = min(48, max(12, len(heading) + 4))
    sheet.append([_heading(sheet, heading) for heading in table.columns])
    n_rows = 1
    for row in table.fitting_rows():
        n_rows += 1
        if n_rows > _MAX_ROWS:
            raise CannotHold(f"A spreadsheet holds {_MAX_ROWS - 1:,} rows, this table has more; take it as CSV.")
        sheet.append(_cells(sheet, row, table.columns, n_rows))
    if table.columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{n_rows}"


def _sheet_name(title: str) -> str:
    return re.sub(r"[\\/*?:\[\]\x00-\x1f]", " ", title).strip(" '")[:31] or "Table"


def _heading(sheet: WriteOnlyWorksheet, heading: str) -> WriteOnlyCell:
    cell = _text_cell(sheet, heading)
    cell.font = Font(bold=True)
    return cell


def _cells(
    sheet: WriteOnlyWorksheet, row: Sequence[Cell], columns: Sequence[str], number: int
) -> list[WriteOnlyCell | Cell]:
    cells: list[WriteOnlyCell | Cell] = []
    for column, value in zip(columns, row, strict=True):
        text = _as_text(value)
        if text is not None and len(text) > _MAX_CHARACTERS:
            raise CannotHold(
                f"Row {number}, column {column} has {len(text):,} characters; a spreadsheet cell holds "
                f"{_MAX_CHARACTERS:,}. Take the table as CSV."
            )
        cells.append(value if text is None else _text_cell(sheet, text))
    return cells


def _as_text(value: Cell) -> str | None:
    """Return the text to store, or None where the value goes in as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime) or (isinstance(value, date) and value.year < 1900):
        return value.isoformat()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        is_exact = number.is_finite() and len(number.as_tuple().digits) <= _SAFE_DIGITS
        return None if is_exact else str(value)
    return None


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    # XML cannot hold control characters; _x0001_ is how XLSX writes them (ECMA-376, ST_Xstring).
    cell._value = _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", proper(text))
    cell.data_type = "s"
    cell.quotePrefix = text.lstrip().startswith(("=", "+", "-", "@"))
    if "\n" in text:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _without_clock(data: bytes) -> bytes:
    """Return the workbook with every time of writing set to 1980, so that equal tables are equal files."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()
