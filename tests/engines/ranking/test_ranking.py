"""Ranking finds what it was shown, families stay together, and certificates hold as often as they say."""

import doctest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from cursitor.engines.ranking import algorithms, families, features, linear, replay, stopping, v2026_1
from cursitor.engines.ranking.features import Record

PAGE = Path(__file__).parents[3] / "docs/algorithms/ranking.md"
ABOUT_SEALS = ["the", "seal", "of", "the", "tank", "car", "failed", "under", "load", "and", "leaked"]
ABOUT_LUNCH = ["shall", "we", "have", "lunch", "on", "thursday", "at", "the", "new", "place", "near", "station"]
BY_EMIL = "See below, all of you.\n---- Forwarded by Emil ----\nSeal"
FYI = "FYI\n-----Original Message-----\nThe seal failed."


def body(rng, *, is_relevant):
    own, common = (ABOUT_SEALS, ABOUT_LUNCH) if is_relevant else (ABOUT_LUNCH, ABOUT_LUNCH)
    return " ".join([*rng.choice(own, 6), *rng.choice(common, 10)])


@pytest.fixture(scope="module")
def truth():
    return np.random.default_rng(5).random(400) < 0.1


@pytest.fixture(scope="module", params=sorted(algorithms.ALGORITHMS))
def ranker(request, truth):
    rng = np.random.default_rng(6)
    return algorithms.ranker(request.param).of([Record(body(rng, is_relevant=relevant)) for relevant in truth])


class TestFitRank:
    def test_puts_relevant_documents_first_after_one_label(self, ranker, truth):
        first = int(np.flatnonzero(truth)[0])

        scores = ranker.fit_rank({first: True}, seed=1)

        top = np.argsort(-scores)[: truth.sum()]
        assert scores.shape == (400,)
        assert ((scores >= 0) & (scores <= 1)).all()
        assert truth[top].mean() > 0.8

    def test_gives_the_same_scores_for_the_same_labels_and_seed(self, ranker):
        labels = {3: True, 9: False, 1: False}

        scores = ranker.fit_rank(labels, seed=1)

        np.testing.assert_array_equal(scores, ranker.fit_rank(dict(reversed(labels.items())), seed=1))
        assert not np.array_equal(scores, ranker.fit_rank(labels, seed=2))

    def test_starts_from_a_description_alone(self, ranker, truth):
        scores = ranker.fit_rank({}, seed=1, description="tank car seal failed under load")

        assert truth[np.argsort(-scores)[:20]].mean() > 0.8

    def test_refuses_to_learn_from_nothing(self, ranker):
        with pytest.raises(v2026_1.NothingToLearnFrom, match="one document coded relevant"):
            ranker.fit_rank({1: False}, seed=1)

    def test_refuses_a_label_of_no_document(self, ranker):
        with pytest.raises(IndexError, match="documents from 0 to 399"):
            ranker.fit_rank({400: True}, seed=1)

    def test_comes_back_from_bytes_unchanged(self, ranker):
        again = type(ranker).from_bytes(ranker.to_bytes())

        expected = ranker.fit_rank({3: True}, seed=1, description="a seal failed")
        np.testing.assert_array_equal(again.fit_rank({3: True}, seed=1, description="a seal failed"), expected)

    @pytest.mark.parametrize("records", [[Record("")], [Record("seal")], [Record(""), Record("?!")]])
    @pytest.mark.parametrize("version", sorted(algorithms.ALGORITHMS))
    def test_ranks_documents_without_words(self, version, records):
        scores = algorithms.ranker(version).of(records).fit_rank({0: True}, seed=1)

        assert np.isfinite(scores).all()

    def test_refuses_a_version_that_does_not_exist(self):
        with pytest.raises(algorithms.UnknownAlgorithm, match=r"there are 2026\.1, 2026\.2"):
            algorithms.ranker("1999.1")


