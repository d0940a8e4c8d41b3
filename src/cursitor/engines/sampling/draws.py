"""Draws that anyone can repeat from the seed, and the promise that fixes the seed beforehand."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

SEED_BYTES = 16


class DrawRefused(ValueError):
    """Raised when a draw could not be repeated or could not be fair."""


def commitment(seed: bytes) -> str:
    """
    Return the hexadecimal SHA-256 of a seed, to be recorded before the lot is closed.

    :raises DrawRefused: if the seed has fewer than 16 bytes, so that it could be found by trying.
    """
    _require_seed(seed)
    return hashlib.sha256(seed).hexdigest()


def verify_commitment(*, seed: bytes, committed: str) -> None:
    """
    Check that a revealed seed is the one that was promised.

    :raises DrawRefused: if it is not.
    """
    if not secrets.compare_digest(commitment(seed).encode(), committed.lower().encode()):
        raise DrawRefused("the revealed seed is not the one that was committed before the draw")


def draw(*, seed: bytes, keys: Sequence[str], n: int) -> tuple[str, ...]:
    """
    Return n of the keys, drawn without replacement, in the order in which they were drawn.

    Every key is ranked by HMAC-SHA256(seed, key); the n smallest are the sample. The result depends on the seed
    and the set of keys only, not on their order, every subset is equally likely over the seeds, and a smaller
    sample is the beginning of a larger one.
    seed: at least 16 random bytes. keys: unique texts (UTF-8).
    :raises DrawRefused: if the seed is short, a key occurs twice, or n is negative or more than the keys.

    >>> draw(seed=bytes(16), keys=["DOC-1", "DOC-2", "DOC-3"], n=2)
    ('DOC-2', 'DOC-3')
    """
    _require_seed(seed)
    if len(set(keys)) != len(keys):
        raise DrawRefused("a unit occurs twice in the lot, so it would be drawn twice as often")
    if not 0 <= n <= len(keys):
        raise DrawRefused(f"{n} units cannot be drawn from a lot of {len(keys)}")
    ranked = sorted((hmac.digest(seed, key.encode("utf-8"), "sha256"), key) for key in keys)
    return tuple(key for _, key in ranked[:n])


def _require_seed(seed: bytes) -> None:
    if len(seed) < SEED_BYTES:
        raise DrawRefused(f"the seed has {len(seed)} bytes; at least {SEED_BYTES} are needed")
