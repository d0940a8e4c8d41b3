"""One file in, one summary and its children out: what the collection of a matter is made of."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import BinaryIO

from cursitor.engines.dedupe import hashes
from cursitor.engines.processing import (
    archives,
    containers,
    embedded,
    extraction,
    kinds,
    mailboxes,
    mime,
    outlook,
    stores,
    tnef,
)
from cursitor.engines.processing.containers import IN_MEMORY, Child, Means
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.kinds import Group, Kind
from cursitor.engines.processing.limits import Limits
from cursitor.engines.processing.messages import Message

_CHUNK = 1024 * 1024
_CONTAINERS = (Group.ARCHIVE, Group.MAILBOX)


class Status(StrEnum):
    """How an item ended; an item has exactly one status, so that the counts can be reconciled."""

    PUBLISHED = "published"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"
    EXCEPTION = "exception"


@dataclass(frozen=True)
class Place:
    """
    Where an item stands among all items.

    id: the input's id, then the position in each parent, from 1, joined by dots ("0007.2.1"). parent: id of what it
    came out of, None for an input. family: id of the family head. depth: 0 for an input.
    """

    id: str
    parent: str | None = None
    family: str = ""
    depth: int = 0

    def __post_init__(self) -> None:
        """Make an item without a family the head of its own."""
        if not self.family:
            object.__setattr__(self, "family", self.id)

    def child(self, position: int, *, parent_is_container: bool) -> Place:
        """
        Return the place of the child at a position counted from 1.

        What comes out of a loose archive or mailbox heads a family of its own; what is attached to a message, or
        lies in an archive that is attached to one, belongs to the message's family.

        >>> Place("0007").child(2, parent_is_container=True)
        Place(id='0007.2', parent='0007', family='0007.2', depth=1)
        >>> Place("0007.2", "0007", depth=1).child(1, parent_is_container=False)
        Place(id='0007.2.1', parent='0007.2', family='0007.2', depth=2)
        """
        own = f"{self.id}.{position}"
        is_loose = parent_is_container and self.family == self.id
        return Place(own, self.id, own if is_loose else self.family, self.depth + 1)


INPUT = Place("1")


@dataclass(frozen=True)
class ProcessedItem:
    """
    Everything learnt about one item except its bytes.

    size: bytes. sha256: of the bytes, hexadecimal. dedupe_hash, components: the e-mail hash and its parts by name,
    for messages only; every other file is compared by sha256. mih: EDRM message identification hash, empty without a
    Message-ID. message: without its attachments' bytes. status: published, excluded (archives and mailboxes, which
    have no content but their children) or exception; suppression of duplicates is decided over all families later.
    text is kept with an exception where there is some, as when it was too long. n_children: how many came out.
    """

    place: Place
    name: str
    kind: Kind
    size: int = 0
    sha256: str = ""
    dedupe_hash: str = ""
    components: dict[str, str] = field(default_factory=dict)
    mih: str = ""
    message: Message | None = None
    text: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    pages: int | None = None
    extractor: str = ""
    status: Status = Status.PUBLISHED
    exception: ProcessingException | None = None
    n_children: int = 0

    @property
    def is_container(self) -> bool:
        """Tell whether the item is an archive or a mailbox."""
        return self.kind.group in _CONTAINERS


def process_one(
    data: bytes, name: str, limits: Limits, place: Place = INPUT
) -> tuple[ProcessedItem, tuple[Child, ...]]:
    """
    Return what one file is and says, and the children that come out of it; never raises on account of the file.

    The caller stores the children's bytes and processes each in its turn, at `place.child(...)`. Can be pickled by
    name and run in a sandbox. All children are held at once; what may be large is better read through `Reading`.
    """
    reading = Reading(io.BytesIO(data), len(data), name, limits, place)
    children = tuple(reading)
    return reading.item, children


class Reading:
    """
    One file on its way through: iterate for its children as they come, then `item` is its final summary.

    Archives and mailboxes are never held whole. `item.kind` and `item.place` are right from the start.
    """

    def __init__(
        self, file: BinaryIO, size: int, name: str, limits: Limits, place: Place = INPUT, means: Means = IN_MEMORY
    ) -> None:
        """Take a binary, seekable file at its start and its length in bytes; read what it is and what it says."""
        self._file = file
        self._limits = limits
        self._means = means
        self.item = ProcessedItem(place, containers.label(name), kinds.UNKNOWN, size)
        self._waiting: Iterator[Child] = iter(())
        self._attempt(self._read)

    def __iter__(self) -> Iterator[Child]:
        """Yield the children; what stops them early ends as the item's exception."""
        while (child := self._attempt(lambda: next(self._waiting, None))) is not None:
            self.item = replace(self.item, n_children=self.item.n_children + 1)
            yield child

    def _attempt(self, step: Callable[[], Child | None]) -> Child | None:
        try:
            return step()
        except ProcessingException as failure:
            exception = failure
        except MemoryError:
            message = f"Reading takes more than the {self._limits.memory_bytes:,} bytes of memory allowed."
            exception = LimitHit(Stage.READ, Class.MEMORY, message)
        except Exception as failure:  # noqa: BLE001 (a reader's fault must cost one item, not the collection)
            message = f"The reader failed: {type(failure).__name__}: {failure}"
            exception = ProcessingException(Stage.READ, Class.CRASHED, message)
        self.stop(exception)
        return None

    def stop(self, exception: ProcessingException) -> None:
        """End the reading here: the item becomes an exception, no further child comes."""
        self._waiting = iter(())
        self.item = replace(self.item, status=Status.EXCEPTION, exception=exception)

    def _read(self) -> None:
        self.item = replace(self.item, sha256=digest(self._file))
        head = self._file.read(kinds.HEAD_BYTES)
        self.item = replace(self.item, kind=kinds.identify(head, self.item.name, self._file))
        self._file.seek(0)
        if self.item.size == 0:
            raise ProcessingException(Stage.IDENTIFY, Class.ZERO_BYTE, "The file is empty.")
        if self.item.is_container:
            self.item = replace(self.item, status=Status.EXCLUDED)
            self._waiting = _bounded(self.item, _opened(self.item, self._file, self._limits, self._means), self._limits)
        else:
            self._read_content()

    def _read_content(self) -> None:
        if self.item.size > self._limits.item_bytes:
            said = f"The file is larger than {self._limits.item_bytes:,} bytes."
            raise LimitHit(Stage.READ, Class.LIMIT_HIT, said)
        if self.item.kind in _READERS:
            if self.item.kind == kinds.MAIL and self.item.size > containers.HELD_BYTES:
                message = mime.read_large(self._file, self._means.spill, 3 * self._limits.text_characters)
            else:
                message = _READERS[self.item.kind](self._file.read(), self._limits)
            self.item = _mail(self.item, message, self._limits)
            children = containers.attached(message.attachments, self._limits)
        else:
            data = self._file.read()
            self.item = _document(self.item, data, self._limits, self._means)
            children = embedded.children(self.item.kind, data, self._limits, self._means)
        self._waiting = _bounded(self.item, children, self._limits)


