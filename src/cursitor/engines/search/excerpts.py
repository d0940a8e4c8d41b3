"""Lines with hits and what lies between them, for a page that shows excerpts first."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import NamedTuple

from cursitor.engines.search.positions import Span


class Mark(NamedTuple):
    """A hit inside one line: characters [start, end) of the line, its term, and its number among all hits, from 1."""

    start: int
    end: int
    term: str
    number: int


@dataclass(frozen=True)
class Line:
    """A line to be shown. number: counted from 1. text: without its line end."""

    number: int
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Fold:
    """Lines that are not shown: from `number`, `n_lines` of them, none with a hit."""

    number: int
    n_lines: int


def lines_of(text: str, *, width: int) -> list[str]:
    """
    Return a text cut into lines of at most `width` characters, at spaces where there are any.

    Nothing is dropped: the lines joined are the text, so that offsets into the text hold.

    >>> lines_of("The surveyor's draft\\nsays so.", width=14)
    ['The ', "surveyor's ", 'draft\\n', 'says so.']
    """
    found: list[str] = []
    for paragraph in text.splitlines(keepends=True):
        start, end = 0, len(paragraph.rstrip())
        while end - start > width:
            space = paragraph.rfind(" ", start, start + width)
            cut = space + 1 if space >= 0 else start + width
            found.append(paragraph[start:cut])
            start = cut
        found.append(paragraph[start:])
    return found


def excerpts(lines: Sequence[str], spans: Sequence[Span], *, context: int) -> tuple[Line | Fold, ...]:
    """
    Return the lines with hits, `context` lines around each, and a fold for every gap, in order.

    lines: with their line ends, so that joined they are the text whose characters the spans count. spans: of one
    field, ordered. A hit that runs over a line end is marked in both lines. A gap of one line is shown.
    """
    marks = _marks_by_line(lines, spans)
    shown = {number for hit in marks for number in range(hit - context, hit + context + 1)}
    parts: list[Line | Fold] = []
    for is_shown, group in groupby(range(len(lines)), key=shown.__contains__):
        numbers = list(group)
        if is_shown or len(numbers) == 1:
            parts += [Line(n + 1, lines[n].rstrip("\r\n"), tuple(marks.get(n, ()))) for n in numbers]
        else:
            parts.append(Fold(numbers[0] + 1, len(numbers)))
    return tuple(parts)


def _marks_by_line(lines: Sequence[str], spans: Sequence[Span]) -> dict[int, list[Mark]]:
    starts = [0, *accumulate(len(line) for line in lines)]
    marks: dict[int, list[Mark]] = {}
    for number, span in enumerate(spans, 1):
        if not 0 <= span.start < span.end <= starts[-1]:
            raise ValueError(f"The hit {span} lies outside the text of {starts[-1]} characters")
        line = bisect_right(starts, span.start) - 1
        while starts[line] < span.end:
            start, end = max(span.start, starts[line]), min(span.end, starts[line + 1])
            mark = Mark(start - starts[line], end - starts[line], span.term, number)
            marks.setdefault(line, []).append(mark)
            line += 1
    return marks
