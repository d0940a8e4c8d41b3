"""How far the order is, stage by stage, and what each person can do next to bring it further."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from cursitor.lines.entry import access
from cursitor.lines.entry.choices import BatchState, Stage, TaskKind
from cursitor.lines.entry.models import Schema
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import Task, WorkOrder

KEYED_AT = ((Stage.FIRST, TaskKind.FIRST), (Stage.SECOND, TaskKind.SECOND), (Stage.ADJUDICATE, TaskKind.ADJUDICATE))
WAITS_FOR = {
    Stage.ADJUDICATE: ("{n} waits for an adjudicator", "{n} wait for an adjudicator"),
    Stage.SECOND: ("{n} waits for a second keyer", "{n} wait for a second keyer"),
    Stage.FIRST: ("{n} waits to be keyed", "{n} wait to be keyed"),
}


@dataclass(frozen=True)
class Queue:
    """
    A stage at which records wait.

    n_held: those of them that somebody has open now. keyers: the tasks that may take from it. n_stuck: those that
    nobody of these may take, because they keyed the record in an earlier pass.
    """

    stage: Stage
    n_waiting: int
    n_held: int
    n_stuck: int
    keyers: tuple[Task, ...]


@dataclass(frozen=True)
class Standing:
    """Where an order stands. Every record is counted once: n_records = n_done + n_set_aside + the waiting of queues."""

    schema: Schema | None
    n_batches: int
    n_reading: int
    n_records: int
    n_done: int
    n_set_aside: int
    n_to_confirm: int
    queues: tuple[Queue, ...]

    @property
    def finding(self) -> str:
        """Return where the order stands as one sentence, the title of its page."""
        if self.schema is None:
            return "The form is still to be defined"
        if not self.n_batches:
            return "The form is defined; no pages have been collected yet"
        if not self.n_records:
            return "The pages are being rendered" if self.n_reading else "The batches hold no record"
        if self.n_done + self.n_set_aside == self.n_records:
            return self._all_settled()
        waiting = {queue.stage: queue.n_waiting for queue in self.queues}
        latest = next((stage for stage in WAITS_FOR if waiting[stage]), None)
        rest = f"; {WAITS_FOR[latest][waiting[latest] != 1].format(n=waiting[latest])}" if latest else ""
        return f"{self.n_done:,} of {_records(self.n_records)} {'is' if self.n_done == 1 else 'are'} settled{rest}"

    def _all_settled(self) -> str:
        if not self.n_set_aside:
            return f"All {_records(self.n_records)} are settled" if self.n_records > 1 else "The one record is settled"
        waits = f", {self.n_to_confirm:,} of them to be confirmed" if self.n_to_confirm else ""
        return f"{self.n_done:,} of {_records(self.n_records)} are settled, {self.n_set_aside:,} set aside{waits}"


@dataclass(frozen=True)
class Step:
    """Something that brings the order further. address and action are empty where it is not the person's to do."""

    sentence: str
    action: str = ""
    address: str = ""


def standing(order: WorkOrder, *, at: datetime) -> Standing:
    """Return where the order stands, in four queries."""
    schema = order.schemas.order_by("-version").first()
    batches = order.batches.aggregate(n=Count("pk"), reading=Count("pk", filter=Q(state=BatchState.READING)))
    held = Q(leased_to__isnull=False, lease_until__gt=at)
    rows = list(
        order.records.values("stage", "first_doer", "second_doer").annotate(
            n=Count("pk"),
            n_held=Count("pk", filter=held),
            n_confirmed=Count("pk", filter=Q(confirmed_by__isnull=False)),
        )
    )
    n_at: Counter[str] = Counter()
    for row in rows:
        n_at[row["stage"]] += row["n"]
    tasks = list(order.tasks.filter(state=TaskState.OPEN).select_related("holder").order_by("number"))
    n_confirmed = sum(row["n_confirmed"] for row in rows if row["stage"] == Stage.SET_ASIDE)
    return Standing(
        schema=schema,
        n_batches=batches["n"],
        n_reading=batches["reading"],
        n_records=sum(n_at.values()),
        n_done=n_at[Stage.DONE],
        n_set_aside=n_at[Stage.SET_ASIDE],
        n_to_confirm=n_at[Stage.SET_ASIDE] - n_confirmed,
        queues=tuple(_queue(stage, kind, rows, tasks) for stage, kind in KEYED_AT),
    )


