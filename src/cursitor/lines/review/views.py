"""Pages of a review: HTTP to operations and back."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.review import access, forms, layouts, operations, queries, texts
from cursitor.lines.review.choices import STAGE_OF_TASK, CollectionState, TaskKind
from cursitor.lines.review.operations import coding
from cursitor.lines.review.package import Package
from cursitor.plumbing import answers, exchange
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.work.models import Task, WorkOrder

PER_PAGE = 50
PAGES = (
    ("order", "Review"),
    ("collections", "Collections"),
    ("exceptions", "Exceptions"),
    ("search", "Documents"),
    ("layout", "Protocol"),
    ("production", "Production"),
    ("statistics", "Reviewers"),
)


def open_workbench(request: HttpRequest, task: Task) -> HttpResponse:
    """Lead to the page in which a task is done: the bench for reading, the collections, the production."""
    if task.kind in STAGE_OF_TASK:
        return redirect("review:bench", task.order.ref, task.number)
    page = "review:collections" if task.kind == TaskKind.COLLECT else "review:production"
    return redirect(page, task.order.ref)


def order_links(order: WorkOrder) -> tuple[tuple[str, str], ...]:
    """Return the one way in: the review's own pages are tabs of each other."""
    return (("Review", reverse("review:order", args=[order.ref])),)


def inspection_page(request: HttpRequest, order: WorkOrder, unit_key: str) -> str:
    """Return a document and the form of the inspector's own reading, without any trace of the first decision."""
    document = queries.unit(order, unit_key)
    current = coding.current_layout(order.pk)
    values = {"order": order, "view": texts.view(document, current.highlights), "layout": current}
    return render_to_string("review/inspection.html", values, request=request)


@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    values = {
        "queues": queries.queues(order=shown),
        "progress": queries.progress(shown),
        "counts": queries.reconciliation(order=shown),
        "found": queries.found(order=shown),
        "elusion": queries.elusion(order=shown),
        "ranking": shown.rankings.order_by("-pk").first(),
        "blockers": queries.blockers(shown),
        "draw_form": forms.DrawForm(),
        "may_draw": access.may(request.user, order=shown, to="draw"),
    }
    return _page(request, shown, "order", values)


@require_POST
def draw(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="draw")
    form = forms.DrawForm(request.POST)
    if not form.is_valid():
        raise Invalid(str(next(iter(form.errors["n"]))), field="n")
    seed = secrets.token_bytes(16)
    operations.draw_elusion(order=shown, n=form.cleaned_data["n"], seed=seed, **_by(request))
    return redirect("review:order", ref)


@require_safe
def collections(request: HttpRequest, ref: str) -> HttpResponse:
    return _collections(request, access.order_for(request.user, ref))


@require_POST
def collect(request: HttpRequest, ref: str, source: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="collect")
    kinds: dict[str, tuple[type[django_forms.Form], Callable[[dict[str, Any]], Any]]] = {
        "upload": (forms.UploadForm, lambda data: _upload(request, shown, data)),
        "folder": (forms.FolderForm, lambda data: operations.collect_folder(order=shown, **data, **_by(request))),
        "load-file": (
            forms.LoadFileForm,
            lambda data: operations.collect_load_file(order=shown, **data, **_by(request)),
        ),
    }
    if source not in kinds:
        raise Http404
    form_class, act = kinds[source]
    form = form_class(request.POST, request.FILES)
    if not answers.does(form, lambda: act(form.cleaned_data)):
        return _collections(request, shown, {source.replace("-", "_"): form})
    messages.success(request, "Collected. The documents appear as they are read.")
    return redirect("review:collections", ref)


