"""Lists of hashes of known files, of which nobody needs to read a copy (deNIST)."""

from __future__ import annotations

import re
from pathlib import Path

from cursitor.plumbing.refusal import Refusal

_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_HASH = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])")


class NoHashes(Refusal):
    """Raised when a list of known files cannot be read or holds no hash."""


class Known:
    """
    The hashes of known files.

    Read from one hash a line, or from lines that hold some among other columns (NSRL's NSRLFile.txt: SHA-1 and MD5,
    quoted, with commas). MD5, SHA-1 and SHA-256 are told by their length. Of a line with several, the longest counts.
    """

    def __init__(self, path: Path | None) -> None:
        """
        Read a list; without one nothing is known.

        :raises NoHashes: if it cannot be read or holds no hash.
        """
        self.hashes: set[bytes] = set()
        if path is None:
            return
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                self.hashes.update(
                    bytes.fromhex(max(found, key=len)) for line in lines if (found := _HASH.findall(line))
                )
        except OSError as failure:
            raise NoHashes(f"The list of known files {path} cannot be read: {failure.strerror}.") from failure
        if not self.hashes:
            raise NoHashes(f"The list of known files {path} holds no MD5, SHA-1 or SHA-256.")

    @property
    def digests(self) -> tuple[str, ...]:
        """Return the names of the hashes needed besides SHA-256, which every item has."""
        lengths = {2 * len(found) for found in self.hashes}
        return tuple(_DIGESTS[length] for length in sorted(lengths) if length != 64)

    def has(self, sha256: str, digests: dict[str, str]) -> bool:
        """Tell whether a file with these hashes is known."""
        return any(bytes.fromhex(found) in self.hashes for found in (sha256, *digests.values()) if found)
