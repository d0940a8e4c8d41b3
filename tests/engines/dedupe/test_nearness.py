"""Oracle: every pair compared by plain Python sets."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.dedupe import differences, languages, nearness, shingles
from cursitor.engines.dedupe.differences import Side


def pairs_of(text: str) -> set[tuple[str, str]]:
    words = "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()
    return {(one, other) for one, other in itertools.pairwise(words)} or {(word, "") for word in words}


def jaccard(some: set, more: set) -> float:
    return len(some & more) / len(some | more) if some | more else 0.0


def grouped(texts: list[str], threshold: float = nearness.THRESHOLD) -> dict[int, nearness.Near]:
    rows = nearness.signatures(texts)
    lengths = [len(text) for text in texts]

    def sets_of(chosen):
        return nearness.word_pairs([texts[one] for one in chosen])

    return dict(nearness.groups(rows, lengths, sets_of, threshold))


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    """150 texts, and of each third an edited copy, 1 to 12 of 100 words changed."""
    chance = random.Random(7)
    words = [f"word{number}" for number in range(3000)]
    texts = [chance.choices(words, k=100) for _ in range(150)]
    edited = []
    for text in texts[::3]:
        copy = list(text)
        for _ in range(chance.randint(1, 12)):
            copy[chance.randrange(len(copy))] = chance.choice(words)
        edited.append(copy)
    return [" ".join(text) for text in texts + edited]


class TestGroups:
    def test_hold_every_pair_that_comparing_all_with_all_finds(self, corpus):
        found = grouped(corpus)

        sets = [pairs_of(text) for text in corpus]
        for one in range(len(corpus)):
            for other in range(one):
                is_near = jaccard(sets[one], sets[other]) >= nearness.THRESHOLD
                is_found = one in found and other in found and found[one].pivot == found[other].pivot
                assert is_near == is_found, (one, other)

    def test_hold_what_agrees_to_nine_tenths_word_by_word(self, corpus):
        found = grouped(corpus)
        alike = []
        for number in range(50):
            some, more = set(corpus[3 * number].split()), set(corpus[150 + number].split())
            if len(some & more) / len(some | more) >= 0.9:
                alike.append(found.get(3 * number) is not None and found[3 * number].pivot == found[150 + number].pivot)

        assert len(alike) > 10
        assert all(alike)

    def test_have_the_longest_as_pivot_and_the_exact_similarity_to_it(self):
        text = " ".join(f"word{number}" for number in range(40))

        found = grouped([text, f"{text} and more", "something else altogether", f"{text} and"])

        assert set(found) == {0, 1, 3}
        assert {near.pivot for near in found.values()} == {1}
        assert found[0].similarity == pytest.approx(jaccard(pairs_of(text), pairs_of(f"{text} and more")))

    def test_join_a_crowd_of_equal_texts_without_comparing_all_with_all(self):
        found = grouped(["the same few words in every one of these messages"] * 3000)

        assert len(found) == 3000
        assert {near.pivot for near in found.values()} == {0}

    def test_leave_texts_without_words_alone(self):
        assert grouped(["", "  ", "...", "!"]) == {}
        assert grouped([]) == {}


class TestShingles:
    @given(st.lists(st.text(max_size=60), max_size=8))
    @settings(max_examples=60, deadline=None)
    def test_are_those_of_each_text_alone(self, texts):
        together = nearness.word_pairs(texts)

        assert [found.tolist() for found in together] == [nearness.word_pairs([text])[0].tolist() for text in texts]

    @given(st.text(alphabet="abcß ÄÖ9_-", max_size=30))
    @settings(max_examples=60)
    def test_have_hashes_that_whole_numbers_give_too(self, text):
        hashes, _ = shingles.words([text])

        words = "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()
        assert hashes.tolist() == [splitmix(polynomial(word)) for word in words]


def polynomial(word: str) -> int:
    return sum(ord(sign) * 0x100000001B3**place for place, sign in enumerate(word)) % 2**64


def splitmix(number: int) -> int:
    """Return the SplitMix64 step after a state (Steele, Lea, Flood 2014)."""
    mixed = (number + 0x9E3779B97F4A7C15) % 2**64
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
    return mixed ^ (mixed >> 31)


class TestDifferences:
    @given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
    @settings(max_examples=100)
    def test_put_together_give_the_text_to_the_letter(self, pivot, own):
        pieces = differences.differences(pivot, own)

        assert "".join(piece.text for piece in pieces if piece.side is not Side.PIVOT) == own


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Sehr geehrte Damen und Herren, anbei der Vertrag zur Unterschrift.", "de"),
            ("Veuillez trouver ci-joint le contrat signé par les deux parties.", "fr"),
            ("請查收附件中的合同並確認收到。謝謝您的合作與支持，期待您的回覆。", "zh"),
            ("契約書を添付しますのでご確認ください。よろしくお願いします。", "ja"),
            ("12/3 4711 ann@x.example", None),
            ("", None),
        ],
    )
    def test_is_told_where_there_is_enough(self, text, code):
        assert languages.language(text) == code

    @given(st.text(max_size=80))
    @settings(max_examples=50, deadline=None)
    def test_is_a_code_or_nothing(self, text):
        assert languages.language(text) is None or len(languages.language(text)) in (2, 3)
