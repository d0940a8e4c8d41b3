"""What every write has: the Idempotency-Key, and an answer that can be kept."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import TypeAdapter

from cursitor.plumbing.refusal import Refusal
from cursitor.web import answers
from cursitor.web.api import problems

HEADER = "Idempotency-Key"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": answers.LONGEST_KEY},
    "description": "Repeating a request with the same key gives the first answer again and changes nothing.",
}
DOCUMENTED = {"parameters": [PARAMETER]}


def write(shape: Any, status: int = 200) -> Callable[[Callable], Callable]:
    """
    Make a view a write: `view(request, ...)` changes something and returns what `shape` shows.

    With an Idempotency-Key the answer is kept, a refusal too, and given again to the same request.
    """

    shown = TypeAdapter(shape)

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def make() -> HttpResponse:
                made = shown.validate_python(view(request, *args, **kwargs), context={"request": request})
                return HttpResponse(shown.dump_json(made), status=status, content_type="application/json")

            key = request.headers.get(HEADER, "")
            if not key:
                return make()

            def make_or_refuse() -> HttpResponse:
                try:
                    return make()
                except Refusal as refusal:
                    return problems.of_refusal(refusal)

            return answers.once(
                token=request.api_token,
                key=key,
                request_digest=_digest(request),
                answer=make_or_refuse,
                at=request.now,
            )

        return answer

    return decorate


def _digest(request: HttpRequest) -> str:
    """Return the SHA-256 of what was asked: method, address and body; of a form its fields and its files' bytes."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, value in sorted((name, value) for name, values in request.POST.lists() for value in values):
        digest.update(f"{name}={value}\n".encode("utf-8", "replace"))
    for name, file in sorted(request.FILES.items()):
        digest.update(f"{name}={file.name}\n".encode("utf-8", "replace"))
        for piece in file.chunks():
            digest.update(piece)
        file.seek(0)
    return digest.hexdigest()
