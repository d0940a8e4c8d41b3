"""Which messages belong to one conversation, from what they say themselves."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_PREFIX = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg|sv|tr|rv)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """
    A message as threading sees it. references: message ids it names, its own excluded, the one replied to among them.

    people: addresses of everybody on it, folded.
    """

    key: int
    message_id: str
    references: tuple[str, ...]
    subject: str
    people: frozenset[str]


def threads(letters: Iterable[Letter]) -> dict[int, str]:
    """
    Return the thread of each message by its key; messages with the same thread belong together.

    Two messages are joined when one names the other, or both name a third, in References or In-Reply-To; or when one
    is by its subject a reply or forward of the other's subject (8 letters and more) and they have two people in common.
    A thread's name is the SHA-256 of its smallest message id or key, so that the same messages give the same names.

    >>> one = Letter(1, "<a@x>", (), "Seal failure on car 61", frozenset({"ann@x", "bob@x"}))
    >>> answer = Letter(2, "<b@x>", ("<a@x>",), "Re: seal", frozenset({"bob@x"}))
    >>> found = threads([one, answer])
    >>> found[1] == found[2]
    True
    """
    ordered = sorted(letters, key=lambda letter: letter.key)
    joined = _Sets()
    for letter in ordered:
        for name in (letter.message_id, *letter.references):
            if name:
                joined.join(f"key:{letter.key}", f"id:{name}")
    _join_by_subject(ordered, joined)
    names: dict[str, str] = {}
    for letter in ordered:
        root = joined.root(f"key:{letter.key}")
        own = letter.message_id or f"key:{letter.key}"
        names[root] = min(names.get(root, own), own)
    return {
        letter.key: hashlib.sha256(names[joined.root(f"key:{letter.key}")].encode()).hexdigest() for letter in ordered
    }


def _join_by_subject(letters: list[Letter], joined: "_Sets") -> None:
    by_subject: dict[str, list[Letter]] = {}
    for letter in letters:
        bare = " ".join(_PREFIX.sub("", letter.subject).casefold().split())
        if len(bare) >= 8:
            by_subject.setdefault(bare, []).append(letter)
    for group in by_subject.values():
        for place, letter in enumerate(group):
            # Far apart in a long series of equal subjects nothing is gained and every pair would be compared.
            for other in group[max(0, place - 20) : place]:
                is_answer = bool(_PREFIX.match(letter.subject) or _PREFIX.match(other.subject))
                if is_answer and len(letter.people & other.people) >= 2:
                    joined.join(f"key:{letter.key}", f"key:{other.key}")


class _Sets:
    """Disjoint sets of names."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def root(self, name: str) -> str:
        while (parent := self.parents.setdefault(name, name)) != name:
            self.parents[name] = self.parents[parent]
            name = parent
        return name

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self.parents[second] = first
