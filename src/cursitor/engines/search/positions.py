"""
What a query means: whether one document matches, and where.

An occurrence is the ascending tuple of the positions of the words it uses. A word occurs at each of its
positions; a phrase where its parts follow each other; an Or wherever a part does; a Near is a pair of occurrences
that share no word and lie at most `distance` apart, counted from the last word of the one to the first of the
other (interlocking ones lie at distance 0 or less). An And below a Near takes one occurrence of the other side
with every part near it. Nothing here knows of an index: this is what an index is held to.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from cursitor.engines.search import spelling, syntax
from cursitor.engines.search.reading import FieldWords, Reading

Occurrence = tuple[int, ...]
MOST = 200_000


class TooManyOccurrences(ValueError):
    """Raised when an inner group of w/N occurs more than 200,000 times in one document."""

    def __init__(self) -> None:
        super().__init__("A group beside w/N occurs too often in one document. Use a smaller N or rarer words.")


class Span(NamedTuple):
    """A hit to be shown: characters [start, end) of a field's text, and the word or phrase of the query behind it."""

    start: int
    end: int
    term: str
    field: str


def matches(node: syntax.Node, reading: Reading) -> bool:
    """
    Return whether a document matches a query. What it is tied to is not looked at: for `family:` only its own words.

    :raises TooManyOccurrences: if a group inside w/N cannot be enumerated.
    """
    match node:
        case syntax.And(parts):
            return all(matches(part, reading) for part in parts)
        case syntax.Or(parts):
            return any(matches(part, reading) for part in parts)
        case syntax.Not(part):
            return not matches(part, reading)
        case syntax.In(names, part):
            present = (reading.fields[name] for name in names if name in reading.fields)
            return any(next(_occurrences(part, words), None) is not None for words in present)
        case syntax.Range(name, low, high):
            value = reading.values.get(name)
            return value is not None and (low is None or value >= low) and (high is None or value < high)
        case syntax.Has(names):
            return not reading.has.isdisjoint(names)
        case syntax.Related(_, part):
            return matches(part, reading)
        case syntax.Everything():
            return True
    raise TypeError(f"Not a condition on a document: {node!r}")


def spans(node: syntax.Node, reading: Reading) -> tuple[Span, ...]:
    """
    Return the hits of a query in a document, ordered by field and place; none if it does not match.

    Only what made the document match is shown: of an Or the parts that match, of a Not nothing. A phrase is one
    span; the two sides of w/N are spans of their own. The reading must carry offsets.
    """
    return tuple(sorted(set(_spans(node, reading)), key=lambda span: (span.field, span.start, span.end, span.term)))


def _spans(node: syntax.Node, reading: Reading) -> Iterator[Span]:
    if not matches(node, reading):
        return
    match node:
        case syntax.And(parts) | syntax.Or(parts):
            for part in parts:
                yield from _spans(part, reading)
        case syntax.Related(_, part):
            yield from _spans(part, reading)
        case syntax.In(names, part):
            for name in names:
                if name in reading.fields:
                    yield from _field_spans(part, name, reading.fields[name])


def _field_spans(part: syntax.Place, name: str, words: FieldWords) -> Iterator[Span]:
    used = {position for occurrence in _occurrences(part, words) for position in occurrence}
    for leaf in syntax.leaves(part):
        for occurrence in _occurrences(leaf, words):
            if used.issuperset(occurrence):
                start, end = words.offsets[occurrence[0]][0], words.offsets[occurrence[-1]][1]
                yield Span(start, end, syntax.label(leaf), name)


def _occurrences(part: syntax.Node, words: FieldWords) -> Iterator[Occurrence]:
    """Yield where an expression occurs in one field; an occurrence may come more than once."""
    match part:
        case syntax.Word(text):
            yield from ((position,) for position in _positions(text, words.words))
        case syntax.Wildcard(pattern):
            fits = spelling.wildcard(pattern).fullmatch
            yield from _shaped(lambda word: fits(word) is not None, words)
        case syntax.Fuzzy(text, distance):
            yield from _shaped(lambda word: spelling.is_within(word, text, distance), words)
        case syntax.AddressPattern(pattern):
            fits = spelling.wildcard(pattern).fullmatch
            yield from (tuple(range(a.first, a.last + 1)) for a in words.addresses if fits(a.text))
        case syntax.Phrase(parts):
            yield from _phrases(parts, words)
        case syntax.Or(parts):
            for piece in parts:
                yield from _occurrences(piece, words)
        case syntax.Near():
            yield from _near(part, words)
        case _:
            raise TypeError(f"Not an expression inside a field: {part!r}")


