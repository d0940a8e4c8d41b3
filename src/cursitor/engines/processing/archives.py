"""Archives besides ZIP and 7z: TAR, RAR, CAB, and what is packed alone with gzip, bzip2 or xz."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

from cursitor.engines.processing import kinds
from cursitor.engines.processing.containers import Child, Means, bounded, held, label
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.kinds import Kind
from cursitor.engines.processing.limits import Budget, Limits

_CHUNK = 1024 * 1024
_SUFFIX = re.compile(r"\.(t)?(gz|bz2?|xz|lzma|z|bz)$", re.I)
_PLACE = re.compile(r" \(errno=-?\d+, retcode=-?\d+, archive_p=\d+\)$")
_PROTECTION_SIGNS = ("passphrase", "password", "encrypt")
_OPENERS: dict[Kind, Callable[[BinaryIO], Any]] = {
    kinds.GZIP: lambda file: gzip.GzipFile(fileobj=file),
    kinds.BZIP2: bz2.BZ2File,
    kinds.XZ: lzma.LZMAFile,
}
PACKED = tuple(_OPENERS)
"""Kinds that hold one packed file."""


def read_packed(kind: Kind, file: BinaryIO, name: str, limits: Limits, means: Means) -> Iterator[Child]:
    """
    Yield the one child of a file that is packed alone; named after the file.

    >>> unpacked_name("Backup/2001.TGZ"), unpacked_name("notes.txt.gz"), unpacked_name("data")
    ('2001.tar', 'notes.txt', 'data')
    """
    inside, packed_size = unpacked_name(name), max(1, size_of(file))
    try:
        with _OPENERS[kind](file) as packed:
            yield held(inside, bounded(_pieces(packed), packed_size, limits), means.spill)
    except LimitHit as failure:
        yield Child(inside, exception=failure)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as failure:
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, f"It cannot be unpacked: {said(failure)}") from failure


def unpacked_name(name: str) -> str:
    """Return the label of what is packed in a file of this name."""
    base = re.split(r"[\\/]", name)[-1]
    return label(_SUFFIX.sub(lambda match: ".tar" if match[1] else "", base) or base)


def read_tar(file: BinaryIO, limits: Limits, means: Means) -> Iterator[Child]:
    """
    Yield the members of a TAR archive in their order. Folders are no children; links and devices have no content.

    :raises ProcessingException: corrupt, when it cannot be read on. :raises LimitHit: too many children or bytes.
    """
    budget = Budget(limits)
    try:
        with tarfile.open(fileobj=file, mode="r:", errorlevel=0) as archive:
            for member in archive:
                # The library remembers every member; with many that is all the memory there is.
                archive.members.clear()  # type: ignore[attr-defined]
                if member.isdir():
                    continue
                budget.count_child()
                child = _tar_member(archive, member, limits, means)
                budget.count_bytes(child.size)
                yield child
    except (tarfile.TarError, OSError, EOFError, ValueError) as failure:
        message = f"The archive cannot be read on: {said(failure)}"
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, message) from failure


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits, means: Means) -> Child:
    name = label(member.name)
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        what = f"A link to {label(member.linkname)}" if member.issym() or member.islnk() else "A device or pipe"
        message = f"{what}, which has no content of its own."
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message))
    try:
        return held(name, bounded(_pieces(content), max(1, member.size), limits), means.spill)
    except LimitHit as failure:
        return Child(name, exception=failure)


def read_foreign(kind: Kind, file: BinaryIO, limits: Limits, means: Means) -> Iterator[Child]:
    """
    Yield the members of an archive that libarchive reads (RAR, CAB), where it is installed.

    :raises ProcessingException: unsupported without libarchive, encrypted, corrupt. :raises LimitHit: too much.
    """
    try:
        import libarchive
    except Exception as failure:
        message = f"Archives of type {kind.mime} need libarchive, which is not installed."
        raise ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message) from failure
    budget, packed_size = Budget(limits), max(1, size_of(file))
    try:
        with libarchive.seekable_stream_reader(file) as archive:
            for entry in archive:
                if entry.isdir:
                    continue
                budget.count_child()
                child = _foreign_member(entry, packed_size, limits, means)
                budget.count_bytes(child.size)
                yield child
    except libarchive.ArchiveError as failure:
        raise _foreign_trouble(failure) from failure


def _packed_size(file: BinaryIO) -> int:
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size


def _foreign_member(entry: Any, packed_size: int, limits: Limits, means: Means) -> Child:
    name = label(str(entry.pathname or "unnamed"))
    if not entry.isreg:
        message = "A link or device, which has no content of its own."
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message))
    try:
        return held(name, bounded(entry.get_blocks(), packed_size, limits), means.spill)
    except LimitHit as failure:
        return Child(name, exception=failure)
    except Exception as failure:  # noqa: BLE001 (a damaged member costs itself; what follows says whether it reads on)
        return Child(name, exception=_foreign_trouble(failure))


def _foreign_trouble(failure: Exception) -> ProcessingException:
    words = said(failure)
    if any(sign in words.lower() for sign in _PROTECTION_SIGNS):
        message = f"The archive is encrypted, and RAR and CAB passwords are not tried: {words}"
        return ProcessingException(Stage.EXPAND, Class.ENCRYPTED, message)
    return ProcessingException(Stage.EXPAND, Class.CORRUPT, f"The archive cannot be read: {words}")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece


def size_of(file: BinaryIO) -> int:
    """Return the length of a file, which is at its start afterwards."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def said(failure: Exception) -> str:
    """Return the first line of what a library says went wrong, without where in memory that was."""
    return _PLACE.sub("", (str(failure).splitlines() or [""])[0][:300]) or type(failure).__name__
