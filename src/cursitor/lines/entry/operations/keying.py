"""Keying a record and taking it back. Every step is a row that the database refuses to change."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from cursitor.engines.entry.definition import Field, FormDefinition, Severity
from cursitor.lines.entry import access
from cursitor.lines.entry.choices import Pass, Stage
from cursitor.lines.entry.models import GoldSet, Keying, Record
from cursitor.lines.entry.operations import leasing, settling
from cursitor.lines.entry.queries import benches, desks
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases

LONGEST_VALUE = 10_000
LONGEST_REASON = 300
LONGEST_SECONDS = 4 * 3600
MOST_KEYSTROKES = 1_000_000
DOER = {Pass.FIRST: "first_doer", Pass.SECOND: "second_doer", Pass.ADJUDICATION: "adjudicator"}


class NothingToUndo(Refusal):
    """Raised when the person has no keying left at this desk that could be taken back."""


class TakenFurther(Refusal):
    """Raised when somebody else has gone on with the record since the keying that would be taken back."""


class ReasonNeeded(Invalid):
    """Raised when a record is set aside without saying why."""


@dataclass(frozen=True)
class Fault:
    """What stands against saving, at one field: severity ERROR, or WARNING until the keyer has confirmed it."""

    field: str
    severity: str
    sentence: str


class KeyingFaulty(Invalid):
    """Raised when values may not be saved as they are. `faults` lists everything, in the order of the form."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(fault.sentence for fault in self.faults[:5]), field=self.faults[0].field)


def save_keying(
    *,
    task: desks.Desk,
    record: Record | int,
    values: Mapping[str, Mapping[str, Any]],
    effort: Mapping[str, Any],
    by: Person,
    at: datetime,
) -> Keying:
    """
    Save what the person typed of the record they hold, in the pass of the desk, and move the record on.

    record: the record or its key. values: field -> {"raw", "unreadable", "touched", "confirmed"}; a field left out is
    empty. touched: the keyer looked at what the machine had put there, and kept or changed it; only the first pass
    starts from it. confirmed: the keyer stands by the value against a warning. effort: as in models.Keying; what is out
    of range is cut off.
    :raises leases.LeaseLost: if the person does not hold the record any more.
    :raises KeyingFaulty: with every error, and every warning not confirmed; nothing is saved.
    """
    leasing.require_open(task=task, by=by)
    of_pass = desks.pass_of(task)
    if of_pass == Pass.ADJUDICATION:
        raise desks.NotAKeyingTask(f"{task.title} settles differences; it keys no record of its own.")
    with transaction.atomic():
        record = lock(record, task=task, by=by)
        form = benches.form_of(record.schema, of_pass)
        typed = as_typed(form, values, benches.prefill_of(record, of_pass))
        require_faultless(form, typed)
        keying = write(task=task, record=record, values=typed, effort=effort, by=by, at=at)
        if of_pass == Pass.GOLD:
            leases.release(Record.objects.filter(pk=record.pk))
        else:
            settling.settle(record=record, at=at)
        log("entry.record.keyed", keying)
    return keying


def undo_keying(*, task: desks.Desk, by: Person, at: datetime) -> Keying:
    """
    Take back the person's latest keying at this desk that still stands, and return the keying that does so.

    May be called again and again, to the first of the desk. The person holds the record again.
    :raises NothingToUndo: if nothing is left.
    :raises TakenFurther: if somebody else has gone on with the record since, or has it in hand.
    """
    leasing.require_open(task=task, by=by)
    with transaction.atomic():
        own = desks.own_keyings(task=task, by=by).first()
        if own is None:
            raise NothingToUndo("There is no record of yours left here that could be taken back.")
        record = _locked().select_related("schema").get(pk=own.record_id)
        _require_not_taken_further(record, own, at)
        keying = Keying.objects.create(
            record=record, task_id=own.task_id, schema_id=own.schema_id, of_pass=own.of_pass, by=by, at=at, undoes=own
        )
        if own.of_pass != Pass.GOLD:
            settling.unsettle(record=record)
            record.stage = Stage(own.of_pass)
            setattr(record, DOER[own.of_pass], None)
        record.leased_to, record.lease_until = by, at + leases.LEASE
        record.save(update_fields=["stage", *DOER.values(), "leased_to", "lease_until"])
        log("entry.record.undone", keying)
    return keying


