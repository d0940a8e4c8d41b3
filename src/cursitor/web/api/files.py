"""The file room of a matter: list, bring, take. Every download is written to the log."""

from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Form, Path, Query, Router, UploadedFile

from cursitor.spine.files import access, operations, queries
from cursitor.spine.work import access as work_access
from cursitor.web.api import paging, problems, schemas, streams, writing
from cursitor.web.api.auth import Token

router = Router(tags=["files"])
MatterNumber = Annotated[str, Path(max_length=20, pattern=r"^[^\x00]*$", description="e.g. 2026-0031")]


@router.get(
    "/matters/{matter}/files",
    response={200: schemas.Page[schemas.FileVersion], **problems.DOCUMENTED},
    auth=Token("files:read"),
)
def files(request: HttpRequest, matter: MatterNumber, page: Query[paging.Paging]) -> dict[str, Any]:
    """Return the latest version of every file of a matter's room that you may read."""
    room = access.room_for(request.user, matter)
    return paging.page(queries.latest_versions(request.user, matter=room), page)


@router.post(
    "/matters/{matter}/files",
    response={201: schemas.FileVersion, **problems.DOCUMENTED},
    auth=Token("files:write"),
    openapi_extra=writing.DOCUMENTED,
)
@writing.write(schemas.FileVersion, status=201)
def upload(
    request: HttpRequest,
    matter: MatterNumber,
    file: File[UploadedFile],
    given: Form[schemas.FilePlace],
) -> Any:
    """Bring a file into the room; a file of that name gets its next version."""
    room = access.room_for(request.user, matter)
    ref = work_access.order_for(request.user, given.order).ref if given.order else ""
    source = {"name": file.name, "source": file, "mime": file.content_type or "application/octet-stream"}
    place = {"order_ref": ref, "note": given.note}
    return operations.upload(matter=room, by=request.user, at=request.now, **source, **place)


@router.get("/files/{id}", response={200: schemas.FileVersion, **problems.DOCUMENTED}, auth=Token("files:read"))
def version(request: HttpRequest, id: schemas.Number) -> Any:  # noqa: A002 - name in the address
    """Return what is known of one version of a file."""
    return access.version_for(request.user, id)


@router.get(
    "/files/{id}/content", response=streams.RESPONSES, openapi_extra=streams.DOCUMENTED, auth=Token("files:read")
)
def content(request: HttpRequest, id: schemas.Number) -> StreamingHttpResponse:  # noqa: A002 - name in the address
    """Return the bytes of one version of a file."""
    shown = access.version_for(request.user, id)
    pieces = operations.download(version=shown, by=request.user, at=request.now)
    return streams.streamed(pieces, name=shown.file.name, size=shown.blob.size)
