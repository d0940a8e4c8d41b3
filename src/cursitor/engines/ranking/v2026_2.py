"""Ranking 2026.2: words, beginnings, pairs, subject and people weighed apart; learns from each decision as it falls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from cursitor.engines.ranking import features, linear, v2026_1
from cursitor.engines.ranking.features import Record

VERSION = "2026.2"
PRESUMED = 100
STRENGTH = 3.0
SMALL = 50
PROBED, MOST_CONTENDERS, SLACK = 32, 6, 1e-2
ALL_AT_ONCE = linear.Pains(steps=20, products=50, tolerance=0.01)
ONE_MORE = linear.Pains(steps=1, products=4, tolerance=0.1)

# What a document is read for: the length of its row, in how many documents at least a term occurs, terms at most.
WORDS, BEGINNINGS, PAIRS = (0.7, 2, 200_000), (0.5, 2, 100_000), (0.35, 3, 300_000)
SUBJECT, PEOPLE = (0.3, 2, 50_000), (0.3, 2, 100_000)
BLOCKS = (WORDS, BEGINNINGS, PAIRS, SUBJECT, PEOPLE)


def terms(record: Record) -> tuple[list[str], ...]:
    """
    Return the terms of a document, a list for each of `BLOCKS`.

    Words of its own text and its subject; their first five letters, so that `failed` and `failure` are not strangers;
    neighbouring words; words of the subject; addresses, domains and names.
    """
    own, subject = features.own_words(record), features.subject_words(record)
    words = own + subject
    pairs = [f"{first} {second}" for first, second in pairwise(own)]
    return words, [word[: features.BEGINNING] for word in words], pairs, subject, list(features.people(record))


class Ranker:
    """
    Scores a fixed list of documents from the labels so far. The list's order is the order of all arrays.

    It learns from the labelled documents and 100 random others that are presumed not to be relevant. Source: Cormack
    and Grossman, Autonomy and Reliability of Continuous Active Learning (2015).
    """

    def __init__(self, blocks: tuple[features.Block, ...], matrix: Any) -> None:
        self.blocks = blocks
        self.matrix = matrix

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Ranker":
        """Return the ranker of these documents. Takes seconds per ten thousand; keep it, or its `to_bytes`."""
        counted = [features.Counts() for _ in BLOCKS]
        for record in records:
            for counts, found in zip(counted, terms(record), strict=True):
                counts.add(found)
        less = 1 if len(records) < SMALL else 0
        made = [
            counts.block(weight=weight, rarest=rarest - less, most=most)
            for counts, (weight, rarest, most) in zip(counted, BLOCKS, strict=True)
        ]
        return cls(tuple(block for block, _ in made), sparse.hstack([part for _, part in made]).tocsr())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Ranker":
        """Return the ranker that `to_bytes` wrote."""
        return cls(*features.from_bytes(data))

    def to_bytes(self) -> bytes:
        """Return all that ranking needs, so that a later process need not read the documents again."""
        return features.to_bytes(self.blocks, self.matrix)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def learner(self, *, seed: int, description: str = "") -> "Learner":
        """
        Return what learns from one decision after another.

        seed: of the draw of presumed negatives. description: what is sought, in words; counts as one relevant document.
        """
        return Learner(self, seed=seed, description=description)

    def fit_rank(self, labels: Mapping[int, bool], *, seed: int, description: str = "") -> npt.NDArray[np.float64]:
        """
        Return every document's score, float (n,), in [0, 1]: higher is likelier relevant; for ranking, not a rate.

        labels: document index to relevant or not. The same labels, seed and description give the same scores.

        :raises NothingToLearnFrom: if no label is relevant and there is no description.
        :raises IndexError: if a label's index is not that of a document.
        """
        learner = self.learner(seed=seed, description=description)
        for at in sorted(labels):
            learner.note(at, is_relevant=labels[at])
        return learner.learn(ALL_AT_ONCE)

    def row(self, description: str) -> Any:
        """Return words as a row like those of the documents, float32 CSR (1, n_terms)."""
        found = zip(terms(Record(description)), self.blocks, strict=True)
        return sparse.hstack([features.row_of(words, block) for words, block in found]).tocsr()


@dataclass(frozen=True)
class _Seen:
    """Every document's margin by a model that has been moved on since; margins: float32 (n,)."""

    model: linear.Model
    margins: linear.Floats


