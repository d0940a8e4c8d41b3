"""Words of a PDF's own text layer and where they stand on the rendered page: what recognition may misread."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cursitor.engines.production.sheets import Word

_Box = tuple[float, float, float, float]
_BREAKS = ("\x02", "\ufffe")
_MOST = 200_000


class Layer:
    """The text layer of a PDF; a context manager. pdfium is not thread-safe: one thread at a time."""

    def __init__(self, data: bytes) -> None:
        """Open a PDF that could be opened before."""
        self._document = pdfium.PdfDocument(data)

    def __enter__(self) -> Layer:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def words(self, number: int, size: tuple[int, int]) -> tuple[Word, ...]:
        """
        Return the words of a page, in the order of the file, at their places on an image of it of this size.

        number: of the page, from 1. Places follow the page's own rotation and crop box, as rendering does. Whatever
        lies outside the image is left out.
        """
        with closing(self._document[number - 1]) as page, closing(page.get_textpage()) as text:
            placed = ((word, _on_image(page, box, size)) for word, box in _read(text))
            return tuple(Word(word, box) for word, box in placed if _is_on(box, size))


def _read(text: pdfium.PdfTextPage) -> Iterator[tuple[str, _Box]]:
    """Yield words and their boxes in points: left, bottom, right, top."""
    signs: list[str] = []
    boxes: list[_Box] = []
    for place in range(min(text.count_chars(), _MOST)):
        code = raw.FPDFText_GetUnicode(text.raw, place)
        sign = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if sign.strip() and sign not in _BREAKS:
            signs.append(sign)
            boxes.append(text.get_charbox(place, loose=True))
        elif signs:
            yield "".join(signs), _around(boxes)
            signs, boxes = [], []
    if signs:
        yield "".join(signs), _around(boxes)


def _around(boxes: list[_Box]) -> _Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


def _on_image(page: pdfium.PdfPage, box: _Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    corners = [_pixel(page, box[at], box[at + 1], size) for at in (0, 2)]
    across, down = zip(*corners, strict=True)
    return min(across), min(down), max(across) + 1, max(down) + 1


def _pixel(page: pdfium.PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, across, down)
    return across.value, down.value


def _is_on(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    return box[0] < size[0] and box[1] < size[1] and box[2] > 0 and box[3] > 0