class TestFeatures:
    def test_mark_subject_people_and_domains(self):
        record = Record("Sealed it", "Gasket", ("Emil Lindqvane <Emil@danube.test>",))

        found = list(features.words(record))

        assert found == [
            *("sealed", "begins:seale", "it", "gasket", "subject:gasket"),
            *("address:emil@danube.test", "domain:danube.test", "name:emil", "name:lindqvane"),
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("I will look at it today.\n> Please look\n> at it", "I will look at it today."),
            ("I will look at it today.\n\nOn 3 March Emil wrote:\n> Please", "I will look at it today."),
            (FYI, FYI),
            (BY_EMIL, BY_EMIL),
        ],
    )
    def test_leave_quoted_messages_out(self, text, expected):
        assert features.without_quotes(text).strip() == expected

    def test_weigh_as_the_formula_says(self):
        records = [Record("aa aa bb"), Record("aa"), Record("aa")]

        made, matrix = features.block(records, features.words, weight=1.0, rarest=1, most=10)

        tf_idf = np.array([(1 + np.log(2)) * 1.0, np.log(4 / 2) + 1])
        np.testing.assert_allclose(matrix[0].toarray()[0], tf_idf / np.linalg.norm(tf_idf), rtol=1e-5)
        assert made.terms == ("aa", "bb")

    def test_keep_the_most_widespread_terms(self):
        records = [Record("aa bb cc"), Record("bb cc"), Record("cc")]

        made, matrix = features.block(records, features.words, weight=1.0, rarest=1, most=2)

        assert made.terms == ("bb", "cc")
        assert matrix.shape == (3, 2)


class TestNextFamilies:
    @given(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.booleans()), max_size=15),
        st.sets(st.integers(0, 5)),
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_ranking_each_family_by_its_best_open_member(self, rows, held):
        scores = np.array([row[0] for row in rows], dtype=float)
        family_of = np.array([row[1] for row in rows], dtype=np.int64)
        coded = np.array([row[2] for row in rows], dtype=bool)
        best: dict[int, tuple[float, int]] = {}
        for at, (score, family, is_coded) in enumerate(rows):
            if not is_coded and family not in held:
                best[family] = min(best.get(family, (0.0, 99)), (-score, at))

        found = families.next_families(scores, family_of, coded, held=held)

        assert found.tolist() == sorted(best, key=best.get)

    def test_refuses_arrays_of_different_length(self):
        with pytest.raises(ValueError, match="Lengths differ"):
            families.next_families(np.zeros(2), np.zeros(3, np.int64), np.zeros(2, bool))


class TestSimulate:
    def test_finds_everything_sooner_than_chance(self, ranker, truth):
        run = replay.simulate(ranker, truth, seed=1)

        assert sorted(run.order.tolist()) == sorted(set(run.order.tolist()))
        assert run.found[-1] == run.n_relevant == truth.sum()
        assert run.effort(0.8) <= run.effort(0.95) <= run.effort(1.0) == int(np.argmax(run.found)) + 1
        assert run.effort(0.95) < 0.5 * len(truth)

    def test_reviews_families_whole(self, ranker, truth):
        family_of = np.arange(len(truth)) // 3

        run = replay.simulate(ranker, truth, seed=1, family_of=family_of)

        reviewed = family_of[run.order]
        n_changes = 1 + np.count_nonzero(np.diff(reviewed))
        assert n_changes == len(set(reviewed.tolist()))

    def test_tells_where_the_knee_signal_came(self):
        truth = np.arange(1000) < 160
        run = replay.Replay(np.arange(1000), np.cumsum(truth), 160)

        assert run.knee() == (300, 1.0)
        assert replay.Replay(np.arange(150), np.cumsum(truth[:150]), 160).knee() is None

    def test_repeats_itself_from_the_same_seed(self, ranker, truth):
        order = replay.simulate(ranker, truth, seed=3).order

        np.testing.assert_array_equal(order, replay.simulate(ranker, truth, seed=3).order)

    def test_refuses_to_look_for_nothing(self, ranker, truth):
        with pytest.raises(replay.NothingRelevant):
            replay.simulate(ranker, np.zeros_like(truth), seed=1)

    def test_does_not_claim_a_recall_that_the_replay_did_not_reach(self, ranker, truth):
        run = replay.simulate(ranker, truth, seed=1, until=0.5)

        with pytest.raises(ValueError, match="The replay ended at"):
            run.effort(0.95)


