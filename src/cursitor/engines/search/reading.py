"""A document as search sees it: its words by position, its addresses, its values and flags."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cursitor.engines.search import ranges, tokens
from cursitor.engines.search.schema import Schema


class UnknownField(ValueError):
    """Raised when a document carries a field or flag that its schema does not know."""


@dataclass(frozen=True)
class Document:
    """
    A document to be searched. Fields and flags are those of a schema; absent means empty.

    dates carry a zone. numbers are whole, 0 to 2**62. related: relation -> key that all documents so tied share.
    """

    id: str | int
    text: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    related: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldWords:
    """
    One text field: `words[position]`, whole addresses, and, when read from text, `offsets[position]`, the
    characters [start, end) of each word.
    """

    words: tuple[str, ...]
    addresses: tuple[tokens.Address, ...] = ()
    offsets: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Reading:
    """A document read by a schema. has: the flags that are set and the fields that are not empty."""

    fields: Mapping[str, FieldWords]
    values: Mapping[str, int]
    has: frozenset[str]


def read(document: Document, schema: Schema) -> Reading:
    """
    Return a document's words, values and flags.

    :raises UnknownField: if it carries a field or flag outside the schema.
    :raises ValueError: if a date carries no zone or a number is negative.
    """
    fields = {name: _field_words(text) for name, text in document.text.items()}
    return Reading(fields, values_of(document, schema), has_of(document))


def values_of(document: Document, schema: Schema) -> dict[str, int]:
    """Return dates (in seconds since 1970-01-01 UTC) and numbers by field; raises as `read` does."""
    _refuse_strangers(document, schema)
    values = {name: ranges.seconds(instant) for name, instant in document.dates.items()} | dict(document.numbers)
    bad = [name for name, number in document.numbers.items() if not 0 <= number <= 1 << 62]
    if bad:
        raise ValueError(f"Document {document.id}: a number is negative or beyond bounds: {', '.join(bad)}")
    return values


def has_of(document: Document) -> frozenset[str]:
    """Return the flags that are set and the fields that are not empty."""
    filled = {name for name, text in document.text.items() if text.strip()}
    return frozenset(filled | document.dates.keys() | document.numbers.keys() | document.flags)


def _field_words(text: str) -> FieldWords:
    found = tokens.tokenise(text)
    return FieldWords(
        tuple(token.text for token in found),
        tuple(tokens.find_addresses(text, found)),
        tuple((token.start, token.end) for token in found),
    )


def _refuse_strangers(document: Document, schema: Schema) -> None:
    strange = [
        *(set(document.text) - set(schema.text)),
        *(set(document.dates) - set(schema.dates)),
        *(set(document.numbers) - set(schema.numbers)),
        *(document.flags - set(schema.flags)),
        *(set(document.related) - set(schema.relations)),
    ]
    if strange:
        raise UnknownField(
            f"Document {document.id} carries what its schema does not know: {', '.join(sorted(strange))}"
        )
