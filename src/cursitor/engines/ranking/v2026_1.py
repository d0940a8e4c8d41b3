"""Ranking 2026.1: TF-IDF of words, people and word pairs; logistic regression; presumed negatives as in BMI."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from cursitor.engines.ranking import features
from cursitor.engines.ranking.features import Record

VERSION = "2026.1"
PRESUMED = 100
STRENGTH = 3.0
WORDS_WEIGHT, PAIRS_WEIGHT = 0.94, 0.34
MOST_WORDS, MOST_PAIRS = 200_000, 300_000
SMALL = 50


class NothingToLearnFrom(ValueError):
    """Raised when no document is labelled relevant and no description was given."""

    def __init__(self) -> None:
        super().__init__("Ranking needs one document coded relevant, or a description of what is sought.")


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
        rarest = 1 if len(records) < SMALL else 2
        words, of_words = features.block(records, features.words, weight=WORDS_WEIGHT, rarest=rarest, most=MOST_WORDS)
        pairs, of_pairs = features.block(
            records, features.word_pairs, weight=PAIRS_WEIGHT, rarest=rarest + 1, most=MOST_PAIRS
        )
        return cls((words, pairs), sparse.hstack([of_words, of_pairs]).tocsr())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Ranker":
        """Return the ranker that `to_bytes` wrote."""
        return cls(*features.from_bytes(data))

    def to_bytes(self) -> bytes:
        """Return all that ranking needs, so that a later process need not read the documents again."""
        return features.to_bytes(self.blocks, self.matrix)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def fit_rank(self, labels: Mapping[int, bool], *, seed: int, description: str = "") -> npt.NDArray[np.float64]:
        """
        Return every document's score, float (n,), in [0, 1]: higher is likelier relevant; for ranking, not a rate.

        labels: document index to relevant or not. seed: of the draw of presumed negatives; the same labels and seed
        give the same scores. description: what is sought, in words; counts as one relevant document.

        :raises NothingToLearnFrom: if no label is relevant and there is no description.
        :raises IndexError: if a label's index is not that of a document.
        """
        rows, relevant = self._lessons(labels, np.random.default_rng(seed))
        matrix = self.matrix[rows]
        if description:
            matrix = sparse.vstack([matrix, self._row(description)]).tocsr()
            relevant = np.append(relevant, True)
        if not relevant.any():
            raise NothingToLearnFrom
        if relevant.all() or not self.matrix.shape[1]:
            return np.ones(len(self))  # nothing tells the documents apart
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=0)
        model.fit(matrix, relevant)
        margins = self.matrix @ model.coef_[0].astype(np.float32) + model.intercept_[0]
        return np.asarray(1 / (1 + np.exp(-margins.astype(np.float64))))

    def _lessons(
        self, labels: Mapping[int, bool], rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return the documents to learn from and whether each counts as relevant."""
        known = np.array(sorted(labels), dtype=np.int64)
        if known.size and not 0 <= known[0] <= known[-1] < len(self):
            raise IndexError(f"Labels run from {known[0]} to {known[-1]}; documents from 0 to {len(self) - 1}")
        unknown = np.setdiff1d(np.arange(len(self)), known, assume_unique=True)
        presumed = rng.choice(unknown, size=min(PRESUMED, unknown.size), replace=False)
        relevant = np.array([labels[at] for at in known.tolist()], dtype=bool)
        return np.concatenate([known, presumed]), np.concatenate([relevant, np.zeros(presumed.size, bool)])

    def _row(self, description: str) -> Any:
        record = Record(description)
        words, pairs = self.blocks
        return sparse.hstack(
            [features.row(record, words, features.words), features.row(record, pairs, features.word_pairs)]
        )
