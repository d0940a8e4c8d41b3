"""The log: what a person may read of it, page by page or as lines."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from cursitor.spine.audit import access, operations, queries
from cursitor.web.api import paging, problems, schemas, streams
from cursitor.web.api.auth import Token

router = Router(tags=["audit"], auth=Token("audit:read"))


@router.get("/audit/entries", response={200: schemas.Page[schemas.Entry], **problems.DOCUMENTED})
def entries(
    request: HttpRequest, page: Query[paging.Paging], subject: schemas.Line = "", matter: schemas.Line = ""
) -> dict[str, Any]:
    """Return the entries you may read, the latest first; about one thing (order:WO-1187) or of a matter."""
    return paging.page(_readable(request, subject, matter), page, key="sequence")


@router.get("/audit/export", response=problems.DOCUMENTED, openapi_extra=streams.DOCUMENTED)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """
    Return the log as JSON Lines: the entries you may read in full, of the others the leaf hash alone.

    The tree can be computed from these lines, and each signed checkpoint stands after the entries that it covers.
    """
    operations.make_checkpoint(at=request.now)
    readable = frozenset(access.entries(request.user).values_list("sequence", flat=True))
    return streams.streamed(_lines(readable), name="cursitor-log.jsonl")


def _lines(readable: frozenset[int]) -> Iterator[bytes]:
    for line in queries.lines():
        row = json.loads(line)
        if row["kind"] == "entry" and row["sequence"] not in readable:
            row = {"kind": "leaf", "sequence": row["sequence"], "leaf_hash": row["leaf_hash"]}
            line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
        yield line


def _readable(request: HttpRequest, subject: str, matter: str) -> QuerySet:
    found = access.entries(request.user)
    found = found.filter(subject=subject) if subject else found
    return found.filter(matter=f"matter:{matter}") if matter else found
