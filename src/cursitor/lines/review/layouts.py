"""Coding layouts as data: the default one, what a layout must be, and what may be saved under it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cursitor.engines.search import parser
from cursitor.engines.search.schema import MAIL
from cursitor.lines.review.choices import (
    CONFIDENTIALITY,
    HOT,
    ISSUES,
    NOT_PRIVILEGED,
    NOT_RESPONSIVE,
    NOTES,
    PRIVILEGE,
    RESPONSIVE,
    RESPONSIVENESS,
    UNREADABLE,
    FieldKind,
    HighlightStyle,
)
from cursitor.plumbing.refusal import Invalid

Values = dict[str, Any]
"""Field key -> a choice's key, a list of them, true, or text. What is not set is absent."""

RESERVED_KEYS = frozenset("ETPJKDLFHUY")
"""Keys of the bench's own verbs (excerpts, whole text, page, hits, compare, alike, family, guidance, undo, redact)."""

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ISSUE_KEYS = "QSGVMORI45678"


class LayoutInvalid(Invalid):
    """Raised when a layout could not be coded with; names the field, the choice and what is wrong."""


class CodingIncomplete(Invalid):
    """Raised when a required field is empty, or a value is not one of the layout's; names the document and field."""


def default_fields(issues: Sequence[str] = ()) -> list[dict[str, Any]]:
    """
    Return the fields of the default layout; `issues` are the protocol's issue names, at most thirteen.

    Responsiveness is required; privilege is required for whatever is responsive.
    :raises LayoutInvalid: if there are more issues than free keys.
    """
    if len(issues) > len(_ISSUE_KEYS):
        raise LayoutInvalid(f"At most {len(_ISSUE_KEYS)} issues have a key; {len(issues)} were given.", field="issues")
    return [
        _field(
            RESPONSIVENESS,
            "Relevance",
            FieldKind.CHOICE,
            [
                (RESPONSIVE, "Responsive", "1"),
                (NOT_RESPONSIVE, "Not responsive", "2"),
                (UNREADABLE, "Cannot be read", "3"),
            ],
            required=True,
        ),
        _field(
            PRIVILEGE,
            "Privilege",
            FieldKind.CHOICE,
            [
                ("ATTORNEY_CLIENT", "Attorney-client", "A"),
                ("WORK_PRODUCT", "Work product", "W"),
                ("COMMON_INTEREST", "Common interest", "C"),
                (NOT_PRIVILEGED, "Not privileged", "N"),
            ],
            required_when={RESPONSIVENESS: [RESPONSIVE]},
        ),
        *([_field(ISSUES, "Issues", FieldKind.MULTIPLE, _issue_choices(issues))] if issues else []),
        _field(
            CONFIDENTIALITY,
            "Confidentiality",
            FieldKind.CHOICE,
            [("CONFIDENTIAL", "Confidential", "X"), ("ATTORNEYS_ONLY", "Attorneys only", "Z")],
        ),
        _field(HOT, "Hot", FieldKind.FLAG, [], shortcut="B"),
        _field(NOTES, "Notes", FieldKind.TEXT, []),
    ]


def _field(key: str, label: str, kind: str, choices: Iterable[tuple[str, str, str]], **rules: Any) -> dict[str, Any]:
    keyed = [{"key": code, "label": name, "shortcut": shortcut} for code, name, shortcut in choices]
    return {"key": key, "label": label, "kind": str(kind), "required": False, "choices": keyed} | rules


def _issue_choices(issues: Sequence[str]) -> list[tuple[str, str, str]]:
    codes: list[str] = []
    for name in issues:
        code = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:40]
        codes.append(code if _CODE.fullmatch(code) and code not in codes else f"ISSUE_{len(codes) + 1}")
    return list(zip(codes, issues, _ISSUE_KEYS[: len(issues)], strict=True))


