"""Control numbers (Bates numbers): their form, and their allocation over families."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_FORM = re.compile(r"(?P<stem>.*?)(?P<digits>[0-9]{1,18})", re.DOTALL)
_SEPARATORS = "-_. "


class NotAControlNumber(ValueError):
    """Raised when a text does not end in digits."""


class NumberingExhausted(ValueError):
    """Raised when a number needs more digits than the numbering has."""


class FamilyInvalid(ValueError):
    """Raised when families repeat a document, hold none, or count less than one number for one."""


@dataclass(frozen=True, order=True)
class ControlNumber:
    """
    One control number: prefix, separator, and a number written with at least `digits` digits.

    Sorts by prefix, then separator, width and number. str() gives the written form.

    >>> str(ControlNumber("ABC", "-", 7, 418))
    'ABC-0000418'
    """

    prefix: str
    separator: str
    digits: int
    number: int

    def __str__(self) -> str:
        """Write the number as it stands on the document."""
        return f"{self.prefix}{self.separator}{self.number:0{self.digits}d}"

    def precedes(self, other: ControlNumber) -> bool:
        """Return whether `other` is the very next number of the same numbering."""
        return self.shares_form(other) and other.number == self.number + 1

    def shares_form(self, other: ControlNumber) -> bool:
        """Return whether both have the same prefix, separator and width."""
        return self._form() == other._form()

    def _form(self) -> tuple[str, str, int]:
        return self.prefix, self.separator, self.digits


def parse(text: str) -> ControlNumber:
    """
    Return the control number written in `text`, taking its trailing digits (18 at most) as the number.

    A single '-', '_', '.' or space before the digits is the separator. str(parse(text)) == text.strip() always.

    :raises NotAControlNumber: if the text does not end in a digit.

    >>> parse("ABC2020-000123")
    ControlNumber(prefix='ABC2020', separator='-', digits=6, number=123)
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise NotAControlNumber(f"{text!r} is not a control number: it does not end in digits.")
    stem, digits = found["stem"], found["digits"]
    separator = stem[-1:] if stem[-1:] and stem[-1] in _SEPARATORS else ""
    prefix = stem[: len(stem) - len(separator)]
    return ControlNumber(prefix, separator, len(digits), int(digits))


@dataclass(frozen=True)
class Numbering:
    """
    The form a production numbers by.

    prefix: no digit at its end where the separator is empty, or the number could not be read back.
    digits: 1 to 12.
    """

    prefix: str
    separator: str = ""
    digits: int = 7

    def __post_init__(self) -> None:
        """
        Refuse a form whose numbers could not be read back.

        :raises ValueError: saying which part is wrong.
        """
        if not 1 <= self.digits <= 12:
            raise ValueError(f"A control number has 1 to 12 digits, not {self.digits}.")
        if self.separator not in ("", *_SEPARATORS):
            raise ValueError(f"The separator is '-', '_', '.', a space or nothing, not {self.separator!r}.")
        if str(self.at(1)) != str(self.at(1)).strip() or parse(str(self.at(1))) != self.at(1):
            raise ValueError(f"Numbers with the prefix {self.prefix!r} could not be read back; end it with a letter.")

    def at(self, number: int) -> ControlNumber:
        """
        Return the control number with this number.

        :raises NumberingExhausted: if the number has more digits than the form, or is negative.
        """
        if not 0 <= number < 10**self.digits:
            raise NumberingExhausted(f"{number} cannot be written with {self.digits} digits.")
        return ControlNumber(self.prefix, self.separator, self.digits, number)


@dataclass(frozen=True)
class Member:
    """
    One document of a family, waiting for its numbers.

    document: the caller's id. parent: id of the document it is attached to, None for the head. n_numbers: how many
    numbers it takes, one per page or one for a native; at least 1.
    """

    document: str
    parent: str | None = None
    n_numbers: int = 1


@dataclass(frozen=True)
class Allocation:
    """
    The numbers of one document.

    begin, end: first and last number, both included. attach_begin, attach_end: the span of the whole family.
    parent_begin: first number of the document it is attached to, None for the head. n_attachments: documents directly
    attached to this one.
    """

    document: str
    begin: ControlNumber
    end: ControlNumber
    attach_begin: ControlNumber
    attach_end: ControlNumber
    parent_begin: ControlNumber | None
    n_attachments: int
    family_size: int


def allocate(families: Iterable[Sequence[Member]], *, numbering: Numbering, first: int = 1) -> tuple[Allocation, ...]:
    """
    Return numbers for every document, without gap, families one after another.

    Within a family the head is numbered first and every attachment directly after the document it is attached to, its
    own attachments before its next sibling, whatever the order given; siblings keep the order given. (Attachments
    directly after their parent: Zajonc v. Morgan Stanley, N.D. Cal. 2015.)

    :raises FamilyInvalid: if a family is empty, has no or several heads, names an unknown parent, or a document comes
        twice.
    :raises NumberingExhausted: if the numbers run out.
    """
    allocations: list[Allocation] = []
    seen: set[str] = set()
    for family in families:
        ordered = _depth_first(family)
        _refuse_repeats(ordered, seen)
        numbered = _number(ordered, numbering, first)
        first = numbered[-1].end.number + 1
        allocations.extend(numbered)
    return tuple(allocations)


def _refuse_repeats(family: Sequence[Member], seen: set[str]) -> None:
    for member in family:
        if member.document in seen:
            raise FamilyInvalid(f"Document {member.document} is to be numbered twice.")
        if member.n_numbers < 1:
            raise FamilyInvalid(f"Document {member.document} needs at least one number, not {member.n_numbers}.")
        seen.add(member.document)


def _depth_first(family: Sequence[Member]) -> list[Member]:
    heads = [member for member in family if member.parent is None]
    if len(heads) != 1:
        ids = ", ".join(member.document for member in family) or "no document"
        raise FamilyInvalid(f"A family has exactly one head; this one has {len(heads)}: {ids}.")
    children: dict[str, list[Member]] = {}
    for member in family:
        if member.parent is not None:
            children.setdefault(member.parent, []).append(member)
    ordered: list[Member] = []
    waiting = heads
    while waiting:
        member = waiting.pop()
        ordered.append(member)
        waiting.extend(reversed(children.pop(member.document, [])))
    if children:
        raise FamilyInvalid(f"Attachments name a parent outside their family: {', '.join(sorted(children))}.")
    return ordered


def _number(ordered: Sequence[Member], numbering: Numbering, first: int) -> list[Allocation]:
    begins: dict[str, ControlNumber] = {}
    ends: dict[str, ControlNumber] = {}
    for member in ordered:
        begins[member.document] = numbering.at(first)
        ends[member.document] = numbering.at(first + member.n_numbers - 1)
        first += member.n_numbers
    n_children = Counter(member.parent for member in ordered)
    head, tail = ordered[0].document, ordered[-1].document
    return [
        Allocation(
            document=member.document,
            begin=begins[member.document],
            end=ends[member.document],
            attach_begin=begins[head],
            attach_end=ends[tail],
            parent_begin=_begin_of(member.parent, begins),
            n_attachments=n_children[member.document],
            family_size=len(ordered),
        )
        for member in ordered
    ]


def _begin_of(parent: str | None, begins: Mapping[str, ControlNumber]) -> ControlNumber | None:
    return None if parent is None else begins[parent]