def exceptional(
    place: Place, name: str, exception: ProcessingException, *, size: int = 0, sha256: str = ""
) -> ProcessedItem:
    """Return the summary of an item that could not be opened at all, such as an encrypted member of an archive."""
    kind = kinds.identify(b"", "") if exception.class_ is Class.ZERO_BYTE else kinds.UNKNOWN
    label = containers.label(name)
    return ProcessedItem(place, label, kind, size, sha256, status=Status.EXCEPTION, exception=exception)


def digest(file: BinaryIO) -> str:
    """Return the SHA-256 of a file at its start, which it is at again afterwards."""
    found = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def _document(item: ProcessedItem, data: bytes, limits: Limits, means: Means) -> ProcessedItem:
    """Return the item with its text; without text it is an exception, and yet may have documents inside."""
    try:
        found = extraction.extract_text(item.kind, data, item.name, limits, means.passwords)
    except ProcessingException as failure:
        return replace(item, status=Status.EXCEPTION, exception=failure)
    item = replace(item, text=found.text, metadata=found.metadata, pages=found.pages, extractor=found.extractor)
    return _cut(item, limits) if found.is_truncated else item


_READERS: dict[Kind, Callable[[bytes, Limits], Message]] = {
    kinds.MAIL: lambda data, limits: mime.read_mail(data),
    kinds.OUTLOOK: outlook.read_msg,
    kinds.TNEF: tnef.read_tnef,
}


def _cut(item: ProcessedItem, limits: Limits) -> ProcessedItem:
    message = f"Only the first {limits.text_characters:,} characters of the text were kept."
    return replace(item, status=Status.EXCEPTION, exception=LimitHit(Stage.TEXT, Class.LIMIT_HIT, message))


def _mail(item: ProcessedItem, message: Message, limits: Limits) -> ProcessedItem:
    text = extraction.message_text(message)
    fingerprint = hashes.fingerprint(
        sent=message.sent,
        sender=message.from_,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        subject=message.subject,
        body=extraction.body_of(message),
        attachment_hashes=tuple(digest(one.file or io.BytesIO(one.data)) for one in message.attachments),
    )
    item = replace(
        item,
        message=replace(message, attachments=()),
        text=text[: limits.text_characters],
        dedupe_hash=fingerprint.hash,
        components=fingerprint.components,
        mih=hashes.message_identification_hash(message.message_id),
        extractor="mail",
    )
    return _cut(item, limits) if len(text) > limits.text_characters else item


def _bounded(item: ProcessedItem, children: Iterator[Child], limits: Limits) -> Iterator[Child]:
    if item.place.depth < limits.depth:
        yield from children
    elif next(children, None) is not None:
        message = f"Nested deeper than {limits.depth} levels; what is inside was left unopened."
        raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, message)


def _opened(item: ProcessedItem, file: BinaryIO, limits: Limits, means: Means) -> Iterator[Child]:
    kind = item.kind
    if kind == kinds.ZIP:
        return containers.read_zip(file, limits, means)
    if kind == kinds.MBOX:
        return mailboxes.read_mbox(file, limits)
    if kind == kinds.PST:
        return stores.read_store(file, limits)
    if kind == kinds.TAR:
        return archives.read_tar(file, limits, means)
    if kind == kinds.SEVEN_ZIP:
        # Loaded when it is needed: it takes as long to load as all other readers together.
        from cursitor.engines.processing import seven_zip

        return seven_zip.read_7z(file, limits, means)
    if kind in archives.PACKED:
        return archives.read_packed(kind, file, item.name, limits, means)
    return archives.read_foreign(kind, file, limits, means)