class TestKnee:
    @pytest.mark.parametrize("step", [1, 10])
    def test_equals_the_formula_tried_at_every_place(self, step):
        found = np.cumsum(np.random.default_rng(2).random(300) < np.linspace(0.5, 0, 300))

        knee = stopping.knee(found, step=step)

        ratios = {i: found[i - 1] / i * (300 - i) / (found[-1] - found[i - 1] + 1) for i in range(step, 300, step)}
        assert knee.ratio == pytest.approx(max(ratios.values()))
        assert knee.at == max(ratios, key=ratios.get)

    def test_waits_for_two_steps(self):
        assert stopping.knee(np.ones(199, dtype=int)) == stopping.Knee(0.0, 155, 199)

    def test_takes_no_short_dry_spell_for_a_bend(self):
        found = np.minimum(np.arange(1, 481), 430)

        assert stopping.knee(found, step=1).is_reached
        assert not stopping.knee(found).is_reached

    @pytest.mark.parametrize(("n_found", "needed"), [(0, 156), (40, 116), (150, 6), (900, 6)])
    def test_needs_less_of_a_bend_the_more_was_found(self, n_found, needed):
        assert stopping.knee(np.full(1000, n_found)).needed == needed

    def test_is_not_reached_on_a_straight_line(self):
        assert not stopping.knee(np.arange(1, 500)).is_reached


class TestQbcb:
    @pytest.mark.parametrize(
        ("target", "r", "j"),
        [
            *((0.70, 30, 26), (0.70, 100, 78), (0.75, 30, 27), (0.75, 100, 83), (0.80, 30, 28), (0.80, 60, 54)),
            *((0.80, 100, 87), (0.80, 200, 170), (0.90, 60, 59), (0.90, 100, 96), (0.90, 200, 188)),
        ],
    )
    def test_equals_the_table_and_is_the_smallest_that_holds(self, target, r, j):
        assert stopping.qbcb_j(r, target) == j
        assert binom.cdf(j - 1, r, target) >= 0.95 > binom.cdf(j - 2, r, target)

    @pytest.mark.parametrize(("target", "r"), [(0.70, 9), (0.75, 11), (0.80, 14), (0.90, 29), (0.95, 59)])
    def test_refuses_below_the_smallest_sample_of_the_table(self, target, r):
        assert stopping.smallest_r(target) == r
        assert stopping.qbcb_j(r, target) == r
        with pytest.raises(stopping.NoCertificate, match=f"{r} can"):
            stopping.qbcb_j(r - 1, target)

    @pytest.mark.parametrize(
        ("r", "target", "drawn"), [(14, 0.8, 1.0), (30, 0.8, 1.0), (30, 0.7, 1.0), (30, 0.8, 0.07)]
    )
    def test_reaches_the_target_in_95_of_100_simulated_reviews(self, r, target, drawn):
        rng = np.random.default_rng(11)
        truth = np.arange(3000) < 300
        order = np.argsort(np.where(truth, rng.random(3000), rng.random(3000) + 0.3))
        run = replay.Replay(order, np.cumsum(truth[order]), 300)

        terms = {"r": r, "target": target, "drawn": drawn}
        recalls = [replay.certified(run, truth, **terms, seed=seed).recall for seed in range(1000)]

        assert np.mean(np.array(recalls) >= target) >= 0.95

    def test_draws_fewer_where_relevant_documents_are_rare(self):
        truth = np.arange(1000) < 40
        run = replay.Replay(np.arange(1000), np.cumsum(truth), 40)

        found = [replay.certified(run, truth, r=30, target=0.8, drawn=0.25, seed=seed) for seed in range(50)]

        assert all(14 <= each.known <= 30 for each in found)
        assert all(each.known in (14, 30) or each.sample == 250 for each in found)
        assert all(each.must_surface == stopping.qbcb_j(each.known, 0.8) for each in found)
        assert all(each.sample <= each.effort for each in found)

    def test_refuses_to_draw_more_than_there_are(self, truth):
        run = replay.Replay(np.arange(400), np.cumsum(truth), int(truth.sum()))

        with pytest.raises(stopping.NoCertificate, match="cannot be drawn"):
            replay.certified(run, truth, r=200, target=0.8, seed=1)


class TestDocumentation:
    @pytest.mark.parametrize("module", [families, features, linear, stopping])
    def test_examples_of_the_code_hold(self, module):
        assert doctest.testmod(module).failed == 0

    def test_examples_of_the_page_hold(self):
        results = doctest.testfile(str(PAGE), module_relative=False)

        assert results.attempted > 0
        assert results.failed == 0
