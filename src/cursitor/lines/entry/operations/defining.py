"""The form definition of an order, in versions. Records keep the version they were made with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.engines.entry import schemas
from cursitor.engines.entry.definition import DefinitionFaulty, FormDefinition
from cursitor.lines.entry import access, documents, regions
from cursitor.lines.entry.models import Schema
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import ENDED_STATES
from cursitor.spine.work.models import WorkOrder

LONGEST_KEY = 60
LONGEST_NOTE = 300


class DefinitionRefused(Invalid):
    """Raised when a definition cannot be keyed by. `faults`: (key of the field or empty, sentence), all of them."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        told = [f"{key}: {sentence}" if key else sentence for key, sentence in faults]
        super().__init__("; ".join(told), field="definition")


def make_schema(
    *, order: WorkOrder, definition: Mapping[str, Any], prefill: bool, note: str, by: Person, at: datetime
) -> Schema:
    """
    Make the next version of the order's form definition; content that did not change makes none and is returned.

    definition: a JSON document as engines.entry.schemas reads it (JSON Schema, or our own form), each property with
    its `x-region` where its place is known. It is kept as `documents` says. Records that exist keep their version;
    records made later get this one.
    :raises DefinitionRefused: with every fault. :raises NotPermitted: unless the person may "define".
    """
    form, places = checked(definition)
    document = documents.kept(form, places)
    if not documents.is_writable(document):
        raise DefinitionRefused([("", "a text holds a character that cannot be kept, such as NUL")])
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="define")
        if order.state in ENDED_STATES:
            raise Invalid(f"{order.ref} has ended; its form stays as it is.")
        latest = order.schemas.order_by("-version").first()
        if latest and latest.definition == document and latest.prefill == prefill:
            return latest
        made = Schema.objects.create(
            order=order,
            version=latest.version + 1 if latest else 1,
            definition=document,
            prefill=prefill,
            note=note.strip()[:LONGEST_NOTE],
            made_by=by,
            made_at=at,
        )
        _log(made, form)
    return made


def checked(definition: Mapping[str, Any]) -> tuple[FormDefinition, dict[str, regions.Region]]:
    """Return the form and its places, once everything about them can be used. :raises DefinitionRefused:"""
    try:
        form = schemas.from_json_schema(definition)
    except DefinitionFaulty as faulty:
        raise DefinitionRefused([(fault.field, fault.sentence) for fault in faulty.faults]) from faulty
    too_long = [field.key for field in form.fields if len(field.key) > LONGEST_KEY]
    if too_long:
        raise DefinitionRefused([(key, f"a key has at most {LONGEST_KEY} characters here") for key in too_long])
    try:
        return form, regions.of_document(definition)
    except regions.RegionOff as off:
        raise DefinitionRefused([(off.field, off.sentence.partition(": ")[2])]) from off


def _log(made: Schema, form: FormDefinition) -> None:
    data = {
        "version": made.version,
        "fields": len(form.fields),
        "double_keyed": sum(field.is_double_keyed for field in form.fields),
        "critical": sum(field.is_critical for field in form.fields),
        "prefill": made.prefill,
        "note": made.note,
    }
    audit.record(
        event="entry.schema.made",
        at=made.made_at,
        by=made.made_by,
        subject=made.order.key,
        matter=made.order.matter.key,
        data=data,
    )