@require_safe
def collection(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.collection_for(request.user, ref, number)
    n_inputs, n_read = shown.inputs.count(), shown.inputs.exclude(processed_at=None).count()
    values = {
        "collection": shown,
        "counts": queries.reconciliation(order=shown.order, collection=shown),
        "n_inputs": n_inputs,
        "n_read": n_read,
        "runs": shown.state != CollectionState.PUBLISHED,
        "findings": Paginator(shown.findings, PER_PAGE).get_page(request.GET.get("page")),
    }
    if request.htmx:
        return render(request, "review/collection.html#state", values)
    return _page(request, shown.order, "collections", values, "review/collection.html")


@require_safe
def exceptions(request: HttpRequest, ref: str) -> HttpResponse:
    return _exceptions(request, access.order_for(request.user, ref))


@require_POST
def settle(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="dispose")
    choices = list(queries.exceptions(order=shown, is_open=True).values_list("pk", flat=True))
    form = forms.SettleForm(choices, request.POST)
    acts = {"retry": operations.retry, "publish": operations.publish_as_is, "list": operations.list_unreadable}

    def act() -> None:
        data = dict(form.cleaned_data)
        note = {} if data["act"] == "retry" else {"note": data["note"]}
        n = acts[data["act"]](order=shown, documents=data["documents"], **note, **_by(request))
        messages.success(request, f"{n} exception{'' if n == 1 else 's'} settled or tried again.")

    return redirect("review:exceptions", ref) if answers.does(form, act) else _exceptions(request, shown, form)


@require_safe
def search(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    asked = _asked(request)
    values: dict[str, Any] = {
        "asked": asked,
        "coded_choices": queries.CODED.items(),
        "save_form": forms.SaveSearchForm(),
    }
    values["saved"] = queries.saved_searches(order=shown)
    number = request.GET.get("page", "1")
    try:
        found = queries.search(order=shown, **asked, page=int(number) if number.isdigit() else 1, per_page=PER_PAGE)
    except Invalid as refused:
        values["refused"] = refused
    except queries.NOT_ANSWERED as refused:
        values["refused"] = refused
    else:
        values |= {"found": found, "pager": Paginator(range(found.total), PER_PAGE).get_page(found.page)}
    return _page(request, shown, "search", values)


@require_POST
def save_search(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    form = forms.SaveSearchForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        operations.save_search(order=shown, name=data["name"], query=data["q"], **_by(request))
    return redirect(_search_address(ref, request.POST.get("q", "")))


@require_POST
def remove_search(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    operations.remove_search(search=access.saved_search_for(request.user, ref, pk), **_by(request))
    return redirect("review:search", ref)


@require_safe
def document(request: HttpRequest, ref: str, control_number: str) -> HttpResponse:
    shown = access.document_for(request.user, ref, control_number)
    asked = _asked(request)
    values: dict[str, Any] = {"document": shown, "asked": asked, "reopen_form": forms.ReopenForm()}
    try:
        values["view"] = queries.document_view(document=shown, query=asked["query"])
        before, after, place = queries.neighbours(order=shown.order, document=shown, **asked)
    except (Invalid, *queries.NOT_ANSWERED) as refused:
        values |= {"view": queries.document_view(document=shown), "refused": refused}
    else:
        values |= {"before": before, "after": after, "result_place": place}
    values["members"] = queries.members_of([shown.family_id]).get(shown.family_id, ())
    values["thread"] = queries.thread(shown)
    values["changes"] = queries.changes(document=shown)
    values["may_draw"] = access.may(request.user, order=shown.order, to="draw")
    return _page(request, shown.order, "search", values, "review/document.html")


@require_safe
def native(request: HttpRequest, ref: str, control_number: str) -> HttpResponse:
    """Hand out the native as a download, never to be shown in the browser."""
    shown = access.document_for(request.user, ref, control_number)
    pieces = operations.download_native(document=shown, **_by(request))
    return answers.attachment(pieces, name=shown.name or shown.control_number)


@require_safe
def text(request: HttpRequest, ref: str, control_number: str) -> HttpResponse:
    shown = access.document_for(request.user, ref, control_number)
    return answers.attachment(
        [texts.text_of(shown).encode()], name=f"{shown.control_number}.txt", mime="text/plain; charset=utf-8"
    )


@require_POST
def reopen(request: HttpRequest, ref: str, control_number: str) -> HttpResponse:
    shown = access.document_for(request.user, ref, control_number)
    form = forms.ReopenForm(request.POST)
    if not form.is_valid() or shown.family is None:
        raise Invalid("Say why this family must be read again.", field="reason")
    reason = form.cleaned_data["reason"]
    operations.reopen(order=shown.order, families=[shown.family.number], reason=reason, **_by(request))
    return redirect("review:document", ref, control_number)


def layout(request: HttpRequest, ref: str) -> HttpResponse:
    may_edit = request.method == "POST"
    shown = access.order_for(request.user, ref, to="protocol" if may_edit else "view")
    current = shown.layouts.order_by("-version").first()
    form = forms.LayoutForm(request.POST or None, initial=_layout_values(current))
    if may_edit and answers.does(form, lambda: operations.make_layout(order=shown, **form.values(), **_by(request))):
        return redirect("review:layout", ref)
    values = {
        "form": form,
        "layout": current,
        "versions": shown.layouts.select_related("made_by").order_by("-version"),
        "may_edit": access.may(request.user, order=shown, to="protocol"),
    }
    return _page(request, shown, "layout", values)


@require_safe
def production(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    current = shown.layouts.order_by("-version").first()
    package = Package(shown, current) if current else None
    values = {
        "package": package,
        "gates": package.blockers() if package else (),
        "blockers": queries.blockers(shown),
        "deliverables": shown.deliverables.select_related("made_by").order_by("-version"),
    }
    return _page(request, shown, "production", values)


@require_safe
def statistics(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    return _page(request, shown, "statistics", {"rows": queries.statistics(order=shown, person=request.user)})


@require_safe
def export(request: HttpRequest, ref: str, table: str, form: str) -> HttpResponse:
    """Hand out a list of the review as CSV or XLSX: what the person sees, filtered as on the page."""
    shown = access.order_for(request.user, ref)
    tables = {
        "collections": _collections_table,
        "exceptions": _exceptions_table,
        "documents": _documents_table,
        "reviewers": _reviewers_table,
    }
    if table not in tables:
        raise Http404
    return answers.table(tables[table](request, shown), form, name=f"{ref}-{table}")


def _page(
    request: HttpRequest, shown: WorkOrder, page: str, values: dict[str, Any], template: str = ""
) -> HttpResponse:
    tabs = [(name, reverse(f"review:{key}", args=[shown.ref]), key == page) for key, name in PAGES]
    found = {"order": shown, "tabs": tabs, **values}
    return render(request, template or f"review/{page}.html", found)


def _collections(
    request: HttpRequest, shown: WorkOrder, bound: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    listed = [
        (one, queries.reconciliation(order=shown, collection=one))
        for one in shown.collections.select_related("made_by").order_by("number")
    ]
    values = {
        "collections": listed,
        "total": queries.reconciliation(order=shown),
        "upload": forms.UploadForm(),
        "folder": forms.FolderForm(),
        "load_file": forms.LoadFileForm(),
        "may_collect": access.may(request.user, order=shown, to="collect"),
        **(bound or {}),
    }
    return _page(request, shown, "collections", values)


def _upload(request: HttpRequest, shown: WorkOrder, data: dict[str, Any]) -> None:
    files = [(one.name, one) for one in data.pop("files")]
    operations.collect_upload(order=shown, files=files, **data, **_by(request))


def _exceptions(request: HttpRequest, shown: WorkOrder, form: django_forms.Form | None = None) -> HttpResponse:
    is_open = {"open": True, "settled": False}.get(request.GET.get("state", "open"))
    listed = Paginator(queries.exceptions(order=shown, is_open=is_open), PER_PAGE)
    values = {
        "page": listed.get_page(request.GET.get("page")),
        "state": request.GET.get("state", "open"),
        "form": form,
        "may_settle": access.may(request.user, order=shown, to="dispose"),
    }
    return _page(request, shown, "exceptions", values)


def _asked(request: HttpRequest) -> dict[str, str]:
    form = forms.SearchForm(request.GET)
    if not form.is_valid():
        return {"query": "", "coded": ""}
    return {"query": form.cleaned_data["q"], "coded": form.cleaned_data["coded"]}


def _search_address(ref: str, query: str) -> str:
    return reverse("review:search", args=[ref], query={"q": query}) if query else reverse("review:search", args=[ref])


def _layout_values(current: Any) -> dict[str, Any]:
    if current is None:
        return {"fields_json": json.dumps(layouts.default_fields(), indent=2)}
    return {
        "fields_json": json.dumps(current.fields, indent=2, ensure_ascii=False),
        "highlights_json": json.dumps(current.highlights, indent=2, ensure_ascii=False),
        "guidance": current.guidance,
        "pace_low": current.pace.get("low"),
        "pace_high": current.pace.get("high"),
    }


def _collections_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    columns = ("Number", "Collection", "Custodian", "Source", "State", "Files", "Children", "Published", "Copies")
    return exchange.Table("Collections", (*columns, "Excluded", "Exceptions"), _collection_rows(shown))


def _collection_rows(shown: WorkOrder) -> Iterator[tuple[Any, ...]]:
    for one in shown.collections.order_by("number"):
        n = queries.reconciliation(order=shown, collection=one)
        head = (one.number, one.label, one.custodian, one.get_kind_display(), one.get_state_display())
        yield (*head, n.inputs, n.children, n.published, n.duplicates, n.excluded, n.exceptions)


def _exceptions_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    is_open = {"open": True, "settled": False}.get(request.GET.get("state", ""))
    columns = ("Number", "Custodian", "Path", "Stage", "Class", "What", "Tries", "Settled", "Why")
    rows = (
        (
            one.control_number,
            one.custodian,
            one.path,
            one.exception_stage,
            one.exception_class,
            one.exception_message,
            one.exception_tries,
            str(one.get_disposition_display()),
            one.disposition_note,
        )
        for one in queries.exceptions(order=shown, is_open=is_open)
    )
    return exchange.Table("Exceptions", columns, rows)


def _documents_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    ids, _ = queries.matching(order=shown, **_asked(request))
    columns = ("Number", "Family", "Custodian", "Kind", "Sent, UTC", "From", "Subject or name", "Coding")
    return exchange.Table("Documents", columns, queries.listed(order=shown, ids=ids))


def _reviewers_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    columns = ("Reviewer", "Documents", "Saves", "Taken back", "Seconds", "Documents per hour")
    rows = (
        (
            row.person.name,
            row.n_documents,
            row.n_saves,
            row.n_taken_back,
            row.seconds,
            "" if row.per_hour is None else f"{row.per_hour:.1f}",
        )
        for row in queries.statistics(order=shown, person=request.user)
    )
    return exchange.Table("Reviewers", columns, rows)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": timezone.now()}
