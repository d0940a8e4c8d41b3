"""
Which messages belong to one conversation, who answers whom, and which need reading because nothing later holds them.

Headers say it where they are there; else the Conversation-Index; else the words quoted and the subject.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from cursitor.engines.dedupe import compact
from cursitor.engines.dedupe.compact import Entries, Firsts, Groups, Postings
from cursitor.engines.dedupe.prints import HEAD, Passage, Print

VERSION = "2026.1"

_PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|aw|wg|sv|vs|tr|rv|enc|res|antw|odp|\u0438\u0437|\u043e\u0442\u0432)\s*(?:\[\d+\]|\(\d+\))?\s*:\s*|\[[^\]]{1,40}\]\s*)+",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\b(?:re|fw|fwd|aw|wg|sv|vs|tr|rv|enc|res|antw|odp)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.IGNORECASE)
_FORWARDED = re.compile(r"^\s*(?:fwd?|wg|vs|tr|rv|enc|i)\s*:", re.IGNORECASE)
_TAIL = re.compile(r"\s*\((?:fwd?|weitergeleitet)\)\s*$", re.IGNORECASE)
_INDEX_HEAD, _INDEX_STEP = 44, 10
"""Hexadecimal digits of a Conversation-Index: 22 bytes for the conversation, 5 more for each answer (MS-OXOMSG)."""

LONGEST = timedelta(days=60)
"""An answer that quotes nothing is looked for among messages of the same subject that are no older than this."""

_HELD = 0.8
_WHOLE = 0.95
_FEW = 3
_LATEST = 40
_KNOWN_BY = 4
"""Shingles by which a message is found: whoever quotes most of it quotes one of the smallest of them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """
    A message as threading sees it. People are folded addresses; ids have their angle brackets.

    sent: aware, or None. conversation_index: hexadecimal, may be empty. attachments: SHA-256 of each.
    """

    id: str
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    conversation_index: str = ""
    subject: str = ""
    sender: str = ""
    recipients: frozenset[str] = frozenset()
    sent: datetime | None = None
    words: Print = field(default_factory=Print)
    attachments: frozenset[str] = frozenset()

    @property
    def people(self) -> frozenset[str]:
        """Return everybody on the message."""
        return self.recipients | ({self.sender} if self.sender else set())

    @property
    def bare_subject(self) -> str:
        """Return the subject without marks of answer and forward and list names, folded."""
        return " ".join(_TAIL.sub("", _PREFIX.sub("", self.subject)).casefold().split())

    @property
    def is_forward(self) -> bool:
        """Tell whether the subject begins as that of a forward."""
        return bool(_FORWARDED.match(self.subject) or _TAIL.search(self.subject))

    @property
    def is_answer(self) -> bool:
        """Tell whether the subject says that this answers or forwards another message."""
        marks = _PREFIX.match(self.subject)
        return bool((marks and _ANSWER.search(marks.group())) or _TAIL.search(self.subject))


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A message's place.

    thread: the same for all messages of a conversation, 16 hexadecimal digits. parent: id of the message it answers,
    None if there is none here. indent: answers above it. inclusive: it must be read, for no later message of the
    thread holds all of its words and attachments. missing: ids of messages it names that are not here; a message that
    it quotes and that is not here stands as an empty string. spare_of: id of a message of the thread from the same
    sender with the same words and attachments.
    """

    thread: str
    parent: str | None
    indent: int
    inclusive: bool
    missing: tuple[str, ...] = ()
    spare_of: str | None = None


def place(letters: Sequence[Letter]) -> Iterator[tuple[int, Placed]]:
    """
    Yield the place of each message with its position, in the order of time.

    letters: asked for several times, most of them in the order of time, so that a corpus need not be in memory.
    The same messages give the same answer in whatever order they come. Messages join a thread when one names the
    other, or both name a third, in References or In-Reply-To; when their Conversation-Index begins alike; when one
    quotes the other; or when one is by its subject an answer and they have subject and people in common. The last two
    are tried only for messages whose own headers joined them to nothing.
    """
    return _Placing(letters).placed()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NEVER = 2**63 - 1


class _Noted:
    """What is held of each message: numbers by its position, taken in one pass."""

    def __init__(self, letters: Iterable[Letter]) -> None:
        self.times, self.ids, self.said = array("q"), array("Q"), array("Q")
        self.heads, self.n_words, self.n_kept = array("I"), array("I"), array("I")
        self.has_headers, self.has_words = bytearray(), bytearray()
        self.known_by, self.subjects, self.answers = Entries(are_wide=False), Entries(), Entries()
        for position, letter in enumerate(letters):
            self._note(position, letter)

    def _note(self, position: int, letter: Letter) -> None:
        own, subject, is_answer = letter.words.own, letter.bare_subject, letter.is_answer
        self.times.append(_NEVER if letter.sent is None else (letter.sent - _EPOCH) // _MICROSECOND)
        self.ids.append(compact.number(letter.message_id) if letter.message_id else 0)
        self.said.append(_said(letter) if own.n_words or letter.words.quoted else 0)
        self.heads.append(own.head)
        self.n_words.append(own.n_words)
        self.n_kept.append(len(own.kept))
        self.has_headers.append(bool(_named(letter)) or len(letter.conversation_index) >= _INDEX_HEAD)
        self.has_words.append(bool(letter.words.quoted) or (is_answer and len(subject) >= _FEW))
        for shingle in own.kept[:_KNOWN_BY]:
            self.known_by.add(shingle, position)
        if subject:
            self.subjects.add(compact.number(subject), position)
            for person in letter.people if is_answer else ():
                self.answers.add(_about(subject, person), position)


def _said(letter: Letter) -> int:
    """Return a number for all that two messages agree in of which one says nothing beside the other."""
    passages = [(one.n_words, one.head, one.kept.tobytes()) for one in (letter.words.own, *letter.words.quoted)]
    who = letter.sender, letter.bare_subject, sorted(letter.words.named), sorted(letter.attachments)
    return compact.number(repr((who, passages)))


def _about(subject: str, person: str) -> int:
    return compact.number(f"{person} {subject}")


class _InTime(Sequence[Letter]):
    """Messages by their place in the order of time; those without a date are at the end."""

    def __init__(self, letters: Sequence[Letter], times: array[int]) -> None:
        self._letters = letters
        order, bounds = compact.runs(np.asarray(times))
        for at in np.flatnonzero(np.diff(bounds) > 1):
            same = slice(bounds[at], bounds[at + 1])
            order[same] = sorted(order[same].tolist(), key=lambda position: letters[position].id)
        self.positions = order.astype(np.int32)
        self.places = np.argsort(self.positions, kind="stable").astype(np.int32)
        self.n_dated = len(times) - times.count(_NEVER)

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, place: int) -> Letter:  # type: ignore[override]
        return self._letters[int(self.positions[place])]

    def sorted(self, noted: array[int] | bytearray) -> memoryview[int]:
        """Return numbers, which are in the order of messages as they came, by place."""
        return np.asarray(noted)[self.positions].data

    def posted(self, entries: Entries) -> Postings:
        """Return what was noted by position by place."""
        return Postings(entries, self.places)

    def is_before(self, one: int, other: int) -> bool:
        """Tell whether one message is older; where a date is missing it may be."""
        return one < other if max(one, other) < self.n_dated else one != other


class _Placing:
    """
    One corpus on its way into threads. Messages are known by their place in the order of time.

    Held of each are some dozen numbers, no names and no words.
    """

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.noted = _Noted(letters)
        self.letters = _InTime(letters, self.noted.times)
        self.groups = Groups(len(letters))
        self.parents = array("i", [-1]) * len(letters)
        self.n_unnamed = bytearray(len(letters))
        """How many messages each quotes that are neither here nor named."""
        ids = Entries()
        for position, number in enumerate(self.noted.ids):
            if number:
                ids.add(number, position)
        self.by_id = self.letters.posted(ids)

    def placed(self) -> Iterator[tuple[int, Placed]]:
        joined = self._by_headers()
        roots = self.groups.roots()
        is_alone = ~joined | (np.bincount(roots, minlength=len(roots))[roots] == 1)
        has_words = np.asarray(self.letters.sorted(self.noted.has_words), np.bool_)
        _ByWords(self).link(np.flatnonzero(is_alone & has_words).tolist())
        return self._answers()

    def answers(self, place: int, parent: int) -> None:
        """Record that a message answers another, unless that would go round in a circle."""
        self.groups.join(place, parent)
        if place != parent and place not in self.above(parent):
            self.parents[place] = parent

    def above(self, place: int) -> Iterator[int]:
        """Yield the messages that a message answers, the nearest first."""
        while (place := self.parents[place]) >= 0:
            yield place

    def _by_headers(self) -> npt.NDArray[np.bool_]:
        """Join messages by what their headers say; tell of each whether they say anything."""
        firsts, indices, joined = Firsts(), Firsts(), np.zeros(len(self.letters), np.bool_)
        indexed = array("i")
        ids, has_headers = self.letters.sorted(self.noted.ids), self.letters.sorted(self.noted.has_headers)
        for place in range(len(self.letters)):
            if ids[place]:
                self.groups.join(place, firsts.setdefault(ids[place], place))
            if not has_headers[place]:
                continue
            letter = self.letters[place]
            named, index = _named(letter), letter.conversation_index
            for name in named or ([f"\0{index[:_INDEX_HEAD]}"] if len(index) >= _INDEX_HEAD else ()):
                self.groups.join(place, firsts.setdefault(compact.number(name), place))
            joined[place] = bool(named) or len(index) > _INDEX_HEAD
            if len(index) >= _INDEX_HEAD and indices.setdefault(compact.number(index), place) == place:
                indexed.append(place)
            nearest = (letter.in_reply_to, *reversed(letter.references))
            found = (self.by_id.first(compact.number(name)) for name in nearest if name)
            parent = next((one for one in found if one is not None and one != place), None)
            if parent is not None:
                self.answers(place, parent)
        for place in indexed:
            self._link_by_index(place, indices)
        return joined

    def _link_by_index(self, place: int, indices: Firsts) -> None:
        """Let a message whose headers name no parent answer the nearest message above it in its conversation."""
        above = self.letters[place].conversation_index[:-_INDEX_STEP]
        while len(above) >= _INDEX_HEAD:
            parent = indices.get(compact.number(above))
            if parent is not None:
                if self.parents[place] < 0:
                    self.answers(place, parent)
                return
            above = above[:-_INDEX_STEP]

    def _answers(self) -> Iterator[tuple[int, Placed]]:
        roots = self.groups.roots()
        names, spares, covered = self._names(roots), self._spares(roots), self._covered()
        for place, letter in enumerate(self.letters):
            parent, spare = self.parents[place], spares[place]
            name = self._name(names[roots[place]])
            yield (
                int(self.letters.positions[place]),
                Placed(
                    thread=hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16],
                    parent=self.letters[parent].id if parent >= 0 else None,
                    indent=sum(1 for _ in self.above(place)),
                    inclusive=not covered[place] and spare < 0,
                    missing=(*self._missing(letter), *[""] * self.n_unnamed[place]),
                    spare_of=self.letters[spare].id if spare >= 0 else None,
                ),
            )

    def _missing(self, letter: Letter) -> Iterator[str]:
        return (name for name in _named(letter) if self.by_id.first(compact.number(name)) is None)

    def _names(self, roots: npt.NDArray[np.int32]) -> array[int]:
        """Return for each root the message of its group whose name comes first."""
        found = array("i", [-1]) * len(self.letters)
        for place, root in enumerate(roots.tolist()):
            if found[root] < 0 or self._name(place) < self._name(found[root]):
                found[root] = place
        return found

    def _name(self, place: int) -> str:
        letter = self.letters[place]
        return letter.message_id or letter.id

    def _covered(self) -> bytearray:
        """Tell of each message whether some answer holds every word and every attachment of it."""
        found = bytearray(len(self.letters))
        for place, parent in enumerate(self.parents):
            if parent >= 0 and not found[parent]:
                found[parent] = _holds_all(self.letters[place], self.letters[parent])
        return found

    def _spares(self, roots: npt.NDArray[np.int32]) -> array[int]:
        """Return which earlier one of the thread each message says nothing beside, -1 for most."""
        firsts, found = Firsts(), array("i", [-1]) * len(self.letters)
        said = self.letters.sorted(self.noted.said)
        for place, root in enumerate(roots.tolist()):
            if said[place]:
                first = firsts.setdefault(compact.number(f"{root} {said[place]}"), place)
                if first != place:
                    found[place] = first
        return found


def _named(letter: Letter) -> list[str]:
    """Return the ids of the messages that the headers of a message name, the message itself left out."""
    named = dict.fromkeys((*letter.references, letter.in_reply_to))
    return [name for name in named if name and name != letter.message_id]


class _ByWords:
    """Joins messages by what they quote and what they are about, the earlier ones first."""

    def __init__(self, placing: _Placing) -> None:
        self.placing = placing
        self.letters = placing.letters
        noted = placing.noted
        self.n_words, self.n_kept = self.letters.sorted(noted.n_words), self.letters.sorted(noted.n_kept)
        self.heads = self.letters.sorted(noted.heads)
        with_words = Entries(are_wide=False)
        for position, (head, n_words) in enumerate(zip(noted.heads, noted.n_words, strict=True)):
            if n_words:
                with_words.add(head, position)
        self.by_head, self.by_kept = self.letters.posted(with_words), self.letters.posted(noted.known_by)
        self.subjects, self.answers = self.letters.posted(noted.subjects), self.letters.posted(noted.answers)
        self.unknown = Firsts()

    def link(self, places: Iterable[int]) -> None:
        for place in places:
            if not self._by_quotation(place):
                self._by_subject(place)

    def _by_quotation(self, place: int) -> bool:
        """Let a message answer the one it quotes; where that is missing, join it to those that quote the same."""
        letter = self.letters[place]
        for depth, passage in enumerate(letter.words.quoted):
            found = self._quoted_by(place, passage)
            if found is not None:
                self.placing.n_unnamed[place] += depth > 0 and self.placing.parents[place] < 0
                self.placing.answers(place, found)
                return True
        if not letter.words.quoted:
            return False
        nearest = letter.words.quoted[0]
        self.placing.n_unnamed[place] += 1
        if nearest.n_words < HEAD and not (letter.is_answer and nearest.n_words >= _FEW):
            return False
        other = self.unknown.setdefault(compact.number(f"{nearest.head} {letter.bare_subject}"), place)
        if other != place:
            self.placing.groups.join(place, other)
        return other != place

    def _quoted_by(self, place: int, passage: Passage) -> int | None:
        """Return the message whose own words a passage is, the latest of those that may be; None if none is."""
        letter, kept = self.letters[place], frozenset(passage.kept)
        found = []
        for other in self._alike(passage):
            n_words, n_kept = self.n_words[other], self.n_kept[other]
            is_same = self.heads[other] == passage.head and abs(n_words - passage.n_words) <= max(_FEW, n_words // 2)
            may_hold = n_kept >= 2 and len(kept) / n_kept >= _HELD
            if other == place or not (is_same or may_hold) or not self._may_answer(place, other):
                continue
            own = self.letters[other].words.own
            held = own.held_by(kept) if n_kept else float(is_same)
            if not is_same and held < _HELD:
                continue
            related = self._relation(letter, self.letters[other])
            if n_words < HEAD and related < 2:
                # A few words such as "Thanks" are in many messages: subject and people must agree as well.
                continue
            found.append((is_same + held + related, other))
        return max(found)[1] if found else None

    def _alike(self, passage: Passage) -> list[int]:
        found = dict.fromkeys(self.by_head.latest(passage.head, _LATEST))
        for shingle in passage.kept[:_LATEST]:
            found.update(dict.fromkeys(self.by_kept.latest(shingle, _LATEST)))
        return list(found)

    def _by_subject(self, place: int) -> None:
        """Let an answer without quotation answer the latest message of its subject between the same people."""
        letter = self.letters[place]
        if not letter.is_answer or len(letter.bare_subject) < _FEW:
            return
        same = self.subjects.of(compact.number(letter.bare_subject))
        earlier = self._earlier(same, place)
        likely = [
            one for one in earlier if self._is_exchange(letter, self.letters[one]) and self._is_recent(one, place)
        ]
        if likely:
            self.placing.answers(place, max(likely, key=lambda one: (_overlap(letter, self.letters[one]), one)))
            return
        if letter.words.quoted:
            return
        other = self._answer_between(letter, place)
        if other is not None:
            self.placing.groups.join(place, other)

    def _answer_between(self, letter: Letter, place: int) -> int | None:
        """Return the first other answer of the subject that is between two of the same people at least."""
        found = [np.asarray(self.answers.of(_about(letter.bare_subject, person))) for person in letter.people]
        if not found:
            return None
        *few, most = sorted(found, key=len)
        # Whoever shares two people is found by one of those who have answered less than the busiest.
        places = np.sort(np.concatenate([most[:0], *few]))
        is_shared = np.isin(places, most)
        is_shared[1:] |= places[1:] == places[:-1]
        return next((one for one in places[is_shared].tolist() if one != place), None)

    def _earlier(self, same: Sequence[int], place: int) -> list[int]:
        """Return the latest of some messages that are before one."""
        if place < self.letters.n_dated:
            # Before it are the earlier ones, and all without a date, which stand at the end.
            at, undated = bisect_left(same, place), same[bisect_left(same, self.letters.n_dated) :]
            return [*same[max(0, at - _LATEST) : at], *undated[-_LATEST:]][-_LATEST:]
        return [one for one in same[-_LATEST - 1 :] if one != place][-_LATEST:]

    def _may_answer(self, place: int, other: int) -> bool:
        return self.letters.is_before(other, place) and place not in self.placing.above(other)

    def _is_recent(self, one: int, other: int) -> bool:
        first, last = self.letters[one].sent, self.letters[other].sent
        return first is None or last is None or last - first <= LONGEST

    def _relation(self, letter: Letter, other: Letter) -> int:
        """Return 0 to 3: the subject agrees, the quotation names the sender, people are in common."""
        subject = bool(letter.bare_subject) and letter.bare_subject == other.bare_subject
        return subject + (other.sender in letter.words.named) + bool(letter.people & other.people)

    def _is_exchange(self, letter: Letter, other: Letter) -> bool:
        """Tell whether who sends one message was on the other and writes back to its sender, or passes it on."""
        if letter.sender not in other.people:
            return False
        return other.sender in letter.people or letter.is_forward


def _overlap(letter: Letter, other: Letter) -> float:
    """Return how much two messages are between the same people, rounded, so that of the nearly same the latest wins."""
    return round(2 * len(letter.people & other.people) / max(1, len(letter.people) + len(other.people)), 1)


def _holds_all(letter: Letter, parent: Letter) -> bool:
    if parent.attachments - letter.attachments:
        return False
    passages = (parent.words.own, *parent.words.quoted)
    return all(_is_held(passage, letter.words.quoted) for passage in passages if passage.n_words)


def _is_held(passage: Passage, within: Sequence[Passage]) -> bool:
    if any(passage.head == other.head and passage.n_words == other.n_words for other in within):
        return True
    return len(passage.kept) >= _FEW and any(passage.held_by(frozenset(other.kept)) >= _WHOLE for other in within)
