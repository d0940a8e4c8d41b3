"""Look through a text and say what was found, where, and how sure that is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from cursitor.engines.pii.kinds import KINDS, Kind

BEFORE, AFTER = 60, 24
"""Characters before and after a match in which a naming word counts."""

SHOWN = 4


class Evidence(IntEnum):
    """What speaks for a hit, weakest first."""

    PATTERN = 1
    CONTEXT = 2
    CHECKSUM = 3


@dataclass(frozen=True)
class Hit:
    """A place in a text that holds personal data. start, end: characters of the text. kind: a key of `KINDS`."""

    kind: str
    start: int
    end: int
    evidence: Evidence


def screen(text: str, kinds: Iterable[Kind] = KINDS) -> tuple[Hit, ...]:
    """
    Return the hits in a text in their order; no two overlap.

    Where two kinds claim the same characters the better evidence wins, then the longer match, then the kind named
    first. A hit is a place for a person to look at, not a finding: nothing is coded or redacted by it.

    >>> [hit.kind for hit in screen("Her SSN is 536-90-4399, card 4111 1111 1111 1111.")]
    ['US_SSN', 'CARD']
    >>> screen("Invoice 4111 1111 1111 1112")
    ()
    """
    kinds = tuple(kinds)
    ranks = {kind.key: rank for rank, kind in enumerate(kinds)}
    found = [hit for kind in kinds for hit in _hits(kind, text)]
    found.sort(key=lambda hit: (-hit.evidence, hit.start - hit.end, ranks[hit.kind], hit.start))
    taken: list[Hit] = []
    held = _Held()
    for hit in found:
        if held.add(hit.start, hit.end):
            taken.append(hit)
    return tuple(sorted(taken, key=lambda hit: hit.start))


def masked(text: str, hit: Hit) -> str:
    """
    Return what was found with all but its last four letters and digits hidden, for lists that travel.

    Of short finds fewer are shown: never more than a third.

    >>> masked("SSN 536-90-4399", Hit("US_SSN", 4, 15, Evidence.CONTEXT))
    '***-**-*399'
    """
    found = text[hit.start : hit.end]
    n_signs = sum(sign.isalnum() for sign in found)
    n_hidden = n_signs - min(SHOWN, n_signs // 3)
    signs = []
    for sign in found:
        hides = sign.isalnum() and n_hidden > 0
        n_hidden -= hides
        signs.append("*" if hides else sign)
    return "".join(signs)


def _hits(kind: Kind, text: str) -> Iterator[Hit]:
    for match in kind.pattern.finditer(text):
        if not kind.check(match.group()):
            continue
        is_named = kind.context is not None and _is_named(kind, text, match.start(), match.end())
        if kind.needs_context and not is_named:
            continue
        evidence = Evidence.CONTEXT if is_named else Evidence.PATTERN
        yield Hit(kind.key, match.start(), match.end(), Evidence.CHECKSUM if kind.has_checksum else evidence)


def _is_named(kind: Kind, text: str, start: int, end: int) -> bool:
    assert kind.context is not None
    around = text[max(0, start - BEFORE) : start], text[end : end + AFTER]
    return any(kind.context.search(part) for part in around)


class _Held:
    """Stretches of a text that are taken, kept sorted."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> bool:
        """Take a stretch and say True, or leave it and say False where it overlaps one that is taken."""
        place = bisect_left(self._starts, start)
        if place and self._ends[place - 1] > start:
            return False
        if place < len(self._starts) and self._starts[place] < end:
            return False
        self._starts.insert(place, start)
        self._ends.insert(place, end)
        return True
