"""A segment of an index as arrays: where the words of a query stand, and in which documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cursitor.engines.search import nearness, syntax, vocabulary
from cursitor.engines.search.inversion import BLOCK_BITS, NO_VALUE
from cursitor.engines.search.nearness import Flags, Rows
from cursitor.engines.search.schema import Schema
from cursitor.engines.search.sets import Bits
from cursitor.engines.search.vocabulary import Numbers, Vocabulary

if TYPE_CHECKING:
    from cursitor.engines.search.marks import Marks

Arrays = Mapping[str, npt.NDArray[Any]]

_LONG_RUN = 64
"""Places in a run that is worth a step of its own."""
_DEARER_TO_READ, _CHEAPER_AROUND = 2, 2
"""Places gone to for a word read in whole documents; words read around others for a place gone to."""
_SIZES_AT_ONCE = 256
_MANY, _OFTEN, _BROAD = 64, 250_000, 40
"""Marks tell the documents of a set of more words than this, with more places, which are one word in so many of all."""
_TO_SCATTER, _TO_COMPARE, _TO_LOOK_UP = 3, 0.15, 0.55
"""Nanoseconds for each place marked; for each word of the texts compared with a range of the vocabulary, looked up."""


@dataclass(frozen=True)
class Postings:
    """Where each word of a vocabulary stands. The arrays are those of `inversion`."""

    vocabulary: Vocabulary
    offsets: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]

    @classmethod
    def of(cls, arrays: Arrays, prefix: str) -> "Postings":
        named = {part: arrays[prefix + part] for part in vocabulary.PARTS}
        return cls(Vocabulary.of(named), arrays[prefix + "offsets"], arrays[prefix + "places"])

    def counts(self, numbers: Numbers) -> npt.NDArray[np.int64]:
        """Return how often each of these words occurs."""
        return self.offsets[numbers + 1] - self.offsets[numbers]

    def gather(self, numbers: Numbers) -> npt.NDArray[np.int32]:
        """Return the places of these words, ascending numbers; a place range of its own for each run of neighbours."""
        first, end = self.runs(numbers)
        if len(first) == 1:
            return self.places[first[0] : end[0]]
        lengths = end - first
        if len(first) * _LONG_RUN < lengths.sum():
            return np.concatenate([self.places[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)])
        steps = np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
        steps += np.arange(len(steps))
        places: npt.NDArray[np.int32] = self.places[steps]
        return places

    def runs(self, numbers: Numbers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where in `places` the places of neighbouring words begin and end, for ascending numbers of words."""
        first, end = _neighbours(numbers)
        return self.offsets[first], self.offsets[end]


