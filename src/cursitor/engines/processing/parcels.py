"""Large attachments of a message, taken out before it is parsed: a parser takes four times their size of memory."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

_LINE = 1024 * 1024
_LARGE = 2 * 1024 * 1024
_PACKED = re.compile(rb"[A-Za-z0-9+/]+={0,2}\r?\n")
_ENDS = b"\r\n"


@dataclass(frozen=True)
class Parcel:
    """What a run of base64 held. width: signs in each of its lines but the last, 0 where they differ."""

    file: BinaryIO
    width: int


@dataclass
class Parcels:
    """
    What was taken out of a message.

    rest: the message, with one line of base64 in place of each long run of such lines; by_line: what the runs held.
    is_damaged: a run was cut off, so that only the message in one piece can tell what is in it.
    """

    spill: Callable[[], BinaryIO]
    rest: bytearray = field(default_factory=bytearray)
    by_line: dict[bytes, Parcel] = field(default_factory=dict)
    taken: Counter[bytes] = field(default_factory=Counter)
    is_damaged: bool = False

    @property
    def are_all_taken(self) -> bool:
        """Tell whether everything was found once where it can be; if not, the message has to be read in one piece."""
        return not self.is_damaged and all(self.taken[line] == 1 for line in self.by_line)

    def take(self, payload: object) -> BinaryIO | None:
        """Return the file that stands in a part's payload, at its start; None if the payload is its own."""
        line = payload.strip().encode("ascii", "replace") if isinstance(payload, str) and len(payload) < 99 else b""
        found = self.by_line.get(line)
        if found is None:
            return None
        self.taken[line] += 1
        found.file.seek(0)
        return found.file

    def put_back(self, data: bytes, ending: bytes) -> BinaryIO | None:
        """Return some bytes in a file, base64 again where it was, with these ends of lines; None if nothing was."""
        places = sorted((data.find(line), line) for line in self.by_line if line in data)
        if not places:
            return None
        out, at = self.spill(), 0
        for place, line in places:
            parcel = self.by_line[line]
            self.taken[line] += data.count(line) if parcel.width else 2
            out.write(data[at:place])
            _pack(parcel, ending, out)
            at = place + len(line)
        out.write(data[at:])
        out.seek(0)
        return out


def taken_out(file: BinaryIO, spill: Callable[[], BinaryIO]) -> Parcels:
    """Return a message in a file at its start with its long runs of base64 unpacked into spill files."""
    found = Parcels(spill)
    run = _Run(found)
    while line := file.readline(_LINE):
        if not _PACKED.fullmatch(line):
            run.end()
            found.rest += line
            continue
        run.add(line)
        if b"=" in line[-4:]:
            run.end()
    run.end()
    return found


class _Run:
    """Lines of base64 that follow each other: left in the message while they are few."""

    def __init__(self, found: Parcels) -> None:
        self._found = found
        self._begin()

    def _begin(self) -> None:
        self._lines, self._file, self._digest = bytearray(), None, hashlib.sha256()
        self._width, self._latest = 0, 0
        self._is_even = True

    _file: BinaryIO | None

    def add(self, line: bytes) -> None:
        width = len(line.rstrip(_ENDS))
        self._width = self._width or width
        self._is_even &= self._latest in (0, self._width) and width <= self._width
        self._latest = width
        self._lines += line
        if len(self._lines) >= _LARGE:
            if self._file is None:
                self._file = self._found.spill()
            self._unpack(self._file)

    def end(self) -> None:
        if self._file is None:
            self._found.rest += self._lines
        else:
            self._unpack(self._file)
            self._found.is_damaged |= bool(self._lines)
            line = base64.b64encode(self._digest.digest() + len(self._found.by_line).to_bytes(4, "big"))
            self._found.rest += line + b"\n"
            self._found.by_line[line] = Parcel(self._file, self._width * self._is_even)
        self._begin()

    def _unpack(self, file: BinaryIO) -> None:
        """Unpack whole groups of four signs; what is over waits for more."""
        signs = self._lines.translate(None, _ENDS)
        whole = len(signs) // 4 * 4
        data = binascii.a2b_base64(signs[:whole])
        self._lines = signs[whole:]
        self._digest.update(data)
        file.write(data)


def _pack(parcel: Parcel, ending: bytes, out: BinaryIO) -> None:
    parcel.file.seek(0)
    width = max(4, parcel.width)
    before = b""
    # A multiple of the line that is whole in bytes and in signs.
    while data := parcel.file.read(3 * width * 256):
        signs = base64.b64encode(data)
        out.write(before + ending.join(signs[at : at + width] for at in range(0, len(signs), width)))
        before = ending


class Window(io.RawIOBase):
    """A part of a file as a file of its own, nothing copied; the file's own place is moved."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        """Take a file that can be sought, and where in it the part begins and ends."""
        self._file, self._start, self._size, self._at = file, start, end - start, 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place and return it."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read as much as there is room for; return how much."""
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
