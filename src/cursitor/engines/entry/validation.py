"""The rules of a form applied to one record: what is wrong, how badly, and in which field."""

import dataclasses
import decimal
import enum
from collections.abc import Iterator, Mapping

from cursitor.engines.entry import definition, normal, patterns
from cursitor.engines.entry.definition import (
    Field,
    FieldsCompare,
    FieldType,
    FormDefinition,
    Operator,
    RequiredWhen,
    Rule,
    Severity,
    SumOf,
)
from cursitor.engines.entry.normal import Keyed, Reading, State


class Code(enum.StrEnum):
    """What kind of thing is wrong."""

    REQUIRED = "REQUIRED"
    UNREADABLE = "UNREADABLE"
    INVALID = "INVALID"
    PARTIAL_DATE = "PARTIAL_DATE"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    PATTERN = "PATTERN"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    NOT_IN_LIST = "NOT_IN_LIST"
    RULE_COMPARE = "RULE_COMPARE"
    RULE_REQUIRED = "RULE_REQUIRED"
    RULE_SUM = "RULE_SUM"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a record. `field` is the key of the field that is blamed."""

    field: str
    code: Code
    severity: Severity
    sentence: str


_WORDS = {
    Operator.LESS: ("be below", "be before"),
    Operator.AT_MOST: ("be at most", "not be after"),
    Operator.EQUAL: ("be equal to", "be equal to"),
    Operator.DIFFERENT: ("differ from", "differ from"),
    Operator.AT_LEAST: ("be at least", "not be before"),
    Operator.GREATER: ("be above", "be after"),
}


def validate(form: FormDefinition, record: Mapping[str, Keyed | str]) -> tuple[Finding, ...]:
    """
    Return everything that is wrong with a record, field by field in the order of the form, then rule by rule.

    record: what was keyed, by the key of the field; a field that is not there is empty. A rule speaks only where its
    fields are filled, can be read and leave no doubt: "March 1999" is neither before nor after 15 March 1999.
    """
    readings = {field.key: normal.normalise(record.get(field.key, ""), field) for field in form.fields}
    found = [finding for field in form.fields for finding in findings(field, readings[field.key])]
    for rule in form.rules:
        found += _broken(form, rule, readings)
    return tuple(found)


def findings(field: Field, reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with one field by itself."""
    if reading.state is State.EMPTY:
        if field.is_required:
            yield _of(field, Code.REQUIRED, "is required")
    elif reading.state is State.UNREADABLE:
        yield Finding(field.key, Code.UNREADABLE, Severity.WARNING, f"{field.name} is flagged as unreadable.")
    elif reading.state is State.INVALID:
        is_listed = field.type is FieldType.CHOICE
        yield _of(field, Code.NOT_IN_LIST if is_listed else Code.INVALID, f"cannot be read: {reading.problem}")
    else:
        yield from _of_form(field, reading)
        yield from _of_value(field, reading)


def _of(field: Field, code: Code, words: str) -> Finding:
    return Finding(field.key, code, Severity.ERROR, f"{field.name} {words}.")


def _of_form(field: Field, reading: Reading) -> Iterator[Finding]:
    text = reading.raw.strip()
    if field.n_characters_min is not None and len(text) < field.n_characters_min:
        yield _of(field, Code.TOO_SHORT, f"has {len(text)} characters, at least {field.n_characters_min} are needed")
    if field.n_characters_max is not None and len(text) > field.n_characters_max:
        yield _of(field, Code.TOO_LONG, f"has {len(text)} characters, at most {field.n_characters_max} are allowed")
    written = reading.value if field.type in definition.ORDERED else text
    if field.pattern and not patterns.matches(field.pattern, written):
        yield _of(field, Code.PATTERN, f"does not have the form {field.pattern}")


