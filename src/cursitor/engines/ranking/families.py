"""Which families come next: a family is reviewed whole, in the place of its best member."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt


def next_families(
    scores: npt.NDArray[np.float64],
    family_of: npt.NDArray[np.int64],
    coded: npt.NDArray[np.bool_],
    *,
    n: int | None = None,
    held: Collection[int] = (),
) -> npt.NDArray[np.int64]:
    """
    Return the families to review next, best first: int (at most n,).

    scores: float (n_documents,). family_of: int (n_documents,), each document's family. coded: bool (n_documents,). A
    family is ranked by its best member that is not coded; one with nothing left to code, or held by someone, is left
    out. Equal families keep the order of their first documents.
    :raises ValueError: if the arrays differ in length.

    >>> next_families(np.array([.2, .9, .5, .7]), np.array([0, 0, 1, 2]), np.array([False, True, False, False]))
    array([2, 1, 0])
    """
    if not len(scores) == len(family_of) == len(coded):
        raise ValueError(f"Lengths differ: {len(scores)} scores, {len(family_of)} families, {len(coded)} codes")
    is_open = ~coded & ~np.isin(family_of, np.fromiter(held, np.int64, len(held)))
    candidates = np.flatnonzero(is_open)
    ranked = family_of[candidates[np.argsort(-scores[candidates], kind="stable")]]
    _, first = np.unique(ranked, return_index=True)
    return ranked[np.sort(first)][:n]
