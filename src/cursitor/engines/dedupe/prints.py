"""What is kept of a message's words, small enough for a whole corpus and enough to know them again in a quotation."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cursitor.engines.dedupe import quoting, shingles
from cursitor.engines.dedupe.shingles import Hashes

WIDTH = 3
KEPT = 8
"""Of all shingles of three words one in eight is kept, chosen by its hash, so that the same are kept everywhere."""

HEAD = 8
"""Words at the beginning by which a passage is known again, if it has that many; all of them if not."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words. n_words: how many. head: hash of the first words. kept: of the shingles that are kept, ascending."""

    n_words: int = 0
    head: int = 0
    kept: array[int] = field(default_factory=lambda: array("I"))

    def held_by(self, kept: frozenset[int]) -> float:
        """Return the share of the kept shingles that are among some others, 0 if none are kept."""
        return len(kept.intersection(self.kept)) / len(self.kept) if self.kept else 0.0


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a message. own: the sender's words. quoted: passages, the nearest first. named: addresses."""

    own: Passage = field(default_factory=Passage)
    quoted: tuple[Passage, ...] = ()
    named: frozenset[str] = frozenset()


def take(text: str) -> Print:
    """
    Return the print of a message's body.

    >>> answer = take("I agree with you.\\n> Shall we ship the seal to car 61 before Friday noon?")
    >>> answer.quoted[0].head == take("Shall we ship the seal to car 61 before Friday noon?").own.head
    True
    """
    return of(quoting.take_apart(text))


def of(parts: quoting.Parts) -> Print:
    """Return the print of a body that has been taken apart."""
    own, *quoted = _passages((parts.own, *parts.quoted))
    return Print(own, tuple(passage for passage in quoted if passage.n_words), parts.named)


def _passages(texts: Sequence[str]) -> list[Passage]:
    hashes, offsets = shingles.words(texts)
    if not len(hashes):
        return [Passage() for _ in texts]
    runs, places = shingles.shingles(hashes, offsets, WIDTH)
    passages = []
    for number in range(len(texts)):
        words = hashes[offsets[number] : offsets[number + 1]]
        own = runs[places[number] : places[number + 1]]
        kept = own[own % np.uint64(KEPT) == 0] if len(words) >= WIDTH else own[:0]
        kept = np.unique(kept >> np.uint64(32)).astype(np.uint32)
        passages.append(Passage(len(words), _head(words), array("I", kept.tobytes())))
    return passages


def _head(words: Hashes) -> int:
    """Return a hash of the first words, in the width of the kept shingles; 0 where there are none."""
    if not len(words):
        return 0
    run, _ = shingles.shingles(words[:HEAD], np.array([0, min(len(words), HEAD)]), HEAD)
    return int(run[0] >> np.uint64(32))
