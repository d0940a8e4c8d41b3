"""Taking batches in: every file is stored as it came before anything is read."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max

from cursitor.engines.processing import containers
from cursitor.lines.entry import access
from cursitor.lines.entry.choices import BatchState, Split
from cursitor.lines.entry.models import Batch, SourceFile
from cursitor.lines.entry.queries.definition import current_schema
from cursitor.plumbing import folders
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

FILES_A_MESSAGE = 8
MOST_PAGES_A_RECORD = 1_000
OPEN_STATES = frozenset({OrderState.ACCEPTED, OrderState.IN_PROGRESS})


class BatchRefused(Refusal):
    """Raised when a batch cannot be collected: the order is not in work, no form is defined, or there is no file."""


class NotReplaceable(Refusal):
    """Raised when a file is no exception that waits to be settled, so that nothing needs to stand in its place."""


def collect_upload(
    *,
    order: WorkOrder,
    label: str,
    files: Iterable[tuple[str, BinaryIO]],
    split: str,
    every: int,
    by: Person,
    at: datetime,
) -> Batch:
    """
    Take in uploaded files (name, binary stream) as a batch, and let the worker render their pages.

    split: of choices.Split. every: pages a record, where split is EVERY.
    :raises BatchRefused: if the order is not in work, has no form definition, or no file was given.
    :raises NotPermitted: naming who may collect. :raises Invalid: for a split that cannot be.
    """
    _require_open(order=order, by=by, split=split, every=every)
    scope = order.matter.key
    stored = [(containers.label(name), vault.put(scope=scope, source=source, at=at)) for name, source in files]
    if not stored:
        raise BatchRefused("Choose at least one file.")
    with transaction.atomic():
        batch = _make(order, label, split, every, by, at)
        _add_files(batch, stored)
        _let_be_read(batch, at)
    return batch


def collect_folder(
    *, order: WorkOrder, label: str, folder: str, split: str, every: int, by: Person, at: datetime
) -> Batch:
    """
    Let the worker take in every file below a folder of the server as a batch.

    :raises folders.FolderNotOffered: unless the folder lies below one of CURSITOR_COLLECT_ROOTS.
    :raises BatchRefused, NotPermitted, Invalid: as `collect_upload`.
    """
    _require_open(order=order, by=by, split=split, every=every)
    path = folders.offered(folder)
    if next(folders.files_below(path), None) is None:
        raise Invalid("The folder holds no file.", field="folder")
    with transaction.atomic():
        batch = _make(order, label, split, every, by, at, folder=str(path))
        outbox.post(topic="entry.gather", key=f"batch:{batch.pk}", at=at, batch=batch.pk)
    return batch


def gather(*, batch: int, at: datetime) -> None:
    """Store the files of a batch's folder, then let them be read. May be killed and run again."""
    found = Batch.objects.select_related("order__matter").get(pk=batch)
    if not found.folder or found.state != BatchState.READING or found.files.exclude(read_at=None).exists():
        # Files are read only once all of them are stored.
        return
    root = Path(found.folder)
    known = set(found.files.filter(parent=None).values_list("path", flat=True))
    fresh = ((path, name) for path, name in folders.files_below(root) if name not in known)
    while several := list(islice(fresh, FILES_A_MESSAGE)):
        scope = found.order.matter.key
        stored = [(name, *folders.stored(path, root, scope=scope, at=at)) for path, name in several]
        with transaction.atomic():
            _add_files(found, [(name, blob) for name, blob, _ in stored], [trouble for *_, trouble in stored])
    with transaction.atomic():
        _let_be_read(Batch.objects.select_for_update().get(pk=batch), at)


