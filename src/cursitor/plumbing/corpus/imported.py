"""
Somebody else's production as a processed collection: its load file says which documents there are, nobody else.

The natives are read as any input is; what a native holds inside is not taken out again, because its attachments are
documents of their own. Where a native cannot be read, or there is none, the production's own text stands for it.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cursitor.engines.dedupe import hashes, nearness
from cursitor.engines.dedupe.suppression import Scope
from cursitor.engines.processing import charsets
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.production import checking, volume
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.loadfile import Record
from cursitor.engines.production.mapping import FieldMap, Loaded, LoadedDocument
from cursitor.plumbing.corpus import assembly, batches, relating, running
from cursitor.plumbing.corpus.assembly import Row
from cursitor.plumbing.corpus.batches import Job
from cursitor.plumbing.corpus.running import Told
from cursitor.plumbing.corpus.sources import Input
from cursitor.plumbing.volumes import opening, productions
from cursitor.plumbing.volumes.opening import Volume

SAME = 0.95
_TEXT_LIMIT = 64 * 1024 * 1024
_FINDING_COLUMNS = ("code", "severity", "row", "column", "value", "sentence")
_TEXT_COLUMNS = ("id", "result", "similarity", "characters_remade", "characters_delivered")


class Nothing(productions.NoLoadFile):
    """Raised when a load file names no document at all."""


@dataclass
class _Import:
    """A load file with the volume it belongs to, on its way into a collection."""

    job: Job
    loaded: Loaded
    custodian: str
    natives: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    compared: list[tuple[str, str, float | None, int, int]] = field(default_factory=list)


def take_in(
    load_file: Path,
    place: Path,
    out: Path,
    *,
    field_map: FieldMap | None = None,
    custodian: str = "",
    workers: int = 2,
    told: Told | None = None,
) -> dict[str, Any]:
    """
    Take a production in from its load file and its volume, a folder or a ZIP, and return the reconciliation.

    custodian: of records that name none. Writes what `running.run` writes, and findings.csv and texts.csv: how each
    text made anew compares with the one that was delivered.
    :raises Nothing: if no record names a document. :raises VolumeUnusable, FolderInUse: as their sentences say.
    """
    told = told or Told()
    loaded, chosen, file = productions.read_data(load_file.read_bytes(), field_map)
    if not loaded.documents:
        worst = next((finding.sentence for finding in loaded.findings), "It holds no record.")
        raise Nothing(f"No document can be taken from {load_file.name}. {worst}")
    source = opening.open_volume(place)
    try:
        settings = running.Settings((str(load_file), str(place)), custodian)
        with running.timed(told, "gather"):
            job = running.opened(settings, out.resolve(), running.LIMITS, resume=False)
            taken = _located(_Import(job, loaded, custodian or place.stem), source, chosen, file.header)
            inputs = list(_inputs(taken, source))
            n_inputs = batches.write_inputs(job.state, inputs)
        told.n_inputs = n_inputs
        with running.timed(told, "read"):
            running.read_all(job, n_inputs, workers, None, told)
        with running.timed(told, "write"):
            delivered = {document.control: _delivered(taken, source, document) for document in taken.loaded.documents}
            rows = list(_rows(taken, delivered))
            counts = assembly.write(job, Scope.GLOBAL, n_inputs, told=lambda _: iter(_copies(rows)))
    finally:
        source.close()
    _write_findings(out / "findings.csv", taken.findings)
    _write_texts(out / "texts.csv", taken.compared)
    answer = running.reconciliation(counts, told) | _counted(taken)
    batches.write_json(out / "reconciliation.json", answer)
    return answer


def _located(taken: _Import, source: Volume, chosen: FieldMap, header: tuple[str, ...]) -> _Import:
    sizes = {name: volume.VolumeFile(size, {}) for name, size in source.sizes.items()}
    taken.loaded = checking.with_paths_of(taken.loaded, sizes)
    facts = productions.volume_facts(source, taken.loaded, None)
    columns = {name: column for name, column in chosen.columns.items() if column in header}
    located, _ = volume.locate(taken.loaded.documents, facts)
    taken.natives = {one.control: one.native_path for one in located if one.native_path}
    taken.texts = {one.control: one.text_path for one in located if one.text_path}
    taken.findings = list(checking.check(taken.loaded, columns, None, facts))
    taken.findings += [found(code, value=name) for name, code in source.refused]
    recorded = {one.control for one in taken.loaded.documents if one.recorded_hash and one.control in taken.natives}
    n_wrong = sum(finding.code == "HASH_MISMATCH" for finding in taken.findings)
    taken.counts.update(hashes_recorded=len(recorded), hashes_verified=len(recorded) - n_wrong, hashes_wrong=n_wrong)
    return taken


def _inputs(taken: _Import, source: Volume) -> Iterator[Input]:
    """Yield an input for each record in their order, its native spooled where it lies in a ZIP."""
    records: list[tuple[int, LoadedDocument | Record]] = [(one.row, one) for one in taken.loaded.documents]
    records += [(one.row, one) for one in taken.loaded.rejected]
    spool = taken.job.state / "volume"
    spool.mkdir(exist_ok=True)
    for row, one in sorted(records, key=lambda record: record[0]):
        if isinstance(one, Record):
            message = "The record names no document: its control number is missing or taken."
            trouble = ProcessingException(Stage.COLLECT, Class.CORRUPT, message)
            yield Input("", f"row {row}", f"row {row}", taken.custodian, 0, trouble)
            continue
        yield _input(taken, source, one, spool)


def _input(taken: _Import, source: Volume, document: LoadedDocument, spool: Path) -> Input:
    shown = _shown(document)
    custodian = document.custodian or taken.custodian
    name = document.metadata.get("FILE_NAME") or (document.native_path or document.control).rpartition("/")[2]
    native = taken.natives.get(document.control)
    if native is None:
        trouble = ProcessingException(Stage.COLLECT, Class.UNREADABLE, "The volume holds no native of this document.")
        return Input("", shown, name, custodian, 0, trouble)
    if isinstance(source, opening.FolderVolume):
        path = source.folder / native
        return Input(str(path), shown, name, custodian, path.stat().st_size)
    path = spool / f"{len(os.listdir(spool)):08}"
    try:
        with source.open(native) as packed, path.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    except (OSError, EOFError, ValueError) as failure:
        trouble = ProcessingException(Stage.COLLECT, Class.UNREADABLE, f"The volume does not give it out: {failure}")
        return Input("", shown, name, custodian, 0, trouble)
    return Input(str(path), shown, name, custodian, path.stat().st_size)


def _shown(document: LoadedDocument) -> str:
    folder, name = (document.metadata.get(field, "").replace("\\", "/") for field in ("SOURCE_PATH", "FILE_NAME"))
    if folder and name and not folder.endswith(name):
        return f"{folder.rstrip('/')}/{name}"
    return folder or document.native_path or name or document.control


def _delivered(taken: _Import, source: Volume, document: LoadedDocument) -> str | None:
    """Return the text that was delivered with a document, None if there was none."""
    path = taken.texts.get(document.control)
    if path is None:
        return None
    try:
        with source.open(path) as file:
            data = file.read(_TEXT_LIMIT)
    except (OSError, EOFError, ValueError):
        return None
    return charsets.storable(charsets.decode_prefix(data, _TEXT_LIMIT)[0]).replace("\r\n", "\n")


def _rows(taken: _Import, delivered: Mapping[str, str | None]) -> Iterator[Row]:
    """Yield the rows of the collection, named by control numbers, under the parents that the load file names."""
    documents = {document.row: document for document in taken.loaded.documents}
    order = sorted([*documents, *(one.row for one in taken.loaded.rejected)])
    read = [row for row in assembly.rows(taken.job) if row["depth"] == 0]
    by_control = {documents[line].control: row for line, row in zip(order, read, strict=True) if line in documents}
    depths = _depths(taken.loaded.documents)
    children = Counter(document.parent for document in taken.loaded.documents if document.parent)
    families = _family_digests(taken.loaded.documents, by_control)
    for line, row in zip(order, read, strict=True):
        document = documents.get(line)
        if document is None:
            yield row | {"id": f"row-{line}", "family": f"row-{line}", "file": row["id"]}
            continue
        _note_inside(taken, document, row, children)
        row = _with_text(taken, document, row, delivered.get(document.control))
        mail = row["mail"] or _mail_of(document)
        yield row | {
            "id": document.control,
            "file": row["id"],
            "parent": document.parent,
            "family": document.family,
            "depth": depths[document.control],
            "children": 0,
            "hash": families.get(document.control, row["hash"]),
            "mail": mail,
            "metadata": row["metadata"] | {"load_file": dict(document.fields)},
        }


def _depths(documents: Iterable[LoadedDocument]) -> dict[str, int]:
    parents = {document.control: document.parent for document in documents}
    depths = {}
    for control in parents:
        depth, above = 0, parents[control]
        while above is not None:
            depth, above = depth + 1, parents[above]
        depths[control] = depth
    return depths


def _family_digests(documents: Iterable[LoadedDocument], rows: Mapping[str, Row]) -> dict[str, str]:
    """Return the keys by which heads are compared: of themselves and of all that is attached to them."""
    members: dict[str, list[str]] = {}
    for document in documents:
        if document.parent is not None:
            members.setdefault(document.family, []).append(rows[document.control]["sha256"])
    return {
        control: hashes.family_hash(rows[control]["hash"] or rows[control]["sha256"], digests)
        for control, digests in members.items()
        if rows[control]["sha256"]
    }


def _note_inside(taken: _Import, document: LoadedDocument, row: Row, children: Mapping[str | None, int]) -> None:
    """Tell of natives that hold more than the load file says is attached to them."""
    n_inside = row["children"]
    if n_inside > children[document.control] and row["mail"] is not None:
        taken.counts["natives_that_hold_more"] += 1
        value = f"{document.control}: {n_inside} inside, {children[document.control]} attached"
        taken.findings.append(found("NATIVE_HOLDS_MORE", row=document.row, value=value))


def _with_text(taken: _Import, document: LoadedDocument, row: Row, delivered: str | None) -> Row:
    """Return the row with the text made anew, or with the delivered one where there is no other; compare the two."""
    path = taken.job.text_of(row["id"])
    remade = path.read_text(encoding="utf-8") if row["characters"] else ""
    taken.compared.append(_compared(document.control, remade, delivered, is_mail=row["mail"] is not None))
    taken.counts[f"texts_{taken.compared[-1][1]}"] += 1
    if remade.strip() or not (delivered or "").strip():
        return row
    assert delivered is not None
    path.write_text(delivered, encoding="utf-8", newline="")
    kept = {"status": "published", "exception": None, "extractor": "load file", "characters": len(delivered)}
    why = {"native_exception": " | ".join(row["exception"])} if row["exception"] else {}
    return row | kept | {"metadata": row["metadata"] | why, "features": relating.features_of_text(delivered)}


def _compared(
    control: str, remade: str, delivered: str | None, *, is_mail: bool
) -> tuple[str, str, float | None, int, int]:
    if delivered is None:
        return control, "not_delivered", None, len(remade), 0
    if not remade.strip() or not delivered.strip():
        alone = "delivered_only" if delivered.strip() else "remade_only"
        result = "same" if remade.strip() == delivered.strip() else alone
        return control, result, None, len(remade), len(delivered)
    # Some programs deliver the body of a message alone, others with the lines of its header.
    ways = [remade, remade.partition("\n\n")[2]] if is_mail else [remade]
    *ours, theirs = nearness.word_pairs([*ways, delivered])
    alike = max(nearness.similarity(one, theirs) for one in ours)
    return control, "same" if alike >= SAME else "differ", round(alike, 4), len(remade), len(delivered)


def _mail_of(document: LoadedDocument) -> dict[str, Any] | None:
    """Return what the load file says of a message whose native does not. Times without a zone stay as written."""
    told = document.metadata
    if not (told.get("FROM") or told.get("TO")):
        return None
    people = {
        name: [(who.strip(), "") for who in told.get(name.upper(), "").split(";") if who.strip()] for name in _PEOPLE
    }
    return {
        "subject": told.get("SUBJECT", ""),
        **people,
        "sent": None,
        "sent_original": " ".join(filter(None, (told.get("DATE_SENT"), told.get("TIME_SENT"), told.get("TIME_ZONE")))),
        "message_id": told.get("MESSAGE_ID", ""),
        "in_reply_to": told.get("IN_REPLY_TO", ""),
        "references": told.get("REFERENCES", "").split(),
        "conversation_index": told.get("CONVERSATION_INDEX", ""),
        "defects": [],
    }


_PEOPLE = ("from", "to", "cc", "bcc")


def _copies(rows: Iterable[Row]) -> Iterator[Row]:
    # Judging writes into a row, and rows are asked for more than once.
    return (dict(row) for row in rows)


def _counted(taken: _Import) -> dict[str, Any]:
    return {
        "documents": len(taken.loaded.documents),
        "rejected": len(taken.loaded.rejected),
        "attachments": sum(document.parent is not None for document in taken.loaded.documents),
        "hashes": {name: taken.counts[f"hashes_{name}"] for name in ("recorded", "verified", "wrong")},
        "texts": {
            name: taken.counts[f"texts_{name}"]
            for name in ("same", "differ", "remade_only", "delivered_only", "not_delivered")
        },
        "findings": dict(Counter(finding.code for finding in taken.findings)),
    }


def _write_findings(path: Path, findings: Iterable[Finding]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_FINDING_COLUMNS)
        writer.writerows(
            (one.code, str(one.severity), one.row, one.column, one.value, one.sentence) for one in findings
        )


def _write_texts(path: Path, compared: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_TEXT_COLUMNS)
        writer.writerows(compared)
