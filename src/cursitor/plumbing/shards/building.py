"""Building a shard and packing it into one file."""

import json
import tarfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import tantivy

from cursitor.engines.search import planning, reading, tokens
from cursitor.engines.search.schema import Schema
from cursitor.plumbing.refusal import Refusal

FORMAT = {"planning": planning.VERSION, "tokens": tokens.VERSION}
INDEX, DESCRIPTION = "index", "shard.json"
HEAP_BYTES = 64 << 20


class DuplicateDocument(Refusal):
    """Raised when two documents of one shard carry the same id."""


def build(documents: Iterable[reading.Document], folder: Path, *, schema: Schema) -> int:
    """
    Write a shard of these documents into an empty folder and return how many there are.

    Documents keep the order in which they come; ids are strings or whole numbers, each used once. The iterable is
    read once, so that the documents need never be in memory together.

    :raises DuplicateDocument: if an id comes twice.
    :raises FileExistsError: if the folder holds a shard already.
    """
    (folder / INDEX).mkdir(parents=True)
    index_schema = planning.index_schema(schema)
    index = tantivy.Index(index_schema, path=str(folder / INDEX))
    ids: dict[str | int, None] = {}
    with index.writer(heap_size=HEAP_BYTES, num_threads=1) as writer:
        for document in documents:
            if document.id in ids:
                raise DuplicateDocument(f"Two documents carry the id {document.id}.")
            writer.add_document(planning.index_document(reading.read(document, schema), ordinal=len(ids)))
            ids[document.id] = None
        writer.commit()
        writer.wait_merging_threads()
    description = {"format": FORMAT, "schema": asdict(schema), "ids": list(ids)}
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    return len(ids)


def publish(folder: Path) -> Path:
    """
    Pack a built shard into one tar beside its folder and return the tar's path.

    The tar holds no names of people, no times and no owner: only the shard's files, in the order of their names.
    """
    packed = folder.with_name(folder.name + ".tar")
    with tarfile.open(packed, "w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                tar.add(path, arcname=str(path.relative_to(folder)), filter=_without_traces)
    return packed


def _without_traces(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