def replace_file(*, file: SourceFile, name: str, stream: BinaryIO, by: Person, at: datetime) -> SourceFile:
    """
    Take in another file in the place of one that could not be read, and let the worker read it; return it.

    The first one stays on the list of exceptions, settled by a note that names what stands in its place.
    :raises NotReplaceable: unless it is an exception that nobody has settled.
    """
    order = file.batch.order
    require_in_work(order=order, by=by)
    blob = vault.put(scope=order.matter.key, source=stream, at=at)
    label = containers.label(name)
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=file.batch_id)
        found = SourceFile.objects.select_for_update().get(pk=file.pk)
        if not found.exception_class or found.disposed_at is not None:
            raise NotReplaceable(f"{found.path} does not wait to be settled.")
        (made,) = _add_files(batch, [(label, blob)])
        found.disposed_by, found.disposed_at = by, at
        found.disposition_note = f"Replaced by {made.position}, {label}"[:300]
        found.save(update_fields=["disposed_by", "disposed_at", "disposition_note"])
        _let_be_read(batch, at)
        data = {"batch": batch.number, "file": found.position, "by": made.position, "sha256": blob.sha256}
        audit.record(event="entry.file.replaced", at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
    return made


def require_in_work(*, order: WorkOrder, by: Person) -> None:
    """:raises NotPermitted: naming who may collect. :raises BatchRefused: if the order is not in work."""
    access.require(by, order=order, to="collect")
    require_state(order)


def require_state(order: WorkOrder) -> None:
    """:raises BatchRefused: if the order is not in work."""
    if order.state not in OPEN_STATES:
        raise BatchRefused(f"{order.ref} is not in work; batches are collected once it has been accepted.")


def _require_open(*, order: WorkOrder, by: Person, split: str, every: int) -> None:
    require_in_work(order=order, by=by)
    if current_schema(order) is None:
        raise BatchRefused("Define the form first: pages become records of a form.")
    if split not in Split.values:
        raise Invalid("Choose how pages become records.", field="split")
    if not 1 <= every <= MOST_PAGES_A_RECORD:
        raise Invalid(f"A record has 1 to {MOST_PAGES_A_RECORD:,} pages.", field="every")


def _make(order: WorkOrder, label: str, split: str, every: int, by: Person, at: datetime, folder: str = "") -> Batch:
    order = WorkOrder.objects.select_for_update().select_related("matter").get(pk=order.pk)
    number = (order.batches.aggregate(latest=Max("number"))["latest"] or 0) + 1
    batch = Batch.objects.create(
        order=order,
        number=number,
        label=label.strip()[:200] or f"Batch {number}",
        folder=folder[:500],
        split=split,
        every=every if split == Split.EVERY else 1,
        made_by=by,
        made_at=at,
    )
    data = {"batch": number, "split": split, "from": "folder" if folder else "upload"}
    audit.record(event="entry.batch.collected", at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
    return batch


def _add_files(
    batch: Batch, stored: list[tuple[str, Blob | None]], troubles: list[dict[str, Any]] | None = None
) -> list[SourceFile]:
    """Write files as they came, numbered on from those that are there; troubles: of those that could not be stored."""
    n_there = batch.files.filter(parent=None).count()
    each = zip(stored, troubles or [{}] * len(stored), strict=True)
    rows = [
        SourceFile(
            batch=batch,
            position=f"{number:04d}",
            path=name[:1000],
            blob=blob,
            exception_stage="collect" if trouble else "",
            exception_class=trouble.get("class", ""),
            exception_message=trouble.get("message", ""),
        )
        for number, ((name, blob), trouble) in enumerate(each, n_there + 1)
    ]
    return SourceFile.objects.bulk_create(rows)


def _let_be_read(batch: Batch, at: datetime) -> None:
    """Post the files that are unread to the worker, a few at a time; a batch without any goes straight on."""
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.READING, ready_at=None)
    waiting = list(batch.files.filter(parent=None, read_at=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(waiting), FILES_A_MESSAGE):
        outbox.post(topic="entry.read", at=at, files=waiting[start : start + FILES_A_MESSAGE])
    if not waiting:
        outbox.post(topic="entry.publish", key=f"batch:{batch.pk}", at=at, batch=batch.pk)
