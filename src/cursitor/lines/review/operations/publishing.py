"""The last step of a collection: families, suppressed copies, numbers, threads; always in one order."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cursitor.engines.dedupe import hashes, suppression
from cursitor.engines.production import numbering
from cursitor.lines.review import threads
from cursitor.lines.review.choices import CollectionState, DocumentStatus
from cursitor.lines.review.models import Collection, Document, Family
from cursitor.plumbing.outbox import operations as outbox
from cursitor.spine.audit import operations as audit
from cursitor.spine.work.models import WorkOrder

DIGITS = 6
HEAD_OF_SOURCE = "1"
_ADDRESS = re.compile(r"[^\s<>;,]+@[^\s<>;,]+")


@dataclass
class Kin:
    """A family before it has a row: its documents in their order, containers left out. family: its row, if any."""

    documents: list[Document]
    family: Family | None = None

    @property
    def head(self) -> Document:
        return self.documents[0]

    @property
    def is_readable(self) -> bool:
        return any(document.status == DocumentStatus.PUBLISHED for document in self.documents)

    @property
    def key(self) -> str:
        """Return what the family is compared by; what could not be read, or says nothing, is never a copy."""
        if self.head.status == DocumentStatus.EXCEPTION or not self.head.sha256:
            return ""
        own = self.head.dedupe_hash or self.head.sha256
        apart = [other.sha256 for other in self.documents[1:] if other.source_id != self.head.source_id]
        attached = [other.sha256 for other in self.documents[1:]] if not self.head.dedupe_hash else apart
        return hashes.family_hash(own, attached) if attached else own


def publish(*, order: int, at: datetime) -> None:
    """
    Publish every collection whose turn has come: all of its inputs are read and no earlier one is unpublished.

    One transaction each, in the order of collection, input and place in the input, so that numbers and survivors are
    the same however often the work before was interrupted. Passes over what is published: may run twice.
    """
    while True:
        with transaction.atomic():
            locked = WorkOrder.objects.select_for_update().get(pk=order)
            collection = locked.collections.exclude(state=CollectionState.PUBLISHED).order_by("number").first()
            if collection is None or collection.state != CollectionState.RUNNING:
                return
            if collection.inputs.filter(processed_at=None).exists():
                return
            number_documents(locked, collection)
            collection.state, collection.ended_at = CollectionState.PUBLISHED, at
            collection.save(update_fields=["state", "ended_at"])
            _log(locked, collection, at)
            outbox.post(topic="review.index", key=f"order:{order}", at=at, order=order)


def number_documents(order: WorkOrder, collection: Collection) -> None:
    """Give the collection's documents that have none their families and numbers, in the caller's transaction."""
    kin = _families(collection)
    fresh = [group for group in kin if group.family is None]
    _suppress(order, [group for group in fresh if group.is_readable])
    _make_rows(order, [group for group in fresh if group.is_readable and not _is_copy(group)])
    _join_rows([group for group in kin if group.family is not None])
    _number(order, [document for group in kin for document in group.documents])
    _thread(order)


def _families(collection: Collection) -> list[Kin]:
    """Return the collection's families in their order; those of a load file follow its parent column."""
    documents = sorted(
        collection.documents.exclude(status=DocumentStatus.DUPLICATE).select_related("source", "family"),
        key=lambda document: (document.source.position, _place(document.walk)),
    )
    by_control = {document.source.data.get("control"): document for document in documents if _is_record(document)}
    groups: dict[tuple[int, str], list[Document]] = {}
    for document in documents:
        groups.setdefault(_group(document, by_control), []).append(document)
    _exclude_repeats(groups.values())
    kin = []
    for (source, _), group in groups.items():
        # A load file may name an attachment before the message it belongs to.
        group.sort(key=lambda document: document.source_id != source)
        members = [document for document in group if document.status != DocumentStatus.EXCLUDED]
        if members:
            kin.append(Kin(members, next((member.family for member in members if member.family_id), None)))
    return kin


def _place(walk: str) -> tuple[int, ...]:
    return tuple(map(int, walk.split(".")))


def _is_record(document: Document) -> bool:
    return document.walk == HEAD_OF_SOURCE and bool(document.source.data.get("control"))


def _group(document: Document, by_control: dict[object, Document]) -> tuple[int, str]:
    head = by_control.get(document.source.data.get("family"))
    if document.family_walk == HEAD_OF_SOURCE and head is not None:
        parent = by_control.get(document.source.data.get("parent"))
        if parent is not None and document.walk == HEAD_OF_SOURCE:
            document.parent, document.depth = parent, parent.depth + 1
        return (head.source_id, HEAD_OF_SOURCE)
    return (document.source_id, document.family_walk)


def _exclude_repeats(groups: Iterable[list[Document]]) -> None:
    """Exclude what came out of a message again though the load file holds it as a native of its own."""
    for group in groups:
        held = {document.sha256 for document in group if _is_record(document) and document.parent_id}
        for document in group:
            if not _is_record(document) and document.sha256 in held and document.status == DocumentStatus.PUBLISHED:
                document.status = DocumentStatus.EXCLUDED
                document.exception_message = "Held as a native of its own in the load file."


