"""The demo's order of data entry: public registration forms, two keyers, a difference that waits for a third person."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cursitor.lines.entry
from cursitor.lines.entry import operations as entry
from cursitor.lines.entry import queries, reader
from cursitor.lines.entry.choices import Split, TaskKind
from cursitor.lines.entry.models import Record, SourceFile
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.people.models import Person
from cursitor.spine.work import operations as work
from cursitor.spine.work.models import Task, WorkOrder
from cursitor.web.demo.orders import Desk
from cursitor.web.demo.scene import CORBEL, OWEN
from cursitor.web.demo.times import Story

TITLE = "Registration statements offered as exhibits"
DATA = Path(__file__).parent / "data" / "fara"
FORM = Path(cursitor.lines.entry.__file__).parent / "data" / "fara.json"
BRIEF = {
    "subject": "Filings under the Foreign Agents Registration Act, 1979 to 1995, scanned by the Department of Justice.",
    "streams": 1,
    "split": Split.FILE,
    "every": 1,
    "guidance": "Names as they are typed on the form, without titles. The register date is that of the stamp.",
    "pace_low": 30,
    "pace_high": 60,
}
UNREADABLE = "The stamp of receipt cannot be read, and the register date is required. Is there a better copy?"
SLIPS = {"fara-011775c020.pdf": {"registration_number": "4096"}}
"""What the second keyer misreads."""
OTHERWISE = {"fara-0766f9d571.pdf": {"register_date": "November 1, 1991"}}
"""What the second keyer writes in another way."""
SECONDS, KEYSTROKES = 52, 128


def life(desk: Desk) -> Story:
    """Two records are settled, one waits for its adjudicator, one for its second keyer, one was set aside."""
    manager, first, second, third = (
        desk.cast[name] for name in ("Anjali Deshkar", "Kavya Rindani", "Sanjana Pethe", "Zofia Brzeska")
    )
    at = yield desk.ago(3, "15:20")
    order = _ordered(desk, at)
    at = yield at + timedelta(minutes=25)
    order = work.issue(order=order, by=desk.cast[OWEN], at=at)
    at = yield desk.ago(2, "04:50")
    order = work.accept(order=order, by=manager, at=at)
    at = yield at + timedelta(minutes=10)
    order = work.start(order=order, by=manager, at=at)
    holders = {TaskKind.FIRST: first, TaskKind.SECOND: second, TaskKind.ADJUDICATE: third}
    for task in _tasks(order):
        work.assign(task=task, to=holders.get(task.kind, manager), by=manager, at=at)
    at = yield at + timedelta(minutes=20)
    _collect(order, manager, at)
    at = yield desk.ago(2, "06:30")
    _key(order, TaskKind.FIRST, by=first, at=at, n=4, changed={})
    at = yield desk.ago(1, "05:10")
    _key(order, TaskKind.SECOND, by=second, at=at, n=3, changed={**SLIPS, **OTHERWISE})


def _ordered(desk: Desk, at: datetime) -> WorkOrder:
    return work.draft_order(
        matter=desk.scene.matters[CORBEL],
        engagement=desk.scene.engagements["Quillfield"],
        line="entry",
        work_kind="entry.records",
        title=TITLE,
        brief=BRIEF,
        fee_basis=RateBasis.UNIT,
        budget_amount=60_00,
        by=desk.cast[OWEN],
        at=at,
    )


def _collect(order: WorkOrder, by: Person, at: datetime) -> None:
    """Define the form, collect the scans and have them rendered here and now, as the worker would."""
    definition = json.loads(FORM.read_text(encoding="utf-8"))
    entry.make_schema(order=order, definition=definition, prefill=False, note="", by=by, at=at)
    with ExitStack() as opened:
        files = [(name, opened.enter_context((DATA / name).open("rb"))) for name in _filings()]
        split = {"split": Split.FILE, "every": 1}
        batch = entry.collect_upload(order=order, label="Exhibits A to E", files=files, by=by, at=at, **split)
    waiting = SourceFile.objects.filter(batch=batch).values_list("pk", flat=True)
    entry.read_files(files=list(waiting), reader=reader.shared(), at=at)
    entry.publish(batch=batch.pk, at=at)


def _key(
    order: WorkOrder, kind: str, *, by: Person, at: datetime, n: int, changed: Mapping[str, Mapping[str, str]]
) -> None:
    """Key the next n records of a pass; what the demo holds no values for is set aside afterwards."""
    task = next(task for task in _tasks(order) if task.kind == kind)
    for place in range(n):
        moment = at + timedelta(seconds=90 * place)
        record = entry.next_record(task=task, by=by, at=moment)
        raw = {**_filings()[record.file.path], **changed.get(record.file.path, {})}
        effort = {"seconds": SECONDS, "idle_seconds": 3, "keystrokes": KEYSTROKES}
        entry.save_keying(task=task, record=record, values=_typed(record, raw, kind), effort=effort, by=by, at=moment)
    moment = at + timedelta(seconds=90 * n)
    left = entry.next_record(task=task, by=by, at=moment)
    if left is not None and not _filings()[left.file.path]:
        entry.set_aside(task=task, record=left, reason=UNREADABLE, by=by, at=moment)
    else:
        entry.release_record(task=task, by=by, at=moment)


def _typed(record: Record, raw: Mapping[str, str], kind: str) -> dict[str, dict[str, Any]]:
    fields = queries.definition(record.schema).fields
    keys = [field.key for field in fields if kind == TaskKind.FIRST or queries.is_keyed_twice(field)]
    return {key: {"raw": raw[key], "confirmed": True} for key in keys}


def _tasks(order: WorkOrder) -> list[Task]:
    return list(order.tasks.select_related("order__matter", "order__provider", "holder").order_by("number"))


def _filings() -> dict[str, dict[str, str]]:
    return json.loads((DATA / "filings.json").read_text(encoding="utf-8"))
