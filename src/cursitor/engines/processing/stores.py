"""
Outlook stores (PST and OST, MS-PST) through libpff: every item of every folder becomes an Outlook message of its own.

Each property comes out as it is stored (MS-OXMSG), except those with several values, and the numbers of named
properties keep no names, because libpff does not tell them. What is deleted and still there is recovered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pypff

from cursitor.engines.processing import attached_items, compound, properties
from cursitor.engines.processing.containers import Child, label
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Budget, Limits

_SUBJECT, _DATA = 0x0037, 0x3701
_NESTING = 32
_CHUNK = 1024 * 1024
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f/\\]+")


def count(file: BinaryIO) -> int:
    """
    Return how many items a store has.

    :raises ProcessingException: corrupt, if it cannot be opened.
    """
    store = _opened(file)
    in_folders = sum(int(folder.number_of_sub_messages) for _, folder in _folders(store))
    return in_folders + _number(store, "number_of_orphan_items")


def read_store(file: BinaryIO, limits: Limits, *, first: int = 1, at_most: int | None = None) -> Iterator[Child]:
    """
    Yield the items of a store, folder by folder, each as an Outlook message; only one is held.

    first: position of the first item wanted, from 1. at_most: how many. An item that cannot be read comes out as a
    child with an exception, a folder that cannot be listed too.
    :raises ProcessingException: corrupt, if the store cannot be opened. :raises LimitHit: too many children or bytes.
    """
    budget = Budget(limits)
    last = None if at_most is None else first + at_most - 1
    for position, (name, read) in enumerate(_items(_opened(file)), 1):
        if last is not None and position > last:
            return
        if position < first:
            continue
        budget.count_child()
        child = _child(name, read, limits)
        budget.count_bytes(child.size)
        yield child


def _opened(file: BinaryIO) -> Any:
    store = pypff.file()
    try:
        file.seek(0)
        store.open_file_object(file)
    except Exception as failure:
        message = f"The Outlook store cannot be opened: {_said(failure)}"
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, message) from failure
    return store


def _items(store: Any) -> Iterator[tuple[str, Any]]:
    """Yield the label of each item's folder and what reads the item."""
    for path, folder in _folders(store):
        for position in range(folder.number_of_sub_messages):
            yield path, lambda folder=folder, position=position: folder.get_sub_message(position)
    for position in range(_number(store, "number_of_orphan_items")):
        yield "Recovered", lambda position=position: store.get_orphan_item(position)


class _Unlisted:
    """Stands for a folder that cannot be read: one item that says so."""

    number_of_sub_messages = 1

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def get_sub_message(self, position: int) -> Any:
        raise OSError(f"the folder cannot be read: {_said(self.failure)}")


def _folders(store: Any) -> Iterator[tuple[str, Any]]:
    try:
        waiting: list[tuple[str, Any]] = [("", store.get_root_folder())]
    except Exception as failure:
        message = f"The Outlook store has no folders that can be read: {_said(failure)}"
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, message) from failure
    seen: set[int] = set()
    while waiting:
        path, folder = waiting.pop()
        try:
            if folder.identifier in seen:
                raise OSError("it lies inside itself")
            seen.add(folder.identifier)
            folder.number_of_sub_messages  # noqa: B018 (reads the table; a damaged one raises here)
            below = [folder.get_sub_folder(position) for position in range(folder.number_of_sub_folders)]
            names = [_NOT_IN_A_NAME.sub("_", str(found.name or "")) for found in below]
        except Exception as failure:  # noqa: BLE001 (a damaged folder costs itself, not its neighbours)
            yield path, _Unlisted(failure)
            continue
        yield path, folder
        waiting.extend(
            reversed([(f"{path}/{name}".strip("/"), found) for name, found in zip(names, below, strict=True)])
        )


