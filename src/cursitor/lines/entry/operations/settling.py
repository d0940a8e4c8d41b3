"""Settling a record: what two keyers agree on, what a person decided, whose error it was."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.engines.entry import comparison, normal
from cursitor.engines.entry.comparison import Outcome, Settlement, Verdict
from cursitor.engines.entry.definition import Field, Severity
from cursitor.lines.entry import access, queries, regions
from cursitor.lines.entry.choices import How, Pass, Stage
from cursitor.lines.entry.models import Keying, Record, SourceFile, Value
from cursitor.lines.entry.queries import benches, comparing
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

_WRONG = {Verdict.RIGHT: False, Verdict.WRONG: True, Verdict.ABSTAINED: None}


class NotToBeSettled(Refusal):
    """Raised when a record has no keying of the stage it is at."""


class NotSettledYet(Refusal):
    """Raised when records would be opened again that nobody has settled."""


class OrderNotOpen(Refusal):
    """Raised when the order is not in progress."""


def settle(*, record: Record, at: datetime) -> Stage:
    """
    Move a record on after a keying of its stage was written, in the caller's transaction; return its new stage.

    From the first keying: to the second where fields are keyed twice, else done. From the second: done where every
    such field agrees, exactly or in canonical form, else to an adjudicator. From adjudication: done. Values are
    written when a record is done and not before, so that nothing of it can be seen while a keyer works on it blind.
    :raises NotToBeSettled: if the keying that the stage asks for is not there, or settles less than is disputed.
    """
    form, passes = queries.definition(record.schema), comparing.keyings_of(record)
    first = _needed(passes, Pass.FIRST, record)
    if record.stage == Stage.FIRST:
        return _wait(record, Stage.SECOND) if comparing.is_double(form) else _done(record, at, first)
    second = _needed(passes, Pass.SECOND, record) if comparing.is_double(form) else None
    disputes = comparing.disputes(form, first.values, second.values) if second else ()
    if record.stage == Stage.SECOND:
        return _wait(record, Stage.ADJUDICATE) if disputes else _done(record, at, first, second)
    if record.stage != Stage.ADJUDICATE:
        raise NotToBeSettled(f"{record} waits for no keying.")
    settled = _needed(passes, Pass.ADJUDICATION, record)
    left = [one.key for one in disputes if one.key not in settled.values]
    if left:
        raise NotToBeSettled(f"{record}: {', '.join(left)} is still to be settled.")
    return _done(record, at, first, second, settled)


def unsettle(*, record: Record) -> None:
    """Remove the values of a record that is keyed again, in the caller's transaction. Its keyings stay."""
    record.values.all().delete()
    record.done_at, record.n_errors, record.n_warnings = None, 0, 0
    record.save(update_fields=["done_at", "n_errors", "n_warnings"])


def reopen(*, order: WorkOrder, records: Iterable[int], reason: str, by: Person, at: datetime) -> int:
    """
    Put settled records back to their first keying, to be keyed anew; return how many.

    records: numbers. Keyings stay on record, values go until the records are settled again.
    :raises Invalid: without a reason or a record. :raises NotSettledYet: naming records that are not settled.
    """
    if not reason.strip():
        raise Invalid("Say why these records must be keyed again.", field="reason")
    numbers = sorted(set(records))
    with transaction.atomic():
        order = _open_order(order, by, to="reopen")
        found = list(Record.objects.select_for_update().filter(order=order, number__in=numbers).order_by("number"))
        other = sorted(set(numbers) - {one.number for one in found if one.stage == Stage.DONE})
        if other or not found:
            raise NotSettledYet(f"Only settled records are opened again; {_names(other) or 'none was chosen'}.")
        Value.objects.filter(record__in=found).delete()
        Record.objects.filter(pk__in=[one.pk for one in found]).update(
            stage=Stage.FIRST,
            first_doer=None,
            second_doer=None,
            adjudicator=None,
            done_at=None,
            n_errors=0,
            n_warnings=0,
        )
        data = {"records": numbers, "reason": reason.strip()[:300]}
        _log("entry.record.reopened", order, by, at, data)
    return len(found)


def confirm_set_aside(*, order: WorkOrder, records: Iterable[int], by: Person, at: datetime) -> int:
    """
    Confirm that records cannot be keyed: they are delivered as exceptions. Return how many were not confirmed before.

    records: numbers of records that were set aside.
    :raises Invalid: naming records that are not set aside.
    """
    numbers = sorted(set(records))
    with transaction.atomic():
        order = _open_order(order, by, to="dispose")
        found = Record.objects.select_for_update().filter(order=order, number__in=numbers, stage=Stage.SET_ASIDE)
        states = dict(found.values_list("number", "confirmed_by"))
        if other := sorted(set(numbers) - set(states)):
            raise Invalid(f"Not set aside: {_names(other)}.", field="records")
        fresh = [number for number, confirmed_by in states.items() if confirmed_by is None]
        found.filter(confirmed_by=None).update(confirmed_by=by, done_at=at)
        if fresh:
            _log("entry.record.confirmed", order, by, at, {"records": sorted(fresh)})
    return len(fresh)


