"""A chronology on paper: rows for a table, and a document for a lawyer's hand."""

from __future__ import annotations

import io
import re
import zipfile

import docx as python_docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.shared import Pt

from cursitor.engines.chronology.facts import Chronology, Conflict, Fact, Source

COLUMNS = ("No.", "Date", "Sorted as", "Precision", "Fact", "People", "Issues", "Sources", "Passages", "Disputed")
_SHOWN = ("No.", "Date", "Fact", "People", "Issues", "Sources")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def row(number: int, fact: Fact) -> tuple[int | str | bool, ...]:
    """Return a fact as the cells of COLUMNS."""
    return (
        number,
        str(fact.moment),
        fact.moment.told,
        str(fact.moment.precision),
        fact.text,
        "; ".join(fact.people),
        "; ".join(fact.issues),
        "; ".join(_cited(source) for source in fact.sources),
        "\n".join(source.passage for source in fact.sources if source.passage),
        fact.is_disputed,
    )


def docx(chronology: Chronology, *, title: str) -> bytes:
    """
    Return the chronology as a Word document (Office Open XML), landscape, one row a fact.

    The heading row repeats on every page; passages stand under the fact; conflicts follow in a list. The same
    chronology gives the same bytes.
    """
    document = python_docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.core_properties.author = ""
    document.core_properties.title = _printable(title)
    document.styles["Normal"].font.size = Pt(9)
    document.add_heading(_printable(title), level=1)
    document.add_paragraph(_summary(chronology))
    table = document.add_table(rows=1, cols=len(_SHOWN), style="Table Grid")
    _repeat(table.rows[0])
    for cell, name in zip(table.rows[0].cells, _SHOWN, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for number, fact in enumerate(chronology.facts, 1):
        for cell, words in zip(table.add_row().cells, _cells(number, fact), strict=True):
            cell.text = _printable(words)
    if chronology.conflicts:
        document.add_heading("The same words at different dates", level=2)
        for conflict in chronology.conflicts:
            document.add_paragraph(_printable(_told(conflict)), style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return _without_clock(out.getvalue())


def _cells(number: int, fact: Fact) -> tuple[str, ...]:
    passages = "".join(f"\n\u201c{source.passage}\u201d" for source in fact.sources if source.passage)
    disputed = " (disputed)" if fact.is_disputed else ""
    cited = "\n".join(_cited(source) for source in fact.sources)
    return (
        str(number),
        str(fact.moment),
        fact.text + disputed + passages,
        *map("; ".join, (fact.people, fact.issues)),
        cited,
    )


def _cited(source: Source) -> str:
    return f"{source.document}, {source.place}" if source.place else source.document


def _summary(chronology: Chronology) -> str:
    parts = [f"{len(chronology.facts)} facts", f"{chronology.n_undated} undated", f"{chronology.n_merged} merged"]
    return ", ".join(parts) + "."


def _told(conflict: Conflict) -> str:
    moments = " or ".join(str(fact.moment) for fact in conflict.facts)
    end = "may be one moment" if conflict.is_possible else "cannot be one moment"
    return f"{conflict.facts[0].text}: {moments}; {end}."


def _printable(words: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", words)


def _repeat(heading: python_docx.table._Row) -> None:
    heading._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _without_clock(data: bytes) -> bytes:
    """Pack the document anew with one date for every part: packing writes the hour into it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        for part in given.infolist():
            made.writestr(zipfile.ZipInfo(part.filename, _EPOCH), given.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()
