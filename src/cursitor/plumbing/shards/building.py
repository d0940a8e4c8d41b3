"""Building a shard and packing it into one file."""

import json
import tarfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cursitor.engines.search import inversion, reading, tokens
from cursitor.engines.search.schema import Schema
from cursitor.plumbing.refusal import Refusal

FORMAT = {"inversion": inversion.VERSION, "tokens": tokens.VERSION}
DESCRIPTION = "shard.json"
SEGMENT_WORDS, SEGMENT_DOCUMENTS = 16_000_000, 250_000
ALIGNED = 64


class DuplicateDocument(Refusal):
    """Raised when two documents of one shard carry the same id."""


def build(documents: Iterable[reading.Document], folder: Path, *, schema: Schema) -> int:
    """
    Write a shard of these documents into an empty folder and return how many there are.

    Documents keep the order in which they come; ids are strings or whole numbers, each used once. The iterable is
    read once, so that the documents need never be in memory together: after sixteen million words a segment is written.

    :raises DuplicateDocument: if an id comes twice.
    :raises FileExistsError: if the folder holds a shard already.
    """
    folder.mkdir(parents=True)
    ids: dict[str | int, None] = {}
    segments: list[dict[str, Any]] = []
    segment = inversion.Inverter(schema)
    for document in documents:
        if document.id in ids:
            raise DuplicateDocument(f"Two documents carry the id {document.id}.")
        if segment.n_words > SEGMENT_WORDS or len(segment.ids) >= SEGMENT_DOCUMENTS:
            segments.append(_write(segment, folder / f"{len(segments):04}.bin"))
            segment = inversion.Inverter(schema)
        segment.add(document)
        ids[document.id] = None
    if segment.ids:
        segments.append(_write(segment, folder / f"{len(segments):04}.bin"))
    description = {"format": FORMAT, "schema": asdict(schema), "ids": list(ids), "segments": segments}
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    return len(ids)


def _write(segment: inversion.Inverter, path: Path) -> dict[str, Any]:
    """Write the arrays of a segment one after another and return where each is: name -> type, first byte, entries."""
    n_documents, found = len(segment.ids), {}
    with path.open("wb") as out:
        for name, values in segment.arrays().items():
            out.write(b"\0" * (-out.tell() % ALIGNED))
            found[name] = [values.dtype.str, out.tell(), len(values)]
            out.write(np.ascontiguousarray(values).data)
        out.write(b"\0" * ALIGNED)
    return {"file": path.name, "n_documents": n_documents, "arrays": found}


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
