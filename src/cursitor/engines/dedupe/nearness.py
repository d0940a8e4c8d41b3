"""
Near-duplicates: texts that share nearly all pairs of neighbouring words.

Candidates come from MinHash with bands (Broder 1997; Indyk and Motwani 1998), each is then measured exactly, so that
no two texts are joined on an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from cursitor.engines.dedupe import shingles
from cursitor.engines.dedupe.shingles import Hashes

THRESHOLD = 0.75
"""Least similarity of two near-duplicates: texts whose words agree to 0.9 share about 0.81 of their pairs of words."""

N_HASHES, N_BANDS = 48, 12
_SEED = 20260
_FULL_BUCKET = 48
_BATCH, _MOST_HELD = 4096, 1_000_000
_SLACK = 0.3
_AT_ONCE = 2048
"""Texts whose shingles fit the cache together."""

Signatures = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]
SetsOf = Callable[[Sequence[int]], Sequence[Hashes]]


@dataclass(frozen=True)
class Near:
    """A text's place among its near-duplicates. pivot: the longest of them. similarity: to the pivot, 0 to 1."""

    pivot: int
    similarity: float


def signatures(texts: Sequence[str]) -> Signatures:
    """Return one row of N_HASHES numbers a text. Texts without words get rows of their own that match nothing."""
    if len(texts) > _AT_ONCE:
        return np.concatenate([signatures(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)])
    hashes, offsets = shingles.shingles(*shingles.words(texts))
    if not len(hashes):
        return np.full((len(texts), N_HASHES), np.iinfo(np.uint32).max, np.uint32)
    made = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets.astype(np.uint64), N_HASHES, _SEED)
    return np.array(made.to_rows(), np.uint32).reshape(len(texts), N_HASHES)


def word_pairs(texts: Sequence[str]) -> list[Hashes]:
    """Return the set of word pairs of each text, sorted: what similarity is measured on."""
    hashes, offsets = shingles.shingles(*shingles.words(texts))
    return shingles.sets(hashes, offsets, range(len(texts)))


def similarity(one: Hashes, other: Hashes) -> float:
    """
    Return the Jaccard similarity of two sorted sets, 0 to 1; of two empty ones 0.

    >>> one, other = word_pairs(["ship the seal to car 61 today", "ship the seal to car 61 now"])
    >>> round(similarity(one, other), 3)
    0.714
    """
    if not len(one) or not len(other):
        return 0.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def groups(rows: Signatures, sets_of: SetsOf, threshold: float = THRESHOLD) -> dict[int, Near]:
    """
    Return the near-duplicates among texts by position; texts that are near no other are absent.

    rows: their signatures. sets_of: gives the word pairs of the texts at some positions, asked for candidates only, so
    that a corpus need not be in memory. Texts are grouped when a chain of pairs joins them, each of at least the
    threshold; the similarity told is that to the group's pivot and may be less at the end of a chain.
    Recall of a pair at similarity s: 1 - (1 - s**4)**12, that is 0.990 at 0.75, 0.998 at 0.8 and 0.999997 at 0.9.
    """
    joined, sizes, apart, held = _Groups(len(rows)), dict[int, int](), set[int](), _Held(sets_of)
    for pairs in candidates(rows):
        # Whoever is in one group by now needs no further proof: of a crowd each is measured about once.
        estimate = (rows[pairs[:, 0]] == rows[pairs[:, 1]]).mean(axis=1)
        roots = joined.roots()
        open_pairs = pairs[(estimate >= threshold - _SLACK) & (roots[pairs[:, 0]] != roots[pairs[:, 1]])]
        for start in range(0, len(open_pairs), _BATCH):
            _measure(open_pairs[start : start + _BATCH], held, threshold, joined, sizes, apart)
    return {
        member: near for members in joined.members() for member, near in _around_pivot(members, sizes, held).items()
    }


