"""A hit report on a list of terms over an opened index, as plain values."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cursitor.engines.search import hits, positions
from cursitor.engines.search.terms import Line
from cursitor.plumbing.shards import searching
from cursitor.plumbing.shards.indexing import Index


def report(index: Index, lines: Sequence[Line], *, at: datetime) -> dict[str, Any]:
    """
    Return what every term hits, and the body of documents that it was counted in.

    terms: one object a line, in order: line, term, hits, hits_with_family, unique, unique_with_family, occurrences
    (null for a term with a mistake), expansions [{pattern, words, commonest [[word, occurrences]]}], same_as (line of
    an earlier term that means the same), error {message, position, caret} or null.
    total: documents that any term hits, each once. population: documents, sha256 (of population.tsv), items_sha256,
    not_searched, at. errors: how many terms have a mistake.
    """
    body = searching.together(index.shards)
    terms = [_Term(body, line) for line in lines]
    counted = [term for term in terms if term.found]
    found = hits.report(body.collection, [term.found for term in counted if term.found])
    counts = dict(zip((term.line.number for term in counted), found.terms, strict=True))
    first: dict[object, int] = {}
    return {
        "population": {
            "documents": index.description["documents"],
            "sha256": index.description["population_sha256"],
            "items_sha256": index.description["items"]["sha256"],
            "not_searched": index.description["not_searched"],
            "at": at.isoformat(timespec="seconds"),
        },
        "terms": [term.told(counts.get(term.line.number)) | {"same_as": _earlier(first, term)} for term in terms],
        "total": {"hits": found.hits, "hits_with_family": found.with_family},
        "errors": len(terms) - len(counted),
    }


class _Term:
    """A line of the list: what it matches, or its mistake."""

    def __init__(self, body: searching.Body, line: Line) -> None:
        self.line = line
        self.node = None
        self.found: hits.Found | None = None
        self.error: dict[str, Any] | None = None
        self.expansions: tuple[hits.Expansion, ...] = ()
        try:
            self.node = searching.understood(line.text, body)
            self.found = hits.find(body.collection, self.node)
            self.expansions = hits.expansions(body.collection, self.node)
        except searching.QueryNotUnderstood as mistake:
            self.error = {"message": mistake.message, "position": mistake.position, "caret": mistake.sentence}
        except positions.TooManyOccurrences as mistake:
            self.error = {"message": str(mistake), "position": 0, "caret": f"{line.text}\n^ {mistake}"}

    def told(self, counts: hits.Counts | None) -> dict[str, Any]:
        return {
            "line": self.line.number,
            "term": self.line.text,
            "hits": counts and counts.hits,
            "hits_with_family": counts and counts.with_family,
            "unique": counts and counts.unique,
            "unique_with_family": counts and counts.unique_with_family,
            "occurrences": counts and counts.occurrences,
            "expansions": [
                {"pattern": one.pattern, "words": one.n_words, "commonest": [list(pair) for pair in one.commonest]}
                for one in self.expansions
            ],
            "error": self.error,
        }


def _earlier(first: dict[object, int], term: _Term) -> int | None:
    if term.node is None:
        return None
    known = first.setdefault(term.node, term.line.number)
    return known if known != term.line.number else None
