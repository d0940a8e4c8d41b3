"""What stands of a record's keyings, and what in them a person must settle."""

from collections.abc import Iterable, Mapping
from typing import Any

from cursitor.engines.entry import comparison, validation
from cursitor.engines.entry.definition import Field, FormDefinition
from cursitor.engines.entry.normal import Keyed
from cursitor.lines.entry.choices import Pass
from cursitor.lines.entry.models import Keying, Record, Schema, Value
from cursitor.lines.entry.queries.definition import definition


def keyings_of(record: Record) -> dict[str, Keying]:
    """
    Return the keying that counts of each pass: the latest that was not taken back.

    After a record was opened again, the keyings of later passes than its stage are those of before; look no further
    than the stage says.
    """
    kept = Keying.objects.filter(record=record, undoes=None, undone_by=None).order_by("pk")
    return {keying.of_pass: keying for keying in kept.select_related("by")}


def keyed(values: Mapping[str, Any], key: str) -> Keyed:
    """Return what was keyed of a field, as the engine takes it; a field that is not there is empty."""
    found = values.get(key) or {}
    return Keyed(str(found.get("raw") or ""), bool(found.get("unreadable")))


def is_keyed_twice(field: Field) -> bool:
    return field.is_double_keyed or field.is_critical


def is_double(form: FormDefinition) -> bool:
    """Say whether records of the form need a second keyer."""
    return any(map(is_keyed_twice, form.fields))


def disputed(record: Record) -> tuple[comparison.Merge, ...]:
    """
    Return the fields of a record that an adjudicator settles, in the order of the form, each with the reason.

    Only fields that are keyed twice come here; a flag in one that is keyed once stands as it is and is listed.
    """
    passes = keyings_of(record)
    return disputes(definition(record.schema), passes[Pass.FIRST].values, passes[Pass.SECOND].values)


def disputes(form: FormDefinition, first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[comparison.Merge, ...]:
    """Return what two keyings of a record leave to a person."""
    merges = (
        comparison.merge_field(field, keyed(first, field.key), keyed(second, field.key))
        for field in form.fields
        if is_keyed_twice(field)
    )
    return tuple(one for one in merges if one.settlement is comparison.Settlement.ADJUDICATE)


def findings(schema: Schema, values: Iterable[Value]) -> tuple[validation.Finding, ...]:
    """Return what the rules of the form find in settled values of a record."""
    record = {value.field: Keyed(value.raw, value.is_unreadable) for value in values}
    return validation.validate(definition(schema), record)
