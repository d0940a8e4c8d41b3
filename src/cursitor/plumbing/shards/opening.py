"""Opening published shards, each once per process."""

import hashlib
import json
import mmap
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cursitor.engines.search.postings import Segment
from cursitor.engines.search.schema import Schema
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.shards import building

OPEN_AT_ONCE = 64


class UnreadableShard(Refusal):
    """Raised when a published file is not a shard, or one of another format; it must be built again."""


@dataclass(frozen=True, eq=False)
class Shard:
    """An opened shard. ids: in the order in which the documents were given, which is that of the segments."""

    schema: Schema
    ids: tuple[str | int, ...]
    segments: tuple[Segment, ...]


def open_shard(tar_path: Path, cache_folder: Path) -> Shard:
    """
    Open a published shard that lies on this machine.

    :raises UnreadableShard: if the file is not a shard of this format.
    """
    with tar_path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return open_published(digest, cache_folder, fetch=lambda: tar_path.open("rb"))


def open_published(digest: str, cache_folder: Path, *, fetch: Callable[[], BinaryIO]) -> Shard:
    """
    Open a published shard known by the SHA-256 of its tar; `fetch` is called only when the cache lacks it.

    The cache holds the words of the documents in the clear: its folder must be as private as the vault's key. An
    entry is unpacked beside its place and moved there whole, so that a killed or parallel process leaves no half.

    :raises UnreadableShard: if the bytes do not have the digest, or are not a shard of this format.
    """
    entry = cache_folder / digest
    if not (entry / building.DESCRIPTION).exists():
        _unpack(digest, entry, fetch)
    return _opened(str(entry))


def forget(digest: str, cache_folder: Path) -> None:
    """Remove a shard from the cache folder; processes that have it open keep what they have until they end."""
    shutil.rmtree(cache_folder / digest, ignore_errors=True)
    _opened.cache_clear()


def _unpack(digest: str, entry: Path, fetch: Callable[[], BinaryIO]) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=entry.parent, prefix=".unpacking-") as temporary:
        packed, unpacked = Path(temporary, "shard.tar"), Path(temporary, "shard")
        with fetch() as stream, packed.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        with packed.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                raise UnreadableShard(f"The search index {digest[:12]} is damaged and must be built again.")
        try:
            with tarfile.open(packed) as tar:
                tar.extractall(unpacked, filter="data")
        except tarfile.TarError as error:
            raise UnreadableShard(f"The file {digest[:12]} is not a search index.") from error
        try:
            unpacked.rename(entry)
        except OSError:
            if not (entry / building.DESCRIPTION).exists():
                raise


@lru_cache(maxsize=OPEN_AT_ONCE)
def _opened(folder: str) -> Shard:
    return open_folder(Path(folder))


def open_folder(folder: Path) -> Shard:
    """
    Open a shard that lies in a folder as it was built; its files are mapped, not read.

    :raises UnreadableShard: if there is no shard of this format, or it is cut short.
    """
    try:
        description = json.loads((folder / building.DESCRIPTION).read_text(encoding="utf-8"))
        is_known = description["format"] == building.FORMAT
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SyntaxError) as error:
        raise UnreadableShard(f"The file {folder.name[:12]} is not a search index.") from error
    if not is_known:
        raise UnreadableShard("This search index was built by another version and must be built again.")
    try:
        schema = _schema(description["schema"])
        segments = tuple(_segment(folder, described, schema) for described in description["segments"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SyntaxError) as error:
        raise UnreadableShard(f"The search index {folder.name[:12]} is damaged and must be built again.") from error
    return Shard(schema, tuple(description["ids"]), segments)


def _schema(described: dict[str, Any]) -> Schema:
    groups = tuple((name, tuple(fields)) for name, fields in described["groups"])
    return Schema(**{key: tuple(value) for key, value in described.items() if key != "groups"}, groups=groups)


def _segment(folder: Path, described: dict[str, Any], schema: Schema) -> Segment:
    with (folder / described["file"]).open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    arrays = {
        name: np.frombuffer(mapped, np.dtype(kind), n_entries, first)
        for name, (kind, first, n_entries) in described["arrays"].items()
    }
    return Segment(arrays, schema, n_documents=described["n_documents"])
