"""What was decided of each document, out of a table of codes as review platforms export them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cursitor.engines.production import redactions
from cursitor.engines.production.gates import Disposition
from cursitor.engines.production.redactions import Instruction, Pattern, Region, Term

NAMES = {
    "id": ("id", "document", "document id", "docid", "control number", "control"),
    "decision": ("decision", "disposition", "produce", "production", "responsive", "responsiveness"),
    "privilege": ("privilege", "privileged", "privilege basis", "basis"),
    "confidentiality": ("confidentiality", "designation", "confidential"),
    "redactions": ("redactions", "redaction", "redact"),
    "description": ("description", "privilege description", "log description"),
    "second_look": ("second look", "second level", "qc", "privilege qc"),
    "reviewer": ("reviewer", "coded by"),
    "approver": ("approver", "approved by"),
}
"""What a column may be called, any case, spaces, hyphens and underscores alike."""

_PRODUCE = frozenset(("produce", "yes", "y", "true", "1", "responsive", "r", "produced"))
_EXCLUDE = frozenset(
    ("exclude", "excluded", "no", "n", "false", "0", "not-responsive", "nonresponsive", "non-responsive", "nr")
)
_WITHHOLD = frozenset(("withhold", "withheld", "privileged-withhold"))
_NO_PRIVILEGE = frozenset(("no", "n", "none", "false", "0", "not-privileged", "nonprivileged", "non-privileged", "np"))
_YES = frozenset(("yes", "y", "true", "1", "x", "done"))


class DecisionUnclear(ValueError):
    """Raised when a row of codes cannot be understood. The sentence says what it may be."""


@dataclass(frozen=True)
class Decision:
    """
    What was decided of one document.

    disposition: None while nothing was. privilege: the basis as written, empty if it is not privileged. A privileged
    document is withheld, or produced with redactions. codes: every other column, as written.
    """

    document: str
    disposition: Disposition | None
    privilege: str = ""
    confidentiality: str = ""
    redactions: tuple[Instruction, ...] = ()
    description: str = ""
    had_second_look: bool = False
    reviewer: str = ""
    approver: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_redacted(self) -> bool:
        """Tell whether anything of it must not show."""
        return bool(self.redactions)


def read(row: Mapping[str, Any]) -> Decision:
    """
    Return the decision in a row, columns by one of their NAMES.

    redactions: parted by line breaks or " | ", each `term:WORDS`, `pattern:REGEX` or
    `region:PAGE,LEFT,TOP,RIGHT,BOTTOM` (shares of the page), with a reason after `=>`; or a JSON list of objects with
    term, pattern, or page and box, and reason.
    :raises DecisionUnclear: if it names no document, or says what is not known.
    """
    values = {
        re.sub(r"[\s_-]+", " ", str(name)).strip().casefold(): str(value or "").strip() for name, value in row.items()
    }
    told = {field: next((values[one] for one in names if one in values), "") for field, names in NAMES.items()}
    if not told["id"]:
        raise DecisionUnclear("it names no document: the column id is empty or missing")
    privilege = "" if _plain(told["privilege"]) in _NO_PRIVILEGE else told["privilege"]
    instructions = _redactions(told["redactions"])
    taken = {one for names in NAMES.values() for one in names}
    return Decision(
        document=told["id"],
        disposition=_disposition(told["decision"], is_withheld=bool(privilege) and not instructions),
        privilege=privilege,
        confidentiality=told["confidentiality"],
        redactions=instructions,
        description=told["description"],
        had_second_look=_plain(told["second_look"]) in _YES,
        reviewer=told["reviewer"],
        approver=told["approver"],
        codes={name: value for name, value in values.items() if name not in taken},
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.casefold())


def _disposition(text: str, *, is_withheld: bool) -> Disposition | None:
    word = _plain(text)
    if not word:
        return Disposition.WITHHOLD if is_withheld else None
    if word in _WITHHOLD or (word in _PRODUCE and is_withheld):
        return Disposition.WITHHOLD
    if word in _PRODUCE:
        return Disposition.PRODUCE
    if word in _EXCLUDE:
        return Disposition.EXCLUDE
    raise DecisionUnclear(f"the decision {text!r} is not known: produce, withhold or exclude")


def _redactions(text: str) -> tuple[Instruction, ...]:
    if not text:
        return ()
    parts = [part.strip() for part in re.split(r"\n| \| ", text) if part.strip()]
    found = tuple(_from_json(text) if text.startswith("[") else (_instruction(*_told(part)) for part in parts))
    try:
        # How many pages there are is known later.
        redactions.refuse_unclear(found, n_pages=sys.maxsize)
    except redactions.RedactionUnclear as problem:
        raise DecisionUnclear(str(problem).rstrip(".")) from None
    return found


def _told(part: str) -> tuple[str, str, str]:
    kind, colon, rest = part.partition(":")
    if not colon or kind.strip().casefold() not in ("term", "pattern", "region"):
        raise DecisionUnclear(f"the redaction {part!r} begins with none of term:, pattern:, region:")
    what, _, reason = rest.rpartition("=>") if "=>" in rest else (rest, "", "")
    return kind.strip().casefold(), what.strip(), reason.strip()


def _instruction(kind: str, what: str, reason: str) -> Instruction:
    if kind == "term":
        return Term(what, reason)
    if kind == "pattern":
        return Pattern(what, reason)
    try:
        page, *box = what.split(",")
        left, top, right, bottom = (float(edge) for edge in box)
        return Region(int(page), (left, top, right, bottom), reason)
    except ValueError:
        raise DecisionUnclear(f"the region {what!r} is not PAGE,LEFT,TOP,RIGHT,BOTTOM") from None


def _from_json(text: str) -> Iterable[Instruction]:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DecisionUnclear(f"the redactions are no JSON: {problem}") from None
    for one in listed:
        if not isinstance(one, dict):
            raise DecisionUnclear(f"the redaction {one!r} is no object")
        reason = str(one.get("reason", ""))
        if "term" in one:
            yield Term(str(one["term"]), reason)
        elif "pattern" in one:
            yield Pattern(str(one["pattern"]), reason)
        elif "page" in one and isinstance(one.get("box"), list) and len(one["box"]) == 4:
            yield _instruction("region", ",".join(map(str, (one["page"], *one["box"]))), reason)
        else:
            raise DecisionUnclear(f"the redaction {one!r} has neither term, pattern, nor page and box")
