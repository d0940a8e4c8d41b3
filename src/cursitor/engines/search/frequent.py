"""
Expressions of common words, answered with `marks`: for all documents of a field at once, whatever the words' number.

What can be marked are *runs*: occurrences that are neighbouring words, held as {words in each: where each begins}.
Single words and phrases are runs, alternatives of runs, and runs NOT w/N something. Pairs are not; but the runs that
are in no pair can be left out before pairs are made.
"""

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from cursitor.engines.search import sets, syntax
from cursitor.engines.search.nearness import Window
from cursitor.engines.search.postings import Field, is_any, is_words
from cursitor.engines.search.sets import Bits

if TYPE_CHECKING:
    from cursitor.engines.search.marks import Marks

Runs = dict[int, Bits]

_FARTHEST = 16
"""Pairs that may lie farther apart are made one by one: what stands between them takes a step for each word."""


class Words:
    """The words that an expression asks for, as bits in the reading order of a field."""

    def __init__(self, field: Field, part: syntax.Node) -> None:
        self.order = field.marks
        self._bits = {leaf: field.bits(leaf) for leaf in dict.fromkeys(words_of(part))}

    def __getitem__(self, leaf: syntax.Node) -> Bits:
        """Return where a leaf, or an Or of single words, stands."""
        return sets.packed(np.ones(self.order.n_words, np.bool_)) if is_any(leaf) else self._bits[leaf]


def words_of(part: syntax.Node) -> list[syntax.Node]:
    """Return the single words in an expression; alternatives of single words as one."""
    if is_words(part):
        return [part]
    match part:
        case syntax.And(parts) | syntax.Or(parts) | syntax.Phrase(parts):
            return [word for piece in parts for word in words_of(piece)]
        case syntax.Near(left, right):
            return words_of(left) + words_of(right)
    return []


def are_runs(part: syntax.Node) -> bool:
    """Return whether every occurrence of an expression is a run of neighbouring words."""
    match part:
        case syntax.Or(parts):
            return all(map(are_runs, parts))
        case syntax.Phrase(parts):
            return all(is_words(piece) or is_any(piece) for piece in parts)
        case syntax.Near(left, right, _, _, negated):
            return negated and are_runs(left) and are_conditions(right)
    return is_words(part) or is_any(part)


def are_conditions(part: syntax.Node) -> bool:
    """Return whether what stands on one side of w/N asks for runs, one or several, near the other side."""
    if isinstance(part, syntax.And | syntax.Or):
        return all(map(are_conditions, part.parts))
    return are_runs(part)


def runs(words: Words, part: syntax.Node) -> Runs:
    """Return where the runs of an expression are; `are_runs` must hold."""
    if is_any(part) or is_words(part):
        return {1: words[part]}
    match part:
        case syntax.Or(parts):
            found: Runs = {}
            for piece in parts:
                for width, bits in runs(words, piece).items():
                    found[width] = found[width] | bits if width in found else bits
            return found
        case syntax.Phrase(parts):
            return {len(parts): words.order.sequences([runs(words, piece)[1] for piece in parts])}
        case syntax.Near(left, right):
            anchors = runs(words, left)
            met = near(words, anchors, right, window(part, anchor_is_left=True))
            return {width: bits & ~met[width] for width, bits in anchors.items()}
    raise TypeError(f"Not runs: {part!r}")


def window(part: syntax.Near, *, anchor_is_left: bool) -> Window:
    """Return how far a partner may lie from an anchor."""
    before = None if part.ordered and anchor_is_left else part.distance
    after = None if part.ordered and not anchor_is_left else part.distance
    return Window(before, after, may_share=not _are_apart(part.left, part.right))


def _are_apart(left: syntax.Node, right: syntax.Node) -> bool:
    """Return whether two expressions are plain words that cannot stand at one place."""
    return isinstance(left, syntax.Word) and isinstance(right, syntax.Word) and left != right


def near(words: Words, anchors: Runs, part: syntax.Node, reach: Window) -> Runs:
    """Return those anchors that have near them what the other side of w/N asks for; `are_conditions` must hold."""
    if isinstance(part, syntax.And | syntax.Or) and not are_runs(part):
        join = np.bitwise_and if isinstance(part, syntax.And) else np.bitwise_or
        found = [near(words, anchors, piece, reach) for piece in part.parts]
        return {width: reduce(join, (one[width] for one in found)) for width in anchors}
    return beside(words.order, anchors, runs(words, part), reach)


def beside(order: "Marks", anchors: Runs, partners: Runs, reach: Window) -> Runs:
    """Return those anchors that have a partner in their window. Runs that share no word do not interlock."""
    behind, ahead = [], []
    for width, bits in partners.items():
        if reach.after is not None:
            behind.append(order.leading(bits, reach.after))
        if reach.before is not None:
            ahead.append(order.following(sets.later(bits, width - 1), reach.before))
    found = {}
    for width, bits in anchors.items():
        met = [*(sets.earlier(one, width - 1) for one in behind), *ahead]
        found[width] = bits & reduce(np.bitwise_or, met)
    return found


def are_pairs(part: syntax.Node) -> bool:
    """Return whether an expression is a pair of runs that lie near each other, so that `near_pairs` can answer it."""
    if not isinstance(part, syntax.Near) or part.negated or part.distance > _FARTHEST:
        return False
    return are_runs(part.left) and are_runs(part.right)


def near_pairs(words: Words, pair: syntax.Near, part: syntax.Node, reach: Window) -> Bits:
    """
    Return some word of every document in which a pair of runs has a run near it: before, behind, or between the two.

    Where the run stands between, it is enough to look at the nearest of the first on its left and of the second on its
    right.
    """
    order, others = words.order, runs(words, part)
    left, right = runs(words, pair.left), runs(words, pair.right)
    found = order.empty()
    for first, second in ((left, right),) if pair.ordered else ((left, right), (right, left)):
        if reach.after is not None:
            ends = beside(order, second, first, Window(pair.distance, None))
            found |= _any(beside(order, others, ends, Window(reach.after, None)))
        if reach.before is not None:
            starts = beside(order, first, second, Window(None, pair.distance))
            found |= _any(beside(order, others, starts, Window(None, reach.before)))
        if reach.after is not None and reach.before is not None:
            found |= _between(order, first, second, others, pair.distance)
    return found


def _between(order: "Marks", first: Runs, second: Runs, others: Runs, distance: int) -> Bits:
    """Return runs that stand between a first and a second one which lie at most so far apart."""
    found = order.empty()
    behind = [order.following(_ends(order, first), 1)]
    ahead = [order.leading(_any(second), 1)]
    for _ in range(distance - 2):
        behind.append(behind[-1] | order.following(behind[-1], 1))
        ahead.append(ahead[-1] | order.leading(ahead[-1], 1))
    for width, bits in others.items():
        for at in range(distance - width):
            found |= bits & behind[at] & sets.earlier(ahead[distance - width - 1 - at], width - 1)
    return found


def _ends(order: "Marks", found: Runs) -> Bits:
    return reduce(np.bitwise_or, (sets.later(bits, width - 1) for width, bits in found.items()), order.empty())


def _any(found: Runs) -> Bits:
    return reduce(np.bitwise_or, found.values())
