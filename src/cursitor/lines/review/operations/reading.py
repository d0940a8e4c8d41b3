"""Taking a native out of the house. Every download is on the log."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from cursitor.lines.review import access
from cursitor.lines.review.models import Document
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person


class NoNative(Refusal):
    """Raised when a document came without a native."""

    status = 404


def download_native(*, document: Document, by: Person, at: datetime) -> Iterator[bytes]:
    """
    Write the download to the log, then return the native's bytes in pieces.

    :raises NoNative: if there is none. :raises NotVisible, NotPermitted.
    """
    order = document.order
    if document.native is None:
        raise NoNative(f"{document.control_number} came without a native.")
    with transaction.atomic():
        access.require(by, order=order, to="view")
        audit.record(
            event="review.document.downloaded",
            at=at,
            by=by,
            subject=order.key,
            matter=order.matter.key,
            data={"document": document.control_number, "sha256": document.native.sha256},
        )
    return vault.chunks(document.native)
