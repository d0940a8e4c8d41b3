"""Reading the files of a batch: each is rendered or opened in the sandbox and committed whole, or stays as it was."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from cursitor.lines.entry import access
from cursitor.lines.entry.choices import BatchState, OcrState
from cursitor.lines.entry.models import Batch, Page, SourceFile
from cursitor.lines.entry.operations import collecting, publishing, recognising
from cursitor.lines.entry.queries.definition import current_schema
from cursitor.lines.entry.reader import Reader, ReadFile
from cursitor.plumbing import workspace
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

SIDE_BY_SIDE = 2
"""Files rendered at the same time, each in a worker of its own, while this process stores what has been rendered."""


@dataclass(frozen=True)
class _Stored:
    """A read file whose bytes and pages are in the vault. pages: not saved yet, without their file."""

    found: ReadFile
    blob: Blob | None
    pages: tuple[Page, ...]


def read_files(*, files: Sequence[int], reader: Reader, at: datetime) -> None:
    """
    Read files as they came, each committed in one transaction with its pages and all that came out of it.

    files: keys. Those that are read already are passed over: may be killed and run again.
    """
    waiting = SourceFile.objects.filter(pk__in=files, parent=None, read_at=None)
    for file, stored in _read_each(waiting, reader, at):
        _commit(file, stored, at)


def read_again(*, file: int, reader: Reader, at: datetime) -> None:
    """Read a file once more that ended as an exception; what can be read now is taken over. May run twice."""
    waiting = _open_exceptions(SourceFile.objects.filter(pk=file, blob__isnull=False))
    for row, stored in _read_each(waiting, reader, at):
        with transaction.atomic():
            batch = Batch.objects.select_for_update().get(pk=row.batch_id)
            if not _open_exceptions(SourceFile.objects.filter(pk=row.pk)).exists():
                return
            _write(row, stored, at)
            Batch.objects.filter(pk=batch.pk).update(state=BatchState.READING)
            publishing.let_go_on(batch=batch, at=at)


def retry(*, order: WorkOrder, files: Iterable[int], by: Person, at: datetime) -> int:
    """
    Let the worker read exceptions again, and no other file; return how many. Files that were never stored cannot be.

    files: keys. :raises Invalid: if none of them waits to be settled and can be read.
    """
    collecting.require_in_work(order=order, by=by)
    with transaction.atomic():
        found = _open_exceptions(SourceFile.objects.filter(pk__in=list(files), batch__order=order, blob__isnull=False))
        rows = list(found.select_related("batch").order_by("pk"))
        if not rows:
            raise Invalid("Choose files that wait to be settled and could be stored.", field="files")
        for row in rows:
            outbox.post(topic="entry.retry", key=f"file:{row.pk}", at=at, file=row.pk)
        _log("entry.file.retried", order, rows, by, at)
    return len(rows)


def key_what_is_there(*, order: WorkOrder, files: Iterable[int], note: str, by: Person, at: datetime) -> int:
    """
    Let the pages be keyed that could be rendered of files with damaged pages; return how many files.

    files: keys. note: why that is enough. The exception stays on the list, settled with the note.
    :raises Invalid: without a note, or if a file has no pages or is settled already.
    """
    if not note.strip():
        raise Invalid("Say why the pages that are there are enough.", field="note")
    keys = set(files)
    found = _open_exceptions(SourceFile.objects.filter(pk__in=keys, batch__order=order, n_pages__gt=0))
    planned = publishing.plan(order=order, files=list(found.select_related("batch").order_by("batch", "position")))
    with transaction.atomic():
        locked = WorkOrder.objects.select_for_update().select_related("matter").get(pk=order.pk)
        access.require(by, order=locked, to="dispose")
        collecting.require_state(locked)
        rows = list(found.select_related("batch").order_by("batch", "position"))
        if not rows or len(rows) < len(keys):
            raise Invalid("Choose files of which some pages could be rendered.", field="files")
        for row in rows:
            row.disposed_by, row.disposed_at, row.disposition_note = by, at, note.strip()[:300]
        SourceFile.objects.bulk_update(rows, ["disposed_by", "disposed_at", "disposition_note"])
        publishing.make_records(order=locked, planned=planned)
        _log("entry.file.kept", locked, rows, by, at, note=note.strip()[:300])
    return len(rows)


def _open_exceptions(files: QuerySet[SourceFile]) -> QuerySet[SourceFile]:
    return files.filter(disposed_at=None).exclude(exception_class="")


def _read_each(files: QuerySet[SourceFile], reader: Reader, at: datetime) -> Iterable[tuple[SourceFile, list[_Stored]]]:
    rows = files.select_related("blob", "batch__order__matter").order_by("pk")
    threads = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="rendering")
    with workspace.folder("pages") as folder:
        try:
            jobs = [(row, _begun(row, reader, folder, threads)) for row in rows]
            for row, job in jobs:
                found = [ReadFile(row.position, "", row.path, source=None)] if job is None else job.result()
                yield row, [_stored(one, row, at) for one in found]
        finally:
            threads.shutdown(wait=True, cancel_futures=True)


def _begun(row: SourceFile, reader: Reader, folder: Path, threads: ThreadPoolExecutor) -> Future[list[ReadFile]] | None:
    """Start reading; None where the file could not be stored when it was collected."""
    if row.blob is None:
        return None
    own = folder / str(row.pk)
    own.mkdir()
    source = own / "source"
    vault.copy(row.blob, source)
    # No thread but this one speaks to the database.
    asked = {"path": row.path, "position": row.position, "folder": own}
    return threads.submit(lambda: list(reader.read(source, **asked)))


def _stored(found: ReadFile, row: SourceFile, at: datetime) -> _Stored:
    scope = row.batch.order.matter.key
    is_own = found.position == row.position
    blob = row.blob if is_own else None
    if found.source is not None and not is_own:
        with found.source.open("rb") as stream:
            blob = vault.put(scope=scope, source=stream, at=at)
    pages = []
    for page in found.pages:
        path = Path(page.path)
        image = vault.put(scope=scope, source=path.read_bytes(), at=at)
        path.unlink()
        size = {"width": page.width, "height": page.height, "dpi": page.dpi}
        pages.append(Page(number=page.number, image=image, mime=page.mime, **size))
    return _Stored(found, blob, tuple(pages))


def _commit(file: SourceFile, stored: list[_Stored], at: datetime) -> None:
    with transaction.atomic():
        # The lock lets exactly one of two workers see that nothing is left to be read.
        batch = Batch.objects.select_for_update().get(pk=file.batch_id)
        if not SourceFile.objects.filter(pk=file.pk, read_at=None).exists():
            return
        _write(file, stored, at)
        publishing.let_go_on(batch=batch, at=at)


def _write(file: SourceFile, stored: list[_Stored], at: datetime) -> None:
    """Write a file, what came out of it, parents first, and the pages of all. What is there already stays."""
    there = SourceFile.objects.filter(batch=file.batch_id, position__startswith=f"{file.position}.")
    known = {row.position: row for row in there} | {file.position: file}
    pages = []
    schema = current_schema(file.batch.order)
    state = OcrState.WAITING if schema is not None and schema.prefill else OcrState.NONE
    for one in stored:
        row = known.get(one.found.position)
        if row is None:
            row = SourceFile(batch=file.batch, position=one.found.position, parent=known[one.found.parent])
        elif row.pk != file.pk:
            continue
        _fill(row, one, at)
        known[row.position] = row
        numbers = set(row.pages.values_list("number", flat=True))
        for page in one.pages:
            page.file, page.ocr_state = row, state
        pages += [page for page in one.pages if page.number not in numbers]
    Page.objects.bulk_create(pages, batch_size=200)
    if pages and state == OcrState.WAITING:
        recognising.ask(batch=file.batch, at=at)


def _fill(row: SourceFile, one: _Stored, at: datetime) -> None:
    failure = one.found.exception
    row.path, row.blob = _clean(one.found.path)[:1000], one.blob
    row.n_pages, row.n_children, row.read_at = len(one.pages), one.found.n_children, at
    if failure is not None or row.exception_stage != "collect":
        row.exception_stage = str(failure.stage) if failure else ""
        row.exception_class = str(failure.class_) if failure else ""
        row.exception_message = _clean(failure.message)[:500] if failure else ""
    row.save()


def _clean(text: str) -> str:
    """Return text as both databases take it: without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _log(event: str, order: WorkOrder, rows: Sequence[SourceFile], by: Person, at: datetime, **data: str) -> None:
    about = {"files": [f"{row.batch.number}:{row.position}" for row in rows], **data}
    audit.record(event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data=about)
