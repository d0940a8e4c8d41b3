"""The form definition: its versions, and the draft in which one is made. The draft lies in the maker's session."""

import copy
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from cursitor.lines.entry import access, documents, drafting, drafts, forms, imports, operations, queries
from cursitor.lines.entry.views import frame
from cursitor.plumbing import answers
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.work.models import WorkOrder

PAGE = "entry/draft.html"
EDITOR = "entry/draft_part.html"
PREVIEW = f"{PAGE}#preview"


@require_safe
def definition(request: HttpRequest, ref: str) -> HttpResponse:
    return _definition(request, access.order_for(request.user, ref), forms.ImportForm())


@require_safe
def definition_version(request: HttpRequest, ref: str, version: int) -> HttpResponse:
    shown = access.schema_for(request.user, ref, version)
    versions = queries.versions(shown.order)
    values = {
        "form": queries.definition(shown),
        "rows": drafting.rows_of_schema(shown),
        "rules": drafting.rules_of(queries.definition(shown)),
        "version": next(one for one in versions if one.schema.pk == shown.pk),
        "latest": versions[0].schema,
    }
    return frame.page(request, shown.order, "definition", values, "entry/definition_version.html")


@require_safe
def definition_export(request: HttpRequest, ref: str, version: int) -> HttpResponse:
    """Hand out a version as JSON Schema."""
    shown = access.schema_for(request.user, ref, version)
    text = json.dumps(documents.handed_out(shown.definition), indent=2, ensure_ascii=False)
    name = f"{ref}-form-{version}.json"
    return answers.attachment([text.encode(), b"\n"], name=name, mime="application/schema+json")


@require_POST
def draft_start(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin a draft: empty, from the current version, a starter, another order's definition, or a JSON document."""
    shown = access.order_for(request.user, ref, to="define")
    form = forms.ImportForm(request.POST, request.FILES)
    if request.POST.get("source") == "json":
        return _import(request, shown, form)
    _keep(request, shown, drafting.begin(shown, person=request.user, source=request.POST))
    return redirect("entry:draft", ref)


def draft(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the draft, or do what one of its buttons says. Every button keeps what was typed."""
    shown = access.order_for(request.user, ref, to="define")
    kept = _kept(request, shown)
    if kept is None:
        return _go(request, reverse("entry:definition", args=[ref]))
    if request.method != "POST":
        return _draft(request, shown, kept)
    verb, _colon, on = request.POST.get("act", "").partition(":")
    if verb == "discard":
        del request.session[_name(shown)]
        return _go(request, reverse("entry:definition", args=[ref]))
    drafts.apply(kept, _posted(request))
    if verb == "make":
        return _make(request, shown, kept, on)
    about = kept["open"] if verb == "close" else int(on) if on.isdecimal() else 0
    drafts.act(kept, verb, on)
    _keep(request, shown, kept)
    if request.htmx:
        return _draft(request, shown, kept, EDITOR, pressed=verb, on=about)
    return redirect(reverse("entry:draft", args=[ref]) + f"#entry-{about or kept['open']}")


@require_POST
def draft_preview(request: HttpRequest, ref: str) -> HttpResponse:
    """Return the form as keyers will see it, with what is being typed. Nothing is kept."""
    shown = access.order_for(request.user, ref, to="define")
    kept = _kept(request, shown)
    if kept is None:
        raise Invalid("This draft is gone: it was made into a version, or dropped.")
    return _draft(request, shown, drafts.apply(copy.deepcopy(kept), _posted(request)), PREVIEW)


def _definition(request: HttpRequest, shown: WorkOrder, form: forms.ImportForm) -> HttpResponse:
    current = queries.current_schema(shown)
    may_define = access.may(request.user, order=shown, to="define")
    values = {
        "schema": current,
        "form": queries.definition(current) if current else None,
        "rows": drafting.rows_of_schema(current) if current else (),
        "rules": drafting.rules_of(queries.definition(current)) if current else (),
        "n_double": sum(field.is_double_keyed for field in queries.definition(current).fields) if current else 0,
        "versions": queries.versions(shown),
        "may_define": may_define,
        "import_form": form,
    }
    if may_define:
        values |= {
            "kept": _kept(request, shown),
            "starters": imports.starters(),
            "others": queries.others(shown, person=request.user),
        }
    return frame.page(request, shown, "definition", values)


def _draft(
    request: HttpRequest, shown: WorkOrder, kept: drafts.Draft, template: str = PAGE, **done: Any
) -> HttpResponse:
    """Show the draft, whole or in part. done: `pressed` and `on`, as drafting.shown takes them."""
    values = drafting.shown(shown, kept, **done)
    if template == PAGE:
        return frame.page(request, shown, "definition", values, template)
    return render(request, template, {"order": shown, **values})


def _make(request: HttpRequest, shown: WorkOrder, kept: drafts.Draft, over: str) -> HttpResponse:
    """Make the version, unless something is wrong with the draft or a version was made that its maker has not seen."""
    drafts.look_at_all(kept)
    _keep(request, shown, kept)
    latest = queries.current_schema(shown)
    was_seen = over == str(latest.version if latest else 0)
    if drafts.read(kept).faults or not was_seen:
        return _draft(request, shown, kept, EDITOR if request.htmx else PAGE, pressed="make")
    made = operations.make_schema(
        order=shown,
        definition=drafts.read(kept).document,
        prefill=kept["prefill"],
        note=request.POST.get("note", ""),
        by=request.user,
        at=timezone.now(),
    )
    del request.session[_name(shown)]
    is_new = latest is None or made.pk != latest.pk
    messages.success(
        request,
        f"Version {made.version} is made. Records collected from now on get it."
        if is_new
        else f"Nothing differs from version {made.version}, so that no version was made.",
    )
    return _go(request, reverse("entry:definition", args=[shown.ref]))


def _import(request: HttpRequest, shown: WorkOrder, form: forms.ImportForm) -> HttpResponse:
    if form.is_valid():
        try:
            _keep(request, shown, _imported(shown, form))
        except imports.ImportRefused as refused:
            for sentence in (refused.head, *refused.faults):
                form.add_error(None, sentence)
        else:
            return redirect("entry:draft", shown.ref)
    return _definition(request, shown, form)


def _imported(shown: WorkOrder, form: forms.ImportForm) -> drafts.Draft:
    file = form.cleaned_data["file"]
    return drafting.begin_with(
        shown,
        imports.read(file.read(imports.LARGEST + 1) if file else form.cleaned_data["text"].encode()),
        origin=f"Read from {file.name}" if file else "Read from pasted JSON",
    )


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """Send the browser to another page, whether it asked for a page or for a part of one."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _posted(request: HttpRequest) -> dict[str, Any]:
    return {**request.POST.dict(), "parts": request.POST.getlist("parts")}


def _name(shown: WorkOrder) -> str:
    return f"entry-draft:{shown.pk}"


def _kept(request: HttpRequest, shown: WorkOrder) -> drafts.Draft | None:
    return request.session.get(_name(shown))


def _keep(request: HttpRequest, shown: WorkOrder, kept: drafts.Draft) -> bool:
    request.session[_name(shown)] = kept
    return True
