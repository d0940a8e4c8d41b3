"""A list of search terms as parties exchange it: one query a line, or the first column of a table."""

import codecs
import csv
import io
from dataclasses import dataclass

MOST_CHARACTERS = 20_000
_TITLES = {"term", "terms", "search term", "search terms", "query"}


class UnreadableTerms(ValueError):
    """Raised when a file is not a list of terms; carries the sentence for the person who gave it."""


@dataclass(frozen=True)
class Line:
    """A term as it stands in the list. number: of its line, from 1."""

    number: int
    text: str


def read(content: bytes, *, is_table: bool = False) -> tuple[Line, ...]:
    """
    Return the terms of a list: every line that is not empty and does not begin with #.

    content: UTF-8, UTF-16 with its mark, or else Windows-1252. is_table: CSV, of which the first column is read, or
    the one titled term or query.

    :raises UnreadableTerms: if it is no text, or a line is longer than 20,000 characters.

    >>> read(b"seal*\\r\\n# agreed on 3 May\\r\\n\\r\\nseal w/5 fail*")
    (Line(number=1, text='seal*'), Line(number=4, text='seal w/5 fail*'))
    """
    text = _decoded(content)
    numbered = _cells(text) if is_table else list(enumerate(text.splitlines(), 1))
    lines = tuple(Line(number, term.strip()) for number, term in numbered if term.strip())
    lines = tuple(line for line in lines if not line.text.startswith("#"))
    for line in lines:
        if len(line.text) > MOST_CHARACTERS:
            raise UnreadableTerms(f"Line {line.number} is longer than {MOST_CHARACTERS:,} characters.")
    return lines


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnreadableTerms("The file says that it is UTF-16, and is not.") from error
    if b"\0" in content:
        raise UnreadableTerms("The file is not text: it holds zero bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(text: str) -> list[tuple[int, str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    found: list[tuple[int, str]] = []
    column = 0
    try:
        for at, row in enumerate(reader):
            titles = [cell.strip().lower() for cell in row]
            if at == 0 and _TITLES & set(titles):
                column = next(place for place, title in enumerate(titles) if title in _TITLES)
            elif len(row) > column:
                found.append((reader.line_num, row[column]))
    except csv.Error as error:
        raise UnreadableTerms(f"Line {reader.line_num} of the table cannot be read: {error}.") from error
    return found
