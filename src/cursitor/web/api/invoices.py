"""Invoices: draft a period, issue, read, take the LEDES file and the PDF, approve or dispute."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from cursitor.plumbing.refusal import NotVisible
from cursitor.spine.engagements import access as engagement_access
from cursitor.spine.ledger import access, operations
from cursitor.spine.ledger.choices import InvoiceState
from cursitor.web.api import paging, problems, schemas, streams, writing
from cursitor.web.api.auth import Token

router = Router(tags=["invoices"])
PARTIES = ("engagement", "matter", "provider")


@router.get(
    "/invoices", response={200: schemas.Page[schemas.Invoice], **problems.DOCUMENTED}, auth=Token("invoices:read")
)
def invoices(
    request: HttpRequest, page: Query[paging.Paging], state: InvoiceState | None = None, engagement: schemas.Line = ""
) -> dict[str, Any]:
    """Return the invoices you see, the latest first; a client sees those that have been issued."""
    seen = access.invoices(request.user).select_related(*PARTIES)
    seen = seen.filter(state=state) if state else seen
    return paging.page(seen.filter(engagement__number=engagement) if engagement else seen, page)


@router.get("/invoices/{id}", response={200: schemas.InvoiceInFull, **problems.DOCUMENTED}, auth=Token("invoices:read"))
def invoice(request: HttpRequest, id: schemas.Number) -> Any:  # noqa: A002 - name in the address
    """Return one invoice with its lines."""
    return access.invoice_for(request.user, id)


@router.get(
    "/invoices/{id}/ledes", response=streams.RESPONSES, openapi_extra=streams.DOCUMENTED, auth=Token("invoices:read")
)
def ledes(request: HttpRequest, id: schemas.Number) -> StreamingHttpResponse:  # noqa: A002 - name in the address
    """Return the LEDES 1998B file of an issued invoice."""
    return _paper(request, id, "ledes", "txt")


@router.get(
    "/invoices/{id}/pdf", response=streams.RESPONSES, openapi_extra=streams.DOCUMENTED, auth=Token("invoices:read")
)
def pdf(request: HttpRequest, id: schemas.Number) -> StreamingHttpResponse:  # noqa: A002 - name in the address
    """Return the PDF of an issued invoice."""
    return _paper(request, id, "pdf", "pdf")


@router.post(
    "/invoices",
    response={201: list[schemas.InvoiceInFull], **problems.DOCUMENTED},
    auth=Token("invoices:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(list[schemas.InvoiceInFull], status=201)
def draft(request: HttpRequest, given: schemas.Period) -> Any:
    """Draft one invoice per matter of an engagement over what was done in the period and is not billed yet."""
    engagement = engagement_access.engagement_for(request.user, given.engagement)
    period = {"period_from": given.period_from, "period_to": given.period_to}
    return list(operations.draft_invoices(engagement=engagement, by=request.user, at=request.now, **period))


@router.post(
    "/invoices/{id}/issue",
    response={200: schemas.InvoiceInFull, **problems.DOCUMENTED},
    auth=Token("invoices:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.InvoiceInFull)
def issue(request: HttpRequest, id: schemas.Number) -> Any:  # noqa: A002 - name in the address
    """Issue a draft: it takes the next number, without gaps, and can no longer be changed."""
    shown = access.invoice_for(request.user, id, to="issue")
    return operations.issue_invoice(invoice=shown, by=request.user, at=request.now)


@router.post(
    "/invoices/{id}/approve",
    response={200: schemas.InvoiceInFull, **problems.DOCUMENTED},
    auth=Token("invoices:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.InvoiceInFull)
def approve(request: HttpRequest, id: schemas.Number) -> Any:  # noqa: A002 - name in the address
    """Approve every line that is not decided yet, and with them the invoice."""
    shown = access.invoice_for(request.user, id, to="judge")
    return operations.approve_invoice(invoice=shown, by=request.user, at=request.now)


@router.post(
    "/invoice-lines/{id}/verdict",
    response={200: schemas.InvoiceLine, **problems.DOCUMENTED},
    auth=Token("invoices:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.InvoiceLine)
def judge(request: HttpRequest, id: schemas.Number, given: schemas.Verdict) -> Any:  # noqa: A002 - name in the address
    """Approve or dispute one line; a dispute says why."""
    line = access.line_for(request.user, id, to="judge")
    return operations.judge_line(line=line, by=request.user, at=request.now, **given.model_dump())


def _paper(request: HttpRequest, pk: int, paper: str, ending: str) -> StreamingHttpResponse:
    shown = access.invoice_for(request.user, pk)
    if getattr(shown, paper) is None:
        raise NotVisible("A draft has no papers yet; they are made when it is issued.")
    pieces = operations.download_paper(invoice=shown, paper=paper, by=request.user, at=request.now)
    return streams.streamed(pieces, name=f"invoice-{shown.number}.{ending}", size=getattr(shown, paper).size)
