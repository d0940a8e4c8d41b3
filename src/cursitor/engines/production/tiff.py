"""What a TIFF says of itself, read from its tags alone: the reader that checks what another program wrote."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

GROUP_IV, LZW, NONE = 4, 5, 1
_MOST_PAGES = 100_000
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _X, _Y, _UNIT = 256, 257, 258, 259, 277, 282, 283, 296
_WANTED = frozenset({_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _X, _Y, _UNIT})
_SIZES = {1: 1, 3: 2, 4: 4, 5: 8, 16: 8}
_PER_INCH = {2: 1.0, 3: 2.54}


class NotTiff(ValueError):
    """Raised when bytes are no TIFF, or its tags lead nowhere. The sentence says where."""


@dataclass(frozen=True)
class Page:
    """One page. width, height: pixels. bits: of a sample. compression: as TIFF 6.0 numbers it. dpi: 0 if not told."""

    width: int
    height: int
    bits: int
    samples: int
    compression: int
    dpi: tuple[float, float]


def pages(file: BinaryIO | bytes) -> list[Page]:
    """
    Return the pages of a TIFF (TIFF 6.0, 1992; BigTIFF too).

    :raises NotTiff: if it is none, or a page points outside the file or back to an earlier one.
    """
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    return list(_Reader(stream).pages())


class _Reader:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        head = self._bytes(0, 8)
        if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            raise NotTiff("It does not begin as a TIFF does.")
        self.order = "<" if head[:2] == b"II" else ">"
        self.is_big = b"+" in head[:4]
        self.first = self._number("Q", 8) if self.is_big else self._number("I", 4)

    def pages(self) -> Iterator[Page]:
        at, seen = self.first, set[int]()
        while at:
            if at in seen or len(seen) >= _MOST_PAGES:
                raise NotTiff(f"The pages go round in a circle at byte {at}.")
            seen.add(at)
            page, at = self._page(at)
            yield page

    def _page(self, at: int) -> tuple[Page, int]:
        count_form, entry = ("Q", 20) if self.is_big else ("H", 12)
        n_tags = self._number(count_form, at)
        start = at + struct.calcsize(count_form)
        table = self._bytes(start, entry * n_tags)
        tags = {}
        for place in range(0, len(table), entry):
            tag, kind = struct.unpack_from(f"{self.order}HH", table, place)
            if tag in _WANTED:
                tags[tag] = self._value(table[place : place + entry], kind)
        following = self._number("Q" if self.is_big else "I", start + entry * n_tags)
        unit = _PER_INCH.get(int(tags.get(_UNIT, 2)), 0.0)
        dpi = (round(tags.get(_X, 0) * unit, 2), round(tags.get(_Y, 0) * unit, 2))
        size = int(tags.get(_WIDTH, 0)), int(tags.get(_HEIGHT, 0))
        rest = (int(tags.get(_BITS, 1)), int(tags.get(_SAMPLES, 1)), int(tags.get(_COMPRESSION, NONE)))
        return Page(*size, *rest, dpi), following

    def _value(self, entry: bytes, kind: int) -> float:
        """Return the first value of a tag; every tag that is wanted has one, or as many equal ones as samples."""
        count_form, held = ("Q", 8) if self.is_big else ("I", 4)
        (count,) = struct.unpack_from(f"{self.order}{count_form}", entry, 4)
        inline = entry[4 + struct.calcsize(count_form) :]
        size = _SIZES.get(kind, 0)
        if not size or not count:
            return 0
        data = inline
        if size * count > held:
            (where,) = struct.unpack(f"{self.order}{'Q' if self.is_big else 'I'}", inline)
            data = self._bytes(where, size)
        if kind == 5:
            over, under = struct.unpack_from(f"{self.order}II", data)
            return float(over / under) if under else 0.0
        return float(struct.unpack_from(f"{self.order}{ {1: 'B', 3: 'H', 4: 'I', 16: 'Q'}[kind] }", data)[0])

    def _number(self, form: str, at: int) -> int:
        size = struct.calcsize(form)
        return int(struct.unpack(f"{self.order}{form}", self._bytes(at, size))[0])

    def _bytes(self, at: int, n: int) -> bytes:
        if n > 1 << 22 or at < 0:
            raise NotTiff(f"A table of {n} bytes at byte {at} cannot be.")
        try:
            self.stream.seek(at)
            data = self.stream.read(n)
        except (OSError, OverflowError, ValueError):
            data = b""
        if len(data) != n:
            raise NotTiff(f"The file ends before byte {at + n}.")
        return data
