"""Texts as sets of numbers: every word, and every run of words, hashed many texts at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]

WIDTH = 2
"""Words in a shingle."""

_BASE = 0x100000001B3
_SALT = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BREAK = "\n"
_GROUP = 1_000_000
_LAST_LETTER = 0x323AF


def words(texts: Sequence[str]) -> tuple[Hashes, Offsets]:
    """
    Return the hash of each word of each text in its order, and where each text begins among them.

    A word is a run of letters, digits and marks, case folded; everything else only parts words. offsets: one more than
    there are texts, the last being the number of words. The same word has the same hash on every machine.

    >>> hashes, offsets = words(["Ship the seal", "", "ship THE seal!"])
    >>> offsets.tolist(), bool((hashes[:3] == hashes[3:]).all())
    ([0, 3, 3, 6], True)
    """
    pieces = [_pieces(text.casefold()) for text in texts]
    parts = [_words_of(group) for group in _groups([piece for each in pieces for piece in each])]
    counts = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(counts for _, counts in parts)]))
    ends = np.cumsum([0, *map(len, pieces)])
    return np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _ in parts)]), counts[ends]


def shingles(hashes: Hashes, offsets: Offsets, width: int = WIDTH) -> tuple[Hashes, Offsets]:
    """
    Return the shingles of each text, runs of `width` words, in their order and with repetitions.

    A text of fewer words is one shingle of all of them; a text without words has none.
    """
    lengths = np.diff(offsets)
    counts = np.where(lengths > 0, np.maximum(lengths - width + 1, 1), 0)
    made = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    total = np.zeros(made[-1], np.uint64)
    for at in range(0, len(total), _GROUP):
        number = np.arange(at, min(at + _GROUP, len(total)))
        text = np.searchsorted(made, number, side="right") - 1
        # Where in `hashes` each shingle starts: its place in its own text, counted from where that text starts.
        first, last = offsets[text] + number - made[text], offsets[text + 1]
        for step in range(width):
            place = first + step
            own = place < last
            some = total[number]
            total[number] = np.where(own, _mixed(some * _SALT + hashes[np.minimum(place, len(hashes) - 1)]), some)
    return total, made


def sets(hashes: Hashes, offsets: Offsets, chosen: Sequence[int]) -> list[Hashes]:
    """Return the sorted distinct hashes of each of the chosen texts."""
    return [_distinct(hashes[offsets[one] : offsets[one + 1]]) for one in chosen]


def _distinct(numbers: Hashes) -> Hashes:
    ordered = np.sort(numbers)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _pieces(text: str) -> list[str]:
    """Return a text in pieces of no more than a million signs, if it has spaces or ends of lines to be parted at."""
    pieces, at = [], 0
    while len(text) - at > _GROUP:
        end = max(text.rfind(" ", at, at + _GROUP), text.rfind("\n", at, at + _GROUP))
        if end < 0:
            break
        pieces.append(text[at : end + 1])
        at = end + 1
    return [*pieces, text[at:]]


def _groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield texts in groups of some million signs: arrays over a group fit the cache and a corpus the memory."""
    first, size = 0, 0
    for place, text in enumerate(texts):
        size += len(text)
        if size > _GROUP:
            yield texts[first : place + 1]
            first, size = place + 1, 0
    if first < len(texts):
        yield texts[first:]


def _words_of(texts: Sequence[str]) -> tuple[Hashes, Offsets]:
    """Return the hash of each word of some texts, and how many words each text has."""
    joined = _BREAK.join(texts)
    signs = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    inside = np.empty(len(signs) + 2, np.bool_)
    inside[0] = inside[-1] = False
    np.take(_is_word_sign(), signs, out=inside[1:-1], mode="clip")
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    # A word is the sum of its signs, each times a power of an odd number, moved to where powers begin. Overflow of
    # 64 bits is wanted: it is arithmetic modulo 2**64.
    powers, inverses = _powers(len(signs))
    sums = np.zeros(len(signs) + 1, np.uint64)
    np.cumsum(signs * powers, out=sums[1:])
    hashes = _mixed((sums[ends] - sums[starts]) * inverses[starts])
    lengths = np.fromiter((len(text) + len(_BREAK) for text in texts), np.int64, len(texts))
    return hashes, np.diff(np.searchsorted(starts, np.concatenate(([0], np.cumsum(lengths)))))


def _powers(n: int) -> tuple[Hashes, Hashes]:
    powers, inverses = _all_powers(max(20, (n - 1).bit_length()))
    return powers[:n], inverses[:n]


@lru_cache(maxsize=2)
def _all_powers(bits: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the base from the 0th, and their inverses modulo 2**64."""
    both = []
    for base in (_BASE, pow(_BASE, -1, 2**64)):
        factors = np.full(1 << bits, base, np.uint64)
        factors[0] = 1
        both.append(np.cumprod(factors, dtype=np.uint64))
    return both[0], both[1]


def _mixed(numbers: Hashes) -> Hashes:
    """Spread numbers over all bits (the finaliser of SplitMix64; Steele, Lea, Flood 2014)."""
    mixed = numbers + _SALT
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    return mixed ^ (mixed >> np.uint64(31))


@lru_cache(maxsize=1)
def _is_word_sign() -> npt.NDArray[np.bool_]:
    """Return for every code point up to the last letter of Unicode 15 whether it is a letter, digit or mark."""
    points = range(_LAST_LETTER + 2)
    return np.fromiter((unicodedata.category(chr(point))[0] in "LNM" for point in points), np.bool_, len(points))