def set_aside(*, task: desks.Desk, record: Record | int, reason: str, by: Person, at: datetime) -> Record:
    """
    Take the record that the person holds out of keying, because it cannot be keyed. Who may dispose decides on it.

    :raises ReasonNeeded: without a reason. :raises leases.LeaseLost: if the person does not hold it any more.
    """
    leasing.require_open(task=task, by=by)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise ReasonNeeded("Say why this record cannot be keyed.", field="reason")
    with transaction.atomic():
        record = lock(record, task=task, by=by)
        record.stage, record.set_aside_reason, record.set_aside_by = Stage.SET_ASIDE, reason, by
        record.leased_to = record.lease_until = None
        record.save(update_fields=["stage", "set_aside_reason", "set_aside_by", "leased_to", "lease_until"])
        _log_record("entry.record.set_aside", record, by, at, task=_number(task), reason=reason)
    return record


def take_back(*, record: Record, by: Person, at: datetime) -> Record:
    """
    Put a record that was set aside back to where its keying stood, for whoever may dispose of such records.

    :raises Invalid: if it is not set aside. :raises access refusals: unless the person may "dispose".
    """
    with transaction.atomic():
        record = _locked().select_related("order__matter").get(pk=record.pk)
        access.require(by, order=record.order, to="dispose")
        if record.stage != Stage.SET_ASIDE:
            raise Invalid(f"{record.name} is not set aside.")
        record.stage = _stage_by_doers(record)
        record.set_aside_reason, record.set_aside_by, record.confirmed_by, record.done_at = "", None, None, None
        record.save(update_fields=["stage", "set_aside_reason", "set_aside_by", "confirmed_by", "done_at"])
        _log_record("entry.record.taken_back", record, by, at, stage=record.stage)
    return record


def lock(record: Record | int, *, task: desks.Desk, by: Person) -> Record:
    """
    Return the record, given by itself or its key, locked.

    :raises leases.LeaseLost: unless the person holds it and it waits for the desk.
    """
    found = desks.held(task=task, by=by).select_related("schema").select_for_update(of=("self",))
    locked = found.filter(pk=record if isinstance(record, int) else record.pk).first()
    if locked is None:
        raise leases.LeaseLost
    locked.order = task.order
    return locked


