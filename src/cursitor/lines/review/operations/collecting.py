"""Taking documents in: every source file is stored as it came before anything is read."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max

from cursitor.engines.processing import containers
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.processing.items import Place
from cursitor.engines.production import loadfile, mapping, volume
from cursitor.engines.production.findings import Finding, Severity
from cursitor.lines.review import access, reader
from cursitor.lines.review.choices import CollectionState, SourceKind
from cursitor.lines.review.models import CollectedInput, Collection
from cursitor.lines.review.operations import protocol
from cursitor.plumbing import folders, workspace
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

BATCH = 8
OPEN_STATES = frozenset({OrderState.ACCEPTED, OrderState.IN_PROGRESS})


class CollectionRefused(Refusal):
    """Raised when documents cannot be collected: the order is not in work, or there is nothing to take in."""


class LoadFileUnusable(Invalid):
    """Raised when a load file names no documents at all; the sentence says what is amiss."""


def collect_upload(
    *,
    order: WorkOrder,
    custodian: str,
    label: str,
    files: Iterable[tuple[str, BinaryIO]],
    by: Person,
    at: datetime,
) -> Collection:
    """
    Take in uploaded files (name, binary stream), archives among them, and let the worker read them.

    :raises CollectionRefused: if the order is not in work or no file was given.
    :raises NotPermitted: naming who may collect.
    """
    require_open(order=order, by=by)
    _require_custodian(custodian)
    scope = order.matter.key
    stored = [(containers.label(name), vault.put(scope=scope, source=source, at=at)) for name, source in files]
    if not stored:
        raise CollectionRefused("Choose at least one file.")
    with transaction.atomic():
        collection = _make(order, SourceKind.UPLOAD, custodian, label, by, at)
        CollectedInput.objects.bulk_create(
            CollectedInput(collection=collection, position=position, path=name, blob=blob)
            for position, (name, blob) in enumerate(stored, 1)
        )
        _let_be_read(collection, at)
    return collection


def collect_folder(
    *, order: WorkOrder, custodian: str, label: str, folder: str, by: Person, at: datetime
) -> Collection:
    """
    Let the worker take in every file below a folder of the server, Maildir folders among them.

    :raises folders.FolderNotOffered: unless the folder lies below one of CURSITOR_COLLECT_ROOTS.
    """
    require_open(order=order, by=by)
    _require_custodian(custodian)
    path = folders.offered(folder)
    with transaction.atomic():
        collection = _make(order, SourceKind.FOLDER, custodian, label, by, at, folder=str(path))
        outbox.post(topic="review.gather", key=f"collection:{collection.pk}", at=at, collection=collection.pk)
    return collection


def collect_load_file(
    *,
    order: WorkOrder,
    custodian: str,
    label: str,
    load_file: BinaryIO,
    volume: BinaryIO,
    by: Person,
    at: datetime,
    columns: Mapping[str, str] | None = None,
) -> Collection:
    """
    Take in a load file with its volume, a ZIP of natives and texts, and let the worker read them.

    columns: field (CONTROL, PARENT, NATIVE, TEXT, HASH, ...) -> column of the file; guessed from its header otherwise.
    custodian: of records that name none.
    :raises LoadFileUnusable: if no record names a document.
    """
    require_open(order=order, by=by)
    _require_custodian(custodian)
    data = load_file.read()
    loaded, chosen = read_load_file(data, columns)
    if not loaded.documents:
        worst = next((finding.sentence for finding in loaded.findings), "It holds no record.")
        raise LoadFileUnusable(f"No document can be taken from this load file. {worst}", field="load_file")
    scope = order.matter.key
    stored = vault.put(scope=scope, source=data, at=at)
    packed = vault.put(scope=scope, source=volume, at=at)
    with transaction.atomic():
        collection = _make(
            order, SourceKind.LOAD_FILE, custodian, label, by, at, load_file=stored, volume=packed, mapping=dict(chosen)
        )
        outbox.post(topic="review.gather", key=f"collection:{collection.pk}", at=at, collection=collection.pk)
    return collection


def read_load_file(data: bytes, columns: Mapping[str, str] | None) -> tuple[mapping.Loaded, Mapping[str, str]]:
    """Return the documents of a load file and the columns they were read by."""
    file = loadfile.read(data)
    field_map = mapping.FieldMap("GIVEN", columns) if columns else mapping.guess_mapping(file.header)
    return mapping.load(file, field_map), field_map.columns


def gather(*, collection: int, read: reader.Read, at: datetime) -> None:
    """
    Store the files of a folder or volume as inputs, then let them be read. May be killed and run again.

    read: runs a reader in a sandbox; the volume's ZIP is opened there.
    """
    found = Collection.objects.select_related("order__matter").get(pk=collection)
    if found.state != CollectionState.WAITING:
        return
    if found.kind == SourceKind.FOLDER:
        _gather_folder(found, at)
    else:
        _gather_volume(found, read, at)
    with transaction.atomic():
        locked = Collection.objects.select_for_update().get(pk=collection)
        if locked.state == CollectionState.WAITING:
            locked.findings = found.findings
            locked.save(update_fields=["findings"])
            _let_be_read(locked, at)


def require_open(*, order: WorkOrder, by: Person) -> None:
    access.require(by, order=order, to="collect")
    if order.state not in OPEN_STATES:
        raise CollectionRefused(f"{order.ref} is not in work; documents are collected once it has been accepted.")


def _require_custodian(custodian: str) -> None:
    if not custodian.strip():
        raise Invalid("Name the custodian whose documents these are.", field="custodian")


def _make(
    order: WorkOrder, kind: str, custodian: str, label: str, by: Person, at: datetime, **source: Any
) -> Collection:
    order = WorkOrder.objects.select_for_update().get(pk=order.pk)
    protocol.first_layout(order=order, by=by, at=at)
    number = (order.collections.aggregate(latest=Max("number"))["latest"] or 0) + 1
    collection = Collection.objects.create(
        order=order,
        number=number,
        label=label.strip() or f"Collection {number}",
        custodian=custodian.strip(),
        kind=kind,
        made_by=by,
        made_at=at,
        **source,
    )
    audit.record(
        event="review.collection.made",
        at=at,
        by=by,
        subject=order.key,
        matter=order.matter.key,
        data={"collection": number, "kind": kind},
    )
    return collection


def _let_be_read(collection: Collection, at: datetime) -> None:
    """Post the inputs to the worker in small batches; an empty collection goes straight on to be published."""
    Collection.objects.filter(pk=collection.pk).update(state=CollectionState.RUNNING)
    inputs = list(collection.inputs.filter(processed_at=None).order_by("position").values_list("pk", flat=True))
    for start in range(0, len(inputs), BATCH):
        outbox.post(topic="review.process", at=at, inputs=inputs[start : start + BATCH])
    if not inputs:
        outbox.post(topic="review.publish", key=f"order:{collection.order_id}", at=at, order=collection.order_id)


def _gather_folder(collection: Collection, at: datetime) -> None:
    root = Path(collection.folder)
    known = set(collection.inputs.values_list("path", flat=True))
    position = collection.inputs.count()
    files = ((path, name) for path, name in folders.files_below(root) if name not in known)
    while batch := list(islice(files, BATCH)):
        rows = []
        for path, name in batch:
            position += 1
            blob, trouble = folders.stored(path, root, scope=collection.order.matter.key, at=at)
            rows.append(CollectedInput(collection=collection, position=position, path=name, blob=blob, trouble=trouble))
        CollectedInput.objects.bulk_create(rows)


def _gather_volume(collection: Collection, read: reader.Read, at: datetime) -> None:
    loaded, _ = read_load_file(vault.read(collection.load_file), collection.mapping)
    known = set(collection.inputs.values_list("position", flat=True))
    with workspace.folder("volume") as folder:
        files, troubles = _unpacked(collection, read, folder)
        facts = {name: _facts(path) for name, path in files.items()}
        located, findings = volume.locate(loaded.documents, facts)
        collection.findings = [_told(finding) for finding in (*loaded.findings, *findings)] + troubles
        amiss = {(finding.row, finding.code) for finding in findings}
        rows = [
            _input(collection, position, document, place, files, amiss, at)
            for position, (document, place) in enumerate(zip(loaded.documents, located, strict=True), 1)
            if position not in known
        ]
        rows += [
            _rejected(collection, position, record)
            for position, record in enumerate(loaded.rejected, len(loaded.documents) + 1)
            if position not in known
        ]
        CollectedInput.objects.bulk_create(rows, batch_size=200)


def _unpacked(collection: Collection, read: reader.Read, folder: Path) -> tuple[dict[str, Path], list[dict[str, Any]]]:
    """Return where the volume's files lie now, by their names in it, and what could not be unpacked."""
    packed = folder / "volume"
    with packed.open("wb") as out:
        for piece in vault.chunks(collection.volume):
            out.write(piece)
    try:
        item, children = read(packed, "volume.zip", Place("1"), folder)
    except ProcessingException as failure:
        return {}, [_trouble("volume.zip", str(failure))]
    files = {child.name.replace("\\", "/"): Path(child.path) for child in children if child.path}
    troubles = [_trouble(child.name, str(child.exception)) for child in children if child.exception]
    if item.exception is not None:
        troubles.append(_trouble("volume.zip", str(item.exception)))
    return files, troubles


