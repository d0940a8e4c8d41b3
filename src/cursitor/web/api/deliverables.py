"""Deliverables: versions, files with digests, signature, bytes. Reading bytes is written to the log."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from cursitor.spine.quality import queries as quality
from cursitor.spine.work import access, operations
from cursitor.web.api import paging, problems, schemas, streams
from cursitor.web.api.auth import Token

router = Router(tags=["deliverables"], auth=Token("deliverables:read"))


@router.get("/deliverables", response={200: schemas.Page[schemas.Deliverable], **problems.DOCUMENTED})
def deliverables(request: HttpRequest, page: Query[paging.Paging], order: schemas.Line = "") -> dict[str, Any]:
    """Return the deliverables of orders you see, the latest first, or those of one order."""
    seen = access.deliverables(request.user).select_related("order", "made_by")
    return paging.page(seen.filter(order=access.order_for(request.user, order)) if order else seen, page)


@router.get("/orders/{ref}/deliverables/{version}", response={200: schemas.DeliverableInFull, **problems.DOCUMENTED})
def deliverable(request: HttpRequest, ref: schemas.Reference, version: schemas.Number) -> Any:
    """Return a deliverable with the digest of every file, and its signature checked against the bytes now."""
    shown = access.deliverable_for(request.user, ref, version)
    state = quality.sign_off_state(shown)
    signature = None
    if state.sign_off:
        signature = {
            "attorney": state.sign_off.attorney,
            "licence": str(state.sign_off.licence),
            "at": state.sign_off.at,
            "statement": state.sign_off.statement,
            "statement_sha256": state.sign_off.statement_digest,
            "holds": state.holds,
            "changed": list(state.changed),
        }
    fields = {name: getattr(shown, name) for name in ("order", "version", "made_by", "made_at", "inputs_digest")}
    files = list(shown.files.order_by("path"))
    return {**fields, "summary": shown.summary, "files": files, "signature": signature}


@router.get("/deliverable-files/{id}/content", response=streams.RESPONSES, openapi_extra=streams.DOCUMENTED)
def file_content(request: HttpRequest, id: schemas.Number) -> StreamingHttpResponse:  # noqa: A002 - name in the address
    """Return the bytes of a file."""
    file = access.deliverable_file_for(request.user, id)
    pieces = operations.download_file(file=file, by=request.user, at=request.now)
    return streams.streamed(pieces, name=file.path.rpartition("/")[2], size=file.size)


@router.get("/orders/{ref}/deliverables/{version}/zip", response=streams.RESPONSES, openapi_extra=streams.DOCUMENTED)
def archive(request: HttpRequest, ref: schemas.Reference, version: schemas.Number) -> StreamingHttpResponse:
    """Return all files as one ZIP."""
    shown = access.deliverable_for(request.user, ref, version, to="download")
    pieces = operations.download_all(deliverable=shown, by=request.user, at=request.now)
    return streams.streamed(pieces, name=f"{shown.order.ref}-release-{shown.version}.zip")
