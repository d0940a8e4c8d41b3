"""Agreement and charts against published examples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.sampling import agreement, charts

# Ten units, fourteen readers, five categories: the textbook example of Fleiss' kappa.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
KRIPPENDORFF_2011 = """
1 2 3 3 2 1 4 1 2 x x x
1 2 3 3 2 2 4 1 2 5 x 3
x 3 3 3 2 3 4 2 2 5 1 x
1 2 3 3 2 4 4 1 2 5 1 x
"""
THREE_CODERS = """
x x x x x 3 4 1 2 1 1 3 3 x 3
1 x 2 1 3 3 4 3 x x x x x x x
x x 2 1 3 4 4 x 2 1 1 3 3 x 4
"""


def ratings(text):
    rows = [row.split() for row in text.strip().split("\n")]
    return [[None if cell == "x" else int(cell) for cell in row] for row in rows]


class TestTwoReaders:
    def test_gives_the_textbook_kappa(self):
        found = agreement.two_readers([[20, 5], [10, 15]])

        assert (found.n, found.observed, found.expected) == (50, 0.7, 0.5)
        assert found.kappa == pytest.approx(0.4)
        assert found.pabak == pytest.approx(0.4)

    def test_stays_steady_where_kappa_collapses(self):
        # Both readers call 118 of 125 units positive: high agreement, yet kappa is below zero.
        found = agreement.two_readers([[118, 5], [2, 0]])

        assert found.observed == pytest.approx(0.944)
        assert found.kappa == pytest.approx(-0.0234, abs=0.0001)
        assert found.ac1 == pytest.approx(0.9408, abs=0.0001)

    def test_has_no_kappa_where_chance_explains_everything(self):
        assert agreement.two_readers([[9, 0], [0, 0]]).kappa is None

    @given(st.lists(st.tuples(st.sampled_from("RN"), st.sampled_from("RN")), min_size=1, max_size=60))
    @settings(max_examples=40)
    def test_does_not_depend_on_who_is_first(self, pairs):
        one = agreement.two_readers(agreement.table_of(pairs, "RN"))
        other = agreement.two_readers(agreement.table_of([pair[::-1] for pair in pairs], "RN"))

        assert one.observed == other.observed
        assert one.kappa == pytest.approx(other.kappa) if one.kappa is not None else other.kappa is None
        assert one.ac1 == pytest.approx(other.ac1)

    @pytest.mark.parametrize("table", [[], [[1]], [[1, 2], [3]], [[0, 0], [0, 0]], [[1, -1], [0, 1]]])
    def test_refuses_a_table_without_comparison(self, table):
        with pytest.raises(agreement.NothingToCompare):
            agreement.two_readers(table)

    def test_refuses_a_reading_outside_the_categories(self):
        with pytest.raises(agreement.NothingToCompare, match="'X'"):
            agreement.table_of([("R", "X")], "RN")


class TestFleissKappa:
    def test_gives_the_textbook_value(self):
        assert agreement.fleiss_kappa(FLEISS) == pytest.approx(0.2099, abs=0.00005)

    def test_refuses_units_with_different_numbers_of_readers(self):
        with pytest.raises(agreement.NothingToCompare):
            agreement.fleiss_kappa([[2, 0], [1, 0]])


class TestKrippendorffAlpha:
    @pytest.mark.parametrize(
        ("metric", "alpha"), [("NOMINAL", 0.7434), ("ORDINAL", 0.8154), ("INTERVAL", 0.8491), ("RATIO", 0.7974)]
    )
    def test_gives_the_published_values(self, metric, alpha):
        found = agreement.krippendorff_alpha(ratings(KRIPPENDORFF_2011), metric=metric)

        assert found == pytest.approx(alpha, abs=0.0001)

    def test_gives_the_value_of_the_second_example(self):
        assert agreement.krippendorff_alpha(ratings(THREE_CODERS)) == pytest.approx(0.691, abs=0.0005)

    def test_is_one_for_full_and_undefined_for_constant_ratings(self):
        assert agreement.krippendorff_alpha([[1, 2, 3], [1, 2, 3]]) == 1.0
        assert agreement.krippendorff_alpha([[1, 1], [1, 1]]) is None

    @pytest.mark.parametrize(
        ("given_ratings", "metric"),
        [([[1, None], [None, 1]], "NOMINAL"), ([[1], [1, 2]], "NOMINAL"), ([[1], [2]], "X")],
    )
    def test_refuses_ratings_that_cannot_be_compared(self, given_ratings, metric):
        with pytest.raises(agreement.NothingToCompare):
            agreement.krippendorff_alpha(given_ratings, metric=metric)


class TestCharts:
    def test_of_shares_have_limits_for_each_lot(self):
        points = charts.p_chart(defective=[2, 1, 3, 20], inspected=[100, 50, 100, 100])

        assert points[0].centre == pytest.approx(26 / 350)
        assert points[0].high == pytest.approx(26 / 350 + 3 * (26 / 350 * 324 / 350 / 100) ** 0.5)
        assert points[1].high > points[0].high
        assert [point.is_signal for point in points] == [False, False, False, True]
        assert points[0].low == 0.0

    def test_of_defects_per_unit_allow_several_on_one(self):
        points = charts.u_chart(defects=[30, 25, 90], units=[10, 10, 10])

        assert points[0].centre == pytest.approx(145 / 30)
        assert points[2].high == pytest.approx(145 / 30 + 3 * (145 / 30 / 10) ** 0.5)
        assert points[2].is_signal

    @pytest.mark.parametrize(
        ("weight", "width", "limit"), [(0.1, 2.814, 0.6456), (0.2, 2.962, 0.9873), (0.3, 3.0, 1.2603)]
    )
    def test_of_moving_averages_reach_the_known_limits(self, weight, width, limit):
        assert charts.ewma_limit(weight=weight, width=width) == pytest.approx(limit, abs=0.00005)

        points = charts.ewma_chart([0.0] * 60, centre=0.0, sigma=1.0, weight=weight, width=width)

        assert points[0].high == pytest.approx(width * weight)
        assert points[-1].high == pytest.approx(limit, abs=0.0001)

    def test_of_moving_averages_find_a_small_drift(self):
        points = charts.ewma_chart([0.0] * 5 + [1.5] * 12, centre=0.0, sigma=1.0)

        assert not any(point.is_signal for point in points[:5])
        assert points[-1].is_signal

    @pytest.mark.parametrize(
        "chart",
        [
            lambda: charts.p_chart(defective=[], inspected=[]),
            lambda: charts.p_chart(defective=[2], inspected=[1]),
            lambda: charts.u_chart(defects=[1], units=[0]),
            lambda: charts.u_chart(defects=[-1], units=[1]),
            lambda: charts.ewma_chart([], centre=0, sigma=1),
            lambda: charts.ewma_chart([1.0], centre=0, sigma=1, weight=0),
        ],
    )
    def test_refuse_what_cannot_be_drawn(self, chart):
        with pytest.raises(charts.NoChart):
            chart()
