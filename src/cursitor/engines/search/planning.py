"""
The same answer from a tantivy index.

Every part of a query becomes two index queries: `upper`, which finds at least the matching documents, and `lower`,
which finds only matching ones. Where the index is exact the two are the same. What lies between them must be read
by `positions.matches`. Since both bounds are kept, a NOT over an inexact part stays right: the bounds swap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import tantivy

from cursitor.engines.search import spelling, syntax
from cursitor.engines.search.reading import Reading
from cursitor.engines.search.schema import Schema

VERSION = "2026.1"
MOST_PHRASES = 128

_ANY = syntax.Wildcard("*")
Run: TypeAlias = tuple[syntax.Leaf, ...]
_Must, _Should, _MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


@dataclass(frozen=True)
class Bounds:
    """upper finds at least the matching documents, lower at most; the same object where the index is exact."""

    upper: tantivy.Query
    lower: tantivy.Query

    @property
    def is_exact(self) -> bool:
        return self.upper is self.lower

    @property
    def between(self) -> tantivy.Query:
        """The documents that must be read."""
        return _but(self.upper, self.lower)


def index_schema(schema: Schema) -> tantivy.Schema:
    """Return the index fields for documents of this schema; names say what they hold: words, addresses, values."""
    builder = tantivy.SchemaBuilder()
    for name in schema.text:
        builder.add_text_field(f"words_{name}", tokenizer_name="whitespace", index_option="position")
        builder.add_text_field(f"addresses_{name}", tokenizer_name="whitespace", index_option="basic")
    for name in (*schema.dates, *schema.numbers):
        builder.add_integer_field(f"value_{name}", indexed=True, fast=True)
    builder.add_text_field("has", tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field("ordinal", fast=True)
    builder.add_text_field("reading", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def index_document(reading: Reading, *, ordinal: int) -> tantivy.Document:
    """Return what an index keeps of a document; ordinal: its place in the shard, 0 and up."""
    entry = tantivy.Document()
    for name, words in reading.fields.items():
        entry.add_text(f"words_{name}", " ".join(words.words))
        entry.add_text(f"addresses_{name}", " ".join(address.text for address in words.addresses))
    for name, value in reading.values.items():
        entry.add_integer(f"value_{name}", value)
    entry.add_text("has", " ".join(sorted(reading.has)))
    entry.add_unsigned("ordinal", ordinal)
    entry.add_text("reading", reading.to_json())
    return entry


def plan(node: syntax.Node, index: tantivy.Schema, *, lay_out_patterns: bool = True) -> Bounds:
    """
    Return the index queries for a query; index: what `index_schema` returned, or an index was opened with.

    lay_out_patterns: let the index place wildcards inside phrases and w/N. It refuses with a ValueError, when it is
    asked, if a pattern stands for more words than it can place; then plan again without.
    """
    return _Planner(index, lay_out_patterns=lay_out_patterns).condition(node)


class _Planner:
    def __init__(self, index: tantivy.Schema, *, lay_out_patterns: bool) -> None:
        self.index = index
        self.kinds = syntax.Word | syntax.Wildcard if lay_out_patterns else syntax.Word

    def condition(self, node: syntax.Node) -> Bounds:
        match node:
            case syntax.And(parts):
                return _join(_all, [self.condition(part) for part in parts])
            case syntax.Or(parts):
                return _join(_any, [self.condition(part) for part in parts])
            case syntax.Not(part):
                return _negate(self.condition(part))
            case syntax.In(fields, part):
                return _join(_any, [self.place(part, field) for field in fields])
            case syntax.Range(field, low, high):
                return _exact(self.range(field, low, high))
            case syntax.Has(names):
                terms = [tantivy.Query.term_query(self.index, "has", name) for name in names]
                return _exact(_any(terms))
            case syntax.Everything():
                return _exact(tantivy.Query.all_query())
        raise TypeError(f"Not a condition on a document: {node!r}")

    def range(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self.index, f"value_{field}", kind, low, high, include_upper=high is None)

    def place(self, part: syntax.Node, field: str) -> Bounds:
        """Return the bounds of an expression inside one text field."""
        match part:
            case syntax.And(parts):
                return _join(_all, [self.place(piece, field) for piece in parts])
            case syntax.Or(parts):
                return _join(_any, [self.place(piece, field) for piece in parts])
            case syntax.Phrase(parts):
                return self.phrase(parts, field)
            case syntax.Near():
                return self.near(part, field)
        return self.leaf(part, field)

    def leaf(self, part: syntax.Node, field: str) -> Bounds:
        match part:
            case syntax.Word(text):
                return _exact(tantivy.Query.term_query(self.index, f"words_{field}", text))
            case syntax.Wildcard(pattern):
                return self.shape(f"words_{field}", pattern)
            case syntax.AddressPattern(pattern):
                return self.shape(f"addresses_{field}", pattern)
            case syntax.Fuzzy(text, distance):
                return _exact(tantivy.Query.fuzzy_term_query(self.index, f"words_{field}", text, distance))
        raise TypeError(f"Not a word: {part!r}")

    def shape(self, field: str, pattern: str) -> Bounds:
        try:
            return _exact(tantivy.Query.regex_query(self.index, field, spelling.regex(pattern)))
        except ValueError:  # the automaton of a long pattern may grow past what the index allows
            return Bounds(tantivy.Query.all_query(), tantivy.Query.empty_query())

    def phrase(self, parts: tuple[syntax.Leaf, ...], field: str) -> Bounds:
        if self.can_lay_out(parts):
            return _exact(self.at_offsets([*enumerate(parts)], field))
        known = [part for part in parts if part != _ANY]
        uppers = [self.leaf(part, field).upper for part in known] or [tantivy.Query.all_query()]
        return Bounds(_all(uppers), tantivy.Query.empty_query())

    def can_lay_out(self, parts: Run) -> bool:
        return _ANY not in {parts[0], parts[-1]} and all(isinstance(part, self.kinds) for part in parts)

    def at_offsets(self, placed: list[tuple[int, syntax.Leaf]], field: str) -> tantivy.Query:
        """Return the query for words and patterns that stand at these offsets from each other."""
        placed = [(offset, part) for offset, part in placed if part != _ANY]
        if len(placed) == 1:
            return self.leaf(placed[0][1], field).upper
        words = [(offset, part.text) for offset, part in placed if isinstance(part, syntax.Word)]
        if len(words) == len(placed):
            return tantivy.Query.phrase_query(self.index, f"words_{field}", list(words))
        shapes = [(offset, spelling.regex(syntax.label(part))) for offset, part in placed]
        return tantivy.Query.regex_phrase_query(self.index, f"words_{field}", list(shapes))

    def near(self, near: syntax.Near, field: str) -> Bounds:
        if near.negated:
            left, right = self.place(near.left, field), self.place(near.right, field)
            return Bounds(left.upper, _but(left.lower, right.upper))
        choices = self.runs(near.left), self.runs(near.right)
        n_phrases = len(choices[0]) * len(choices[1]) * near.distance * (1 if near.ordered else 2)
        if 0 < n_phrases <= MOST_PHRASES:
            return _exact(_any([self.at_offsets(placed, field) for placed in _layouts(near, *choices)]))
        uppers = [self.place(near.left, field).upper, self.place(near.right, field).upper]
        return Bounds(_all(uppers), tantivy.Query.empty_query())

    def runs(self, part: syntax.Node) -> list[Run]:
        """Return the runs of neighbouring words that an expression chooses from; none if it is not of that kind."""
        match part:
            case syntax.Word() | syntax.Wildcard():
                return [(part,)] if self.can_lay_out((part,)) else []
            case syntax.Phrase(parts):
                return [parts] if self.can_lay_out(parts) else []
            case syntax.Or(parts):
                choices = [self.runs(piece) for piece in parts]
                return [run for chosen in choices for run in chosen] if all(choices) else []
        return []


def _layouts(near: syntax.Near, lefts: list[Run], rights: list[Run]) -> list[list[tuple[int, syntax.Leaf]]]:
    """Return every way in which two runs can lie near each other, as words at offsets."""
    orders = [*product(lefts, rights)]
    if not near.ordered:
        orders += product(rights, lefts)
    return [
        [*enumerate(first), *enumerate(second, len(first) - 1 + gap)]
        for first, second in orders
        for gap in range(1, near.distance + 1)
    ]


def _exact(query: tantivy.Query) -> Bounds:
    return Bounds(query, query)


def _join(joined: Callable[[Sequence[tantivy.Query]], tantivy.Query], parts: Sequence[Bounds]) -> Bounds:
    upper = joined([part.upper for part in parts])
    if all(part.is_exact for part in parts):
        return _exact(upper)
    return Bounds(upper, joined([part.lower for part in parts]))


def _negate(part: Bounds) -> Bounds:
    everything = tantivy.Query.all_query()
    upper = _but(everything, part.lower)
    return _exact(upper) if part.is_exact else Bounds(upper, _but(everything, part.upper))


def _all(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(_Must, query) for query in queries])


def _any(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(_Should, query) for query in queries])


def _but(query: tantivy.Query, without: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(_Must, query), (_MustNot, without)])