def as_typed(
    form: FormDefinition, values: Mapping[str, Mapping[str, Any]], prefill: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """
    Return the values as they are kept: {"raw", "unreadable", "prefilled", "shown", "confirmed"} of every field.

    :raises Invalid: if a value is of no field of the pass, too long, or holds what no page shows.
    :raises KeyingFaulty: if what the machine had put into a field was not looked at.
    """
    if strange := sorted(set(values) - {field.key for field in form.fields}):
        raise Invalid(f"Not fields of this pass: {', '.join(strange)}.")
    typed, unseen = {}, []
    for field in form.fields:
        given, guess = values.get(field.key) or {}, prefill.get(field.key) or {}
        raw = text_of(field, given)
        if guess and not given.get("touched"):
            words = f"{field.name} was read by machine: compare, then confirm it."
            unseen.append(Fault(field.key, Severity.ERROR, words))
        typed[field.key] = {
            "raw": raw,
            "unreadable": bool(given.get("unreadable")),
            "prefilled": bool(guess),
            "shown": guess.get("value", ""),
            "confirmed": bool(given.get("confirmed")),
        }
    if unseen:
        raise KeyingFaulty(unseen)
    return typed


def text_of(field: Field, given: Mapping[str, Any]) -> str:
    """Return a value exactly as it was typed. :raises Invalid: if it is too long, or holds what cannot be kept."""
    raw = str(given.get("raw") or "")
    if len(raw) > LONGEST_VALUE:
        raise Invalid(f"{field.name} has {len(raw):,} characters; {LONGEST_VALUE:,} can be kept.", field=field.key)
    if "\x00" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise Invalid(f"{field.name} holds a character that cannot be kept.", field=field.key)
    return raw


def require_faultless(
    form: FormDefinition, typed: Mapping[str, Mapping[str, Any]], *, within: Collection[str] | None = None
) -> None:
    """
    Check values against the form. within: only faults of these fields count, those of the whole form if left out.

    :raises KeyingFaulty: with every error, and every warning that the keyer has not confirmed.
    """
    found = [
        fault
        for fault in benches.faults_of(form, typed)
        if (within is None or fault.field in within)
        and (fault.severity == Severity.ERROR or not typed.get(fault.field, {}).get("confirmed"))
    ]
    if found:
        raise KeyingFaulty([Fault(fault.field, fault.severity, fault.sentence) for fault in found])


def write(
    *,
    task: desks.Desk,
    record: Record,
    values: dict[str, dict[str, Any]],
    effort: Mapping[str, Any],
    by: Person,
    at: datetime,
) -> Keying:
    """Write a keying of the record, and on the record who did this pass. Its lease ends with it."""
    of_pass = desks.pass_of(task)
    keying = Keying.objects.create(
        record=record,
        task=None if isinstance(task, GoldSet) else task,
        schema=record.schema,
        of_pass=of_pass,
        by=by,
        at=at,
        values=values,
        effort=effort_of(effort, values),
    )
    if of_pass in DOER:
        setattr(record, DOER[of_pass], by)
        record.leased_to = record.lease_until = None
        record.save(update_fields=[DOER[of_pass], "leased_to", "lease_until"])
    return keying


def effort_of(given: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the effort as it is kept: whole numbers within their bounds, of known fields only."""
    by_field = given.get("by_field") if isinstance(given.get("by_field"), Mapping) else {}
    return {
        "seconds": _count(given.get("seconds"), LONGEST_SECONDS),
        "idle_seconds": _count(given.get("idle_seconds"), LONGEST_SECONDS),
        "keystrokes": _count(given.get("keystrokes"), MOST_KEYSTROKES),
        "by_field": {
            key: {
                "keystrokes": _count(by_field[key].get("keystrokes"), MOST_KEYSTROKES),
                "seconds": _count(by_field[key].get("seconds"), LONGEST_SECONDS),
            }
            for key in fields
            if isinstance(by_field.get(key), Mapping)
        },
    }


def log(event: str, keying: Keying) -> None:
    """Write a keying to the log: who, which record, which pass, how much, and never what was typed."""
    data = {"pass": keying.of_pass, "keying": keying.pk, "fields": len(keying.values)}
    data |= {"unreadable": sum(bool(value.get("unreadable")) for value in keying.values.values())}
    data |= {"seconds": keying.effort.get("seconds", 0), "keystrokes": keying.effort.get("keystrokes", 0)}
    task = keying.task.number if keying.task else None
    _log_record(event, keying.record, keying.by, keying.at, task=task, **data)


def _log_record(event: str, record: Record, by: Person, at: datetime, **data: Any) -> None:
    order = record.order
    audit.record(
        event=event, at=at, by=by, subject=order.key, matter=order.matter.key, data={"record": record.name, **data}
    )


def _require_not_taken_further(record: Record, own: Keying, at: datetime) -> None:
    later = desks.kept_keyings().filter(record=record, pk__gt=own.pk).exclude(of_pass=Pass.GOLD)
    is_moved = own.of_pass != Pass.GOLD and (
        later.exists() or getattr(record, DOER[own.of_pass] + "_id") != own.by_id or record.stage == Stage.SET_ASIDE
    )
    if is_moved:
        raise TakenFurther(f"Somebody has gone on with {record.name} since; it can no longer be taken back.")
    if record.leased_to_id not in (None, own.by_id) and record.lease_until and record.lease_until >= at:
        raise TakenFurther(f"Somebody else has {record.name} in hand now; it cannot be taken back.")


def _locked() -> QuerySet[Record]:
    return Record.objects.select_for_update(of=("self",))


def _stage_by_doers(record: Record) -> Stage:
    """Return the stage that a record stands at by what has been keyed of it."""
    if record.first_doer_id is None:
        return Stage.FIRST
    return Stage.SECOND if record.second_doer_id is None else Stage.ADJUDICATE


def _number(task: desks.Desk) -> int | None:
    return None if isinstance(task, GoldSet) else task.number


def _count(given: Any, most: int) -> int:
    try:
        return min(max(int(given), 0), most)
    except (TypeError, ValueError, OverflowError):
        return 0
