"""Compare what a load file names with what its volume holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.mapping import LoadedDocument

_STEPS, _TOPS, _SAMPLE = 5, 50, 500
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}


@dataclass(frozen=True)
class VolumeFile:
    """
    One file of a volume.

    size: bytes. digests: 'md5', 'sha1', 'sha256' -> lower-case hexadecimal, those known. image: what it is by its
    first bytes, as `image_kind` says, None where nobody looked. n_pages: pages of an image, 0 where nobody counted.
    """

    size: int
    digests: Mapping[str, str]
    image: str | None = None
    n_pages: int = 0


@dataclass(frozen=True)
class Located:
    """Where a document's files are: paths as the volume spells them, None where there is none."""

    control: str
    native_path: str | None
    text_path: str | None


_MAGIC = (
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"%PDF-", "pdf"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)


def image_kind(head: bytes) -> str:
    """Return what an image file is by its first bytes (eight and more), empty if it is none that is produced."""
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def anchored(named: Iterable[str], files: Iterable[str]) -> Callable[[str], str]:
    """
    Return how a path that a load file names becomes a path of the volume.

    A load file counts its paths from wherever its volume was: above the folder that was handed over, or in it. The
    way that finds most of the named files is taken, none where no way finds more than taking them as they are.

    >>> way = anchored(["VOL01/TEXT/A-1.txt", "VOL01/TEXT/A-2.txt"], ["text/A-1.txt", "text/A-2.txt"])
    >>> way("VOL01/TEXT/A-2.txt")
    'TEXT/A-2.txt'
    """
    known = {path.casefold() for path in files}
    tops = sorted({path.split("/", 1)[0] for path in files if "/" in path})[:_TOPS]
    sample = list(dict.fromkeys(named))[:_SAMPLE]
    ways = [(0, ""), *((steps, "") for steps in range(1, _STEPS)), *((0, f"{top}/") for top in tops)]
    found = [sum(_moved(path, *way).casefold() in known for path in sample) for way in ways]
    best = ways[found.index(max(found))] if found else (0, "")
    return lambda path: _moved(path, *best)


def _moved(path: str, steps: int, prefix: str) -> str:
    return prefix + "/".join(path.split("/")[steps:])


def locate(
    documents: Iterable[LoadedDocument], files: Mapping[str, VolumeFile]
) -> tuple[tuple[Located, ...], tuple[Finding, ...]]:
    """
    Return where each document's native and text are in the volume, and every discrepancy.

    files: path with forward slashes -> facts. A name that differs in case is followed if it is the only one. A
    recorded digest is compared where the volume gives a digest of the same kind. A finding's row is the document's
    and its column the field: NATIVE, TEXT or HASH.
    """
    by_folded: dict[str, list[str]] = defaultdict(list)
    for path in files:
        by_folded[path.casefold()].append(path)
    located, findings = [], []
    for document in documents:
        native, code = find(document.native_path, files, by_folded)
        findings += [_finding(document, "NATIVE", code, document.native_path)] if code else []
        text, code = find(document.text_path, files, by_folded)
        findings += [_finding(document, "TEXT", code, document.text_path)] if code else []
        findings += _content(document, native, text, files)
        located.append(Located(document.control, native, text))
    return tuple(located), tuple(findings)


def find(
    path: str | None, files: Mapping[str, VolumeFile], by_folded: Mapping[str, list[str]]
) -> tuple[str | None, str]:
    """Return the path as the volume spells it, None where it has no such file, and the code of what is amiss."""
    if path is None or path in files:
        return path, ""
    candidates = by_folded.get(path.casefold(), [])
    if len(candidates) == 1:
        return candidates[0], "FILE_CASE_DIFFERS"
    return None, "FILE_CASE_AMBIGUOUS" if candidates else "FILE_MISSING"


def _content(
    document: LoadedDocument, native: str | None, text: str | None, files: Mapping[str, VolumeFile]
) -> list[Finding]:
    findings = []
    if text is not None and files[text].size == 0:
        findings.append(_finding(document, "TEXT", "TEXT_EMPTY", text))
    if native is not None and files[native].size == 0:
        findings.append(_finding(document, "NATIVE", "FILE_EMPTY_NATIVE", native))
    elif native is not None and document.recorded_hash is not None:
        kind = _DIGESTS[len(document.recorded_hash)]
        actual = files[native].digests.get(kind)
        if actual is not None and actual != document.recorded_hash:
            findings.append(_finding(document, "HASH", "HASH_MISMATCH", document.recorded_hash))
    return findings


def _finding(document: LoadedDocument, field: str, code: str, value: str | None) -> Finding:
    return found(code, row=document.row, column=field, value=value or "")