def _of_value(field: Field, reading: Reading) -> Iterator[Finding]:
    if normal.is_partial(reading, field) and not field.accepts_partial:
        yield _of(field, Code.PARTIAL_DATE, f"tells no day: {reading.value}")
    if field.choices and field.type is not FieldType.CHOICE:
        listed = {normal.normalise(choice.value, field).value for choice in field.choices}
        if reading.value not in listed:
            yield _of(field, Code.NOT_IN_LIST, "is not in the list")
    low, high = definition.bound(field, field.minimum), definition.bound(field, field.maximum)
    if low is not None and _span(reading, field)[1] < low:
        yield _of(field, Code.BELOW_MINIMUM, f"is below {field.minimum}")
    if high is not None and _span(reading, field)[0] > high:
        yield _of(field, Code.ABOVE_MAXIMUM, f"is above {field.maximum}")


def _span(reading: Reading, field: Field) -> tuple[decimal.Decimal, decimal.Decimal]:
    """Return the lowest and the highest number a value may mean; of a date its day number."""
    if field.type is FieldType.DATE:
        earliest, latest = normal.days(reading)
        return decimal.Decimal(earliest.toordinal()), decimal.Decimal(latest.toordinal())
    return normal.number(reading), normal.number(reading)


def _broken(form: FormDefinition, rule: Rule, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    match rule:
        case FieldsCompare():
            yield from _broken_comparison(form, rule, readings)
        case RequiredWhen():
            yield from _broken_requirement(form, rule, readings)
        case SumOf():
            yield from _broken_sum(form, rule, readings)


def _broken_comparison(form: FormDefinition, rule: FieldsCompare, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    left, right = form.field(rule.left), form.field(rule.right)
    pair = readings[rule.left], readings[rule.right]
    if any(reading.state is not State.VALID for reading in pair) or _may_hold(rule.operator, left, right, pair):
        return
    words = _WORDS[rule.operator][left.type is FieldType.DATE]
    told = f"{left.name} must {words} {right.name}: {pair[0].raw.strip()}, {pair[1].raw.strip()}."
    yield Finding(left.key, Code.RULE_COMPARE, rule.severity, rule.message or told)


def _may_hold(operator: Operator, left: Field, right: Field, pair: tuple[Reading, Reading]) -> bool:
    """Say whether the relation holds for some value that the two readings may mean."""
    if left.type not in definition.ORDERED:
        return (pair[0].value == pair[1].value) == (operator is Operator.EQUAL)
    low, high = _span(pair[0], left)
    other_low, other_high = _span(pair[1], right)
    relations = {
        Operator.LESS: low < other_high,
        Operator.AT_MOST: low <= other_high,
        Operator.EQUAL: low <= other_high and other_low <= high,
        Operator.DIFFERENT: not (low == high == other_low == other_high),
        Operator.AT_LEAST: high >= other_low,
        Operator.GREATER: high > other_low,
    }
    return relations[operator]


def _broken_requirement(form: FormDefinition, rule: RequiredWhen, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    field, when = form.field(rule.field), form.field(rule.when)
    if readings[rule.field].state is not State.EMPTY or readings[rule.when].state is not State.VALID:
        return
    if rule.equals is not None and readings[rule.when].value != normal.normalise(rule.equals, when).value:
        return
    condition = "is filled" if rule.equals is None else f"is {rule.equals}"
    told = f"{field.name} is required when {when.name} {condition}."
    yield Finding(field.key, Code.RULE_REQUIRED, rule.severity, rule.message or told)


def _broken_sum(form: FormDefinition, rule: SumOf, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    total, parts = readings[rule.total], [readings[key] for key in rule.parts]
    filled = [part for part in parts if part.state is not State.EMPTY]
    if total.state is not State.VALID or not filled or any(part.state is not State.VALID for part in filled):
        return
    added = sum((normal.number(part) for part in filled), decimal.Decimal(0))
    if added != normal.number(total):
        names = ", ".join(form.field(key).name for key in rule.parts)
        told = f"{form.field(rule.total).name} is {total.raw.strip()}, but {names} add up to {added:,}."
        yield Finding(rule.total, Code.RULE_SUM, rule.severity, rule.message or told)
