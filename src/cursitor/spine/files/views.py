"""A matter's file room: HTTP to operations and back."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.engagements.models import Matter
from cursitor.spine.files import access, forms, operations, queries

PER_PAGE = 100
COLUMNS = ("File", "Version", "Order", "Bytes", "SHA-256", "Added by", "Added at", "Seen by", "Note")


@require_safe
def room(request: HttpRequest, number: str) -> HttpResponse:
    matter = access.room_for(request.user, number)
    form = forms.UploadForm(request.user, matter) if access.may_add(request.user, matter=matter) else None
    return render(request, "files/room.html", _room(request, matter, form))


@require_POST
def upload(request: HttpRequest, number: str) -> HttpResponse:
    matter = access.room_for(request.user, number)
    form = forms.UploadForm(request.user, matter, request.POST, request.FILES)
    stored = answers.does(form, lambda: _store(request, matter, form))
    if not stored:
        return render(request, "files/room.html", _room(request, matter, form), status=422)
    for refusal in stored.refusals:
        messages.warning(request, refusal)
    return redirect("files:room", number=number)


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    file = access.file_for(request.user, pk)
    return render(request, "files/history.html", {"file": file, "versions": queries.history(file)})


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    version = access.version_for(request.user, pk)
    pieces = operations.download(version=version, by=request.user, at=timezone.now())
    return answers.attachment(pieces, name=version.file.name, size=version.blob.size)


@require_safe
def export(request: HttpRequest, number: str, form: str) -> HttpResponse:
    matter = access.room_for(request.user, number)
    table = exchange.Table("Files", COLUMNS, _rows(request, matter))
    return answers.table(table, form, name=f"files-{matter.number}")


def _store(request: HttpRequest, matter: Matter, form: forms.UploadForm) -> operations.Stored:
    values = form.cleaned_data
    given = [(each.name, each.file, each.content_type or "") for each in values["files"]]
    return operations.upload_all(
        matter=matter,
        given=given,
        note=values["note"],
        provider=values.get("provider"),
        by=request.user,
        at=timezone.now(),
    )


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in ("text", "sort")}


def _room(request: HttpRequest, matter: Matter, form: forms.UploadForm | None) -> dict[str, object]:
    asked = _asked(request)
    listed = queries.room(request.user, matter=matter, **asked)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    return {"matter": matter, "page": page, "asked": asked, "form": form}


def _rows(request: HttpRequest, matter: Matter) -> Iterator[list[exchange.Cell]]:
    for version in queries.room(request.user, matter=matter, **_asked(request)):
        file, blob = version.file, version.blob
        seen_by = file.provider.name if file.provider else "Every provider"
        added = [version.added_by.name, version.added_at, seen_by, version.note]
        yield [file.name, version.number, file.order_ref, blob.size, blob.sha256, *added]