def dispose_files(*, order: WorkOrder, files: Iterable[int], note: str, by: Person, at: datetime) -> int:
    """
    Settle files that could not be read: they are delivered as exceptions, with the note. Return how many.

    files: keys. note: why no record comes of them.
    :raises Invalid: without a note, or if a file is no open exception of this order.
    """
    if not note.strip():
        raise Invalid("Say why these files are left out.", field="note")
    keys = set(files)
    with transaction.atomic():
        order = _open_order(order, by, to="dispose")
        waiting = SourceFile.objects.filter(batch__order=order, disposed_at=None).exclude(exception_class="")
        found = list(waiting.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
        if len(found) < len(keys) or not found:
            raise Invalid("Choose files that wait to be settled.", field="files")
        for file in found:
            file.disposed_by, file.disposed_at, file.disposition_note = by, at, note.strip()[:300]
        SourceFile.objects.bulk_update(found, ["disposed_by", "disposed_at", "disposition_note"])
        data = {"files": [file.position for file in found], "note": note.strip()[:300]}
        _log("entry.file.disposed", order, by, at, data)
    return len(found)


def attribution(
    field: Field, *, truth: normal.Keyed, first: normal.Keyed, second: normal.Keyed | None
) -> tuple[bool | None, bool | None]:
    """
    Return whose reading differs from the truth: True, False, or None where there is nothing to compare.

    Who flagged a field as unreadable claimed nothing about it: None, counted apart from errors.
    """
    wrong = [None if one is None else _WRONG[comparison.verdict(field, truth, one)] for one in (first, second)]
    return wrong[0], wrong[1]


def _value(
    record: Record,
    field: Field,
    place: regions.Region | None,
    first: Keying,
    second: Keying | None,
    settled: Keying | None,
) -> Value:
    """Return the value of one field by the keyings that count, not yet saved. place: where it stands."""
    twice = comparing.is_keyed_twice(field) and second is not None
    own = [comparing.keyed(one.values, field.key) for one in (first, *([second] if twice and second else []))]
    how, (first_wrong, second_wrong), chosen = _judged(field, own, settled)
    reading = normal.normalise(chosen, field)
    shown = first.values.get(field.key) or {}
    return Value(
        record=record,
        field=field.key,
        raw=chosen.raw,
        canonical=comparison.shown(reading, field),
        is_unreadable=chosen.is_unreadable,
        how=how,
        first=first,
        second=second if twice else None,
        settled=settled if how == How.ADJUDICATED else None,
        first_wrong=first_wrong,
        second_wrong=second_wrong,
        was_prefilled=bool(shown.get("prefilled")),
        prefill_kept=shown.get("raw") == shown.get("shown") if shown.get("prefilled") else None,
        page=place.page if place else None,
        region=place.box if place else None,
    )


def _judged(
    field: Field, own: list[normal.Keyed], settled: Keying | None
) -> tuple[How, tuple[bool | None, bool | None], normal.Keyed]:
    """Return how a field stands, who was wrong (first, second), and which of the keyed values it is."""
    if len(own) == 1:
        return How.SINGLE, (None, None), own[0]
    merged = comparison.merge_field(field, *own)
    if merged.settlement is not Settlement.ADJUDICATE:
        is_same = merged.comparison is not None and merged.comparison.outcome is Outcome.EQUAL_NORMALISED
        return (How.AGREED_NORMALISED if is_same else How.AGREED_EXACT), (False, False), own[0]
    if settled is None:
        raise NotToBeSettled(f"{field.name} is still to be settled by a person.")
    truth = comparing.keyed(settled.values, field.key)
    return How.ADJUDICATED, attribution(field, truth=truth, first=own[0], second=own[1]), truth


def _needed(passes: Mapping[str, Keying], of_pass: Pass, record: Record) -> Keying:
    if of_pass not in passes:
        raise NotToBeSettled(f"{record} has not been keyed: {of_pass.label.lower()}.")
    return passes[of_pass]


def _wait(record: Record, stage: Stage) -> Stage:
    record.stage = stage
    record.save(update_fields=["stage"])
    return stage


def _done(
    record: Record, at: datetime, first: Keying, second: Keying | None = None, settled: Keying | None = None
) -> Stage:
    form = queries.definition(record.schema)
    places = benches.places(record, {field.key for field in form.fields})
    values = [_value(record, field, places.get(field.key), first, second, settled) for field in form.fields]
    record.values.all().delete()
    Value.objects.bulk_create(values)
    record.stage, record.done_at = Stage.DONE, at
    record.n_errors, record.n_warnings = findings_of(record, values)
    record.save(update_fields=["stage", "done_at", "n_errors", "n_warnings"])
    return Stage.DONE


def findings_of(record: Record, values: Iterable[Value]) -> tuple[int, int]:
    """Return how many errors and how many warnings the rules of the form find in settled values."""
    found = queries.findings(record.schema, values)
    n_errors = sum(one.severity is Severity.ERROR for one in found)
    return n_errors, len(found) - n_errors


def _open_order(order: WorkOrder, by: Person, *, to: str) -> WorkOrder:
    locked = WorkOrder.objects.select_for_update(of=("self",)).select_related("matter").get(pk=order.pk)
    access.require(by, order=locked, to=to)
    if locked.state != OrderState.IN_PROGRESS:
        raise OrderNotOpen(f"{locked.ref} is not in progress; send it back to work first.")
    return locked


def _names(numbers: Iterable[int]) -> str:
    return ", ".join(f"R{number:05d}" for number in numbers)


def _log(event: str, order: WorkOrder, by: Person, at: datetime, data: dict[str, Any]) -> None:
    audit.record(event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data=data)
