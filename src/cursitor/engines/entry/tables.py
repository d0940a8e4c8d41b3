"""Tables of records from the bytes of a CSV file or a spreadsheet, every row with the line it stands on."""

import csv
import dataclasses
import datetime
import io
from collections import Counter
from collections.abc import Sequence

import python_calamine

DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class TableUnreadable(ValueError):
    """Raised when a file is no table. The sentence names the file and the row."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One record: the line of the file it begins on, counted from 1, and one cell for each column."""

    line: int
    cells: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Records with the names of their columns. `notes` says what was taken for granted while reading."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def read(data: bytes, *, name: str) -> Table:
    """
    Return the table in a file: CSV in UTF-8, UTF-16 or Windows-1252, or the first sheet of a spreadsheet.

    The first row names the columns. The delimiter (comma, semicolon, tab or bar) is the one by which most rows have as
    many cells as the first. Rows after the last that holds anything are left out; a short row is filled up with empty
    cells.
    :raises TableUnreadable: if there is no header, a column has two, or a row has too many cells.
    """
    records, notes = _of_sheet(data, name) if data.startswith((_ZIP, _OLE)) else _of_text(data, name)
    if not records or not any(cell.strip() for cell in records[0].cells):
        raise TableUnreadable(f"{name}: there is no header row")
    columns = tuple(cell.strip() for cell in records[0].cells)
    doubled = sorted(column for column, n in Counter(columns).items() if column and n > 1)
    if doubled:
        raise TableUnreadable(f"{name}: the column {doubled[0]!r} stands in the header twice")
    rows = [_fitted(row, columns, name) for row in records[1:]]
    while rows and not any(cell.strip() for cell in rows[-1].cells):
        rows.pop()
    n_short = sum(len(row.cells) < len(columns) for row in records[1 : len(rows) + 1])
    short = (f"{name}: {n_short} rows have fewer cells than the header; the rest is empty",) if n_short else ()
    return Table(name, columns, tuple(rows), (*notes, *short))


def _of_text(data: bytes, name: str) -> tuple[list[Row], tuple[str, ...]]:
    text, notes = _decoded(data, name)
    return _parsed(text, _delimiter(text), name), notes


def _decoded(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    charset = next((charset for mark, charset in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(charset), ()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), (f"{name}: is not UTF-8, read as Windows-1252",)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise TableUnreadable(f"{name}, line {line}: is neither UTF-8 nor Windows-1252 text") from None


def _delimiter(text: str) -> str:
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = [len(cells) for cells in _first_rows(text, delimiter)]
        if widths and widths[0] > 1:
            score = (widths.count(widths[0]) / len(widths), widths[0])
            best, best_score = (delimiter, score) if score > best_score else (best, best_score)
    return best


def _first_rows(text: str, delimiter: str, most: int = 50) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if cells:
                rows.append(cells)
            if len(rows) == most:
                break
    except csv.Error:
        pass
    return rows


def _parsed(text: str, delimiter: str, name: str) -> list[Row]:
    rows, line = [], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                rows.append(Row(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as problem:
        raise TableUnreadable(f"{name}, line {line}: {problem}") from None
    return rows


def _of_sheet(data: bytes, name: str) -> tuple[list[Row], tuple[str, ...]]:
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = workbook.get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=False)
    except Exception as problem:  # noqa: BLE001 the reader raises its own errors and those of the archive in it
        raise TableUnreadable(f"{name}: is no spreadsheet that can be read: {problem}") from None
    others = workbook.sheet_names[1:]
    notes = (f"{name}: only the first sheet is read, {len(others)} more are not",) if others else ()
    return [Row(line, tuple(map(_cell, row))) for line, row in enumerate(cells, 1)], notes


def _cell(value: object) -> str:
    """Return a cell as it would be keyed: whole numbers without a point, days without a time."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _fitted(row: Row, columns: Sequence[str], name: str) -> Row:
    extra = row.cells[len(columns) :]
    if any(cell.strip() for cell in extra):
        raise TableUnreadable(
            f"{name}, row on line {row.line}: has {len(row.cells)} cells, the header has {len(columns)} columns"
        )
    return Row(row.line, (*row.cells[: len(columns)], *[""] * (len(columns) - len(row.cells))))
