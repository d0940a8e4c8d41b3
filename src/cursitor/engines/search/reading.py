"""A document as search sees it: its words by position, its addresses, its values and flags."""

import json
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

    dates carry a zone. numbers are whole, 0 and up.
    """

    id: str | int
    text: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()


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

    def to_json(self) -> str:
        """Return the reading as JSON, without the offsets; `from_json` takes it back."""
        fields = {name: [" ".join(part.words), part.addresses] for name, part in self.fields.items()}
        return json.dumps([fields, dict(self.values), sorted(self.has)], ensure_ascii=False)


def read(document: Document, schema: Schema) -> Reading:
    """
    Return a document's words, values and flags.

    :raises UnknownField: if it carries a field or flag outside the schema.
    :raises ValueError: if a date carries no zone or a number is negative.
    """
    _refuse_strangers(document, schema)
    fields = {name: _field_words(text) for name, text in document.text.items()}
    values = {name: ranges.seconds(instant) for name, instant in document.dates.items()} | dict(document.numbers)
    negative = [name for name, number in document.numbers.items() if number < 0]
    if negative:
        raise ValueError(f"Document {document.id}: a number is negative: {', '.join(negative)}")
    filled = {name for name, text in document.text.items() if text.strip()}
    return Reading(fields, values, frozenset(filled | values.keys() | document.flags))


def from_json(text: str) -> Reading:
    """Return the reading that `Reading.to_json` wrote; offsets are empty."""
    fields, values, has = json.loads(text)
    return Reading(
        {
            name: FieldWords(tuple(words.split()), tuple(tokens.Address(*address) for address in addresses))
            for name, (words, addresses) in fields.items()
        },
        values,
        frozenset(has),
    )


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
    ]
    if strange:
        raise UnknownField(
            f"Document {document.id} carries what its schema does not know: {', '.join(sorted(strange))}"
        )
