"""What a keyed value says: its canonical value by the type of the field, or the reason why it says none."""

import dataclasses
import datetime
import decimal
import enum
import re
import unicodedata

from cursitor.engines.entry import dates, names, numbers
from cursitor.engines.entry.definition import NUMBERS, PLAIN, Field, FieldType

LONGEST = 10_000
TRUE = frozenset({"true", "t", "yes", "y", "1", "x", "on", "checked", "\u2611", "\u2612", "\u2713", "\u2714"})
FALSE = frozenset({"false", "f", "no", "n", "0", "off", "unchecked", "\u2610"})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212./_:,#\u00b7]+")


class State(enum.StrEnum):
    """VALID: read. EMPTY: nothing keyed. INVALID: cannot be read as its type. UNREADABLE: flagged so by the keyer."""

    VALID = "VALID"
    EMPTY = "EMPTY"
    INVALID = "INVALID"
    UNREADABLE = "UNREADABLE"


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    """What one keyer entered in one field, exactly, and whether it was flagged as unreadable on the page."""

    raw: str = ""
    is_unreadable: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """
    What a keyed value says.

    raw: exactly as keyed. value: canonical, for comparing, empty unless the state is VALID. problem: why it is INVALID.
    """

    raw: str
    state: State
    value: str = ""
    problem: str = ""


class _CannotBeRead(ValueError):
    """Raised inside this module when a value is none of its type."""


def normalise(keyed: Keyed | str, field: Field) -> Reading:
    """
    Return what a keyed value says under a field. Never raises: what cannot be read is INVALID, with the reason.

    Canonical values: dates YYYY-MM-DD, YYYY-MM or YYYY; numbers without separators and a point before the decimals;
    amounts with the places of their currency, and the currency where the field has none; booleans true or false; a
    choice by its stored value; identifiers in upper case without separators; names as `names.canonical` has it; texts
    as keyed but for white space at the end and the Unicode form NFC.

    >>> normalise("March 4, 1999", Field(key="filed", type=FieldType.DATE)).value
    '1999-03-04'
    >>> normalise("3/4/1999", Field(key="filed", type=FieldType.DATE)).state
    <State.INVALID: 'INVALID'>
    """
    told = keyed if isinstance(keyed, Keyed) else Keyed(keyed)
    if told.is_unreadable:
        return Reading(told.raw, State.UNREADABLE)
    if not told.raw.strip():
        return Reading(told.raw, State.EMPTY)
    if len(told.raw) > LONGEST and field.type not in PLAIN:
        return Reading(told.raw, State.INVALID, problem=f"is longer than {LONGEST:,} characters")
    try:
        return Reading(told.raw, State.VALID, _value(told.raw, field))
    except (_CannotBeRead, dates.DateUnclear, numbers.NumberUnclear) as problem:
        return Reading(told.raw, State.INVALID, problem=str(problem))


def agree(field: Field, first: Reading, second: Reading) -> bool:
    """Say whether two readings of a field are valid and say the same. Symmetric."""
    if first.state is not State.VALID or second.state is not State.VALID or first.value != second.value:
        return False
    return field.type is not FieldType.NAME or not names.are_addressed_apart(first.raw, second.raw)


def number(reading: Reading) -> decimal.Decimal:
    """Return the number a valid reading of a numeric field tells, without its currency."""
    return decimal.Decimal(reading.value.split(" ")[0])


def days(reading: Reading) -> tuple[datetime.date, datetime.date]:
    """Return the earliest and the latest day that a valid reading of a date field may mean."""
    return dates.span(reading.value)


def is_partial(reading: Reading, field: Field) -> bool:
    """Say whether a date tells only its month or its year."""
    return field.type is FieldType.DATE and reading.state is State.VALID and len(reading.value) < len("1999-03-04")


def _value(raw: str, field: Field) -> str:
    if field.type in PLAIN:
        return unicodedata.normalize("NFC", raw).rstrip()
    plain = unicodedata.normalize("NFKC", raw).strip()
    if field.type is FieldType.DATE:
        return dates.read(plain, order=field.date_order, latest_year=field.latest_year)
    if field.type in NUMBERS:
        return _number(plain, field)
    if field.type is FieldType.CHOICE:
        return _choice(raw, field)
    if field.type is FieldType.BOOLEAN:
        return _boolean(plain)
    value = names.canonical(raw) if field.type is FieldType.NAME else identifier(raw)
    if not value:
        raise _CannotBeRead(f"{raw[:40]!r} holds nothing but punctuation")
    return value


def identifier(raw: str) -> str:
    """
    Return an identifier in upper case and without the separators between its groups. Zeros at the front are kept.

    The letter O and the digit 0 stay apart, and so do I and 1: which one it is, a person says.

    >>> identifier("ab-0012/3"), identifier("#AB 0O12")
    ('AB00123', 'AB0O12')
    """
    joined = _SEPARATORS.sub("", unicodedata.normalize("NFKC", raw).upper())
    return unicodedata.normalize("NFKC", joined)


def _number(plain: str, field: Field) -> str:
    if field.type is FieldType.MONEY:
        amount = numbers.read_amount(plain, decimal_mark=field.decimal_mark, currency=field.currency)
        return f"{amount.number:f} {amount.currency}".strip()
    told = numbers.shortest(numbers.read(plain, decimal_mark=field.decimal_mark))
    if field.type is FieldType.INTEGER and "." in told:
        raise _CannotBeRead(f"{plain[:40]!r} is not a whole number")
    return told


def _choice(raw: str, field: Field) -> str:
    for choice in field.choices:
        if raw == choice.value:
            return choice.value
    labelled = [choice.value for choice in field.choices if raw == choice.label]
    if len(labelled) != 1:
        raise _CannotBeRead(f"{raw[:40]!r} is not in the list")
    return labelled[0]


def _boolean(plain: str) -> str:
    word = plain.casefold()
    if word in TRUE:
        return "true"
    if word in FALSE:
        return "false"
    raise _CannotBeRead(f"{plain[:40]!r} is neither yes nor no")
