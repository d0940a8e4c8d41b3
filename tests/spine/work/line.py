"""A service line of the tests: certified translation, page by page. Real forms and functions, small enough to read."""

import hashlib
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from cursitor.spine.people.models import Person
from cursitor.spine.work import operations as work
from cursitor.spine.work import registry
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import Deliverable, Task, WorkOrder

PAGES_A_TASK = 10


class TranslationBrief(forms.Form):
    source_language = forms.ChoiceField(label="From", choices=[("de", "German"), ("pl", "Polish")])
    n_pages = forms.IntegerField(label="Pages", min_value=1, max_value=5000)
    glossary = forms.CharField(label="Glossary", required=False)


TRANSLATION = registry.WorkKind("translation.certified", "Certified translation", "page", TranslationBrief)
SWORN = registry.WorkKind(
    "translation.sworn", "Sworn translation", "page", TranslationBrief, skills=("Sworn translator",)
)
DEFECTS = registry.DefectList(
    "1",
    (
        registry.DefectKind("omission", "Words left out", "MAJOR"),
        registry.DefectKind("typography", "Typing slip", "MINOR"),
    ),
)


def plan(order: WorkOrder) -> tuple[registry.PlannedTask, ...]:
    pages = order.brief["n_pages"]
    firsts = range(1, pages + 1, PAGES_A_TASK)
    return tuple(
        registry.PlannedTask(
            "translate",
            f"Pages {first} to {min(first + PAGES_A_TASK - 1, pages)}",
            {"pages": min(PAGES_A_TASK, pages - first + 1)},
        )
        for first in firsts
    )


def open_workbench(request: HttpRequest, task: Task) -> HttpResponse:
    return HttpResponse(f"Bench of {task.title}")


def progress(order: WorkOrder) -> registry.Progress:
    done = sum(task.data["pages"] for task in order.tasks.filter(state=TaskState.DONE))
    return registry.Progress(done, order.brief.get("n_pages", 0), "pages")


def blockers(order: WorkOrder) -> tuple[registry.Blocker, ...]:
    n_open = order.tasks.filter(state=TaskState.OPEN).count()
    return (registry.Blocker("open_pages", f"{n_open} tasks are open."),) if n_open else ()


def units(order: WorkOrder) -> tuple[registry.InspectionUnit, ...]:
    done = order.tasks.filter(state=TaskState.DONE).select_related("holder").order_by("number")
    return tuple(registry.InspectionUnit(f"task-{task.number}", task.holder.key) for task in done)


def inspection_page(request: HttpRequest, order: WorkOrder, unit: str) -> str:
    return format_html('<label>Words left out <input name="reading-omissions" type="number"></label> {}', unit)


def judge(order: WorkOrder, unit: str, reading: dict[str, Any]) -> tuple[registry.Finding, ...]:
    n_omissions = int(reading.get("omissions", 0))
    return (registry.Finding("omission", f"{n_omissions} left out"),) if n_omissions else ()


def deliver(order: WorkOrder, by: Person, at: datetime) -> Deliverable:
    text = "\n".join(task.title for task in order.tasks.order_by("number")).encode()
    return work.add_deliverable(
        order=order,
        files=[("translation.txt", text, "text/plain")],
        inputs_digest=hashlib.sha256(text).hexdigest(),
        summary={"pages": order.brief["n_pages"]},
        by=by,
        at=at,
    )


def billables(order: WorkOrder) -> tuple[registry.Billable, ...]:
    done = order.tasks.filter(state=TaskState.DONE).select_related("holder")
    return tuple(
        registry.Billable(f"{task.key}", order.work_kind, task.data["pages"], task.done_at, task.holder.key, task.title)
        for task in done
    )


LINE = registry.ServiceLine(
    key="translation",
    name="Translation",
    work_kinds=(TRANSLATION, SWORN),
    plan=plan,
    open_workbench=open_workbench,
    progress=progress,
    blockers=blockers,
    inspection_units=units,
    inspection_page=inspection_page,
    judge=judge,
    defects=DEFECTS,
    deliver=deliver,
    billables=billables,
    order_links=lambda order: (),
    reserved=(),
    urls="",
    prefix="translation",
)
