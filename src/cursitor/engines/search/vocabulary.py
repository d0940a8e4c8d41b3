"""
The distinct words of an index, sorted, and which of them a wildcard or a fuzzy word stands for.

Words are kept as one array of code points, so that a pattern is held against all of them at once and not word by
word. `spelling` says the same for one word; the two agree.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int32]

PARTS = ("letters", "starts", "signatures", "tails")

_BITS = 64
_KNOWN_AT_ONCE = 256


def arrays(words: list[str]) -> dict[str, npt.NDArray[Any]]:
    """
    Return sorted words as arrays: letters (code points, one word after another), starts (n + 1: where each begins),
    signatures (one bit for each letter modulo 64) and tails (the numbers of the words, sorted by the word backwards).
    """
    letters = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    starts = np.concatenate(([0], np.cumsum(np.fromiter(map(len, words), np.int64, len(words))))).astype(np.int32)
    bits = np.left_shift(np.uint64(1), (letters % _BITS).astype(np.uint64))
    signatures = np.bitwise_or.reduceat(bits, starts[:-1]) if words else np.zeros(0, np.uint64)
    backwards = [word[::-1] for word in words]
    tails = np.array(sorted(range(len(words)), key=backwards.__getitem__), np.int32)
    return {"letters": letters, "starts": starts, "signatures": signatures, "tails": tails}


@dataclass(frozen=True)
class Vocabulary:
    """Sorted distinct words, known by their number from 0. The arrays are those of `arrays`."""

    letters: npt.NDArray[np.uint32]
    starts: Numbers
    signatures: npt.NDArray[np.uint64]
    tails: Numbers
    _known: dict[str, Numbers] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, named: Mapping[str, npt.NDArray[Any]]) -> "Vocabulary":
        return cls(named["letters"], named["starts"], named["signatures"], named["tails"])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> str:
        piece = self.letters[self.starts[number] : self.starts[number + 1]]
        return piece.tobytes().decode("utf-32-le", "surrogatepass")

    @cached_property
    def lengths(self) -> Numbers:
        return np.diff(self.starts)

    def word(self, text: str) -> Numbers:
        """Return the number of a word, or nothing, as an array."""
        return self._remembered(f"={text}", lambda: self._word(text))

    def _word(self, text: str) -> Numbers:
        at = bisect_left(self, text)
        return np.array([at] if at < len(self) and self[at] == text else [], np.int32)

    def shaped(self, pattern: str) -> Numbers:
        """
        Return the numbers of the words of a shape, ascending: `*` any run of characters, `?` one character.

        >>> words = ["fail", "failed", "fall", "seal"]
        >>> [words[n] for n in Vocabulary.of(arrays(words)).shaped("fa?l*")], len(Vocabulary.of(arrays(words)))
        (['fail', 'failed', 'fall'], 4)
        """
        return self._remembered(pattern, lambda: self._shaped(re.split(r"\*+", pattern)))

    def _remembered(self, key: str, find: Callable[[], Numbers]) -> Numbers:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KNOWN_AT_ONCE:
                self._known.clear()
            known = self._known[key] = find()
        return known

    def _shaped(self, parts: list[str]) -> Numbers:
        first, *others = parts
        if not first and len(others) == 2 and not others[1] and others[0].strip("?"):
            return self._holding(others[0])
        found = self._likely(first, others)
        shortest = sum(map(len, parts))
        lengths = self.lengths[found]
        found = found[lengths >= shortest if others else lengths == shortest]
        found = found[self._fits(found, first, self.starts[found])]
        if not others:
            return found
        *inner, latest = others
        found = found[self._fits(found, latest, self.starts[found + 1] - len(latest))]
        limits = self.starts[found + 1] - len(latest)
        cursors = self.starts[found] + len(first)
        for piece in filter(None, inner):
            cursors = self._after(piece, found, cursors)
            fits = cursors <= limits
            found, limits, cursors = found[fits], limits[fits], cursors[fits]
        return found

    def _likely(self, first: str, others: list[str]) -> Numbers:
        """Return words among which are all of a shape, by its beginning, its end, or its longest part."""
        if prefix := first.partition("?")[0]:
            return np.arange(*self._prefixed(prefix), dtype=np.int32)
        if others and (suffix := others[-1].rpartition("?")[2]):
            low = bisect_left(self.tails, suffix[::-1], key=self._backwards)
            high = bisect_left(self.tails, suffix[::-1] + "\U0010ffff", low, key=self._backwards)
            return np.sort(self.tails[low:high])
        longest = max(others, key=lambda piece: len(piece.strip("?")), default="").strip("?")
        if not longest:
            return np.arange(len(self), dtype=np.int32)
        return self._holding(longest)

    def _holding(self, piece: str) -> Numbers:
        """Return the words in which a piece occurs, ascending."""
        places = self._occurring(piece)
        words = self._owners[places]
        flags = np.zeros(len(self), np.bool_)
        flags[words[places + len(piece) <= self.starts[words + 1]]] = True
        return np.flatnonzero(flags).astype(np.int32)

    @cached_property
    def _owners(self) -> Numbers:
        """Return the word of each letter."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)

    @cached_property
    def _low(self) -> npt.NDArray[np.uint8]:
        """Return the lowest eight bits of each letter: four times as many are looked at at once."""
        return self.letters.astype(np.uint8)

    def _backwards(self, number: int) -> str:
        return self[number][::-1]

    def _prefixed(self, prefix: str) -> tuple[int, int]:
        if not prefix:
            return 0, len(self)
        low = bisect_left(self, prefix)
        high = bisect_left(self, prefix + "\U0010ffff", low)
        return low, high

    def _fits(self, found: Numbers, part: str, places: Numbers) -> npt.NDArray[np.intp]:
        """Return which of `found` have the part at these places; each word is known to be long enough."""
        keep: npt.NDArray[np.intp] = np.arange(len(found))
        for offset, letter in enumerate(part):
            if letter != "?":
                keep = keep[self.letters[places[keep] + offset] == ord(letter)]
        return keep

    def _after(self, piece: str, found: Numbers, cursors: Numbers) -> Numbers:
        """Return the place after the earliest occurrence of the piece at or after each cursor, one for each word."""
        if not piece.strip("?") or not len(found):
            return cursors + np.int32(len(piece))
        start, end = int(self.starts[found[0]]), int(self.starts[found[-1] + 1])
        places = np.append(self._occurring(piece, start, end), np.int32(np.iinfo(np.int32).max - len(piece)))
        return places[np.searchsorted(places, cursors)] + np.int32(len(piece))

    def _occurring(self, piece: str, start: int = 0, end: int | None = None) -> Numbers:
        """Return the places among letters [start, end) at which a piece with at least one letter occurs."""
        low = self._low[start:end]
        n_places = max(len(low) - len(piece) + 1, 0)
        asked = [(offset, ord(letter)) for offset, letter in enumerate(piece) if letter != "?"]
        here = np.ones(n_places, np.bool_)
        for offset, letter in asked:
            here &= low[offset : offset + n_places] == letter & 0xFF
        found = np.flatnonzero(here).astype(np.int32) + np.int32(start)
        for offset, letter in asked:
            is_same = self.letters[found + offset] == letter
            found = found if is_same.all() else found[is_same]
        return found

    def near(self, text: str, distance: int) -> Numbers:
        """
        Return the numbers of the words at most `distance` edits away (optimal string alignment), ascending.

        >>> words = ["receive", "recipe", "relieve"]
        >>> [words[n] for n in Vocabulary.of(arrays(words)).near("recieve", 1)]
        ['receive', 'relieve']
        """
        return self._remembered(f"{text}~{distance}", lambda: self._near(text, distance))

    def _near(self, text: str, distance: int) -> Numbers:
        # An edit changes at most two letters of a word, hence at most two bits.
        differing = np.bitwise_count(self.signatures ^ arrays([text])["signatures"])
        likely = (differing <= 2 * distance) & (np.abs(self.lengths - len(text)) <= distance)
        found = np.flatnonzero(likely).astype(np.int32)
        return found[self._edits(found, text, distance) <= distance]

    def _edits(self, found: Numbers, text: str, distance: int) -> npt.NDArray[np.int16]:
        """Return the edits from the text to each word, exact up to `distance`: one table for all words at once."""
        lengths = self.lengths[found]
        columns = int(lengths.max(initial=0))
        places = self.starts[found][None, :] + np.minimum(np.arange(columns)[:, None], np.maximum(lengths - 1, 0))
        letters = self.letters[places]
        beyond = np.int16(distance + 1)
        rows = np.full((3, columns + 1, len(found)), beyond, np.int16)
        rows[0] = np.minimum(np.arange(columns + 1), beyond)[:, None]
        before, above, row = rows[2], rows[0], rows[1]
        for i, letter in enumerate(text, 1):
            row[:] = beyond
            row[0] = min(i, distance + 1)
            for j in range(max(1, i - distance), min(columns, i + distance) + 1):
                cost = np.minimum(above[j], row[j - 1]) + 1
                np.minimum(cost, above[j - 1] + (letters[j - 1] != ord(letter)), out=cost)
                if i > 1 and j > 1:
                    swapped = (letters[j - 2] == ord(letter)) & (letters[j - 1] == ord(text[i - 2]))
                    cost = np.where(swapped, np.minimum(cost, before[j - 2] + 1), cost)
                row[j] = np.minimum(cost, beyond)
            before, above, row = above, row, before
        edits: npt.NDArray[np.int16] = above[lengths, np.arange(len(found))]
        return edits
