"""Document review, as the spine sees it."""

from django.utils.translation import gettext_lazy as _

from cursitor.lines.review import forms, operations, queries, views
from cursitor.lines.review.choices import TaskKind
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import PlannedTask, ServiceLine, WorkKind

FIRST_LEVEL = WorkKind("review.first_level", _("First-level review"), "document", forms.BriefForm, ("Document review",))
PRIVILEGE = WorkKind("review.privilege", _("Privilege review"), "document", forms.BriefForm, ("Document review",))


def plan(order: WorkOrder) -> tuple[PlannedTask, ...]:
    """
    Return the tasks of a review: collect, a first-level stream for each reviewer, second level, sample, production.

    In a privilege review everything is read twice and nothing is left unread, so that there is no sample.
    """
    n_streams = int(order.brief.get("streams") or 2)
    streams = [PlannedTask(TaskKind.FIRST, f"First-level review, stream {n}") for n in range(1, n_streams + 1)]
    sample = [] if order.work_kind == PRIVILEGE.key else [PlannedTask(TaskKind.ELUSION, "Elusion sample")]
    return (
        PlannedTask(TaskKind.COLLECT, "Collect and process"),
        *streams,
        PlannedTask(TaskKind.PRIVILEGE, "Privilege, second level"),
        *sample,
        PlannedTask(TaskKind.PRODUCTION, "Prepare the production"),
    )


LINE = ServiceLine(
    key="review",
    name=_("Document review"),
    work_kinds=(FIRST_LEVEL, PRIVILEGE),
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
    release_units=operations.release_family,
    order_links=views.order_links,
    reserved=("Deciding what is privileged", "Signing the privilege log", "Certifying the production"),
    urls="cursitor.lines.review.urls",
    prefix="review/",
)
