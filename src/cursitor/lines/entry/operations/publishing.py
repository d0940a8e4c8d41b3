"""The last step of a batch: its pages become numbered records, filled in beforehand where that was wanted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Max

from cursitor.lines.entry.choices import BatchState, OcrState, Split
from cursitor.lines.entry.models import Batch, Page, Record, SourceFile
from cursitor.lines.entry.queries.definition import current_schema
from cursitor.plumbing.outbox import operations as outbox
from cursitor.spine.audit import operations as audit
from cursitor.spine.work.models import WorkOrder


def let_go_on(*, batch: Batch, at: datetime) -> None:
    """Post the batch to be published if nothing of it waits any more, in the caller's transaction that locked it."""
    if not _waits(batch):
        outbox.post(topic="entry.publish", key=f"batch:{batch.pk}", at=at, batch=batch.pk)


def publish(*, batch: int, at: datetime) -> None:
    """
    Make the records of a batch whose files are all read and whose pages are all recognised, in one transaction.

    Files that have records already, and those that ended as exceptions, get none. May run twice.
    """
    with transaction.atomic():
        row = Batch.objects.select_related("order").get(pk=batch)
        order = WorkOrder.objects.select_for_update().select_related("matter").get(pk=row.order_id)
        locked = Batch.objects.select_for_update().get(pk=batch)
        if _waits(locked):
            return
        files = locked.files.filter(exception_class="", n_pages__gt=0, records=None).order_by("position")
        n_records = make_records(order=order, files=list(files))
        if locked.state == BatchState.READY and not n_records:
            return
        locked.state, locked.ready_at = BatchState.READY, at
        locked.save(update_fields=["state", "ready_at"])
        data = {"batch": locked.number, "records": n_records}
        subject = {"subject": order.key, "matter": order.matter.key}
        audit.record(event="entry.batch.ready", at=at, by=None, **subject, data=data)


def make_records(*, order: WorkOrder, files: Sequence[SourceFile]) -> int:
    """
    Number the records of files, in the caller's transaction that locked the order; return how many they are.

    They keep the current version of the form. Their pages are taken as they are: a page that could not be rendered is
    missing from its record, and a record is never made of missing pages alone.
    """
    schema = current_schema(order)
    number = order.records.aggregate(latest=Max("number"))["latest"] or 0
    pages = Page.objects.filter(file__in=files).order_by("file", "number")
    by_file = {pk: list(own) for pk, own in groupby(pages, key=lambda page: page.file_id)}
    records = []
    for file in files:
        for first, last in ranges(file.batch, [page.number for page in by_file.get(file.pk, ())]):
            number += 1
            record = Record(order=order, number=number, batch=file.batch, file=file, schema=schema)
            record.first_page, record.last_page = first, last
            records.append(record)
    Record.objects.bulk_create(records, batch_size=200)
    return len(records)


def ranges(batch: Batch, numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield (first, last page) of each record of a file whose pages have these numbers, in ascending order."""
    if batch.split == Split.FILE:
        return [(numbers[0], numbers[-1])] if numbers else []
    step = batch.every if batch.split == Split.EVERY else 1
    groups = (list(own) for _, own in groupby(numbers, key=lambda number: (number - 1) // step))
    return [(own[0], own[-1]) for own in groups]


def _waits(batch: Batch) -> bool:
    unread = batch.files.filter(read_at=None).exists()
    return unread or Page.objects.filter(file__batch=batch, ocr_state=OcrState.WAITING).exists()
