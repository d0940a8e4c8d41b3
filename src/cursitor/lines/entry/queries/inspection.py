"""What quality draws from data entry and compares: one unit per settled record, keyed blind by the inspector."""

from collections.abc import Mapping
from typing import Any

from cursitor.engines.entry import comparison, normal
from cursitor.engines.entry.comparison import Outcome
from cursitor.engines.entry.definition import PLAIN, Field, FormDefinition
from cursitor.engines.entry.normal import Keyed
from cursitor.lines.entry.choices import Stage
from cursitor.lines.entry.models import Record, Schema, Value
from cursitor.lines.entry.queries import comparing
from cursitor.lines.entry.queries.definition import definition
from cursitor.plumbing.refusal import Invalid, NotVisible
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.registry import DefectKind, DefectList, Finding, InspectionUnit

DEFECTS = DefectList(
    version="entry-2026.1",
    kinds=(
        DefectKind("CRITICAL_WRONG", "Critical field keyed wrongly", "CRITICAL"),
        DefectKind("WRONG", "Wrong value", "MAJOR"),
        DefectKind("MISSED", "Left empty, or flagged as unreadable, where a value can be read", "MAJOR"),
        DefectKind("INVENTED", "Value where the page shows none that can be read", "MAJOR"),
        DefectKind("FORM", "Other capitals, spaces or punctuation in a text", "MINOR"),
    ),
)
SINGLE, DOUBLE = "single-keyed", "double-keyed"
VALUE, UNREADABLE = "value-", "unreadable-"
"""After `reading-`: what the inspector keyed of a field, and that it cannot be read. The key of the field follows."""

_LONGEST = 80


def units(order: WorkOrder) -> tuple[InspectionUnit, ...]:
    """
    Return a unit for every settled record, in the order of numbers.

    The doer is the first keyer. Opportunities are the fields of the form. A record is of the stratum "single-keyed" if
    any field of it was keyed by one person alone: those are what only a sample can prove.
    """
    forms = {schema.pk: definition(schema) for schema in order.schemas.all()}
    strata = {pk: DOUBLE if all(map(comparing.is_keyed_twice, form.fields)) else SINGLE for pk, form in forms.items()}
    rows = order.records.filter(stage=Stage.DONE).order_by("number").values_list("number", "first_doer", "schema")
    return tuple(
        InspectionUnit(f"R{number:05d}", f"person:{doer}", strata[schema], len(forms[schema].fields))
        for number, doer, schema in rows
    )


def unit(order: WorkOrder, key: str) -> Record:
    """Return the record of a unit. :raises NotVisible: if the order has no settled record of this number."""
    digits = key.removeprefix("R")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    found = order.records.filter(stage=Stage.DONE, number=number).select_related("schema", "file", "order").first()
    if found is None:
        raise NotVisible
    return found


def judge(order: WorkOrder, unit_key: str, reading: dict[str, Any]) -> tuple[Finding, ...]:
    """
    Return the differences between an inspector's own keying of a record and what was settled, one finding a field.

    reading: as the form of `inspection_page` sends it, `value-<field>` and `unreadable-<field>`; other names are not
    looked at. Values are compared by the type of the field, so that another way of writing the same date is none.
    :raises Invalid: if a required field is neither keyed nor flagged as unreadable.
    """
    record = unit(order, unit_key)
    form, own = definition(record.schema), readings(record.schema, reading)
    if left := [field.name for field in form.fields if field.is_required and _is_left(own[field.key])]:
        raise Invalid(f"Key what the page shows, or flag it as unreadable: {', '.join(left)}.", field="reading")
    settled = {value.field: value for value in record.values.all()}
    found = []
    for field in form.fields:
        said = _said(settled[field.key])
        if defect := defect_of(field, settled=said, own=own[field.key]):
            words = f"{_words(said)} settled, read as {_words(own[field.key])}"
            found.append(Finding(defect, f"{_head(field)}{words}"))
    return tuple(found)


def readings(schema: Schema, submitted: Mapping[str, Any]) -> dict[str, Keyed]:
    """Return what an inspector keyed, by field of the form, from what was submitted or kept of an inspection."""
    plain = {name.removeprefix("reading-"): value for name, value in submitted.items()}
    return {
        field.key: Keyed(_one(plain.get(VALUE + field.key)), bool(_one(plain.get(UNREADABLE + field.key))))
        for field in definition(schema).fields
    }


def defect_of(field: Field, *, settled: Keyed, own: Keyed) -> str:
    """Return the key of the defect if a settled value differs from the inspector's, or nothing."""
    compared = comparison.compare(field, settled, own)
    if compared.is_equal or compared.outcome is Outcome.BOTH_UNREADABLE:
        return ""
    is_none = [one.state in (normal.State.EMPTY, normal.State.UNREADABLE) for one in (compared.first, compared.second)]
    if all(is_none):
        # Nothing to read and not to be read leave the record equally empty.
        return ""
    if field.is_critical:
        return "CRITICAL_WRONG"
    if any(is_none):
        return "MISSED" if is_none[0] else "INVENTED"
    return "FORM" if field.type in PLAIN and _bare(settled.raw) == _bare(own.raw) else "WRONG"


def field_of(form: FormDefinition, note: str) -> str:
    """Return the key of the field that the note of a finding of `judge` speaks of, or nothing."""
    return next((field.key for field in form.fields if note.startswith(_head(field))), "")


def _head(field: Field) -> str:
    return f"{field.name[:200]} [{field.key}]: "


def _said(value: Value) -> Keyed:
    return Keyed(value.raw, value.is_unreadable)


def _is_left(own: Keyed) -> bool:
    return not own.raw.strip() and not own.is_unreadable


def _one(value: Any) -> str:
    if isinstance(value, list | tuple):
        return str(value[0]) if value else ""
    return "" if value is None else str(value)


def _words(keyed: Keyed) -> str:
    if keyed.is_unreadable:
        return "unreadable"
    return f"\u201c{keyed.raw[:_LONGEST]}\u201d" if keyed.raw.strip() else "nothing"


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
