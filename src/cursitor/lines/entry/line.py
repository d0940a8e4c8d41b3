"""Legal data entry, as the spine sees it."""

from django.utils.translation import gettext_lazy as _

from cursitor.lines.entry import forms, operations, queries, views
from cursitor.lines.entry.choices import TaskKind
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import PlannedTask, ServiceLine, WorkKind

SKILLS = ("Data entry",)
RECORDS = WorkKind("entry.records", _("Data entry, by record"), "record", forms.BriefForm, SKILLS)
FIELDS = WorkKind("entry.fields", _("Data entry, by field"), "field", forms.BriefForm, SKILLS)


def plan(order: WorkOrder) -> tuple[PlannedTask, ...]:
    """
    Return the tasks of data entry: intake, a stream for each keyer of the first and of the second pass, adjudication.

    The second pass and adjudication are planned whatever the form: which fields are keyed twice is decided at intake,
    and where none is their benches stay empty.
    """
    streams = range(1, int(order.brief.get("streams") or 2) + 1)
    return (
        PlannedTask(TaskKind.INTAKE, "Intake: form definition and batches"),
        *(PlannedTask(TaskKind.FIRST, f"First keying, stream {n}") for n in streams),
        *(PlannedTask(TaskKind.SECOND, f"Second keying, stream {n}") for n in streams),
        PlannedTask(TaskKind.ADJUDICATE, "Adjudication"),
    )


LINE = ServiceLine(
    key="entry",
    name=_("Data entry"),
    work_kinds=(RECORDS, FIELDS),
    plan=plan,
    open_workbench=views.open_workbench,
    progress=queries.progress,
    blockers=queries.blockers,
    inspection_units=queries.units,
    inspection_page=views.inspection_page,
    judge=queries.judge,
    defects=queries.DEFECTS,
    deliver=operations.deliver,
    billables=queries.billables,
    n_billables=queries.n_billables,
    progress_by_order=queries.progress_by_order,
    release_units=operations.release_record,
    order_links=views.order_links,
    reserved=("Deciding what a filed paper means", "Certifying a transcript", "Filing with a court or an authority"),
    urls="cursitor.lines.entry.urls",
    prefix="entry/",
    asks_blind=True,
)
