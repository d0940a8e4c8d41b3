"""What is keyed: the fields of a form, how each is written, and the rules between them, all as data."""

import dataclasses
import datetime
import decimal
import enum
import unicodedata
from collections.abc import Iterable, Iterator

from cursitor.engines.entry import patterns
from cursitor.engines.money import currencies

MOST_FIELDS = 2000
MOST_CHOICES = 5000
LONGEST_KEY = 200


class FieldType(enum.StrEnum):
    """How a value is read, compared and entered."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    NAME = "NAME"
    IDENTIFIER = "IDENTIFIER"
    DATE = "DATE"
    MONEY = "MONEY"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    CHOICE = "CHOICE"
    BOOLEAN = "BOOLEAN"


NUMBERS = frozenset({FieldType.MONEY, FieldType.INTEGER, FieldType.DECIMAL})
PLAIN = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
ORDERED = NUMBERS | {FieldType.DATE}


class Severity(enum.StrEnum):
    """An error stands in the way of delivery; a warning asks for a second look."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class DateOrder(enum.StrEnum):
    """In which order a date of three numbers is written, as in 3/4/1999."""

    DMY = "DMY"
    MDY = "MDY"
    YMD = "YMD"


class Operator(enum.StrEnum):
    """What must hold between two fields. For dates LESS is before and GREATER is after."""

    LESS = "LESS"
    AT_MOST = "AT_MOST"
    EQUAL = "EQUAL"
    DIFFERENT = "DIFFERENT"
    AT_LEAST = "AT_LEAST"
    GREATER = "GREATER"


EQUALITIES = frozenset({Operator.EQUAL, Operator.DIFFERENT})


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: the value that is stored and what the keyer reads."""

    value: str
    label: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """
    One field of a form.

    key: its name in records, files and rules. n_characters_min, n_characters_max: of the value as keyed.
    minimum, maximum: bounds, inclusive, written as canonical values ("0", "1990-01-01"); empty is none.
    is_critical: no machine ever settles it; such a field is always double-keyed.
    date_order: of dates written as three numbers; None reads only those that leave no doubt.
    latest_year: the latest year that two digits may mean (2026: "26" is 2026, "27" is 1927); None refuses two digits.
    accepts_partial: a month or a year alone is a full answer. decimal_mark: "." or ",", the other groups thousands.
    currency: ISO 4217; amounts in another one are refused. anchors: words on the page beside which the value stands,
    besides the label.
    """

    key: str
    label: str = ""
    type: FieldType = FieldType.TEXT
    help: str = ""
    is_required: bool = False
    is_critical: bool = False
    is_double_keyed: bool = False
    pattern: str = ""
    choices: tuple[Choice, ...] = ()
    n_characters_min: int | None = None
    n_characters_max: int | None = None
    minimum: str = ""
    maximum: str = ""
    date_order: DateOrder | None = None
    latest_year: int | None = None
    accepts_partial: bool = False
    decimal_mark: str = "."
    currency: str = ""
    anchors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a person reads: the label, or the key where there is none."""
        return self.label or self.key


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FieldsCompare:
    """A rule: `left` operator `right` holds wherever both are filled and certain."""

    left: str
    operator: Operator
    right: str
    severity: Severity = Severity.ERROR
    message: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RequiredWhen:
    """A rule: `field` is filled where `when` has the value `equals`, or any value if `equals` is None."""

    field: str
    when: str
    equals: str | None = None
    severity: Severity = Severity.ERROR
    message: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SumOf:
    """A rule: the `parts`, an empty one counted as nothing, add up to `total` where that is filled."""

    parts: tuple[str, ...]
    total: str
    severity: Severity = Severity.ERROR
    message: str = ""


