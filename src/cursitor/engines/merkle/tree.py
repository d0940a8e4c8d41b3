"""Hashes of the log tree (RFC 9162 section 2.1.1; the same as RFC 6962 section 2.1)."""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """
    Return the hash of one leaf: SHA-256(0x00 || data), 32 bytes.

    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """
    Return the root over leaf hashes in log order; SHA-256 of nothing for an empty log.

    leaf_hashes: what `leaf_hash` returned, 32 bytes each. Works level by level: O(n) time and space.
    :raises ValueError: if a hash does not have 32 bytes.
    """
    level = list(leaf_hashes)
    for index, value in enumerate(level):
        if len(value) != HASH_BYTES:
            raise ValueError(f"leaf hash {index} has {len(value)} bytes, not {HASH_BYTES}")
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        # An odd node at the right edge moves up unchanged: the tree of RFC 9162 never duplicates a node.
        level = paired + level[len(paired) * 2 :]
    return level[0]
