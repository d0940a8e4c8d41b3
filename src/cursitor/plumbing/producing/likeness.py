"""Documents that are nearly the same and are treated differently: somebody should look at them before they leave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cursitor.plumbing.producing.selecting import Selected

NEAR_DUPLICATES = "NEAR_DUPLICATES_DIFFER"
_NAMED = 5


def warnings(selected: Iterable[Selected]) -> list[dict[str, Any]]:
    """
    Return a warning for each group of near-duplicates of which the decision, privilege or designation differs.

    A warning has a code, the ids of the documents in the order of items.jsonl, and a sentence. What is not coded
    counts as excluded: it does not go out. A near-duplicate may rightly be coded differently, so nothing is refused.
    """
    groups: dict[str, list[Selected]] = {}
    for one in selected:
        group = one.item.get("near_duplicate_group")
        if group:
            groups.setdefault(str(group), []).append(one)
    return [_warning(group, found) for group, members in groups.items() if (found := _differing(members))]


def _differing(members: list[Selected]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in members:
        found.setdefault(_coding(one), []).append(one.id)
    return found if len(found) > 1 else {}


def _coding(one: Selected) -> str:
    decision = one.decision
    kept = str(decision.disposition or "exclude").lower()
    words = [kept, decision.privilege, decision.confidentiality, "redacted" if decision.is_redacted else ""]
    return ", ".join(word for word in words if word)


def _warning(group: str, found: dict[str, list[str]]) -> dict[str, Any]:
    ids = [name for names in found.values() for name in names]
    told = "; ".join(f"{coding}: {_first(names)}" for coding, names in found.items())
    sentence = f"{len(ids)} near-duplicates of {group} are coded differently ({told})."
    return {"code": NEAR_DUPLICATES, "documents": ids, "sentence": sentence}


def _first(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" ..." if len(names) > _NAMED else "")
