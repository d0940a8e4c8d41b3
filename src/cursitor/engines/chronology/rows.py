"""A fact out of a row of a table or an object of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cursitor.engines.chronology import moments
from cursitor.engines.chronology.facts import Fact, Source
from cursitor.engines.entry.definition import DateOrder

NAMES = {
    "date": ("date", "when", "moment", "event date"),
    "text": ("fact", "text", "event", "description"),
    "people": ("people", "persons", "person", "who", "participants"),
    "issues": ("issues", "issue", "tags"),
    "document": ("source", "document", "control number", "doc id", "bates"),
    "place": ("place", "page", "section"),
    "passage": ("passage", "quote", "excerpt"),
    "disputed": ("disputed", "is disputed"),
    "id": ("id", "no", "number"),
}
"""What a column may be called, any case, with spaces, hyphens or underscores."""

_YES = frozenset({"yes", "y", "true", "1", "x"})


class FactUnclear(ValueError):
    """Raised when a row holds no fact, or no date that can be read. The sentence says what is amiss."""


def read(row: Mapping[str, Any], *, name: str, order: DateOrder | None = None, latest_year: int | None = None) -> Fact:
    """
    Return the fact in a row.

    row: column -> value, columns by one of their NAMES; people and issues parted by semicolons, or lists. name: what
    the row is called where it has no id of its own. order, latest_year: as in `moments.parse`.
    :raises FactUnclear: if it has no words, or a date that cannot be read.
    """
    values = {_plain(column): value for column, value in row.items() if column is not None}
    told = {field: next((values[one] for one in names if one in values), "") for field, names in NAMES.items()}
    text = _text(told["text"])
    if not text:
        raise FactUnclear("it says nothing of what happened: the column fact is empty or missing")
    try:
        moment = moments.parse(_text(told["date"]), order=order, latest_year=latest_year)
    except moments.MomentUnclear as problem:
        raise FactUnclear(str(problem)) from None
    source = Source(_text(told["document"]), _text(told["place"]), _text(told["passage"]))
    return Fact(
        ids=(_text(told["id"]) or name,),
        moment=moment,
        text=text,
        people=_list(told["people"]),
        issues=_list(told["issues"]),
        sources=(source,) if source != Source("") else (),
        is_disputed=_text(told["disputed"]).casefold() in _YES,
    )


def _plain(column: str) -> str:
    return re.sub(r"[\s_-]+", " ", str(column)).strip().casefold()


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _list(value: Any) -> tuple[str, ...]:
    parts: Iterable[Any] = value if isinstance(value, list | tuple) else _text(value).split(";")
    return tuple(dict.fromkeys(part for part in map(_text, parts) if part))
