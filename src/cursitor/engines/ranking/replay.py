"""The review loop over documents whose labels are known: what it would have cost to find them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cursitor.engines.ranking import stopping
from cursitor.engines.ranking.families import next_families

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Ranks(Protocol):
    """Anything that ranks as `v2026_1.Ranker` does."""

    def fit_rank(self, labels: dict[int, bool], *, seed: int) -> npt.NDArray[np.float64]: ...


class Learns(Protocol):
    """
    What is told one decision at a time. scores: of every document, float (n,). best: the open document of the highest
    score, the first of equals.
    """

    def learn_from(self, at: int, *, is_relevant: bool) -> None: ...

    def scores(self) -> npt.NDArray[np.float64]: ...

    def best(self, is_open: Bools) -> int: ...


class Refitting:
    """A ranker that is fitted anew to all decisions after each one: `Learns` for any that `Ranks`."""

    def __init__(self, ranker: Ranks, *, seed: int) -> None:
        self.ranker = ranker
        self.seed = seed
        self.labels: dict[int, bool] = {}

    def learn_from(self, at: int, *, is_relevant: bool) -> None:
        """Take one more decision down."""
        self.labels[at] = is_relevant
        if not any(self.labels.values()):
            raise NothingRelevant("Ranking begins with one relevant document.")

    def scores(self) -> npt.NDArray[np.float64]:
        """Return every document's score after a fit to all decisions, float (n,)."""
        return self.ranker.fit_rank(self.labels, seed=self.seed + len(self.labels))

    def best(self, is_open: Bools) -> int:
        """Return the open document that is then put first."""
        return int(np.argmax(np.where(is_open, self.scores(), -np.inf)))


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

    def to_the_end(self, truth: Bools) -> "Replay":
        """
        Return this replay with all other documents after it, in any order.

        Once all relevant ones are found, the order of the rest changes nothing that is counted.
        """
        rest = np.setdiff1d(np.arange(len(truth)), self.order)
        order = np.concatenate([self.order, rest])
        return Replay(order, np.cumsum(truth[order]), self.n_relevant)

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


def decisions(learner: Learns, truth: Bools, family_of: Ints, *, seed: int, until: float = 1.0) -> Iterator[int]:
    """
    Yield the documents in the order of review, one at a time, ending when the share `until` of the relevant is found.

    The first is a relevant document drawn with `seed`, with its family. The learner is told of every decision, and the
    next family is the one whose best member it then puts first.
    """
    members = _members(family_of)
    is_open = np.ones(len(truth), dtype=bool)
    needed = _needed(until, truth)
    waiting = [int(np.random.default_rng(seed).choice(np.flatnonzero(truth)))]
    waiting += [at for at in members[int(family_of[waiting[0]])].tolist() if at != waiting[0]]
    while needed > 0:
        at = waiting.pop(0)
        is_open[at] = False
        needed -= int(truth[at])
        learner.learn_from(at, is_relevant=bool(truth[at]))
        if not waiting and needed > 0:
            waiting = members[int(family_of[learner.best(is_open)])].tolist()
        yield at


def of_order(order: Ints, truth: Bools) -> Replay:
    """
    Return the replay that an order of review makes; order: int (n_reviewed,).

    :raises NothingRelevant: if no document is relevant.
    """
    if not truth.any():
        raise NothingRelevant("No document carries the label that is to be found.")
    return Replay(order, np.cumsum(truth[order]), int(truth.sum()))


def simulate(ranker: Ranks, truth: Bools, *, seed: int, family_of: Ints | None = None, until: float = 1.0) -> Replay:
    """
    Return the review that would have found the share `until` of the relevant documents.

    truth: bool (n,), whether each document is relevant. family_of: int (n,); None for single documents.
    :raises NothingRelevant: if none is.
    """
    if not truth.any():
        raise NothingRelevant("No document carries the label that is to be found.")
    families = np.arange(len(truth)) if family_of is None else family_of
    return of_order(np.concatenate(list(rounds(ranker, truth, families, seed=seed, until=until))), truth)


class Certified(NamedTuple):
    """
    effort: documents reviewed in all. recall: of what was found either way. sample: documents drawn at random. known:
    relevant ones among them. must_surface: of these, for the certificate.
    """

    effort: int
    recall: float
    sample: int
    known: int
    must_surface: int


def certified(
    replay: Replay, truth: Bools, *, r: int, target: float, confidence: float = 0.95, seed: int, drawn: float = 1.0
) -> Certified:
    """
    Return what a replayed review cost and found that stops by its QBCB certificate.

    Random documents are reviewed until r relevant ones are known, or, once there are enough for any certificate, until
    the share `drawn` of the collection was; how long depends on counts alone, so that those known stay a random sample
    of the relevant. Then the replayed order is followed until the j-th of them surfaces. The ranking learns nothing
    from the sample. Documents met both ways are counted once.
    :raises stopping.NoCertificate: if r is too small for the target, or there are too few relevant documents.
    """
    stopping.qbcb_j(r, target, confidence)
    least = stopping.smallest_r(target, confidence) if drawn < 1 else r
    if least > replay.n_relevant:
        raise stopping.NoCertificate(
            f"Only {replay.n_relevant} documents are relevant, so {least} cannot be drawn; "
            f"a certificate for {target:.0%} takes {stopping.smallest_r(target, confidence)}."
        )
    order = np.random.default_rng(seed).permutation(len(truth))
    known = np.cumsum(truth[order])
    size = max(int(np.searchsorted(known, least)) + 1, math.ceil(drawn * len(truth)))
    if known[size - 1] >= r:
        size = int(np.searchsorted(known, r)) + 1
    sample = order[:size]
    needed = stopping.qbcb_j(int(known[size - 1]), target, confidence)
    surfaced = np.cumsum(np.isin(replay.order, sample[truth[sample]]))
    followed = replay.order[: int(np.searchsorted(surfaced, needed)) + 1]
    seen = np.union1d(sample, followed)
    recall = float(truth[seen].sum() / replay.n_relevant)
    return Certified(len(seen), recall, size, int(known[size - 1]), needed)


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
