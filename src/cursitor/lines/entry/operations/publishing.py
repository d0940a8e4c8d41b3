"""The last step of a batch: its pages become numbered records, filled in beforehand where that was wanted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from cursitor.lines.entry import prefilling
from cursitor.lines.entry.choices import BatchState, OcrState, Split
from cursitor.lines.entry.models import Batch, Page, Record, Schema, SourceFile
from cursitor.lines.entry.queries.definition import current_schema, definition
from cursitor.plumbing.outbox import operations as outbox
from cursitor.spine.audit import operations as audit
from cursitor.spine.work.models import WorkOrder


@dataclass(frozen=True)
class Planned:
    """A record to be: pages first to last of a file, by a version of the form, with what was guessed of its fields."""

    file: SourceFile
    first: int
    last: int
    schema: Schema
    prefill: dict[str, Any]


def let_go_on(*, batch: Batch, at: datetime) -> None:
    """Post the batch to be published if nothing of it waits any more, in the caller's transaction that locked it."""
    if not _waits(batch):
        outbox.post(topic="entry.publish", key=f"batch:{batch.pk}", at=at, batch=batch.pk)


def publish(*, batch: int, at: datetime) -> None:
    """
    Make the records of a batch whose files are all read and whose pages are all recognised, in one transaction.

    Files that have records already, and those that ended as exceptions, get none. May run twice.
    """
    row = Batch.objects.select_related("order").get(pk=batch)
    if _waits(row):
        return
    planned = plan(order=row.order, files=list(_without_records(row)))
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().select_related("matter").get(pk=row.order_id)
        locked = Batch.objects.select_for_update().get(pk=batch)
        there = set(_without_records(locked).values_list("pk", flat=True))
        if _waits(locked) or there != {one.file.pk for one in planned}:
            # Something came in between; whoever brought it has left the batch to be published again.
            return
        make_records(order=order, planned=planned)
        if locked.state == BatchState.READY and not planned:
            return
        locked.state, locked.ready_at = BatchState.READY, at
        locked.save(update_fields=["state", "ready_at"])
        data = {"batch": locked.number, "records": len(planned)}
        subject = {"subject": order.key, "matter": order.matter.key}
        audit.record(event="entry.batch.ready", at=at, by=None, **subject, data=data)


def plan(*, order: WorkOrder, files: Sequence[SourceFile]) -> list[Planned]:
    """
    Return the records that files will become, in their order, by the current version of the form.

    Aligning words with fields takes its time and is done here, while nothing is locked. Pages are taken as they are:
    one that could not be rendered is missing from its record, and no record is made of missing pages alone.
    """
    schema = current_schema(order)
    pages = Page.objects.filter(file__in=files).select_related("ocr_words").order_by("file", "number")
    by_file = {pk: list(own) for pk, own in groupby(pages, key=lambda page: page.file_id)}
    planned = []
    for file in files:
        own = by_file.get(file.pk, [])
        for first, last in ranges(file.batch, [page.number for page in own]):
            shown = [page for page in own if first <= page.number <= last]
            guesses = prefilling.guesses(definition(schema), shown) if schema.prefill else {}
            planned.append(Planned(file, first, last, schema, guesses))
    return planned


def make_records(*, order: WorkOrder, planned: Sequence[Planned]) -> None:
    """Number planned records and write them, in the caller's transaction that locked the order."""
    latest = order.records.aggregate(latest=Max("number"))["latest"] or 0
    records = [
        Record(
            order=order,
            number=number,
            batch=one.file.batch,
            file=one.file,
            first_page=one.first,
            last_page=one.last,
            schema=one.schema,
            prefill=one.prefill,
        )
        for number, one in enumerate(planned, latest + 1)
    ]
    Record.objects.bulk_create(records, batch_size=200)


def ranges(batch: Batch, numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield (first, last page) of each record of a file whose pages have these numbers, in ascending order."""
    if batch.split == Split.FILE:
        return [(numbers[0], numbers[-1])] if numbers else []
    step = batch.every if batch.split == Split.EVERY else 1
    groups = (list(own) for _, own in groupby(numbers, key=lambda number: (number - 1) // step))
    return [(own[0], own[-1]) for own in groups]


def _without_records(batch: Batch) -> QuerySet[SourceFile]:
    found = batch.files.filter(exception_class="", n_pages__gt=0, records=None)
    return found.select_related("batch").order_by("position")


def _waits(batch: Batch) -> bool:
    unread = batch.files.filter(read_at=None).exists()
    return unread or Page.objects.filter(file__batch=batch, ocr_state=OcrState.WAITING).exists()
