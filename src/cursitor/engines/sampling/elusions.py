"""What a sample of the unreviewed documents says about those left behind, and about recall."""

import dataclasses

from cursitor.engines.sampling import intervals


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """
    The share of a population that is relevant, from a simple random sample of it.

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


class Elusion(Share):
    """The share of relevant documents among those not reviewed."""

    __slots__ = ()


class Precision(Share):
    """The share of relevant documents among those that were called relevant."""

    __slots__ = ()


class Richness(Share):
    """The share of relevant documents in the whole collection, also called prevalence."""

    __slots__ = ()


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
    return Elusion(*_measured(found, sampled, population, confidence))


def precision(*, found: int, sampled: int, population: int, confidence: float = 0.95) -> Precision:
    """
    Return the precision estimated from a simple random sample of the documents that were called relevant.

    found: those of the sample that a second reader, blind to the first call, finds relevant. population: documents
    called relevant, including the sampled ones. `remaining` is F, the relevant documents found, corrected for
    precision, as `recall_from_elusion` takes it. The interval is hypergeometric.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.

    >>> called = precision(found=380, sampled=400, population=5000)
    >>> called.rate, called.remaining, called.remaining_low, called.remaining_high
    (0.95, 4750.0, 4625, 4842)
    """
    return Precision(*_measured(found, sampled, population, confidence))


def richness(*, found: int, sampled: int, population: int, confidence: float = 0.95) -> Richness:
    """
    Return the richness estimated from a simple random sample of the whole collection, drawn before the review.

    The interval is hypergeometric.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.

    >>> whole = richness(found=15, sampled=1500, population=100_000)
    >>> whole.rate, whole.remaining_low, whole.remaining_high
    (0.01, 564, 1639)
    """
    return Richness(*_measured(found, sampled, population, confidence))


def _measured(
    found: int, sampled: int, population: int, confidence: float
) -> tuple[int, int, int, float, float, float, float, float, int, int]:
    counts = intervals.hypergeometric(x=found, n=sampled, population=population, confidence=confidence)
    rate, low, high = found / sampled, counts.low / population, counts.high / population
    return found, sampled, population, confidence, rate, low, high, rate * population, counts.low, counts.high


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


def recall_directly(*, relevant_found: int, relevant_sampled: int, confidence: float = 0.95) -> Recall:
    """
    Return the recall from a random sample of the whole collection: of its relevant documents, how many were found.

    relevant_sampled: relevant documents in the sample; relevant_found: those of them that the review had called
    relevant. Clopper and Pearson's interval. About 400 relevant ones give 5 points either way.
    :raises intervals.ImpossibleCounts: if the counts cannot occur.

    >>> recall = recall_directly(relevant_found=320, relevant_sampled=400)
    >>> [round(value, 3) for value in (recall.estimate, recall.low, recall.high)]
    [0.8, 0.757, 0.838]
    """
    limits = intervals.clopper_pearson(x=relevant_found, n=relevant_sampled, confidence=confidence)
    return Recall(relevant_found / relevant_sampled, limits.low, limits.high, confidence)


def weakness(elusion: Elusion, recall: Recall, *, target: float = 0.8) -> str | None:
    """
    Return the sentence that warns where a low elusion is weak proof, or None where the proof holds.

    It is weak when recall may, at its lower limit, be below the target, whatever the elusion. target: share in (0, 1).

    >>> print(weakness(elusion(found=6, sampled=1500, population=98_000),
    ...                recall_from_elusion(relevant_found=2000, found=6, sampled=1500, population=98_000)))
    Elusion is 0.40%, yet recall may be as low as 70.1%, below 80%: a low elusion alone does not prove completeness.
    """
    if recall.low >= target:
        return None
    return (
        f"Elusion is {elusion.rate:.2%}, yet recall may be as low as {recall.low:.1%}, below {target:.0%}: "
        "a low elusion alone does not prove completeness."
    )
