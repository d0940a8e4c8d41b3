"""
Which occurrences lie close to which, over whole arrays.

Occurrences are rows: int32 array (n, width), the places an occurrence uses, ascending in a row; a row that uses fewer
repeats its last. Rows ascend by their first place and no row comes twice. Places are those of `inversion`: since
documents lie farther apart than any distance asked for, nothing here needs to know of documents.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Whole = TypeVar("Whole", np.int32, np.int64)

PAIRS_AT_ONCE = 2_000_000
MERGED = 6
"""Where the one side is at most so many times the other, merging both is faster than looking the fewer up."""


class TooManyPairs(Exception):
    """Raised when occurrences pair off beyond what is held in memory at once; ask for fewer documents at a time."""

    def __init__(self, n_pairs: int) -> None:
        super().__init__(n_pairs)
        self.n_pairs = n_pairs


@dataclass(frozen=True)
class Window:
    """
    How far a partner may lie from an anchor, in words: at most `before` in front of it or `after` behind it; None is
    not on that side at all. may_share: whether the two may stand for the same word, which then does not count.
    """

    before: int | None
    after: int | None
    may_share: bool = True


def rows_of(places: npt.NDArray[np.int32]) -> Rows:
    """Return single words as rows."""
    return places[:, None]


def distinct(rows: Rows) -> Rows:
    """Return rows in order, each once; rows need only be ascending within themselves."""
    if len(rows) < 2:
        return rows
    if rows.shape[1] == 1:
        return rows_of(once(rows[:, 0]))
    if rows.shape[1] == 2:
        both = once((rows[:, 0].astype(np.int64) << 32) | rows[:, 1])
        return np.stack((both >> 32, both & 0xFFFFFFFF), axis=1).astype(np.int32)
    rows = _repeating_last(rows)
    rows = rows[np.lexsort(rows.T[::-1])]
    single: Rows = rows[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))]
    return single


def once(values: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """Return numbers ascending, each once. Runs that ascend already are merged, not sorted."""
    ascending = np.sort(values, kind="stable")
    is_new = np.ones(len(values), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=is_new[1:])
    return ascending if is_new.all() else ascending[is_new]


def _repeating_last(rows: Rows) -> Rows:
    """Return ascending rows in which no place but the last comes twice."""
    is_again = rows[:, 1:] == rows[:, :-1]
    if not is_again.any():
        return rows
    latest = rows[:, -1:]
    spread = np.concatenate((rows[:, :1], np.where(is_again, np.iinfo(np.int32).max, rows[:, 1:])), axis=1)
    repeating: Rows = np.minimum(np.sort(spread, axis=1), latest)
    return repeating


def union(parts: list[Rows]) -> Rows:
    """Return the rows of all parts, each once."""
    width = max(part.shape[1] for part in parts)
    return distinct(np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1])), mode="edge") for part in parts]))


def joined(rows: Rows, others: Rows) -> Rows:
    """Return the occurrences that use the places of both, row by row; order and copies are as they come."""
    return np.sort(np.concatenate((rows, others), axis=1), axis=1)


def common(some: npt.NDArray[np.int32], others: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return what is in both of two ascending arrays without copies."""
    few, many = (some, others) if len(some) <= len(others) else (others, some)
    if len(many) < MERGED * len(few):
        merged = np.sort(np.concatenate((few, many)), kind="stable")
        both: npt.NDArray[np.int32] = merged[1:][merged[1:] == merged[:-1]]
        return both
    if not len(few):
        return few
    found: npt.NDArray[np.int32] = few[many[np.minimum(np.searchsorted(many, few), len(many) - 1)] == few]
    return found


def places_with_partner(
    anchors: npt.NDArray[np.int32], partners: npt.NDArray[np.int32], window: Window
) -> npt.NDArray[np.int32]:
    """
    Return one place of every spot where single words lie near each other, not every such place.

    Both sides are merged into one ascending array of 2 * place + (1 for a partner). Of the nearest pairs the two are
    neighbours there, or, if one place is on both sides, have one entry between them.
    """
    sides = anchors.astype(np.uint32) << 1, (partners.astype(np.uint32) << 1) | 1
    merged = np.sort(np.concatenate(sides), kind="stable")
    found = [_close_entries(merged, step, window) for step in ((1, 2) if window.may_share else (1,))]
    return np.concatenate(found)


