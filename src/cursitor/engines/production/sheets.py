"""
Pages of a production as bitmaps: text set on paper, numbers stamped where nothing stands, black where nothing may show.

Everything is drawn into the raster itself: there is no layer that could be lifted off.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from PIL import Image, ImageChops, ImageDraw, ImageFont

DPI = 300
LETTER = (2550, 3300)
"""8.5 by 11 inches at 300 dpi, in pixels."""

_MARGIN = DPI
_FOOT = DPI * 6 // 10
_LEADING = 1.35
POINTS = 10.5
_BOX = "\u25a1"
_INK = 128
_TAB = 8
_SHORT = 16
_NOWHERE = "\uffff"
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Word:
    """A word of a page and where it stands: left, top, right, bottom in pixels."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """One page. image: of mode 1, L or RGB. words: in reading order, as far as they are known. dpi: of the image."""

    image: Image.Image
    words: tuple[Word, ...] = ()
    dpi: int = DPI


@dataclass(frozen=True)
class Mark:
    """A stretch of a page that must not show. label: why, printed inside it as far as it fits."""

    box: tuple[int, int, int, int]
    label: str = ""


class NotPrintable(ValueError):
    """Raised when a text holds a character that the font has no form for. Names the first of them."""


def typeset(text: str, font: bytes, *, points: float = POINTS) -> list[Sheet]:
    """
    Return a text as letter pages, ragged right, with the place of each word.

    font: a TrueType or OpenType file. A form feed begins a new page; a tab stands for spaces up to the next eighth
    column. A word longer than a line is broken. A text without words is one empty page.
    :raises NotPrintable: if the font lacks a character.
    """
    return list(each_page(text, font, points=points))


def each_page(text: str, font: bytes, *, points: float = POINTS) -> Iterator[Sheet]:
    """
    Yield the pages of `typeset` one by one: a page takes 8 MB, and a text may have thousands.

    :raises NotPrintable: as `typeset`, before the first.
    """
    face = _face(font, round(points * DPI / 72))
    _require_printable(text, font)
    advances = _Advances(face)
    for lines in _laid_out(text, advances, points):
        yield _drawn(lines, face, advances, points)


def n_pages(text: str, font: bytes, *, points: float = POINTS) -> int:
    """
    Return how many pages `typeset` makes of a text, without drawing them.

    :raises NotPrintable: as `typeset`.
    """
    _require_printable(text, font)
    return len(_laid_out(text, _Advances(_face(font, round(points * DPI / 72))), points))


def printable(text: str, font: bytes) -> tuple[str, int]:
    """Return a text in which a box stands for every character without a form, and how many those are."""
    lacking = {sign for sign in set(text) if _is_shown(sign) and not _has(font, sign)}
    n_lacking = sum(text.count(sign) for sign in lacking)
    return text.translate({ord(sign): _BOX for sign in lacking}), n_lacking


def endorsed(sheet: Sheet, font: bytes, *, right: str, left: str = "") -> Image.Image:
    """
    Return the page with a control number at the lower right and a designation at the lower left, never over content.

    Where something stands in the foot of the page, the page is made smaller to leave room, not the stamp moved.
    """
    image, scale = sheet.image, sheet.dpi / DPI
    foot = round(_FOOT * scale)
    if _has_ink(image.crop((0, image.height - foot, image.width, image.height))):
        image = _shrunk(image, foot)
    else:
        image = image.copy()
    draw = ImageDraw.Draw(image)
    face = _fitting(font, (right, left), round(44 * scale), image.width - round(2 * 75 * scale))
    line, edge = image.height - foot // 2, round(75 * scale)
    draw.text((image.width - edge, line), right, fill=0, font=face, anchor="rm")
    if left:
        draw.text((edge, line), left, fill=0, font=face, anchor="lm")
    return image


def redacted(sheet: Sheet, marks: Iterable[Mark], font: bytes) -> Sheet:
    """
    Return the page with every mark filled black, its label in white inside, and the words under it gone.

    Where marks lie over each other the label of the first is printed.
    """
    image = sheet.image.copy()
    draw = ImageDraw.Draw(image)
    white: int | tuple[int, int, int] = (255, 255, 255) if image.mode == "RGB" else 1 if image.mode == "1" else 255
    given = [Mark(_within(mark.box, image.size), mark.label) for mark in marks]
    shown = [mark for mark in given if mark.box[0] < mark.box[2] and mark.box[1] < mark.box[3]]
    for mark in shown:
        left, top, right, bottom = mark.box
        draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    for place, mark in enumerate(shown):
        if not any(_touch(mark.box, earlier.box) for earlier in shown[:place]):
            _label(draw, mark.label, mark.box, font, white)
    return Sheet(image, uncovered(sheet, shown), sheet.dpi)


def uncovered(sheet: Sheet, marks: Iterable[Mark]) -> tuple[Word, ...]:
    """Return the words of a page that no mark touches."""
    boxes = [mark.box for mark in marks]
    return tuple(word for word in sheet.words if not any(_touch(word.box, box) for box in boxes))


def bitonal(image: Image.Image) -> Image.Image:
    """Return the image in black and white. What is darker than middle grey is ink; photographs are dithered."""
    if image.mode == "1":
        return image
    grey = image.convert("L")
    histogram = grey.histogram()
    n_between = sum(histogram[64:192])
    if n_between * 8 > grey.width * grey.height:
        return grey.convert("1")
    return grey.point(lambda level: 255 * (level >= _INK), "1")


def group_iv(image: Image.Image, *, dpi: int = DPI) -> bytes:
    """Return a page as a single-page TIFF, one bit, CCITT Group IV (ITU-T T.6), black on white."""
    out = io.BytesIO()
    bitonal(image).save(out, "TIFF", compression="group4", dpi=(dpi, dpi))
    return out.getvalue()


def _face(font: bytes, size: int) -> ImageFont.FreeTypeFont:
    return _faces(font, max(size, 6))


@lru_cache(maxsize=64)
def _faces(font: bytes, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font), size, layout_engine=ImageFont.Layout.BASIC)


class _Advances(dict[str, float]):
    """How far each character moves the pen; asked of the font once."""

    def __init__(self, face: ImageFont.FreeTypeFont) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, sign: str) -> float:
        self[sign] = self._face.getlength(sign)
        return self[sign]


def _require_printable(text: str, font: bytes) -> None:
    lacking = sorted(sign for sign in set(text) if _is_shown(sign) and not _has(font, sign))
    if lacking:
        raise NotPrintable(f"The font has no form for U+{ord(lacking[0]):04X} and {len(lacking) - 1} more characters.")


def _is_shown(sign: str) -> bool:
    return sign.isprintable() and not sign.isspace()


def _step(points: float) -> int:
    return round(points * DPI / 72 * _LEADING)


def _laid_out(text: str, advances: _Advances, points: float) -> list[list[str]]:
    """Return the lines of each page."""
    per_page = (LETTER[1] - 2 * _MARGIN) // _step(points)
    pages: list[list[str]] = []
    for part in text.replace("\r\n", "\n").split("\f"):
        lines = list(_wrapped(part, advances, LETTER[0] - 2 * _MARGIN))
        pages += [lines[at : at + per_page] for at in range(0, len(lines), per_page)]
    return pages


def _drawn(lines: Sequence[str], face: ImageFont.FreeTypeFont, advances: _Advances, points: float) -> Sheet:
    image, step = Image.new("1", LETTER, 1), _step(points)
    words: list[Word] = []
    for top, line in zip(range(_MARGIN, LETTER[1], step), lines, strict=False):
        edges = list(accumulate((advances[sign] for sign in line), initial=float(_MARGIN)))
        for found in _WORD.finditer(line):
            text, left = found.group(), int(edges[found.start()])
            shape, (across, down) = _shape(face, text) if len(text) > _SHORT else _known_shape(face, text)
            image.paste(0, (left + across, top + down), shape)
            words.append(Word(text, (left, top, int(edges[found.end()]) + 1, top + step)))
    return Sheet(image, tuple(words))


def _shape(face: ImageFont.FreeTypeFont, word: str) -> tuple[Image.Image, tuple[int, int]]:
    """Return the ink of a word, and where it stands beside the pen."""
    left, top, right, bottom = (int(edge) for edge in face.getbbox(word, mode="1"))
    shape = Image.new("1", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(shape).text((-left, -top), word, fill=1, font=face)
    return shape, (left, top)


# FreeType draws a glyph anew each time, and most words of a text come again.
_known_shape = lru_cache(maxsize=2048)(_shape)


@lru_cache(maxsize=4096)
def _has(font: bytes, sign: str) -> bool:
    face = _face(font, 24)
    return bytes(face.getmask(sign)) != bytes(face.getmask(_NOWHERE)) or face.getlength(sign) != face.getlength(
        _NOWHERE
    )


def _wrapped(text: str, advances: _Advances, width: int) -> Iterator[str]:
    for line in text.expandtabs(_TAB).split("\n"):
        shown = "".join(sign if sign.isprintable() else " " for sign in line).rstrip()
        start, at, space, used = 0, 0, 0, 0.0
        while at < len(shown):
            used += advances[shown[at]]
            if used > width and at > start:
                cut = space if space > start and shown[start:space].strip() else at
                yield shown[start:cut].rstrip()
                start = at = _past_spaces(shown, cut)
                space, used = 0, 0.0
                continue
            if shown[at] == " ":
                space = at
            at += 1
        yield shown[start:]


def _past_spaces(line: str, at: int) -> int:
    while at < len(line) and line[at] == " ":
        at += 1
    return at


def _has_ink(image: Image.Image) -> bool:
    grey = image.convert("L")
    return ImageChops.invert(grey).point(lambda level: 255 * (level > _INK // 2)).getbbox() is not None


def _shrunk(image: Image.Image, foot: int) -> Image.Image:
    share = (image.height - foot) / image.height
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    source = image.convert("L") if image.mode == "1" else image
    smaller = source.resize(size, Image.Resampling.BICUBIC)
    paper = Image.new(source.mode, image.size, "white")
    paper.paste(smaller, ((image.width - size[0]) // 2, 0))
    return bitonal(paper) if image.mode == "1" else paper


def _fitting(font: bytes, texts: Sequence[str], size: int, width: int) -> ImageFont.FreeTypeFont:
    """Return the font at a size at which both stamps fit side by side."""
    while size > 12 and sum(_face(font, size).getlength(f"{text}  ") for text in texts) > width:
        size -= 2
    return _face(font, size)


def _label(
    draw: ImageDraw.ImageDraw,
    label: str,
    box: tuple[int, int, int, int],
    font: bytes,
    white: int | tuple[int, int, int],
) -> None:
    left, top, right, bottom = box
    size = min(40, int((bottom - top) * 0.8))
    while label and size >= 14:
        face = _face(font, size)
        if face.getlength(label) <= right - left - 6:
            draw.text(((left + right) // 2, (top + bottom) // 2), label, fill=white, font=face, anchor="mm")
            return
        size -= 2


def _within(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
