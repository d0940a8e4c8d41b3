"""A volume that was written, read back and held against the folder that it was produced from."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cursitor.engines.production import loadfile, manifest, numbering, redactions, rows, sheets, tiff
from cursitor.engines.production.loadfile import LoadFile
from cursitor.engines.production.redactions import Instruction, Pattern, Region, Term
from cursitor.plumbing.producing import records
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.volumes import productions

_KINDS: Mapping[str, type[Instruction]] = {"Term": Term, "Pattern": Pattern, "Region": Region}  # type: ignore[dict-item]
_LEAST_LETTERS = 4


class NotAVolume(Refusal):
    """Raised when a folder holds no load file."""


@dataclass(frozen=True)
class Fault:
    """One thing in which the volume is not what it should be. document: begin number, empty where none is meant."""

    code: str
    document: str
    sentence: str


def verify(volume: Path, against: Path) -> dict[str, Any]:
    """
    Return whether a volume is what was decided in the folder it was produced from, and every fault.

    Read here: the manifest; the load files, as any other's are; each TIFF by its tags; texts and natives against the
    folder; the fields of withheld documents; and every redacted document for what must not show, in its text, its row
    of the load file and the bytes of its files.
    :raises NotAVolume: if there is no load file. :raises NoRecord: if the folder keeps no record of the volume.
    """
    table, label = _load_file(volume)
    record = records.record_of(against, label, volume)
    items = _items(against)
    by_begin = {one["begin"]: one for one in record["documents"]}
    told = {str(value).strip(): row for row in table.rows if (value := table.value(row, _name(record, "BEGBATES")))}
    faults = [*_manifest(volume, record), *_findings(volume), *_numbers(table, told, by_begin, record)]
    n_pages = 0
    for begin, document in by_begin.items():
        fields = dict(zip(table.header, told[begin].values, strict=True)) if begin in told else {}
        n_pages += document["pages"]
        faults += _images(volume, begin, document)
        faults += _files(volume, against, begin, document, items)
        faults += _withheld(begin, document, fields, record)
        faults += _leaks(volume, begin, document, fields)
    return {
        "verified": not faults,
        "documents": len(by_begin),
        "pages": n_pages,
        "findings": [{"code": one.code, "document": one.document, "sentence": one.sentence} for one in faults],
    }


def _load_file(volume: Path) -> tuple[LoadFile, str]:
    found = sorted((volume / "DATA").glob("*.dat")) or [
        path for path in sorted((volume / "DATA").glob("*.csv")) if "_" not in path.stem.removeprefix("VOL")
    ]
    if not found:
        raise NotAVolume(f"{volume} holds no load file under DATA.")
    return loadfile.read(found[0].read_bytes()), found[0].stem


def _items(against: Path) -> dict[str, dict[str, Any]]:
    with (against / "items.jsonl").open(encoding="utf-8") as lines:
        return {item["id"]: item for item in map(json.loads, lines)}


def _name(record: Mapping[str, Any], column: str) -> str:
    return str(record["names"].get(column, column))


def _manifest(volume: Path, record: Mapping[str, Any]) -> Iterator[Fault]:
    path = volume / "MANIFEST.txt"
    if not path.exists():
        yield Fault("MANIFEST_MISSING", "", "The volume has no manifest.")
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != record["manifest_sha256"]:
        yield Fault("MANIFEST_CHANGED", "", "The manifest is not the one that was written.")
    try:
        listed = {file.path: file for file in manifest.read(data.decode("utf-8", "replace"))}
    except manifest.ManifestInvalid as problem:
        yield Fault("MANIFEST_INVALID", "", str(problem))
        return
    for file in volume.rglob("*"):
        name = file.relative_to(volume).as_posix()
        if file.is_file() and name != path.name and name not in listed:
            yield Fault("FILE_UNLISTED", "", f"{name} is not in the manifest.")
    for name, entry in listed.items():
        file = volume / name
        if not file.is_file():
            yield Fault("FILE_MISSING", "", f"{name} is in the manifest and not in the volume.")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != entry.sha256:
            yield Fault("FILE_CHANGED", "", f"{name} has another digest than the manifest says.")


def _findings(volume: Path) -> Iterator[Fault]:
    """Yield what our own reader of other people's load files finds: it knows nothing of how this one was written."""
    for name, finding in productions.check(volume).findings:
        if finding.code == "DATE_AMBIGUOUS":
            # The parties agreed on the order of day and month; the dates need not prove it.
            continue
        place = f"{name} row {finding.row}" if finding.row else name
        yield Fault(finding.code, "", f"{place}: {finding.sentence} {finding.value}".strip())


def _numbers(
    table: LoadFile, told: Mapping[str, Any], by_begin: Mapping[str, Any], record: Mapping[str, Any]
) -> Iterator[Fault]:
    for begin in sorted(told.keys() - by_begin.keys()):
        yield Fault("DOCUMENT_UNKNOWN", begin, "The load file has a document that was not produced.")
    for begin in sorted(by_begin.keys() - told.keys()):
        yield Fault("DOCUMENT_LOST", begin, "The load file lacks a document that was produced.")
    parent = _name(record, "PARENTID")
    for begin, row in told.items():
        expected = by_begin.get(begin, {}).get("parent") or ""
        if parent in table.header and begin in by_begin and table.value(row, parent) != expected:
            yield Fault("PARENT_DIFFERS", begin, f"Its parent is {expected or 'none'} in the folder.")


