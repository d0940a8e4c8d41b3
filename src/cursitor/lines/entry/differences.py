"""What changed between two versions of a form definition, field by field and rule by rule."""

from collections.abc import Mapping
from dataclasses import dataclass

from cursitor.engines import entry as engine
from cursitor.engines.entry.definition import Field, FieldType, FormDefinition, Rule
from cursitor.lines.entry import drafts, regions

NAMES = {
    "key": "key",
    "label": "label",
    "type": "type",
    "help": "help",
    "is_required": "required",
    "is_critical": "critical",
    "is_double_keyed": "keyed twice",
    "pattern": "pattern",
    "choices": "list",
    "n_characters_min": "characters, at least",
    "n_characters_max": "characters, at most",
    "minimum": "earliest or least",
    "maximum": "latest or most",
    "date_order": "order of dates",
    "latest_year": "latest year of two digits",
    "accepts_partial": "month or year alone",
    "decimal_mark": "decimal mark",
    "currency": "currency",
    "anchors": "words beside it",
    "place": "place on the page",
}
TYPE_WORDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "long text",
    FieldType.NAME: "name",
    FieldType.IDENTIFIER: "identifier",
    FieldType.DATE: "date",
    FieldType.MONEY: "money",
    FieldType.INTEGER: "whole number",
    FieldType.DECIMAL: "decimal",
    FieldType.CHOICE: "one of a list",
    FieldType.BOOLEAN: "yes or no",
}


@dataclass(frozen=True)
class Change:
    """Something that differs. what: of NAMES, or empty where all of it came or went; before, after: as words."""

    subject: str
    verb: str
    what: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Version:
    """A definition as it is compared."""

    form: FormDefinition
    places: Mapping[str, regions.Region]
    prefill: bool


def between(before: Version, after: Version) -> tuple[Change, ...]:
    """Return what changed: the form, fields added, removed, changed and moved, then rules. Fields go by their key."""
    changes = list(_of_form(before, after))
    old = {field.key: field for field in before.form.fields}
    new = {field.key: field for field in after.form.fields}
    changes += [Change(field.name, "added", after=_in_brief(field)) for key, field in new.items() if key not in old]
    changes += [Change(field.name, "removed", before=_in_brief(field)) for key, field in old.items() if key not in new]
    for key in (key for key in new if key in old):
        was, now = _words(old[key], before.places.get(key)), _words(new[key], after.places.get(key))
        changes += [
            Change(new[key].name, "changed", NAMES[name], was[name], now[name])
            for name in NAMES
            if was[name] != now[name]
        ]
    changes += [Change(new[key].name, "moved", "place in the form", *places) for key, places in _moved(old, new)]
    return (*changes, *_of_rules(before.form, after.form))


def options_in_words(field: Field) -> tuple[str, ...]:
    """Return how values of a field are read and what they must be, a few words for each option that is set."""
    told = (
        (field.date_order, _DATE_ORDERS.get(str(field.date_order), "")),
        (field.latest_year, f"two digits mean up to {field.latest_year}"),
        (field.accepts_partial, "a month or a year alone is enough"),
        (field.currency, f"in {field.currency}"),
        (field.decimal_mark == ",", "with a decimal comma"),
        (field.minimum, f"from {field.minimum}"),
        (field.maximum, f"up to {field.maximum}"),
        (field.n_characters_min, f"at least {field.n_characters_min} characters"),
        (field.n_characters_max, f"at most {field.n_characters_max} characters"),
        (field.pattern, f"fits {field.pattern}"),
        (field.choices, f"one of {len(field.choices)}"),
    )
    return tuple(words for is_set, words in told if is_set)


def rule_in_words(rule: Rule, form: FormDefinition) -> str:
    """Return a rule as a sentence that names fields by their labels."""
    names = {field.key: field.name for field in form.fields} | {"": "…"}
    match rule:
        case engine.FieldsCompare():
            types = {field.type for field in form.fields if field.key in (rule.left, rule.right)}
            words = (_OPERATORS_OF_DATES if types == {FieldType.DATE} else _OPERATORS)[rule.operator]
            told = f"{names.get(rule.left, rule.left)} {words} {names.get(rule.right, rule.right)}"
        case engine.RequiredWhen():
            condition = "is filled" if rule.equals is None else f"is {rule.equals}"
            told = f"{names.get(rule.field, rule.field)} is filled when {names.get(rule.when, rule.when)} {condition}"
        case engine.SumOf():
            parts = " + ".join(names.get(part, part) for part in rule.parts) or "…"
            told = f"{parts} = {names.get(rule.total, rule.total)}"
    return told


_DATE_ORDERS = {"MDY": "month, day, year", "DMY": "day, month, year", "YMD": "year, month, day"}
_OPERATORS = {
    engine.Operator.LESS: "is less than",
    engine.Operator.AT_MOST: "is at most",
    engine.Operator.EQUAL: "is equal to",
    engine.Operator.DIFFERENT: "is different from",
    engine.Operator.AT_LEAST: "is at least",
    engine.Operator.GREATER: "is more than",
}
_OPERATORS_OF_DATES = _OPERATORS | {
    engine.Operator.LESS: "is before",
    engine.Operator.AT_MOST: "is not after",
    engine.Operator.AT_LEAST: "is not before",
    engine.Operator.GREATER: "is after",
}


def _of_form(before: Version, after: Version) -> list[Change]:
    told = [
        ("title", before.form.title, after.form.title),
        ("first pass starts from what the machine read", _yes(before.prefill), _yes(after.prefill)),
    ]
    return [Change("The form", "changed", what, was, now) for what, was, now in told if was != now]


def _in_brief(field: Field) -> str:
    told = (("critical", field.is_critical), ("keyed twice", field.is_double_keyed), ("required", field.is_required))
    how = [TYPE_WORDS[field.type], *(words for words, holds in told if holds), *options_in_words(field)]
    return "; ".join(how)


def _words(field: Field, place: regions.Region | None) -> dict[str, str]:
    texts = drafts.texts_of(field, place)
    found = {name: _yes(texts[name]) if isinstance(texts.get(name), bool) else texts.get(name, "") for name in NAMES}
    sides = place.per_cent if place else {}
    at = (
        f"page {place.page}: left {sides['x']:g} %, top {sides['y']:g} %, {sides['w']:g} by {sides['h']:g} %"
        if place
        else ""
    )
    return found | {"place": at}


def _moved(old: Mapping[str, Field], new: Mapping[str, Field]) -> list[tuple[str, tuple[str, str]]]:
    """Return the fields whose place among those that stayed is another one."""
    stayed_before = [key for key in old if key in new]
    stayed_after = [key for key in new if key in old]
    was = {key: place for place, key in enumerate(stayed_before, 1)}
    return [(key, (str(was[key]), str(place))) for place, key in enumerate(stayed_after, 1) if was[key] != place]


def _of_rules(before: FormDefinition, after: FormDefinition) -> list[Change]:
    gone = [rule for rule in before.rules if rule not in after.rules]
    new = [rule for rule in after.rules if rule not in before.rules]
    return [
        *(Change(f"Rule: {rule_in_words(rule, after)}", "added", after=_told(rule)) for rule in new),
        *(Change(f"Rule: {rule_in_words(rule, before)}", "removed", before=_told(rule)) for rule in gone),
    ]


def _told(rule: Rule) -> str:
    return f"{rule.severity.lower()}{': ' if rule.message else ''}{rule.message}"


def _yes(value: object) -> str:
    return "yes" if value else "no"
