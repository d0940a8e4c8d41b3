"""The privilege log: what is withheld or redacted and why, saying enough and not too much, in the form agreed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cursitor.engines.production import numbering

COLUMNS = (
    "Log no.", "Begin", "End", "Family", "Date", "Type", "From", "To", "CC", "BCC", "Attorneys", "Description",
    "Basis", "Treatment", "Redacted pages", "Custodian", "Privilege holder", "Notes", "Reviewer", "Approver",
)  # fmt: skip
"""The columns of a document-by-document log (FRCP 26(b)(5)(A): enough to assess the claim without revealing it)."""

METADATA_COLUMNS = tuple(
    name for name in COLUMNS if name not in ("Attorneys", "Description", "Privilege holder", "Notes")
)
"""The columns of a metadata log: what the documents themselves say, no description."""

CATEGORICAL_COLUMNS = (
    "Category no.", "Basis", "Type", "Treatment", "First date", "Last date", "Undated", "Documents", "Numbers",
)  # fmt: skip
"""The columns of a categorical log."""

_NEUTRAL_WORDS = (
    "a an and as at attached attaching attachment attorney attorneys between by client communication confidential "
    "containing counsel document draft email e mail for from in legal letter memorandum message of on or privileged "
    "prepared re regarding reflecting request requesting response fw fwd the to with work product advice"
)
_NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
_RUN = 3


class Form(StrEnum):
    """How much a log says: of each document, of each document what it says itself, or of kinds of documents."""

    DOCUMENT = "document"
    METADATA = "metadata"
    CATEGORICAL = "categorical"


class Basis(StrEnum):
    """On what ground a document is kept back."""

    ATTORNEY_CLIENT = "ATTORNEY_CLIENT"
    WORK_PRODUCT_FACT = "WORK_PRODUCT_FACT"
    WORK_PRODUCT_OPINION = "WORK_PRODUCT_OPINION"
    COMMON_INTEREST = "COMMON_INTEREST"
    JOINT_DEFENCE = "JOINT_DEFENCE"
    OTHER = "OTHER"


BASIS_WORDS = {
    Basis.ATTORNEY_CLIENT: "Attorney-client privilege",
    Basis.WORK_PRODUCT_FACT: "Work product (fact)",
    Basis.WORK_PRODUCT_OPINION: "Work product (opinion)",
    Basis.COMMON_INTEREST: "Common interest",
    Basis.JOINT_DEFENCE: "Joint defence",
    Basis.OTHER: "Other",
}


class Treatment(StrEnum):
    """What was done with the document."""

    WITHHELD = "WITHHELD"
    REDACTED = "REDACTED"


class DescriptionReveals(ValueError):
    """Raised when a description repeats what the log must not reveal. Names the words."""


class EntryIncomplete(ValueError):
    """Raised when a log entry lacks what makes the claim assessable. Names what is missing."""


@dataclass(frozen=True)
class Person:
    """Somebody on a document, under the name settled once for the matter."""

    name: str
    is_attorney: bool = False
    is_third_party: bool = False


@dataclass(frozen=True)
class Entry:
    """
    One document for the log.

    document: the caller's id. begin, end: control numbers as written, empty where it got none. family: begin of the
    family's head. subject, file_name: the document's own, never printed, only compared with the description.
    redacted_pages: control numbers of redacted pages.
    """

    document: str
    begin: str
    end: str
    family: str
    on: date | None
    document_type: str
    author: Person | None
    to: Sequence[Person]
    description: str
    bases: Sequence[Basis]
    treatment: Treatment
    cc: Sequence[Person] = ()
    bcc: Sequence[Person] = ()
    subject: str = ""
    file_name: str = ""
    redacted_pages: Sequence[str] = ()
    custodian: str = ""
    holder: str = ""
    notes: str = ""
    reviewer: str = ""
    approver: str = ""

    @property
    def people(self) -> tuple[Person, ...]:
        """Return everybody on the document."""
        return ((self.author,) if self.author else ()) + (*self.to, *self.cc, *self.bcc)


@dataclass(frozen=True)
class Doubt:
    """Something a claim may founder on. code: THIRD_PARTY_PRESENT, NO_ATTORNEY, NO_HOLDER or NO_APPROVER."""

    code: str
    document: str
    sentence: str


def rows(entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """
    Return the lines of the log, numbered from 1 in the order given, one value per column of COLUMNS.

    Attorneys carry an asterisk wherever they are named.

    :raises EntryIncomplete: if an entry has no type, no basis, no description, or is redacted without pages.
    :raises DescriptionReveals: see `refuse_revealing`.
    """
    lines = []
    for number, entry in enumerate(entries, 1):
        _refuse_incomplete(entry)
        refuse_revealing(entry.description, subject=entry.subject, file_name=entry.file_name)
        lines.append(_row(number, entry))
    return tuple(lines)


def metadata_rows(entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """
    Return the lines of a metadata log, one value per column of METADATA_COLUMNS.

    :raises EntryIncomplete: as `rows`, but no description is asked for.
    """
    places = [COLUMNS.index(name) for name in METADATA_COLUMNS]
    lines = []
    for number, entry in enumerate(entries, 1):
        _refuse_incomplete(entry, is_described=False)
        line = _row(number, entry)
        lines.append(tuple(line[place] for place in places))
    return tuple(lines)


def categorical_rows(entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """
    Return one line per basis, type and treatment, the largest first, one value per column of CATEGORICAL_COLUMNS.

    Numbers are ranges without gap; documents that got no number are counted behind them.

    :raises EntryIncomplete: as `metadata_rows`.
    """
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        _refuse_incomplete(entry, is_described=False)
        groups.setdefault((_grounds(entry), entry.document_type, entry.treatment.capitalize()), []).append(entry)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(_category(number, key, members) for number, (key, members) in enumerate(ordered, 1))


def table(entries: Iterable[Entry], form: Form) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """
    Return the columns and the lines of a log in the form agreed on.

    :raises EntryIncomplete: DescriptionReveals: as `rows`, for a document-by-document log; the others ask for less.
    """
    if form is Form.CATEGORICAL:
        return CATEGORICAL_COLUMNS, categorical_rows(entries)
    if form is Form.METADATA:
        return METADATA_COLUMNS, metadata_rows(entries)
    return COLUMNS, rows(entries)


def refuse_revealing(description: str, *, subject: str, file_name: str = "") -> None:
    """
    Refuse a description that holds the subject or file name, or three words in a row of either.

    Words that any description may use (attorney, legal advice, draft, ...) do not count on their own. Case,
    punctuation, 're:', 'fw:' and the file's extension are ignored.

    :raises DescriptionReveals: naming the words.
    """
    said = _words(description)
    for secret in (_words(subject), _words(re.sub(r"\.\w{1,5}$", "", file_name))):
        length = min(_RUN, len(secret))
        repeated = set(_runs(said, length))
        for run in _runs(secret, length):
            if run in repeated and not set(run) <= _NEUTRAL:
                raise DescriptionReveals(
                    f"The description repeats \u201c{' '.join(run)}\u201d from the document; describe it without."
                )


def doubts(entries: Iterable[Entry]) -> tuple[Doubt, ...]:
    """Return what a claim may founder on: a third party on the document, no attorney on it, no holder, no approver."""
    found = []
    for entry in entries:
        name = entry.begin or entry.document
        strangers = ", ".join(person.name for person in entry.people if person.is_third_party)
        claims_advice = Basis.ATTORNEY_CLIENT in entry.bases
        shares_interest = {Basis.COMMON_INTEREST, Basis.JOINT_DEFENCE} & set(entry.bases)
        if strangers and not shares_interest:
            sentence = f"{name}: a third party is on it ({strangers}); the privilege may be waived."
            found.append(Doubt("THIRD_PARTY_PRESENT", entry.document, sentence))
        if claims_advice and not any(person.is_attorney for person in entry.people):
            found.append(Doubt("NO_ATTORNEY", entry.document, f"{name}: nobody on it is marked as an attorney."))
        if not entry.holder:
            found.append(Doubt("NO_HOLDER", entry.document, f"{name}: it does not say whose privilege it is."))
        if not entry.approver:
            found.append(Doubt("NO_APPROVER", entry.document, f"{name}: nobody approved the call."))
    return tuple(found)


def _row(number: int, entry: Entry) -> tuple[str, ...]:
    attorneys = dict.fromkeys(person.name for person in entry.people if person.is_attorney)
    return (
        str(number),
        entry.begin,
        entry.end,
        entry.family,
        "" if entry.on is None else entry.on.isoformat(),
        entry.document_type,
        _named((entry.author,) if entry.author else ()),
        _named(entry.to),
        _named(entry.cc),
        _named(entry.bcc),
        "; ".join(attorneys),
        entry.description,
        _grounds(entry),
        entry.treatment.capitalize(),
        "; ".join(entry.redacted_pages),
        entry.custodian,
        entry.holder,
        entry.notes,
        entry.reviewer,
        entry.approver,
    )


def _category(number: int, key: tuple[str, str, str], members: Sequence[Entry]) -> tuple[str, ...]:
    days = sorted(entry.on for entry in members if entry.on is not None)
    unnumbered = sum(not entry.begin for entry in members)
    numbers = "; ".join(_ranges(entry for entry in members if entry.begin))
    return (
        str(number),
        *key,
        days[0].isoformat() if days else "",
        days[-1].isoformat() if days else "",
        str(len(members) - len(days)),
        str(len(members)),
        numbers + (f" ({unnumbered} without a number)" if unnumbered else ""),
    )


def _ranges(entries: Iterable[Entry]) -> list[str]:
    """Return the numbers of documents as ranges, those that follow each other as one."""
    numbers = ((numbering.parse(entry.begin), numbering.parse(entry.end or entry.begin)) for entry in entries)
    merged: list[tuple[numbering.ControlNumber, numbering.ControlNumber]] = []
    for begin, end in sorted(numbers):
        latest = merged[-1][1] if merged else None
        if latest is not None and begin == replace(latest, number=latest.number + 1):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return [str(begin) if begin == end else f"{begin} to {end}" for begin, end in merged]


def _grounds(entry: Entry) -> str:
    return "; ".join(BASIS_WORDS[basis] for basis in entry.bases)


def _refuse_incomplete(entry: Entry, *, is_described: bool = True) -> None:
    missing = [
        what
        for what, is_there in (
            ("a document type", bool(entry.document_type.strip())),
            ("a basis", bool(entry.bases)),
            ("a description", bool(entry.description.strip()) or not is_described),
            ("redacted pages", bool(entry.redacted_pages) or entry.treatment is not Treatment.REDACTED),
        )
        if not is_there
    ]
    if missing:
        raise EntryIncomplete(f"{entry.begin or entry.document} lacks {' and '.join(missing)}.")


def _named(people: Sequence[Person]) -> str:
    return "; ".join(f"{person.name}*" if person.is_attorney else person.name for person in people)


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """Yield every so many words in a row; none where that is none at all."""
    return zip(*(words[start:] for start in range(length)), strict=False)


def _words(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    while words and words[0] in ("re", "fw", "fwd"):
        words.pop(0)
    return words
