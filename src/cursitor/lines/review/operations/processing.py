"""Reading collected inputs: each is read in the sandbox and committed whole, or stays as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from cursitor.engines.processing import containers, kinds, messages
from cursitor.engines.processing.exceptions import LimitHit, ProcessingException
from cursitor.engines.processing.items import Place, ProcessedItem, Status, exceptional
from cursitor.engines.processing.limits import Budget
from cursitor.lines.review import reader
from cursitor.lines.review.choices import DocumentStatus
from cursitor.lines.review.models import CollectedInput, Collection, Document
from cursitor.plumbing import workspace
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.sandbox import spool
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob

_STATUS = {
    Status.PUBLISHED: DocumentStatus.PUBLISHED,
    Status.EXCLUDED: DocumentStatus.EXCLUDED,
    Status.EXCEPTION: DocumentStatus.EXCEPTION,
}


@dataclass(frozen=True)
class Found:
    """An item that came out of an input, its bytes and text in the vault already. parent: walk of its parent."""

    item: ProcessedItem
    parent: str
    native: Blob | None
    text: Blob | None


@dataclass(frozen=True)
class _Waiting:
    place: Place
    name: str
    path: Path | None = None
    exception: ProcessingException | None = None


def process(*, inputs: Sequence[int], read: reader.Read, at: datetime) -> None:
    """
    Read inputs, one after another, each committed in one transaction. Done ones are passed over: may run twice.

    Documents carry no control numbers yet: those are given when the collection is published.
    """
    for pk in inputs:
        source = CollectedInput.objects.select_related("collection__order__matter", "blob", "text").get(pk=pk)
        if source.processed_at is None:
            found = list(expand(source, read=read, at=at))
            _commit(source, found, at)


def expand(
    source: CollectedInput,
    *,
    read: reader.Read,
    at: datetime,
    start: Place | None = None,
    native: Blob | None = None,
    name: str = "",
) -> Iterator[Found]:
    """
    Yield every item of an input, itself first, children after their parents.

    start, native, name: begin at a document inside the input instead, with its own bytes. The limits on children and
    total bytes hold for the whole tree; what lies beyond them comes out as an exception, unopened.
    """
    blob = native or source.blob
    place = start or Place("1")
    if blob is None:
        yield _without_native(source, place)
        return
    scope = source.collection.order.matter.key
    with workspace.folder("reading") as folder:
        path = folder / "input"
        _copy(blob, path)
        yield from _walked(_Waiting(place, name or _name(source), path), read, folder, scope, at)


def _name(source: CollectedInput) -> str:
    """Return the label of an input; of a Maildir message its unique name, which says what it is."""
    if containers.is_maildir_message(source.path):
        return containers.maildir_name(source.path)
    return source.path.replace("\\", "/").rpartition("/")[2]


def fields_of(found: Found, source: CollectedInput) -> dict[str, Any]:
    """Return the columns of a document that come from reading it."""
    item = found.item
    stage, class_, message = _trouble(found, source)
    metadata: dict[str, Any] = {"extractor": item.extractor, **item.metadata}
    fields = {
        "n_children": item.n_children,
        "status": DocumentStatus.EXCEPTION if class_ else _STATUS[item.status],
        "exception_stage": stage,
        "exception_class": class_,
        "exception_message": message[:500],
        "name": item.name[:400],
        "kind": str(item.kind.group),
        "mime": item.kind.mime[:120],
        "size": found.native.size if found.native else item.size,
        "sha256": found.native.sha256 if found.native else item.sha256,
        "dedupe_hash": item.dedupe_hash,
        "dedupe_parts": item.components,
        "mih": item.mih,
        "n_characters": len(item.text),
        "n_pages": item.pages or 0,
    }
    if item.message is not None:
        fields |= _of_message(item.message)
        metadata |= _kept_of_message(item.message)
    elif not found.parent and source.data.get("metadata"):
        fields |= _of_load_file(source.data["metadata"])
    if not found.parent and source.data.get("metadata", {}).get("FILE_NAME"):
        fields["name"] = source.data["metadata"]["FILE_NAME"][:400]
    cleaned = {name: reader.clean(value) for name, value in fields.items()}
    return cleaned | {"metadata": reader.clean(metadata), "native": found.native, "text": found.text}


def _walked(root: _Waiting, read: reader.Read, folder: Path, scope: str, at: datetime) -> Iterator[Found]:
    budget = Budget(reader.LIMITS)
    stack = [root]
    while stack:
        waiting = stack.pop()
        item, children = _read(waiting, read, folder)
        yield _stored(item, waiting, scope, at)
        opened = []
        for position, child in enumerate(children, 1):
            place = item.place.child(position, parent_is_container=item.is_container)
            failure = child.exception or _over(budget, child.size)
            path = Path(child.path) if child.path and failure is None else None
            opened.append(_Waiting(place, child.name, path, failure))
        stack.extend(reversed(opened))
        if waiting.path is not None:
            waiting.path.unlink(missing_ok=True)


def _read(waiting: _Waiting, read: reader.Read, folder: Path) -> tuple[ProcessedItem, tuple[spool.SpooledChild, ...]]:
    if waiting.path is None:
        return exceptional(waiting.place, waiting.name, waiting.exception), ()
    try:
        return read(waiting.path, waiting.name, waiting.place, folder)
    except ProcessingException as failure:
        return exceptional(waiting.place, waiting.name, failure), ()


def _over(budget: Budget, size: int) -> LimitHit | None:
    try:
        budget.count_child()
        budget.count_bytes(size)
    except LimitHit as failure:
        return failure
    return None


def _stored(item: ProcessedItem, waiting: _Waiting, scope: str, at: datetime) -> Found:
    native = text = None
    if waiting.path is not None:
        with waiting.path.open("rb") as stream:
            native = vault.put(scope=scope, source=stream, at=at)
    if item.text:
        text = vault.put(scope=scope, source=reader.clean(item.text).encode(), at=at)
    return Found(item, item.place.parent or "", native, text)


def _copy(blob: Blob, path: Path) -> None:
    with path.open("wb") as out:
        for piece in vault.chunks(blob):
            out.write(piece)


def _trouble(found: Found, source: CollectedInput) -> tuple[str, str, str]:
    """Return stage, class and sentence of what stands between an item and its publication; empty where nothing does."""
    if found.item.exception is not None:
        failure = found.item.exception
        return str(failure.stage), str(failure.class_), failure.message
    if source.trouble and not found.parent:
        return "collect", source.trouble["class"], source.trouble["message"]
    return "", "", ""


def _without_native(source: CollectedInput, place: Place) -> Found:
    """Return the item of a record that came without a native: its text stands for it, where there is one."""
    text = vault.read(source.text).decode("utf-8", "replace") if source.text else ""
    item = ProcessedItem(place, source.path, kinds.TEXT if text else kinds.UNKNOWN, text=text, extractor="load file")
    return Found(item, "", None, source.text)


def _of_message(message: messages.Message) -> dict[str, Any]:
    return {
        "subject": message.subject[:500],
        "sender": messages.written(message.from_)[:300],
        "recipients": {
            "to": [messages.written((address,)) for address in message.to],
            "cc": [messages.written((address,)) for address in message.cc],
            "bcc": [messages.written((address,)) for address in message.bcc],
        },
        "sent_at": message.sent,
        "sent_raw": message.sent_original[:120],
        "message_id": message.message_id[:300],
    }


def _kept_of_message(message: messages.Message) -> dict[str, Any]:
    return {
        "references": list(message.references[:200]),
        "in_reply_to": message.in_reply_to,
        "conversation_index": message.conversation_index,
        "defects": list(message.defects[:20]),
    }


def _of_load_file(metadata: dict[str, str]) -> dict[str, Any]:
    """Return what a load file tells of what is no message itself. Its times name no zone: kept as written."""
    sent = " ".join(filter(None, (metadata.get("DATE_SENT"), metadata.get("TIME_SENT"))))
    recipients = {name: [metadata[name.upper()]] for name in ("to", "cc", "bcc") if metadata.get(name.upper())}
    return {
        "subject": metadata.get("SUBJECT", "")[:500],
        "sender": metadata.get("FROM", "")[:300],
        "recipients": recipients,
        "sent_raw": sent[:120],
        "message_id": metadata.get("MESSAGE_ID", "")[:300],
    }


def _commit(source: CollectedInput, found: Sequence[Found], at: datetime) -> None:
    with transaction.atomic():
        # The lock lets exactly one of two workers see that nothing is left to be read.
        collection = Collection.objects.select_for_update().get(pk=source.collection_id)
        if not CollectedInput.objects.filter(pk=source.pk, processed_at=None).update(processed_at=at):
            return
        add_documents(source, found, known={})
        if not collection.inputs.filter(processed_at=None).exists():
            key = f"order:{collection.order_id}"
            outbox.post(topic="review.publish", key=key, at=at, order=collection.order_id)


def add_documents(source: CollectedInput, found: Sequence[Found], known: dict[str, Document]) -> None:
    """Write a document for each item, parents before children. known: documents of the input there already, by walk."""
    collection = source.collection
    custodian = source.data.get("custodian") or collection.custodian
    by_depth: dict[int, list[Found]] = {}
    for one in found:
        by_depth.setdefault(one.item.place.depth, []).append(one)
    for depth in sorted(by_depth):
        rows = [
            Document(
                order_id=collection.order_id,
                collection=collection,
                source=source,
                walk=one.item.place.id,
                family_walk=one.item.place.family,
                parent=known.get(one.parent),
                depth=depth,
                custodian=custodian[:120],
                path=_path(source, one, known),
                **fields_of(one, source),
            )
            for one in by_depth[depth]
        ]
        known |= {row.walk: row for row in Document.objects.bulk_create(rows, batch_size=200)}


def _path(source: CollectedInput, one: Found, known: dict[str, Document]) -> str:
    parent = known.get(one.parent)
    return source.path if parent is None else f"{parent.path}/{one.item.name}"[:1000]
