"""
What a word is: one rule for the index, for verification and for highlighting.

1. A word is a longest run of Unicode letters, digits and the marks that belong to them; everything else parts
   words: spaces, punctuation, underscore, apostrophe, hyphen, dot. `surveyor's` is `surveyor` + `s`,
   `well-known` is `well` + `known`, `1,000` is `1` + `000`.
2. Han, Hiragana and Katakana characters are words of their own, since those scripts write no spaces.
3. Words are compared casefolded and in Unicode normalisation form C.
4. A run longer than 256 characters is cut into words of 256.
5. An e-mail address is kept twice: as its words (rule 1), and whole, lying over the same words.
"""

import re
import unicodedata
from bisect import bisect_left
from typing import NamedTuple

VERSION = "2026.1"
LONGEST = 256

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_CJK}]"


def _mark_ranges() -> str:
    """Return the combining marks of the Basic Multilingual Plane as the inside of a regular-expression class."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_MARK = f"[{_mark_ranges()}]"
_WORD = re.compile(rf"[{_CJK}]|{_LETTER}+(?:{_MARK}+{_LETTER}*)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_PATTERN = re.compile(rf"[*?]*[{_CJK}][*?]*|(?:{_LETTER}|{_MARK}|[*?])+")
_LOCAL_PART = re.compile(r"[\w.+%'-]{1,64}\Z")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})+")


class Token(NamedTuple):
    """One word: folded text, and the characters [start, end) that it covers in the text it was read from."""

    text: str
    start: int
    end: int


class Address(NamedTuple):
    """One whole e-mail address: folded text, and the positions of its first and last word (both inclusive)."""

    text: str
    first: int
    last: int


def fold(raw: str) -> str:
    """
    Return the form in which words are compared: casefolded, normalisation form C.

    >>> fold("STRASSE") == fold("Straße")
    True
    """
    return raw.lower() if raw.isascii() else unicodedata.normalize("NFC", raw.casefold())


def tokenise(text: str) -> list[Token]:
    """
    Return the words of a text in reading order; a word's position is its index in the list.

    >>> [token.text for token in tokenise("The Surveyor's well-known e-mail")]
    ['the', 'surveyor', 's', 'well', 'known', 'e', 'mail']
    """
    found: list[Token] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if end - start <= LONGEST:
            found.append(Token(fold(match.group()), start, end))
            continue
        for cut in range(start, end, LONGEST):
            stop = min(cut + LONGEST, end)
            found.append(Token(fold(text[cut:stop]), cut, stop))
    return found


def words(text: str) -> list[str]:
    """
    Return the words of `tokenise(text)` without their places, several times faster.

    >>> words("The Surveyor's e-mail")
    ['the', 'surveyor', 's', 'e', 'mail']
    """
    raw = _ASCII_WORD.findall(text.lower()) if text.isascii() else _WORD.findall(text)
    if raw and len(max(raw, key=len)) > LONGEST:
        return [token.text for token in tokenise(text)]
    return raw if text.isascii() else [fold(word) for word in raw]


def find_addresses(text: str, tokens: list[Token]) -> list[Address]:
    """
    Return the whole e-mail addresses of a text with the positions of the words that they cover.

    tokens: `tokenise(text)`. An address counts only when it starts and ends where words start and end.

    >>> text = "Ask Bill.Williams@enron.com today"
    >>> find_addresses(text, tokenise(text))
    [Address(text='bill.williams@enron.com', first=1, last=4)]
    """
    starts = [token.start for token in tokens]
    found: list[Address] = []
    at = text.find("@")
    while at >= 0:
        span = _address_span(text, at)
        at = text.find("@", at + 1)
        if span is None:
            continue
        start, end = span
        first, last = bisect_left(starts, start), bisect_left(starts, end) - 1
        if first <= last and tokens[first].start == start and tokens[last].end == end:
            found.append(Address(fold(text[start:end]), first, last))
    return found


def _address_span(text: str, at: int) -> tuple[int, int] | None:
    """Return the characters of the address around the at sign at `at`, or None if none stands there."""
    local = _LOCAL_PART.search(text[max(0, at - 64) : at])
    domain = _DOMAIN.match(text, at + 1)
    if local is None or domain is None:
        return None
    before = local.group().lstrip("._+%'-")
    after = domain.group().rstrip("_-")
    return (at - len(before), at + 1 + len(after)) if before else None


def split_pattern(word: str) -> list[str]:
    """
    Return the words inside one query word, folded, with wildcards left in place.

    >>> split_pattern("Well-kn*"), split_pattern("fail??"), split_pattern("---")
    (['well', 'kn*'], ['fail??'], [])
    """
    return [fold(piece) for piece in _PATTERN.findall(word)]
