"""Bytes as an answer: always an attachment, never guessed at by whoever receives it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import StreamingHttpResponse

from cursitor.web.api import problems

_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
RESPONSES = problems.DOCUMENTED
DOCUMENTED = {"responses": {200: {"description": "The bytes", "content": {"application/octet-stream": _BYTES}}}}


def streamed(pieces: Iterable[bytes], *, name: str, size: int | None = None) -> StreamingHttpResponse:
    """Return the pieces as a download. name: shown to whoever saves it; size: in bytes, where it is known."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(pieces, content_type="application/octet-stream", headers=headers)
