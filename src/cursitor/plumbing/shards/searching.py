"""Asking opened shards."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import tantivy

from cursitor.engines.search import parser, planning, positions, reading, syntax
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.shards.opening import Shard


class SchemasDiffer(Refusal):
    """Raised when shards with different fields are asked together."""


class QueryNotUnderstood(Refusal):
    """Raised when a query has a mistake; the sentence is the query with a caret below the place."""

    status = 422

    def __init__(self, error: parser.QuerySyntaxError) -> None:
        super().__init__(error.caret())
        self.message = error.message
        self.position = error.position


class QueryTooBroad(Refusal):
    """Raised when a document cannot be checked within bounds."""

    status = 422


@dataclass(frozen=True)
class Hits:
    """total: how many documents match. ids: those of the page asked for, in the order asked for."""

    total: int
    ids: tuple[str | int, ...]


def search(
    shards: Sequence[Shard],
    query: str | syntax.Node,
    *,
    limit: int | None = 50,
    offset: int = 0,
    allowed: Container[str | int] | None = None,
    by_rank: bool = False,
) -> Hits:
    """
    Return which documents match a query, exactly: what the index cannot decide is read word by word.

    allowed: the ids that may be found or counted at all; None for no such limit. limit: None for every id.
    by_rank: best first (BM25 within each shard, then in given order); otherwise in the order of shards and, within
    a shard, the order in which documents were given.

    :raises QueryNotUnderstood: if the query text has a mistake.
    :raises QueryTooBroad: if a group inside w/N occurs beyond counting in one document.
    :raises SchemasDiffer: if the shards have different fields.
    """
    if not shards:
        return Hits(0, ())
    if len({shard.schema for shard in shards}) > 1:
        raise SchemasDiffer("These search indexes have different fields; build them again alike.")
    node = _understood(query, shards[0])
    found = [
        (-score if by_rank else 0.0, place, ordinal)
        for place, shard in enumerate(shards)
        for score, ordinal in _matching(shard, node)
        if allowed is None or shard.ids[ordinal] in allowed
    ]
    found.sort()
    page = found[offset : None if limit is None else offset + limit]
    return Hits(len(found), tuple(shards[place].ids[ordinal] for _, place, ordinal in page))


def _understood(query: str | syntax.Node, shard: Shard) -> syntax.Node:
    if not isinstance(query, str):
        return query
    try:
        return parser.parse(query, shard.schema)
    except parser.QuerySyntaxError as error:
        raise QueryNotUnderstood(error) from error


def _matching(shard: Shard, node: syntax.Node) -> Iterator[tuple[float, int]]:
    """Yield (score, ordinal) of every matching document of a shard."""
    bounds = planning.plan(node, shard.index.schema)
    try:
        certain = _hits(shard, bounds.lower)
        uncertain = [] if bounds.is_exact else _hits(shard, bounds.between)
    except ValueError:  # a pattern stands for more words than the index places inside a phrase
        bounds = planning.plan(node, shard.index.schema, lay_out_patterns=False)
        certain = _hits(shard, bounds.lower)
        uncertain = [] if bounds.is_exact else _hits(shard, bounds.between)
    yield from _scored(shard, certain)
    yield from _scored(shard, [hit for hit in uncertain if _reads_true(shard, node, hit[1])])


def _hits(shard: Shard, query: tantivy.Query) -> list[tuple[float, tantivy.DocAddress]]:
    return shard.searcher.search(query, limit=max(len(shard.ids), 1), count=False).hits


def _scored(shard: Shard, hits: list[tuple[float, tantivy.DocAddress]]) -> Iterator[tuple[float, int]]:
    ordinals = shard.searcher.fast_field_values("ordinal", [address for _, address in hits])
    return zip((score for score, _ in hits), ordinals, strict=True)


def _reads_true(shard: Shard, node: syntax.Node, address: tantivy.DocAddress) -> bool:
    stored = shard.searcher.doc(address).get_first("reading")
    try:
        return positions.matches(node, reading.from_json(stored))
    except positions.TooManyOccurrences as error:
        raise QueryTooBroad(str(error)) from error
