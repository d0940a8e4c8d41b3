"""The versions of ranking. A result stores the version that made it; a new one lives beside the old."""

from cursitor.engines.ranking import v2026_1

ALGORITHM = v2026_1.VERSION
ALGORITHMS = {v2026_1.VERSION: v2026_1.Ranker}


class UnknownAlgorithm(ValueError):
    """Raised when a ranking version is asked for that this release does not have."""


def ranker(version: str = ALGORITHM) -> type[v2026_1.Ranker]:
    """
    Return the ranker class of a version.

    :raises UnknownAlgorithm: naming the versions there are.
    """
    if version not in ALGORITHMS:
        raise UnknownAlgorithm(f"There is no ranking {version}; there are {', '.join(sorted(ALGORITHMS))}.")
    return ALGORITHMS[version]
