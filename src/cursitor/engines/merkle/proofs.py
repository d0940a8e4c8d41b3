"""Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4)."""

from collections.abc import Sequence

from cursitor.engines.merkle import tree


class ProofFailed(ValueError):
    """Raised when a proof does not lead from the given hashes to the given root."""


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """
    Return the audit path of the leaf at `index` (from 0), nearest sibling first.

    :raises IndexError: if there is no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"the log has {len(leaf_hashes)} entries; there is no entry {index}")
    path: list[bytes] = []
    start, end = 0, len(leaf_hashes)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(tree.root(leaf_hashes[middle:end]))
            end = middle
        else:
            path.append(tree.root(leaf_hashes[start:middle]))
            start = middle
    return tuple(reversed(path))


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """
    Check that the leaf stands at `index` of the log with `size` entries and this root (section 2.1.3.2).

    :raises ProofFailed: if it does not.
    """
    if not 0 <= index < size:
        raise ProofFailed(f"a log of {size} entries has no entry {index}")
    node, last, result = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofFailed("the inclusion proof is too long")
        if node & 1 or node == last:
            result = tree.node_hash(sibling, result)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            result = tree.node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofFailed("the inclusion proof is too short")
    if result != root:
        raise ProofFailed(f"entry {index} does not lead to the root of {size} entries")


def consistency_proof(leaf_hashes: Sequence[bytes], earlier_size: int) -> tuple[bytes, ...]:
    """
    Return the proof that the first `earlier_size` leaves are a prefix of all leaves given.

    :raises ValueError: unless 0 <= earlier_size <= number of leaves.
    """
    if not 0 <= earlier_size <= len(leaf_hashes):
        raise ValueError(f"a log of {len(leaf_hashes)} entries never had {earlier_size}")
    if earlier_size in (0, len(leaf_hashes)):
        return ()
    return _subproof(leaf_hashes, earlier_size, is_known=True)


def verify_consistency(
    *, earlier_size: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """
    Check that the log with `size` entries only added to the log with `earlier_size` (section 2.1.4.2).

    :raises ProofFailed: if it does not.
    """
    if not 0 <= earlier_size <= size:
        raise ProofFailed(f"a log of {size} entries cannot follow one of {earlier_size}")
    if earlier_size in (0, size):
        _verify_trivial(earlier_size, earlier_root, size, root, proof)
        return
    path = list(proof)
    if earlier_size & (earlier_size - 1) == 0:
        path.insert(0, earlier_root)
    if not path:
        raise ProofFailed("the consistency proof is too short")
    earlier, later = _fold(path, earlier_size - 1, size - 1)
    if earlier != earlier_root:
        raise ProofFailed(f"the proof does not lead to the earlier root of {earlier_size} entries")
    if later != root:
        raise ProofFailed(f"the proof does not lead to the root of {size} entries")


def _fold(path: list[bytes], node: int, last: int) -> tuple[bytes, bytes]:
    while node & 1:
        node, last = node >> 1, last >> 1
    earlier = later = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofFailed("the consistency proof is too long")
        if node & 1 or node == last:
            earlier = tree.node_hash(sibling, earlier)
            later = tree.node_hash(sibling, later)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            later = tree.node_hash(later, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofFailed("the consistency proof is too short")
    return earlier, later


def _verify_trivial(earlier_size: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofFailed("the consistency proof is too long")
    if earlier_size == 0 and earlier_root != tree.EMPTY_ROOT:
        raise ProofFailed("the root of an empty log is the hash of nothing")
    if earlier_size == size and earlier_root != root:
        raise ProofFailed(f"two different roots for {size} entries")


def _split(size: int) -> int:
    """Return the largest power of two smaller than size (size >= 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _subproof(leaves: Sequence[bytes], size: int, *, is_known: bool) -> tuple[bytes, ...]:
    if size == len(leaves):
        return () if is_known else (tree.root(leaves),)
    middle = _split(len(leaves))
    if size <= middle:
        return (*_subproof(leaves[:middle], size, is_known=is_known), tree.root(leaves[middle:]))
    return (*_subproof(leaves[middle:], size - middle, is_known=False), tree.root(leaves[:middle]))
