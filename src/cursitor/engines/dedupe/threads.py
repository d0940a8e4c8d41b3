"""
Which messages belong to one conversation, who answers whom, and which need reading because nothing later holds them.

Headers say it where they are there; else the Conversation-Index; else the words quoted and the subject.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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


def place(letters: Iterable[Letter]) -> dict[str, Placed]:
    """
    Return the place of each message by its id.

    The same messages give the same answer in whatever order they come. Messages join a thread when one names the
    other, or both name a third, in References or In-Reply-To; when their Conversation-Index begins alike; when one
    quotes the other; or when one is by its subject an answer and they have subject and people in common. The last two
    are tried only for messages whose own headers joined them to nothing.
    """
    ordered = sorted(letters, key=lambda letter: (letter.sent is None, letter.sent or _NEVER, letter.id))
    return _Placing(ordered).placed()


_NEVER = datetime.max.replace(tzinfo=UTC)


class _Placing:
    """One corpus on its way into threads. Messages are known by their position in the order of time."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = letters
        self.groups = _Sets()
        self.parents: dict[int, int] = {}
        self.missing: dict[int, list[str]] = defaultdict(list)
        self.by_id: dict[str, int] = {}
        for place, letter in enumerate(letters):
            if letter.message_id:
                self.by_id.setdefault(letter.message_id, place)

    def placed(self) -> dict[str, Placed]:
        joined = [self._by_headers(place) or self._by_index(place) for place in range(len(self.letters))]
        self._link_by_index()
        related = {name for name, n in self._sizes().items() if n > 1}
        alone = [place for place in range(len(self.letters)) if not (joined[place] and self._root(place) in related)]
        _ByWords(self).link(alone)
        return self._answers()

    def answers(self, place: int, parent: int) -> None:
        """Record that a message answers another, unless that would go round in a circle."""
        self.groups.join(f"place:{place}", f"place:{parent}")
        above: int | None = parent
        while above is not None and above != place:
            above = self.parents.get(above)
        if above is None:
            self.parents[place] = parent

    def _by_headers(self, place: int) -> bool:
        letter = self.letters[place]
        named = [name for name in dict.fromkeys((*letter.references, letter.in_reply_to)) if name]
        named = [name for name in named if name != letter.message_id]
        if letter.message_id:
            self.groups.join(f"place:{place}", f"id:{letter.message_id}")
        for name in named:
            self.groups.join(f"place:{place}", f"id:{name}")
        nearest = [letter.in_reply_to, *reversed(letter.references)]
        found = next((self.by_id[name] for name in nearest if name in self.by_id and self.by_id[name] != place), None)
        if found is not None:
            self.answers(place, found)
        self.missing[place] += [name for name in named if name not in self.by_id]
        return bool(named)

    def _by_index(self, place: int) -> bool:
        index = self.letters[place].conversation_index
        if len(index) < _INDEX_HEAD:
            return False
        self.groups.join(f"place:{place}", f"index:{index[:_INDEX_HEAD]}")
        return len(index) > _INDEX_HEAD

    def _link_by_index(self) -> None:
        """Let each message whose headers name no parent answer the nearest message above it in its conversation."""
        known: dict[str, int] = {}
        for place, letter in enumerate(self.letters):
            if len(letter.conversation_index) >= _INDEX_HEAD:
                known.setdefault(letter.conversation_index, place)
        for index, place in known.items():
            above = index[:-_INDEX_STEP]
            while len(above) >= _INDEX_HEAD and above not in known:
                above = above[:-_INDEX_STEP]
            if place not in self.parents and above in known:
                self.answers(place, known[above])

    def _sizes(self) -> dict[str, int]:
        sizes: dict[str, int] = defaultdict(int)
        for place in range(len(self.letters)):
            sizes[self._root(place)] += 1
        return sizes

    def _root(self, place: int) -> str:
        return self.groups.root(f"place:{place}")

    def _answers(self) -> dict[str, Placed]:
        names: dict[str, str] = {}
        for place, letter in enumerate(self.letters):
            own = letter.message_id or letter.id
            root = self._root(place)
            names[root] = min(names.get(root, own), own)
        spares, covered = self._spares(), self._covered()
        return {
            letter.id: Placed(
                thread=hashlib.sha256(names[self._root(place)].encode("utf-8", "surrogatepass")).hexdigest()[:16],
                parent=self.letters[self.parents[place]].id if place in self.parents else None,
                indent=sum(1 for _ in self._above(place)),
                inclusive=place not in covered and place not in spares,
                missing=tuple(self.missing[place]),
                spare_of=self.letters[spares[place]].id if place in spares else None,
            )
            for place, letter in enumerate(self.letters)
        }

    def _above(self, place: int) -> Iterator[int]:
        while place in self.parents:
            place = self.parents[place]
            yield place

    def _covered(self) -> set[int]:
        """Return the messages of which some answer holds every word and every attachment."""
        return {
            parent for place, parent in self.parents.items() if _holds_all(self.letters[place], self.letters[parent])
        }

    def _spares(self) -> dict[int, int]:
        """Return the messages that say nothing beside an earlier one of the thread, and which that is."""
        first: dict[tuple[str, str, str, Print, frozenset[str]], int] = {}
        spares = {}
        for place, letter in enumerate(self.letters):
            if not letter.words.own.n_words and not letter.words.quoted:
                continue
            key = (self._root(place), letter.sender, letter.bare_subject, letter.words, letter.attachments)
            if first.setdefault(key, place) != place:
                spares[place] = first[key]
        return spares


