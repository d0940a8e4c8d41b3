"""What lies in a processed folder: its items, and the description of a search index."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from cursitor.engines.search import reading
from cursitor.engines.search.schema import ITEMS, Schema
from cursitor.plumbing.shards import building, items, opening
from fuzz.targets.table import is_storable, target

ITEM = json.dumps(
    {
        "id": "0007.1",
        "status": "exception",
        "text": "text/0007.1.txt",
        "path": "a\\b.eml",
        "all_paths": ["a/b.eml"],
        "from": "a@b.example",
        "to": ["c@d.example"],
        "sent": "2001-03-04T09:07:00+01:00",
        "size": 12,
        "pages": 1,
        "depth": 0,
        "family": "0007",
        "parent": None,
    }
)


@target(
    ITEM,
    b"\xef\xbb\xbf" + ITEM.encode(),
    words='"id" "status" "sent" "size" "all_paths" null true [] {} 1e999 -1 "0001-01-01T00:00:00+23:59"',
)
def item_line(data: bytes) -> None:
    """A line is an item that search can take, or unreadable."""
    try:
        item = items.read(data, 1)
    except items.UnreadableItems:
        return
    if item is None:
        return
    document = items.document(item, data, frozenset())
    reading.read(document, ITEMS)
    assert items.is_searched(item) in (True, False)
    assert is_storable(document.text.get("id", "")) or "\\" in data.decode("latin-1") or "\0" in document.text["id"]


@cache
def _shard() -> Path:
    folder = Path(tempfile.mkdtemp()) / "shard"
    building.build([reading.Document(1, {"text": "seal gasket"})], folder, schema=Schema(("text",), ("text",)))
    return folder


def _description() -> bytes:
    return (_shard() / building.DESCRIPTION).read_bytes()


@target(
    _description(),
    b"{}",
    b"[]",
    longest=8192,
    words='"format" "schema" "ids" "segments" "arrays" "file" "n_documents" "<i4" "|O" "<U9" -1 null []',
)
def index_description(data: bytes) -> None:
    """A folder is an index, or an unreadable one."""
    (_shard() / building.DESCRIPTION).write_bytes(data)
    try:
        opening.open_folder(_shard())
    except opening.UnreadableShard:
        return
