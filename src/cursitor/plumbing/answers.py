"""From a form to an operation, and from values to an HTTP answer: what every app's views would write again."""

from collections.abc import Callable, Iterable
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpResponse, StreamingHttpResponse

from cursitor.plumbing import exchange
from cursitor.plumbing.refusal import Invalid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def does(form: forms.Form, act: Callable[[], object]) -> object:
    """
    Do the act if the form can be used, and return what it made. False: show the form.

    A value that the operation cannot use goes back to its field; every other refusal passes.
    """
    if not form.is_bound or not form.is_valid():
        return False
    try:
        return act() or True
    except Invalid as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return False


def table(made: exchange.Table, form: str, *, name: str) -> HttpResponse:
    """Return a table as a file: form "csv" or "xlsx". :raises Http404: for any other form."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "csv":
        return StreamingHttpResponse(
            exchange.csv_pieces(made), content_type="text/csv; charset=utf-8", headers=disposition
        )
    if form == "xlsx":
        return HttpResponse(exchange.to_xlsx(made), content_type=XLSX, headers=disposition)
    raise Http404


def attachment(
    pieces: Iterable[bytes], *, name: str, size: int | None = None, mime: str = "application/octet-stream"
) -> StreamingHttpResponse:
    """
    Return bytes to be saved, never shown: whatever they are, no browser runs them on this site.

    The name is given as RFC 6266 has it, so that no character of it can end the header. Leave out `mime` where the
    type was told by whoever brought the file.
    """
    plain = name.encode("ascii", "replace").decode().translate({ord(c): "_" for c in '"\\?%\r\n'})
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(pieces, content_type=mime, headers=headers)
