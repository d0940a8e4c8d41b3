"""The list of every file of a package with its size and SHA-256, checkable with nothing but sha256sum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HEADING = "# SHA-256 of every file; check with: sha256sum --check <this file>"
_SIZE = re.compile(r"# ([0-9]{1,18}) bytes")
_DIGEST = re.compile(r"([0-9a-f]{64})  (\S.*)")


class ManifestInvalid(ValueError):
    """Raised when a manifest cannot be written or read. Names the line or the path."""


@dataclass(frozen=True)
class File:
    """One file of the package. path: relative, forward slashes. size: bytes. sha256: 64 lower-case hex digits."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Discrepancy:
    """One way in which a package is not what its manifest says. code: MISSING, UNLISTED, SIZE or DIGEST."""

    code: str
    path: str
    sentence: str


def write(files: Iterable[File]) -> str:
    """
    Return the manifest text: a heading, then per file a comment with its size and a sha256sum line, sorted by path.

    The same files give the same text, whatever their order.

    :raises ManifestInvalid: if a path repeats, is absolute or climbs, or holds a control character or backslash; or
        if a size or digest is impossible.

    >>> print(write([File("DATA/load.dat", 3, "0" * 64)]), end="")
    # SHA-256 of every file; check with: sha256sum --check <this file>
    # 3 bytes
    0000000000000000000000000000000000000000000000000000000000000000  DATA/load.dat
    """
    lines = [HEADING]
    previous = None
    for file in sorted(files, key=lambda file: file.path.encode("utf-8", "surrogatepass")):
        _refuse_bad(file)
        if file.path == previous:
            raise ManifestInvalid(f"{file.path} is listed twice.")
        previous = file.path
        lines += [f"# {file.size} bytes", f"{file.sha256}  {file.path}"]
    return "".join(f"{line}\n" for line in lines)


def read(text: str) -> tuple[File, ...]:
    """
    Return the files a manifest lists.

    :raises ManifestInvalid: if it is not exactly what `write` would have written.
    """
    lines = text.split("\n")
    if lines[0] != HEADING or lines[-1] != "" or len(lines) % 2 != 0:
        raise ManifestInvalid("This is not a manifest: heading or last line is wrong.")
    files = []
    for number in range(1, len(lines) - 1, 2):
        size, entry = _SIZE.fullmatch(lines[number]), _DIGEST.fullmatch(lines[number + 1])
        if size is None or entry is None:
            raise ManifestInvalid(f"Lines {number + 1} and {number + 2} are not a size and a digest.")
        files.append(File(entry[2], int(size[1]), entry[1]))
    if write(files) != text:
        raise ManifestInvalid("The manifest is not in order.")
    return tuple(files)


def verify(files: Iterable[File], *, present: Mapping[str, tuple[int, str]]) -> tuple[Discrepancy, ...]:
    """
    Return every way in which the files present differ from those listed, sorted by path.

    present: path -> (size in bytes, SHA-256 in lower-case hexadecimal).
    """
    listed = {file.path: file for file in files}
    found = []
    for path in sorted(listed.keys() | present.keys()):
        if path not in present:
            found.append(Discrepancy("MISSING", path, f"{path} is listed and not there."))
        elif path not in listed:
            found.append(Discrepancy("UNLISTED", path, f"{path} is there and not listed."))
        elif present[path][0] != listed[path].size:
            sizes = f"{present[path][0]:,} bytes, not {listed[path].size:,}"
            found.append(Discrepancy("SIZE", path, f"{path} has {sizes}."))
        elif present[path][1] != listed[path].sha256:
            found.append(Discrepancy("DIGEST", path, f"{path} is not the file that was listed: its SHA-256 differs."))
    return tuple(found)


def _refuse_bad(file: File) -> None:
    steps = file.path.split("/")
    if re.search(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]", file.path) or not file.path.strip():
        raise ManifestInvalid(f"{file.path!r} holds a character a manifest line cannot.")
    if any(step in ("", ".", "..") for step in steps) or file.path != file.path.strip():
        raise ManifestInvalid(f"{file.path!r} is not a plain relative path.")
    if file.size < 0 or not re.fullmatch("[0-9a-f]{64}", file.sha256):
        raise ManifestInvalid(f"{file.path} has an impossible size or digest.")
