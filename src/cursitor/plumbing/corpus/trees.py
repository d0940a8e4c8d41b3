"""
The worker's side of a batch: every item of every input read, its text written, its row kept.

Each step is under a time limit of its own, which the kernel keeps (SIGALRM ends the worker); the file of progress
says afterwards which item was to blame.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from cursitor.engines.dedupe import languages
from cursitor.engines.processing import containers, items, kinds, mailboxes, stores, walk
from cursitor.engines.processing.containers import Child
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.items import Place, ProcessedItem, Status, exceptional
from cursitor.engines.processing.kinds import Kind
from cursitor.engines.processing.limits import MEBIBYTE, Limits
from cursitor.engines.processing.messages import Message
from cursitor.engines.processing.walk import Stop, Visited
from cursitor.plumbing.corpus import pages, relating
from cursitor.plumbing.corpus.batches import BATCH_BYTES, BATCH_FILES, Job, Unit

SLICE_MESSAGES, SLICE_ITEMS = 500, 200
_SLOWEST = 20 * MEBIBYTE
"""Bytes a second that even a slow disk gives; what is larger than a time limit allows is given more time."""
_CHUNK = 1024 * 1024

Slice = tuple[int, int, int]
"""First child, how many, and where in a mailbox file they begin."""


def progress_path(rows: str) -> str:
    """Return where the worker writes what it is at."""
    return f"{rows}.at"


def warm() -> None:
    """Load what every worker needs and takes long to load."""
    languages.language("The quick brown fox jumps over the lazy dog.")


def read(job: Job, units: tuple[Unit, ...], rows: str, stops: Mapping[str, Stop]) -> int:
    """Write a row for every item of some units to a file, and their texts; return how many rows there are."""
    n_rows = 0
    with open(rows, "w", encoding="utf-8") as out, _Guard(job, rows) as guard:
        for unit in units:
            for row in _rows(job, unit, stops, guard):
                out.write(line(row))
                n_rows += 1
    return n_rows


def take_out(job: Job, unit: Unit, to: str) -> dict[str, str]:
    """Write the bytes of the wanted items of a unit to a folder; return the SHA-256 of each by id."""
    written = {}
    unread = ProcessingException(Stage.READ, Class.UNSUPPORTED, "Only its bytes are wanted.")
    ancestors = {".".join(id_.split(".")[:depth]) for id_ in unit.wanted for depth in range(1, id_.count(".") + 1)}
    stops = {id_: Stop(0, unread) for id_ in unit.wanted if id_ not in ancestors}
    with open(unit.path, "rb") as file, _Guard(job, os.path.join(to, "progress")) as guard:
        guard.allow(unit)
        for visited in _visited(job, unit, file, stops, guard):
            id_ = visited.item.place.id
            if id_ in unit.wanted and visited.file is not None:
                written[id_] = _copied(visited.file, os.path.join(to, id_))
    os.unlink(progress_path(os.path.join(to, "progress")))
    return written


def _copied(file: BinaryIO, path: str) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    with open(path, "wb") as out:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def take_apart(job: Job, unit: Unit, rows: str) -> tuple[str, list[Slice]]:
    """
    Return the media type and the slices of a large container, and write its own row.

    No slices for everything else, and for a container that cannot be read: those are read as they are.
    """
    with open(unit.path, "rb") as file, _Guard(job, rows) as guard:
        guard.allow(unit)
        guard.watch(unit.id, 0)
        kind = kinds.identify(file.read(kinds.HEAD_BYTES), unit.name, file)
        file.seek(0)
        slices = _slices(kind, file, _limits(job, unit))
        if not slices:
            return kind.mime, []
        file.seek(0)
        n_children = sum(count for _, count, _ in slices)
        item = ProcessedItem(Place(unit.id), containers.label(unit.name), kind, unit.size, items.digest(file))
        row = _row(job, replace(item, status=Status.EXCLUDED, n_children=n_children), file)
    Path(rows).write_text(line(row), encoding="utf-8")
    return kind.mime, slices


def _slices(kind: Kind, file: BinaryIO, limits: Limits) -> list[Slice]:
    if kind == kinds.MBOX:
        return list(_mailbox_slices(file))
    if kind == kinds.PST:
        n_items = min(stores.count(file), limits.children)
        return [(first, min(SLICE_ITEMS, n_items - first + 1), 0) for first in range(1, n_items + 1, SLICE_ITEMS)]
    if kind == kinds.ZIP:
        sizes = containers.zip_sizes(file)
        return list(_archive_slices(sizes)) if sum(sizes) <= limits.total_bytes else []
    return []


def _mailbox_slices(file: BinaryIO) -> Iterator[Slice]:
    first = count = begin = 0
    for position, span in enumerate(mailboxes.spans(file), 1):
        if count == SLICE_MESSAGES or (count and span.end - begin > BATCH_BYTES):
            yield first, count, begin
            count = 0
        if not count:
            first, begin = position, span.at
        count += 1
    yield first, count, begin


def _archive_slices(sizes: tuple[int, ...]) -> Iterator[Slice]:
    first, count, n_bytes = 1, 0, 0
    for position, size in enumerate(sizes, 1):
        if count == BATCH_FILES or (count and n_bytes + size > BATCH_BYTES):
            yield first, count, 0
            first, count, n_bytes = position, 0, 0
        count += 1
        n_bytes += size
    if count:
        yield first, count, 0


def line(row: dict[str, Any]) -> str:
    """Return a row as it is kept."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


