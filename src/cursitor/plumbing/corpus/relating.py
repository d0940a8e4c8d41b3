"""
How published items relate: threads, near-duplicates, language. The one seam between reading and `engines.dedupe`.

`features` runs in the worker, where the text is at hand and many run side by side; what it returns is kept with the
item. `columns` runs once over all published items.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cursitor.engines.dedupe import compact, languages, nearness, prints, quoting, shingles, threads
from cursitor.engines.dedupe.compact import Entries, Postings
from cursitor.engines.dedupe.prints import Passage, Print
from cursitor.engines.dedupe.threads import Letter
from cursitor.engines.processing import extraction
from cursitor.engines.processing.items import ProcessedItem, Status
from cursitor.plumbing.corpus.shelf import Rows, Shelf

_MOST_PAIRS = 4_000_000
"""Word pairs kept at hand of files, and as many of messages, eight bytes each."""
_MOST_HELD = 12_000_000
"""Bytes on the shelf of the messages kept at hand; in memory they take three times as much."""


@dataclass(frozen=True)
class Summary:
    """
    What is known of one published item when relations are told.

    mail: None for what is no message, else subject, from, to, cc, bcc (lists of name and address), sent (ISO 8601 or
    None), message_id, in_reply_to, references, conversation_index. features: what `features` returned.
    characters: length of its text. file: name of its text, where that is not its id.
    """

    id: str
    family: str
    kind: str
    sha256: str
    mail: dict[str, Any] | None
    features: dict[str, Any]
    characters: int = 0
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
    return {"signature": base64.b64encode(signature).decode()}


def columns(summaries: Iterable[Summary], text_of: Callable[[str], str], folder: Path) -> Relations:
    """
    Return the columns of all items.

    summaries: of the published, in order. text_of: gives a text by its name. folder: for files that are needed
    meanwhile; of a million items no more than some numbers each are in memory.
    """
    corpus = _Corpus(summaries, text_of, folder)
    return Relations(corpus, folder)


class Relations:
    """What was told of a corpus. The columns of an item are put together when they are asked for: there may be many."""

    def __init__(self, corpus: _Corpus, folder: Path) -> None:
        """Tell threads and near-duplicates of a corpus."""
        self._items = corpus.items
        self._placed = Shelf(folder)
        letters = _Letters(corpus)
        for position, placed in threads.place(letters):
            thread = {
                "parent": placed.parent,
                "indent": placed.indent,
                "missing": placed.missing,
                "spare_of": placed.spare_of,
            }
            self._placed[letters.positions[position]] = placed.thread, placed.inclusive, thread
        self._pivots = array("i", [-1]) * len(corpus.items)
        self._similarities = array("d", bytes(8 * len(corpus.items)))
        for position, near in nearness.groups(corpus.signatures, corpus.lengths, corpus.word_pairs):
            self._pivots[position], self._similarities[position] = near.pivot, near.similarity

    def of(self, position: int, features: dict[str, Any]) -> Columns:
        """Return the columns of the published item at a position, with these features."""
        thread = inclusive = near = None
        details: dict[str, Any] = {}
        if position in self._placed:
            thread, inclusive, details["thread"] = self._placed[position]
        if self._pivots[position] >= 0:
            near = self._items[self._pivots[position]][0]
            details["near_duplicate"] = {"pivot": near, "similarity": round(self._similarities[position], 4)}
        return Columns(thread, inclusive, near, features.get("language") or None, details)


class _Corpus:
    """The published items, each by its position: what relations are told from is on disk."""

    def __init__(self, summaries: Iterable[Summary], text_of: Callable[[str], str], folder: Path) -> None:
        self.items = Shelf(folder)
        self.signatures = Rows(folder, nearness.N_HASHES)
        self.lengths = array("i")
        self.letters = array("i")
        self.digests = bytearray()
        self._text_of = text_of
        # One and the same file hangs on hundreds of messages: messages must not crowd it out.
        self._pairs_of_files, self._pairs_of_letters = _Pairs(), _Pairs()
        attached = Entries()
        for summary in summaries:
            self._add(summary, attached)
        self.attached = Postings(attached)

    def _add(self, summary: Summary, attached: Entries) -> None:
        letter = None
        if summary.mail is not None:
            letter = [_told(summary.mail), summary.features.get("words"), summary.family]
            self.letters.append(len(self.items))
        elif summary.family != summary.id:
            attached.add(compact.number(summary.family), len(self.digests) // _DIGEST_BYTES)
            self.digests += bytes.fromhex(summary.sha256).ljust(_DIGEST_BYTES)
        text = summary.file or summary.id
        # Equal files have equal texts, in so far as these are equally long.
        key = f"{summary.sha256} {summary.characters}" if summary.mail is None else text
        self.items.append([summary.id, text, letter, key])
        self.lengths.append(summary.characters)
        kept = summary.features.get("signature")
        self.signatures.append(base64.b64decode(kept) if kept else _NO_WORDS)

    def word_pairs(self, positions: Sequence[int]) -> Sequence[shingles.Hashes]:
        """Return the word pairs of the texts at some positions."""
        items = [self.items[position] for position in positions]
        kept = [self._pairs_of_files if letter is None else self._pairs_of_letters for _, _, letter, _ in items]
        known = {key: pairs[key] for pairs, (*_, key) in zip(kept, items, strict=True) if key in pairs}
        missing = {key: text for _, text, _, key in items if key not in known}
        found = nearness.word_pairs([self._text_of(text) for text in missing.values()])
        known |= zip(missing, found, strict=True)
        for pairs, (*_, key) in zip(kept, items, strict=True):
            pairs.keep(key, known[key])
        return [known[key] for *_, key in items]


class _Pairs(dict[str, shingles.Hashes]):
    """Word pairs by a name of their text; when they are too many, none."""

    n_pairs = 0

    def keep(self, key: str, found: shingles.Hashes) -> None:
        if key in self:
            return
        if self.n_pairs > _MOST_PAIRS:
            self.clear()
            self.n_pairs = 0
        self[key] = found
        self.n_pairs += len(found)


_DIGEST_BYTES = 32
_NO_WORDS = nearness.signatures([""]).astype("<u4").tobytes()


class _Letters(Sequence[Letter]):
    """The messages of a corpus in their order, those asked for latest at hand."""

    def __init__(self, corpus: _Corpus) -> None:
        self.positions = corpus.letters
        self._corpus = corpus
        self._held: dict[int, Letter] = {}
        self._n_bytes = 0

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, place: int) -> Letter:  # type: ignore[override]
        if (letter := self._held.get(place)) is not None:
            return letter
        position = self.positions[place]
        if self._n_bytes > _MOST_HELD:
            self._held, self._n_bytes = {}, 0
        self._n_bytes += self._corpus.items.size(position)
        letter = self._held[place] = self._read(position)
        return letter

    def _read(self, position: int) -> Letter:
        id_, _, (told, words, family), _ = self._corpus.items[position]
        message_id, in_reply_to, references, conversation_index, subject, sender, recipients, sent = told
        # Attachments of a message inside another are the family's, too: what matters is that nothing gets lost.
        attached = self._corpus.attached.of(compact.number(family)) if len(self._corpus.digests) else ()
        digests, width = self._corpus.digests, _DIGEST_BYTES
        return Letter(
            id=id_,
            message_id=message_id,
            in_reply_to=in_reply_to,
            references=tuple(references),
            conversation_index=conversation_index,
            subject=subject,
            sender=sender,
            recipients=frozenset(recipients),
            sent=datetime.fromisoformat(sent) if sent else None,
            words=_unpacked(words),
            attachments=frozenset(bytes(digests[width * one : width * (one + 1)]).hex() for one in attached),
        )


def _told(mail: dict[str, Any]) -> list[Any]:
    """Return what threads are told from, in the order in which it is read again."""
    kept = [mail[name] for name in ("message_id", "in_reply_to", "references")]
    sender = next(iter(_folded(mail["from"])), "")
    recipients = sorted({person for name in ("to", "cc", "bcc") for person in _folded(mail[name])})
    return [*kept, mail["conversation_index"].casefold(), mail["subject"], sender, recipients, mail["sent"]]


def _folded(addresses: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple((address or name).strip().casefold() for name, address in addresses if address or name)


def _packed(parts: quoting.Parts) -> list[Any]:
    taken = prints.of(parts)
    passages = [[one.n_words, one.head, one.kept.tolist()] for one in (taken.own, *taken.quoted)]
    return [passages, sorted(taken.named)]


def _unpacked(packed: list[Any] | None) -> Print:
    if packed is None:
        return Print()
    own, *quoted = (Passage(n_words, head, array("I", kept)) for n_words, head, kept in packed[0])
    return Print(own, tuple(quoted), frozenset(packed[1]))