def _trouble(name: str, sentence: str) -> dict[str, Any]:
    severity = str(Severity.ERROR)
    return {"code": "VOLUME", "severity": severity, "row": 0, "column": "", "value": name, "sentence": sentence}


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "row": finding.row,
        "column": finding.column,
        "value": reader.clean(finding.value)[:300],
        "sentence": finding.sentence,
    }


def _facts(path: Path) -> volume.VolumeFile:
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256")}
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            for digest in digests.values():
                digest.update(piece)
    return volume.VolumeFile(path.stat().st_size, {name: digest.hexdigest() for name, digest in digests.items()})


def _input(
    collection: Collection,
    position: int,
    document: mapping.LoadedDocument,
    place: volume.Located,
    files: Mapping[str, Path],
    amiss: set[tuple[int, str]],
    at: datetime,
) -> CollectedInput:
    scope = collection.order.matter.key
    blobs = [_stored(files.get(name or ""), scope, at) for name in (place.native_path, place.text_path)]
    trouble = {}
    if blobs[0] is None and (document.metadata.get("NATIVE") or blobs[1] is None):
        trouble = {"class": "missing", "message": "The volume does not hold the native."}
    elif (document.row, "HASH_MISMATCH") in amiss:
        trouble = {"class": "hash mismatch", "message": "The native's digest is not the one the load file records."}
    metadata = {field: reader.clean(value) for field, value in document.metadata.items()}
    return CollectedInput(
        collection=collection,
        position=position,
        path=reader.clean(metadata.get("SOURCE_PATH") or place.native_path or document.control)[:1000],
        blob=blobs[0],
        text=blobs[1],
        trouble=trouble,
        data={
            "control": document.control,
            "parent": document.parent,
            "family": document.family,
            "custodian": document.custodian,
            "hash": document.recorded_hash,
            "metadata": metadata,
        },
    )


def _stored(path: Path | None, scope: str, at: datetime) -> Blob | None:
    if path is None:
        return None
    with path.open("rb") as stream:
        return vault.put(scope=scope, source=stream, at=at)


def _rejected(collection: Collection, position: int, record: loadfile.Record) -> CollectedInput:
    message = f"Row {record.row} of the load file has no control number of its own; it was not taken over."
    return CollectedInput(
        collection=collection,
        position=position,
        path=f"row {record.row}",
        trouble={"class": "rejected", "message": message},
        data={"values": [reader.clean(value) for value in record.values]},
    )
