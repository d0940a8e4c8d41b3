"""Errors as problem details (RFC 9457): a stable code, a sentence that may be read, the entry it is about."""

import json
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cursitor.plumbing.refusal import NotVisible, Refusal

MIME = "application/problem+json"


class Problem(Schema):
    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    field: str = ""
    errors: list[dict[str, Any]] = []


DOCUMENTED = dict.fromkeys((400, 401, 403, 404, 409, 422), Problem)


def of_refusal(refusal: Refusal) -> HttpResponse:
    """Return a refusal as a problem; its class name is the code."""
    return _problem(refusal.status, refusal.code, refusal.sentence, field=getattr(refusal, "field", ""))


def install(api: NinjaAPI) -> None:
    """Let every error of the API leave it as a problem."""
    api.add_exception_handler(Refusal, lambda request, error: of_refusal(error))
    api.add_exception_handler(Http404, lambda request, error: of_refusal(NotVisible()))
    api.add_exception_handler(ValidationError, _of_validation)
    api.add_exception_handler(AuthenticationError, _of_authentication)
    api.add_exception_handler(HttpError, lambda request, error: _problem(error.status_code, "BadRequest", str(error)))


def _of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [{"at": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors]
    detail = "; ".join(f"{each['at']}: {each['message']}" for each in found)
    return _problem(422, "Invalid", detail, errors=found)


def _of_authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = _problem(401, "TokenNeeded", "Send a valid token: Authorization: Bearer cur_...")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return HttpResponse(json.dumps(body), status=status, content_type=MIME)
