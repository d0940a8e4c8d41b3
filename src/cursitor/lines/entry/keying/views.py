"""The keying bench over HTTP: one press of a key is one request at most, and typing none at all."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.entry import access, operations, queries
from cursitor.lines.entry.choices import Pass
from cursitor.lines.entry.keying import forms, payload
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work import operations as work
from cursitor.spine.work.forms import AskForm

N_AHEAD = 6
N_PER_REQUEST = 3


@require_safe
def bench(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Return the page of a keying task or a gold set; as JSON when asked for."""
    at_desk, now = _desk(request, ref, number, desk), timezone.now()
    shown = _show(at_desk, request.user, now)
    if _wants_json(request):
        return JsonResponse({"shown": payload.record(shown) if shown else None})
    context = payload.frame(at_desk, person=request.user, at=now)
    if shown is None:
        return render(request, "entry/keying_empty.html", context)
    dialogs = {
        "ask": AskForm(at_desk.order, initial={"about": shown.record.name}),
        "set_aside": forms.SetAsideForm(initial={"record": shown.record.pk}),
        "opened": request.GET.get("open", ""),
    }
    return render(request, "entry/keying.html", context | dialogs | payload.page(shown, person=request.user))


@require_POST
def save(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Save what is typed or decided, and return the record after it; what stands against it with status 422."""
    at_desk, now = _desk(request, ref, number, desk), timezone.now()
    form = forms.checked(forms.SaveForm(request.POST))
    sent = {name: form.cleaned_data[name] for name in ("record", "effort")}
    given = {"task": at_desk, **sent, "by": request.user, "at": now}
    try:
        if queries.pass_of(at_desk) == Pass.ADJUDICATION:
            operations.save_adjudication(**given, values=form.decisions())
        else:
            operations.save_keying(**given, values=form.values())
    except operations.KeyingFaulty as faulty:
        if not _wants_json(request):
            raise
        return JsonResponse(payload.faults(faulty), status=faulty.status)
    return _onward(request, at_desk, now, ahead=form.cleaned_data["ahead"])


@require_POST
def undo(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Take back the latest record and return it, with what was typed."""
    at_desk, now = _desk(request, ref, number, desk), timezone.now()
    undone = operations.undo_keying(task=at_desk, by=request.user, at=now)
    return _onward(request, at_desk, now, record=undone.record_id, typed=undone.undoes.values)


@require_safe
def ahead(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Hold the next records and return those that the bench has not got, a few at a time, and how far the pass is."""
    at_desk, now, person = _desk(request, ref, number, desk), timezone.now(), request.user
    form = forms.checked(forms.AheadForm(request.GET))
    record = queries.held_record(task=at_desk, by=person, pk=form.cleaned_data["record"])
    operations.renew_record(record=record, by=person, at=now)
    operations.lease_ahead(task=at_desk, current=record, n=N_AHEAD, by=person, at=now)
    waiting = queries.held_ahead(task=at_desk, record=record, by=person)
    known = form.known()
    missing = [each for each in waiting if each.pk not in known][:N_PER_REQUEST]
    fetched = [queries.bench(task=at_desk, record=each, by=person) for each in missing]
    records = [payload.record(each) for each in fetched]
    bar = payload.bar(at_desk, person=person, at=now)
    return JsonResponse({"order": [each.pk for each in waiting], "records": records, "bar": bar})


@require_POST
def ask(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Ask the client about a record, from the bench; whoever keys it after does not read the question."""
    at_desk = _desk(request, ref, number, desk)
    form = forms.checked(AskForm(at_desk.order, request.POST))
    task = at_desk if desk == "task" else None
    asked = form.cleaned_data | {"task": task}
    question = work.ask(order=at_desk.order, **asked, by=request.user, at=timezone.now())
    return _said(request, at_desk, f"Question {question.number} is asked.")


@require_POST
def set_aside(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Set the record on the screen aside and return the one after it."""
    at_desk, now = _desk(request, ref, number, desk), timezone.now()
    form = forms.checked(forms.SetAsideForm(request.POST))
    operations.set_aside(task=at_desk, **form.cleaned_data, by=request.user, at=now)
    return _onward(request, at_desk, now)


@require_POST
def leave(request: HttpRequest, ref: str, number: int, desk: str) -> HttpResponse:
    """Give back what is held and not saved."""
    at_desk = _desk(request, ref, number, desk)
    operations.release_record(task=at_desk, by=request.user, at=timezone.now())
    return redirect("work:tasks") if desk == "task" else redirect("entry:order", ref)


def _desk(request: HttpRequest, ref: str, number: int, desk: str) -> queries.Desk:
    if desk == "gold":
        return access.gold_set_for(request.user, ref, number)
    return work_access.held_task_for(request.user, ref, number)


def _show(at_desk: queries.Desk, person: Person, now: datetime) -> queries.Bench | None:
    """Lease what is keyed next and return it; None when nothing is left."""
    record = operations.next_record(task=at_desk, by=person, at=now)
    return queries.bench(task=at_desk, record=record, by=person) if record else None


def _onward(
    request: HttpRequest,
    at_desk: queries.Desk,
    now: datetime,
    *,
    ahead: int | None = None,
    record: int | None = None,
    **more: Any,
) -> HttpResponse:
    """
    Lease what is keyed next and answer with it.

    ahead: the record that the bench shows by now; if the person holds it, its key alone is the answer.
    record: one that the person holds and that is to be shown, whatever else they hold.
    """
    if not _wants_json(request):
        return redirect(payload.address(at_desk))
    person = request.user
    following = operations.next_record(task=at_desk, by=person, at=now, shown=record or ahead)
    shown: dict[str, Any] | None = None
    if following is not None:
        is_there = following.pk == ahead
        bench = None if is_there else queries.bench(task=at_desk, record=following, by=person)
        shown = payload.record(bench) if bench else {"record": following.pk}
    return JsonResponse({"shown": shown, "saved": payload.local_time(person, now), **more})


def _said(request: HttpRequest, at_desk: queries.Desk, words: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"said": words})
    messages.info(request, words)
    return redirect(payload.address(at_desk))


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