def require_valid(fields: Sequence[Mapping[str, Any]]) -> None:
    """
    Check that a layout can be coded with.

    :raises LayoutInvalid: unless keys and shortcuts are well formed and unique, no shortcut is a verb of the bench,
        rules name fields and choices that exist, and responsiveness and privilege carry the codes that delivery reads.
    """
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        raise LayoutInvalid("A layout is a list of fields.", field="fields")
    seen: set[str] = set()
    shortcuts: dict[str, str] = {}
    for field in fields:
        _require_field(field, seen)
        _require_shortcuts(field, shortcuts)
    by_key = {field["key"]: field for field in fields}
    _require_meaning(by_key, RESPONSIVENESS, {RESPONSIVE, NOT_RESPONSIVE})
    _require_meaning(by_key, PRIVILEGE, {NOT_PRIVILEGED})
    for field in fields:
        _require_rule(field, by_key)


def _require_field(field: Mapping[str, Any], seen: set[str]) -> None:
    key = field.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise LayoutInvalid(f"{key!r} is no field key: use small letters, digits and underscores.", field="fields")
    if key in seen:
        raise LayoutInvalid(f"The field {key} is there twice.", field="fields")
    seen.add(key)
    if not isinstance(field.get("label"), str) or not field["label"].strip():
        raise LayoutInvalid(f"The field {key} has no label.", field="fields")
    if field.get("kind") not in FieldKind.values:
        raise LayoutInvalid(f"The field {key} is of no known kind: {field.get('kind')!r}.", field="fields")
    unknown = set(field) - {"key", "label", "kind", "required", "required_when", "choices", "shortcut"}
    if unknown:
        raise LayoutInvalid(f"The field {key} says what is not understood: {', '.join(sorted(unknown))}.")
    codes = [choice.get("key") for choice in field.get("choices", [])]
    has_choices = field["kind"] in (FieldKind.CHOICE, FieldKind.MULTIPLE)
    if has_choices != bool(codes):
        raise LayoutInvalid(f"The field {key} {'needs' if has_choices else 'takes no'} choices.", field="fields")
    for choice in field.get("choices", []):
        if not isinstance(choice.get("key"), str) or not _CODE.fullmatch(choice["key"]):
            raise LayoutInvalid(f"{choice.get('key')!r} of {key} is no code: use capitals, digits and underscores.")
        if not str(choice.get("label", "")).strip() or codes.count(choice["key"]) > 1:
            raise LayoutInvalid(f"The choice {choice['key']} of {key} has no label or is there twice.", field="fields")


def _require_shortcuts(field: Mapping[str, Any], taken: dict[str, str]) -> None:
    named = [(field["label"], field.get("shortcut", ""))]
    named += [(choice["label"], choice.get("shortcut", "")) for choice in field.get("choices", [])]
    for label, shortcut in named:
        if not shortcut:
            continue
        if not re.fullmatch("[A-Z0-9]", str(shortcut)):
            raise LayoutInvalid(f"The key of {label} must be one capital letter or digit, not {shortcut!r}.")
        if shortcut in RESERVED_KEYS:
            raise LayoutInvalid(f"The key {shortcut} of {label} belongs to the bench; choose another.", field="fields")
        if shortcut in taken:
            raise LayoutInvalid(f"{label} and {taken[shortcut]} have the same key {shortcut}.", field="fields")
        taken[shortcut] = label


def _require_rule(field: Mapping[str, Any], by_key: Mapping[str, Mapping[str, Any]]) -> None:
    for other, codes in (field.get("required_when") or {}).items():
        known = {choice["key"] for choice in by_key.get(other, {}).get("choices", [])}
        strange = set(codes) - known
        if other == field["key"] or other not in by_key or strange:
            what = ", ".join(sorted(strange)) or other
            raise LayoutInvalid(f"The rule of {field['key']} names what is not there: {what}.", field="fields")


