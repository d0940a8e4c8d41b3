"""The review loop over documents whose labels are known: what it would have cost to find them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cursitor.engines.ranking import stopping
from cursitor.engines.ranking.families import next_families

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Ranks(Protocol):
    """Anything that ranks as `v2026_1.Ranker` does."""

    def fit_rank(self, labels: dict[int, bool], *, seed: int) -> npt.NDArray[np.float64]: ...


class NothingRelevant(ValueError):
    """Raised when no document carries the label that is to be found."""


@dataclass(frozen=True)
class Replay:
    """
    A replayed review. order: int (n_reviewed,), documents in the order of review. found: int (n_reviewed,), relevant
    ones found so far. n_relevant: in all.
    """

    order: Ints
    found: Ints
    n_relevant: int

    def effort(self, recall: float) -> int:
        """
        Return how many documents were reviewed when this share of the relevant ones was found.

        :raises ValueError: if the replay ended before.
        """
        needed = math.ceil(round(recall * self.n_relevant, 9))
        if needed > self.found[-1]:
            raise ValueError(f"The replay ended at {self.found[-1]} of {self.n_relevant} relevant documents")
        return int(np.searchsorted(self.found, needed)) + 1

    def knee(self, *, step: int = 100) -> tuple[int, float] | None:
        """Return (documents reviewed, recall) when the knee signal first came, or None if it never did."""
        for reviewed in range(step, len(self.found) + 1, step):
            if stopping.knee(self.found[:reviewed], step=step).is_reached:
                return reviewed, float(self.found[reviewed - 1] / self.n_relevant)
        return None


def rounds(ranker: Ranks, truth: Bools, family_of: Ints, *, seed: int, until: float = 1.0) -> Iterator[Ints]:
    """
    Yield the documents of each round, ending when the share `until` of the relevant ones was reviewed.

    The first round is the family of one relevant document, drawn with `seed`. After each round the ranker learns from
    all that was reviewed; families come whole. Round n holds at least B documents: B begins at 1 and grows by a tenth,
    rounded up (the batches of BMI), so that early decisions count at once and late rounds stay few.
    """
    rng = np.random.default_rng(seed)
    members = _members(family_of)
    coded = np.zeros(len(truth), dtype=bool)
    first = family_of[rng.choice(np.flatnonzero(truth))]
    batch, size = members[first], 1
    while True:
        coded[batch] = True
        yield batch
        if (truth & coded).sum() >= _needed(until, truth):
            return
        labels = {int(at): bool(truth[at]) for at in np.flatnonzero(coded)}
        scores = ranker.fit_rank(labels, seed=int(rng.integers(2**32)))
        batch = _whole_families(next_families(scores, family_of, coded, n=size), members, size)
        size += math.ceil(size / 10)


def simulate(ranker: Ranks, truth: Bools, *, seed: int, family_of: Ints | None = None, until: float = 1.0) -> Replay:
    """
    Return the review that would have found the share `until` of the relevant documents.

    truth: bool (n,), whether each document is relevant. family_of: int (n,); None for single documents.
    :raises NothingRelevant: if none is.
    """
    if not truth.any():
        raise NothingRelevant("No document carries the label that is to be found.")
    families = np.arange(len(truth)) if family_of is None else family_of
    order = np.concatenate(list(rounds(ranker, truth, families, seed=seed, until=until)))
    return Replay(order, np.cumsum(truth[order]), int(truth.sum()))


def certified(
    replay: Replay, truth: Bools, *, r: int, target: float, confidence: float = 0.95, seed: int
) -> tuple[int, float]:
    """
    Return (documents reviewed, recall) of a replayed review that stops by its QBCB certificate.

    Random documents are reviewed until r relevant ones are known; then the replayed order is followed until the j-th of
    them surfaces. Documents met both ways are counted once; recall counts what was found either way.
    :raises stopping.NoCertificate: if r is too small for the target, or more than there are relevant documents.
    """
    needed = stopping.qbcb_j(r, target, confidence)
    if r > replay.n_relevant:
        raise stopping.NoCertificate(f"There are {replay.n_relevant} relevant documents; {r} cannot be drawn.")
    drawn = np.random.default_rng(seed).permutation(len(truth))
    sample = drawn[: int(np.searchsorted(np.cumsum(truth[drawn]), r)) + 1]
    surfaced = np.cumsum(np.isin(replay.order, sample[truth[sample]]))
    followed = replay.order[: int(np.searchsorted(surfaced, needed)) + 1]
    seen = np.union1d(sample, followed)
    return len(seen), float(truth[seen].sum() / replay.n_relevant)


def _needed(recall: float, truth: Bools) -> int:
    return math.ceil(round(recall * int(truth.sum()), 9))


def _members(family_of: Ints) -> dict[int, Ints]:
    order = np.argsort(family_of, kind="stable")
    keys, starts = np.unique(family_of[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(order, starts[1:]), strict=True))


def _whole_families(families: Ints, members: dict[int, Ints], size: int) -> Ints:
    batch: list[Ints] = []
    n_documents = 0
    for family in families.tolist():
        if n_documents >= size:
            break
        batch.append(members[family])
        n_documents += len(members[family])
    return np.concatenate(batch)
