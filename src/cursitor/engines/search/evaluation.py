"""
The answer to a query from the segments of an index, over whole arrays: equal to `positions.matches` of every document.

A condition is answered by one flag a document. `within` are the documents that still matter: what stands beside AND
is asked the cheapest part first, and the places of common words are read only in documents that hold the rare ones.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import accumulate
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import costs, frequent, nearness, syntax
from cursitor.engines.search.inversion import BLOCK_BITS
from cursitor.engines.search.nearness import Flags, Rows, Window
from cursitor.engines.search.positions import TooManyOccurrences
from cursitor.engines.search.postings import Field, Segment, is_words
from cursitor.engines.search.sets import Bits
from cursitor.engines.search.vocabulary import Numbers

Answer = TypeVar("Answer")
Each = Callable[[Callable[[Segment, slice], Flags], Iterable[Segment], Iterable[slice]], Iterable[Flags]]


class Collection:
    """
    Segments that are asked together; their documents are numbered through, segment by segment.

    each: as `map`; a pool's map answers segments side by side.
    """

    def __init__(self, segments: Sequence[Segment], *, each: Each = map) -> None:
        self.segments = tuple(segments)
        self.each = each
        ends = [*accumulate(segment.n_documents for segment in segments)]
        self.n_documents = ends[-1] if ends else 0
        self.slices = [slice(end - one.n_documents, end) for one, end in zip(self.segments, ends, strict=True)]
        self._groups: dict[str, npt.NDArray[np.int64]] = {}

    def matching(self, node: syntax.Node, within: Flags | None = None) -> Flags:
        """
        Return which documents match a query: bool array (n_documents,).

        :raises TooManyOccurrences: if a group inside w/N cannot be enumerated within one document.
        """
        if within is None:
            within = np.ones(self.n_documents, np.bool_)
        match node:
            case syntax.And(parts):
                return self._all(parts, within)
            case syntax.Or(parts):
                found = np.zeros(self.n_documents, np.bool_)
                for part in _by_fields(parts):
                    found |= self.matching(part, within & ~found)
                return found
            case syntax.Not(part):
                return within & ~self.matching(part, within)
            case syntax.Related(relation, part):
                return within & self.related(relation, self.matching(part))
            case syntax.Everything():
                return within
        return self._by_segment(lambda segment, slice_: _condition(segment, node, within[slice_]))

    def _all(self, parts: Sequence[syntax.Node], within: Flags) -> Flags:
        for part in sorted(parts, key=self._cost):
            within = self.matching(part, within)
            if not within.any():
                break
        return within

    def _by_segment(self, ask: Callable[[Segment, slice], Flags]) -> Flags:
        if len(self.segments) == 1:
            return ask(self.segments[0], self.slices[0])
        found = list(self.each(ask, self.segments, self.slices))
        return np.concatenate(found) if found else np.zeros(0, np.bool_)

    def _cost(self, node: syntax.Node) -> int:
        match node:
            case syntax.And(parts) | syntax.Or(parts):
                return sum(self._cost(part) for part in parts)
            case syntax.Not(part):
                return self._cost(part)
            case syntax.Related(_, part):
                return self.n_documents + self._cost(part)
            case syntax.In(names, part):
                fields = [segment.fields[name] for segment in self.segments for name in names]
                return sum(costs.work(field, part) for field in fields)
        return 0

    def related(self, relation: str, found: Flags) -> Flags:
        """Return these documents and all that are tied to one of them."""
        groups = self.groups(relation)
        hit = np.zeros(int(groups.max(initial=0)) + 1, np.bool_)
        hit[groups[found]] = True
        hit[0] = False  # documents that are tied to nothing
        return found | hit[groups]

    def groups(self, relation: str) -> npt.NDArray[np.int64]:
        """Return the number of the group of every document, from 1; 0 for a document that is tied to nothing."""
        if relation not in self._groups:
            keys = np.concatenate([np.zeros(1, np.int64), *(segment.related[relation] for segment in self.segments)])
            self._groups[relation] = np.unique(keys, return_inverse=True)[1][1:]
        return self._groups[relation]

    def occurrences(self, node: syntax.Node, found: Flags) -> int:
        """
        Return how often a query occurs in documents that match it: found = `matching(node)`.

        What occurs is counted once for each distinct set of places in one field. Of alternatives only those that the
        document matches count; what stands under NOT, ranges and `has:` do not occur.
        """
        total = 0
        for name in self.segments[0].fields if self.segments else ():
            occurring = self._occurring(node, found, name)
            for segment, slice_ in zip(self.segments, self.slices, strict=True):
                parts = [(part, flags[slice_]) for part, flags in occurring if flags[slice_].any()]
                if parts and segment.fields[name].is_filled:
                    total += _count(segment.fields[name], parts)
        return total

    def _occurring(self, node: syntax.Node, found: Flags, name: str) -> list[tuple[syntax.Node, Flags]]:
        match node:
            case syntax.And(parts) | syntax.Or(parts):
                held = [(part, self.matching(part, found)) for part in parts if syntax.leaves(part)]
                return [one for part, flags in held for one in self._occurring(part, flags, name)]
            case syntax.Related(_, part):
                return self._occurring(part, self.matching(part, found), name)
            case syntax.In(names, part) if name in names:
                return [(part, found)]
        return []


def _condition(segment: Segment, node: syntax.Node, within: Flags) -> Flags:
    match node:
        case syntax.In(names, part):
            found = np.zeros(segment.n_documents, np.bool_)
            for field in (segment.fields[name] for name in names):
                if field.is_filled:
                    found |= documents(field, part, within & ~found)
            return found
        case syntax.Range(name, low, high):
            return within & segment.ranged(name, low, high)
        case syntax.Has(names):
            return within & segment.having(names)
    raise TypeError(f"Not a condition on a document: {node!r}")


def _by_fields(parts: Sequence[syntax.Node]) -> list[syntax.Node]:
    """Return alternatives with those of the same fields as one, so that each field is asked once."""
    inside: dict[tuple[str, ...], list[syntax.Place]] = {}
    for part in parts:
        if isinstance(part, syntax.In):
            inside.setdefault(part.fields, []).append(part.part)
    together: list[syntax.Node] = [
        syntax.In(names, places[0] if len(places) == 1 else syntax.Or(tuple(places)))
        for names, places in inside.items()
    ]
    return together + [part for part in parts if not isinstance(part, syntax.In)]


def _alternatives(parts: Sequence[syntax.Node]) -> list[syntax.Node]:
    """Return alternatives with all single words as one, so that their places are gathered at once."""
    words = tuple(part for part in parts if is_words(part))
    others = [part for part in parts if not is_words(part)]
    return [syntax.Or(words), *others] if words else others


def documents(field: Field, part: syntax.Node, within: Flags) -> Flags:
    """Return in which of some documents an expression occurs in a field."""
    if not costs.size(field, part):  # most words of a text stand in no address and no file name
        return np.zeros(len(within), np.bool_)
    if is_words(part):
        return within & field.documents(part)
    match part:
        case syntax.Or(parts):
            found = np.zeros(len(within), np.bool_)
            for piece in _alternatives(parts):
                found |= documents(field, piece, within & ~found)
            return found
        case syntax.Near() | syntax.Phrase() if _is_common(field, part, within):
            return within & field.holding_marked(_marked(field, part))
        case syntax.Near():
            near: Flags = _in_portions(lambda some: _near_documents(field, part, some), within, np.logical_or)
            return within & near
        case syntax.Phrase():
            return within & field.holding(rows(field, part, within)[:, 0])
    return within & field.documents(part)


def _is_common(field: Field, part: syntax.Node, within: Flags) -> bool:
    """Return whether an expression can be answered by marks, and its words are so common that this is faster."""
    is_group = False
    if isinstance(part, syntax.Near) and not part.negated:
        is_group = _group(part) is not None
        can_be = is_group or all(map(frequent.are_conditions, (part.left, part.right)))
    else:
        can_be = frequent.are_runs(part)
    return can_be and costs.of_places(field, part, within) > costs.of_marks(field, part, is_group=is_group)


def _group(near: syntax.Near) -> tuple[syntax.Near, syntax.Node, Window] | None:
    """Return a pair of runs on one side of w/N, the runs on the other, and how near; None if that is not what it is."""
    for pair, other, is_left in ((near.left, near.right, True), (near.right, near.left, False)):
        if frequent.are_pairs(pair) and frequent.are_runs(other) and isinstance(pair, syntax.Near):
            return pair, other, frequent.window(near, anchor_is_left=is_left)
    return None


def _marked(field: Field, part: syntax.Node) -> Bits:
    """Return words of which one is in every document in which an expression occurs, and in no other."""
    words = frequent.Words(field, part)
    if not isinstance(part, syntax.Near) or part.negated:
        return reduce(np.bitwise_or, frequent.runs(words, part).values())
    if group := _group(part):
        return frequent.near_pairs(words, *group)
    anchor_is_left = not syntax.holds_and(part.left)
    anchor, other = (part.left, part.right) if anchor_is_left else (part.right, part.left)
    window = frequent.window(part, anchor_is_left=anchor_is_left)
    found = frequent.near(words, frequent.runs(words, anchor), other, window)
    return reduce(np.bitwise_or, found.values())


def rows(field: Field, part: syntax.Node, within: Flags) -> Rows:
    """Return the occurrences of an expression in these documents of a field; there may be some in others."""
    if is_words(part):
        return field.rows(part, within)
    match part:
        case syntax.Or(parts):
            return nearness.union([rows(field, piece, within) for piece in _alternatives(parts)])
        case syntax.Near():
            return _near_rows(field, part, within)
        case syntax.Phrase(parts):
            return _phrase_rows(field, parts, within)
    return field.rows(part, within)


def _in_portions(ask: Callable[[Flags], Answer], within: Flags, join: Callable[[Answer, Answer], Answer]) -> Answer:
    """Return the answer for some documents, asked a part of them at a time where all at once are too many pairs."""
    try:
        return ask(within)
    except nearness.TooManyPairs as error:
        chosen = np.flatnonzero(within)
        if len(chosen) == 1:
            raise TooManyOccurrences from error
        n_portions = min(2 * error.n_pairs // nearness.PAIRS_AT_ONCE + 2, len(chosen))
    answers = []
    for portion in np.array_split(chosen, n_portions):
        some = np.zeros(len(within), np.bool_)
        some[portion] = True
        answers.append(_in_portions(ask, some, join))
    return reduce(join, answers)


def _count(field: Field, parts: list[tuple[syntax.Node, Flags]]) -> int:
    within = _any([flags for _, flags in parts])

    def count(some: Flags) -> int:
        return len(
            nearness.union([_only(field, rows(field, part, flags & some), flags & some) for part, flags in parts])
        )

    return _in_portions(count, within, int.__add__)


def _only(field: Field, found: Rows, within: Flags) -> Rows:
    return found[field.is_within(found[:, 0], within)]


def _any(flags: Sequence[Flags]) -> Flags:
    return reduce(np.logical_or, flags)


def _phrase_rows(field: Field, parts: Sequence[syntax.Leaf], within: Flags) -> Rows:
    if any(isinstance(part, syntax.AddressPattern) for part in parts):
        return _phrase_with_addresses(field, parts, within)
    starts: Numbers | None = None
    for at in sorted(range(len(parts)), key=lambda at: field.size(parts[at])):
        places = field.rows(parts[at], within)[:, 0]
        places = places[np.searchsorted(places, at) :] - np.int32(at)
        starts = places if starts is None else nearness.common(starts, places)
        within = _narrowed(field, starts, within)
    steps = np.arange(len(parts), dtype=np.int32)
    return np.zeros((0, 1), np.int32) if starts is None else starts[:, None] + steps


def _phrase_with_addresses(field: Field, parts: Sequence[syntax.Leaf], within: Flags) -> Rows:
    whole = field.rows(parts[0], within)
    for part in parts[1:]:
        following = field.rows(part, field.holding(whole[:, 0]))
        # No two parts begin at one place, no two runs end at one.
        place = {begin: at for at, begin in enumerate(following[:, 0].tolist())}
        ends = (whole[:, -1] + 1).tolist()
        left = [at for at, end in enumerate(ends) if end in place]
        whole = np.concatenate((whole[left], following[[place[ends[at]] for at in left]]), axis=1)
    return nearness.distinct(whole)


def _narrowed(field: Field, places: Numbers, within: Flags) -> Flags:
    """Return the documents of some places; if they are so many that this saves nothing, what was there before."""
    return within if 2 * len(places) > len(within) else field.holding(places)


def _near_documents(field: Field, near: syntax.Near, within: Flags) -> Flags:
    if near.negated:
        return _lonely_documents(field, near, within)
    if syntax.holds_and(near.left) or syntax.holds_and(near.right):
        anchors, partners, window = _anchored(field, near, within)
        return field.holding(anchors[_is_met(field, anchors, partners, window)][:, 0])
    left, right = _both_sides(field, near, within)
    anchor_is_left = len(left) <= len(right) if left.shape[1] == right.shape[1] else right.shape[1] == 1
    anchors, others = (left, right) if anchor_is_left else (right, left)
    window = frequent.window(near, anchor_is_left=anchor_is_left)
    if left.shape[1] == right.shape[1] == 1 and len(others) < nearness.MERGED * len(anchors):
        return field.holding(nearness.places_with_partner(anchors[:, 0], others[:, 0], window))
    flags = nearness.has_partner(anchors, others, window)
    return field.holding(anchors[flags][:, 0])


def _lonely_documents(field: Field, near: syntax.Near, within: Flags) -> Flags:
    """Return documents with an occurrence that has no partner; the first of each is tried before the others."""
    anchors, partners, window = _anchored(field, near, within)
    is_first = np.diff(anchors[:, 0] >> BLOCK_BITS, prepend=-1) > 0
    found = np.zeros(len(within), np.bool_)
    for some in (anchors[is_first], anchors[~is_first]):
        left = some[~field.is_within(some[:, 0], found)]
        found |= field.holding(left[~_is_met(field, left, partners, window)][:, 0])
    return found


def _near_rows(field: Field, near: syntax.Near, within: Flags) -> Rows:
    if near.negated or syntax.holds_and(near.left) or syntax.holds_and(near.right):
        anchors, partners, window = _anchored(field, near, within)
        if near.negated:
            return anchors[~_is_met(field, anchors, partners, window)]
        numbers, others = _met(field, anchors, partners, window)
        return nearness.distinct(nearness.joined(anchors[numbers], others))
    left, right = _both_sides(field, near, within)
    anchor_is_left = len(left) <= len(right)
    anchors, others = (left, right) if anchor_is_left else (right, left)
    numbers, others_at = nearness.pairs(anchors, others, frequent.window(near, anchor_is_left=anchor_is_left))
    return nearness.distinct(nearness.joined(anchors[numbers], others[others_at]))


def _both_sides(field: Field, near: syntax.Near, within: Flags) -> tuple[Rows, Rows]:
    """Return the occurrences of both sides, the commoner side only in documents that hold the other."""
    if costs.size(field, near.left) <= costs.size(field, near.right):
        left = rows(field, near.left, within)
        return left, _rows_near(field, near.right, left, near.distance, within)
    right = rows(field, near.right, within)
    return _rows_near(field, near.left, right, near.distance, within), right


def _rows_near(field: Field, part: syntax.Node, others: Rows, distance: int, within: Flags) -> Rows:
    """Return the occurrences of an expression among which are all that lie so near to one of the others."""
    if is_words(part) and field.is_shorter_to_read_around(part, others, distance):
        return field.rows_around(part, others, distance)
    return rows(field, part, _narrowed(field, others[:, 0], within))


def _anchored(field: Field, near: syntax.Near, within: Flags) -> tuple[Rows, syntax.Node, Window]:
    """Return the occurrences of the side that others must be near to, the other side, and how near."""
    anchor_is_left = near.negated or not syntax.holds_and(near.left)
    anchor, other = (near.left, near.right) if anchor_is_left else (near.right, near.left)
    if not near.negated and costs.size(field, other) < costs.size(field, anchor):
        within = _upper(field, other, within)
    return rows(field, anchor, within), other, frequent.window(near, anchor_is_left=anchor_is_left)


def _upper(field: Field, part: syntax.Node, within: Flags) -> Flags:
    """Return documents among which are all that an expression occurs in."""
    match part:
        case syntax.And(parts):
            for piece in sorted(parts, key=lambda piece: costs.size(field, piece)):
                within = _upper(field, piece, within)
            return within
        case syntax.Or(parts):
            return _any([_upper(field, piece, within) for piece in parts])
        case syntax.Phrase(parts):
            return within
        case syntax.Near(left, right, _, _, negated):
            within = _upper(field, left, within)
            return within if negated else _upper(field, right, within)
    return within & field.documents(part)


def _partners(field: Field, part: syntax.Node, anchors: Rows, window: Window) -> Rows:
    return _rows_near(field, part, anchors, max(window.before or 0, window.after or 0), field.everywhere)


def _is_met(field: Field, anchors: Rows, part: syntax.Node, window: Window) -> Flags:
    """Return for every anchor whether what stands on the other side of w/N is near it."""
    match part:
        case syntax.And(parts):
            return ~_any([~_is_met(field, anchors, piece, window) for piece in parts])
        case syntax.Or(parts):
            return _any([_is_met(field, anchors, piece, window) for piece in parts])
    return nearness.has_partner(anchors, _partners(field, part, anchors, window), window)


def _met(field: Field, anchors: Rows, part: syntax.Node, window: Window) -> tuple[npt.NDArray[np.intp], Rows]:
    """Return every anchor with every way in which the other side is near it: (numbers of anchors, ascending; rows)."""
    match part:
        case syntax.And(parts):
            return reduce(_both, (_met(field, anchors, piece, window) for piece in parts))
        case syntax.Or(parts):
            return _either([_met(field, anchors, piece, window) for piece in parts])
    found = _partners(field, part, anchors, window)
    numbers, others = nearness.pairs(anchors, found, window)
    return numbers, found[others]


def _both(
    one: tuple[npt.NDArray[np.intp], Rows], other: tuple[npt.NDArray[np.intp], Rows]
) -> tuple[npt.NDArray[np.intp], Rows]:
    """Return every way of the one with every way of the other at the same anchor."""
    (numbers, found), (other_numbers, other_found) = one, other
    low = np.searchsorted(other_numbers, numbers)
    counts = np.searchsorted(other_numbers, numbers, side="right") - low
    n_pairs = int(counts.sum())
    if n_pairs > nearness.PAIRS_AT_ONCE:
        raise nearness.TooManyPairs(n_pairs)
    left = np.repeat(np.arange(len(numbers)), counts)
    right = np.arange(n_pairs) + np.repeat(low - (np.cumsum(counts) - counts), counts)
    return numbers[left], nearness.joined(found[left], other_found[right])


def _either(ways: list[tuple[npt.NDArray[np.intp], Rows]]) -> tuple[npt.NDArray[np.intp], Rows]:
    width = max(found.shape[1] for _, found in ways)
    padded = [np.pad(found, ((0, 0), (0, width - found.shape[1])), mode="edge") for _, found in ways]
    numbers = np.concatenate([numbers for numbers, _ in ways])
    order = np.argsort(numbers, kind="stable")
    return numbers[order], np.concatenate(padded)[order]
