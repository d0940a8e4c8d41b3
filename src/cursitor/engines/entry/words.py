"""Words that a machine read on a page: their boxes and confidences, from Tesseract's table, put into lines."""

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Sequence

_COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "left", "top", "width", "height", "conf", "text")
_PAGE_LEVEL, _WORD_LEVEL = 1, 5
_RULED = re.compile(r"_{2,}|\.{3,}|\u2026+")


class RecognitionUnreadable(ValueError):
    """Raised when a text is not Tesseract's table of words. The sentence names the line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """
    One word on a page.

    confidence: 0 to 1, the recogniser's own. page: counted from 1. left, top, right, bottom: shares of the page's width
    and height, from its upper left corner. line: what the recogniser took for one line of text.
    """

    text: str
    confidence: float
    page: int
    left: float
    top: float
    right: float
    bottom: float
    line: tuple[int, int, int]

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclasses.dataclass(frozen=True, slots=True)
class Region:
    """A part of a page: x and y of its upper left corner, width and height, as shares of the page."""

    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.width, self.height


def words_from_tsv(text: str, *, page: int | None = None) -> tuple[Word, ...]:
    """
    Return the words of Tesseract's TSV output, ruled lines and dot leaders between them taken out.

    text: with its header row. page: the number of the page, where the table has one page that is not the first.
    :raises RecognitionUnreadable: if a column is missing or a row has something else than numbers where they belong.
    """
    rows = [line.rstrip("\r").split("\t") for line in text.split("\n")]
    if not set(_COLUMNS) <= set(rows[0]):
        raise RecognitionUnreadable("the first line does not name the columns of Tesseract's table")
    places = [rows[0].index(column) for column in _COLUMNS]
    sizes: dict[int, tuple[float, float]] = {}
    found: list[Word] = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) < len(rows[0]):
            continue
        try:
            found += _of_row([row[place] for place in places], sizes, page)
        except ValueError as problem:
            raise RecognitionUnreadable(f"line {number}: {problem}") from None
    return tuple(found)


def _of_row(told: Sequence[str], sizes: dict[int, tuple[float, float]], page: int | None) -> list[Word]:
    """Return the words of one row, none where it tells of a page, a block or a line; note the size of a page."""
    level, number, block, paragraph, line = (int(value) for value in told[:5])
    left, top, width, height, confidence = (float(value) for value in told[5:10])
    if not all(map(math.isfinite, (left, top, width, height, confidence))):
        raise ValueError("a number is not finite")
    if level == _PAGE_LEVEL and width > 0 and height > 0:
        sizes[number] = width, height
    if level != _WORD_LEVEL or not told[10].strip() or confidence < 0:
        return []
    if number not in sizes:
        raise ValueError(f"the size of page {number} is not told before its words")
    across, down = sizes[number]
    box = left / across, top / down, width / across, height / down
    return list(_pieces(told[10].strip(), min(confidence, 100) / 100, page or number, box, (block, paragraph, line)))


def region_of(words: Sequence[Word]) -> Region:
    """Return the part of the page that holds all these words."""
    left, top = min(word.left for word in words), min(word.top for word in words)
    right, bottom = max(word.right for word in words), max(word.bottom for word in words)
    return Region(left, top, right - left, bottom - top)


def lines(words: Iterable[Word]) -> list[list[Word]]:
    """Return the words line by line as the recogniser saw them, each line from left to right."""
    found: dict[tuple[int, tuple[int, int, int]], list[Word]] = {}
    for word in words:
        found.setdefault((word.page, word.line), []).append(word)
    return [sorted(line, key=lambda word: word.left) for line in found.values()]


def _pieces(
    text: str, confidence: float, page: int, box: tuple[float, float, float, float], line: tuple[int, int, int]
) -> Iterator[Word]:
    """Yield what stands between ruled lines in one word, each piece with its share of the box."""
    left, top, width, height = box
    begin = 0
    for end in [*(match.span() for match in _RULED.finditer(text)), (len(text), len(text))]:
        if text[begin : end[0]].strip():
            from_left, to_left = (left + width * place / len(text) for place in (begin, end[0]))
            yield Word(text[begin : end[0]], confidence, page, from_left, top, to_left, top + height, line)
        begin = end[1]
