"""
Near-duplicates: texts that share nearly all pairs of neighbouring words.

Candidates come from MinHash with bands (Broder 1997; Indyk and Motwani 1998), each is then measured exactly, so that
no two texts are joined on an estimate.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from cursitor.engines.dedupe import compact, shingles
from cursitor.engines.dedupe.compact import Groups, Positions
from cursitor.engines.dedupe.shingles import Hashes

THRESHOLD = 0.75
"""Least similarity of two near-duplicates: texts whose words agree to 0.9 share about 0.81 of their pairs of words."""

N_HASHES, N_BANDS = 48, 12
_SEED = 20260
_FULL_BUCKET = 48
_ROWS = 1 << 16
_BATCH, _BATCH_CHARACTERS = 1024, 1_000_000
"""Texts that are measured together, whichever comes first."""
_MOST_HELD, _MOST_APART = 64_000_000, 300_000
_MANY = 512
_SLACK = 0.3
_AT_ONCE = 2048
"""Texts whose shingles fit the cache together."""

Signatures = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]
SetsOf = Callable[[Sequence[int]], Iterable[Hashes]]
_Set = frozenset[int] | Hashes


class Rows(Protocol):
    """The signatures of a corpus, in memory or not: one row a text, asked for by positions."""

    def __len__(self) -> int:
        """Return how many texts there are."""

    def __getitem__(self, positions: slice | Positions, /) -> Signatures:
        """Return the signatures of the texts at some positions."""


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


def groups(
    rows: Rows, lengths: Sequence[int], sets_of: SetsOf, threshold: float = THRESHOLD
) -> Iterator[tuple[int, Near]]:
    """
    Yield the near-duplicates among texts with their positions; texts that are near no other are left out.

    rows: their signatures. lengths: in characters, by which no more of them are measured together than memory is fit
    for. sets_of: gives the word pairs of the texts at some positions, asked for candidates only, so that a corpus need
    not be in memory. Texts are grouped when a chain of pairs joins them, each of at least the
    threshold; the similarity told is that to the group's pivot and may be less at the end of a chain.
    Recall of a pair at similarity s: 1 - (1 - s**4)**12, that is 0.990 at 0.75, 0.998 at 0.8 and 0.999997 at 0.9.
    """
    held = _Held(lengths, sets_of)
    joined, sizes = _joined(rows, held, threshold)
    order, bounds = compact.runs(joined.roots())
    crowds = (tuple(order[bounds[at] : bounds[at + 1]].tolist()) for at in np.flatnonzero(np.diff(bounds) > 1))
    for some in held.in_batches(crowds):
        # Of many small crowds the sets are made together; of one that is large, a part at a time.
        known = held.of([member for crowd in some for member in crowd]) if len(some) > 1 else {}
        for crowd in some:
            yield from _around_pivot(crowd, sizes, known, held)


def _joined(rows: Rows, held: _Held, threshold: float) -> tuple[Groups, array[int]]:
    """Return the groups of near texts, and how many word pairs those have that were measured."""
    joined, sizes, apart = Groups(len(rows)), array("i", bytes(4 * len(rows))), set[int]()
    for pairs in candidates(rows):
        # Whoever is in one group by now needs no further proof: of a crowd each is measured about once.
        roots = joined.roots()
        pairs = pairs[roots[pairs[:, 0]] != roots[pairs[:, 1]]]
        for start in range(0, len(pairs), _ROWS):
            some = pairs[start : start + _ROWS]
            estimate = (rows[some[:, 0]] == rows[some[:, 1]]).mean(axis=1)
            _measure(some[estimate >= threshold - _SLACK], held, threshold, joined, sizes, apart)
    return joined, sizes


def candidates(rows: Rows) -> Iterator[Pairs]:
    """
    Yield pairs of positions, the smaller first, that agree in all numbers of a band; at most as many at a time as rows.

    Texts with one and the same signature are paired with the first of them alone. Of a crowd of more than 48 in one
    band each is paired with the 48 that follow it, so that the work stays linear. A pair may come more than once.
    """
    everywhere = np.arange(len(rows))
    keys = _keys(rows, everywhere, 0, N_HASHES)
    order, bounds = compact.runs(keys)
    first = np.empty_like(order)
    first[order] = np.repeat(order[bounds[:-1]], np.diff(bounds))
    has_words = keys != _keys_of(np.full((1, N_HASHES), np.iinfo(np.uint32).max, np.uint32))
    copies = np.flatnonzero((first != everywhere) & has_words)
    yield np.column_stack((first[copies], copies))
    unique = np.flatnonzero((first == everywhere) & has_words)
    width = N_HASHES // N_BANDS
    for at in range(0, N_BANDS * width, width):
        yield from _bucketed(_keys(rows, unique, at, width), unique)


def _measure(pairs: Pairs, held: _Held, threshold: float, joined: Groups, sizes: array[int], apart: set[int]) -> None:
    """Join those of the pairs that are near; apart: some of the pairs known not to be, which is added to."""
    fresh = [(one, other) for one, other in pairs.tolist() if (one << 32 | other) not in apart]
    for some in held.in_batches(fresh):
        sets = held.of(sorted({place for pair in some for place in pair}))
        for one, other in some:
            sizes[one], sizes[other] = len(sets[one]), len(sets[other])
            if joined.root(one) == joined.root(other):
                continue
            shared = _shared(sets[one], sets[other])
            if shared and shared / (sizes[one] + sizes[other] - shared) >= threshold:
                joined.join(one, other)
            else:
                apart.add(one << 32 | other)
        if len(apart) > _MOST_APART:
            apart.clear()


def _keys(rows: Rows, positions: Positions, first: int, width: int) -> Hashes:
    """Return one number for some columns of each of the rows at some positions."""
    keys = np.empty(len(positions), np.uint64)
    for at in range(0, len(positions), _ROWS):
        keys[at : at + _ROWS] = _keys_of(rows[positions[at : at + _ROWS]][:, first : first + width])
    return keys


def _keys_of(numbers: Signatures) -> Hashes:
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


def _around_pivot(
    members: Sequence[int], sizes: Sequence[int], known: Mapping[int, _Set], held: _Held
) -> Iterator[tuple[int, Near]]:
    """Yield one crowd. known: the sets of all its members, or nothing."""
    # The longest stands for all: whoever has read it has read nearly everything; of equals the first.
    pivot = max(members, key=lambda member: (sizes[member], -member))
    own = (known or held.of([pivot]))[pivot]
    yield pivot, Near(pivot, 1.0)
    for some in held.in_batches((member,) for member in members if member != pivot):
        sets = known or held.of([member for (member,) in some])
        for (member,) in some:
            shared = _shared(sets[member], own)
            yield member, Near(pivot, shared / (len(sets[member]) + len(own) - shared))


def _shared(one: _Set, other: _Set) -> int:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return len(one & other)
    return len(np.intersect1d(_as_array(one), _as_array(other), assume_unique=True))


def _as_array(numbers: _Set) -> Hashes:
    return np.fromiter(numbers, np.uint64, len(numbers)) if isinstance(numbers, frozenset) else numbers


class _Held:
    """Sets of the texts compared latest: of a crowd each is compared many times."""

    def __init__(self, lengths: Sequence[int], sets_of: SetsOf) -> None:
        self._lengths = lengths
        self._sets_of = sets_of
        self._sets: dict[int, _Set] = {}
        self._n_bytes = 0

    def in_batches(self, wanted: Iterable[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
        """Yield what is wanted in batches whose texts may be held together; one alone if need be."""
        batch: list[tuple[int, ...]] = []
        n_characters = 0
        for places in wanted:
            own = sum(self._lengths[place] for place in places)
            if batch and (len(batch) == _BATCH or n_characters + own > _BATCH_CHARACTERS):
                yield batch
                batch, n_characters = [], 0
            batch.append(places)
            n_characters += own
        if batch:
            yield batch

    def of(self, places: Sequence[int]) -> dict[int, _Set]:
        """Return the sets of some texts."""
        if self._n_bytes > _MOST_HELD:
            self._sets, self._n_bytes = {}, 0
        missing = [place for place in places if place not in self._sets]
        for place, found in zip(missing, self._sets_of(missing) if missing else (), strict=True):
            # Of two sets of some dozen members Python tells the common ones ten times as fast as an array does.
            is_small = len(found) <= _MANY
            self._sets[place] = frozenset(found.tolist()) if is_small else found
            self._n_bytes += len(found) * (80 if is_small else 8)
        return {place: self._sets[place] for place in places}