def _require_meaning(by_key: Mapping[str, Mapping[str, Any]], key: str, codes: set[str]) -> None:
    field = by_key.get(key)
    if field is None or field["kind"] != FieldKind.CHOICE:
        raise LayoutInvalid(f"A layout needs the field {key}, one of its choices.", field="fields")
    missing = codes - {choice["key"] for choice in field["choices"]}
    if missing:
        raise LayoutInvalid(f"The field {key} needs the choice {', '.join(sorted(missing))}.", field="fields")


def require_highlights(highlights: Sequence[Mapping[str, Any]]) -> None:
    """
    Check highlight sets: [{"name", "style", "query"}].

    :raises LayoutInvalid: if a name is missing or twice, a style unknown or a query not understood.
    """
    names: set[str] = set()
    for highlight in highlights:
        name, query = str(highlight.get("name", "")).strip(), str(highlight.get("query", "")).strip()
        if not name or name in names:
            raise LayoutInvalid("Each highlight set needs a name of its own.", field="highlights")
        names.add(name)
        if highlight.get("style") not in HighlightStyle.values:
            raise LayoutInvalid(f"The highlight set {name} has no known style.", field="highlights")
        try:
            parser.parse(query, MAIL)
        except parser.QuerySyntaxError as error:
            raise LayoutInvalid(f"{name}: {error.message}", field="highlights") from error


def normal(values: Mapping[str, Any]) -> Values:
    """Return values without what is not set; choices of a multiple field are sorted, text is stripped."""
    cleaned: Values = {}
    for key, value in values.items():
        if isinstance(value, str):
            value = value.strip()
        elif isinstance(value, list | tuple | set):
            value = sorted(set(value))
        if value not in ("", None, False, []):
            cleaned[key] = value
    return cleaned


def require_complete(fields: Sequence[Mapping[str, Any]], values: Values, *, name: str) -> None:
    """
    Check normal values of one document against a layout; `name` is its control number.

    :raises CodingIncomplete: naming the document, the field and what it needs.
    """
    known = {field["key"] for field in fields}
    if strange := set(values) - known:
        raise CodingIncomplete(f"{name}: this layout has no field {', '.join(sorted(strange))}.")
    for field in fields:
        value = values.get(field["key"])
        if value is None:
            if is_required(field, values):
                raise CodingIncomplete(f"{name}: {field['label']} is required.", field=field["key"])
        elif not _fits(field, value):
            raise CodingIncomplete(f"{name}: {value!r} is no value of {field['label']}.", field=field["key"])


def is_required(field: Mapping[str, Any], values: Values) -> bool:
    rule = field.get("required_when") or {}
    by_rule = bool(rule) and all(_holds(values.get(other), codes) for other, codes in rule.items())
    return bool(field.get("required")) or by_rule


def _holds(value: Any, codes: Sequence[str]) -> bool:
    return not set(value if isinstance(value, list) else [value]).isdisjoint(codes)


def _fits(field: Mapping[str, Any], value: Any) -> bool:
    codes = {choice["key"] for choice in field.get("choices", [])}
    match field["kind"]:
        case FieldKind.CHOICE:
            return isinstance(value, str) and value in codes
        case FieldKind.MULTIPLE:
            return isinstance(value, list) and set(value) <= codes
        case FieldKind.FLAG:
            return value is True
    return isinstance(value, str) and len(value) <= 2000


def is_responsive(values: Values) -> bool:
    return values.get(RESPONSIVENESS) == RESPONSIVE


def is_privileged(values: Values) -> bool:
    """Any basis counts; NOT_PRIVILEGED and no decision do not."""
    return values.get(PRIVILEGE, NOT_PRIVILEGED) != NOT_PRIVILEGED


def words(fields: Sequence[Mapping[str, Any]], key: str, value: Any) -> str:
    """Return a value as its labels: "Attorney-client", "Notice; Damages", "yes"."""
    field = next((field for field in fields if field["key"] == key), {})
    labels = {choice["key"]: choice["label"] for choice in field.get("choices", [])}
    if value is True:
        return "yes"
    parts = value if isinstance(value, list) else [value] if value else []
    return "; ".join(str(labels.get(part, part)) for part in parts)