def candidates(rows: Signatures) -> Iterator[Pairs]:
    """
    Yield pairs of positions, the smaller first, that agree in all numbers of a band; at most as many at a time as rows.

    Texts with one and the same signature are paired with the first of them alone. Of a crowd of more than 48 in one
    band each is paired with the 48 that follow it, so that the work stays linear. A pair may come more than once.
    """
    keys = _keys(rows)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    has_words = rows[:, 0] != np.iinfo(np.uint32).max
    copies = np.flatnonzero((first[same] != np.arange(len(rows))) & has_words)
    yield np.column_stack((first[same][copies], copies))
    unique = np.sort(first)
    unique = unique[has_words[unique]]
    width = rows.shape[1] // N_BANDS
    for at in range(0, N_BANDS * width, width):
        yield from _bucketed(_keys(rows[unique, at : at + width]), unique)


def _measure(
    pairs: Pairs, held: _Held, threshold: float, joined: _Groups, sizes: dict[int, int], apart: set[int]
) -> None:
    """Join those of the pairs that are near; apart: pairs known not to be, which is added to."""
    fresh = [(one, other) for one, other in pairs.tolist() if (one << 32 | other) not in apart]
    places = sorted({place for pair in fresh for place in pair})
    sets = held.of(places)
    sizes.update((place, len(found)) for place, found in sets.items())
    for one, other in fresh:
        if joined.root(one) == joined.root(other):
            continue
        shared = len(sets[one] & sets[other])
        if shared and shared / (len(sets[one]) + len(sets[other]) - shared) >= threshold:
            joined.join(one, other)
        else:
            apart.add(one << 32 | other)


def _keys(numbers: Signatures) -> Hashes:
    """Return one number a row; that two rows share one by chance costs a measurement and no more."""
    weights = np.uint64(0x9E3779B97F4A7C15) * np.arange(1, 2 * numbers.shape[1], 2, dtype=np.uint64)
    mixed: Hashes = numbers.astype(np.uint64) @ weights
    return mixed


def _bucketed(keys: Hashes, positions: Pairs) -> Iterator[Pairs]:
    order = np.argsort(keys, kind="stable")
    keys, positions = keys[order], positions[order]
    for step in range(1, _FULL_BUCKET + 1):
        equal = np.flatnonzero(keys[step:] == keys[:-step])
        if not len(equal):
            return
        yield np.column_stack((positions[equal], positions[equal + step]))


def _around_pivot(members: Sequence[int], sizes: dict[int, int], held: _Held) -> dict[int, Near]:
    # The longest stands for all: whoever has read it has read nearly everything; of equals the first.
    pivot = max(members, key=lambda member: (sizes[member], -member))
    own = held.of([pivot])[pivot]
    found = {pivot: Near(pivot, 1.0)}
    others = [member for member in members if member != pivot]
    for start in range(0, len(others), _BATCH // 4):
        for member, words in held.of(others[start : start + _BATCH // 4]).items():
            shared = len(words & own)
            found[member] = Near(pivot, shared / (len(words) + len(own) - shared))
    return found


class _Held:
    """Sets of the texts compared latest: of a crowd each is compared many times."""

    def __init__(self, sets_of: SetsOf) -> None:
        self._sets_of = sets_of
        self._sets: dict[int, frozenset[int]] = {}
        self._n_members = 0

    def of(self, places: Sequence[int]) -> dict[int, frozenset[int]]:
        if self._n_members > _MOST_HELD:
            self._sets, self._n_members = {}, 0
        missing = [place for place in places if place not in self._sets]
        # Of two sets of some dozen members Python tells the common ones ten times as fast as an array does.
        for place, found in zip(missing, self._sets_of(missing) if missing else (), strict=True):
            self._sets[place] = frozenset(found.tolist())
            self._n_members += len(found)
        return {place: self._sets[place] for place in places}


class _Groups:
    """Disjoint sets of positions."""

    def __init__(self, n: int) -> None:
        self._parents = list(range(n))

    def root(self, position: int) -> int:
        parents = self._parents
        while parents[position] != position:
            parents[position] = parents[parents[position]]
            position = parents[position]
        return position

    def roots(self) -> Pairs:
        """Return the root of every position."""
        found = np.array(self._parents, np.int64)
        while not np.array_equal(further := found[found], found):
            found = further
        return found

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first

    def members(self) -> list[list[int]]:
        """Return the sets of two or more, each sorted, in the order of their first members."""
        found: dict[int, list[int]] = {}
        for position in range(len(self._parents)):
            found.setdefault(self.root(position), []).append(position)
        return [members for members in found.values() if len(members) > 1]
