"""Oracle: dictionaries and sets of Python, which hold the same in ten times the memory."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.dedupe.compact import Entries, Firsts, Groups, Postings

NUMBERS = st.integers(0, 2**64 - 1)


class TestFirsts:
    @given(st.lists(st.one_of(st.integers(0, 40), NUMBERS), max_size=200))
    def test_are_those_of_a_dictionary(self, numbers):
        firsts, oracle = Firsts(), {}
        for position, number in enumerate(numbers):
            assert firsts.setdefault(number, position) == oracle.setdefault(number, position)
        assert [firsts.get(number) for number in range(50)] == [oracle.get(number) for number in range(50)]

    def test_grow(self):
        firsts = Firsts()
        for position in range(5000):
            firsts.setdefault(position * position, position)

        assert all(firsts.get(position * position) == position for position in range(5000))
        assert firsts.get(2) is None


class TestPostings:
    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=60), st.booleans())
    def test_are_the_positions_in_order(self, pairs, are_wide):
        entries = Entries(are_wide=are_wide)
        for number, position in pairs:
            entries.add(number, position)
        postings = Postings(entries)

        for number in range(11):
            expected = sorted(position for key, position in pairs if key == number)
            assert postings.of(number).tolist() == expected
            assert postings.latest(number, 3).tolist() == expected[-3:]
            assert postings.first(number) == (expected[0] if expected else None)


class TestGroups:
    @given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
    @settings(max_examples=60)
    def test_are_what_chains_of_pairs_join(self, pairs):
        groups, oracle = Groups(20), [{position} for position in range(20)]
        for one, other in pairs:
            groups.join(one, other)
            joined = oracle[one] | oracle[other]
            for position in joined:
                oracle[position] = joined

        assert groups.roots().tolist() == [min(together) for together in oracle]
        assert [groups.root(position) for position in range(20)] == groups.roots().tolist()
