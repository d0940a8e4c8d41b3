"""Where a near-duplicate differs from its pivot, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 20_000
"""Words up to which two texts are compared word by word; longer ones line by line."""

_WORDS = re.compile(r"\s*\S+|\s+$")
_LINES = re.compile(r"[^\n]*\n|[^\n]+$")


class Side(StrEnum):
    """Which text a piece stands in."""

    BOTH = "both"
    PIVOT = "pivot"
    OWN = "own"


@dataclass(frozen=True)
class Piece:
    """A stretch of text and where it stands."""

    side: Side
    text: str


def differences(pivot: str, own: str) -> tuple[Piece, ...]:
    """
    Return both texts in pieces, in their order. The pieces of BOTH and OWN together are the own text, to the letter.

    Words are compared without the white space between them, which is told as in the own text.

    >>> [(piece.side.value, piece.text) for piece in differences("ship the seal today", "ship  the seals today")]
    [('both', 'ship  the'), ('pivot', ' seal'), ('own', ' seals'), ('both', ' today')]
    """
    form = _WORDS if max(pivot.count(" "), own.count(" ")) <= LONGEST else _LINES
    return tuple(_pieces(form.findall(pivot), form.findall(own)))


def _pieces(pivot: list[str], own: list[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(
        None, [part.strip() for part in pivot], [part.strip() for part in own], autojunk=False
    )
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(Side.BOTH, "".join(own[start:end]))
            continue
        if last > first:
            yield Piece(Side.PIVOT, "".join(pivot[first:last]))
        if end > start:
            yield Piece(Side.OWN, "".join(own[start:end]))
