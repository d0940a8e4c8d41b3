"""The options of a field and the rules of a form as JSON, in both directions, in one table."""

import decimal
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cursitor.engines.entry.definition import (
    Choice,
    DateOrder,
    Field,
    FieldsCompare,
    FieldType,
    Operator,
    RequiredWhen,
    Rule,
    Severity,
    SumOf,
)

LONGEST_TEXT = 2000

TYPE_WORDS = {
    **{member.value.lower(): member for member in FieldType},
    "string": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "longtext": FieldType.LONG_TEXT,
    "id": FieldType.IDENTIFIER,
    "amount": FieldType.MONEY,
    "currency": FieldType.MONEY,
    "int": FieldType.INTEGER,
    "number": FieldType.DECIMAL,
    "float": FieldType.DECIMAL,
    "select": FieldType.CHOICE,
    "enum": FieldType.CHOICE,
    "list": FieldType.CHOICE,
    "checkbox": FieldType.BOOLEAN,
    "bool": FieldType.BOOLEAN,
}
OPERATOR_WORDS = {
    **{member.value.lower(): member for member in Operator},
    "before": Operator.LESS,
    "<": Operator.LESS,
    "not_after": Operator.AT_MOST,
    "<=": Operator.AT_MOST,
    "after": Operator.GREATER,
    ">": Operator.GREATER,
    "not_before": Operator.AT_LEAST,
    ">=": Operator.AT_LEAST,
    "=": Operator.EQUAL,
    "==": Operator.EQUAL,
    "!=": Operator.DIFFERENT,
    "not_equal": Operator.DIFFERENT,
}


class OptionWrong(ValueError):
    """Raised when the value of an option or a rule cannot be used. The sentence says why."""


def snake(name: str) -> str:
    """
    Return a name in snake case: names in definitions may be written either way.

    >>> snake("doubleKeyed"), snake("double_keyed")
    ('double_keyed', 'double_keyed')
    """
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise OptionWrong(f"is not a text of at most {LONGEST_TEXT:,} characters")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionWrong("is neither true nor false")
    return value


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or abs(value) > 10**9:
        raise OptionWrong("is not a whole number")
    return int(value)


def _scalar(value: object) -> str:
    """Return a value of a list, a bound or a condition as it is keyed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{decimal.Decimal(str(value)):f}"
    return _text(value)


def _bound(value: object) -> str:
    return "" if value is None else _scalar(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),)
    if not isinstance(value, list):
        raise OptionWrong("is not a list of texts")
    return tuple(_text(entry) for entry in value)


def _choices(value: object) -> tuple[Choice, ...]:
    if not isinstance(value, list):
        raise OptionWrong("is not a list")
    return tuple(_choice(entry) for entry in value if entry is not None)


def _choice(entry: object) -> Choice:
    if isinstance(entry, Mapping):
        return Choice(_scalar(entry.get("value")), _text(entry.get("label", "")))
    return Choice(_scalar(entry))


def _type(value: object) -> FieldType:
    word = snake(_text(value)).replace(" ", "_").replace("-", "_")
    if word not in TYPE_WORDS:
        raise OptionWrong(f"{value!r} is none of {', '.join(member.lower() for member in FieldType)}")
    return TYPE_WORDS[word]


def _date_order(value: object) -> DateOrder | None:
    if value is None:
        return None
    word = _text(value).upper()
    if word not in DateOrder.__members__:
        raise OptionWrong(f"{value!r} is none of dmy, mdy, ymd")
    return DateOrder(word)


_OPTIONS: dict[str, tuple[str, Callable[[object], object]]] = {
    "key": ("key", _text),
    "type": ("type", _type),
    "label": ("label", _text),
    "help": ("help", _text),
    "required": ("is_required", _flag),
    "critical": ("is_critical", _flag),
    "double_keyed": ("is_double_keyed", _flag),
    "pattern": ("pattern", _text),
    "choices": ("choices", _choices),
    "min_length": ("n_characters_min", _count),
    "max_length": ("n_characters_max", _count),
    "minimum": ("minimum", _bound),
    "maximum": ("maximum", _bound),
    "date_order": ("date_order", _date_order),
    "latest_year": ("latest_year", _count),
    "partial_dates": ("accepts_partial", _flag),
    "decimal_mark": ("decimal_mark", _text),
    "currency": ("currency", _text),
    "anchors": ("anchors", _texts),
}
_ALIASES = {
    "name": "key",
    "title": "label",
    "description": "help",
    "enum": "choices",
    "options": "choices",
    **{attribute: option for option, (attribute, _) in _OPTIONS.items()},
}
_IN_EXTENSION = {
    "is_critical": "critical",
    "is_double_keyed": "doubleKeyed",
    "minimum": "minimum",
    "maximum": "maximum",
    "date_order": "dateOrder",
    "latest_year": "latestYear",
    "accepts_partial": "partialDates",
    "decimal_mark": "decimalMark",
    "currency": "currency",
    "anchors": "anchors",
}


def field_of(told: Mapping[str, Any]) -> tuple[Field, list[str], list[str]]:
    """
    Return the field that options describe, what is wrong with them (one sentence each), and the names not understood.

    A critical field is keyed twice unless the options say otherwise, which is then a fault of the definition.
    """
    read: dict[str, Any] = {}
    problems, unknown = [], []
    for name, value in told.items():
        option = _ALIASES.get(snake(name), snake(name))
        if option not in _OPTIONS:
            unknown.append(name)
            continue
        attribute, convert = _OPTIONS[option]
        try:
            read[attribute] = convert(value)
        except (OptionWrong, ArithmeticError, ValueError) as problem:
            problems.append(f"the option {name!r} {problem if isinstance(problem, OptionWrong) else 'is no number'}")
    read.setdefault("is_double_keyed", read.get("is_critical", False))
    return Field(**{"key": "", **read}), problems, unknown


def field_as_json(field: Field) -> dict[str, Any]:
    """Return what JSON Schema has no word for: the type, and every option that is not as it is by default."""
    told: dict[str, Any] = {"type": field.type.lower()}
    plain = Field(key=field.key)
    for attribute, name in _IN_EXTENSION.items():
        value = getattr(field, attribute)
        if value != getattr(plain, attribute) or (attribute == "is_double_keyed" and field.is_critical):
            told[name] = list(value) if isinstance(value, tuple) else value.lower() if name == "dateOrder" else value
    if any(choice.label for choice in field.choices) or (field.choices and field.type is not FieldType.CHOICE):
        told["choices"] = [{"value": choice.value, "label": choice.label} for choice in field.choices]
    return told


def rules_of(told: object) -> Iterator[Rule | str]:
    """Yield every rule of a list, or a sentence for one that is none."""
    if not isinstance(told, list):
        yield "the rules are not a list"
        return
    for position, entry in enumerate(told, 1):
        try:
            yield _rule({snake(name): value for name, value in entry.items()} if isinstance(entry, Mapping) else {})
        except OptionWrong as problem:
            yield f"rule {position} {problem}"


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON."""
    told: dict[str, Any] = {"severity": rule.severity.lower()} | ({"message": rule.message} if rule.message else {})
    match rule:
        case FieldsCompare():
            return {"kind": "compare", "left": rule.left, "operator": rule.operator.lower(), "right": rule.right} | told
        case RequiredWhen():
            condition = {} if rule.equals is None else {"equals": rule.equals}
            return {"kind": "requiredWhen", "field": rule.field, "when": rule.when} | condition | told
        case SumOf():
            return {"kind": "sum", "parts": list(rule.parts), "total": rule.total} | told


