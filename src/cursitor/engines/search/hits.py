"""A report on a list of search terms: what each finds, alone and with families, and what only it finds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import syntax
from cursitor.engines.search.evaluation import Collection
from cursitor.engines.search.nearness import Flags

SHOWN = 20


@dataclass(frozen=True)
class Expansion:
    """The words that a pattern or a fuzzy word stands for: how many, and the commonest with their occurrences."""

    pattern: str
    n_words: int
    commonest: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Counts:
    """
    What one term finds, in documents. with_family: matches and all members of their families. unique: matches that no
    other term matches. unique_with_family: members of `with_family` that are so of no other term. occurrences: see
    `Collection.occurrences`.
    """

    hits: int
    with_family: int
    unique: int
    unique_with_family: int
    occurrences: int


@dataclass(frozen=True)
class Report:
    """terms: in the order asked. hits, with_family: documents that any term finds, each counted once."""

    terms: tuple[Counts, ...]
    hits: int
    with_family: int


@dataclass(frozen=True)
class Found:
    """What one term matches: one bit a document, and how often it occurs in them."""

    bits: npt.NDArray[np.uint8]
    n_documents: int
    occurrences: int

    @property
    def flags(self) -> Flags:
        return np.unpackbits(self.bits, count=self.n_documents).view(np.bool_)


def find(collection: Collection, term: syntax.Node) -> Found:
    """
    Return what a term matches.

    :raises TooManyOccurrences: if a group inside w/N cannot be enumerated within one document.
    """
    flags = collection.matching(term)
    return Found(np.packbits(flags), collection.n_documents, collection.occurrences(term, flags))


def report(collection: Collection, terms: Sequence[Found], *, relation: str = "family") -> Report:
    """Return the report on terms, each as `find` gives it."""
    n_terms = np.zeros(collection.n_documents, np.int32)
    n_families = np.zeros(collection.n_documents, np.int32)
    for found in terms:
        n_terms += found.flags
        n_families += collection.related(relation, found.flags)
    counts = []
    for found in terms:
        flags = found.flags
        family = collection.related(relation, flags)
        unique, unique_family = flags & (n_terms == 1), family & (n_families == 1)
        counts.append(Counts(_count(flags), _count(family), _count(unique), _count(unique_family), found.occurrences))
    return Report(tuple(counts), _count(n_terms > 0), _count(n_families > 0))


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def expansions(collection: Collection, node: syntax.Node) -> tuple[Expansion, ...]:
    """Return what the patterns and fuzzy words of a query stand for in these documents, each once, as typed."""
    found: dict[str, Expansion] = {}
    for names, leaf in _patterns(node, ()):
        label = syntax.label(leaf)
        if label not in found:
            counts = _words(collection, names, leaf)
            commonest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
            found[label] = Expansion(label, len(counts), tuple(commonest))
    return tuple(found.values())


def _words(collection: Collection, names: tuple[str, ...], leaf: syntax.Node) -> Counter[str]:
    counts: Counter[str] = Counter()
    for field in (segment.fields[name] for segment in collection.segments for name in names):
        postings, numbers = field.numbers(leaf)
        for number, n in zip(numbers.tolist(), postings.counts(numbers).tolist(), strict=True):
            counts[postings.vocabulary[number]] += n
    return counts


def _patterns(node: syntax.Node, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], syntax.Leaf]]:
    match node:
        case syntax.And(parts) | syntax.Or(parts) | syntax.Phrase(parts):
            for part in parts:
                yield from _patterns(part, names)
        case syntax.Not(part) | syntax.Related(_, part):
            yield from _patterns(part, names)
        case syntax.In(fields, part):
            yield from _patterns(part, fields)
        case syntax.Near(left, right):
            yield from _patterns(left, names)
            yield from _patterns(right, names)
        case syntax.Wildcard() | syntax.Fuzzy() | syntax.AddressPattern():
            yield names, node