def _images(volume: Path, begin: str, document: Mapping[str, Any]) -> Iterator[Fault]:
    folder = volume / "IMAGES" / str(document["text"]).split("/")[1]
    if (folder / f"{begin}.pdf").exists():
        return
    first = numbering.parse(begin)
    for place in range(document["pages"]):
        name = f"{numbering.ControlNumber(first.prefix, first.separator, first.digits, first.number + place)}.tif"
        try:
            pages = tiff.pages((folder / name).read_bytes())
        except (OSError, tiff.NotTiff) as failure:
            yield Fault("IMAGE_UNREADABLE", begin, f"{name}: {failure}")
            continue
        sound = [(page.bits, page.samples, page.compression) for page in pages] == [(1, 1, tiff.GROUP_IV)]
        if not sound or not all(dpi == sheets.DPI for dpi in pages[0].dpi):
            yield Fault("IMAGE_FORM", begin, f"{name} is not one page of one bit in Group IV at {sheets.DPI} dpi.")


def _files(
    volume: Path, against: Path, begin: str, document: Mapping[str, Any], items: Mapping[str, Any]
) -> Iterator[Fault]:
    item = items.get(document["id"])
    text = volume / document["text"]
    if item is None:
        yield Fault("ITEM_LOST", begin, f"The folder no longer has {document['id']}.")
        return
    if text.is_file() != (document["disposition"] == "PRODUCE"):
        yield Fault("TEXT_MISSING", begin, "A produced document has a text file, and no other.")
    elif _keeps_its_text(document, item) and text.read_bytes() != (against / item["text"]).read_bytes():
        yield Fault("TEXT_DIFFERS", begin, "Its text is not the one in the folder.")
    if document["native"]:
        native = volume / document["native"]
        if not native.is_file() or hashlib.sha256(native.read_bytes()).hexdigest() != item["sha256"]:
            yield Fault("NATIVE_DIFFERS", begin, "Its native is not the file that was processed.")
        if document["disposition"] != "PRODUCE" or document["redactions"]:
            yield Fault("NATIVE_LEAKS", begin, "A native goes out of a document that is withheld or redacted.")


def _keeps_its_text(document: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return bool(document["disposition"] == "PRODUCE" and not document["redactions"] and item.get("text"))


def _withheld(
    begin: str, document: Mapping[str, Any], fields: Mapping[str, str], record: Mapping[str, Any]
) -> Iterator[Fault]:
    if document["disposition"] == "PRODUCE":
        return
    allowed = {_name(record, column) for column in (*rows.WITHHELD_COLUMNS, "REDACTED")}
    for name, value in fields.items():
        if value and name not in allowed:
            yield Fault("WITHHELD_TELLS", begin, f"The load file says {name} of a withheld document.")


def _leaks(volume: Path, begin: str, document: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[Fault]:
    instructions = [_instruction(one) for one in document["redactions"]]
    if not instructions:
        return
    text = (volume / document["text"]).read_text(encoding="utf-8", errors="replace")
    row = "\n".join(value for name, value in fields.items() if not name.startswith(("BEG", "END")))
    for place, words in (("text", " ".join(text.split())), ("row of the load file", row)):
        try:
            leaks = redactions.without(words, instructions) != words
        except redactions.RedactionUnclear as problem:
            yield Fault("REDACTION_UNCHECKED", begin, f"Its {place} could not be searched: {problem}")
            continue
        if leaks:
            yield Fault("REDACTION_LEAKS", begin, f"Its {place} holds what was redacted.")
    shown = Counter(re.findall(r"\w+", text.casefold()))
    for word, n_left in _covered(document).items():
        if shown[word] > n_left:
            yield Fault("REDACTION_LEAKS", begin, "Its text holds a word more often than it stands uncovered.")
    literal = [one.text.casefold().encode() for one in instructions if isinstance(one, Term)]
    for file in _own_files(volume, begin, document):
        data = file.read_bytes().lower()
        if any(term in data for term in literal):
            yield Fault("REDACTION_LEAKS", begin, f"The bytes of {file.name} hold what was redacted.")


def _covered(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the words that stand under marks alone, none of which may be read anywhere; short ones say nothing."""
    words = (re.findall(r"\w+", covered.casefold()) for covered in document["covered_alone"])
    return {word: 0 for found in words for word in found if len(word) >= _LEAST_LETTERS}


def _own_files(volume: Path, begin: str, document: Mapping[str, Any]) -> Iterator[Path]:
    first = numbering.parse(begin)
    folder = volume / "IMAGES" / str(document["text"]).split("/")[1]
    names = [
        str(numbering.ControlNumber(first.prefix, first.separator, first.digits, first.number + place))
        for place in range(document["pages"])
    ]
    for name in names:
        yield from (path for path in (folder / f"{name}.tif", folder / f"{name}.pdf") if path.is_file())


def _instruction(told: Mapping[str, Any]) -> Instruction:
    values = {name: value for name, value in told.items() if name != "kind"}
    if told["kind"] == "Region":
        values["box"] = tuple(values["box"])
    return _KINDS[told["kind"]](**values)
