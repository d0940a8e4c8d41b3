"""
From documents to the arrays of a segment: for every field its words, sorted, and the places where each stands.

A place is one number for a document and a position in it. The places of a field begin at 0; every document begins at
a multiple of 1024 and leaves more than 1000 places free behind its words, so that no w/N and no phrase reaches from one
document into the next, and a place divided by 1024 names its document.

Arrays of a segment, each named `field.part`:
letters, starts, signatures, tails  the vocabulary (see `vocabulary`)
offsets    int64 (n_words + 1): where in `places` the places of each word begin
places     int32 (n_positions): places by word, ascending within a word
owners     int32 (n_blocks): the document of each block of 1024 places
ends       int32 (n_blocks): the place after the last word of that document
sequence   int32 (n_positions): the word at each position, documents one after another
before     int32 (n_blocks): how many positions come before that document in `sequence`
address.*  the same for whole addresses; places are of their first words, `address.more` int16: words after the first
and of the whole segment `value.FIELD` and `has.NAME` (one entry a document), `related.RELATION` (key, 0 for none).
"""

import hashlib
from array import array
from collections import defaultdict
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import reading, tokens, vocabulary
from cursitor.engines.search.parser import FARTHEST
from cursitor.engines.search.schema import Schema

VERSION = "2026.6"
BLOCK_BITS = 10
GAP = 1 << BLOCK_BITS
NO_VALUE = -(1 << 62)
MOST_PLACES = (1 << 31) - 4 * GAP

Arrays = dict[str, npt.NDArray[Any]]

assert GAP > FARTHEST + 1


class TooManyWords(ValueError):
    """Raised when one document, or one segment, holds more words than places can number."""


class Inverter:
    """Takes documents one by one and gives the arrays of a segment; memory grows with the words taken."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.ids: list[str | int] = []
        self.n_words = 0
        self._fields = {name: _Field() for name in schema.text}
        self._values = {name: array("q") for name in (*schema.dates, *schema.numbers)}
        self._has = {name: array("b") for name in _has_names(schema)}
        self._related = {name: array("q") for name in schema.relations}

    def add(self, document: reading.Document) -> None:
        """
        Take one more document.

        :raises ValueError: as `reading.read` does.
        """
        values, has = reading.values_of(document, self.schema), reading.has_of(document)
        for name, column in self._values.items():
            column.append(values.get(name, NO_VALUE))
        for name, flags in self._has.items():
            flags.append(name in has)
        for name, keys in self._related.items():
            keys.append(_key(document.related.get(name)))
        for name, text in document.text.items():
            self.n_words += self._fields[name].add(text, ordinal=len(self.ids))
        self.ids.append(document.id)

    def arrays(self) -> Arrays:
        """
        Return the arrays of the segment; the inverter is spent afterwards.

        :raises TooManyWords: if one field holds over 2,000 million places.
        """
        found: Arrays = {}
        for name in list(self._fields):
            found |= {f"{name}.{part}": values for part, values in self._fields.pop(name).arrays().items()}
        found |= {f"value.{name}": np.frombuffer(column, np.int64) for name, column in self._values.items()}
        found |= {f"has.{name}": np.frombuffer(flags, np.bool_) for name, flags in self._has.items()}
        return found | {f"related.{name}": np.frombuffer(keys, np.int64) for name, keys in self._related.items()}


class _Field:
    """The words of one field so far: numbers in the order in which words were first seen, one entry a position."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self.words = array("i")
        self.ordinals = array("i")
        self.lengths = array("i")
        self.addresses: list[tokens.Address] = []
        self.address_entries = array("i")

    def add(self, text: str, *, ordinal: int) -> int:
        if "@" in text:
            found = tokens.tokenise(text)
            words = [token.text for token in found]
            addresses = tokens.find_addresses(text, found)
            self.addresses += addresses
            self.address_entries.extend([len(self.ordinals)] * len(addresses))
        else:
            words = tokens.words(text)
        if words:
            self.words.extend(map(self.numbers.__getitem__, words))
            self.ordinals.append(ordinal)
            self.lengths.append(len(words))
        return len(words)

    def arrays(self) -> Arrays:
        lengths = np.frombuffer(self.lengths, np.int32).astype(np.int64)
        n_blocks = (lengths + 2 * GAP - 1) >> BLOCK_BITS
        blocks = np.concatenate(([0], np.cumsum(n_blocks)))
        if blocks[-1] << BLOCK_BITS > MOST_PLACES:
            raise TooManyWords("These documents hold too many words for one segment of a search index.")
        first = blocks[:-1] << BLOCK_BITS
        before = np.cumsum(lengths) - lengths
        places = np.repeat((first - before).astype(np.int32), lengths)
        places += np.arange(len(places), dtype=np.int32)
        found = _inverted(self.numbers, np.frombuffer(self.words, np.int32), places)
        found["before"] = np.repeat(before, n_blocks).astype(np.int32)
        found["owners"] = np.repeat(np.frombuffer(self.ordinals, np.int32), n_blocks)
        found["ends"] = np.repeat(first + lengths, n_blocks).astype(np.int32)
        return found | {f"address.{part}": values for part, values in self._address_arrays(first).items()}

    def _address_arrays(self, first: npt.NDArray[np.int64]) -> Arrays:
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        words = np.fromiter((numbers[address.text] for address in self.addresses), np.int32)
        starts = np.fromiter((address.first for address in self.addresses), np.int64)
        more = np.fromiter((address.last - address.first for address in self.addresses), np.int16)
        places = (starts + first[np.frombuffer(self.address_entries, np.int32)]).astype(np.int32)
        found = _inverted(numbers, words, places)
        by_place = np.argsort(places)
        del found["sequence"]
        found["more"] = more[by_place][np.searchsorted(places[by_place], found["places"])]
        return found


def _inverted(numbers: dict[str, int], words: npt.NDArray[np.int32], places: npt.NDArray[np.int32]) -> Arrays:
    """Return vocabulary, offsets, places and sequence. words: numbers in reading order, places: where each is."""
    sorted_words = sorted(numbers)
    ranks = np.empty(len(numbers), np.int64)
    ranks[np.fromiter(map(numbers.__getitem__, sorted_words), np.int64, len(numbers))] = np.arange(len(numbers))
    ranked = ranks[words]
    sequence = ranked.astype(np.int32)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(ranked, minlength=len(numbers)))))
    ranked <<= 32
    ranked |= places
    ranked.sort()
    ranked &= (1 << 32) - 1
    return vocabulary.arrays(sorted_words) | {
        "offsets": offsets,
        "places": ranked.astype(np.int32),
        "sequence": sequence,
    }


def _has_names(schema: Schema) -> tuple[str, ...]:
    return (*schema.flags, *schema.text, *schema.dates, *schema.numbers)


def _key(value: str | None) -> int:
    """Return 62 bits of the SHA-256 of what ties documents together, the same in every segment; 0 for nothing."""
    if value is None:
        return 0
    return int.from_bytes(hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 2 or 1
