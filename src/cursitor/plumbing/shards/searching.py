"""Asking opened shards."""

import os
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import parser, positions, syntax
from cursitor.engines.search.evaluation import Collection
from cursitor.engines.search.nearness import Flags
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
    """total: how many documents match. ids: those of the page asked for, in order."""

    total: int
    ids: tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Body:
    """Shards that are asked together. ids: object array, of all documents, in the order of the shards."""

    shards: tuple[Shard, ...]
    collection: Collection
    ids: npt.NDArray[np.object_]


@lru_cache(maxsize=16)
def together(shards: tuple[Shard, ...]) -> Body:
    """
    Return opened shards as one body of documents.

    :raises SchemasDiffer: if they have different fields.
    """
    if len({shard.schema for shard in shards}) > 1:
        raise SchemasDiffer("These search indexes have different fields; build them again alike.")
    ids = np.array([one for shard in shards for one in shard.ids], np.object_)
    segments = [segment for shard in shards for segment in shard.segments]
    return Body(shards, Collection(segments, each=_threads().map), ids)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Return the threads that answer segments side by side: numpy works outside the interpreter's lock."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="search")


def search(
    shards: Sequence[Shard],
    query: str | syntax.Node,
    *,
    limit: int | None = 50,
    offset: int = 0,
    allowed: Container[str | int] | None = None,
    expand: Sequence[str] = (),
) -> Hits:
    """
    Return which documents match a query, in the order of shards and, within a shard, in which documents were given.

    allowed: the ids that may be found or counted at all; None for no such limit. limit: None for every id.
    expand: relations of the schema; whatever is tied to a match by one of them is found as well.

    :raises QueryNotUnderstood: if the query text has a mistake.
    :raises QueryTooBroad: if a group inside w/N occurs beyond counting in one document.
    :raises SchemasDiffer: if the shards have different fields.
    """
    if not shards:
        return Hits(0, ())
    body = together(tuple(shards))
    found = np.flatnonzero(matching(body, understood(query, body), expand=expand))
    if allowed is not None:
        found = np.array([at for at in found.tolist() if body.ids[at] in allowed], np.intp)
    page = found[offset : None if limit is None else offset + limit]
    return Hits(len(found), tuple(body.ids[page].tolist()))


def understood(query: str | syntax.Node, body: Body) -> syntax.Node:
    """:raises QueryNotUnderstood: if the query text has a mistake."""
    if not isinstance(query, str):
        return query
    try:
        return parser.parse(query, body.shards[0].schema)
    except parser.QuerySyntaxError as error:
        raise QueryNotUnderstood(error) from error


def matching(body: Body, node: syntax.Node, *, expand: Sequence[str] = ()) -> Flags:
    """
    Return one flag a document: whether it matches, or is tied to one that does.

    :raises QueryTooBroad: if a group inside w/N occurs beyond counting in one document.
    """
    try:
        found = body.collection.matching(node)
    except positions.TooManyOccurrences as error:
        raise QueryTooBroad(str(error)) from error
    for relation in expand:
        found = body.collection.related(relation, found)
    return found
