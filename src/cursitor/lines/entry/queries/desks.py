"""Where somebody keys, which records wait there, and which of them this person may take."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from cursitor.lines.entry.choices import PASS_OF_TASK, Pass, Stage
from cursitor.lines.entry.models import GoldSet, Keying, Record
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases
from cursitor.spine.work.models import Task

Desk = Task | GoldSet
"""A task of one of the passes, or a gold set whose true values a QC lead keys beforehand."""


class NotAKeyingTask(Refusal):
    """Raised when a task is not one in which records are keyed."""


def pass_of(desk: Desk) -> Pass:
    """:raises NotAKeyingTask: if the task is not one of a pass."""
    if isinstance(desk, GoldSet):
        return Pass.GOLD
    if desk.kind not in PASS_OF_TASK:
        raise NotAKeyingTask(f"{desk.title} is not a task of keying records.")
    return PASS_OF_TASK[desk.kind]


def kept_keyings() -> QuerySet[Keying]:
    """Return the keyings that were not taken back. The latest of a record's pass is the one that counts."""
    return Keying.objects.filter(undoes=None, undone_by=None)


def own_keyings(*, task: Desk, by: Person) -> QuerySet[Keying]:
    """Return the person's keyings at the desk that were not taken back, latest first."""
    own = kept_keyings().filter(by=by, of_pass=pass_of(task)).order_by("-pk")
    return own.filter(record__gold_set=task) if isinstance(task, GoldSet) else own.filter(task=task)


def waiting(*, task: Desk) -> QuerySet[Record]:
    """Return the records that wait for the desk's pass, whoever may hold them, in their order."""
    records = Record.objects.filter(order=task.order_id).order_by("number")
    if isinstance(task, GoldSet):
        keyed = kept_keyings().filter(record=OuterRef("pk"), of_pass=Pass.GOLD)
        return records.filter(~Exists(keyed), gold_set=task).exclude(stage=Stage.SET_ASIDE)
    return records.filter(stage=pass_of(task).value)


def held(*, task: Desk, by: Person) -> QuerySet[Record]:
    """Return the waiting records that the person holds, the one in hand first, then those leased ahead."""
    return leases.in_hand_first(waiting(task=task).filter(leased_to=by))


def free(*, task: Desk, by: Person, at: datetime) -> QuerySet[Record]:
    """
    Return the waiting records that nobody holds and this person may key in the desk's pass.

    Nobody meets a record again that they keyed in another pass: the second keyer, the adjudicator and whoever sets
    true values are different people, each without knowledge of what the others typed.
    """
    own = kept_keyings().filter(record=OuterRef("pk"), by=by).exclude(of_pass=pass_of(task))
    return waiting(task=task).filter(leases.not_held(at), ~Exists(own))


def held_record(*, task: Desk, by: Person, pk: int) -> Record:
    """:raises leases.LeaseLost: if the person does not hold this record at this desk any more."""
    record = held(task=task, by=by).filter(pk=pk).select_related("schema", "file").first()
    if record is None:
        raise leases.LeaseLost
    return record


def held_ahead(*, task: Desk, record: Record, by: Person) -> list[Record]:
    """Return what the person holds beyond a record, in the order of keying."""
    return list(held(task=task, by=by).exclude(pk=record.pk).select_related("schema", "file"))
