"""Make versions of what goes back, and let them be read. Every download is on the log."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import access
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Deliverable, DeliverableFile, WorkOrder

DELIVERABLE_STATES = frozenset({OrderState.IN_PROGRESS, OrderState.IN_QUALITY})
DIGEST = re.compile(r"[0-9a-f]{64}")
SAFE_PART = re.compile(r"[^\x00-\x1f\\/:*?\"<>|]+")


class NotDeliverable(Refusal):
    """Raised when a deliverable is made for an order on which the provider does not work."""


def add_deliverable(
    *,
    order: WorkOrder,
    files: Iterable[tuple[str, BinaryIO | bytes, str]],
    inputs_digest: str,
    summary: dict[str, Any],
    by: Person,
    at: datetime,
) -> Deliverable:
    """
    Store the files as the next version of the order's deliverable, encrypted, with a SHA-256 each.

    files: (path, source, MIME type), read once each; paths are relative, with "/", each once. inputs_digest: SHA-256 in
    hex of what it was made from; when the latest version was made from the same, that version is returned and the files
    are not read. summary: the line's figures, JSON without floats.
    :raises Invalid: naming the path or digest. :raises NotDeliverable, NotVisible, NotPermitted.
    """
    if not DIGEST.fullmatch(inputs_digest):
        raise Invalid("The digest of the inputs is 64 hexadecimal digits.", field="inputs_digest")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="deliver_files")
        latest = order.deliverables.order_by("-version").first()
        if latest and latest.inputs_digest == inputs_digest:
            return latest
        if order.state not in DELIVERABLE_STATES:
            state = order.get_state_display().lower()
            raise NotDeliverable(f'{order.ref} is in the state "{state}"; no deliverable is made now.')
        version = (order.deliverables.aggregate(latest=Max("version"))["latest"] or 0) + 1
        deliverable = Deliverable.objects.create(
            order=order, version=version, made_by=by, made_at=at, inputs_digest=inputs_digest, summary=summary
        )
        kept = _store(deliverable, files, at)
        data = {"files": len(kept), "bytes": sum(file.size for file in kept), "inputs_digest": inputs_digest}
        _record("work.deliverable.made", deliverable, by, at, data)
    return deliverable


def download_file(*, file: DeliverableFile, by: Person, at: datetime) -> Iterator[bytes]:
    """Write the download to the log, then return the file's bytes in pieces. :raises NotVisible, NotPermitted."""
    with transaction.atomic():
        access.require(by, order=file.deliverable.order, to="download")
        data = {"path": file.path, "sha256": file.sha256}
        _record("work.deliverable.file_downloaded", file.deliverable, by, at, data)
    return vault.chunks(file.blob)


def download_all(*, deliverable: Deliverable, by: Person, at: datetime) -> Iterator[bytes]:
    """Write the download to the log, then return a ZIP of all files, made while it is read: memory stays flat."""
    with transaction.atomic():
        access.require(by, order=deliverable.order, to="download")
        files = list(deliverable.files.select_related("blob").order_by("path"))
        _record("work.deliverable.downloaded", deliverable, by, at, {"files": len(files)})
    return _zip(files, deliverable.made_at)


def _store(deliverable: Deliverable, files: Iterable[tuple[str, Any, str]], at: datetime) -> list[DeliverableFile]:
    seen: set[str] = set()
    rows = []
    for path, source, mime in files:
        _check_path(path, seen)
        blob = vault.put(scope=deliverable.order.matter.key, source=source, at=at)
        row = {"path": path, "blob": blob, "sha256": blob.sha256, "size": blob.size, "mime": mime}
        rows.append(DeliverableFile(deliverable=deliverable, **row))
    if not rows:
        raise Invalid("A deliverable holds at least one file.", field="files")
    return DeliverableFile.objects.bulk_create(rows)


def _check_path(path: str, seen: set[str]) -> None:
    parts = path.split("/")
    if len(path) > 400 or not all(SAFE_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        raise Invalid(f'"{path[:80]}" cannot be a path in a deliverable.', field="files")
    if path.casefold() in seen:
        raise Invalid(f'"{path}" is twice in the deliverable.', field="files")
    seen.add(path.casefold())


def _zip(files: list[DeliverableFile], made_at: datetime) -> Iterator[bytes]:
    sink = _Sink()
    stamp = (made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, date_time=stamp)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(entry, "w", force_zip64=file.size > 2**31) as member:
                for piece in vault.chunks(file.blob):
                    member.write(piece)
                    yield sink.take()
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """A stream that is only written to and emptied: what an archive writes until the reader takes it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def _record(event: str, deliverable: Deliverable, by: Person, at: datetime, data: dict[str, Any]) -> None:
    key, matter = deliverable.key, deliverable.order.matter.key
    audit.record(event=event, at=at, by=by, subject=key, matter=matter, data=data)