class _Guard:
    """Keeps the time of each step and writes down whose it is."""

    def __init__(self, job: Job, rows: str) -> None:
        self.limits = job.limits
        self.seconds = job.limits.seconds
        self.at = os.open(progress_path(rows), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def __enter__(self) -> _Guard:
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(self.at)

    def allow(self, unit: Unit) -> None:
        self.seconds = self.limits.seconds + unit.size / _SLOWEST

    def watch(self, id_: str, n_children: int) -> None:
        os.pwrite(self.at, f"{id_} {n_children}\n".encode(), 0)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)


def _rows(job: Job, unit: Unit, stops: Mapping[str, Stop], guard: _Guard) -> Iterator[dict[str, Any]]:
    place = Place(unit.id)
    if unit.exception is not None:
        yield _row(job, exceptional(place, unit.name, unit.exception, size=unit.size), None)
        return
    guard.allow(unit)
    guard.watch(unit.id, 0)
    try:
        with open(unit.path, "rb") as file:
            yield from _read_rows(job, unit, file, stops, guard)
    except OSError as failure:
        message = f"The file cannot be read: {failure.strerror or failure}"
        exception = ProcessingException(Stage.COLLECT, Class.UNREADABLE, message)
        yield _row(job, exceptional(place, unit.name, exception, size=unit.size), None)


def _read_rows(
    job: Job, unit: Unit, file: BinaryIO, stops: Mapping[str, Stop], guard: _Guard
) -> Iterator[dict[str, Any]]:
    for visited in _visited(job, unit, file, stops, guard):
        if _is_wanted(unit, visited.item.place.id):
            yield _row(job, visited.item, visited.file)


def _visited(job: Job, unit: Unit, file: BinaryIO, stops: Mapping[str, Stop], guard: _Guard) -> Iterator[Visited]:
    """Yield the items of a unit, and those that lead to what is wanted of it."""
    limits, means = _limits(job, unit), _means(job)

    def leads(id_: str) -> bool:
        return _is_wanted(unit, id_) or any(wanted.startswith(f"{id_}.") for wanted in unit.wanted)

    for place, child in _starts(unit, file, limits, means):
        if leads(place.id):
            yield from walk.visit(place, child, limits, means, stops=stops, watch=guard.watch, wanted=leads)


def _limits(job: Job, unit: Unit) -> Limits:
    return replace(job.limits, total_bytes=max(job.limits.total_bytes, 4 * unit.size))


def _means(job: Job) -> containers.Means:
    spill: Any = functools.partial(tempfile.TemporaryFile, dir=job.spool)
    return containers.Means(spill, job.passwords)


def _is_wanted(unit: Unit, id_: str) -> bool:
    return not unit.wanted or any(id_ == wanted or id_.startswith(f"{wanted}.") for wanted in unit.wanted)


def _starts(unit: Unit, file: BinaryIO, limits: Limits, means: containers.Means) -> Iterator[tuple[Place, Child]]:
    whole = Place(unit.id)
    if not unit.first:
        yield whole, Child(unit.name, file=file)
        return
    found: Iterator[Child]
    if unit.kind == kinds.MBOX.mime:
        spans = enumerate(mailboxes.spans(file, unit.begin), unit.first)
        found = (mailboxes.message_at(file, span, position, limits) for position, span in spans)
    elif unit.kind == kinds.PST.mime:
        found = stores.read_store(file, limits, first=unit.first, at_most=unit.count)
    else:
        found = containers.read_zip(file, limits, means, first=unit.first, at_most=unit.count)
    for position, child in zip(range(unit.first, unit.first + unit.count), found, strict=False):
        yield whole.child(position, parent_is_container=True), child


def _row(job: Job, item: ProcessedItem, file: BinaryIO | None) -> dict[str, Any]:
    if item.text:
        with open(job.text_of(item.place.id), "w", encoding="utf-8", newline="") as out:
            out.write(item.text)
    row = {
        "id": item.place.id,
        "parent": item.place.parent,
        "family": item.place.family,
        "depth": item.place.depth,
        "name": item.name,
        "kind": str(item.kind.group),
        "mime": item.kind.mime,
        "size": item.size,
        "sha256": item.sha256,
        "hash": item.dedupe_hash,
        "components": item.components,
        "mih": item.mih,
        "mail": _mail(item.message) if item.message else None,
        "metadata": item.metadata,
        "pages": item.pages,
        "extractor": item.extractor,
        "status": str(item.status),
        "exception": list(map(str, item.exception.args)) if item.exception else None,
        "children": item.n_children,
        "characters": len(item.text),
        "is_container": item.is_container,
        "digests": _digests(file, job.digests) if file and job.digests else {},
        "features": relating.features(item),
    }
    wanted = pages.wanted(job, item) if file else None
    if file and wanted is not None:
        row["ocr"] = {"path": pages.keep(job, item, file), "pages": wanted}
    return row


def _mail(message: Message) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "from": message.from_,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "sent": message.sent.isoformat() if message.sent else None,
        "sent_original": message.sent_original,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": message.references,
        "conversation_index": message.conversation_index,
        "defects": message.defects,
    }


def _digests(file: BinaryIO, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    file.seek(0, io.SEEK_SET)
    while piece := file.read(_CHUNK):
        for digest in found.values():
            digest.update(piece)
    return {name: digest.hexdigest() for name, digest in found.items()}
