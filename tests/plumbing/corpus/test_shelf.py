"""What is put away comes back as it was."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cursitor.plumbing.corpus.shelf import Rows, Shelf

VALUES = st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


class TestShelf:
    @given(st.lists(st.tuples(st.integers(0, 30), VALUES), max_size=40))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
    def test_gives_what_was_put_there_last(self, tmp_path, puts):
        shelf, oracle = Shelf(tmp_path), {}
        for number, value in puts:
            shelf[number] = oracle[number] = value
            assert shelf[number] == value

        assert {number: shelf[number] for number in range(40) if number in shelf} == oracle
        assert len(shelf) == max(oracle, default=-1) + 1

    def test_leaves_nothing_in_the_folder(self, tmp_path):
        shelf = Shelf(tmp_path)
        shelf.append(["words"] * 100_000)

        assert shelf[0][-1] == "words"
        assert list(tmp_path.iterdir()) == []


class TestRows:
    @pytest.mark.parametrize("chosen", [slice(2, 5), slice(None), np.array([7, 0, 7]), np.array([], np.int64)])
    def test_give_the_rows_that_an_array_would(self, tmp_path, chosen):
        numbers = np.random.default_rng(1).integers(0, 2**32, (9, 4)).astype(np.uint32)
        rows = Rows(tmp_path, 4)
        for row in numbers:
            rows.append(row.astype("<u4").tobytes())

        assert np.array_equal(rows[chosen], numbers[chosen])
        assert len(rows) == 9

    def test_may_be_none(self, tmp_path):
        assert Rows(tmp_path, 4)[:].shape == (0, 4)
