"""How far data entry has come, what stands in the way of delivery, and what may be billed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from cursitor.lines.entry.choices import BatchState, Stage
from cursitor.lines.entry.models import Record, SourceFile, Value
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import Billable, Blocker, Progress

BY_FIELD = "entry.fields"
_FINISHED = Q(stage=Stage.DONE) | Q(stage=Stage.SET_ASIDE, confirmed_by__isnull=False)


@dataclass(frozen=True)
class Reconciliation:
    """
    Every file and every record counted once.

    files = rendered + opened + exceptions + not yet read; records = done + waiting + set aside. open_exceptions: those
    of the exceptions that nobody has settled.
    """

    files: int
    rendered: int
    opened: int
    exceptions: int
    open_exceptions: int
    unread: int
    records: int
    done: int
    waiting: int
    set_aside: int

    @property
    def balanced(self) -> bool:
        files = self.rendered + self.opened + self.exceptions + self.unread
        return self.files == files and self.records == self.done + self.waiting + self.set_aside


def reconciliation(*, order: WorkOrder) -> Reconciliation:
    is_exception = ~Q(exception_class="")
    is_rendered = Q(exception_class="", n_pages__gt=0)
    is_opened = Q(exception_class="", n_pages=0, n_children__gt=0)
    files = SourceFile.objects.filter(batch__order=order).aggregate(
        files=Count("pk"),
        rendered=Count("pk", filter=is_rendered),
        opened=Count("pk", filter=is_opened),
        exceptions=Count("pk", filter=is_exception),
        open_exceptions=Count("pk", filter=is_exception & Q(disposed_at=None)),
        unread=Count("pk", filter=Q(exception_class="", n_pages=0, n_children=0, read_at=None)),
    )
    stages = stage_counts(order)
    done, set_aside = stages[Stage.DONE], stages[Stage.SET_ASIDE]
    n_records = sum(stages.values())
    waiting = stages[Stage.FIRST] + stages[Stage.SECOND] + stages[Stage.ADJUDICATE]
    return Reconciliation(**files, records=n_records, done=done, waiting=waiting, set_aside=set_aside)


def stage_counts(order: WorkOrder) -> Counter[str]:
    """Return how many records are at each stage."""
    rows = order.records.order_by().values("stage").annotate(n=Count("pk"))
    return Counter({row["stage"]: row["n"] for row in rows})


def progress(order: WorkOrder) -> Progress:
    """Return how many records are finished: settled, or confirmed as not keyable."""
    return progress_by_order([order])[order.pk]


def progress_by_order(orders: list[WorkOrder]) -> dict[int, Progress]:
    """Return the progress of each order by its key, in one query."""
    found = Record.objects.filter(order__in=orders).order_by().values("order")
    rows = found.annotate(total=Count("pk"), done=Count("pk", filter=_FINISHED))
    counts = {row["order"]: (row["done"], row["total"]) for row in rows}
    return {order.pk: Progress(*counts.get(order.pk, (0, 0)), "records") for order in orders}


def file_exceptions(*, order: WorkOrder, is_open: bool | None = None) -> QuerySet[SourceFile]:
    """Return the files that could not be read, in order; is_open: only those not settled, or only the settled."""
    rows = SourceFile.objects.filter(batch__order=order).exclude(exception_class="")
    if is_open is not None:
        rows = rows.filter(disposed_at__isnull=is_open)
    return rows.select_related("batch", "disposed_by").order_by("batch__number", "position")


def blockers(order: WorkOrder) -> tuple[Blocker, ...]:
    """Return what stands in the way of delivery, each with where to mend it."""
    records, batches = reverse("entry:records", args=[order.ref]), reverse("entry:batches", args=[order.ref])
    exceptions, found = reverse("entry:exceptions", args=[order.ref]), reconciliation(order=order)
    stages = stage_counts(order)
    counts = order.records.aggregate(
        errors=Count("pk", filter=Q(stage=Stage.DONE, n_errors__gt=0)),
        unconfirmed=Count("pk", filter=Q(stage=Stage.SET_ASIDE, confirmed_by=None)),
    )
    n_running = order.batches.exclude(state=BatchState.READY).count()
    n_sealed = order.gold_sets.filter(revealed_at=None).count()
    checks = (
        ("ENTRY_NO_RECORD", "No record has been made.", int(not stages), batches),
        ("ENTRY_BATCH_RUNS", "{n} batches are still being read.", n_running, batches),
        (
            "ENTRY_COUNTS_OFF",
            "The counts do not account for every file and record.",
            int(not found.balanced),
            exceptions,
        ),
        (
            "ENTRY_FILES_OPEN",
            "{n} files that could not be read wait to be settled.",
            found.open_exceptions,
            exceptions,
        ),
        *(
            (f"ENTRY_WAIT_{stage}", f"{{n}} records wait for {words}.", stages[stage], f"{records}?stage={stage}")
            for stage, words in _WAITS.items()
        ),
        (
            "ENTRY_SET_ASIDE",
            "{n} records are set aside and not confirmed as not keyable.",
            counts["unconfirmed"],
            exceptions,
        ),
        ("ENTRY_ERRORS", "{n} settled records break a rule of the form.", counts["errors"], f"{records}?found=errors"),
        (
            "ENTRY_GOLD_SEALED",
            "{n} gold sets are not revealed.",
            n_sealed,
            reverse("entry:gold", args=[order.ref]),
        ),
    )
    return tuple(Blocker(code, _counted(sentence, n), link) for code, sentence, n, link in checks if n)


def billables(order: WorkOrder) -> tuple[Billable, ...]:
    """
    Return what may be billed of every settled record: the record itself, or its fields where fields are ordered.

    The key is the record's own, so that no record is ever billed twice. The doer is the first keyer. Records that
    could not be keyed are not billed.
    """
    done = order.records.filter(stage=Stage.DONE).order_by("number")
    if order.work_kind == BY_FIELD:
        done = done.annotate(units=Count("values"))
    rows = done.values_list(
        "pk", "number", "done_at", "first_doer", *(["units"] if order.work_kind == BY_FIELD else [])
    )
    return tuple(
        Billable(
            f"entry:record:{pk}", order.work_kind, units[0] if units else 1, at, f"person:{doer}", f"R{number:05d}"
        )
        for pk, number, at, doer, *units in rows
    )


def n_billables(orders: list[WorkOrder]) -> dict[int, dict[str, int]]:
    """Return how many units each order would bill, by key of the order and work kind. Two queries at most."""
    by_field = [order for order in orders if order.work_kind == BY_FIELD]
    by_record = [order for order in orders if order.work_kind != BY_FIELD]
    fields = Value.objects.filter(record__order__in=by_field, record__stage=Stage.DONE).values(of=F("record__order"))
    records = Record.objects.filter(order__in=by_record, stage=Stage.DONE).values(of=F("order"))
    kinds = {order.pk: order.work_kind for order in orders}
    counted: list[Iterable[dict[str, int]]] = [
        rows.order_by().annotate(n=Count("pk")) for rows, wanted in ((fields, by_field), (records, by_record)) if wanted
    ]
    return {row["of"]: {kinds[row["of"]]: row["n"]} for rows in counted for row in rows}


_WAITS = {
    Stage.FIRST: "their first keying",
    Stage.SECOND: "their second keying",
    Stage.ADJUDICATE: "an adjudicator",
}


def _counted(sentence: str, n: int) -> str:
    text = sentence.format(n=f"{n:,}")
    if n != 1:
        return text
    for many, one in ((" are", " is"), (" wait", " waits"), (" break", " breaks"), ("their", "its")):
        text = text.replace(many, one, 1)
    for many, one in (("records", "record"), ("batches", "batch"), ("files", "file"), ("sets", "set")):
        text = text.replace(many, one, 1)
    return text
