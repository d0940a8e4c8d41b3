"""What a folder keeps of the volumes produced from it: which item is which number, what stands under the black."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cursitor.engines.production import numbering
from cursitor.engines.production.numbering import Allocation
from cursitor.plumbing.refusal import Refusal

MANIFEST = "MANIFEST.txt"
NUMBERS_USED = "NUMBERS_USED_BEFORE"
_FOLDER = "productions"


class NoRecord(Refusal):
    """Raised when a folder keeps no record of a volume. Names both."""


def keep(folder: Path, record: Mapping[str, Any]) -> None:
    """Keep the record of a volume; that of an earlier one of its label moves aside and is still found."""
    path = folder / _FOLDER / f"{record['volume']}.json"
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        earlier = _read(path)
        path.replace(path.with_name(f"{record['volume']}-{earlier['manifest_sha256'][:12]}.json"))
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")


def record_of(folder: Path, label: str, volume: Path) -> dict[str, Any]:
    """
    Return the record of a volume: the one that knows its manifest, else the latest of its label.

    :raises NoRecord: if there is none.
    """
    kept = [(path, record) for path, record in _all(folder) if record["volume"] == label]
    if not kept:
        raise NoRecord(f"{folder} keeps no record of a volume {label}.")
    manifest = volume / MANIFEST
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""
    by_manifest = (record for _, record in kept if record["manifest_sha256"] == digest)
    latest = next((record for path, record in kept if path.stem == label), kept[-1][1])
    return next(by_manifest, latest)


def numbers_used(folder: Path, given: Sequence[Allocation]) -> list[dict[str, Any]]:
    """Return a warning for each earlier volume of the folder in which numbers were given that are given again."""
    series = {(one.begin.prefix, one.begin.separator, one.begin.digits): set[int]() for one in given}
    for one in given:
        series[one.begin.prefix, one.begin.separator, one.begin.digits] |= set(
            range(one.begin.number, one.end.number + 1)
        )
    found = []
    for path, record in _all(folder):
        again = [document["begin"] for document in record["documents"] if _is_used(document, series)]
        if again:
            sentence = f"{len(again)} documents of the earlier volume {path.stem} bear numbers that are given again."
            found.append({"code": NUMBERS_USED, "documents": again, "sentence": sentence})
    return found


def _is_used(document: Mapping[str, Any], series: Mapping[tuple[str, str, int], set[int]]) -> bool:
    begin = numbering.parse(document["begin"])
    used = series.get((begin.prefix, begin.separator, begin.digits), set())
    return any(number in used for number in range(begin.number, begin.number + document["pages"]))


def _all(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((folder / _FOLDER).glob("*.json")):
        yield path, _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise NoRecord(f"{path} cannot be read: {failure}") from failure
    if not {"volume", "manifest_sha256", "documents", "names"} <= record.keys():
        raise NoRecord(f"{path} is no record of a volume.")
    return record
