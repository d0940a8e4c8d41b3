"""Compare what a load file names with what its volume holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.mapping import LoadedDocument

_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}


@dataclass(frozen=True)
class VolumeFile:
    """One file of a volume. size: bytes. digests: 'md5', 'sha1', 'sha256' -> lower-case hexadecimal, those known."""

    size: int
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Located:
    """Where a document's files are: paths as the volume spells them, None where there is none."""

    control: str
    native_path: str | None
    text_path: str | None


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
        native, code = _find(document.native_path, files, by_folded)
        findings += [_finding(document, "NATIVE", code, document.native_path)] if code else []
        text, code = _find(document.text_path, files, by_folded)
        findings += [_finding(document, "TEXT", code, document.text_path)] if code else []
        findings += _content(document, native, text, files)
        located.append(Located(document.control, native, text))
    return tuple(located), tuple(findings)


def _find(
    path: str | None, files: Mapping[str, VolumeFile], by_folded: Mapping[str, list[str]]
) -> tuple[str | None, str]:
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
    if native is not None and document.recorded_hash is not None:
        kind = _DIGESTS[len(document.recorded_hash)]
        actual = files[native].digests.get(kind)
        if actual is not None and actual != document.recorded_hash:
            findings.append(_finding(document, "HASH", "HASH_MISMATCH", document.recorded_hash))
    return findings


def _finding(document: LoadedDocument, field: str, code: str, value: str | None) -> Finding:
    return found(code, row=document.row, column=field, value=value or "")
