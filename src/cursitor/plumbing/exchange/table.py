"""The one shape in which a table leaves: a title, columns, rows of plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cursitor.plumbing.refusal import Refusal

Cell = str | int | Decimal | bool | date | datetime | None
"""What may stand in a cell. Money and rates are Decimal, never float; an absent value is None."""


class RowDoesNotFit(Refusal):
    """Raised when a row has another number of cells than there are columns, or holds what is no Cell."""

    status = 500


@dataclass(frozen=True)
class Table:
    """
    A table to be written once.

    title: names the sheet. columns: headings, in order. rows: any iterable, read one by one and only once if it is an
    iterator, so a table may be longer than memory.
    """

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]

    def fitting_rows(self) -> Iterator[Sequence[Cell]]:
        """
        Yield the rows.

        :raises RowDoesNotFit: at a row of another width or with a cell of another type, naming row and column.
        """
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise RowDoesNotFit(f"Row {number} has {len(row)} cells for {len(self.columns)} columns.")
            for column, cell in zip(self.columns, row, strict=True):
                if not isinstance(cell, Cell | None):
                    kind = type(cell).__name__
                    raise RowDoesNotFit(f"Row {number}, column {column}: {kind} cannot stand in a table.")
            yield row


def proper(text: str) -> str:
    """Return the text with halves of surrogate pairs, which broken mail leaves and no file can hold, as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
