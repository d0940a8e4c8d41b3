"""Pages of batches: what was collected, how far it is read, what could not be; and the image of a page."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, quote_etag
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.entry import access, forms, operations, queries
from cursitor.lines.entry.models import Batch
from cursitor.lines.entry.views import frame
from cursitor.plumbing import answers, exchange
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.work.models import WorkOrder

PER_PAGE = 50
IMAGE_KEPT_SECONDS = 86_400


@require_safe
def batch_list(request: HttpRequest, ref: str) -> HttpResponse:
    return _batches(request, access.order_for(request.user, ref))


@require_POST
def collect(request: HttpRequest, ref: str, source: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="collect")
    kinds: dict[str, tuple[type[django_forms.Form], Callable[[dict[str, Any]], Batch]]] = {
        "upload": (forms.UploadForm, lambda data: _upload(request, shown, data)),
        "folder": (forms.FolderForm, lambda data: operations.collect_folder(order=shown, **data, **frame.by(request))),
    }
    if source not in kinds:
        raise Http404
    form_class, act = kinds[source]
    form = form_class(request.POST, request.FILES)
    made = answers.does(form, lambda: act(form.cleaned_data))
    if not isinstance(made, Batch):
        return _batches(request, shown, {source: form})
    messages.success(request, "Collected. Pages appear as they are rendered.")
    return redirect("entry:batch", ref, made.number)


@require_safe
def batch(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.batch_for(request.user, ref, number)
    if not request.htmx:
        return _batch(request, shown)
    view = queries.batch_view(batch=shown)
    answer = render(request, "entry/batch.html#state", {"order": shown.order, "view": view})
    if not view.is_running:
        # Exceptions and records are there now: they lie outside of what was asked for.
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
def settle_batch(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.batch_for(request.user, ref, number)
    waiting = queries.exceptions_of(batch=shown).filter(disposed_at=None).values_list("pk", flat=True)
    form = forms.SettleBatchForm(list(waiting), request.POST)

    def act() -> None:
        given, order = form.cleaned_data, shown.order
        asked = {"order": order, "files": given["files"], **frame.by(request)}
        if given["act"] == "retry":
            n, words = operations.retry(**asked), "being read again"
        elif given["act"] == "keep":
            n, words = (
                operations.key_what_is_there(note=given["note"], **asked),
                "to be keyed as far as they could be read",
            )
        else:
            n, words = operations.dispose_files(note=given["note"], **asked), "listed as exceptions"
        messages.success(request, f"{n} file{'' if n == 1 else 's'} {words}.")

    return redirect("entry:batch", ref, number) if answers.does(form, act) else _batch(request, shown, form)


@require_POST
def replace_file(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    shown = access.file_for(request.user, ref, pk, to="collect")
    form = forms.ReplaceForm(request.POST, request.FILES)

    def act() -> None:
        given = form.cleaned_data["file"]
        operations.replace_file(file=shown, name=given.name, stream=given, **frame.by(request))
        messages.success(request, "Replaced. Its pages appear as they are rendered.")

    if answers.does(form, act):
        return redirect("entry:batch", ref, shown.batch.number)
    return _batch(request, shown.batch, replace_form=form)


@require_safe
def page_image(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Hand out the image of a page: its browser may keep it, nobody between may, and nothing but an image is shown."""
    shown = access.page_for(request.user, ref, pk)
    etag = quote_etag(shown.image.sha256)
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        answer = HttpResponse(vault.read(shown.image), content_type=shown.mime)
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = f"private, max-age={IMAGE_KEPT_SECONDS}, immutable"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def batches_table(_request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    """Return the batches of an order with their counts."""
    columns = ("Batch", "Name", "State", "Files", "Rendered", "Opened", "Exceptions", "Not read", "Pages", "Records")
    rows = (
        (
            one.batch.number,
            one.batch.label,
            str(one.batch.get_state_display()),
            *(one.files, one.rendered, one.opened, one.exceptions, one.unread, one.pages, one.records),
        )
        for one in queries.batches(order=shown)
    )
    return exchange.Table("Batches", columns, rows)


def files_table(_request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    """Return every file of an order and how it ended."""
    columns = ("Batch", "Place", "File", "SHA-256", "Pages", "Inside", "Records", "Class", "What", "Settled at", "Why")
    return exchange.Table("Files", columns, _file_rows(shown))


def _file_rows(shown: WorkOrder) -> Iterator[tuple[Any, ...]]:
    for one in shown.batches.order_by("number"):
        for file in queries.files_of(batch=one).select_related("blob"):
            digest = file.blob.sha256 if file.blob else ""
            records = ", ".join(record.name for record in file.shown_records)
            trouble = (file.exception_class, file.exception_message, file.disposed_at, file.disposition_note)
            yield (one.number, file.position, file.path, digest, file.n_pages, file.n_children, records, *trouble)


def _batches(request: HttpRequest, shown: WorkOrder, bound: dict[str, django_forms.Form] | None = None) -> HttpResponse:
    brief = {name: shown.brief[name] for name in ("split", "every") if shown.brief.get(name)}
    views = queries.batches(order=shown)
    values = {
        "views": views,
        "total": queries.batch_totals(views),
        "schema": queries.current_schema(shown),
        "upload": forms.UploadForm(initial=brief),
        "folder": forms.FolderForm(initial=brief),
        "may_collect": access.may(request.user, order=shown, to="collect"),
        **(bound or {}),
    }
    return frame.page(request, shown, "batches", values)


def _batch(
    request: HttpRequest,
    shown: Batch,
    form: django_forms.Form | None = None,
    replace_form: django_forms.Form | None = None,
) -> HttpResponse:
    exceptions = list(queries.exceptions_of(batch=shown))
    values = {
        "view": queries.batch_view(batch=shown),
        "exceptions": exceptions,
        "n_waiting": sum(one.disposed_at is None for one in exceptions),
        "page": Paginator(queries.files_of(batch=shown), PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "replace_form": replace_form,
        "may_settle": access.may(request.user, order=shown.order, to="dispose"),
        "may_collect": access.may(request.user, order=shown.order, to="collect"),
    }
    return frame.page(request, shown.order, "batches", values, "entry/batch.html")


def _upload(request: HttpRequest, shown: WorkOrder, data: dict[str, Any]) -> Batch:
    given = data.pop("files")
    names = _paths(request.POST.get("paths", ""), [one.name for one in given])
    files = list(zip(names, given, strict=True))
    return operations.collect_upload(order=shown, files=files, **data, **frame.by(request))


def _paths(told: str, names: list[str]) -> list[str]:
    """Return the names of uploaded files with the folders they were dropped in, where the page told them all."""
    try:
        paths = json.loads(told or "[]")
    except ValueError:
        return names
    if not isinstance(paths, list) or len(paths) != len(names) or not all(isinstance(one, str) for one in paths):
        return names
    return [path if path.endswith(f"/{name}") else name for path, name in zip(paths, names, strict=True)]
