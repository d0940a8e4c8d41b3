"""Tasks: read, claim the next, claim, release, complete, reopen, assign."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from cursitor.spine.people import access as people_access
from cursitor.spine.work import access, operations
from cursitor.spine.work.choices import TaskState
from cursitor.web.api import paging, problems, schemas, writing
from cursitor.web.api.auth import Token

router = Router(tags=["tasks"])
ACTS = {
    "claim": operations.claim,
    "renew": operations.renew,
    "release": operations.release,
    "complete": operations.complete_task,
    "reopen": operations.reopen_task,
}


@router.get("/tasks", response={200: schemas.Page[schemas.Task], **problems.DOCUMENTED}, auth=Token("tasks:read"))
def tasks(
    request: HttpRequest,
    page: Query[paging.Paging],
    order: schemas.Line = "",
    state: TaskState | None = None,
    mine: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> dict[str, Any]:
    """Return the tasks you see, the latest first; those of an order, in a state, or carried by you."""
    seen = access.tasks(request.user).select_related("order", "holder")
    seen = seen.filter(order=access.order_for(request.user, order)) if order else seen
    seen = seen.filter(state=state) if state else seen
    return paging.page(seen.filter(holder=request.user) if mine else seen, page)


@router.get(
    "/orders/{ref}/tasks/{number}", response={200: schemas.Task, **problems.DOCUMENTED}, auth=Token("tasks:read")
)
def task(request: HttpRequest, ref: schemas.Reference, number: schemas.Number) -> Any:
    """Return one task."""
    return access.task_for(request.user, ref, number)


@router.post(
    "/orders/{ref}/claims",
    response={200: schemas.Claim, **problems.DOCUMENTED},
    auth=Token("tasks:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.Claim)
def claim_next(request: HttpRequest, ref: schemas.Reference) -> Any:
    """Take the first free task of an order under a lease of two hours."""
    order = access.claimable_order_for(request.user, ref)
    return {"task": operations.claim_next(order=order, by=request.user, at=request.now)}


@router.post(
    "/orders/{ref}/tasks/{number}/assign",
    response={200: schemas.Task, **problems.DOCUMENTED},
    auth=Token("tasks:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.Task)
def assign(request: HttpRequest, ref: schemas.Reference, number: schemas.Number, given: schemas.Assignment) -> Any:
    """Give a task to a person of the provider; policy is asked about the person."""
    shown = access.task_for(request.user, ref, number, to="assign")
    to = people_access.person_for(request.user, pk=given.person)
    return operations.assign(task=shown, to=to, by=request.user, at=request.now)


@router.post(
    "/orders/{ref}/tasks/{number}/{act}",
    response={200: schemas.Task, **problems.DOCUMENTED},
    auth=Token("tasks:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.Task)
def act_on_task(
    request: HttpRequest,
    ref: schemas.Reference,
    number: schemas.Number,
    act: Literal["claim", "renew", "release", "complete", "reopen"],
) -> Any:
    """Claim, renew, release, complete or reopen a task."""
    shown = access.task_for(request.user, ref, number)
    return ACTS[act](task=shown, by=request.user, at=request.now)
