"""Two keyings of one record: where they agree, what a person must settle, and whose error it was."""

import dataclasses
import enum
from collections.abc import Mapping

from cursitor.engines.entry import normal
from cursitor.engines.entry.definition import PLAIN, Field, FieldType, FormDefinition
from cursitor.engines.entry.normal import Keyed, Reading, State

Record = Mapping[str, Keyed | str]
"""What was keyed, by the key of the field; a field that is not there was not keyed."""

SHOWN_AS_KEYED = PLAIN | {FieldType.NAME}


class Outcome(enum.StrEnum):
    """How two keyings of a field stand to each other."""

    EQUAL_EXACT = "EQUAL_EXACT"
    EQUAL_NORMALISED = "EQUAL_NORMALISED"
    BOTH_EMPTY = "BOTH_EMPTY"
    UNEQUAL = "UNEQUAL"
    ONE_MISSING = "ONE_MISSING"
    ONE_UNREADABLE = "ONE_UNREADABLE"
    BOTH_UNREADABLE = "BOTH_UNREADABLE"


EQUAL = frozenset({Outcome.EQUAL_EXACT, Outcome.EQUAL_NORMALISED, Outcome.BOTH_EMPTY})


@dataclasses.dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field of two keyings. An outcome of EQUAL_EXACT may still be two times the same invalid value."""

    key: str
    outcome: Outcome
    first: Reading
    second: Reading

    @property
    def is_equal(self) -> bool:
        return self.outcome in EQUAL


class Settlement(enum.StrEnum):
    """MERGED: both keyings agree. SINGLE: keyed once by design. ADJUDICATE: a person settles it."""

    MERGED = "MERGED"
    SINGLE = "SINGLE"
    ADJUDICATE = "ADJUDICATE"


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """
    What became of one field.

    value: what the record says, to be shown and delivered; empty while a person has still to settle it.
    reason: a sentence for the adjudicator, empty where there is nothing to settle.
    """

    key: str
    settlement: Settlement
    value: str
    reading: Reading | None
    comparison: FieldComparison | None
    reason: str = ""


class Verdict(enum.StrEnum):
    """RIGHT, WRONG, or ABSTAINED: flagged as unreadable what the adjudicator could read."""

    RIGHT = "RIGHT"
    WRONG = "WRONG"
    ABSTAINED = "ABSTAINED"


@dataclasses.dataclass(frozen=True, slots=True)
class Attribution:
    """Whose error a disagreement was, measured by the settled value. Both can be wrong."""

    key: str
    first: Verdict
    second: Verdict


def compare(field: Field, first: Keyed | str, second: Keyed | str) -> FieldComparison:
    """
    Return how two keyings of one field stand to each other: exactly, in canonical form, or not equal.

    Symmetric. A value that cannot be read equals only exactly the same characters.
    """
    return compare_readings(field, normal.normalise(first, field), normal.normalise(second, field))


def compare_readings(field: Field, first: Reading, second: Reading) -> FieldComparison:
    """Return how two readings of one field stand to each other."""
    return FieldComparison(field.key, _outcome(field, first, second), first, second)


def compare_records(definition: FormDefinition, first: Record, second: Record) -> tuple[FieldComparison, ...]:
    """Return every field of a form, compared between two keyings, in the order of the form."""
    return tuple(compare(field, first.get(field.key, ""), second.get(field.key, "")) for field in definition.fields)


def merge(definition: FormDefinition, first: Record, second: Record) -> tuple[Merge, ...]:
    """
    Return what two keyings settle by themselves and what a person must, field by field in the order of the form.

    A field that is double-keyed merges when both keyings agree exactly or in canonical form. A critical one merges only
    if the agreed value can also be read: two times the same invalid or unreadable value, or an empty required one,
    is for a person. A field that is keyed once is taken from the first keying; a flag or an invalid value in it is
    for a person too.
    """
    return tuple(merge_field(field, first.get(field.key, ""), second.get(field.key, "")) for field in definition.fields)


def merge_field(field: Field, first: Keyed | str, second: Keyed | str) -> Merge:
    """Return what two keyings of one field settle by themselves, as `merge` does for a record."""
    reading = normal.normalise(first, field)
    if not field.is_double_keyed and not field.is_critical:
        return _single(field, reading)
    compared = compare_readings(field, reading, normal.normalise(second, field))
    reason = _reason(field, compared)
    if reason:
        return Merge(field.key, Settlement.ADJUDICATE, "", None, compared, reason)
    return Merge(field.key, Settlement.MERGED, shown(reading, field), reading, compared)


def shown(reading: Reading, field: Field) -> str:
    """Return what a record says for a reading: names and texts as keyed, everything else in canonical form."""
    if reading.state is not State.VALID or field.type in SHOWN_AS_KEYED:
        return "" if reading.state in (State.UNREADABLE, State.EMPTY) else reading.raw.strip()
    return reading.value


def attribute(field: Field, settled: Keyed | str, first: Keyed | str, second: Keyed | str) -> Attribution:
    """Return whose error it was: who differs from the settled value, exactly and in canonical form, is wrong."""
    return Attribution(field.key, verdict(field, settled, first), verdict(field, settled, second))


def verdict(field: Field, settled: Keyed | str, keyed: Keyed | str) -> Verdict:
    """Return what one keying of a field is worth, measured by the settled value."""
    compared = compare(field, settled, keyed)
    if compared.is_equal or compared.outcome is Outcome.BOTH_UNREADABLE:
        return Verdict.RIGHT
    return Verdict.ABSTAINED if compared.second.state is State.UNREADABLE else Verdict.WRONG


def _outcome(field: Field, first: Reading, second: Reading) -> Outcome:
    states = {first.state, second.state}
    if State.UNREADABLE in states:
        return Outcome.BOTH_UNREADABLE if len(states) == 1 else Outcome.ONE_UNREADABLE
    if State.EMPTY in states:
        return Outcome.BOTH_EMPTY if len(states) == 1 else Outcome.ONE_MISSING
    if first.raw == second.raw:
        return Outcome.EQUAL_EXACT
    return Outcome.EQUAL_NORMALISED if normal.agree(field, first, second) else Outcome.UNEQUAL


def _single(field: Field, reading: Reading) -> Merge:
    if reading.state is State.UNREADABLE:
        return Merge(field.key, Settlement.ADJUDICATE, "", None, None, f"{field.name}: flagged as unreadable")
    if reading.state is State.INVALID:
        return Merge(field.key, Settlement.ADJUDICATE, "", None, None, f"{field.name}: {reading.problem}")
    return Merge(field.key, Settlement.SINGLE, shown(reading, field), reading, None)


_REASONS = {
    Outcome.UNEQUAL: "the keyings differ",
    Outcome.ONE_MISSING: "one keying is empty",
    Outcome.ONE_UNREADABLE: "one keyer could not read it",
    Outcome.BOTH_UNREADABLE: "neither keyer could read it",
}


def _reason(field: Field, compared: FieldComparison) -> str:
    """Return why a person must settle a field, or nothing where both keyings do."""
    told = _REASONS.get(compared.outcome, "")
    if not told and field.is_critical:
        if compared.first.state is State.INVALID:
            told = f"both keyings agree, but {compared.first.problem}"
        elif compared.first.state is State.EMPTY and field.is_required:
            told = "both keyings are empty, and the field is required"
    return f"{field.name}: {told}" if told else ""