def _suppress(order: WorkOrder, groups: Sequence[Kin]) -> None:
    keys = {group.key for group in groups} - {""}
    earlier = order.families.filter(dedupe_hash__in=keys).order_by("number")
    standing = {f"family:{family.pk}": _kin_of(family) for family in earlier}
    arriving = {f"new:{place}": group for place, group in enumerate(groups)}
    known = standing | arriving
    scope = suppression.Scope(order.brief.get("deduplicate") or suppression.Scope.GLOBAL)
    heads = [suppression.Head(key, kin.key, kin.head.custodian, kin.head.path) for key, kin in known.items()]
    for verdict in suppression.suppress(heads, scope):
        if verdict.duplicate_of is not None:
            _mark_copies(known[verdict.id], known[verdict.duplicate_of])
    for kin in standing.values():
        Document.objects.bulk_update(kin.documents, ["all_custodians", "all_paths"])


def _kin_of(family: Family) -> Kin:
    shown = [DocumentStatus.PUBLISHED, DocumentStatus.EXCEPTION]
    return Kin(list(family.documents.filter(status__in=shown).order_by("position", "pk")), family)


def _mark_copies(copy: Kin, original: Kin) -> None:
    for place, document in enumerate(copy.documents):
        kept = original.documents[min(place, len(original.documents) - 1)]
        document.status, document.duplicate_of = DocumentStatus.DUPLICATE, kept
        document.all_custodians, document.all_paths = [document.custodian], [document.path]
        kept.all_custodians = list(dict.fromkeys([*(kept.all_custodians or [kept.custodian]), document.custodian]))
        kept.all_paths = list(dict.fromkeys([*(kept.all_paths or [kept.path]), document.path]))


def _is_copy(group: Kin) -> bool:
    return group.head.status == DocumentStatus.DUPLICATE


def _make_rows(order: WorkOrder, groups: Sequence[Kin]) -> None:
    first = order.families.count() + 1
    rows = [
        Family(order=order, number=number, dedupe_hash=group.key, sort_at=group.head.sent_at)
        for number, group in enumerate(groups, first)
    ]
    for group, row in zip(groups, Family.objects.bulk_create(rows, batch_size=500), strict=True):
        group.family = row


def _join_rows(groups: Sequence[Kin]) -> None:
    """Put documents into their families. One that was done and got another document is open again."""
    for group in groups:
        family = group.family
        assert family is not None
        is_new = any(d.family_id is None and d.status == DocumentStatus.PUBLISHED for d in group.documents)
        for position, document in enumerate(group.documents):
            document.family, document.position = family, position
        family.n_documents = sum(document.status == DocumentStatus.PUBLISHED for document in group.documents)
        if is_new:
            family.first_done_at = family.first_doer = family.privilege_done_at = None
    rows = [group.family for group in groups if group.family is not None]
    Family.objects.bulk_update(rows, ["n_documents", "first_done_at", "first_doer", "privilege_done_at"], 200)


def _number(order: WorkOrder, documents: Sequence[Document]) -> None:
    form = numbering.Numbering(prefix=order.brief.get("prefix") or order.ref, separator="-", digits=DIGITS)
    latest = order.documents.exclude(control_number="").count()
    for document in documents:
        if document.status in (DocumentStatus.PUBLISHED, DocumentStatus.EXCEPTION):
            document.all_custodians = document.all_custodians or [document.custodian]
            document.all_paths = document.all_paths or [document.path]
            if not document.control_number:
                latest += 1
                document.control_number = str(form.at(latest))
    _write(documents)


def _write(documents: Sequence[Document]) -> None:
    """Write the columns that publishing sets; as one upsert a batch, many times faster than an UPDATE with cases."""
    columns = ["status", "duplicate_of", "exception_message", "parent", "depth", "family", "position"]
    columns += ["control_number", "all_custodians", "all_paths"]
    Document.objects.bulk_create(
        documents, batch_size=200, update_conflicts=True, unique_fields=["pk"], update_fields=columns
    )


def _thread(order: WorkOrder) -> None:
    messages = order.documents.filter(status=DocumentStatus.PUBLISHED).exclude(dedupe_hash="")
    letters = {document.pk: document for document in messages.only(*_LETTER_COLUMNS)}
    changed = []
    for key, thread in threads.threads(_letter(document) for document in letters.values()).items():
        if letters[key].thread != thread:
            letters[key].thread = thread
            changed.append(letters[key])
    Document.objects.bulk_update(changed, ["thread"], 200)


_LETTER_COLUMNS = ("pk", "message_id", "subject", "sender", "recipients", "metadata", "thread")


def _letter(document: Document) -> threads.Letter:
    named = [*document.metadata.get("references", ()), document.metadata.get("in_reply_to", "")]
    people = " ".join([document.sender, *(name for names in document.recipients.values() for name in names)])
    return threads.Letter(
        key=document.pk,
        message_id=document.message_id,
        references=tuple(name for name in named if name),
        subject=document.subject,
        people=frozenset(_ADDRESS.findall(people.casefold())),
    )


def _log(order: WorkOrder, collection: Collection, at: datetime) -> None:
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    ended = collection.documents.order_by("source__position", "pk")
    for control, status, sha256 in ended.values_list("control_number", "status", "sha256"):
        counts[str(status).lower()] = counts.get(str(status).lower(), 0) + 1
        digest.update(f"{control} {status} {sha256}\n".encode())
    audit.record(
        event="review.collection.published",
        at=at,
        by=None,
        subject=order.key,
        matter=order.matter.key,
        data={"collection": collection.number, "digest": digest.hexdigest(), **counts},
    )
