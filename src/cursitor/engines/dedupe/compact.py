"""Numbers in place of names and objects: what is held of each text and message of a corpus of a million."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_MIX = 0x9E3779B97F4A7C15
_ALL_BITS = 2**64 - 1


def number(name: str) -> int:
    """
    Return 64 bits that stand for a name. Of a million names two share a number once in forty million corpora.

    >>> number("<1@x>") == number("<1@x>"), number("<1@x>") == number("<2@x>")
    (True, False)
    """
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Firsts:
    """
    Which position had a number first: a dictionary of at most 36 bytes an entry.

    >>> firsts = Firsts()
    >>> firsts.setdefault(7, 0), firsts.setdefault(7, 1), firsts.get(7), firsts.get(8)
    (0, 0, 0, None)
    """

    def __init__(self) -> None:
        self._n = 0
        self._keys, self._values = array("Q", bytes(8 * 1024)), array("i", [-1]) * 1024

    def get(self, key: int) -> int | None:
        """Return the position of a number, None if it has none."""
        value = self._values[self._slot(key)]
        return value if value >= 0 else None

    def setdefault(self, key: int, position: int) -> int:
        """Return the position of a number, which is this one if it had none."""
        slot = self._slot(key)
        if self._values[slot] >= 0:
            return self._values[slot]
        self._keys[slot], self._values[slot] = key, position
        self._n += 1
        if 3 * self._n > 2 * len(self._keys):
            self._grow()
        return position

    def _slot(self, key: int) -> int:
        keys, values = self._keys, self._values
        mask = len(keys) - 1
        slot = (key * _MIX & _ALL_BITS) >> 20 & mask
        while values[slot] >= 0 and keys[slot] != key:
            slot = slot + 1 & mask
        return slot

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._keys, self._values = array("Q", bytes(16 * len(keys))), array("i", [-1]) * (2 * len(keys))
        for key, value in zip(keys, values, strict=True):
            if value >= 0:
                slot = self._slot(key)
                self._keys[slot], self._values[slot] = key, value


class Entries:
    """Numbers with their positions as they are found. The numbers have 64 bits, or 32 where they are not wide."""

    def __init__(self, *, are_wide: bool = True) -> None:
        """Begin with none."""
        self.numbers, self.positions = array("Q" if are_wide else "I"), array("i")

    def add(self, number: int, position: int) -> None:
        """Add a number at a position."""
        self.numbers.append(number)
        self.positions.append(position)


class Postings:
    """
    All positions of each number, in ascending order: eight bytes an entry, twelve where numbers are wide.

    >>> entries = Entries()
    >>> for key, position in ((7, 0), (9, 1), (7, 4)):
    ...     entries.add(key, position)
    >>> postings = Postings(entries)
    >>> postings.of(7).tolist(), postings.latest(7, 1).tolist(), postings.first(9), postings.first(1)
    ([0, 4], [4], 1, None)
    """

    def __init__(self, entries: Entries, places: npt.NDArray[np.int32] | None = None) -> None:
        """Put entries in order, which may have come in any; places: what to put for each position."""
        numbers, positions = np.asarray(entries.numbers), np.asarray(entries.positions)
        positions = positions if places is None else places[positions]
        order = np.lexsort((positions, numbers))
        # Asked for one at a time, a view answers several times as fast as an array of numpy.
        self._keys, self._places = numbers[order].data, positions[order].data

    def of(self, key: int) -> memoryview[int]:
        """Return the positions of a number."""
        return self._places[bisect_left(self._keys, key) : bisect_right(self._keys, key)]

    def latest(self, key: int, n: int) -> memoryview[int]:
        """Return the last n positions of a number."""
        end = bisect_right(self._keys, key)
        return self._places[max(bisect_left(self._keys, key, 0, end), end - n) : end]

    def first(self, key: int) -> int | None:
        """Return the first position of a number, None if it has none."""
        at = bisect_left(self._keys, key)
        return self._places[at] if at < len(self._keys) and self._keys[at] == key else None


class Groups:
    """
    Disjoint sets of positions; the first of a set stands for it.

    >>> groups = Groups(4)
    >>> groups.join(3, 1)
    >>> groups.root(3), groups.roots().tolist()
    (1, [0, 1, 2, 1])
    """

    def __init__(self, n: int) -> None:
        self._parents = array("i", range(n))

    def root(self, position: int) -> int:
        """Return the first of the set that a position is in."""
        parents = self._parents
        while parents[position] != position:
            parents[position] = parents[parents[position]]
            position = parents[position]
        return position

    def roots(self) -> npt.NDArray[np.int32]:
        """Return the root of every position."""
        found = np.array(self._parents, np.int32)
        while not np.array_equal(further := found[found], found):
            found = further
        return found

    def join(self, one: int, other: int) -> None:
        """Make one set of the sets of two positions."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first


def runs(keys: npt.NDArray[np.generic]) -> tuple[Positions, Positions]:
    """
    Return the positions of keys ordered by key, equal ones in their order, and where in them each distinct key begins.

    The latter ends with the number of keys, so that neighbours bound what is equal.

    >>> order, bounds = runs(np.array([5, 3, 5]))
    >>> order.tolist(), bounds.tolist()
    ([1, 0, 2], [0, 1, 3])
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return order, np.concatenate(([0], changes, [len(keys)] if len(keys) else [])).astype(np.int64)
