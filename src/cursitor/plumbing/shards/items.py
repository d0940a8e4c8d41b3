"""
What is searched of a processed folder: `items.jsonl`, one JSON object a line, and the texts that it names.

Searched are items of status published, and exceptions that have a text; duplicates, excluded items and exceptions
without a text are counted and left out. Optional keys may be missing, and people may be a string or a list.
"""

import hashlib
import json
import math
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cursitor.engines.search import reading
from cursitor.plumbing.refusal import Refusal

ITEMS = "items.jsonl"
SLICE_BYTES = 96 << 20
SEARCHED = "searched"
STATUSES = ("published", "duplicate", "excluded", "exception")
_BOM = b"\xef\xbb\xbf"


class UnreadableItems(Refusal):
    """Raised when items.jsonl cannot be used; names the line, or the item."""


@dataclass(frozen=True)
class Slice:
    """Bytes [start, end) of items.jsonl, whole lines; number: of the first line, from 1. n_items: those searched."""

    start: int
    end: int
    number: int
    n_items: int


@dataclass
class Plan:
    """
    How a folder is cut into shards. size, sha256: of items.jsonl. counts: items by why they are searched or not.
    parents: ids of items that others came out of.
    """

    slices: list[Slice] = field(default_factory=list)
    size: int = 0
    sha256: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    parents: frozenset[str] = frozenset()


def plan(folder: Path) -> Plan:
    """
    Read items.jsonl once: check every line, and cut it so that the texts of a slice are about 96 MiB.

    :raises UnreadableItems: if there is no such file, a line is not an item, or an id comes twice.
    """
    found = Plan()
    ids: set[str] = set()
    parents: set[str] = set()
    digest, open_slice, n_bytes = hashlib.sha256(), Slice(0, 0, 1, 0), 0
    for number, start, line in lines(folder, 0):
        digest.update(line)
        item = read(line, number)
        end = start + len(line)
        found.size = end
        if item:
            n_bytes += _note(folder, item, number, ids, parents, found.counts)
            open_slice = Slice(open_slice.start, end, open_slice.number, open_slice.n_items + is_searched(item))
        if n_bytes > SLICE_BYTES:
            found.slices.append(open_slice)
            open_slice, n_bytes = Slice(end, end, number + 1, 0), 0
    if open_slice.n_items or not found.slices:
        found.slices.append(open_slice)
    found.sha256, found.parents = digest.hexdigest(), frozenset(parents)
    return found


def _note(
    folder: Path, item: dict[str, Any], number: int, ids: set[str], parents: set[str], counts: dict[str, int]
) -> int:
    """Enter an item into what is known of all, and return the bytes of its text."""
    key = str(item["id"])
    if key in ids:
        raise UnreadableItems(f"Line {number} of {ITEMS}: the id {key} was used before.")
    ids.add(key)
    if item.get("parent") is not None:
        parents.add(str(item["parent"]))
    reason = SEARCHED if is_searched(item) else _status(item)
    counts[reason] = counts.get(reason, 0) + 1
    if reason != SEARCHED or not item.get("text"):
        return 0
    return text_path(folder, item).stat().st_size


def lines(folder: Path, start: int, end: float = math.inf, number: int = 1) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number, first byte, line) of items.jsonl from byte `start` to byte `end`."""
    try:
        stream = (folder / ITEMS).open("rb")
    except OSError as error:
        raise UnreadableItems(f"There is no {ITEMS} in {folder}; it is what `cursitor process` writes.") from error
    with stream:
        stream.seek(start)
        for line in stream:
            if start >= end:
                return
            yield number, start, line
            number, start = number + 1, start + len(line)


def read(line: bytes, number: int) -> dict[str, Any] | None:
    """
    Return the item of a line; None for an empty line.

    :raises UnreadableItems: if it is not an item with an id and a known status.
    """
    plain = line.removeprefix(_BOM).strip()
    if not plain:
        return None
    try:
        item = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise UnreadableItems(f"Line {number} of {ITEMS} is not JSON.") from error
    if not isinstance(item, dict):
        raise UnreadableItems(f"Line {number} of {ITEMS} is not an object.")
    if isinstance(item.get("id"), bool) or not isinstance(item.get("id"), str | int) or item["id"] == "":
        raise UnreadableItems(f"Line {number} of {ITEMS} has no id.")
    if _status(item) not in STATUSES:
        raise UnreadableItems(f"Line {number} of {ITEMS}: there is no status {item['status']!r}.")
    return item


def _status(item: dict[str, Any]) -> str:
    return str(item.get("status") or "published").lower()


def is_searched(item: dict[str, Any]) -> bool:
    """Return whether an item is part of what is searched."""
    return _status(item) == "published" or (_status(item) == "exception" and bool(item.get("text")))


def text_path(folder: Path, item: dict[str, Any]) -> Path:
    """
    Return where the text of an item lies.

    :raises UnreadableItems: if that is outside the folder, or there is no such file.
    """
    path = folder / str(item["text"])
    try:
        if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise UnreadableItems(f"Item {item['id']}: {item['text']!r} is no path of a text.") from error
    raise UnreadableItems(f"Item {item['id']}: its text {item['text']} is not in the folder.")


def texts(folder: Path, part: Slice) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield the searched items of a slice with the bytes of their texts."""
    for number, _, line in lines(folder, part.start, part.end, part.number):
        item = read(line, number)
        if item and is_searched(item):
            yield item, text_path(folder, item).read_bytes() if item.get("text") else b""


def document(item: dict[str, Any], text: bytes, parents: Container[str]) -> reading.Document:
    """Return an item as search takes it; `has:attachment` if something came out of it, `has:parent` if it came so."""
    path = _words(item.get("all_paths") or item.get("path"))
    fields = {name: _words(item.get(name)) for name in ("subject", "from", "to", "cc", "bcc", *_CODES)}
    fields |= {
        "text": text.decode("utf-8-sig", "replace"),
        "name": str(item.get("path") or "").replace("\\", "/").rpartition("/")[2],
        "path": path,
        "custodian": _words(item.get("all_custodians") or item.get("custodian")),
        "id": str(item["id"]),
    }
    flags = {"attachment": str(item["id"]) in parents, "parent": item.get("parent") is not None}
    sent = _instant(item.get("sent"))
    numbers = {name: _number(item.get(name)) for name in ("size", "pages", "depth")}
    related = {name: item.get(name) for name in ("family", "thread")}
    return reading.Document(
        item["id"],
        text={name: value for name, value in fields.items() if value},
        dates={"sent": sent} if sent else {},
        numbers={name: number for name, number in numbers.items() if number is not None},
        flags=frozenset(name for name, is_set in flags.items() if is_set),
        related={name: str(key) for name, key in related.items() if key not in (None, "")},
    )


_CODES = ("kind", "mime", "language", "status")


def _words(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value)))
    if isinstance(value, dict):
        return " ".join(filter(None, map(_words, value.values())))
    return "" if value is None else str(value)


def _instant(value: object) -> datetime | None:
    """Return the instant of an ISO 8601 text, in UTC unless it says otherwise; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(value: object) -> int | None:
    """Return a whole number from 0 to 2**62; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= 1 << 62 else None
