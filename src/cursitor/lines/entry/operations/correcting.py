"""Correcting a settled value: who found it wrong says why, and the error goes to whose it was."""

from datetime import datetime

from django.db import transaction

from cursitor.engines.entry import comparison, normal
from cursitor.lines.entry import access, queries
from cursitor.lines.entry.choices import How, Pass, Stage
from cursitor.lines.entry.models import Keying, Record, Value
from cursitor.lines.entry.operations import settling
from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

LONGEST_REASON = 300
CORRECTABLE = (OrderState.IN_PROGRESS, OrderState.IN_QUALITY)


def correct(
    *, record: Record, field: str, raw: str, is_unreadable: bool, reason: str, by: Person, at: datetime
) -> Value:
    """
    Set a settled value right and return it. What keyers typed stays on record; their error is attributed anew.

    field: its key. raw: what the page shows. reason: why, kept with the correction.
    Whoever keyed the record may not correct it: another person than the keyers decides.
    :raises Invalid: without a reason, for a field the form does not have, or if it would change nothing.
    :raises NotPermitted: to the keyers of the record. :raises settling.NotSettledYet: before it is settled.
    """
    if not reason.strip():
        raise Invalid("Say why this value is corrected.", field="reason")
    with transaction.atomic():
        record = _locked(record, by)
        value = record.values.select_related("first", "second").filter(field=field).first()
        if value is None:
            raise Invalid(f"The form has no field {field}.", field="field")
        own = normal.Keyed(raw, is_unreadable)
        if (value.raw, value.is_unreadable) == (own.raw, own.is_unreadable):
            raise Invalid("That is what the record says already.", field="raw")
        keying = Keying.objects.create(
            record=record,
            schema=record.schema,
            of_pass=Pass.ADJUDICATION,
            by=by,
            at=at,
            values={field: {"raw": raw, "unreadable": is_unreadable, "reason": reason.strip()[:LONGEST_REASON]}},
        )
        _correct(value, record, own, keying)
        record.n_errors, record.n_warnings = settling.findings_of(record, record.values.all())
        record.save(update_fields=["n_errors", "n_warnings"])
        data = {"record": record.name, "field": field, "reason": reason.strip()[:LONGEST_REASON]}
        order = record.order
        audit.record(
            event="entry.record.corrected", at=at, by=by, subject=order.key, matter=order.matter.key, data=data
        )
    return value


def _locked(record: Record, by: Person) -> Record:
    order = WorkOrder.objects.select_for_update(of=("self",)).select_related("matter").get(pk=record.order_id)
    access.require(by, order=order, to="reopen")
    if order.state not in CORRECTABLE:
        raise settling.OrderNotOpen(f"{order.ref} is neither in work nor in quality; send it back to work first.")
    locked = Record.objects.select_for_update(of=("self",)).select_related("schema").get(pk=record.pk)
    locked.order = order
    if locked.stage != Stage.DONE:
        raise settling.NotSettledYet(f"{locked.name} is not settled yet.")
    if by.pk in (locked.first_doer_id, locked.second_doer_id):
        raise NotPermitted(f"You keyed {locked.name} yourself; somebody else corrects it.")
    return locked


def _correct(value: Value, record: Record, own: normal.Keyed, keying: Keying) -> None:
    field = queries.definition(record.schema).field(value.field)
    first = queries.keyed(value.first.values, field.key)
    second = queries.keyed(value.second.values, field.key) if value.second else None
    value.raw, value.is_unreadable = own.raw, own.is_unreadable
    value.canonical = comparison.shown(normal.normalise(own, field), field)
    value.how, value.settled = How.CORRECTED, keying
    value.first_wrong, value.second_wrong = settling.attribution(field, truth=own, first=first, second=second)
    value.save()