def _child(folder: str, read: Any, limits: Limits) -> Child:
    name = folder
    try:
        item = read()
        values = _values(item)
        subject = _NOT_IN_A_NAME.sub("_", _text(values.get(_SUBJECT)).strip()) or "Untitled"
        name = f"{folder}/{subject[:120]}.msg".strip("/")
        nodes = _message(item, values, properties.TOP_HEADER, _Reading(read, limits.item_bytes), 0)
        return Child(label(name), compound.write(nodes, class_id=properties.CLASS_ID))
    except ProcessingException as failure:
        return Child(label(name or "Untitled"), exception=failure)
    except Exception as failure:  # noqa: BLE001 (a damaged item costs itself, not its neighbours)
        message = f"The item of the Outlook store cannot be read: {_said(failure)}"
        return Child(label(name or "Untitled"), exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))


class _Reading:
    """One item under way: how it is read once more, and how many bytes it may still take."""

    def __init__(self, again: Any, n_bytes: int) -> None:
        self.again = again
        self.all = self.left = n_bytes

    def take(self, n_bytes: int) -> None:
        self.left -= n_bytes
        if self.left < 0:
            raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, f"The message is larger than {self.all:,} bytes.")


_Values = dict[int, tuple[int, bytes]]


def _values(item: Any, position: int = 0) -> _Values:
    found: _Values = {}
    if position >= item.number_of_record_sets:
        return found
    record_set = item.get_record_set(position)
    for number in range(record_set.number_of_entries):
        entry = record_set.get_entry(number)
        try:
            tag, kind, data = entry.entry_type, entry.value_type, entry.data
        except OSError:
            continue
        if tag is not None and kind is not None and tag not in found:
            found[tag] = (kind, data or b"")
    return found


def _text(value: tuple[int, bytes] | None) -> str:
    if value is None:
        return ""
    kind, data = value
    text = data.decode("utf-16-le" if kind == properties.STRING else "cp1252", "replace")
    # Outlook marks the length of a subject's prefix (Re:, Fw:) with two characters before it (MS-PST 2.5.3.1.1.1).
    return text[2:] if text.startswith("\x01") else text


def _message(item: Any, values: _Values, header: int, reading: _Reading, depth: int) -> tuple[compound.Node, ...]:
    if depth > _NESTING:
        raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, f"Messages are nested deeper than {_NESTING} levels.")
    subject = values.get(_SUBJECT)
    if subject is not None and subject[0] in (properties.STRING, properties.STRING8):
        values = values | {_SUBJECT: (properties.STRING, _text(subject).encode("utf-16-le", "surrogatepass"))}
    reading.take(sum(len(data) for _, data in values.values()))
    nodes = list(properties.nodes(values, header))
    recipients = getattr(item, "recipients", None)
    for position in range(recipients.number_of_record_sets if recipients is not None else 0):
        nodes.append(properties.recipient(position, _values(recipients, position)))
    for position in range(_number(item, "number_of_attachments")):
        nodes.append(_attachment(item.get_attachment(position), position, reading, depth))
    return tuple(nodes)


def _number(item: Any, name: str) -> int:
    try:
        return int(getattr(item, name, 0) or 0)
    except OSError:
        return 0


def _attachment(attachment: Any, position: int, reading: _Reading, depth: int) -> compound.Node:
    values = _values(attachment)
    values.pop(_DATA, None)
    inner = attached_items.attached_item(attachment, reading.again)
    if inner is None:
        return properties.attachment(position, values, _content(attachment, reading))
    nested = _message(inner, _values(inner), properties.EMBEDDED_HEADER, reading, depth + 1)
    return properties.attachment(position, values, nested)


def _content(attachment: Any, reading: _Reading) -> bytes:
    try:
        size = int(attachment.size)
    except OSError:
        return b""
    reading.take(size)
    data = bytearray()
    while len(data) < size and (piece := attachment.read_buffer(min(_CHUNK, size - len(data)))):
        data += piece
    return bytes(data)


def _said(failure: Exception) -> str:
    """Return what a library said, without the chain of its own functions."""
    return (str(failure).splitlines() or [type(failure).__name__])[0].split(": ")[-1][:300]
