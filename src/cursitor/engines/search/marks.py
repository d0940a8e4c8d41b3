"""
Sets of words of a field as bits in reading order: one bit for each word of the texts, documents one after another.

Where words are common this is the shortest way: what lies near what is a few shifts of whole arrays, however many
there are, and nothing need be sorted. Bit n of a set is bit n % 64 of its entry n // 64. No shift leads from one
document into another.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cursitor.engines.search.vocabulary import Numbers

Bits = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_WIDTH = 64
_DOUBLINGS = 10
"""Distances must be less than two to this power."""
CLASSES = 8
"""Sets that are looked up together at most."""
_AT_ONCE = 1 << 20
"""Entries looked at together: few enough for nearer memory, so many that threads seldom wait for the interpreter."""


class Marks:
    """
    The reading order of a field. starts: int32, the number of the first word of each of its documents, ascending;
    n_words: of all documents together.
    """

    def __init__(self, starts: Numbers, n_words: int) -> None:
        self.starts = starts
        self.n_words = n_words

    @cached_property
    def _open(self) -> list[Bits]:
        """Return the words before which stand 1, 2, 4, 8, ... others of their document."""
        flags = np.ones(self.n_words, np.bool_)
        flags[self.starts] = False
        found = [packed(flags)]
        while len(found) < _DOUBLINGS:
            found.append(found[-1] & later(found[-1], 1 << len(found) - 1))
        return found

    @cached_property
    def nothing(self) -> Bits:
        """Return the empty set; it must not be changed."""
        return packed(np.zeros(self.n_words, np.bool_))

    def _openings(self, distance: int) -> Bits:
        """Return the words before which stand so many others of their document."""
        power = min(distance.bit_length(), _DOUBLINGS) - 1
        found, reach = self._open[power], 1 << power
        while reach < distance:
            step = min(reach, distance - reach)
            found = found & later(found, step)
            reach += step
        return found

    def following(self, bits: Bits, distance: int) -> Bits:
        """Return the words at most so far behind one of these, at least 1, in its document."""
        found = later(bits, 1)
        found &= self._open[0]
        for step in _steps(distance):
            more = later(found, step)
            more &= self._openings(step)
            found |= more
        return found

    def leading(self, bits: Bits, distance: int) -> Bits:
        """Return the words at most so far in front of one of these, at least 1, in its document."""
        found = earlier(bits & self._open[0], 1)
        for step in _steps(distance):
            found |= earlier(found & self._openings(step), step)
        return found

    def sequences(self, parts: list[Bits]) -> Bits:
        """Return the words at which neighbours begin of which the first is in the first set, and so on."""
        found = parts[0]
        for at, bits in enumerate(parts[1:], 1):
            found = found & earlier(bits & self._openings(at), at)
        return found

    def documents(self, bits: Bits) -> Flags:
        """Return which documents of the field hold one of these words, in the order of `starts`."""
        below = np.zeros(len(bits) + 1, np.int32)
        np.cumsum(np.bitwise_count(bits), out=below[1:])
        entries, lower = self._beginnings
        before = np.append(below[entries] + np.bitwise_count(bits[entries] & lower), below[-1])
        flags: Flags = before[1:] > before[:-1]
        return flags

    @cached_property
    def _beginnings(self) -> tuple[npt.NDArray[np.intp], Bits]:
        """Return for each document the entry of its first word, and the bits of the words in front of it there."""
        place = (self.starts & 63).astype(np.uint64)
        return (self.starts >> 6).astype(np.intp), (np.uint64(1) << place) - np.uint64(1)


def _steps(distance: int) -> Iterator[int]:
    """Yield by how much a reach of 1 is to be widened by itself until it is `distance`."""
    reach = 1
    while reach < distance:
        step = min(reach, distance - reach)
        yield step
        reach += step


def packed(flags: Flags) -> Bits:
    """Return one bit for each flag, the last entry filled up with none."""
    found = np.zeros(-(-len(flags) // _WIDTH) * 8, np.uint8)
    found[: -(-len(flags) // 8)] = np.packbits(flags, bitorder="little")
    return found.view(np.uint64)


def scattered(numbers: npt.NDArray[np.integer], n_words: int) -> Bits:
    """Return the set of these words, in any order, none of them twice: the sum of single bits is then their union."""
    found = np.zeros(-(-n_words // _WIDTH), np.uint64)
    np.add.at(found, numbers >> 6, np.uint64(1) << (numbers & 63).astype(np.uint64))
    return found


def in_range(entries: npt.NDArray[np.uint16], first: int, end: int) -> Bits:
    """Return the words whose entry is in [first, end), which is not empty."""
    lowest, farthest = np.uint16(first), np.uint16(end - first - 1)
    return _by_pieces(len(entries), lambda piece: [entries[piece] - lowest <= farthest], 1)[0]


def looked_up(sequence: Numbers, classes: npt.NDArray[np.uint8], n_classes: int) -> list[Bits]:
    """Return for each class the words whose entry is in it. classes: of each entry, the bits of those that it is in."""

    def ask(piece: slice) -> list[npt.NDArray[np.uint8]]:
        held = np.take(classes, sequence[piece], mode="clip")
        return [held & np.uint8(1 << one) for one in range(n_classes)]

    return _by_pieces(len(sequence), ask, n_classes)


def _by_pieces(n_words: int, ask: Callable[[slice], Sequence[npt.NDArray[Any]]], n_sets: int) -> list[Bits]:
    found = np.zeros((n_sets, -(-n_words // _WIDTH) * 8), np.uint8)
    for at in range(0, n_words, _AT_ONCE):
        for row, flags in zip(found, ask(slice(at, at + _AT_ONCE)), strict=True):
            bits = np.packbits(flags, bitorder="little")
            row[at >> 3 : (at >> 3) + len(bits)] = bits
    return list(found.view(np.uint64))


def later(bits: Bits, by: int) -> Bits:
    """Return the words so many behind these, whatever document they are in."""
    if not by:
        return bits
    whole, part = divmod(by, _WIDTH)
    if not whole:
        moved = bits << np.uint64(part)
        moved[1:] |= bits[:-1] >> np.uint64(_WIDTH - part)
        return moved
    moved = np.zeros_like(bits)
    if whole < len(bits):
        np.left_shift(bits[: len(bits) - whole], np.uint64(part), out=moved[whole:])
        if part:
            moved[whole + 1 :] |= bits[: len(bits) - whole - 1] >> np.uint64(_WIDTH - part)
    return moved


def earlier(bits: Bits, by: int) -> Bits:
    """Return the words so many in front of these, whatever document they are in."""
    if not by:
        return bits
    whole, part = divmod(by, _WIDTH)
    if not whole:
        moved = bits >> np.uint64(part)
        moved[:-1] |= bits[1:] << np.uint64(_WIDTH - part)
        return moved
    moved = np.zeros_like(bits)
    if whole < len(bits):
        np.right_shift(bits[whole:], np.uint64(part), out=moved[: len(bits) - whole])
        if part:
            moved[: len(bits) - whole - 1] |= bits[whole + 1 :] << np.uint64(_WIDTH - part)
    return moved
