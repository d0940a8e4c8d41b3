"""Pages by cursor: the next page begins after the last row seen, so nothing is skipped or doubled meanwhile."""

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from ninja import Query, Schema

from cursitor.plumbing.refusal import Invalid

LARGEST = 2**63 - 1


class CursorUnknown(Invalid):
    """Raised for a cursor that no page gave out."""


class Paging(Schema):
    cursor: str = Query("", max_length=60, description="`next` of the page before; empty for the first page")
    limit: int = Query(50, ge=1, le=200)


def page(rows: QuerySet, paging: Paging, *, key: str = "pk") -> dict[str, Any]:
    """
    Return {"items", "next"}: rows after the cursor, the highest key first; next is None on the last page.

    key: a unique integer column. :raises CursorUnknown: for a cursor that was not given out here.
    """
    if paging.cursor:
        rows = rows.filter(**{f"{key}__lt": _position(paging.cursor)})
    found = list(rows.order_by(f"-{key}")[: paging.limit + 1])
    items = found[: paging.limit]
    has_more = len(found) > paging.limit
    return {"items": items, "next": _cursor(getattr(items[-1], key)) if has_more else None}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"before:{position}".encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    try:
        word, position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(":")
        number = int(position)
    except (binascii.Error, ValueError):
        raise CursorUnknown("This cursor was not given out here.", field="cursor") from None
    if word != "before" or not 0 <= number <= LARGEST:
        raise CursorUnknown("This cursor was not given out here.", field="cursor")
    return number