def _positions(text: str, words: tuple[str, ...]) -> Iterator[int]:
    at = -1
    try:
        while True:
            at = words.index(text, at + 1)
            yield at
    except ValueError:
        return


def _shaped(fits: Callable[[str], bool], words: FieldWords) -> Iterator[Occurrence]:
    fitting = {word for word in set(words.words) if fits(word)}
    if fitting:
        yield from ((position,) for position, word in enumerate(words.words) if word in fitting)


def _phrases(parts: tuple[syntax.Leaf, ...], words: FieldWords) -> Iterator[Occurrence]:
    starts: list[dict[int, Occurrence]] = []
    for part in parts:
        starts.append({occurrence[0]: occurrence for occurrence in _occurrences(part, words)})
        if not starts[-1]:
            return
    for first in starts[0].values():
        whole = first
        for following in starts[1:]:
            piece = following.get(whole[-1] + 1)
            if piece is None:
                break
            whole += piece
        else:
            yield whole


class _Places:
    """The occurrences of an expression, sorted, for asking which lie close to another one."""

    def __init__(self, found: Iterable[Occurrence]) -> None:
        distinct: set[Occurrence] = set()
        for occurrence in found:
            distinct.add(occurrence)
            if len(distinct) > MOST:
                raise TooManyOccurrences
        self.sorted = sorted(distinct)
        self.widest = max((occurrence[-1] - occurrence[0] for occurrence in self.sorted), default=0)

    def close_to(self, anchor: Occurrence, *, before: int | None, after: int | None) -> Iterator[Occurrence]:
        """
        Yield occurrences that share no word with the anchor and lie at most `before` words before or `after` words
        after it; None means not on that side at all (then interlocking ones do not count either).
        """
        lowest = anchor[0] - before - self.widest if before is not None else anchor[-1] + 1
        for at in range(bisect_left(self.sorted, (lowest,)), len(self.sorted)):
            other = self.sorted[at]
            gap_after, gap_before = other[0] - anchor[-1], anchor[0] - other[-1]
            if gap_after > (after or 0):
                return
            if before is None:
                fits = gap_after >= 1
            elif after is None:
                fits = 1 <= gap_before <= before
            else:
                fits = gap_before <= before
            if fits and not set(anchor) & set(other):
                yield other


def _near(near: syntax.Near, words: FieldWords) -> Iterator[Occurrence]:
    anchor, other, is_anchor_left = near.left, near.right, True
    if syntax.holds_and(near.left):
        anchor, other, is_anchor_left = near.right, near.left, False
    before = None if near.ordered and is_anchor_left else near.distance
    after = None if near.ordered and not is_anchor_left else near.distance
    close = _closeness(other, words, before=before, after=after)
    for occurrence in _occurrences(anchor, words):
        partners = close(occurrence)
        if near.negated:
            if next(partners, None) is None:
                yield occurrence
            continue
        for partner in partners:
            yield tuple(sorted({*occurrence, *partner}))


def _closeness(
    part: syntax.Node, words: FieldWords, *, before: int | None, after: int | None
) -> Callable[[Occurrence], Iterator[Occurrence]]:
    """Return the function that yields what of `part` lies close to an occurrence."""
    if isinstance(part, syntax.And | syntax.Or):
        inner = [_closeness(piece, words, before=before, after=after) for piece in part.parts]
        if isinstance(part, syntax.Or):
            return lambda anchor: (found for close in inner for found in close(anchor))
        return lambda anchor: (
            tuple(sorted(set().union(*chosen))) for chosen in product(*(close(anchor) for close in inner))
        )
    places = _Places(_occurrences(part, words))
    return lambda anchor: places.close_to(anchor, before=before, after=after)
