"""Rows of data entry, made directly so that a test arranges only what it is about."""

import io
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from PIL import Image

from cursitor.engines.entry.definition import Choice, DateOrder, Field, FieldType, FormDefinition
from cursitor.lines.entry import documents, operations
from cursitor.lines.entry.choices import PASS_OF_TASK, BatchState, Pass, Stage, TaskKind
from cursitor.lines.entry.models import Batch, Keying, Page, Record, Schema, SourceFile
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.engagements.models import TeamMember
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work.choices import Lane, OrderState
from cursitor.spine.work.models import Custody, Task, WorkOrder
from tests.factories import NOW, World, person
from tests.factories import order as work_order

TOKEN = re.compile(r"\b[0-9A-Za-z]{32,}\b")
"""A random token, or a digest, of a page: it may hold any few letters by chance."""

NAME = Field(key="registrant", label="Registrant", type=FieldType.NAME, is_required=True, is_double_keyed=True)
NUMBER = Field(
    key="number", label="Registration no.", type=FieldType.IDENTIFIER, is_critical=True, is_double_keyed=True
)
FILED = Field(key="filed", label="Filed", type=FieldType.DATE, date_order=DateOrder.MDY, latest_year=2026)
KIND = Field(
    key="kind", label="Form", type=FieldType.CHOICE, choices=(Choice("SUPPLEMENT", "Supplemental"), Choice("AMENDMENT"))
)
NOTE = Field(key="note", label="Remark", type=FieldType.TEXT)
FORM = FormDefinition(title="Registration statement", fields=(NAME, NUMBER, FILED, KIND, NOTE))
SINGLE_FORM = FormDefinition(title="Card", fields=(FILED, NOTE))

RIGHT = {
    "registrant": "Akin, Gump & Co., Inc.",
    "number": "A-0431/7",
    "filed": "March 4, 1999",
    "kind": "SUPPLEMENT",
    "note": "Stamped twice.",
}


def order(world: World, form: FormDefinition = FORM, **changes: object) -> WorkOrder:
    """An order in progress with a form definition."""
    made = bare_order(world, **changes)
    schema(made, form)
    return made


def bare_order(world: World, **changes: object) -> WorkOrder:
    """An order in progress, its form still to be defined."""
    return work_order(
        world,
        **{
            "line": "entry",
            "work_kind": "entry.records",
            "title": "Registration statements",
            "state": OrderState.IN_PROGRESS,
            "issued_at": NOW - timedelta(days=2),
            "holder": world.delivery_manager,
            "brief": {"subject": "Registration statements", "streams": 1, "split": "FILE", "every": 1},
            **changes,
        },
    )


def schema(of: WorkOrder, form: FormDefinition = FORM, **changes: object) -> Schema:
    return Schema.objects.create(
        **{
            "order": of,
            "version": of.schemas.count() + 1,
            "definition": documents.kept(form, {}),
            "prefill": False,
            "made_by": of.holder,
            "made_at": NOW,
            **changes,
        }
    )


def task(of: WorkOrder, holder: Person, kind: str = TaskKind.FIRST) -> Task:
    made = Task.objects.create(
        order=of,
        number=of.tasks.count() + 1,
        kind=kind,
        title=str(TaskKind(kind).label),
        holder=holder,
        is_assigned=True,
        made_at=NOW,
    )
    Custody.objects.create(order=of, task=made, lane=Lane.WORK, number=1, holder=holder, from_at=NOW, reason="assigned")
    return made


def adjudicator(world: World) -> Person:
    """A third specialist on the team of the matter."""
    found = Person.objects.filter(email__startswith="ines.dabrowski").first()
    if found is None:
        found = person("Ines Dabrowski", Role.SPECIALIST, world.pune)
        TeamMember.objects.create(matter=world.matter, person=found, joined_at=NOW - timedelta(days=50))
    return found


def batch(of: WorkOrder, **changes: object) -> Batch:
    number = of.batches.count() + 1
    return Batch.objects.create(
        **{
            "order": of,
            "number": number,
            "label": f"Box {number}",
            "state": BatchState.READY,
            "made_by": of.holder,
            "made_at": NOW,
            "ready_at": NOW,
            **changes,
        }
    )


def file(of: Batch, **changes: object) -> SourceFile:
    position = f"{of.files.count() + 1:04d}"
    return SourceFile.objects.create(
        **{"batch": of, "position": position, "path": f"{position}.pdf", "n_pages": 1, "read_at": NOW, **changes}
    )


def page(of: SourceFile, at: datetime = NOW, **changes: object) -> Page:
    """A rendered page: a small white picture in the vault."""
    drawn = io.BytesIO()
    Image.new("L", (60, 80), 255).save(drawn, "PNG")
    image = vault.put(scope=of.batch.order.matter.key, source=drawn.getvalue(), at=at)
    found = {"file": of, "number": 1, "image": image, "mime": "image/png", "width": 60, "height": 80, "dpi": 200}
    return Page.objects.create(**{**found, **changes})


def record(of: Batch, **changes: object) -> Record:
    """A record of one page that waits for its first keying."""
    source = changes.pop("file", None) or file(of)
    return Record.objects.create(
        **{
            "order": of.order,
            "number": of.order.records.count() + 1,
            "batch": of,
            "file": source,
            "first_page": 1,
            "last_page": 1,
            "schema": of.order.schemas.order_by("-version").first(),
            **changes,
        }
    )


def values(raw: Mapping[str, str], *unreadable: str) -> dict[str, dict[str, object]]:
    """Values as a keyer sends them: what was typed, and the fields flagged as unreadable."""
    typed = {key: {"raw": text, "unreadable": False, "touched": True, "confirmed": True} for key, text in raw.items()}
    return typed | {key: {"raw": "", "unreadable": True, "touched": True, "confirmed": True} for key in unreadable}


def key(of: Record, at_task: Task, raw: Mapping[str, str], *unreadable: str, at: datetime = NOW) -> Keying:
    """Key a record as the holder of the task does; the second pass is given its own fields alone."""
    Record.objects.filter(pk=of.pk).update(leased_to=at_task.holder, lease_until=at + timedelta(minutes=10))
    sent = values(raw, *unreadable)
    if PASS_OF_TASK[at_task.kind] == Pass.SECOND:
        form = documents.form(of.schema.definition)
        sent = {one.key: sent[one.key] for one in form.fields if one.is_double_keyed and one.key in sent}
    made = operations.save_keying(
        task=at_task,
        record=of,
        values=sent,
        effort={"seconds": 40, "idle_seconds": 4, "keystrokes": 120},
        by=at_task.holder,
        at=at,
    )
    of.refresh_from_db()
    return made


def settle(of: Record, at_task: Task, choices: Mapping[str, Mapping[str, object]], at: datetime = NOW) -> Keying:
    """Settle the differences of a record as its adjudicator does: {field: {"choice": ...}}."""
    Record.objects.filter(pk=of.pk).update(leased_to=at_task.holder, lease_until=at + timedelta(minutes=10))
    of.refresh_from_db()
    made = operations.save_adjudication(
        task=at_task, record=of, values=choices, effort={"seconds": 9}, by=at_task.holder, at=at
    )
    of.refresh_from_db()
    return made


def own(raw: str) -> dict[str, object]:
    """What an adjudicator sends who reads neither of the two."""
    return {"choice": "OWN", "raw": raw, "confirmed": True}


def done(of: Batch, first: Task, second: Task, raw: Mapping[str, str] = RIGHT) -> Record:
    """A record that two keyers typed alike."""
    made = record(of)
    key(made, first, raw)
    key(made, second, raw)
    assert made.stage == Stage.DONE
    return made
