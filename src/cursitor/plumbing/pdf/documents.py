"""
The data of each ready template. Every value a reader sees is a string the caller has already written out (amounts by
the money engine, moments in the zone the reader expects), so a page does no arithmetic and knows no locale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Frame:
    """
    What every document says of itself.

    issuer: organisation whose document it is, at the head of each page. reference: its number, beside the page number.
    title: in a few words. created_at: aware; becomes the creation date of the file, so the same data give the same
    bytes. caption: case name or subject, in serif. subtitle: for whom, under what. foot: a short remark at the foot of
    each page ('Times in UTC.'). digest: SHA-256 in hexadecimal of what the document speaks of, at the foot of each
    page. paper: 'a4' or 'us-letter'. language: two letters.
    """

    issuer: str
    reference: str
    title: str
    created_at: datetime
    caption: str = ""
    subtitle: str = ""
    foot: str = ""
    digest: str = ""
    paper: str = "a4"
    language: str = "en"


@dataclass(frozen=True)
class Fact:
    """A name and what it is: 'Collected', '958 documents in 842 families'."""

    name: str
    value: str


@dataclass(frozen=True)
class Column:
    """A column of a printed table. align: 'left' or 'right'. share: of the free width; None: as needed."""

    name: str
    align: str = "left"
    share: float | None = None


@dataclass(frozen=True)
class PrintedTable:
    """A table; rows hold one string per column. Its heading repeats on every page."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Interval:
    """
    A measured share with its interval. value: the numbers in words, always with n ('0 of 190; 0.0 to 1.9 % at 95 %').

    low, share, high, limit: shares from 0 to 1, low <= share <= high. limit: what was promised, None without. scale:
    share at the right end of the bar, over 0; greater values stand at its end.
    """

    name: str
    value: str
    low: float
    share: float
    high: float
    scale: float
    limit: float | None = None

    def __post_init__(self) -> None:
        """
        Refuse an interval that cannot be drawn.

        :raises ValueError: if the shares are out of order or out of range.
        """
        if not 0 <= self.low <= self.share <= self.high <= 1 or not 0 < self.scale <= 1:
            raise ValueError(f"{self.name}: {self.low}, {self.share}, {self.high} on {self.scale} is no interval.")


@dataclass(frozen=True)
class Digest:
    """A file and its SHA-256 in hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Section:
    """One part of a report; what is empty is left out. Printed in the order of the fields."""

    heading: str
    paragraphs: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    intervals: Sequence[Interval] = ()
    table: PrintedTable | None = None
    digests: Sequence[Digest] = ()


@dataclass(frozen=True)
class PrivilegeLog:
    """
    Data of 'privilege_log': a landscape table. facts: above it (matter, producing party, numbers of the production).

    columns, rows: those of engines.production.privilege_log, or the part of them the parties agreed on. note: below it
    ('* attorney'). Setting takes about 1.5 ms and 170 kB of memory a row: some 2,000 rows in 3 s, but 10,000 in half a
    minute and 2 GB, so print longer logs in volumes; the XLSX has no such bound.
    """

    frame: Frame
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    facts: Sequence[Fact] = ()
    note: str = ""


@dataclass(frozen=True)
class ReviewReport:
    """
    Data of 'review_report': sections, then a statement in serif with the signatory under it.

    signatory: name of who adopts the statement, empty for none. signed: standing and moment ('Supervising attorney,
    Illinois, 24 Nov 2026, 15:31 UTC').
    """

    frame: Frame
    sections: Sequence[Section]
    statement: str = ""
    signatory: str = ""
    signed: str = ""


@dataclass(frozen=True)
class Party:
    """A party's letterhead: name, then address, tax number and so on, a line each."""

    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class InvoiceLine:
    """One line of work; all written out. quantity with its unit: '12.5 h', '958 documents'."""

    date: str
    work: str
    quantity: str
    rate: str
    amount: str


@dataclass(frozen=True)
class Adjustment:
    """A correction of the whole, with the reason; amount with its sign."""

    reason: str
    amount: str


@dataclass(frozen=True)
class Total:
    """A sum. is_final: the amount to pay, printed strongest."""

    name: str
    amount: str
    is_final: bool = False


@dataclass(frozen=True)
class Invoice:
    """
    Data of 'invoice'. facts: number, date, period, matter, engagement, terms. currency: ISO 4217 code.

    tax_note: what the law wants said about tax ('Reverse charge: ...'). payment: due day, account, reference, a line
    each.
    """

    frame: Frame
    seller: Party
    buyer: Party
    facts: Sequence[Fact]
    currency: str
    lines: Sequence[InvoiceLine]
    totals: Sequence[Total]
    adjustments: Sequence[Adjustment] = ()
    tax_note: str = ""
    payment: Sequence[str] = ()
