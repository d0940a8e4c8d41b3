"""The page of a document as its author saw it, where a browser can show it without anything being fetched or run."""

import nh3
from django.http import HttpResponse

from cursitor.engines.processing import charsets
from cursitor.lines.review.models import Document
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.vault import operations as vault

LARGEST = 32 * 1024 * 1024
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF, HTML = "application/pdf", "text/html"
SHOWN = IMAGES | {PDF, HTML}

_TAGS = nh3.ALLOWED_TAGS - {"a", "img", "area", "map"}
_CLOSED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_POLICY = {
    # A browser's own PDF viewer does not start in a sandboxed frame.
    PDF: "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    HTML: f"{_CLOSED}; sandbox",
}


class NoPage(Refusal):
    """Raised when a document has no page that could be shown; its text can still be read."""

    status = 404


def has_page(document: Document) -> bool:
    return document.mime in SHOWN and document.native_id is not None and document.size <= LARGEST


def page(document: Document) -> HttpResponse:
    """
    Return a PDF or image as it is, or a web page without scripts, links, pictures and styles, under a closed policy.

    :raises NoPage: for every other kind, and above 32 MiB.
    """
    if not has_page(document) or document.native is None:
        raise NoPage(f"{document.control_number} has no page that a browser could show; read its text.")
    data = vault.read(document.native)
    if document.mime == HTML:
        text, _ = charsets.decode(data)
        data = nh3.clean(text, tags=_TAGS, attributes={}).encode()
    kind = "text/html; charset=utf-8" if document.mime == HTML else document.mime
    policy = _POLICY.get(document.mime, f"{_CLOSED}; sandbox")
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=kind, headers=headers)
