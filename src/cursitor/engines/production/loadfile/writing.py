"""Write a load file that reads back to the same values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.loadfile.dialect import CONCORDANCE, REGISTERED, Dialect

_SPELLED_OUT = {REGISTERED: "(R)", "\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2212": "-"}


class NotRepresentable(ValueError):
    """Raised when a value holds a character the format cannot carry. Names row, column and character."""


@dataclass(frozen=True)
class Written:
    """A load file in bytes, and one finding per value that had to be changed to be written."""

    data: bytes
    findings: tuple[Finding, ...]


def write(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    dialect: Dialect = CONCORDANCE,
    may_substitute: bool = False,
) -> Written:
    """
    Return the load file with these columns and rows; the header is its first record.

    columns: distinct, non-empty names. rows: one value per column. Line breaks in values (CRLF, CR, LF) become the
    dialect's newline mark. Three kinds of character cannot be carried: the newline mark itself, what the encoding
    lacks, and half a surrogate pair. With may_substitute each is replaced ('(R)' for the registered sign, '?'
    else) and told as VALUE_SUBSTITUTED with the original value.

    :raises NotRepresentable: at the first such character, where may_substitute is False.
    :raises ValueError: if columns repeat or are empty, a row has another number of values, or there is no qualifier.
    """
    _refuse_bad_columns(columns)
    if not dialect.qualifier:
        raise ValueError("Without a qualifier a value could not hold the delimiter; give the dialect one.")
    findings: list[Finding] = []
    lines = []
    for number, row in enumerate((columns, *rows), 1):
        if len(row) != len(columns):
            raise ValueError(f"Row {number} has {len(row)} values for {len(columns)} columns.")
        values = [_carried(value, dialect) for value in row]
        for column, original, value in zip(columns, row, values, strict=True):
            if _unbroken(original) != value:
                findings.append(found("VALUE_SUBSTITUTED", row=number, column=column, value=original))
        if findings and not may_substitute:
            raise NotRepresentable(_sentence(findings[0], dialect))
        lines.append(dialect.delimiter.join(_qualified(value, dialect) for value in values))
    text = "".join(line + dialect.line_end for line in lines)
    bom = "\ufeff" if dialect.bom else ""
    return Written((bom + text).encode(dialect.encoding), tuple(findings))


def _refuse_bad_columns(columns: Sequence[str]) -> None:
    if not columns or len(set(columns)) != len(columns):
        raise ValueError("A load file needs at least one column, and no name twice.")
    for name in columns:
        if not name or name != name.strip():
            raise ValueError(f"{name!r} is no column name: it is empty or has space around it.")


def _unbroken(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _carried(value: str, dialect: Dialect) -> str:
    value = _unbroken(value)
    if dialect.newline_mark and dialect.newline_mark in value:
        value = value.replace(dialect.newline_mark, _SPELLED_OUT[dialect.newline_mark])
    try:
        value.encode(dialect.encoding)
    except UnicodeEncodeError:
        value = "".join(_encodable(character, dialect.encoding) for character in value)
    return value


def _encodable(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _SPELLED_OUT.get(character, "?")
    return character


def _qualified(value: str, dialect: Dialect) -> str:
    qualifier = dialect.qualifier
    doubled = value.replace(qualifier, qualifier * 2)
    if dialect.newline_mark:
        doubled = doubled.replace("\n", dialect.newline_mark)
    return f"{qualifier}{doubled}{qualifier}"


def _sentence(finding: Finding, dialect: Dialect) -> str:
    original = _unbroken(finding.value)
    culprit = next(c for c in original if c == dialect.newline_mark or _encodable(c, dialect.encoding) != c)
    return (
        f"Row {finding.row}, column {finding.column}: U+{ord(culprit):04X} cannot be written in "
        f"{dialect.name} {dialect.encoding}."
    )