class _ByWords:
    """Joins messages by what they quote and what they are about, the earlier ones first."""

    def __init__(self, placing: _Placing) -> None:
        self.placing = placing
        self.letters = placing.letters
        self.heads: dict[int, list[int]] = defaultdict(list)
        self.kept: dict[int, list[int]] = defaultdict(list)
        self.subjects: dict[str, list[int]] = defaultdict(list)
        self.unknown: dict[tuple[str, int], int] = {}
        for place, letter in enumerate(self.letters):
            if letter.words.own.n_words:
                self.heads[letter.words.own.head].append(place)
            for shingle in sorted(letter.words.own.kept)[:_KNOWN_BY]:
                self.kept[shingle].append(place)
            if letter.bare_subject:
                self.subjects[letter.bare_subject].append(place)

    def link(self, places: Sequence[int]) -> None:
        for place in places:
            if not self._by_quotation(place):
                self._by_subject(place)

    def _by_quotation(self, place: int) -> bool:
        """Let a message answer the one it quotes; where that is missing, join it to those that quote the same."""
        letter = self.letters[place]
        for depth, passage in enumerate(letter.words.quoted):
            found = self._quoted_by(place, passage)
            if found is not None:
                self.placing.missing[place] += [""] * (depth > 0 and place not in self.placing.parents)
                self.placing.answers(place, found)
                return True
        if not letter.words.quoted:
            return False
        nearest = letter.words.quoted[0]
        self.placing.missing[place].append("")
        if nearest.n_words < HEAD and not (letter.is_answer and nearest.n_words >= _FEW):
            return False
        other = self.unknown.setdefault((letter.bare_subject, nearest.head), place)
        if other != place:
            self.placing.groups.join(f"place:{place}", f"place:{other}")
        return other != place

    def _quoted_by(self, place: int, passage: Passage) -> int | None:
        """Return the message whose own words a passage is, the latest of those that may be; None if none is."""
        letter = self.letters[place]
        found = []
        for other in self._alike(passage):
            if other == place or not self._may_answer(place, other):
                continue
            own = self.letters[other].words.own
            is_same = own.head == passage.head and abs(own.n_words - passage.n_words) <= max(_FEW, own.n_words // 2)
            held = passage.holds(own) if own.kept else float(is_same)
            if not is_same and (held < _HELD or len(own.kept) < 2):
                continue
            related = self._relation(letter, self.letters[other])
            if own.n_words < HEAD and related < 2:
                # A few words such as "Thanks" are in many messages: subject and people must agree as well.
                continue
            found.append((is_same + held + related, other))
        return max(found)[1] if found else None

    def _alike(self, passage: Passage) -> list[int]:
        found = dict.fromkeys(self.heads.get(passage.head, ())[-_LATEST:])
        for shingle in sorted(passage.kept)[:_LATEST]:
            found.update(dict.fromkeys(self.kept.get(shingle, ())[-_LATEST:]))
        return list(found)

    def _by_subject(self, place: int) -> None:
        """Let an answer without quotation answer the latest message of its subject between the same people."""
        letter = self.letters[place]
        if not letter.is_answer or len(letter.bare_subject) < _FEW:
            return
        same = self.subjects[letter.bare_subject]
        earlier = [one for one in same if self._is_before(one, place)][-_LATEST:]
        likely = [
            one for one in earlier if self._is_exchange(letter, self.letters[one]) and self._is_recent(one, place)
        ]
        if likely:
            self.placing.answers(place, max(likely, key=lambda one: (_overlap(letter, self.letters[one]), one)))
            return
        if letter.words.quoted:
            return
        for other in same:
            if (
                other != place
                and self.letters[other].is_answer
                and len(letter.people & self.letters[other].people) >= 2
            ):
                self.placing.groups.join(f"place:{place}", f"place:{other}")
                return

    def _may_answer(self, place: int, other: int) -> bool:
        return self._is_before(other, place) and place not in self.placing._above(other)

    def _is_before(self, one: int, other: int) -> bool:
        """Tell whether one message is older; where a date is missing it may be."""
        if self.letters[one].sent is None or self.letters[other].sent is None:
            return one != other
        return one < other

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
    return len(passage.kept) >= _FEW and any(other.holds(passage) >= _WHOLE for other in within)


class _Sets:
    """Disjoint sets of names."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def root(self, name: str) -> str:
        while (parent := self._parents.setdefault(name, name)) != name:
            self._parents[name] = self._parents[parent]
            name = parent
        return name

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first
