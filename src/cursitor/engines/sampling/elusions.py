"""What a sample of the unreviewed documents says about those left behind, and about recall."""

import dataclasses

from cursitor.engines.sampling import intervals


@dataclasses.dataclass(frozen=True, slots=True)
class Elusion:
    """
    The share of relevant documents among those not reviewed.

    found of sampled were relevant; rate, low, high: shares in [0, 1] with the exact interval for the finite
    population; remaining: expected relevant documents in the population, with their interval as counts.
    """

    found: int
    sampled: int
    population: int
    confidence: float
    rate: float
    low: float
    high: float
    remaining: float
    remaining_low: int
    remaining_high: int


@dataclasses.dataclass(frozen=True, slots=True)
class Recall:
    """The share of all relevant documents that were found: shares in [0, 1]."""

    estimate: float
    low: float
    high: float
    confidence: float


def elusion(*, found: int, sampled: int, population: int, confidence: float = 0.95) -> Elusion:
    """
    Return the elusion estimated from a simple random sample of the documents left unreviewed.

    population: documents in the null set, including the sampled ones. The interval is hypergeometric: a sample
    of the whole null set leaves no doubt, and the width narrows accordingly.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.
    """
    counts = intervals.hypergeometric(x=found, n=sampled, population=population, confidence=confidence)
    rate = found / sampled
    return Elusion(
        found=found,
        sampled=sampled,
        population=population,
        confidence=confidence,
        rate=rate,
        low=counts.low / population,
        high=counts.high / population,
        remaining=rate * population,
        remaining_low=counts.low,
        remaining_high=counts.high,
    )


def recall_from_elusion(
    *, relevant_found: int, found: int, sampled: int, population: int, confidence: float = 0.95
) -> Recall:
    """
    Return the recall that an elusion sample supports: F / (F + N0 * e), with the limits of e put in.

    relevant_found: relevant documents already found (F), corrected for precision; they are taken as certain.
    The interval is Clopper and Pearson's on the elusion rate: with a small F a low elusion still leaves it wide.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.

    >>> recall = recall_from_elusion(relevant_found=2000, found=6, sampled=1500, population=98_000)
    >>> [round(value, 3) for value in (recall.estimate, recall.low, recall.high)]
    [0.836, 0.701, 0.933]
    """
    if relevant_found < 0 or population < sampled:
        raise intervals.ImpossibleCounts(
            f"{relevant_found} found documents and {sampled} of {population} sampled cannot occur"
        )
    limits = intervals.clopper_pearson(x=found, n=sampled, confidence=confidence)

    def recall(rate: float) -> float:
        total = relevant_found + population * rate
        # With nothing found and nothing expected there is nothing to have missed.
        return relevant_found / total if total else 1.0

    return Recall(recall(found / sampled), recall(limits.high), recall(limits.low), confidence)
