"""What must be settled before a production may leave."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What happens to a selected document."""

    PRODUCE = "PRODUCE"
    WITHHOLD = "WITHHOLD"
    EXCLUDE = "EXCLUDE"


@dataclass(frozen=True)
class GatedDocument:
    """
    One selected document before release.

    family, duplicates: ids of its family and of its group of exact duplicates. disposition: None while uncoded.
    is_privileged: coded privileged in whole or part. is_logged: stands in the privilege log. has_privilege_hit: a
    privilege term or name hits it. had_second_look: a second reviewer looked at privilege. must_agree: further coding
    in which exact duplicates must not differ, such as the confidentiality designation.
    """

    document: str
    family: str
    duplicates: str
    disposition: Disposition | None
    is_privileged: bool = False
    is_logged: bool = False
    has_privilege_hit: bool = False
    had_second_look: bool = False
    must_agree: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blocker:
    """One reason why nothing leaves yet. ids: the documents concerned, in the order given."""

    code: str
    sentence: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """How many documents were selected, and what became of them, counted where each was done."""

    selected: int
    produced: int
    withheld: int
    excluded: int


def blockers(documents: Sequence[GatedDocument], *, counts: Counts) -> tuple[Blocker, ...]:
    """
    Return everything that stands in the way of release; nothing does when the result is empty.

    Gates: DOCUMENT_REPEATED, UNCODED, PRIVILEGED_PRODUCED, PRIVILEGED_NOT_LOGGED (a privileged or withheld member, not
    logged, of a family that is not wholly excluded), DUPLICATES_DIFFER, PRIVILEGE_HIT_UNSEEN, COUNTS_DIFFER. counts
    come from the package that was written, not from `documents`: that is what makes the last gate a check.
    """
    found = (
        _document_repeated(documents),
        _uncoded(documents),
        _privileged_produced(documents),
        _privileged_not_logged(documents),
        _duplicates_differ(documents),
        _privilege_hit_unseen(documents),
        _counts_differ(documents, counts),
    )
    return tuple(blocker for blocker in found if blocker is not None)


def _blocker(code: str, documents: Iterable[str], one: str, many: str) -> Blocker | None:
    ids = tuple(dict.fromkeys(documents))
    if not ids:
        return None
    return Blocker(code, f"1 document {one}." if len(ids) == 1 else f"{len(ids):,} documents {many}.", ids)


def _document_repeated(documents: Sequence[GatedDocument]) -> Blocker | None:
    n_times = Counter(d.document for d in documents)
    repeated = (d.document for d in documents if n_times[d.document] > 1)
    return _blocker("DOCUMENT_REPEATED", repeated, "is selected twice", "are selected twice")


def _uncoded(documents: Sequence[GatedDocument]) -> Blocker | None:
    uncoded = (d.document for d in documents if d.disposition is None)
    return _blocker("UNCODED", uncoded, "has no coding yet", "have no coding yet")


def _privileged_produced(documents: Sequence[GatedDocument]) -> Blocker | None:
    leaking = (
        d.document
        for d in documents
        if d.disposition is Disposition.PRODUCE and d.is_privileged and not d.had_second_look
    )
    return _blocker(
        "PRIVILEGED_PRODUCED",
        leaking,
        "is coded privileged and set to be produced without a second look",
        "are coded privileged and set to be produced without a second look",
    )


def _privileged_not_logged(documents: Sequence[GatedDocument]) -> Blocker | None:
    leaving = {d.family for d in documents if d.disposition in (Disposition.PRODUCE, Disposition.WITHHOLD)}
    unlogged = (
        d.document
        for d in documents
        if d.family in leaving and (d.is_privileged or d.disposition is Disposition.WITHHOLD) and not d.is_logged
    )
    return _blocker(
        "PRIVILEGED_NOT_LOGGED",
        unlogged,
        "is privileged or withheld and not in the privilege log",
        "are privileged or withheld and not in the privilege log",
    )


def _duplicates_differ(documents: Sequence[GatedDocument]) -> Blocker | None:
    groups: dict[str, list[GatedDocument]] = defaultdict(list)
    for document in documents:
        groups[document.duplicates].append(document)
    differing = (
        d.document
        for group in groups.values()
        if len({(d.disposition, d.is_privileged, d.must_agree) for d in group if d.disposition is not None}) > 1
        for d in group
    )
    return _blocker(
        "DUPLICATES_DIFFER",
        differing,
        "is coded unlike its exact duplicate",
        "are coded unlike their exact duplicates",
    )


def _privilege_hit_unseen(documents: Sequence[GatedDocument]) -> Blocker | None:
    unseen = (
        d.document
        for d in documents
        if d.has_privilege_hit and d.disposition is Disposition.PRODUCE and not d.had_second_look
    )
    return _blocker(
        "PRIVILEGE_HIT_UNSEEN",
        unseen,
        "hits a privilege term and is set to be produced without a second look",
        "hit a privilege term and are set to be produced without a second look",
    )


def _counts_differ(documents: Sequence[GatedDocument], counts: Counts) -> Blocker | None:
    settled = counts.produced + counts.withheld + counts.excluded
    if counts.selected == settled == len(documents):
        return None
    sentence = (
        f"{len(documents):,} documents were checked and {counts.selected:,} selected, but {counts.produced:,} "
        f"produced, {counts.withheld:,} withheld and {counts.excluded:,} excluded make {settled:,}."
    )
    return Blocker("COUNTS_DIFFER", sentence, ())
