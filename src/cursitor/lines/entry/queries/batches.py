"""What came of each batch: every file counted once, pages, records, and what is still under way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, Q, QuerySet

from cursitor.lines.entry.choices import BatchState, OcrState
from cursitor.lines.entry.models import Batch, Page, Record, SourceFile
from cursitor.spine.work.models import WorkOrder

_FILES = {
    "files": Count("pk"),
    "rendered": Count("pk", filter=Q(exception_class="", n_pages__gt=0)),
    "opened": Count("pk", filter=Q(exception_class="", n_pages=0, n_children__gt=0)),
    "exceptions": Count("pk", filter=~Q(exception_class="")),
    "to_settle": Count("pk", filter=~Q(exception_class="") & Q(disposed_at=None)),
    "unread": Count("pk", filter=Q(exception_class="", read_at=None)),
}
_PAGES = {
    "pages": Count("pk"),
    "to_recognise": Count("pk", filter=~Q(ocr_state=OcrState.NONE)),
    "recognised": Count("pk", filter=Q(ocr_state=OcrState.DONE)),
    "not_recognised": Count("pk", filter=Q(ocr_state=OcrState.FAILED)),
}


@dataclass(frozen=True)
class BatchView:
    """
    A batch and its counts. files = rendered + opened + exceptions + unread.

    to_settle: those of the exceptions that nobody has settled. to_recognise: pages whose words are wanted; they end
    as recognised or not_recognised.
    """

    batch: Batch
    files: int = 0
    rendered: int = 0
    opened: int = 0
    exceptions: int = 0
    to_settle: int = 0
    unread: int = 0
    pages: int = 0
    to_recognise: int = 0
    recognised: int = 0
    not_recognised: int = 0
    records: int = 0

    @property
    def is_running(self) -> bool:
        return self.batch.state != BatchState.READY

    @property
    def is_balanced(self) -> bool:
        return self.files == self.rendered + self.opened + self.exceptions + self.unread

    @property
    def read(self) -> int:
        return self.files - self.unread

    @property
    def ended_recognition(self) -> int:
        return self.recognised + self.not_recognised


def batches(*, order: WorkOrder) -> list[BatchView]:
    """Return the batches of an order with their counts, in the order of their numbers. Four queries."""
    return _counted(order.batches.select_related("made_by").order_by("number"))


def batch_totals(views: Sequence[BatchView]) -> dict[str, int]:
    """Return each count over several batches, and how many of them are running."""
    counts = {name: sum(getattr(view, name) for view in views) for name in (*_FILES, *_PAGES, "records")}
    return counts | {"running": sum(view.is_running for view in views)}


def batch_view(*, batch: Batch) -> BatchView:
    return _counted([batch])[0]


def files_of(*, batch: Batch) -> QuerySet[SourceFile]:
    """Return the files of a batch in their order, each followed by what came out of it, with pages and records."""
    pages = Prefetch("pages", Page.objects.order_by("number"), to_attr="shown_pages")
    records = Prefetch("records", Record.objects.order_by("number"), to_attr="shown_records")
    return batch.files.order_by("position", "pk").prefetch_related(pages, records)


def exceptions_of(*, batch: Batch) -> QuerySet[SourceFile]:
    """Return the files of a batch that could not be read, those to be settled first."""
    found = batch.files.exclude(exception_class="").select_related("disposed_by")
    return found.order_by(F("disposed_at").asc(nulls_first=True), "position")


def _counted(found: Iterable[Batch]) -> list[BatchView]:
    rows = list(found)
    files, pages = SourceFile.objects.filter(batch__in=rows), Page.objects.filter(file__batch__in=rows)
    records = Record.objects.filter(batch__in=rows)
    counts: dict[int, dict[str, int]] = {row.pk: {} for row in rows}
    for grouped in (
        files.order_by().values(of=F("batch")).annotate(**_FILES),
        pages.order_by().values(of=F("file__batch")).annotate(**_PAGES),
        records.order_by().values(of=F("batch")).annotate(records=Count("pk")),
    ):
        for one in grouped:
            counts[one.pop("of")] |= one
    return [BatchView(row, **counts[row.pk]) for row in rows]
