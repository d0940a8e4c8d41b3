"""Questions to the client and their answers."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from cursitor.spine.work import access, operations
from cursitor.web.api import paging, problems, schemas, writing
from cursitor.web.api.auth import Token

router = Router(tags=["questions"])


@router.get(
    "/questions", response={200: schemas.Page[schemas.Question], **problems.DOCUMENTED}, auth=Token("questions:read")
)
def questions(
    request: HttpRequest,
    page: Query[paging.Paging],
    order: schemas.Line = "",
    is_open: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> dict[str, Any]:
    """Return the questions on orders you see, the latest first; those of an order, or the open ones."""
    seen = access.questions(request.user).select_related("order", "asked_by", "answered_by")
    seen = seen.filter(order=access.order_for(request.user, order)) if order else seen
    return paging.page(seen.filter(answered_at=None) if is_open else seen, page)


@router.get(
    "/orders/{ref}/questions/{number}",
    response={200: schemas.Question, **problems.DOCUMENTED},
    auth=Token("questions:read"),
)
def question(request: HttpRequest, ref: schemas.Reference, number: schemas.Number) -> Any:
    """Return one question."""
    return access.question_for(request.user, ref, number)


@router.post(
    "/orders/{ref}/questions",
    response={201: schemas.Question, **problems.DOCUMENTED},
    auth=Token("questions:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.Question, status=201)
def ask(request: HttpRequest, ref: schemas.Reference, given: schemas.NewQuestion) -> Any:
    """Ask the client. A blocking question pauses the provider's clock until it is answered."""
    order = access.order_for(request.user, ref, to="ask")
    return operations.ask(order=order, by=request.user, at=request.now, **given.model_dump())


@router.post(
    "/orders/{ref}/questions/{number}/answer",
    response={200: schemas.Question, **problems.DOCUMENTED},
    auth=Token("questions:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.Question)
def answer(request: HttpRequest, ref: schemas.Reference, number: schemas.Number, given: schemas.NewAnswer) -> Any:
    """Answer a question; the clock that it paused goes on."""
    asked = access.question_for(request.user, ref, number, to="answer")
    return operations.answer(question=asked, text=given.text, by=request.user, at=request.now)
