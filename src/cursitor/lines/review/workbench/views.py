"""The workbench over HTTP: one press of a key is one request."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.review import access, operations, queries
from cursitor.lines.review.models import Family, Layout
from cursitor.lines.review.queries import Bench
from cursitor.lines.review.workbench import forms, pages, payload
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work import operations as work
from cursitor.spine.work.forms import AskForm
from cursitor.spine.work.models import Task

N_AHEAD = 12
N_PER_REQUEST = 4


@require_safe
def bench(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Return the page of a reading task, with ?document= on that document of the family; as JSON when asked for."""
    task, now = work_access.held_task_for(request.user, ref, number), timezone.now()
    wanted = request.GET.get("document", "")
    shown = _show(task, request.user, now, document=int(wanted) if wanted.isdecimal() else None)
    if _wants_json(request):
        return JsonResponse(_answer(shown, task, request.user, now))
    if shown is None:
        standing = queries.standing(task=task, layout=queries.layout(order=task.order_id), by=request.user)
        return render(request, "review/bench_empty.html", {"task": task, "standing": standing})
    about = shown.current.document.control_number
    context = {"task": task, "ask": AskForm(task.order, initial={"about": about}), "asking": "ask" in request.GET}
    return render(request, "review/bench.html", context | payload.page(shown, person=request.user))


@require_POST
def save(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Save the codes on the screen and return the document after it."""
    task, now = work_access.held_task_for(request.user, ref, number), timezone.now()
    form = _checked(forms.SaveForm(request.POST))
    family = queries.held_family(task=task, by=request.user, pk=form.cleaned_data["family"])
    values = form.values(queries.layout(order=task.order_id), family)
    seconds = form.cleaned_data["seconds"]
    done = operations.save_family(task=task, family=family, values=values, seconds=seconds, by=request.user, at=now)
    return _onward(request, task, now, layout=done.layout, ahead=form.cleaned_data["ahead"])


@require_POST
def undo(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Take back the latest save and return its document."""
    task, now = work_access.held_task_for(request.user, ref, number), timezone.now()
    undone = operations.undo(task=task, by=request.user, at=now)
    return _onward(request, task, now, family=undone.family, document=undone.documents[0])


@require_safe
def ahead(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Hold the next families and return those of their documents that the bench has not got, a few at a time."""
    task, now = work_access.held_task_for(request.user, ref, number), timezone.now()
    form = _checked(forms.AheadForm(request.GET))
    person, known = request.user, form.known()
    family = queries.held_family(task=task, by=person, pk=form.cleaned_data["family"])
    operations.renew_family(family=family, by=person, at=now)
    operations.lease_ahead(task=task, current=family, n=N_AHEAD, by=person, at=now)
    waiting = queries.ahead(task=task, family=family, document=form.cleaned_data["document"], by=person)[:N_AHEAD]
    missing = [(own, member) for own, member in waiting if member.document.pk not in known][:N_PER_REQUEST]
    fetched = [queries.bench(task=task, family=own, by=person, document=member.document.pk) for own, member in missing]
    if fetched:
        documents = [each.current.document for each in fetched]
        operations.record_fetched_ahead(task=task, documents=documents, by=person, at=now)
    return JsonResponse(
        {
            "order": [member.document.pk for _, member in waiting],
            "documents": [payload.document(each, person=person) for each in fetched],
            "queue": payload.queue([member for _, member in waiting]),
        }
    )


@require_POST
def ask(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Ask the client about a document, from the bench."""
    task = work_access.held_task_for(request.user, ref, number)
    form = _checked(AskForm(task.order, request.POST))
    asked = form.cleaned_data | {"task": task}
    question = work.ask(order=task.order, **asked, by=request.user, at=timezone.now())
    said = f"Question {question.number} is asked."
    if _wants_json(request):
        return JsonResponse({"said": said})
    messages.info(request, said)
    return redirect("review:bench", ref, number)


@require_POST
def leave(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Give back what is held and not saved."""
    task = work_access.held_task_for(request.user, ref, number)
    operations.release_family(task=task, by=request.user, at=timezone.now())
    return redirect("work:tasks")


@require_safe
@xframe_options_sameorigin
def page(request: HttpRequest, ref: str, number: int, control_number: str) -> HttpResponse:
    """Return the page of a document of the order for the frame of the bench."""
    task = work_access.held_task_for(request.user, ref, number)
    document = access.document_for(request.user, ref, control_number)
    response = pages.page(document)
    operations.record_viewed(task=task, document=document, form="PAGE", by=request.user, at=timezone.now())
    return response


def _show(
    task: Task,
    person: Person,
    now: datetime,
    *,
    family: Family | None = None,
    document: int | None = None,
    layout: Layout | None = None,
    ahead: int | None = None,
) -> Bench | None:
    """
    Lease what is read next, write down that it was opened, and return it; None when nothing is left.

    family: one that the person holds already, to be shown whatever else they hold.
    ahead: key of the family that is on the screen by now, next if the person still holds it.
    """
    family = family or operations.next_family(task=task, by=person, at=now, shown=ahead)
    if family is None:
        return None
    shown = queries.bench(task=task, family=family, by=person, document=document, layout=layout)
    operations.record_viewed(task=task, document=shown.current.document, by=person, at=now)
    return shown


def _onward(request: HttpRequest, task: Task, now: datetime, **wanted: Any) -> HttpResponse:
    if not _wants_json(request):
        return redirect("review:bench", task.order.ref, task.number)
    return JsonResponse(_answer(_show(task, request.user, now, **wanted), task, request.user, now))


def _answer(shown: Bench | None, task: Task, person: Person, now: datetime) -> dict[str, Any]:
    document = payload.document(shown, person=person) if shown else None
    layout = shown.layout if shown else queries.layout(order=task.order_id)
    return {"shown": document, **payload.state(task=task, layout=layout, person=person, at=now)}


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _checked(form: Any) -> Any:
    """:raises Invalid: with the first error, and the field it is about."""
    for field, errors in form.errors.items():
        raise Invalid(str(errors[0]) if field == "__all__" else f"{field}: {errors[0]}", field=field)
    return form
