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

from cursitor.engines.processing import containers, items, kinds, mailboxes, walk
from cursitor.engines.processing.containers import Child
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.items import Place, ProcessedItem, Status, exceptional
from cursitor.engines.processing.limits import MEBIBYTE
from cursitor.engines.processing.messages import Message
from cursitor.engines.processing.walk import Stop
from cursitor.plumbing.corpus import relating
from cursitor.plumbing.corpus.batches import BATCH_BYTES, Job, Unit

SLICE_MESSAGES = 500
_SLOWEST = 20 * MEBIBYTE
"""Bytes a second that even a slow disk gives; what is larger than a time limit allows is given more time."""
_CHUNK = 1024 * 1024


def progress_path(rows: str) -> str:
    """Return where the worker writes what it is at."""
    return f"{rows}.at"


def read(job: Job, units: tuple[Unit, ...], rows: str, stops: Mapping[str, Stop]) -> int:
    """Write a row for every item of some units to a file, and their texts; return how many rows there are."""
    n_rows = 0
    with open(rows, "w", encoding="utf-8") as out, _Guard(job, rows) as guard:
        for unit in units:
            for row in _rows(job, unit, stops, guard):
                out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
                out.write("\n")
                n_rows += 1
    return n_rows


def take_apart(job: Job, unit: Unit, rows: str) -> list[tuple[int, int, int]]:
    """
    Return the slices of a large mailbox (first message, how many, where they begin) and write its own row.

    Empty for everything else, and for a mailbox that cannot be read: those are read as they are.
    """
    try:
        with open(unit.path, "rb") as file, _Guard(job, rows) as guard:
            guard.allow(unit)
            guard.watch(unit.id, 0)
            if kinds.identify(file.read(kinds.HEAD_BYTES), unit.name) != kinds.MBOX:
                return []
            slices = list(_slices(file))
            file.seek(0)
            item = ProcessedItem(
                Place(unit.id),
                containers.label(unit.name),
                kinds.MBOX,
                unit.size,
                items.digest(file),
                status=Status.EXCLUDED,
                n_children=sum(count for _, count, _ in slices),
            )
            row = _row(job, item, file)
    except (ProcessingException, OSError):
        return []
    Path(rows).write_text(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return slices


def _slices(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    first = count = begin = 0
    position = 0
    for position, span in enumerate(mailboxes.spans(file), 1):
        if count == SLICE_MESSAGES or (count and span.end - begin > BATCH_BYTES):
            yield first, count, begin
            count = 0
        if not count:
            first, begin = position, span.at
        count += 1
    yield first, count, begin


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
    limits = replace(job.limits, total_bytes=max(job.limits.total_bytes, 4 * unit.size))
    spill = functools.partial(tempfile.TemporaryFile, dir=job.spool)
    means = containers.Means(spill, job.passwords)  # type: ignore[arg-type]
    for place, child in _starts(unit, file, limits):
        for visited in walk.visit(place, child, limits, means, stops=stops, watch=guard.watch):
            yield _row(job, visited.item, visited.file)


def _starts(unit: Unit, file: BinaryIO, limits: Any) -> Iterator[tuple[Place, Child]]:
    if not unit.first:
        yield Place(unit.id), Child(unit.name, file=file)
        return
    whole = Place(unit.id)
    found = mailboxes.spans(file, unit.begin)
    for position in range(unit.first, unit.first + unit.count):
        child = mailboxes.message_at(file, next(found), position, limits)
        yield whole.child(position, parent_is_container=True), child


def _row(job: Job, item: ProcessedItem, file: BinaryIO | None) -> dict[str, Any]:
    if item.text:
        with open(job.text_of(item.place.id), "w", encoding="utf-8", newline="") as out:
            out.write(item.text)
    return {
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
