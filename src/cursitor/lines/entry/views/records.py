"""Pages of records: the list, a record with its lineage, what could not be keyed."""

from collections.abc import Iterator
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.entry import access, forms, operations, queries
from cursitor.lines.entry.choices import Stage
from cursitor.lines.entry.models import Record
from cursitor.lines.entry.views import frame
from cursitor.lines.entry.views.accuracy import accuracy_table
from cursitor.lines.entry.views.batches import batches_table, files_table
from cursitor.plumbing import answers, exchange
from cursitor.spine.work.models import WorkOrder

PER_PAGE = 50


@require_safe
def records(request: HttpRequest, ref: str) -> HttpResponse:
    return _records(request, access.order_for(request.user, ref))


@require_POST
def reopen(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="reopen")
    settled = shown.records.filter(stage=Stage.DONE).values_list("number", flat=True)
    form = forms.ReopenForm(list(settled), request.POST)

    def act() -> None:
        n = operations.reopen(order=shown, **form.cleaned_data, **frame.by(request))
        messages.success(request, f"{n} record{'' if n == 1 else 's'} will be keyed again.")

    return redirect("entry:records", ref) if answers.does(form, act) else _records(request, shown, form)


@require_safe
def record(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    return _record(request, access.record_for(request.user, ref, number))


@require_POST
def correct(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.record_for(request.user, ref, number, to="reopen")
    form = forms.CorrectForm(_fields(shown), request.POST)

    def act() -> None:
        operations.correct(record=shown, **form.cleaned_data, **frame.by(request))
        messages.success(request, "Corrected. What was typed stays on record.")

    return redirect("entry:record", ref, number) if answers.does(form, act) else _record(request, shown, form)


@require_safe
def exceptions(request: HttpRequest, ref: str) -> HttpResponse:
    return _exceptions(request, access.order_for(request.user, ref))


@require_POST
def settle_records(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="dispose")
    waiting = {record.number: record for record in queries.set_aside(order=shown)}
    form = forms.SettleRecordsForm(list(waiting), request.POST)

    def act() -> None:
        numbers = form.cleaned_data["records"]
        if form.cleaned_data["act"] == "confirm":
            n = operations.confirm_set_aside(order=shown, records=numbers, **frame.by(request))
            messages.success(request, f"{n} record{'' if n == 1 else 's'} confirmed as not keyable.")
            return
        for number in numbers:
            operations.take_back(record=waiting[number], **frame.by(request))
        messages.success(request, f"{len(numbers)} record{'' if len(numbers) == 1 else 's'} taken back into keying.")

    return redirect("entry:exceptions", ref) if answers.does(form, act) else _exceptions(request, shown, form)


@require_safe
def export(request: HttpRequest, ref: str, table: str, form: str) -> HttpResponse:
    """Hand out a list as CSV or XLSX: what the person sees, filtered as on the page."""
    shown = access.order_for(request.user, ref)
    tables = {
        "batches": batches_table,
        "files": files_table,
        "records": _records_table,
        "exceptions": _exceptions_table,
        "accuracy": accuracy_table,
    }
    if table not in tables:
        raise Http404
    return answers.table(tables[table](request, shown), form, name=f"{ref}-{table}")


def _records(request: HttpRequest, shown: WorkOrder, form: django_forms.Form | None = None) -> HttpResponse:
    asked = forms.RecordsFilterForm(request.GET)
    found = queries.listed(order=shown, person=request.user, filters=asked.filters())
    may_reopen = access.may(request.user, order=shown, to="reopen")
    sees_values = access.may(request.user, order=shown, to="see_values")
    values = {
        "asked": asked,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "stages": [(stage, queries.stage_counts(shown)[stage]) for stage in Stage],
        "batches": shown.batches.order_by("number"),
        "keyers": queries.keyers(order=shown) if sees_values else (),
        "sees_values": sees_values,
        "may_reopen": may_reopen,
        "form": form or forms.ReopenForm([]),
    }
    return frame.page(request, shown, "records", values)


def _record(request: HttpRequest, shown: Record, form: django_forms.Form | None = None) -> HttpResponse:
    may_correct = shown.stage == Stage.DONE and access.may(request.user, order=shown.order, to="reopen")
    values = {
        "view": queries.record_view(record=shown, person=request.user),
        "form": form or forms.CorrectForm(_fields(shown)),
        "reopen_form": forms.ReopenForm([shown.number]),
        "may_correct": may_correct,
        "before": shown.order.records.filter(number__lt=shown.number).order_by("-number").first(),
        "after": shown.order.records.filter(number__gt=shown.number).order_by("number").first(),
    }
    return frame.page(request, shown.order, "records", values, "entry/record.html")


def _fields(shown: Record) -> list[tuple[str, str]]:
    return [(field.key, field.name) for field in queries.definition(shown.schema).fields]


def _exceptions(request: HttpRequest, shown: WorkOrder, form: django_forms.Form | None = None) -> HttpResponse:
    values = {
        "files": queries.file_exceptions(order=shown),
        "records": queries.set_aside(order=shown),
        "counts": queries.reconciliation(order=shown),
        "form": form,
        "may_settle": access.may(request.user, order=shown, to="dispose"),
        "sees_values": access.may(request.user, order=shown, to="see_values"),
    }
    return frame.page(request, shown, "exceptions", values)


def _records_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    asked = forms.RecordsFilterForm(request.GET).filters()
    found = queries.listed(order=shown, person=request.user, filters=asked)
    columns = ("Record", "Batch", "File", "First page", "Last page", "Form definition", "Stage")
    if not access.may(request.user, order=shown, to="see_values"):
        return exchange.Table("Records", columns, map(_head, found))
    more = ("Errors", "Warnings", "First keyer", "Second keyer", "Adjudicator", "Settled", "Set aside because")
    return exchange.Table("Records", (*columns, *more), ((*_head(one), *_told(one)) for one in found))


def _head(one: Record) -> tuple[exchange.Cell, ...]:
    place = (one.batch.label, one.file.path, one.first_page, one.last_page)
    return (one.name, *place, one.schema.version, str(one.get_stage_display()))


def _told(one: Record) -> tuple[exchange.Cell, ...]:
    people = (person.name if person else None for person in (one.first_doer, one.second_doer, one.adjudicator))
    return (one.n_errors, one.n_warnings, *people, one.done_at, one.set_aside_reason)


def _exceptions_table(request: HttpRequest, shown: WorkOrder) -> exchange.Table:
    columns = ("Kind", "Name", "Batch", "Class", "What", "Settled at", "Why")
    sees_values = access.may(request.user, order=shown, to="see_values")
    return exchange.Table("Exceptions", columns, _exception_rows(shown, sees_values=sees_values))


def _exception_rows(shown: WorkOrder, *, sees_values: bool) -> Iterator[tuple[Any, ...]]:
    for file in queries.file_exceptions(order=shown):
        what = (file.exception_class, file.exception_message, file.disposed_at, file.disposition_note)
        yield ("File", file.path, file.batch.label, *what)
    for one in queries.set_aside(order=shown):
        reason = one.set_aside_reason if sees_values else None
        yield ("Record", one.name, one.batch.label, "SET_ASIDE", reason, one.done_at, None)
