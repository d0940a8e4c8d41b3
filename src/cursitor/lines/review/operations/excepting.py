"""What becomes of exceptions: tried again, published as they are, or listed as unreadable. Each with who and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from cursitor.engines.processing.items import Place
from cursitor.lines.review import access, reader
from cursitor.lines.review.choices import CollectionState, Disposition, DocumentStatus
from cursitor.lines.review.models import Collection, Document
from cursitor.lines.review.operations import processing, publishing
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder


def retry(*, order: WorkOrder, documents: Iterable[int], by: Person, at: datetime) -> int:
    """
    Let the worker read exceptions again, and no other document; return how many.

    documents: keys of exceptions that have not been disposed of; others among them are passed over.
    """
    with transaction.atomic():
        access.require(by, order=order, to="dispose")
        found = list(_open(order, documents).filter(native__isnull=False).values_list("pk", flat=True))
        for pk in found:
            outbox.post(topic="review.retry", key=f"document:{pk}", at=at, document=pk)
        if found:
            _log("review.exception.retried", order, by, at, {"documents": len(found)})
    return len(found)


def read_again(*, document: int, read: reader.Read, at: datetime) -> None:
    """Read one exception again and, where it can be read now, publish it with what comes out of it. May run twice."""
    row = Document.objects.select_related("native", "source__collection__order__matter").get(pk=document)
    if row.status != DocumentStatus.EXCEPTION or row.disposition or row.native is None:
        return
    place = Place(row.walk, row.walk.rpartition(".")[0] or None, row.family_walk, row.walk.count("."))
    source = row.source
    found = list(processing.expand(source, read=read, at=at, start=place, native=row.native, name=row.name))
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=row.order_id)
        own, *children = found
        fields = processing.fields_of(own, source) | {"name": row.name, "exception_tries": row.exception_tries + 1}
        Document.objects.filter(pk=row.pk).update(**fields)
        known = {other.walk: other for other in Document.objects.filter(source=source)}
        fresh = [child for child in children if child.item.place.id not in known]
        processing.add_documents(source, fresh, known=known)
        _publish(order, [row.collection_id], at)


def publish_as_is(*, order: WorkOrder, documents: Iterable[int], note: str, by: Person, at: datetime) -> int:
    """
    Publish exceptions without what could not be read, so that a person looks at the native; return how many.

    note: why. The class of the exception stays on record.
    """
    note = _note(note)
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="dispose")
        found = list(_open(order, documents))
        for document in found:
            document.status, document.disposition_note = DocumentStatus.PUBLISHED, note
        Document.objects.bulk_update(found, ["status", "disposition_note"], 200)
        _publish(order, sorted({document.collection_id for document in found}), at)
        if found:
            data = {"documents": [document.control_number for document in found], "note": note}
            _log("review.exception.published", order, by, at, data)
    return len(found)


def list_unreadable(*, order: WorkOrder, documents: Iterable[int], note: str, by: Person, at: datetime) -> int:
    """Settle exceptions as unreadable: they stay listed in the delivery and are not produced; return how many."""
    note = _note(note)
    with transaction.atomic():
        access.require(by, order=order, to="dispose")
        found = _open(order, documents)
        numbers = list(found.order_by("control_number").values_list("control_number", flat=True))
        found.update(disposition=Disposition.LISTED, disposition_note=note, disposed_by=by, disposed_at=at)
        if numbers:
            _log("review.exception.listed", order, by, at, {"documents": numbers, "note": note})
    return len(numbers)


def _open(order: WorkOrder, documents: Iterable[int]):
    published = Collection.objects.filter(order=order, state=CollectionState.PUBLISHED)
    return Document.objects.filter(
        order=order,
        pk__in=list(documents),
        status=DocumentStatus.EXCEPTION,
        disposition="",
        collection__in=published.values("pk"),
    )


def _publish(order: WorkOrder, collections: Sequence[int], at: datetime) -> None:
    """Give numbers and families to what is published now; a collection under way does that itself at its end."""
    for collection in Collection.objects.filter(pk__in=collections, state=CollectionState.PUBLISHED).order_by("number"):
        publishing.number_documents(order, collection)
        outbox.post(topic="review.index", key=f"order:{order.pk}", at=at, order=order.pk)


def _note(note: str) -> str:
    if not note.strip():
        raise Invalid("Say why, in a few words.", field="note")
    return note.strip()[:300]


def _log(event: str, order: WorkOrder, by: Person, at: datetime, data: dict) -> None:
    audit.record(event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