class Learner:
    """What has been learnt so far in one review. After each decision it moves on from where it stood."""

    def __init__(self, ranker: Ranker, *, seed: int, description: str) -> None:
        self.matrix = ranker.matrix
        self.model = linear.Model(np.zeros(self.matrix.shape[1], np.float32))
        self.lessons = linear.Rows(self.matrix.shape[1])
        self.relevant: list[bool] = []
        self.is_coded = np.zeros(len(ranker), bool)
        self.presumed: list[int] = []
        self.drawn = np.random.default_rng(seed).permutation(len(ranker))
        self.n_drawn = 0
        self.tells_apart = False
        self.lengths = np.sqrt(np.asarray(self.matrix.multiply(self.matrix).sum(axis=1), np.float32).ravel())
        self.seen: _Seen | None = None
        if description:
            self.lessons.append(ranker.row(description), 0)
            self.relevant.append(True)

    def decide(self, at: int, *, is_relevant: bool) -> npt.NDArray[np.float64]:
        """
        Return every document's score after one more decision, float (n,), in [0, 1].

        :raises NothingToLearnFrom: as long as nothing is relevant.
        :raises IndexError: if `at` is not the index of a document.
        """
        self.learn_from(at, is_relevant=is_relevant)
        return self.scores()

    def learn_from(self, at: int, *, is_relevant: bool) -> None:
        """
        Move on by one more decision, without ranking yet.

        :raises NothingToLearnFrom: as long as nothing is relevant.
        :raises IndexError: if `at` is not the index of a document.
        """
        self.note(at, is_relevant=is_relevant)
        self._fit(ONE_MORE)

    def note(self, at: int, *, is_relevant: bool) -> None:
        """Take a decision down without learning from it yet."""
        if not 0 <= at < len(self.is_coded):
            raise IndexError(f"A label for document {at}; documents from 0 to {len(self.is_coded) - 1}")
        if self.is_coded[at]:
            raise ValueError(f"Document {at} was decided before.")
        self.is_coded[at] = True
        self.lessons.append(self.matrix, at)
        self.relevant.append(is_relevant)

    def learn(self, pains: linear.Pains) -> npt.NDArray[np.float64]:
        """Return every document's score after a `linear.fit` to all that was noted, float (n,)."""
        self._fit(pains)
        return self.scores()

    def scores(self) -> npt.NDArray[np.float64]:
        """Return every document's score by what was learnt so far, float (n,), in [0, 1]."""
        if not self.tells_apart:
            return np.ones(len(self.is_coded))
        return _shares(self._margins(self.matrix))

    def best(self, is_open: npt.NDArray[np.bool_]) -> int:
        """
        Return the open document of the highest score, the first of equals: what `scores` would put first.

        A document's margin moves at most by its length times that of what the weights moved by (Cauchy and Schwarz)
        since all were last looked at, so only those are scored that may have come to the front.
        """
        if not self.tells_apart:
            return int(np.argmax(is_open))
        candidates = self._contenders(is_open)
        if candidates is None:
            self.seen = _Seen(self.model, self._margins(self.matrix))
            return int(np.argmax(np.where(is_open, _shares(self.seen.margins), -np.inf)))
        return int(candidates[np.argmax(_shares(self._margins(self.matrix[candidates])))])

    def _contenders(self, is_open: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp] | None:
        """Return open documents among which is the best, ascending; None if they are too many to be worth it."""
        if self.seen is None:
            return None
        moved = float(np.linalg.norm(self.model.weights - self.seen.model.weights)) + SLACK
        shifted = self.model.intercept - self.seen.model.intercept
        highest = np.where(is_open, self.seen.margins + (self.lengths * moved + shifted), -np.inf)
        few = np.argpartition(highest, -PROBED)[-PROBED:] if len(highest) > PROBED else np.arange(len(highest))
        reached = self._margins(self.matrix[few[is_open[few]]]).max(initial=-np.inf)
        found = np.flatnonzero(highest >= reached - SLACK)
        is_worth_it = 0 < len(found) <= len(highest) // MOST_CONTENDERS and reached < linear.STEEPEST
        return found if is_worth_it else None

    def _margins(self, rows: Any) -> linear.Floats:
        return np.asarray(rows @ self.model.weights + np.float32(self.model.intercept))

    def _fit(self, pains: linear.Pains) -> None:
        if not any(self.relevant):
            raise v2026_1.NothingToLearnFrom
        self._presume()
        relevant = np.array([*self.relevant, *[False] * len(self.presumed)])
        self.tells_apart = bool(self.matrix.shape[1]) and not relevant.all()
        if self.tells_apart:
            rows = self.lessons.with_others(self.matrix, self.presumed)
            self.model = linear.fit(rows, relevant, self.model, strength=STRENGTH, pains=pains)

    def _presume(self) -> None:
        """Let one presumed negative go, and those that were coded; draw others in their place."""
        self.presumed = [at for at in self.presumed[1:] if not self.is_coded[at]]
        n_tries = 0
        while len(self.presumed) < PRESUMED and n_tries < len(self.drawn):
            at = int(self.drawn[self.n_drawn % len(self.drawn)])
            self.n_drawn += 1
            n_tries += 1
            if not self.is_coded[at] and at not in self.presumed:
                self.presumed.append(at)


def _shares(margins: linear.Floats) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-margins.astype(np.float64))))
