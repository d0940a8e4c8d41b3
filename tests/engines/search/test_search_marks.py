"""What is marked in reading order is what going through the words one by one finds."""

import numpy as np
import pytest

from cursitor.engines.search import marks, sets

LENGTHS = [1, 70, 3, 64, 200, 1, 1, 2500, 128]


@pytest.fixture
def order():
    starts = np.cumsum([0, *LENGTHS[:-1]]).astype(np.int32)
    return marks.Marks(starts, sum(LENGTHS))


def some(seed, order, share=0.05):
    return set(np.flatnonzero(np.random.default_rng(seed).random(order.n_words) < share).tolist())


def bits(chosen, order):
    flags = np.zeros(order.n_words, np.bool_)
    flags[sorted(chosen)] = True
    return sets.packed(flags)


def numbers(found):
    return np.flatnonzero(np.unpackbits(found.view(np.uint8), bitorder="little"))


def document_of(order):
    return np.repeat(np.arange(len(LENGTHS)), LENGTHS).tolist()


class TestMarks:
    @pytest.mark.parametrize("distance", [1, 2, 3, 5, 7, 8, 31, 64, 65, 100, 999])
    def test_reaches_as_far_as_is_asked_and_never_into_another_document(self, order, distance):
        chosen, owner = some(distance, order, 0.01), document_of(order)

        following = numbers(order.following(bits(chosen, order), distance)).tolist()
        leading = numbers(order.leading(bits(chosen, order), distance)).tolist()

        def near(at, steps):
            return any(at + n in chosen and owner[at + n] == owner[at] for n in steps if 0 <= at + n < order.n_words)

        assert following == [at for at in range(order.n_words) if near(at, range(-distance, 0))]
        assert leading == [at for at in range(order.n_words) if near(at, range(1, distance + 1))]

    def test_finds_neighbours_within_a_document(self, order):
        parts, owner = [some(seed, order, 0.3) for seed in (1, 2, 3)], document_of(order)

        found = numbers(order.sequences([bits(part, order) for part in parts])).tolist()

        assert found == [
            at
            for at in range(order.n_words - 2)
            if owner[at] == owner[at + 2] and all(at + n in part for n, part in enumerate(parts))
        ]

    def test_tells_the_documents_of_words(self, order):
        chosen = {0, 70, sum(LENGTHS) - 1}

        assert order.documents(bits(chosen, order)).tolist() == [True, True] + [False] * 6 + [True]
