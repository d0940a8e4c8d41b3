"""The order's page of data entry: the finding, what is next, who keys what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cursitor.lines.entry import access, queries
from cursitor.lines.entry.choices import PASS_OF_TASK
from cursitor.lines.entry.views import frame
from cursitor.spine.work.models import Task, WorkOrder
from cursitor.spine.work.registry import Blocker


def open_workbench(request: HttpRequest, task: Task) -> HttpResponse:
    """Lead to the page in which a task is done: the bench for keying; for the intake the form, then the batches."""
    if task.kind in PASS_OF_TASK:
        return redirect("entry:bench", task.order.ref, task.number)
    page = "entry:batches" if queries.current_schema(task.order) else "entry:definition"
    return redirect(page, task.order.ref)


def order_links(order: WorkOrder) -> tuple[tuple[str, str], ...]:
    """Return the one way in: the pages of data entry are tabs of each other."""
    return (("Data entry", reverse("entry:order", args=[order.ref])),)


@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    standing = queries.standing(shown, at=timezone.now())
    sees_all = access.may(request.user, order=shown, to="see_values")
    values = {
        "standing": standing,
        "steps": queries.steps(shown, person=request.user, standing=standing),
        "sees_names": sees_all,
        "blockers": _besides_waiting(queries.blockers(shown)) if sees_all and standing.n_records else (),
    }
    return frame.page(request, shown, "order", values)


def _besides_waiting(blockers: tuple[Blocker, ...]) -> tuple[Blocker, ...]:
    """Leave out what the table of the stages says already."""
    return tuple(blocker for blocker in blockers if not blocker.code.startswith("ENTRY_WAIT_"))
