"""The log page: what a person may read of what happened."""

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.audit import access, forms, queries, words
from cursitor.spine.audit.models import Entry

PER_PAGE = 100
COLUMNS = ("Sequence", "At (UTC)", "Type", "Actor", "Name", "Subject", "Matter", "Data", "Leaf hash (SHA-256)")


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    form = forms.LogForm(request.GET)
    page = Paginator(_asked(request, form), PER_PAGE).get_page(request.GET.get("page"))
    values = {
        "form": form,
        "page": page,
        "rows": [(entry, words.of(entry.type)) for entry in page.object_list],
        "verification": queries.latest_verification(),
    }
    return render(request, "audit/log.html", values)


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    entries = _asked(request, forms.LogForm(request.GET)).order_by("sequence")
    if form == "jsonl":
        lines = (queries.line(entry) for entry in entries.iterator(chunk_size=1000))
        return answers.attachment(lines, name="log.jsonl", mime="application/x-ndjson")
    if form != "csv":
        raise Http404
    return answers.table(exchange.Table("Log", COLUMNS, _rows(entries)), form, name="log")


def _asked(request: HttpRequest, form: forms.LogForm) -> QuerySet[Entry]:
    return queries.narrowed(access.entries(request.user), zone=request.user.zone, **form.asked())


def _rows(entries: QuerySet[Entry]) -> Iterator[list[exchange.Cell]]:
    for entry in entries.iterator(chunk_size=1000):
        row = queries.content(entry)
        cells = [row[name] for name in ("sequence", "at", "type", "actor", "actor_name", "subject", "matter")]
        yield [*cells, queries.data_text(entry), bytes(entry.leaf_hash).hex()]
