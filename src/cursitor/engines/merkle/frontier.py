"""The compact range [0, size): all a writer must keep to append to the log in O(log n)."""

import dataclasses
from collections.abc import Mapping

from cursitor.engines.merkle import tree


class BadFrontier(ValueError):
    """Raised when a stored frontier cannot belong to a log of its size."""


@dataclasses.dataclass(frozen=True, slots=True)
class Frontier:
    """
    The roots of the perfect subtrees that cover the first `size` leaves, largest (leftmost) first.

    hashes: one 32-byte hash per set bit of size.
    :raises BadFrontier: if the number or the length of the hashes does not fit the size.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise BadFrontier(f"a log of {self.size} entries cannot have {len(self.hashes)} frontier hashes")
        if any(len(value) != tree.HASH_BYTES for value in self.hashes):
            raise BadFrontier(f"every frontier hash has {tree.HASH_BYTES} bytes")

    def append(self, leaf_hash: bytes) -> "Frontier":
        """Return the frontier after one more leaf; this one stays as it is."""
        hashes, merged = [*self.hashes], leaf_hash
        size = self.size
        while size & 1:
            merged = tree.node_hash(hashes.pop(), merged)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, merged))

    def root(self) -> bytes:
        """Return the root of the whole log, the same as `tree.root` over all its leaves."""
        if not self.hashes:
            return tree.EMPTY_ROOT
        result = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            result = tree.node_hash(left, result)
        return result

    def to_json(self) -> dict[str, object]:
        """Return a JSON object: {"size": int, "hashes": [hexadecimal text, ...]}."""
        return {"size": self.size, "hashes": [value.hex() for value in self.hashes]}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> "Frontier":
        """
        Return the frontier that `to_json` wrote.

        :raises BadFrontier: if a member is missing or of the wrong form.
        """
        size, hashes = value.get("size"), value.get("hashes")
        if not isinstance(size, int) or isinstance(size, bool) or not isinstance(hashes, list):
            raise BadFrontier("a frontier needs a whole number `size` and a list `hashes`")
        try:
            return cls(size, tuple(bytes.fromhex(item) for item in hashes))
        except (TypeError, ValueError) as error:
            raise BadFrontier(f"the frontier cannot be read: {error}") from error
