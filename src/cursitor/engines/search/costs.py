"""
About how much an expression has and how long each way of answering it takes, in nanoseconds of one core.

Which way is taken hangs on it, and what is asked first; but a `size` of 0 is the truth. The constants are slopes, read
from the queries of the benchmark asked both ways over segments of 14 million words.
"""

from cursitor.engines.search import frequent, syntax
from cursitor.engines.search.nearness import Flags
from cursitor.engines.search.postings import Field, is_words

_DEAR = 8
"""How much dearer nearness is than the places of its words alone, where parts beside AND are put in order."""

_OF_ONE, _OF_MANY = 2, 25
"""For each place of a word, and of a set of words, whose places are put in order."""
_AROUND = 9
"""For each word looked at around others."""
_MERGED, _FOLLOWED = 20, 5
"""For each place compared with others near it; with the one that follows it."""

_BEGUN = 500_000
"""For marks at all: small bodies of documents never need them, nor the compiled loops that must be loaded for them."""
_PASSED, _GROUPED = 0.12, 5
"""For each word of the texts, however few are asked for: what moving their marks takes; times a pair beside a third."""


def size(field: Field, part: syntax.Node) -> int:
    """Return about how many occurrences an expression has; 0 only where there is none."""
    match part:
        case syntax.And(parts) | syntax.Phrase(parts):
            return min(size(field, piece) for piece in parts)
        case syntax.Or(parts):
            return sum(size(field, piece) for piece in parts)
        case syntax.Near(left, right, _, _, negated):
            return size(field, left) if negated else min(size(field, left), size(field, right))
    return field.size(part)


def work(field: Field, part: syntax.Node) -> int:
    """Return about how many places must be read to answer an expression."""
    match part:
        case syntax.And(parts) | syntax.Or(parts) | syntax.Phrase(parts):
            return sum(work(field, piece) for piece in parts)
        case syntax.Near(left, right):
            return _DEAR * (work(field, left) + work(field, right))
    return field.size(part)


def of_places(field: Field, part: syntax.Node, within: Flags) -> float:
    """Return how long it takes to read the places of an expression in some documents."""
    return _reading(field, part)[0] * int(within.sum()) / len(within)


def _reading(field: Field, part: syntax.Node) -> tuple[float, float]:
    """Return how long it takes to read the places of an expression, and how many occurrences there are."""
    if is_words(part):
        n_places = field.size(part)
        return n_places * (_OF_ONE if isinstance(part, syntax.Word) else _OF_MANY), n_places
    match part:
        case syntax.And(parts) | syntax.Or(parts):
            read = [_reading(field, piece) for piece in parts]
            return sum(spent for spent, _ in read), (min if isinstance(part, syntax.And) else sum)(n for _, n in read)
        case syntax.Phrase(parts):
            return _reading_phrase(field, parts)
        case syntax.Near():
            return _reading_near(field, part)
    n_places = field.size(part)
    return _OF_ONE * n_places, n_places


def _reading_phrase(field: Field, parts: tuple[syntax.Leaf, ...]) -> tuple[float, float]:
    """The commoner words are read only in documents that hold the rarest."""
    (spent, n_rarest), *others = sorted((_reading(field, piece) for piece in parts), key=lambda side: side[1])
    share = min(1.0, n_rarest / max(field.n_documents, 1))
    spent += share * sum(spent_on_all for spent_on_all, _ in others)
    return spent + _FOLLOWED * (n_rarest + share * sum(n_places for _, n_places in others)), n_rarest


def _reading_near(field: Field, near: syntax.Near) -> tuple[float, float]:
    """Of the commoner side only what lies around the rarer one is read, or what stands in its documents."""
    sides = [_reading(field, near.left), _reading(field, near.right)]
    if not near.negated:
        sides.sort(key=lambda side: side[1])
    (spent, n_rarer), (spent_on_all, n_other) = sides
    n_around = n_rarer * (2 * near.distance + 1)
    share = min(1.0, n_rarer / max(field.n_documents, 1))
    n_met = n_around * n_other / max(len(field.sequence), 1)
    spent_beside = share * (spent_on_all + _MERGED * n_other)
    if is_words(near.left) and is_words(near.right):
        spent_beside = min(spent_beside, _AROUND * n_around + _MERGED * n_met)
    return spent + _MERGED * n_rarer + spent_beside, n_rarer if near.negated else min(n_rarer, n_met)


def of_marks(field: Field, part: syntax.Node, *, is_group: bool) -> float:
    """Return how long it takes to mark the words of an expression in all documents."""
    n_words = len(field.sequence)
    passing = (_GROUPED if is_group else 1) * _PASSED * n_words
    return _BEGUN + passing + sum(map(field.marking, frequent.words_of(part)))
