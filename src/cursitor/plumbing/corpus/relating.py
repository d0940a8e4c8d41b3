"""
How published items relate: threads, near-duplicates, language. The one seam between reading and `engines.dedupe`.

`features` runs in the worker, where the text is at hand and many run side by side; what it returns is kept with the
item. `columns` runs once over all published items.
"""

from __future__ import annotations

import base64
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from cursitor.engines.dedupe import languages, nearness, prints, quoting, shingles, threads
from cursitor.engines.dedupe.nearness import Near
from cursitor.engines.dedupe.prints import Passage, Print
from cursitor.engines.dedupe.threads import Letter, Placed
from cursitor.engines.processing import extraction
from cursitor.engines.processing.items import ProcessedItem, Status


@dataclass(frozen=True)
class Summary:
    """
    What is known of one published item when relations are told.

    mail: None for what is no message, else subject, from, to, cc, bcc (lists of name and address), sent (ISO 8601 or
    None), message_id, in_reply_to, references, conversation_index. features: what `features` returned.
    file: name of its text, where that is not its id.
    """

    id: str
    family: str
    kind: str
    sha256: str
    mail: dict[str, Any] | None
    features: dict[str, Any]
    file: str = ""


@dataclass(frozen=True)
class Columns:
    """The columns of one item; None where there is nothing to say. details go to `metadata.jsonl`."""

    thread: str | None = None
    inclusive: bool | None = None
    near_duplicate_group: str | None = None
    language: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def features(item: ProcessedItem) -> dict[str, Any]:
    """Return what is computed from one item alone, small and fit for JSON."""
    if item.status is not Status.PUBLISHED or not item.text.strip():
        return {}
    if item.message is None:
        return features_of_text(item.text)
    told = _signature(item.text)
    body = extraction.body_of(item.message)
    parts = quoting.take_apart(body)
    return told | {"language": languages.language(parts.own) or languages.language(body), "words": _packed(parts)}


def features_of_text(text: str) -> dict[str, Any]:
    """Return the features of what is no message and has this text."""
    return (_signature(text) | {"language": languages.language(text)}) if text.strip() else {}


def _signature(text: str) -> dict[str, Any]:
    signature = nearness.signatures([text]).astype("<u4").tobytes()
    return {"signature": base64.b85encode(signature).decode()}


def columns(summaries: Iterable[Summary], text_of: Callable[[str], str]) -> Relations:
    """Return the columns of all items. summaries: of the published, in order. text_of: gives a text by its name."""
    corpus = _Corpus(summaries, text_of)
    placed = threads.place(corpus.letters())
    near = {corpus.names[position]: corpus.named(one) for position, one in corpus.near_duplicates().items()}
    return Relations(corpus.languages, placed, near)


@dataclass(frozen=True)
class Relations:
    """What was told of a corpus. The columns of an item are put together when they are asked for: there may be many."""

    languages: Mapping[str, str]
    placed: Mapping[str, Placed]
    near: Mapping[str, tuple[str, float]]

    def of(self, name: str) -> Columns:
        """Return the columns of an item."""
        return _columns(self.languages.get(name), self.placed.get(name), self.near.get(name))


class _Corpus:
    """The published items, no more of each than relations are told from: there may be a million."""

    def __init__(self, summaries: Iterable[Summary], text_of: Callable[[str], str]) -> None:
        self.names: list[str] = []
        self.languages: dict[str, str] = {}
        self._text_of = text_of
        self._files: dict[str, str] = {}
        self._signatures = bytearray()
        self._letters: list[tuple[Letter, str]] = []
        self._attached: dict[str, set[str]] = defaultdict(set)
        for summary in summaries:
            self._add(summary)

    def letters(self) -> list[Letter]:
        """Return the messages; once, because they are not kept."""
        # Attachments of a message inside another are the family's, too: what matters is that nothing gets lost.
        nothing: set[str] = set()
        found = [
            replace(letter, attachments=frozenset(attached))
            if (attached := self._attached.get(family, nothing))
            else letter
            for letter, family in self._letters
        ]
        self._letters.clear()
        return found

    def near_duplicates(self) -> dict[int, Near]:
        rows = np.frombuffer(self._signatures, "<u4").reshape(-1, nearness.N_HASHES)
        return nearness.groups(rows.astype(np.uint32, copy=False), self._word_pairs)

    def named(self, near: Near) -> tuple[str, float]:
        return self.names[near.pivot], near.similarity

    def _add(self, summary: Summary) -> None:
        self.names.append(summary.id)
        if summary.file:
            self._files[summary.id] = summary.file
        kept = summary.features.get("signature")
        self._signatures += base64.b85decode(kept) if kept else _NO_WORDS
        if summary.features.get("language"):
            self.languages[summary.id] = sys.intern(summary.features["language"])
        if summary.mail is not None:
            self._letters.append((_letter(summary), summary.family))
        elif summary.family != summary.id:
            self._attached[summary.family].add(summary.sha256)

    def _word_pairs(self, positions: Sequence[int]) -> Sequence[shingles.Hashes]:
        names = [self.names[position] for position in positions]
        return nearness.word_pairs([self._text_of(self._files.get(name, name)) for name in names])


_NO_WORDS = nearness.signatures([""]).astype("<u4").tobytes()


def _columns(language: str | None, placed: Placed | None, near: tuple[str, float] | None) -> Columns:
    details: dict[str, Any] = {}
    if placed:
        details["thread"] = {
            "parent": placed.parent,
            "indent": placed.indent,
            "missing": list(placed.missing),
            "spare_of": placed.spare_of,
        }
    if near:
        details["near_duplicate"] = {"pivot": near[0], "similarity": round(near[1], 4)}
    thread, inclusive = (placed.thread, placed.inclusive) if placed else (None, None)
    return Columns(thread, inclusive, near[0] if near else None, language, details)


def _letter(summary: Summary) -> Letter:
    mail = summary.mail or {}
    people = [_folded(mail[field]) for field in ("to", "cc", "bcc")]
    return Letter(
        id=summary.id,
        message_id=mail["message_id"],
        in_reply_to=mail["in_reply_to"],
        references=tuple(mail["references"]),
        conversation_index=mail["conversation_index"].casefold(),
        subject=mail["subject"],
        sender=next(iter(_folded(mail["from"])), ""),
        recipients=frozenset().union(*people),
        sent=datetime.fromisoformat(mail["sent"]) if mail["sent"] else None,
        words=_unpacked(summary.features.get("words")),
    )


def _folded(addresses: Iterable[Sequence[str]]) -> tuple[str, ...]:
    # The same few people are on most messages of a corpus: each name is kept once.
    return tuple(sys.intern((address or name).strip().casefold()) for name, address in addresses if address or name)


def _packed(parts: quoting.Parts) -> list[Any]:
    taken = prints.of(parts)
    passages = [[one.n_words, one.head, sorted(one.kept)] for one in (taken.own, *taken.quoted)]
    return [passages, sorted(taken.named)]


def _unpacked(packed: list[Any] | None) -> Print:
    if packed is None:
        return Print()
    own, *quoted = (Passage(n_words, head, frozenset(kept)) for n_words, head, kept in packed[0])
    return Print(own, tuple(quoted), frozenset(packed[1]))