Rule = FieldsCompare | RequiredWhen | SumOf


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition:
    """A form: its fields in the order of keying, and the rules between them."""

    title: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()

    def field(self, key: str) -> Field:
        """
        Return the field with this key.

        :raises KeyError: if the form has none.
        """
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a definition. `field` is a key, or empty where it concerns the whole form."""

    field: str
    sentence: str


class DefinitionFaulty(ValueError):
    """Raised when a definition cannot be keyed by. `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        told = [f"{fault.field}: {fault.sentence}" if fault.field else fault.sentence for fault in self.faults]
        super().__init__("; ".join(told))


def check(definition: FormDefinition) -> FormDefinition:
    """
    Return the definition unchanged if it can be keyed by.

    :raises DefinitionFaulty: with every fault, each naming its field.
    """
    found = faults(definition)
    if found:
        raise DefinitionFaulty(found)
    return definition


def faults(definition: FormDefinition) -> tuple[Fault, ...]:
    """Return everything that is wrong with a definition, field by field, then rule by rule."""
    return (*_faults_of_form(definition), *_faults_of_fields(definition), *_faults_of_rules(definition))


def _faults_of_form(definition: FormDefinition) -> Iterator[Fault]:
    if not definition.fields:
        yield Fault("", "a form needs at least one field")
    if len(definition.fields) > MOST_FIELDS:
        yield Fault("", f"a form has at most {MOST_FIELDS:,} fields, this one {len(definition.fields):,}")
    seen: set[str] = set()
    for field in definition.fields:
        if field.key in seen:
            yield Fault(field.key, "the key is used twice")
        seen.add(field.key)


def _faults_of_fields(definition: FormDefinition) -> Iterator[Fault]:
    for field in definition.fields:
        for sentence in (*_of_key(field), *_of_choices(field), *_of_lengths(field), *_of_options(field)):
            yield Fault(field.key, sentence)


def _of_key(field: Field) -> Iterator[str]:
    if not field.key.strip() or len(field.key) > LONGEST_KEY:
        yield f"a key has 1 to {LONGEST_KEY} characters"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in field.key):
        yield "the key holds a control character"
    if field.is_critical and not field.is_double_keyed:
        yield "a critical field is keyed twice"


def _of_choices(field: Field) -> Iterator[str]:
    values = [choice.value for choice in field.choices]
    if field.type is FieldType.CHOICE and not values:
        yield "a list needs at least one choice"
    if len(values) > MOST_CHOICES:
        yield f"a list has at most {MOST_CHOICES:,} choices"
    if "" in values:
        yield "a choice is empty; leave the field not required instead"
    if len(set(values)) < len(values):
        yield "a choice stands in the list twice"


def _of_lengths(field: Field) -> Iterator[str]:
    fewest, most = field.n_characters_min or 0, field.n_characters_max
    if fewest < 0 or (most is not None and (most < 1 or most < fewest)):
        yield f"no value has {fewest} to {most} characters"
    if field.pattern:
        try:
            patterns.compiled(field.pattern)
        except patterns.PatternRefused as refused:
            yield str(refused)


def _of_options(field: Field) -> Iterator[str]:
    if field.decimal_mark not in (".", ","):
        yield f"the decimal mark is a point or a comma, not {field.decimal_mark!r}"
    if field.currency and field.currency not in currencies.EXPONENTS:
        yield f"{field.currency!r} is not a currency code of ISO 4217"
    if field.latest_year is not None and not 1000 <= field.latest_year <= 9999:
        yield f"the latest year of two digits is a year of four, not {field.latest_year}"
    low, high = bound(field, field.minimum), bound(field, field.maximum)
    for text, limit in ((field.minimum, low), (field.maximum, high)):
        if text and limit is None:
            yield f"the bound {text!r} is not a value of type {field.type.lower()}"
    if low is not None and high is not None and low > high:
        yield f"the minimum {field.minimum} is above the maximum {field.maximum}"


def bound(field: Field, text: str) -> decimal.Decimal | None:
    """Return a bound as a number that values of the field's type compare with (a date as its day number)."""
    try:
        if field.type is FieldType.DATE:
            return decimal.Decimal(datetime.date.fromisoformat(text).toordinal())
        limit = decimal.Decimal(text) if field.type in NUMBERS else None
    except (ValueError, decimal.InvalidOperation):
        return None
    return limit if limit is not None and limit.is_finite() else None


def _faults_of_rules(definition: FormDefinition) -> Iterator[Fault]:
    types = {field.key: field.type for field in definition.fields}
    for position, rule in enumerate(definition.rules, 1):
        for key in keys_of(rule):
            if key not in types:
                yield Fault(key, f"rule {position} names a field that the form does not have")
        if set(keys_of(rule)) <= set(types):
            yield from (Fault(key, f"rule {position} {told}") for key, told in _of_rule(rule, types))


def keys_of(rule: Rule) -> tuple[str, ...]:
    """Return the keys of the fields a rule speaks of, the one that is blamed first."""
    match rule:
        case FieldsCompare():
            return (rule.left, rule.right)
        case RequiredWhen():
            return (rule.field, rule.when)
        case SumOf():
            return (rule.total, *rule.parts)


def _of_rule(rule: Rule, types: dict[str, FieldType]) -> Iterator[tuple[str, str]]:
    match rule:
        case FieldsCompare() if rule.left == rule.right:
            yield rule.left, "compares a field with itself"
        case FieldsCompare() if _kind(types[rule.left]) != _kind(types[rule.right]):
            yield rule.left, f"compares {types[rule.left].lower()} with {types[rule.right].lower()}"
        case FieldsCompare() if rule.operator not in EQUALITIES and types[rule.left] not in ORDERED:
            yield rule.left, "compares by size what has none: use equal or different"
        case SumOf():
            if not rule.parts or rule.total in rule.parts or len(set(rule.parts)) < len(rule.parts):
                yield rule.total, "needs parts, each once, and a total that is none of them"
            yield from ((key, "adds what is no number") for key in keys_of(rule) if types[key] not in NUMBERS)
        case RequiredWhen() if rule.field == rule.when:
            yield rule.field, "makes a field depend on itself"
        case _:
            return


def _kind(field_type: FieldType) -> frozenset[FieldType]:
    return next((kind for kind in (NUMBERS, PLAIN) if field_type in kind), frozenset({field_type}))
