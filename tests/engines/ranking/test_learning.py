"""Learning from one decision after another ends where learning from all at once does, and reviews nothing twice."""

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cursitor.engines.ranking import algorithms, linear, replay, v2026_1, v2026_2
from cursitor.engines.ranking.features import Record

TO_THE_END = linear.Pains(steps=50, products=200, tolerance=1e-4)
WORDS = ["seal", "tank", "car", "load", "lunch", "friday", "station", "holiday", "list", "parking"]


@pytest.fixture(scope="module")
def lessons():
    rng = np.random.default_rng(3)
    rows = sparse.random(200, 80, 0.2, format="csr", dtype=np.float32, random_state=rng)
    return rows, rows @ rng.normal(size=80) + rng.normal(size=200) > 0.5


@pytest.fixture(scope="module")
def ranker():
    rng = np.random.default_rng(4)
    return algorithms.ranker("2026.2").of([Record(" ".join(rng.choice(WORDS, 8))) for _ in range(120)])


class TestFit:
    @pytest.mark.parametrize("strength", [0.1, 3.0, 30.0])
    def test_ends_where_liblinear_does(self, lessons, strength):
        rows, relevant = lessons
        peer = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", tol=1e-8, max_iter=1000)
        peer.fit(rows, relevant)

        model = linear.fit(rows, relevant, linear.Model(np.zeros(80, np.float32)), strength=strength, pains=TO_THE_END)

        np.testing.assert_allclose(model.weights, peer.coef_[0], atol=2e-3 * np.abs(peer.coef_).max())
        assert model.intercept == pytest.approx(peer.intercept_[0], abs=2e-3 * np.abs(peer.coef_).max())

    def test_stays_where_it_is_when_nothing_can_be_gained(self, lessons):
        rows, relevant = lessons
        begun = linear.Model(np.zeros(80, np.float32))

        there = linear.fit(rows, relevant, begun, strength=1.0, pains=TO_THE_END)
        again = linear.fit(rows, relevant, there, strength=1.0, pains=TO_THE_END)

        np.testing.assert_allclose(again.weights, there.weights, atol=1e-4)


class TestRows:
    @given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
    @settings(max_examples=30, deadline=None)
    def test_are_those_that_were_added_in_their_order(self, chosen):
        matrix = sparse.random(10, 5000, 0.9, format="csr", dtype=np.float32, random_state=1)
        rows = linear.Rows(5000)

        for at in chosen:
            rows.append(matrix, at)

        assert rows.matrix().shape == (len(chosen), 5000)
        np.testing.assert_array_equal(rows.matrix().toarray(), matrix.toarray()[chosen])


class TestLearner:
    def test_ranks_as_one_who_learnt_all_at_once(self, ranker):
        relevant = np.asarray(ranker.matrix[:, ranker.blocks[0].terms.index("seal")].todense()).ravel() > 0
        learner = ranker.learner(seed=1)

        for at in [*np.flatnonzero(relevant)[:10], *np.flatnonzero(~relevant)[:10]]:
            scores = learner.decide(int(at), is_relevant=bool(relevant[at]))

        at_once = ranker.fit_rank({at: bool(relevant[at]) for at in np.flatnonzero(learner.is_coded).tolist()}, seed=1)
        assert np.corrcoef(scores, at_once)[0, 1] > 0.95

    def test_refuses_a_second_decision_on_one_document(self, ranker):
        learner = ranker.learner(seed=1)
        learner.decide(3, is_relevant=True)

        with pytest.raises(ValueError, match="Document 3 was decided before"):
            learner.decide(3, is_relevant=False)

    def test_refuses_to_learn_while_nothing_is_relevant(self, ranker):
        with pytest.raises(v2026_1.NothingToLearnFrom):
            ranker.learner(seed=1).decide(3, is_relevant=False)

    def test_counts_a_description_as_relevant(self, ranker):
        scores = ranker.learner(seed=1, description="seal of the tank").decide(3, is_relevant=False)

        assert np.ptp(scores) > 0


class TestDecisions:
    @pytest.mark.parametrize("version", sorted(algorithms.ALGORITHMS))
    @given(data=st.data())
    @settings(max_examples=15, deadline=None)
    def test_review_nothing_twice_and_find_all_in_any_order(self, version, data):
        texts = data.draw(
            st.lists(st.sampled_from(["seal car", "seal", "lunch friday", "list", ""]), min_size=2, max_size=14)
        )
        truth = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)).filter(any)))
        family_of = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(texts), max_size=len(texts))))
        shuffled = np.array(data.draw(st.permutations(range(len(texts)))))

        for places in (np.arange(len(texts)), shuffled):
            made = algorithms.ranker(version).of([Record(texts[at]) for at in places])
            learner = algorithms.learner(made, seed=2)
            order = list(replay.decisions(learner, truth[places], family_of[places], seed=2))
            run = replay.of_order(np.array(order), truth[places])

            assert len(order) == len(set(order)) <= len(texts)
            assert run.found[-1] == truth.sum()
            assert run.effort(0.8) <= run.effort(0.95) <= run.effort(1.0) == len(order)
            assert sorted(run.to_the_end(truth[places]).order.tolist()) == list(range(len(texts)))

    def test_read_a_family_whole_before_the_next(self, ranker):
        family_of = np.arange(120) // 4
        truth = np.arange(120) % 9 == 0

        order = list(replay.decisions(ranker.learner(seed=1), truth, family_of, seed=1))

        read = family_of[order]
        assert 1 + np.count_nonzero(np.diff(read)) == len(set(read.tolist()))

    @pytest.mark.parametrize("contenders", [1, 6, 1000])
    def test_take_the_document_that_ranking_everything_puts_first(self, ranker, monkeypatch, contenders):
        monkeypatch.setattr(v2026_2, "MOST_CONTENDERS", contenders)
        monkeypatch.setattr(v2026_2, "PROBED", 4)
        truth = np.arange(120) % 9 == 0
        learner, is_open = ranker.learner(seed=5), np.ones(120, bool)
        at = 0
        for _ in range(119):
            is_open[at] = False
            learner.learn_from(at, is_relevant=bool(truth[at]))

            best = learner.best(is_open)

            assert best == int(np.argmax(np.where(is_open, learner.scores(), -np.inf)))
            at = best

    def test_repeat_themselves_from_the_same_seed(self, ranker):
        truth = np.arange(120) % 9 == 0
        families = np.arange(120)

        orders = [list(replay.decisions(ranker.learner(seed=5), truth, families, seed=5)) for _ in range(2)]

        assert orders[0] == orders[1]
