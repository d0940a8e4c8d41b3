"""The pages of one document, made in a worker: set or rasterised, redacted, stamped, written."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

import cursitor
from cursitor.engines import imaging
from cursitor.engines.entry import words as recognised
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.production import redactions, sheets
from cursitor.engines.production.numbering import ControlNumber
from cursitor.engines.production.redactions import Instruction, Region
from cursitor.engines.production.sheets import Sheet, Word
from cursitor.plumbing import ocr

_FONT = Path(cursitor.__file__).parent / "plumbing" / "pdf" / "fonts" / "inter-400.ttf"
_LIMITS = imaging.RasterLimits(pixels=60_000_000)
_FEW_BOXES = 0.01


@dataclass(frozen=True)
class Leaf:
    """
    What is to be made of one document.

    source: path of a text to be set, or of a native to be rasterised (is_native). slip: text of a slip sheet instead.
    designation: stamped at the lower left. folder, form: where pages go, as "tiff" or "pdf". text: where the text goes
    that is made anew from redacted pages.
    """

    document: str
    source: str = ""
    is_native: bool = False
    slip: str = ""
    designation: str = ""
    instructions: tuple[Instruction, ...] = ()
    folder: str = ""
    form: str = "tiff"
    text: str = ""
    language: str = "eng"


@dataclass(frozen=True)
class Made:
    """
    What was made of one document.

    files: names of the images, in order. covered: words that stood under marks and nowhere else. redacted_pages: places
    of pages with a mark. failures: sentences on pages that could not be rendered; a slip stands for each.
    """

    files: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    redacted_pages: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def count(leaf: Leaf) -> tuple[int, str]:
    """Return how many pages a leaf takes, the same that `make` writes; none, and why, if it cannot be made."""
    if leaf.slip:
        return sheets.n_pages(_printable(leaf.slip), font()), ""
    data = Path(leaf.source).read_bytes()
    if leaf.is_native:
        kind = imaging.kind_of(data[:2048])
        if kind is None:
            return 0, "It is of no kind that can be rasterised."
        return imaging.count_pages(kind, data, _LIMITS), ""
    shown, n_boxes = sheets.printable(data.decode("utf-8", "replace"), font())
    if n_boxes > _FEW_BOXES * len(shown) and not leaf.instructions:
        return 0, "Its writing has no form in the fonts at hand."
    return sheets.n_pages(shown, font()), ""


def make(leaf: Leaf, begin: ControlNumber, n_pages: int) -> dict[str, Any]:
    """
    Write the pages of a leaf, numbered from `begin`, and the text made anew if anything was redacted.

    Returns the fields of `Made`: a worker hands over plain values only.

    :raises ProcessingException: if the pages are not those that were counted, or a redaction cannot be placed.
    """
    made = Made()
    pages = _sheets(leaf, made)
    if len(pages) != n_pages:
        message = f"{n_pages} pages were counted and {len(pages)} came out."
        raise ProcessingException(Stage.READ, Class.CRASHED, message)
    if leaf.instructions:
        pages = _redacted(leaf, pages, made)
    images = [
        sheets.endorsed(page, font(), right=str(_at(begin, place)), left=leaf.designation)
        for place, page in enumerate(pages)
    ]
    _write(leaf, images, pages, begin, made)
    if leaf.text:
        words = [_recognised(image, page.dpi, leaf.language) for image, page in zip(images, pages, strict=True)]
        Path(leaf.text).write_text("\f".join(words), encoding="utf-8", newline="")
    return asdict(made)


@lru_cache(maxsize=1)
def font() -> bytes:
    """Return the font of set pages and stamps."""
    return _FONT.read_bytes()


def _printable(text: str) -> str:
    return sheets.printable(text, font())[0]


def _at(begin: ControlNumber, place: int) -> ControlNumber:
    return ControlNumber(begin.prefix, begin.separator, begin.digits, begin.number + place)


def _sheets(leaf: Leaf, made: Made) -> list[Sheet]:
    if leaf.slip:
        return sheets.typeset(_printable(leaf.slip), font())
    data = Path(leaf.source).read_bytes()
    if not leaf.is_native:
        return sheets.typeset(_printable(data.decode("utf-8", "replace")), font())
    return list(_rasterised(data, made))


def _rasterised(data: bytes, made: Made) -> Iterator[Sheet]:
    kind = imaging.kind_of(data[:2048])
    if kind is None:
        raise ProcessingException(Stage.READ, Class.UNSUPPORTED, "It is of no kind that can be rasterised.")
    for page in imaging.rasterise(kind, data, sheets.DPI, _LIMITS):
        if isinstance(page, imaging.PageFailure):
            made.failures.append(f"Page {page.number} could not be rendered: {page.exception.message}")
            yield sheets.typeset(f"Page {page.number} of this document could not be rendered.", font())[0]
        else:
            yield Sheet(sheets.bitonal(_at_full_size(page)))


def _at_full_size(page: imaging.PageBitmap) -> Image.Image:
    """Return a page at the resolution that every page of a production has."""
    if page.dpi == sheets.DPI:
        return page.image
    share = sheets.DPI / page.dpi
    size = (max(1, round(page.image.width * share)), max(1, round(page.image.height * share)))
    source = page.image.convert("L") if page.image.mode == "1" else page.image
    return source.resize(size, Image.Resampling.LANCZOS)


def _redacted(leaf: Leaf, pages: list[Sheet], made: Made) -> list[Sheet]:
    if leaf.is_native and not all(isinstance(one, Region) for one in leaf.instructions):
        pages = [_with_words(page, leaf.language) for page in pages]
    try:
        marks = redactions.marks(pages, leaf.instructions)
    except redactions.RedactionUnclear as problem:
        raise ProcessingException(Stage.READ, Class.UNSUPPORTED, str(problem)) from None
    blackened = [sheets.redacted(page, found, font()) for page, found in zip(pages, marks, strict=True)]
    left = {word.text for page in blackened for word in page.words}
    made.covered.extend(sorted(redactions.strings(pages, marks) - left))
    made.redacted_pages.extend(place for place, found in enumerate(marks) if found)
    return blackened


def _with_words(page: Sheet, language: str) -> Sheet:
    found = ocr.recognise(_png(page.image), language=language, dpi=page.dpi)
    width, height = page.image.size
    words = tuple(
        Word(
            word.text,
            (
                int(word.left * width),
                int(word.top * height),
                int(word.right * width) + 1,
                int(word.bottom * height) + 1,
            ),
        )
        for word in recognised.words_from_tsv(found.tsv)
    )
    return Sheet(page.image, words, page.dpi)


def _recognised(image: Image.Image, dpi: int, language: str) -> str:
    """Return the text of a page as it can be read on the page that goes out, line by line."""
    found = ocr.recognise(_png(image), language=language, dpi=dpi)
    lines: dict[tuple[int, ...], list[str]] = {}
    for word in recognised.words_from_tsv(found.tsv):
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values()) + "\n"


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _write(leaf: Leaf, images: Sequence[Image.Image], pages: Sequence[Sheet], begin: ControlNumber, made: Made) -> None:
    folder = Path(leaf.folder)
    if leaf.form == "pdf":
        name = f"{begin}.pdf"
        first, *rest = [sheets.bitonal(image) for image in images]
        first.save(folder / name, "PDF", resolution=float(pages[0].dpi), save_all=True, append_images=rest)
        made.files.append(name)
        return
    for place, (image, page) in enumerate(zip(images, pages, strict=True)):
        name = f"{_at(begin, place)}.tif"
        (folder / name).write_bytes(sheets.group_iv(image, dpi=page.dpi))
        made.files.append(name)