def _close_entries(merged: npt.NDArray[np.uint32], step: int, window: Window) -> npt.NDArray[np.int32]:
    first, second = merged[:-step], merged[step:]
    farthest = max(window.before or 0, window.after or 0)
    # Entries of different sides differ by an odd number; one of a single place has the partner after the anchor.
    gaps = second - first
    at = np.flatnonzero((gaps <= 2 * farthest + 1) & ((gaps & 1) == 1))
    is_partner_first = (first[at] & 1) == 1
    distance = ((second[at] >> 1) - (first[at] >> 1)).astype(np.int32)
    fits = (distance >= 1) & (distance <= np.where(is_partner_first, window.before or 0, window.after or 0))
    places: npt.NDArray[np.int32] = (first[at][fits] >> 1).astype(np.int32)
    return places


def has_partner(anchors: Rows, partners: Rows, window: Window) -> Flags:
    """Return for every anchor whether a partner lies in its window, without a word of its own."""
    if not len(anchors) or not len(partners):
        return np.zeros(len(anchors), np.bool_)
    if partners.shape[1] == 1:
        return _has_single(anchors, partners[:, 0], window)
    found, _ = pairs(anchors, partners, window)
    flags: Flags = np.bincount(found, minlength=len(anchors)) > 0
    return flags


def _has_single(anchors: Rows, partners: npt.NDArray[np.int32], window: Window) -> Flags:
    first, latest = anchors[:, 0], anchors[:, -1]
    low = latest + np.int32(1) if window.before is None else first - np.int32(window.before)
    high = first - np.int32(1) if window.after is None else latest + np.int32(window.after)
    at = np.searchsorted(partners, low)
    if window.before is None or window.after is None or not window.may_share:
        nearest = partners[np.minimum(at, len(partners) - 1)]
        return (at < len(partners)) & (nearest <= high)
    n_inside = np.searchsorted(partners, high, side="right") - at
    return n_inside > _n_shared(anchors, partners)


def _n_shared(anchors: Rows, partners: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return how many different words of every anchor are partners themselves."""
    shared = np.zeros(len(anchors), np.int64)
    for column in range(anchors.shape[1]):
        places = anchors[:, column]
        at = np.minimum(np.searchsorted(partners, places), len(partners) - 1)
        is_shared = partners[at] == places
        if column:
            is_shared &= places != anchors[:, column - 1]
        shared += is_shared
    return shared


def pairs(anchors: Rows, partners: Rows, window: Window) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """
    Return every pair as (numbers of anchors, ascending; numbers of partners).

    :raises TooManyPairs: if over two million would have to be looked at.
    """
    if not len(anchors) or not len(partners):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    first, latest, begins, ends = anchors[:, 0], anchors[:, -1], partners[:, 0], partners[:, -1]
    widest = int((ends - begins).max())
    lowest = latest + np.int32(1) if window.before is None else first - np.int32(window.before + widest)
    highest = first - np.int32(1) if window.after is None else latest + np.int32(window.after)
    low = np.searchsorted(begins, lowest)
    found = np.flatnonzero(begins[np.minimum(low, len(begins) - 1)] <= highest)
    low = low[found]
    counts = np.maximum(np.searchsorted(begins, highest[found], side="right") - low, 0)
    n_pairs = int(counts.sum())
    if n_pairs > PAIRS_AT_ONCE:
        raise TooManyPairs(n_pairs)
    left = np.repeat(found, counts)
    right = np.arange(n_pairs) + np.repeat(low - (np.cumsum(counts) - counts), counts)
    keep = np.ones(n_pairs, np.bool_)
    if window.before is not None:
        keep = first[left] - ends[right] <= window.before
    if window.after is None:
        keep &= ends[right] < first[left]
    if window.may_share and window.before is not None and window.after is not None:
        keep &= ~_share_a_word(anchors, partners, left, right)
    return left[keep], right[keep]


def _share_a_word(anchors: Rows, partners: Rows, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> Flags:
    shared = np.zeros(len(left), np.bool_)
    for column in range(anchors.shape[1]):
        places = anchors[left, column]
        for other in range(partners.shape[1]):
            shared |= partners[right, other] == places
    return shared