def _rule(told: Mapping[str, Any]) -> Rule:
    kind = snake(_text(told.get("kind", "")))
    makers = {
        "compare": _fields_compare,
        "comparison": _fields_compare,
        "required_when": _required_when,
        "sum": _sum_of,
        "total": _sum_of,
    }
    if kind not in makers:
        raise OptionWrong(f"has the kind {told.get('kind')!r}, which is none of compare, requiredWhen, sum")
    rule, known = makers[kind](told)
    unknown = told.keys() - known - {"kind", "severity", "message"}
    if unknown:
        raise OptionWrong(f"has {sorted(unknown)[0]!r}, which is not understood")
    return rule


def _fields_compare(told: Mapping[str, Any]) -> tuple[Rule, set[str]]:
    word = snake(_text(told.get("operator", ""))).replace(" ", "_")
    if word not in OPERATOR_WORDS:
        raise OptionWrong(f"has the operator {told.get('operator')!r}, which is none of {', '.join(OPERATOR_WORDS)}")
    keys = {"left": _key(told, "left"), "right": _key(told, "right")}
    rule = FieldsCompare(**keys, operator=OPERATOR_WORDS[word], severity=_severity(told), message=_message(told))
    return rule, {"left", "operator", "right"}


def _required_when(told: Mapping[str, Any]) -> tuple[Rule, set[str]]:
    equals = told.get("equals")
    rule = RequiredWhen(
        field=_key(told, "field"),
        when=_key(told, "when"),
        equals=None if equals is None else _scalar(equals),
        severity=_severity(told),
        message=_message(told),
    )
    return rule, {"field", "when", "equals"}


def _sum_of(told: Mapping[str, Any]) -> tuple[Rule, set[str]]:
    parts = _texts(told.get("parts"))
    rule = SumOf(parts=parts, total=_key(told, "total"), severity=_severity(told), message=_message(told))
    return rule, {"parts", "total"}


def _key(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise OptionWrong(f"does not name its {name!r} field")
    return value


def _severity(told: Mapping[str, Any]) -> Severity:
    word = _text(told.get("severity", "error")).upper()
    if word not in Severity.__members__:
        raise OptionWrong(f"has the severity {told.get('severity')!r}, which is neither error nor warning")
    return Severity(word)


def _message(told: Mapping[str, Any]) -> str:
    return _text(told.get("message", ""))