class Field:
    """One text field of a segment."""

    def __init__(self, arrays: Arrays, name: str, *, n_documents: int) -> None:
        self.words = Postings.of(arrays, f"{name}.")
        self.addresses = Postings.of(arrays, f"{name}.address.")
        self.more: npt.NDArray[np.int16] = arrays[f"{name}.address.more"]
        self.owners: Numbers = arrays[f"{name}.owners"]
        self.ends: Numbers = arrays[f"{name}.ends"]
        self.before: Numbers = arrays[f"{name}.before"]
        self.sequence: Numbers = arrays[f"{name}.sequence"]
        self.n_documents = n_documents
        self._sizes: dict[syntax.Node, int] = {}

    @cached_property
    def is_filled(self) -> bool:
        return len(self.owners) > 0

    @cached_property
    def everywhere(self) -> Flags:
        """Return the flags of all documents; it must not be changed."""
        return np.ones(self.n_documents, np.bool_)

    def numbers(self, leaf: syntax.Node) -> tuple[Postings, Numbers]:
        """Return the words that a leaf, or an Or of single words, stands for, and the postings in which they are."""
        match leaf:
            case syntax.Word(text):
                return self.words, self.words.vocabulary.word(text)
            case syntax.Wildcard(pattern):
                return self.words, self.words.vocabulary.shaped(pattern)
            case syntax.Fuzzy(text, distance):
                return self.words, self.words.vocabulary.near(text, distance)
            case syntax.Or(parts):
                return self.words, nearness.once(np.concatenate([self.numbers(part)[1] for part in parts]))
            case syntax.AddressPattern(pattern):
                return self.addresses, self.addresses.vocabulary.shaped(pattern)
        raise TypeError(f"Not a word: {leaf!r}")

    def size(self, leaf: syntax.Node) -> int:
        """Return how many places a leaf has."""
        if is_any(leaf):
            return len(self.words.places)
        found = self._sizes.get(leaf)
        if found is None:
            if len(self._sizes) >= _SIZES_AT_ONCE:
                self._sizes.clear()
            postings, numbers = self.numbers(leaf)
            found = self._sizes[leaf] = int(postings.counts(numbers).sum())
        return found

    def documents(self, leaf: syntax.Node) -> Flags:
        """Return which documents hold a leaf."""
        if is_any(leaf):
            return self.marked(self.owners)
        postings, numbers = self.numbers(leaf)
        is_broad = self.size(leaf) > max(_OFTEN, len(self.sequence) // _BROAD)
        if is_broad and len(numbers) > _MANY and postings is self.words:
            return self.holding_marked(self.bits(leaf))
        return self.holding(postings.gather(numbers))

    def holding(self, places: npt.NDArray[np.int32]) -> Flags:
        """Return which documents hold one of these places."""
        blocks = np.zeros(len(self.owners), np.bool_)
        blocks[np.right_shift(places, BLOCK_BITS, dtype=np.intp)] = True
        return self.marked(self.owners[blocks])

    def holding_marked(self, bits: Bits) -> Flags:
        """Return which documents hold one of these words."""
        flags = self.marks.documents(bits)
        return flags if len(flags) == self.n_documents else self.marked(self.owners[self._heads[flags]])

    def marked(self, documents: Numbers) -> Flags:
        flags = np.zeros(self.n_documents, np.bool_)
        flags[documents] = True
        return flags

    def rows(self, leaf: syntax.Node, within: Flags) -> Rows:
        """Return the occurrences of a leaf in these documents, and some in others if these are most of all."""
        if is_any(leaf):
            return nearness.rows_of(self.every_place(within))
        postings, numbers = self.numbers(leaf)
        if isinstance(leaf, syntax.AddressPattern):
            return self._address_rows(postings, numbers)
        if len(numbers) > 1 and self._is_shorter_to_read(postings, numbers, within):
            return nearness.rows_of(self._read(numbers, within))
        is_narrow = 2 * np.count_nonzero(within) < len(within)
        places = postings.gather(numbers)
        if is_narrow:
            places = places[self.is_within(places, within)]
        if len(numbers) > 1:
            places = np.sort(places, kind="stable")  # runs that ascend already are merged, not sorted
        return nearness.rows_of(places)

    def is_within(self, places: npt.NDArray[np.int32], within: Flags) -> Flags:
        """Return which places lie in some of the documents."""
        flags: Flags = within[self.owners[places >> BLOCK_BITS]]
        return flags

    def _address_rows(self, postings: Postings, numbers: Numbers) -> Rows:
        first = postings.gather(numbers)
        more = Postings(postings.vocabulary, postings.offsets, self.more.astype(np.int32)).gather(numbers)
        steps = np.arange(int(more.max(initial=0)) + 1, dtype=np.int32)
        return nearness.distinct(first[:, None] + np.minimum(steps, more[:, None]))

    def every_place(self, within: Flags) -> Numbers:
        """Return the places of all words of some of the documents."""
        heads = self._heads_of(within)
        return _ranges(heads << BLOCK_BITS, self.ends[heads] - (heads << BLOCK_BITS))

    def _is_shorter_to_read(self, postings: Postings, numbers: Numbers, within: Flags) -> bool:
        """Return whether some documents have fewer words, about, than the words asked for have places."""
        n_read = len(self.sequence) * int(np.count_nonzero(within)) // max(len(within), 1)
        return _DEARER_TO_READ * n_read < int(postings.counts(numbers).sum())

    def _read(self, numbers: Numbers, within: Flags) -> Numbers:
        """Return the places of words in some documents by reading these documents."""
        heads = self._heads_of(within)
        is_asked = np.zeros(len(self.words.vocabulary), np.bool_)
        is_asked[numbers] = True
        starts = heads << BLOCK_BITS
        lengths = self.ends[heads] - starts
        found = is_asked[self.sequence[_ranges(self.before[heads], lengths)]]
        return _ranges(starts, lengths)[found]

    def is_shorter_to_read_around(self, leaf: syntax.Node, occurrences: Rows, distance: int) -> bool:
        """Return whether it is less work to read what lies so near to some occurrences than to go to the places."""
        n_read = len(occurrences) * (2 * distance + int(occurrences.shape[1]))
        return n_read < _CHEAPER_AROUND * self.size(leaf)

    def rows_around(self, leaf: syntax.Node, occurrences: Rows, distance: int) -> Rows:
        """Return the occurrences of a leaf among which are all that lie so near to others, by reading these parts."""
        first = np.maximum(self.in_order(occurrences[:, 0]) - np.int32(distance), 0)
        end = np.minimum(self.in_order(occurrences[:, -1]) + np.int32(distance + 1), len(self.sequence))
        end = np.maximum.accumulate(end)
        first[1:] = np.maximum(first[1:], end[:-1])
        numbers = _ranges(first, end - first)
        is_asked = np.zeros(len(self.words.vocabulary), np.bool_)
        is_asked[self.numbers(leaf)[1]] = True
        return nearness.rows_of(self._places(numbers[np.take(is_asked, self.sequence[numbers])]))

    @cached_property
    def marks(self) -> "Marks":
        """Return the reading order, in which sets of words are bits."""
        from cursitor.engines.search.marks import Marks  # half a second, and 130 MB, for those who ask for common words

        return Marks(self._starts, len(self.sequence))

    @cached_property
    def _starts(self) -> Numbers:
        """Return the number in reading order of the first word of each document."""
        return self.before[self._heads]

    @cached_property
    def _shifts(self) -> Numbers:
        """Return for each block what the places in it are ahead of the numbers in reading order."""
        n_blocks = np.diff(self._heads, append=len(self.owners))
        return np.repeat((self._heads << BLOCK_BITS).astype(np.int32), n_blocks) - self.before

    def bits(self, leaf: syntax.Node) -> Bits:
        """Return the words that a leaf, or an Or of single words, stands for, as bits in reading order."""
        numbers = self.numbers(leaf)[1]
        to_scatter, to_compare, to_look_up = spent = self._marking(numbers)
        if to_scatter == min(spent):
            return self.marks.at(self.words.places, *self.words.runs(numbers), self._shifts, BLOCK_BITS)
        if to_compare < to_look_up:
            return self.marks.within(self.sequence, _neighbours(numbers))
        asked = np.zeros(len(self.words.vocabulary), np.bool_)
        asked[numbers] = True
        return self.marks.among(self.sequence, asked)

    def marking(self, leaf: syntax.Node) -> float:
        """Return how long it takes to say the same as bits, in nanoseconds."""
        return min(self._marking(self.numbers(leaf)[1]))

    def _marking(self, numbers: Numbers) -> tuple[float, float, float]:
        """Return how long it takes to go to all places, to compare all words with some ranges, or to look them up."""
        first, end = self.words.runs(numbers)
        n_words = len(self.sequence)
        return _TO_SCATTER * int((end - first).sum()), _TO_COMPARE * len(first) * n_words, _TO_LOOK_UP * n_words

    def in_order(self, places: npt.NDArray[np.int32]) -> Numbers:
        """Return the numbers of places in reading order."""
        numbers: Numbers = places - self._shifts[places >> BLOCK_BITS]
        return numbers

    def _places(self, found: npt.NDArray[np.integer]) -> Numbers:
        """Return the places of numbers in reading order, ascending."""
        starts = self._starts
        if len(found) < len(starts):
            return (found + self._starts_ahead[np.searchsorted(starts, found, side="right") - 1]).astype(np.int32)
        counts = np.diff(np.searchsorted(found, starts), append=len(found))
        return (found + np.repeat(self._starts_ahead, counts)).astype(np.int32)

    @cached_property
    def _starts_ahead(self) -> Numbers:
        """Return for each document what its places are ahead of the numbers in reading order."""
        return self._shifts[self._heads]

    @cached_property
    def _heads(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(np.diff(self.owners, prepend=-1)) if self.is_filled else np.zeros(0, np.intp)

    def _heads_of(self, within: Flags) -> npt.NDArray[np.intp]:
        """Return the first block of each of some documents."""
        heads: npt.NDArray[np.intp] = self._heads[within[self.owners[self._heads]]]
        return heads


def _neighbours(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """Return where each range of ascending numbers without a gap begins and ends."""
    cuts = np.flatnonzero(np.diff(numbers) != 1)
    last = np.append(cuts, len(numbers) - 1) if len(numbers) else cuts
    return numbers[np.append(0, cuts + 1)[: len(last)]], numbers[last] + 1


def _ranges(starts: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> Numbers:
    """Return the numbers from each start, as many as its length, one range after another."""
    found = np.repeat((starts - (np.cumsum(lengths) - lengths)).astype(np.int32), lengths)
    found += np.arange(len(found), dtype=np.int32)
    return found


class Segment:
    """A body of documents that is held in memory, or mapped, together. Documents are known by number, from 0."""

    def __init__(self, arrays: Arrays, schema: Schema, *, n_documents: int) -> None:
        self.n_documents = n_documents
        self.fields = {name: Field(arrays, name, n_documents=n_documents) for name in schema.text}
        self.values: dict[str, npt.NDArray[np.int64]] = {
            name: arrays[f"value.{name}"] for name in (*schema.dates, *schema.numbers)
        }
        self.flags: dict[str, Flags] = {
            name: arrays[f"has.{name}"] for name in (*schema.flags, *schema.text, *schema.dates, *schema.numbers)
        }
        self.related: dict[str, npt.NDArray[np.int64]] = {name: arrays[f"related.{name}"] for name in schema.relations}

    def ranged(self, name: str, low: int | None, high: int | None) -> Flags:
        """Return which documents have a value in [low, high); None is open."""
        values = self.values[name]
        flags = values >= (NO_VALUE + 1 if low is None else low)
        return flags if high is None else flags & (values < high)

    def having(self, names: tuple[str, ...]) -> Flags:
        """Return in which documents one of these flags is set, or one of these fields filled."""
        return reduce(np.logical_or, (self.flags[name] for name in names))


def is_words(part: syntax.Node) -> bool:
    """Return whether an expression stands for single words, of which it may be any."""
    if isinstance(part, syntax.Or):
        return all(map(is_words, part.parts))
    return isinstance(part, syntax.Word | syntax.Wildcard | syntax.Fuzzy) and not is_any(part)


def is_any(leaf: syntax.Node) -> bool:
    """Return whether a leaf stands for every word."""
    return isinstance(leaf, syntax.Wildcard) and not leaf.pattern.strip("*")
