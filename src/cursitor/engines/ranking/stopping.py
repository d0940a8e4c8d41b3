"""When enough was found: the knee of the gain curve as a signal, QBCB as a certificate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom


class NoCertificate(ValueError):
    """Raised when a sample is too small to certify the target at all; names the smallest that could."""


@dataclass(frozen=True)
class Knee:
    """
    How sharply the gain curve has bent. ratio: slope before the bend over slope after it. needed: the ratio at
    which one may stop. at: documents reviewed up to the bend.
    """

    ratio: float
    needed: int
    at: int

    @property
    def is_reached(self) -> bool:
        return self.ratio >= self.needed


def knee(found: npt.NDArray[np.int64], *, step: int = 100) -> Knee:
    """
    Return the knee of a review so far: an advisory signal, not a proof of completeness.

    found: int (n_reviewed,), relevant documents found after each document reviewed, in order. With s documents reviewed
    the ratio is the largest over i of (found[i] / i) / ((found[s] - found[i] + 1) / (s - i)); needed is
    156 - min(found[s], 150). i and s are multiples of `step`, so that a short dry spell is not taken for a bend.
    Source: Cormack and Grossman, Engineering Quality and Reliability in TAR (SIGIR 2016).

    >>> knee(np.minimum(np.arange(1, 1001), 100))
    Knee(ratio=900.0, needed=56, at=100)
    """
    ends = np.arange(step, len(found) + 1, step)
    if len(ends) < 2:
        return Knee(0.0, 156 - min(int(found[-1]) if len(found) else 0, 150), len(found))
    counts = found[ends - 1]
    before = counts[:-1] / ends[:-1]
    after = (counts[-1] - counts[:-1] + 1) / (ends[-1] - ends[:-1])
    ratios = before / after
    best = int(np.argmax(ratios))
    return Knee(float(ratios[best]), 156 - min(int(counts[-1]), 150), int(ends[best]))


def qbcb_j(r: int, target: float, confidence: float = 0.95) -> int:
    """
    Return how many of r known relevant documents must surface before the review may stop, with a certificate.

    The r documents are drawn at random from all relevant ones (by reviewing a random sample) and the review must not
    learn from them. When the j-th of them surfaces, recall is at least `target` with probability `confidence`: j is the
    smallest with P(Binomial(r, target) <= j - 1) >= confidence. target, confidence: shares in (0, 1).
    Source: Lewis, Yang and Frieder, Certifying One-Phase Technology-Assisted Reviews (CIKM 2021).
    :raises NoCertificate: if not even all r would do.

    >>> qbcb_j(30, 0.8)
    28
    """
    if not (0 < target < 1 and 0 < confidence < 1):
        raise ValueError(f"Target and confidence are shares between 0 and 1: {target}, {confidence}")
    needed = int(binom.ppf(confidence, r, target)) + 1 if r > 0 else 1
    if needed > r:
        raise NoCertificate(
            f"{r} known relevant documents cannot certify a recall of {target:.0%}; "
            f"{smallest_r(target, confidence)} can."
        )
    return needed


def smallest_r(target: float, confidence: float = 0.95) -> int:
    """
    Return the smallest number of known relevant documents with which a certificate is possible.

    >>> smallest_r(0.8), smallest_r(0.95)
    (14, 59)
    """
    return int(np.ceil(np.log1p(-confidence) / np.log(target)))
