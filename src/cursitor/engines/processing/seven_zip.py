"""7z archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import py7zr
import py7zr.exceptions
import py7zr.io

from cursitor.engines.processing import archives
from cursitor.engines.processing.containers import Child, Means, held, label
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Budget, Limits

_CHUNK = 1024 * 1024


def read_7z(file: BinaryIO, limits: Limits, means: Means) -> Iterator[Child]:
    """
    Yield the members of a 7z archive. It is unpacked in one go, into a spill file, because its members hang together.

    :raises ProcessingException: encrypted, corrupt, unsupported. :raises LimitHit: too many children or bytes.
    """
    tried: tuple[str | None, ...] = (None, *means.passwords)
    for password in tried:
        spilled = _Spilled(means, limits)
        try:
            spilled.bound = max(limits.ratio_free_bytes, limits.ratio * max(1, archives.size_of(file)))
            with py7zr.SevenZipFile(file, password=password) as archive:
                archive.extract(factory=spilled)
        except (LimitHit, MemoryError):
            raise
        except py7zr.exceptions.UnsupportedCompressionMethodError as failure:
            message = f"The archive is packed in a way that is not read here: {archives.said(failure)}"
            raise ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message) from failure
        except Exception as failure:
            if _is_locked(failure, password):
                continue
            message = f"The archive cannot be read: {archives.said(failure)}"
            raise ProcessingException(Stage.EXPAND, Class.CORRUPT, message) from failure
        yield from spilled.children()
        return
    said = "and none of those given opens it" if means.passwords else "and none was given"
    raise ProcessingException(Stage.EXPAND, Class.ENCRYPTED, f"The archive needs a password, {said}.")


def _is_locked(failure: Exception, password: str | None) -> bool:
    # With a wrong password the bytes come out wrong, and any error may follow from that.
    return isinstance(failure, py7zr.exceptions.PasswordRequired) or password is not None


class _Spilled(py7zr.io.WriterFactory):
    """Members one behind the other in a single spill file."""

    def __init__(self, means: Means, limits: Limits) -> None:
        self.means, self.limits = means, limits
        self.file = means.spill()
        self.budget = Budget(limits)
        self.bound = limits.total_bytes
        self.members: list[_Member] = []

    def create(self, filename: str) -> py7zr.io.Py7zIO:
        self.budget.count_child()
        self.members.append(_Member(self, filename))
        return self.members[-1]

    def write(self, data: bytes | bytearray) -> None:
        self.budget.count_bytes(len(data))
        if self.budget.n_bytes > self.bound:
            message = f"The archive expands beyond {self.limits.ratio} times its packed size."
            raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, message)
        self.file.seek(0, 2)
        self.file.write(data)

    def children(self) -> Iterator[Child]:
        for member in self.members:
            yield held(label(member.name), member.pieces(), self.means.spill)


class _Member(py7zr.io.Py7zIO):
    def __init__(self, spilled: _Spilled, name: str) -> None:
        self.spilled, self.name = spilled, name
        self.parts: list[tuple[int, int]] = []

    def write(self, s: bytes | bytearray) -> int:
        self.spilled.write(s)
        end = self.spilled.file.tell()
        start = end - len(s)
        if self.parts and self.parts[-1][1] == start:
            start = self.parts.pop()[0]
        self.parts.append((start, end))
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        return

    def size(self) -> int:
        return sum(end - start for start, end in self.parts)

    def pieces(self) -> Iterator[bytes]:
        for start, end in self.parts:
            for at in range(start, end, _CHUNK):
                self.spilled.file.seek(at)
                yield self.spilled.file.read(min(_CHUNK, end - at))
