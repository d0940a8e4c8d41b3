"""The invented mail of the demo's first matter, and the codes that its readers give."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
CUSTODIANS = {"pella": "Pella Ostrander", "tomas": "Tomas Wrede"}
ISSUES = "Notice\nSeal failure\nDamages\nTerms"


def numbers(first: int, last: int) -> tuple[str, ...]:
    """Return the numbers of letters from the first to the last: "001", "002", ..."""
    return tuple(f"{number:03d}" for number in range(first, last + 1))


def files(wanted: Iterable[str], custodian: str) -> list[tuple[str, Path]]:
    """Return name and path of the letters with these numbers that lie in a custodian's mailbox."""
    chosen = set(wanted)
    found = sorted((DATA / "corbel").glob(f"*-{custodian}.eml"))
    return [(path.name, path) for path in found if path.name[:3] in chosen]


def code(message_id: str, *, slips: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """
    Return the values a reader gives a letter.

    slips: number of a letter -> what this reader gave it instead; that is what the inspection finds.
    """
    number = message_id.partition(".")[2].partition("@")[0]
    return dict((slips or {}).get(number) or _codes()[f"<{message_id.strip('<>')}>"])


@cache
def _codes() -> dict[str, dict[str, Any]]:
    return json.loads((DATA / "corbel_codes.json").read_text())
