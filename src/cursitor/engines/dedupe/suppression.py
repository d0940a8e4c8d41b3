"""Which families are published and which are copies of one that already is; never less than a whole family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """How far copies are looked for: in the whole matter, or only among one custodian's own documents."""

    GLOBAL = "global"
    CUSTODIAL = "custodial"


@dataclass(frozen=True)
class Head:
    """
    A family head as it was collected.

    key: the e-mail hash of a message, the `family_hash` of any other file; what could not be read has an empty key
    and is never a copy. custodian, path: whose it was and where it lay.
    """

    id: str
    key: str
    custodian: str
    path: str


@dataclass(frozen=True)
class Verdict:
    """
    What becomes of one family.

    duplicate_of: id of the family that stands for it, None if it is published. all_custodians, all_paths: of the
    published family and of every copy, in the order they came; of a copy, its own only.
    """

    id: str
    duplicate_of: str | None
    all_custodians: tuple[str, ...]
    all_paths: tuple[str, ...]


def suppress(heads: Iterable[Head], scope: Scope = Scope.GLOBAL) -> tuple[Verdict, ...]:
    """
    Return a verdict for each family head, in their order; the first of equal families is the one that is published.

    The heads must come in an order that is the same at every run, or the survivors change between runs.

    >>> copies = (Head("1", "k", "ann", "a/x.eml"), Head("2", "k", "bob", "b/y.eml"))
    >>> [verdict.duplicate_of for verdict in suppress(copies)]
    [None, '1']
    >>> suppress(copies)[0].all_custodians
    ('ann', 'bob')
    >>> [verdict.duplicate_of for verdict in suppress(copies, Scope.CUSTODIAL)]
    [None, None]
    """
    ordered = tuple(heads)
    copies: dict[tuple[str, str], list[Head]] = {}
    for head in ordered:
        copies.setdefault(_group(head, scope), []).append(head)
    return tuple(_verdict(head, copies[_group(head, scope)]) for head in ordered)


def _group(head: Head, scope: Scope) -> tuple[str, str]:
    if not head.key:
        return ("unread", head.id)
    return (head.custodian if scope is Scope.CUSTODIAL else "", head.key)


def _verdict(head: Head, copies: list[Head]) -> Verdict:
    survivor = copies[0]
    if head is not survivor:
        return Verdict(head.id, survivor.id, (head.custodian,), (head.path,))
    custodians = tuple(dict.fromkeys(copy.custodian for copy in copies))
    return Verdict(head.id, None, custodians, tuple(dict.fromkeys(copy.path for copy in copies)))
