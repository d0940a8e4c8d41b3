"""A rule between fields while somebody makes it: its inputs as they were typed, and the rule they describe."""

from collections.abc import Mapping
from typing import Any

from cursitor.engines.entry.definition import FieldsCompare, Operator, RequiredWhen, Rule, Severity, SumOf

Entry = dict[str, Any]

KINDS = {
    "compare": "Two fields compared",
    "required": "Filled when another is",
    "sum": "Fields that add up",
}
INPUTS = {
    "compare": ("left", "operator", "right"),
    "required": ("field", "when", "equals"),
    "sum": ("parts", "total"),
}
NEEDED = {
    "compare": {
        "left": "Choose the field.",
        "operator": "Choose what holds.",
        "right": "Choose the field that it is compared with.",
    },
    "required": {"field": "Choose the field that must be filled.", "when": "Choose the field that it depends on."},
    "sum": {"parts": "Choose the fields that are added.", "total": "Choose the field of their sum."},
}
"""Inputs that a rule cannot do without -> what is said where one is empty."""
ALSO = ("severity", "message")
LONGEST = 2000


def fresh(kind: str) -> Entry:
    entry: Entry = {name: [] if name == "parts" else "" for name in (*INPUTS[kind], *ALSO)}
    return entry | {"kind": kind, "severity": Severity.ERROR.value, "is_fresh": True}


def texts_of(rule: Rule) -> Entry:
    """Return the inputs of a rule."""
    match rule:
        case FieldsCompare():
            own: Entry = {"kind": "compare", "left": rule.left, "operator": rule.operator.value, "right": rule.right}
        case RequiredWhen():
            own = {"kind": "required", "field": rule.field, "when": rule.when, "equals": rule.equals or ""}
        case SumOf():
            own = {"kind": "sum", "parts": list(rule.parts), "total": rule.total}
    return own | {"severity": rule.severity.value, "message": rule.message}


def taken(kind: str, posted: Mapping[str, Any]) -> Entry:
    """Return the inputs of a rule of this kind out of what was posted; parts is a list."""
    entry: Entry = {name: str(posted.get(name) or "")[:LONGEST] for name in (*INPUTS[kind], *ALSO) if name != "parts"}
    if kind == "sum":
        entry["parts"] = [str(part) for part in posted.get("parts") or ()]
    return entry | {"is_fresh": False}


def rule_of(entry: Mapping[str, Any]) -> tuple[Rule, dict[str, str]]:
    """Return the rule that the inputs describe, and what is wrong with them by input."""
    wrong = {name: sentence for name, sentence in NEEDED[entry["kind"]].items() if not entry.get(name)}
    told = {"severity": _severity(entry), "message": str(entry.get("message") or "").strip()}
    if entry["kind"] == "compare":
        known = entry["operator"] in Operator.__members__
        operator = Operator(entry["operator"]) if known else Operator.EQUAL
        return FieldsCompare(left=entry["left"], operator=operator, right=entry["right"], **told), wrong
    if entry["kind"] == "required":
        equals = str(entry.get("equals") or "").strip() or None
        return RequiredWhen(field=entry["field"], when=entry["when"], equals=equals, **told), wrong
    return SumOf(parts=tuple(entry["parts"]), total=entry["total"], **told), wrong


def rename(entries: list[Entry], before: str, after: str) -> None:
    """Let the rules speak of a field by its new key."""
    for entry in entries:
        for name in INPUTS[entry["kind"]]:
            if name == "parts":
                entry["parts"] = [after if part == before else part for part in entry["parts"]]
            elif name not in ("operator", "equals") and entry[name] == before:
                entry[name] = after


def _severity(entry: Mapping[str, Any]) -> Severity:
    return Severity.WARNING if entry.get("severity") == Severity.WARNING else Severity.ERROR
