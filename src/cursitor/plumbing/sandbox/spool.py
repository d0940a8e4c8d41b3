"""
Processing of files by path inside a worker, so that neither the file nor its children pass through a pipe.

The caller gives a folder; each child becomes a file there, named by its place, and only summaries come back.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cursitor.engines.processing.containers import Child, Means
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.processing.items import Place, ProcessedItem, Reading
from cursitor.engines.processing.limits import Limits

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class SpooledChild:
    """One child: where its bytes lie (path, size, sha256), or the exception that stands for it (path is empty)."""

    name: str
    path: str = ""
    size: int = 0
    sha256: str = ""
    exception: ProcessingException | None = None


def process_file(
    path: str, name: str, limits: Limits, place: Place, spool: str
) -> tuple[ProcessedItem, tuple[SpooledChild, ...]]:
    """
    Return the summary of the file at a path and its children, whose bytes are written under the folder spool.

    name: the file's label. A child's file is called by the id of its place, which must not contain a slash; a file
    that is already there is written anew, so that a run that was killed can be repeated.
    """
    if "/" in place.id or place.id.startswith("."):
        raise ValueError(f"The id {place.id!r} cannot name files.")
    source = Path(path)
    with source.open("rb") as file:
        reading = Reading(file, source.stat().st_size, name, limits, place, Means(tempfile.TemporaryFile))
        children = tuple(
            _spooled(child, Path(spool, f"{place.id}.{position}")) for position, child in enumerate(reading, start=1)
        )
    return reading.item, children


def _spooled(child: Child, path: Path) -> SpooledChild:
    if child.exception is not None:
        return SpooledChild(child.name, exception=child.exception)
    digest = hashlib.sha256()
    with child.opened() as source, path.open("wb") as out:
        while piece := source.read(_CHUNK):
            out.write(piece)
            digest.update(piece)
        size = out.tell()
    return SpooledChild(child.name, str(path), size, digest.hexdigest())
