"""
The parts of a query.

A query is a tree of conditions on a document (And, Or, Not, In, Range, Has, Related, Everything). Below an In stand
expressions that occur at places in one field: words, phrases, nearness, and And/Or of those.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Word:
    """A word, folded."""

    text: str


@dataclass(frozen=True)
class Wildcard:
    """Words of a shape: `*` is any run of characters, also none; `?` is one character."""

    pattern: str


@dataclass(frozen=True)
class Fuzzy:
    """Words at most `distance` insertions, deletions, changes or neighbour swaps away."""

    text: str
    distance: int


@dataclass(frozen=True)
class AddressPattern:
    """Whole e-mail addresses of a shape; wildcards cross dots and the at sign."""

    pattern: str


@dataclass(frozen=True)
class Phrase:
    """Parts that follow each other with no word between."""

    parts: "tuple[Leaf, ...]"


@dataclass(frozen=True)
class Near:
    """
    Two expressions within `distance` words of each other, counted from the last word of the one to the first of
    the other. ordered: left before right. negated: an occurrence of left that has no right near it.
    """

    left: "Place"
    right: "Place"
    distance: int
    ordered: bool = False
    negated: bool = False


@dataclass(frozen=True)
class And:
    """All parts. Below a Near: one occurrence of the other side with every part near it."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Or:
    """Any part."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Not:
    """Documents that do not match."""

    part: "Node"


@dataclass(frozen=True)
class In:
    """The expression occurs in at least one of the text fields, wholly inside that field."""

    fields: tuple[str, ...]
    part: "Place"


@dataclass(frozen=True)
class Range:
    """
    A date or number field with a value in [low, high); None is open. Dates are seconds since 1970-01-01 UTC.
    A document without a value does not match.
    """

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Has:
    """The flag is set, or one of the fields is not empty."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Related:
    """Documents that match, and those tied to one that matches by a relation of the schema, such as its family."""

    relation: str
    part: "Node"


@dataclass(frozen=True)
class Everything:
    """All documents."""


Leaf: TypeAlias = Word | Wildcard | Fuzzy | AddressPattern
Place: TypeAlias = Leaf | Phrase | Near | And | Or
Node: TypeAlias = Place | Not | In | Range | Has | Related | Everything


def label(part: Leaf | Phrase) -> str:
    """
    Return a leaf or phrase as one would type it.

    >>> label(Phrase((Word("seal"), Wildcard("fail*"))))
    '"seal fail*"'
    """
    match part:
        case Word(text):
            return text
        case Wildcard(pattern) | AddressPattern(pattern):
            return pattern
        case Fuzzy(text, distance):
            return f"{text}~{distance}"
        case Phrase(parts):
            return '"' + " ".join(label(piece) for piece in parts) + '"'


def leaves(part: Node) -> tuple[Leaf | Phrase, ...]:
    """Return the leaves and phrases below a part that a hit may show: what stands under Not is left out."""
    match part:
        case And(parts) | Or(parts):
            return tuple(leaf for piece in parts for leaf in leaves(piece))
        case Near(left, right, _, _, negated):
            return leaves(left) if negated else leaves(left) + leaves(right)
        case In(_, inside) | Related(_, inside):
            return leaves(inside)
        case Word() | Wildcard() | Fuzzy() | AddressPattern() | Phrase():
            return (part,)
        case _:
            return ()


def holds_and(part: Node) -> bool:
    """Return whether one side of a w/N is, or offers as an alternative, an And."""
    match part:
        case And():
            return True
        case Or(parts):
            return any(holds_and(piece) for piece in parts)
        case _:
            return False
