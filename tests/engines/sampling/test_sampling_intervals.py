"""Intervals against published and independently computed numbers, and against their own definition."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import sampling
from cursitor.engines.sampling import intervals, sigma

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def binomial_at_most(x, n, share):
    return math.fsum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(x + 1))


def hypergeometric_at_most(x, n, marked, population):
    whole = math.comb(population, n)
    return sum(math.comb(marked, k) * math.comb(population - marked, n - k) for k in range(x + 1)) / whole


class TestClopperPearson:
    @pytest.mark.parametrize(
        ("x", "n", "low", "high"),
        [(0, 300, 0.0, 0.01222), (3, 300, 0.00207, 0.02894), (12, 400, 0.01560, 0.05182)],
    )
    def test_gives_the_known_limits(self, x, n, low, high):
        interval = intervals.clopper_pearson(x=x, n=n)

        assert (round(interval.low, 5), round(interval.high, 5)) == (low, high)

    @given(counts)
    @settings(max_examples=60)
    def test_leaves_half_the_doubt_in_each_tail(self, pair):
        x, n = pair

        interval = intervals.clopper_pearson(x=x, n=n)

        assert 0 <= interval.low <= x / n <= interval.high <= 1
        if x < n:
            assert binomial_at_most(x, n, interval.high) == pytest.approx(0.025, abs=1e-9)
        if x > 0:
            assert 1 - binomial_at_most(x - 1, n, interval.low) == pytest.approx(0.025, abs=1e-9)

    @pytest.mark.parametrize(
        ("x", "n", "confidence"), [(1, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 95)]
    )
    def test_refuses_counts_that_cannot_occur(self, x, n, confidence):
        with pytest.raises(intervals.ImpossibleCounts):
            intervals.clopper_pearson(x=x, n=n, confidence=confidence)


class TestOneSidedBounds:
    def test_give_the_known_limit(self):
        assert round(intervals.upper_bound(x=0, n=1500), 5) == 0.0020
        assert round(intervals.clopper_pearson(x=0, n=1500).high, 5) == 0.00246

    @given(counts)
    @settings(max_examples=40)
    def test_lie_within_the_two_sided_interval(self, pair):
        x, n = pair
        interval = intervals.clopper_pearson(x=x, n=n)

        assert interval.low <= intervals.lower_bound(x=x, n=n) <= x / n
        assert x / n <= intervals.upper_bound(x=x, n=n) <= interval.high


class TestWilson:
    def test_gives_the_known_limits(self):
        interval = intervals.wilson(x=3, n=300)

        assert (round(interval.low, 5), round(interval.high, 5)) == (0.00341, 0.02898)

    @given(counts)
    @settings(max_examples=40)
    def test_solves_the_score_equation(self, pair):
        x, n = pair
        interval = intervals.wilson(x=x, n=n)

        for limit in {interval.low, interval.high} - {0.0, 1.0}:
            deviation = abs(x / n - limit) / math.sqrt(limit * (1 - limit) / n)
            assert deviation == pytest.approx(1.959964, abs=1e-5)


class TestHypergeometric:
    @given(st.integers(1, 60), st.data())
    @settings(max_examples=60)
    def test_holds_exactly_the_lots_the_sample_does_not_exclude(self, population, data):
        n = data.draw(st.integers(1, population))
        x = data.draw(st.integers(0, n))

        interval = intervals.hypergeometric(x=x, n=n, population=population)

        kept = [
            marked
            for marked in range(x, population - (n - x) + 1)
            if hypergeometric_at_most(x, n, marked, population) > 0.025
            and 1 - hypergeometric_at_most(x - 1, n, marked, population) > 0.025
        ]
        assert (interval.low, interval.high) == (kept[0], kept[-1])

    def test_leaves_no_doubt_when_everything_was_seen(self):
        assert intervals.hypergeometric(x=7, n=100, population=100) == intervals.CountInterval(7, 7)

    def test_approaches_the_binomial_in_a_large_lot(self):
        upper = intervals.hypergeometric_upper(x=3, n=300, population=10_000_000)

        assert upper / 10_000_000 == pytest.approx(intervals.upper_bound(x=3, n=300), abs=1e-6)

    def test_refuses_a_sample_larger_than_the_lot(self):
        with pytest.raises(intervals.ImpossibleCounts, match="lot of 10"):
            intervals.hypergeometric(x=0, n=11, population=10)


class TestElusion:
    @pytest.mark.parametrize(
        ("relevant_found", "population", "expected"),
        [(42_000, 250_000, (0.977, 0.951, 0.991)), (2_000, 98_000, (0.836, 0.701, 0.933))],
    )
    def test_gives_the_known_recall(self, relevant_found, population, expected):
        recall = sampling.recall_from_elusion(
            relevant_found=relevant_found, found=6, sampled=1500, population=population
        )

        assert tuple(round(v, 3) for v in (recall.estimate, recall.low, recall.high)) == expected

    def test_states_what_may_remain(self):
        elusion = sampling.elusion(found=6, sampled=1500, population=98_000)

        assert (elusion.rate, elusion.remaining) == (0.004, 392.0)
        assert elusion.remaining_low < 392 < elusion.remaining_high
        assert elusion.low == elusion.remaining_low / 98_000
        # The finite lot can only be narrower than the endless process.
        endless = intervals.clopper_pearson(x=6, n=1500)
        assert endless.low <= elusion.low
        assert elusion.high <= endless.high

    def test_is_certain_when_the_whole_null_set_was_read(self):
        elusion = sampling.elusion(found=2, sampled=50, population=50)

        assert (elusion.remaining_low, elusion.remaining_high, elusion.low, elusion.high) == (2, 2, 0.04, 0.04)

    @pytest.mark.parametrize(
        ("relevant_found", "population", "is_weak"), [(42_000, 250_000, False), (2_000, 98_000, True)]
    )
    def test_warns_where_the_same_low_elusion_is_weak_proof(self, relevant_found, population, is_weak):
        counts = {"found": 6, "sampled": 1500, "population": population}

        warning = sampling.weakness(
            sampling.elusion(**counts), sampling.recall_from_elusion(relevant_found=relevant_found, **counts)
        )

        assert bool(warning) is is_weak
        assert not is_weak or "as low as 70.1%" in warning

    @pytest.mark.parametrize("estimate", [sampling.elusion, sampling.precision, sampling.richness])
    def test_lies_with_precision_and_richness_within_the_endless_interval(self, estimate):
        share = estimate(found=15, sampled=1500, population=100_000)

        # Clopper and Pearson, 15 of 1,500: 0.561 % to 1.644 % (Beta quantiles).
        assert 0.0056 < share.low < share.rate == 0.01 < share.high < 0.01644
        assert share.remaining_low <= share.remaining == 1000 <= share.remaining_high

    @pytest.mark.parametrize("found", [200, 320, 380])
    def test_needs_about_400_relevant_documents_for_recall_within_5_points(self, found):
        recall = sampling.recall_directly(relevant_found=found, relevant_sampled=400)

        assert round(recall.estimate - recall.low, 2) <= 0.05
        assert round(recall.high - recall.estimate, 2) <= 0.05

    def test_refuses_counts_that_cannot_occur(self):
        with pytest.raises(intervals.ImpossibleCounts):
            sampling.elusion(found=0, sampled=0, population=10)
        with pytest.raises(intervals.ImpossibleCounts):
            sampling.recall_from_elusion(relevant_found=-1, found=0, sampled=5, population=10)


class TestDefectRate:
    @pytest.mark.parametrize(
        ("level", "dpmo"), [(1, 691_462), (2, 308_538), (3, 66_807), (4, 6_210), (5, 233), (6, 3.4)]
    )
    def test_follows_the_published_sigma_table(self, level, dpmo):
        assert sampling.dpmo_at_sigma(level) == pytest.approx(dpmo, abs=0.5 if dpmo > 10 else 0.05)
        assert sampling.sigma_at_dpmo(sampling.dpmo_at_sigma(level)) == pytest.approx(level)

    def test_never_stands_without_its_interval_and_n(self):
        rate = sampling.defect_rate(defects=3, units=60, opportunities_per_unit=5)

        assert (rate.dpu, rate.dpmo, rate.opportunities) == (0.05, 10_000, 300)
        assert (round(rate.dpmo_low), round(rate.dpmo_high)) == (2067, 28_945)
        assert rate.sigma_low < rate.sigma < rate.sigma_high
        assert rate.sigma_long_term == rate.sigma - 1.5
        assert str(rate) == "10,000 DPMO (2,067-28,945 at 95%), sigma 3.83 (at least 3.40), n = 300"

    def test_gives_no_level_but_a_limit_when_no_defect_was_seen(self):
        rate = sampling.defect_rate(defects=0, units=300, opportunities_per_unit=1)

        assert (rate.sigma, rate.sigma_high) == (None, None)
        assert rate.sigma_low == pytest.approx(sampling.sigma_at_dpmo(rate.dpmo_high))

    @pytest.mark.parametrize(("defects", "units", "opportunities"), [(0, 0, 5), (0, 5, 0), (6, 5, 1), (-1, 5, 1)])
    def test_refuses_a_rate_without_evidence(self, defects, units, opportunities):
        with pytest.raises(intervals.ImpossibleCounts):
            sampling.defect_rate(defects=defects, units=units, opportunities_per_unit=opportunities)

    def test_needs_a_vast_clean_sample_to_show_six_sigma(self):
        assert round(sigma.opportunities_without_defect(dpmo=3.4), -3) == 881_000

    @pytest.mark.parametrize(
        ("per_cent", "at_95", "at_99"),
        [(5, 59, 90), (2, 149, 228), (1, 299, 459), (0.5, 598, 919), (0.1, 2995, 4603)],
    )
    def test_needs_the_known_clean_samples(self, per_cent, at_95, at_99):
        dpmo = per_cent * 10_000

        assert sigma.opportunities_without_defect(dpmo=dpmo) == at_95
        assert sigma.opportunities_without_defect(dpmo=dpmo, confidence=0.99) == at_99

    def test_multiplies_first_pass_yields(self):
        assert sigma.rolled_throughput_yield([0.9, 0.95, 0.98]) == pytest.approx(0.8379)
        with pytest.raises(ValueError, match="first pass yield"):
            sigma.rolled_throughput_yield([])
