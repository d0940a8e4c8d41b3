"""All words at once are asked the same as one word after another."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.search import inversion, nearness, reading, spelling, vocabulary
from cursitor.engines.search.schema import ITEMS
from cursitor.engines.search.vocabulary import Vocabulary

LETTERS = "abé契"
WORD_LISTS = st.lists(st.text(LETTERS, min_size=1, max_size=7), max_size=30).map(lambda words: sorted(set(words)))


class TestVocabulary:
    @given(WORD_LISTS, st.text(LETTERS + "*?", min_size=1, max_size=8))
    @settings(max_examples=300, deadline=None)
    def test_finds_the_words_of_a_shape(self, words, pattern):
        found = Vocabulary.of(vocabulary.arrays(words)).shaped(pattern)

        assert [words[at] for at in found] == [word for word in words if spelling.wildcard(pattern).fullmatch(word)]

    @given(WORD_LISTS, st.text(LETTERS, min_size=1, max_size=7), st.integers(1, 2))
    @settings(max_examples=300, deadline=None)
    def test_finds_the_words_a_few_edits_away(self, words, text, distance):
        found = Vocabulary.of(vocabulary.arrays(words)).near(text, distance)

        assert [words[at] for at in found] == [word for word in words if spelling.is_within(word, text, distance)]

    @given(WORD_LISTS, st.text(LETTERS, min_size=1, max_size=7))
    @settings(max_examples=100, deadline=None)
    def test_finds_a_word(self, words, text):
        found = Vocabulary.of(vocabulary.arrays(words)).word(text)

        assert [words[at] for at in found] == [word for word in words if word == text]

    def test_keeps_what_it_was_asked_within_bounds(self):
        words = Vocabulary.of(vocabulary.arrays(["a", "b"]))

        for number in range(2_000):
            words.shaped(f"a{number}*")

        assert len(words._known) <= 256


class TestPairs:
    def test_refuses_more_than_are_held_at_once(self):
        places = nearness.rows_of(np.arange(3_000, dtype=np.int32))

        with pytest.raises(nearness.TooManyPairs):
            nearness.pairs(places, places, nearness.Window(1_000, 1_000))


class TestInverter:
    def test_leaves_more_places_between_documents_than_any_distance(self):
        segment = inversion.Inverter(ITEMS)
        for length in (1, 23, 24, 1024, 2000):
            segment.add(reading.Document(length, {"text": " ".join(["a"] * length)}))

        arrays = segment.arrays()

        gaps = np.diff(arrays["text.places"])
        assert sorted(gaps[gaps > 1]) == sorted(gaps)[-4:]
        assert gaps[gaps > 1].min() > 1_001
        assert len(arrays["text.places"]) == 1 + 23 + 24 + 1024 + 2000


class TestDocumentation:
    def test_examples_of_the_code_hold(self):
        results = doctest.testmod(vocabulary)

        assert results.attempted > 0
        assert results.failed == 0
