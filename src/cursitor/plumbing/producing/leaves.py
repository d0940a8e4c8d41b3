"""The pages of one document, made in a worker: set or rasterised, redacted, stamped, written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

import cursitor
from cursitor.engines import imaging
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.production import redactions, sheets
from cursitor.engines.production.numbering import ControlNumber
from cursitor.engines.production.redactions import Instruction, Region
from cursitor.engines.production.sheets import Sheet, Word
from cursitor.plumbing import ocr
from cursitor.plumbing.producing import layers

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
    of pages with a mark. n_found: occurrences of terms and patterns. failures: sentences on pages that could not be
    rendered; a slip stands for each.
    """

    files: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    redacted_pages: list[int] = field(default_factory=list)
    n_found: int = 0
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
    Write the pages of a leaf, numbered from `begin`, one by one, and the text made anew if anything was redacted.

    Returns the fields of `Made`: a worker hands over plain values only.

    :raises ProcessingException: if the pages are not those that were counted, or a redaction cannot be placed.
    """
    made, black = Made(), _Redactor(leaf, n_pages)
    texts, printed = [], []
    n_made = 0
    for n_made, page in enumerate(_sheets(leaf, made, black), 1):
        if n_made > n_pages:
            break
        number = ControlNumber(begin.prefix, begin.separator, begin.digits, begin.number + n_made - 1)
        stamped = sheets.endorsed(page, font(), right=str(number), left=leaf.designation)
        image = sheets.bitonal(stamped)
        if leaf.form == "pdf":
            printed.append(_as_pdf(image, page.dpi))
        else:
            made.files.append(f"{number}.tif")
            Path(leaf.folder, made.files[-1]).write_bytes(sheets.group_iv(image, dpi=page.dpi))
        if leaf.text:
            texts.append(_recognised(image, page.dpi, leaf.language))
    if n_made != n_pages:
        message = f"{n_pages} pages were counted and {n_made} came out."
        raise ProcessingException(Stage.READ, Class.CRASHED, message)
    if printed:
        made.files.append(f"{begin}.pdf")
        _bind(printed, Path(leaf.folder, made.files[-1]))
    if leaf.text:
        Path(leaf.text).write_text("\f".join(texts), encoding="utf-8", newline="")
    made.covered.extend(sorted(black.covered - black.left))
    made.redacted_pages.extend(black.pages)
    return asdict(replace(made, n_found=black.n_found))


@lru_cache(maxsize=1)
def font() -> bytes:
    """Return the font of set pages and stamps."""
    return _FONT.read_bytes()


def _printable(text: str) -> str:
    return sheets.printable(text, font())[0]


class _Redactor:
    """Blackens page after page of one document and keeps what stood under the black, and what did not."""

    def __init__(self, leaf: Leaf, n_pages: int) -> None:
        self._leaf = leaf
        self.covered: set[str] = set()
        self.left: set[str] = set()
        self.pages: list[int] = []
        self.n_found = 0
        self.reads_words = leaf.is_native and not all(isinstance(one, Region) for one in leaf.instructions)
        try:
            redactions.refuse_unclear(leaf.instructions, n_pages)
        except redactions.RedactionUnclear as problem:
            raise ProcessingException(Stage.READ, Class.UNSUPPORTED, str(problem)) from None

    def blackened(self, page: Sheet, number: int, layer: tuple[Word, ...] = ()) -> Sheet:
        """Return page `number` with its marks. layer: the words of a text layer, beside those that are recognised."""
        if not self._leaf.instructions:
            return page
        try:
            return self._blackened(page, number, layer)
        except redactions.RedactionUnclear as problem:
            raise LimitHit(Stage.READ, Class.TIMEOUT, str(problem)) from None

    def _blackened(self, page: Sheet, number: int, layer: tuple[Word, ...]) -> Sheet:
        readings = [_with_words(page, self._leaf.language) if self.reads_words else page]
        if layer:
            readings.append(Sheet(page.image, layer, page.dpi))
        found = [mark for one in readings for mark in redactions.marks_of(one, number, self._leaf.instructions)]
        if found:
            self.pages.append(number - 1)
        texts = (" ".join(word.text for word in one.words) for one in readings)
        self.n_found += max(redactions.n_found(text, self._leaf.instructions) for text in texts)
        for reading in readings:
            self.covered |= redactions.strings([reading], [found])
            self.left |= {word.text for word in sheets.uncovered(reading, found)}
        return sheets.redacted(page, found, font())


def _sheets(leaf: Leaf, made: Made, black: _Redactor) -> Iterator[Sheet]:
    if leaf.slip:
        yield from sheets.each_page(_printable(leaf.slip), font())
        return
    data = Path(leaf.source).read_bytes()
    if leaf.is_native:
        yield from _rasterised(data, made, black)
        return
    for number, page in enumerate(sheets.each_page(_printable(data.decode("utf-8", "replace")), font()), 1):
        yield black.blackened(page, number)


def _rasterised(data: bytes, made: Made, black: _Redactor) -> Iterator[Sheet]:
    kind = imaging.kind_of(data[:2048])
    if kind is None:
        raise ProcessingException(Stage.READ, Class.UNSUPPORTED, "It is of no kind that can be rasterised.")
    reads_layer = black.reads_words and kind is imaging.Kind.PDF
    with layers.Layer(data) if reads_layer else nullcontext() as layer:
        # What goes out is black on white: pages need no colour on the way.
        for page in imaging.rasterise(kind, data, sheets.DPI, _LIMITS, in_grey=True):
            if isinstance(page, imaging.PageFailure):
                made.failures.append(f"Page {page.number} could not be rendered: {page.exception.message}")
                yield sheets.typeset(f"Page {page.number} of this document could not be rendered.", font())[0]
                continue
            image = _at_full_size(page)
            words = layer.words(page.number, image.size) if layer else ()
            yield black.blackened(Sheet(image), page.number, words)


def _at_full_size(page: imaging.PageBitmap) -> Image.Image:
    """Return a page at the resolution that every page of a production has."""
    if page.dpi == sheets.DPI:
        return page.image
    share = sheets.DPI / page.dpi
    size = (max(1, round(page.image.width * share)), max(1, round(page.image.height * share)))
    source = page.image.convert("L") if page.image.mode == "1" else page.image
    return source.resize(size, Image.Resampling.LANCZOS)


def _with_words(page: Sheet, language: str) -> Sheet:
    # Its engine brings statistics along, which most documents never need.
    from cursitor.engines.entry import words as recognised

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
    from cursitor.engines.entry import words as recognised

    found = ocr.recognise(_png(image), language=language, dpi=dpi)
    lines: dict[tuple[int, ...], list[str]] = {}
    for word in recognised.words_from_tsv(found.tsv):
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values()) + "\n"


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _as_pdf(image: Image.Image, dpi: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "PDF", resolution=float(dpi))
    return out.getvalue()


def _bind(printed: list[bytes], path: Path) -> None:
    """Write pages as one PDF that says nothing of when or by what it was made."""
    with pikepdf.new() as bound:
        for data in printed:
            with pikepdf.open(io.BytesIO(data)) as single:
                bound.pages.extend(single.pages)
        bound.save(path, deterministic_id=True)
