"""
Expressions of common words, answered with `marks`: for all documents of a field at once, whatever the words' number.

What can be marked are *runs*: occurrences that are neighbouring words, held as {words in each: where each begins}.
Single words and phrases are runs, alternatives of runs, and runs NOT w/N something. Pairs are not; but the runs that
are in no pair can be left out before pairs are made.
"""

from functools import reduce

import numpy as np

from cursitor.engines.search import marks, nearness, syntax
from cursitor.engines.search.marks import Bits
from cursitor.engines.search.nearness import Rows, Window
from cursitor.engines.search.postings import Field, is_any, is_words

Runs = dict[int, Bits]

_FARTHEST = 16
"""Pairs that may lie farther apart are made one by one: what stands between them takes a step for each word."""


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


def runs(field: Field, part: syntax.Node) -> Runs:
    """Return where the runs of an expression are; `are_runs` must hold."""
    if is_any(part):
        return {1: marks.packed(np.ones(field.marks.n_words, np.bool_))}
    if is_words(part):
        return {1: field.bits(part)}
    match part:
        case syntax.Or(parts):
            found: Runs = {}
            for piece in parts:
                for width, bits in runs(field, piece).items():
                    found[width] = found[width] | bits if width in found else bits
            return found
        case syntax.Phrase(parts):
            return {len(parts): field.marks.sequences([runs(field, piece)[1] for piece in parts])}
        case syntax.Near(left, right):
            anchors = runs(field, left)
            met = near(field, anchors, right, window(part, anchor_is_left=True))
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


def near(field: Field, anchors: Runs, part: syntax.Node, reach: Window) -> Runs:
    """Return those anchors that have near them what the other side of w/N asks for; `are_conditions` must hold."""
    if isinstance(part, syntax.And | syntax.Or) and not are_runs(part):
        join = np.bitwise_and if isinstance(part, syntax.And) else np.bitwise_or
        found = [near(field, anchors, piece, reach) for piece in part.parts]
        return {width: reduce(join, (one[width] for one in found)) for width in anchors}
    return beside(field.marks, anchors, runs(field, part), reach)


def beside(order: marks.Marks, anchors: Runs, partners: Runs, reach: Window) -> Runs:
    """Return those anchors that have a partner in their window. Runs that share no word do not interlock."""
    behind = ahead = order.nothing
    for width, bits in partners.items():
        if reach.after is not None:
            behind = behind | order.leading(bits, reach.after)
        if reach.before is not None:
            ahead = ahead | order.following(marks.later(bits, width - 1), reach.before)
    return {width: bits & (marks.earlier(behind, width - 1) | ahead) for width, bits in anchors.items()}


def are_pairs(part: syntax.Node) -> bool:
    """Return whether an expression is a pair of runs that lie near each other, so that `near_pairs` can answer it."""
    if not isinstance(part, syntax.Near) or part.negated or part.distance > _FARTHEST:
        return False
    return are_runs(part.left) and are_runs(part.right)


def near_pairs(field: Field, pair: syntax.Near, part: syntax.Node, reach: Window) -> Bits:
    """
    Return some word of every document in which a pair of runs has a run near it: before, behind, or between the two.

    Where the run stands between, it is enough to look at the nearest of the first on its left and of the second on its
    right.
    """
    order, others = field.marks, runs(field, part)
    left, right = runs(field, pair.left), runs(field, pair.right)
    found = np.zeros_like(order.nothing)
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


def _between(order: marks.Marks, first: Runs, second: Runs, others: Runs, distance: int) -> Bits:
    """Return runs that stand between a first and a second one which lie at most so far apart."""
    found = np.zeros_like(order.nothing)
    behind = [order.following(_ends(order, first), 1)]
    ahead = [order.leading(_any(second), 1)]
    for _ in range(distance - 2):
        behind.append(behind[-1] | order.following(behind[-1], 1))
        ahead.append(ahead[-1] | order.leading(ahead[-1], 1))
    for width, bits in others.items():
        for at in range(distance - width):
            found |= bits & behind[at] & marks.earlier(ahead[distance - width - 1 - at], width - 1)
    return found


def _ends(order: marks.Marks, found: Runs) -> Bits:
    return reduce(np.bitwise_or, (marks.later(bits, width - 1) for width, bits in found.items()), order.nothing)


def _any(found: Runs) -> Bits:
    return reduce(np.bitwise_or, found.values())


def around(field: Field, occurrences: Rows, distance: int) -> Bits | None:
    """Return words among which are all that lie so near to an occurrence; None if they reach too far to be marked."""
    widest = distance + int((occurrences[:, -1] - occurrences[:, 0]).max(initial=0))
    if widest >= marks.REACH:
        return None
    first = marks.scattered(nearness.once(field.in_order(occurrences[:, 0])), field.marks.n_words)
    return first | field.marks.leading(first, distance) | field.marks.following(first, widest)
