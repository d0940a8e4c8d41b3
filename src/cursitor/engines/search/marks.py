"""
Sets of words of a field as bits in reading order: one bit for each word of the texts, documents one after another.

Where words are common this is the shortest way: what lies near what is a few shifts of whole arrays, however many
there are, and nothing need be sorted. No shift leads from one document into another.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import loops, sets
from cursitor.engines.search.loops import Ends, Numbers
from cursitor.engines.search.nearness import Flags
from cursitor.engines.search.sets import Bits

_DOUBLINGS = 10
"""Distances must be less than two to this power."""


class Marks:
    """
    The reading order of a field. starts: int32, the number of the first word of each of its documents, ascending;
    n_words: of all documents together.
    """

    def __init__(self, starts: Numbers, n_words: int) -> None:
        self.starts = starts
        self.n_words = n_words

    @cached_property
    def _open(self) -> Bits:
        """Return in each row the words before which stand 1, 2, 4, 8, ... others of their document."""
        flags = np.ones(self.n_words, np.bool_)
        flags[self.starts] = False
        found = np.zeros((_DOUBLINGS, len(self.empty())), np.uint64)
        found[0] = sets.packed(flags)
        for row in range(1, _DOUBLINGS):
            loops.spread_later(found[row - 1], found[row - 1], 1 << row - 1, found[row])
        return found

    def empty(self) -> Bits:
        """Return an empty set."""
        return sets.empty(self.n_words)

    def at(self, places: Numbers, first: Ends, end: Ends, shifts: Numbers, block_bits: int) -> Bits:
        """Return the words at runs of places. shifts: by block, what places are ahead of the numbers of words."""
        found = self.empty()
        loops.scatter(places, first, end, block_bits, shifts, found)
        return found

    def within(self, sequence: Numbers, ranges: tuple[Numbers, Numbers]) -> Bits:
        """Return what stands in some ranges of the vocabulary. sequence: the word of the vocabulary at each place."""
        found = self.empty()
        for first, end in zip(*ranges, strict=True):
            loops.compare(sequence, int(first), int(end), found)
        return found

    def among(self, sequence: Numbers, asked: Flags) -> Bits:
        """Return the words that are asked for. asked: a flag for each word of the vocabulary; sequence: as `within`."""
        found = self.empty()
        loops.look_up(sequence, sets.packed(asked), found)
        return found

    def following(self, bits: Bits, distance: int) -> Bits:
        """Return the words at most so far behind one of these, at least 1, in its document."""
        found = self.empty()
        loops.follow(bits, self._open, distance, found)
        return found

    def leading(self, bits: Bits, distance: int) -> Bits:
        """Return the words at most so far in front of one of these, at least 1, in its document."""
        found = self.empty()
        loops.lead(bits, self._open, distance, found)
        return found

    def sequences(self, parts: list[Bits]) -> Bits:
        """Return the words at which neighbours begin of which the first is in the first set, and so on."""
        found = parts[0]
        for at, bits in enumerate(parts[1:], 1):
            ahead = self.empty()
            loops.spread_earlier(bits, loops.through(self._open, at), at, ahead)
            found = found & ahead
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
