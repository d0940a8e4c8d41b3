"""
CSV for people who open it in a spreadsheet.

UTF-8 with byte-order mark (without it Excel reads accents wrongly), comma, CRLF, values qualified where needed
(RFC 4180). A spreadsheet runs text that starts with =, +, -, @, tab or carriage return as a formula, whoever wrote it:
such text gets an apostrophe in front, unless it is nothing but a number. So a CSV made here is for reading; where text
must come back exactly, use a load file (engines.production.loadfile) or the XLSX, which needs no such mark.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date

from cursitor.plumbing.exchange.table import Cell, Table, proper

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def to_csv(table: Table) -> bytes:
    """Return the whole table as CSV; see `csv_pieces` for long ones."""
    return b"".join(csv_pieces(table))


def csv_pieces(table: Table) -> Iterator[bytes]:
    """
    Yield the table as CSV, line by line.

    Dates and times are written in ISO 8601 with their offset, booleans as yes and no, None as nothing.

    :raises RowDoesNotFit: see Table.
    """
    yield b"\xef\xbb\xbf" + _line(table.columns)
    for row in table.fitting_rows():
        yield _line([_text(cell) for cell in row])


def _line(values: Sequence[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_harmless(value) for value in values])
    return proper(written.getvalue()).encode("utf-8")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _harmless(value: str) -> str:
    # Spaces in front do not stop a spreadsheet from running the rest.
    first = value.lstrip(" \n")
    return f"'{value}" if first.startswith(_RUNS) and not _PLAIN_NUMBER.fullmatch(value) else value