def steps(order: WorkOrder, *, person: Person, standing: Standing) -> tuple[Step, ...]:
    """Return what is to be done next, what the person can do first."""
    if standing.schema is None:
        return (_define(order, person),)
    if not standing.n_batches:
        return (_collect(order, person),)
    found = [
        *_own_keying(order, person, standing),
        *_stuck(order, person, standing),
        *_set_aside(order, person, standing),
    ]
    return tuple(found) or (_nothing_waits(order, standing),)


def _queue(stage: Stage, kind: TaskKind, rows: list[dict], tasks: list[Task]) -> Queue:
    keyers = tuple(task for task in tasks if task.kind == kind and task.is_assigned)
    people = {task.holder_id for task in keyers}
    here = [row for row in rows if row["stage"] == stage]
    return Queue(
        stage=stage,
        n_waiting=sum(row["n"] for row in here),
        n_held=sum(row["n_held"] for row in here),
        n_stuck=sum(row["n"] for row in here if not people - _keyed_before(row, stage)),
        keyers=keyers,
    )


def _keyed_before(row: dict, stage: Stage) -> set[int]:
    return set() if stage == Stage.FIRST else {row["first_doer"], row["second_doer"]}


def _define(order: WorkOrder, person: Person) -> Step:
    what = "Say which fields the form has, how each is written and which are keyed twice. Pages can be collected then."
    if access.may(person, order=order, to="define"):
        return Step(what, "Define the form", reverse("entry:definition", args=[order.ref]))
    return Step(f"{order.holder.name}, who carries the order, or who holds the intake task defines the form.")


def _collect(order: WorkOrder, person: Person) -> Step:
    if access.may(person, order=order, to="collect"):
        sentence = (
            "Collect the scanned pages: PDF, TIFF, PNG or JPEG, e-mail with attachments, or a folder of the server."
        )
        return Step(sentence, "Collect a batch", reverse("entry:batches", args=[order.ref]))
    return Step(f"{order.holder.name}, who carries the order, or who holds the intake task collects the pages.")


def _own_keying(order: WorkOrder, person: Person, standing: Standing) -> list[Step]:
    found = []
    for queue in standing.queues:
        own = next((task for task in queue.keyers if task.holder_id == person.pk), None)
        if own is not None and queue.n_waiting > queue.n_stuck:
            address = reverse("work:task", args=[order.ref, own.number])
            waits = "waits" if queue.n_waiting == 1 else "wait"
            found.append(Step(f"{own.title}: {_records(queue.n_waiting)} {waits}.", "Open the bench", address))
    return found


def _stuck(order: WorkOrder, person: Person, standing: Standing) -> list[Step]:
    found = []
    for queue in standing.queues:
        if not queue.n_stuck:
            continue
        waits = "waits" if queue.n_stuck == 1 else "wait"
        why = "everybody assigned keyed them before" if queue.keyers else "nobody is assigned to it"
        sentence = f"{queue.stage.label}: {_records(queue.n_stuck)} {waits} for another person; {why}."
        if work_access.may(person, order=order, to="assign"):
            found.append(Step(sentence, "Assign", reverse("work:order_tasks", args=[order.ref])))
        else:
            found.append(Step(sentence))
    return found


def _set_aside(order: WorkOrder, person: Person, standing: Standing) -> list[Step]:
    if not standing.n_to_confirm or not access.may(person, order=order, to="dispose"):
        return []
    wait = "was set aside and waits" if standing.n_to_confirm == 1 else "were set aside and wait"
    sentence = f"{_records(standing.n_to_confirm)} {wait} to be confirmed as not keyable, or taken back."
    return [Step(sentence, "Look at them", reverse("entry:exceptions", args=[order.ref]))]


def _nothing_waits(order: WorkOrder, standing: Standing) -> Step:
    n_waiting = sum(queue.n_waiting for queue in standing.queues)
    if n_waiting:
        return Step(
            f"Nothing waits for you: {_records(n_waiting)} {'is' if n_waiting == 1 else 'are'} with the keyers."
        )
    if standing.n_reading:
        return Step("Nothing waits for you: pages are being rendered, and become records when they are.")
    if not standing.n_records:
        return Step("No page of the batches became a record.", "Batches", reverse("entry:batches", args=[order.ref]))
    after = "Nothing is left to key. Quality draws its lots; then the records are delivered."
    return Step(after, "The order", reverse("work:order", args=[order.ref]))


def _records(n: int) -> str:
    return f"{n:,} record{'' if n == 1 else 's'}"
