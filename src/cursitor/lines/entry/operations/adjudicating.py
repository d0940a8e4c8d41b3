"""Settling what two keyers read differently: a third person decides every difference, and only the differences."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.engines.entry.definition import Severity
from cursitor.lines.entry.choices import Pass
from cursitor.lines.entry.models import Keying, Record
from cursitor.lines.entry.operations import keying, leasing, settling
from cursitor.lines.entry.operations.keying import Fault, KeyingFaulty
from cursitor.lines.entry.queries import benches, desks
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task


def save_adjudication(
    *,
    task: Task,
    record: Record | int,
    values: Mapping[str, Mapping[str, Any]],
    effort: Mapping[str, Any],
    by: Person,
    at: datetime,
) -> Keying:
    """
    Save what the adjudicator decided on every field that the two keyings leave open, and settle the record.

    record: the record or its key. values: field -> {"choice": "A" or "B", a reading of `queries.bench`, "OWN" with
    "raw", or "UNREADABLE"; "confirmed"}. What A and B say is taken from the keyings themselves. effort: as in
    models.Keying.
    :raises leases.LeaseLost: if the person does not hold the record any more.
    :raises KeyingFaulty: with every difference left undecided and every decision that the form does not allow.
    """
    leasing.require_open(task=task, by=by)
    if desks.pass_of(task) != Pass.ADJUDICATION:
        raise desks.NotAKeyingTask(f"{task.title} is not a task of settling differences.")
    with transaction.atomic():
        record = keying.lock(record, task=task, by=by)
        shown = benches.bench(task=task, record=record, by=by)
        decided = _decided(shown.disputes, values)
        keying.require_faultless(shown.form, _merged(shown, decided), within=decided)
        made = keying.write(task=task, record=record, values=decided, effort=effort, by=by, at=at)
        settling.settle(record=record, at=at)
        keying.log("entry.record.adjudicated", made)
    return made


def _decided(
    disputes: tuple[benches.Dispute, ...], values: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the decisions as they are kept: {"raw", "unreadable", "choice", "confirmed"} of every disputed field."""
    if strange := sorted(set(values) - {dispute.field.key for dispute in disputes}):
        raise Invalid(f"Both keyers agree on {', '.join(strange)}; there is nothing to settle.")
    decided, left = {}, []
    for dispute in disputes:
        key, given = dispute.field.key, values.get(dispute.field.key) or {}
        found = _choice(dispute, given)
        if found is None:
            left.append(Fault(key, Severity.ERROR, f"{dispute.field.name} is still to be decided."))
        else:
            decided[key] = found | {"choice": given["choice"], "confirmed": bool(given.get("confirmed"))}
    if left:
        raise KeyingFaulty(left)
    return decided


def _choice(dispute: benches.Dispute, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a choice says, or None where nothing has been chosen."""
    match given.get("choice"):
        case "A" | "B" as choice:
            reading = dispute.readings["AB".index(choice)]
            return {"raw": reading or "", "unreadable": reading is None}
        case "OWN":
            return {"raw": keying.text_of(dispute.field, given), "unreadable": False}
        case "UNREADABLE":
            return {"raw": "", "unreadable": True}
    return None


def _merged(shown: benches.Bench, decided: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the whole record as it would stand, so that the rules between fields can speak."""
    agreed = {field.key: {"raw": raw, "unreadable": is_unreadable} for field, raw, is_unreadable in shown.settled}
    return agreed | dict(decided)
