"""The versions of ranking. A result stores the version that made it; a new one lives beside the old."""

from cursitor.engines.ranking import replay, v2026_1, v2026_2

Ranker = v2026_1.Ranker | v2026_2.Ranker

ALGORITHM = v2026_2.VERSION
ALGORITHMS: dict[str, type[Ranker]] = {v2026_1.VERSION: v2026_1.Ranker, v2026_2.VERSION: v2026_2.Ranker}


class UnknownAlgorithm(ValueError):
    """Raised when a ranking version is asked for that this release does not have."""


def ranker(version: str = ALGORITHM) -> type[Ranker]:
    """
    Return the ranker class of a version.

    :raises UnknownAlgorithm: naming the versions there are.
    """
    if version not in ALGORITHMS:
        raise UnknownAlgorithm(f"There is no ranking {version}; there are {', '.join(sorted(ALGORITHMS))}.")
    return ALGORITHMS[version]


def learner(ranker: Ranker, *, seed: int) -> replay.Learns:
    """Return what learns from one decision after another: as the version does it, or fitted anew to all each time."""
    if isinstance(ranker, v2026_2.Ranker):
        return ranker.learner(seed=seed)
    return replay.Refitting(ranker, seed=seed)
