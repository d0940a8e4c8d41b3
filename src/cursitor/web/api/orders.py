"""Matters, engagements and orders: read, draft, and take the steps of an order's life."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.work import access, forms, operations, registry, transitions
from cursitor.spine.work import queries as work_queries
from cursitor.spine.work.choices import OrderState
from cursitor.web.api import paging, problems, schemas, writing
from cursitor.web.api.auth import Token

router = Router(tags=["orders"])
PARTIES = ("matter", "engagement", "provider", "terms", "holder", "duty_holder")


class StepTakenElsewhere(Refusal):
    """Raised when a step belongs to a room in which a person acts themselves: release and sign-off."""


class UnknownWorkKind(Invalid):
    """Raised when a work kind is named that no installed line offers."""


@router.get("/matters", response={200: schemas.Page[schemas.Matter], **problems.DOCUMENTED}, auth=Token("orders:read"))
def matters(request: HttpRequest, page: Query[paging.Paging]) -> dict[str, Any]:
    """Return the matters you see, the latest first."""
    seen = engagement_access.matters(request.user).select_related("client", "supervising_attorney")
    return paging.page(seen, page)


@router.get(
    "/engagements", response={200: schemas.Page[schemas.Engagement], **problems.DOCUMENTED}, auth=Token("orders:read")
)
def engagements(request: HttpRequest, page: Query[paging.Paging]) -> dict[str, Any]:
    """Return the engagements you see, the latest first."""
    return paging.page(engagement_access.engagements(request.user).select_related("client", "provider"), page)


@router.get("/orders", response={200: schemas.Page[schemas.Order], **problems.DOCUMENTED}, auth=Token("orders:read"))
def orders(
    request: HttpRequest,
    page: Query[paging.Paging],
    state: OrderState | None = None,
    matter: schemas.Line = "",
    text: schemas.Line = "",
) -> dict[str, Any]:
    """Return the orders you see, the latest first; narrowed by state, number of the matter, or words."""
    seen = access.orders(request.user).select_related(*PARTIES)
    seen = seen.filter(state=state) if state else seen
    seen = seen.filter(matter__number=matter) if matter else seen
    return paging.page(work_queries.find_orders(seen, text), page, key="number")


@router.get("/orders/{ref}", response={200: schemas.OrderInFull, **problems.DOCUMENTED}, auth=Token("orders:read"))
def order(request: HttpRequest, ref: schemas.Reference) -> Any:
    """Return one order with its clocks, its life so far, and the steps that lead on."""
    return access.order_for(request.user, ref)


@router.post(
    "/orders",
    response={201: schemas.OrderInFull, **problems.DOCUMENTED},
    auth=Token("orders:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.OrderInFull, status=201)
def draft(request: HttpRequest, given: schemas.NewOrder) -> Any:
    """Draft an order. The brief is checked as the page checks it; nothing is sent to the provider before `issue`."""
    person = request.user
    line, kind = _work_kind(given.work_kind)
    return operations.draft_order(
        matter=engagement_access.matter_for(person, given.matter, to="instruct"),
        engagement=engagement_access.engagement_for(person, given.engagement),
        line=line,
        work_kind=kind.key,
        title=given.title,
        brief=_brief(kind, given.brief),
        instructions=given.instructions,
        fee_basis=given.fee_basis,
        budget_amount=given.budget_amount,
        by=person,
        at=request.now,
    )


@router.post(
    "/orders/{ref}/steps",
    response={200: schemas.OrderInFull, **problems.DOCUMENTED},
    auth=Token("orders:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.OrderInFull)
def take_step(request: HttpRequest, ref: schemas.Reference, given: schemas.NewStep) -> Any:
    """Let the order take a step: issue, accept, decline, start, submit_to_quality, approve, close, cancel, ..."""
    shown = access.order_for(request.user, ref)
    step = transitions.step(given.name)
    if step.via:
        raise StepTakenElsewhere(f'"{step.verb}" is taken by a person in the page, not by a program.')
    moved = operations.move(order=shown, name=step.name, by=request.user, at=request.now, reason=given.reason)
    return access.order_for(request.user, moved.ref)


def _work_kind(key: str) -> tuple[str, registry.WorkKind]:
    for line in registry.lines().values():
        for kind in line.work_kinds:
            if kind.key == key:
                return line.key, kind
    raise UnknownWorkKind(f'There is no work kind "{key}".', field="work_kind")


def _brief(kind: registry.WorkKind, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the brief's form makes of the values. :raises Invalid: naming what is missing or wrong."""
    form = kind.brief_form(given)
    if unknown := set(given) - set(form.fields):
        raise Invalid(f"The brief has no {', '.join(sorted(unknown))}.", field="brief")
    if not form.is_valid():
        wrong = "; ".join(f"{name}: {' '.join(errors)}" for name, errors in form.errors.items())
        raise Invalid(f"The brief cannot be used. {wrong}", field="brief")
    return forms.brief_values(form)
