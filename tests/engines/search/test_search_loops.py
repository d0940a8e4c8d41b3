"""What a compiled loop finds is what numpy finds, and whatever an index holds, it stays within its arrays."""

import numpy as np
import pytest

from cursitor.engines.search import loops, sets

N_WORDS, N_KNOWN = 1001, 50
SEQUENCE = np.random.default_rng(1).integers(0, N_KNOWN, N_WORDS).astype(np.int32)
BLOCK_BITS = 4


def empty(n=N_WORDS):
    return sets.packed(np.zeros(n, np.bool_))


def numbers(found):
    return np.flatnonzero(np.unpackbits(found.view(np.uint8), bitorder="little")).tolist()


def ends(*values):
    return np.array(values, np.int64)


class TestGoingThroughAllWords:
    @pytest.mark.parametrize("n_words", [0, 1, 63, 64, 65, N_WORDS])
    def test_finds_the_words_that_are_asked_for(self, n_words):
        asked, found, sequence = np.arange(N_KNOWN) % 7 == 0, empty(n_words), SEQUENCE[:n_words]

        loops.look_up(sequence, sets.packed(asked), found)

        assert numbers(found) == np.flatnonzero(asked[sequence]).tolist()

    @pytest.mark.parametrize("n_words", [0, 1, 63, 64, 65, N_WORDS])
    def test_finds_the_words_of_a_range(self, n_words):
        found, sequence = empty(n_words), SEQUENCE[:n_words]

        loops.compare(sequence, 10, 20, found)

        assert numbers(found) == np.flatnonzero((sequence >= 10) & (sequence < 20)).tolist()

    def test_adds_to_what_is_there(self):
        found = empty()

        loops.compare(SEQUENCE, 0, 1, found)
        loops.compare(SEQUENCE, N_KNOWN - 1, N_KNOWN, found)

        assert numbers(found) == np.flatnonzero((SEQUENCE == 0) | (SEQUENCE == N_KNOWN - 1)).tolist()

    @pytest.mark.parametrize("unknown", [-1, N_KNOWN, 1 << 30, -(1 << 31)])
    def test_takes_a_word_of_no_vocabulary_for_none(self, unknown):
        asked, found = np.zeros(N_KNOWN, np.bool_), empty(64)

        loops.look_up(np.full(64, unknown, np.int32), sets.packed(asked), found)

        assert numbers(found) == []

    def test_finds_nothing_in_an_empty_vocabulary(self):
        found = empty(64)

        loops.look_up(np.zeros(64, np.int32), empty(0), found)

        assert numbers(found) == []


class TestGoingToPlaces:
    """Two documents: 20 words from place 0, which begin the reading order, and 7 from place 64."""

    SHIFTS = np.array([0, 0, 0, 0, 44, 44], np.int32)

    def scattered(self, places, first, end, shifts=SHIFTS):
        found = empty(27)
        loops.scatter(np.array(places, np.int32), ends(*first), ends(*end), BLOCK_BITS, shifts, found)
        return numbers(found)

    def test_finds_the_words_at_runs_of_places(self):
        assert self.scattered([3, 19, 64, 70], [0, 3], [2, 4]) == [3, 19, 26]

    @pytest.mark.parametrize("place", [-1, 96, 1 << 30, -(1 << 31)])
    def test_passes_over_a_place_that_no_document_has(self, place):
        assert self.scattered([place], [0], [1]) == []

    def test_passes_over_runs_that_are_not_there_and_words_that_no_document_has(self):
        assert self.scattered([3], [5], [900]) == []
        assert self.scattered([3], [0], [1], self.SHIFTS - np.int32(1 << 20)) == []
        assert self.scattered([3], [0], [1], self.SHIFTS + np.int32(1 << 20)) == []


class TestSpreading:
    @pytest.mark.parametrize("by", [1, 2, 31, 63, 64, 65, 128, 999, 2000])
    @pytest.mark.parametrize("n_words", [0, 1, 64, 65, N_WORDS])
    def test_moves_words_to_openings(self, by, n_words):
        chance = np.random.default_rng(by)
        chosen, opened = chance.random(n_words) < 0.3, chance.random(n_words) < 0.5
        behind, ahead = empty(n_words), empty(n_words)

        loops.spread_later(sets.packed(chosen), sets.packed(opened), by, behind)
        loops.spread_earlier(sets.packed(chosen), sets.packed(opened), by, ahead)

        at = np.flatnonzero(chosen)
        assert [n for n in numbers(behind) if n < n_words] == [
            n for n in (at + by).tolist() if n < n_words and opened[n]
        ]
        assert numbers(ahead) == [n - by for n in at.tolist() if n >= by and opened[n]]
