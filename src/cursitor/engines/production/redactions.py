"""What of a document must not show: by region, by term, by pattern, found among the words of its pages."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import regex

from cursitor.engines.production.sheets import Mark, Sheet, Word

PADDING = 6
"""Pixels by which a word's box is widened: its letters' feet and accents must not peep out."""

LONGEST_PATTERN = 400

PATTERN_SECONDS = 5.0
"""Processor time that a pattern may take on one text: it was written by a user, and some never end."""

_PROBE = "Aa 0."
_ABOUT = regex.compile(r"(?<!\\)\{[^{}]*[deis]\s*[<+:}]")


class RedactionUnclear(ValueError):
    """Raised when an instruction cannot be carried out. The sentence says which and why."""


@dataclass(frozen=True)
class Region:
    """A rectangle of one page. page: from 1. box: left, top, right, bottom as shares of the page, 0 to 1."""

    page: int
    box: tuple[float, float, float, float]
    reason: str = ""


@dataclass(frozen=True)
class Term:
    """Words wherever they stand, whatever their case and the white space or line break between them."""

    text: str
    reason: str = ""


@dataclass(frozen=True)
class Pattern:
    """A regular expression over the words of a page, joined by single spaces; it has `PATTERN_SECONDS` for each."""

    expression: str
    reason: str = ""


Instruction = Region | Term | Pattern


def marks(sheets: Sequence[Sheet], instructions: Iterable[Instruction]) -> list[list[Mark]]:
    """
    Return the marks of each page.

    :raises RedactionUnclear: if a region lies on no page or has no extent, or a pattern is none, or takes too long.
    """
    given = list(instructions)
    refuse_unclear(given, len(sheets))
    return [marks_of(sheet, number, given) for number, sheet in enumerate(sheets, 1)]


def refuse_unclear(instructions: Iterable[Instruction], n_pages: int) -> None:
    """
    Refuse instructions that cannot be carried out on a document of so many pages.

    :raises RedactionUnclear: see `marks`.
    """
    for instruction in instructions:
        if isinstance(instruction, Region):
            _require_place(instruction, n_pages)
        else:
            with _in_time(instruction):
                pass


def marks_of(sheet: Sheet, number: int, instructions: Iterable[Instruction]) -> list[Mark]:
    """
    Return the marks of one page. number: of the page, from 1. Instructions have passed `refuse_unclear`.

    :raises RedactionUnclear: if a pattern takes too long.
    """
    found: list[Mark] = []
    for instruction in instructions:
        if not isinstance(instruction, Region):
            with _in_time(instruction) as expression:
                found += [Mark(box, instruction.reason) for box in _boxes(sheet.words, expression)]
        elif instruction.page == number:
            found.append(_region_mark(instruction, sheet))
    return found


def without(text: str, instructions: Iterable[Instruction], *, by: str = "[REDACTED]") -> str:
    """
    Return a text with every term and pattern replaced: for fields of a redacted document, never for its pages.

    :raises RedactionUnclear: if a pattern is none, or takes too long.
    """
    for instruction in instructions:
        if not isinstance(instruction, Region):
            with _in_time(instruction) as expression:
                text = expression.sub(by, text, timeout=PATTERN_SECONDS)
    return text


def n_found(text: str, instructions: Iterable[Instruction]) -> int:
    """
    Return how many times terms and patterns occur in a text, or in the words of a page joined by spaces.

    :raises RedactionUnclear: if a pattern is none, or takes too long.
    """
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    n = 0
    for instruction in instructions:
        if not isinstance(instruction, Region):
            with _in_time(instruction) as expression:
                n += sum(1 for _ in expression.finditer(normal, timeout=PATTERN_SECONDS))
    return n


def strings(sheets: Sequence[Sheet], found: Sequence[Sequence[Mark]]) -> frozenset[str]:
    """Return the words that stand under marks: none of them may be found where they stood in what goes out."""
    return frozenset(
        word.text
        for sheet, page in zip(sheets, found, strict=True)
        for word in sheet.words
        if any(_covers(mark.box, word.box) for mark in page)
    )


def _require_place(region: Region, n_pages: int) -> None:
    left, top, right, bottom = region.box
    if not 1 <= region.page <= n_pages:
        raise RedactionUnclear(f"There is no page {region.page}; the document has {n_pages}.")
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise RedactionUnclear(f"The region {region.box} on page {region.page} does not lie on the page.")


def _region_mark(region: Region, sheet: Sheet) -> Mark:
    width, height = sheet.image.size
    left, top, right, bottom = region.box
    # Outwards to whole pixels: half a pixel of a letter is still a trace of it.
    box = (int(left * width), int(top * height), -int(-right * width // 1), -int(-bottom * height // 1))
    return Mark(box, region.reason)


@contextmanager
def _in_time(instruction: Term | Pattern) -> Iterator[Any]:
    """Give the compiled expression, and name the instruction that ran out of time."""
    try:
        yield _expression(instruction)
    except TimeoutError:
        told = instruction.text if isinstance(instruction, Term) else instruction.expression
        raise RedactionUnclear(f"{told!r} takes longer than {PATTERN_SECONDS:g} seconds on one text.") from None


def _expression(instruction: Term | Pattern) -> Any:
    if isinstance(instruction, Pattern):
        return _compiled(instruction.expression)
    words = instruction.text.split()
    if not words:
        raise RedactionUnclear("A term to be redacted is empty.")
    joined = r"\s+".join(regex.escape(unicodedata.normalize("NFKC", word)) for word in words)
    return regex.compile(rf"(?<!\w){joined}(?!\w)" if _is_wordlike(words) else joined, regex.IGNORECASE)


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Any:
    if len(expression) > LONGEST_PATTERN:
        raise RedactionUnclear(f"A pattern is longer than {LONGEST_PATTERN} characters.")
    try:
        # Only what the standard library understands too: no recursion, which takes memory instead of time.
        re.compile(expression, re.IGNORECASE)
        compiled = regex.compile(expression, regex.IGNORECASE)
    except (re.error, regex.error, OverflowError, RecursionError) as problem:
        raise RedactionUnclear(f"{expression!r} is no pattern: {problem}.") from None
    if _ABOUT.search(expression):
        raise RedactionUnclear(f"{expression!r} asks for what is nearly so; write \\{{ for a brace.")
    probes = (compiled.finditer(text, timeout=PATTERN_SECONDS) for text in ("", _PROBE))
    if any(match.start() == match.end() for found in probes for match in found):
        raise RedactionUnclear(f"{expression!r} matches nothing at all, and so everywhere.")
    return compiled


def _is_wordlike(words: Sequence[str]) -> bool:
    return words[0][0].isalnum() and words[-1][-1].isalnum()


def _boxes(words: Sequence[Word], expression: Any) -> Iterator[tuple[int, int, int, int]]:
    """Yield one box for the words of each line that a match touches, whole words always."""
    texts = [unicodedata.normalize("NFKC", word.text) for word in words]
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    for match in expression.finditer(" ".join(texts), timeout=PATTERN_SECONDS):
        first = bisect_right(starts, match.start()) - 1
        last = bisect_left(starts, match.end()) - 1
        for line in _lines(words[first : last + 1]):
            left, top = min(box[0] for box in line), min(box[1] for box in line)
            right, bottom = max(box[2] for box in line), max(box[3] for box in line)
            yield left - PADDING, top - PADDING, right + PADDING, bottom + PADDING


def _lines(words: Sequence[Word]) -> list[list[tuple[int, int, int, int]]]:
    lines: list[list[tuple[int, int, int, int]]] = []
    for word in words:
        if (
            lines
            and word.box[0] >= lines[-1][-1][0]
            and word.box[1] < lines[-1][-1][3]
            and lines[-1][-1][1] < word.box[3]
        ):
            lines[-1].append(word.box)
        else:
            lines.append([word.box])
    return lines


def _covers(mark: tuple[int, int, int, int], word: tuple[int, int, int, int]) -> bool:
    """Tell whether a mark covers the middle of a word."""
    across, down = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
    return mark[0] <= across < mark[2] and mark[1] <= down < mark[3]
