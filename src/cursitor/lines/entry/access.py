"""Who sees the records of a data-entry order, and which verbs are theirs. Finance and administrators never see them."""

from django.db.models import QuerySet

from cursitor.lines.entry.choices import TaskKind
from cursitor.lines.entry.models import Batch, GoldSet, Page, Record, Schema, SourceFile
from cursitor.plumbing.refusal import NotVisible
from cursitor.spine.engagements.choices import PartySide
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.work import access as work_access
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import WorkOrder

INSTRUCTING = frozenset({Role.SUPERVISING_ATTORNEY, Role.LEGAL_OPERATIONS})
READING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD, Role.SPECIALIST})
CHECKING = frozenset({Role.DELIVERY_MANAGER, Role.QC_LEAD})
MANAGING = frozenset({Role.DELIVERY_MANAGER})

VERBS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "view": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, READING)),
    "see_values": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, CHECKING)),
    "define": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, MANAGING)),
    "collect": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, MANAGING)),
    "dispose": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, CHECKING)),
    "gold": ((PartySide.PROVIDER, frozenset({Role.QC_LEAD})),),
    "measure": ((PartySide.PROVIDER, CHECKING),),
    "reopen": ((PartySide.PROVIDER, CHECKING),),
}
"""Verb -> (side, roles) pairs of which one must be held. Who holds the intake task may define and collect."""

BY_INTAKE = ("define", "collect")


def orders(person: Person) -> QuerySet[WorkOrder]:
    """Return the data-entry orders whose pages the person may see."""
    return work_access.orders_of_line(person, "entry", client=INSTRUCTING, provider=READING)


def order_for(person: Person, ref: str, to: str = "view") -> WorkOrder:
    """
    Return the data-entry order by its reference (WO-1187), for a verb.

    :raises NotVisible: when its pages are not theirs to see. :raises NotPermitted: when the verb is not.
    """
    order = work_access.the_order(orders(person), ref)
    require(person, order=order, to=to)
    return order


def may(person: Person, *, order: WorkOrder, to: str) -> bool:
    """Say whether the verb is the person's, by role or by the intake task that they hold."""
    if work_access.has_one_of(person, order=order, pairs=VERBS[to]):
        return True
    return to in BY_INTAKE and _holds_intake(person, order)


def require(person: Person, *, order: WorkOrder, to: str) -> None:
    """
    Check, within an operation, that the verb is the person's and that no wall stands between them and the matter.

    :raises NotVisible: behind a wall. :raises NotPermitted: naming who may.
    """
    work_access.refuse_walled(person, order=order)
    if not may(person, order=order, to=to):
        raise work_access.not_theirs(order, VERBS[to])


def schema_for(person: Person, ref: str, version: int) -> Schema:
    found = Schema.objects.filter(order__in=orders(person).values("pk"), order__number=work_access.order_number(ref))
    return _one(found.filter(version=version).select_related("order__matter", "order__provider", "made_by"))


def batch_for(person: Person, ref: str, number: int) -> Batch:
    found = Batch.objects.filter(order__in=orders(person).values("pk"), order__number=work_access.order_number(ref))
    return _one(found.filter(number=number).select_related("order__matter", "order__provider", "made_by"))


def records(person: Person) -> QuerySet[Record]:
    """Return the records of the orders the person may see. Their values are another verb: `see_values`."""
    return Record.objects.filter(order__in=orders(person).values("pk"))


def record_for(person: Person, ref: str, number: int, to: str = "view") -> Record:
    found = records(person).filter(order__number=work_access.order_number(ref), number=number)
    record = _one(found.select_related("order__matter", "order__provider", "schema", "file", "batch"))
    require(person, order=record.order, to=to)
    return record


def file_for(person: Person, ref: str, pk: int, to: str = "view") -> SourceFile:
    """Return a file of a batch of an order the person may see, for a verb."""
    number = work_access.order_number(ref)
    found = SourceFile.objects.filter(batch__order__in=orders(person).values("pk"), batch__order__number=number)
    file = _one(found.filter(pk=pk).select_related("batch__order__matter", "batch__order__provider"))
    require(person, order=file.batch.order, to=to)
    return file


def page_for(person: Person, ref: str, pk: int) -> Page:
    """Return a rendered page of an order the person may see."""
    number = work_access.order_number(ref)
    found = Page.objects.filter(file__batch__order__in=orders(person).values("pk"), file__batch__order__number=number)
    return _one(found.filter(pk=pk).select_related("image", "file__batch__order"))


def gold_set_for(person: Person, ref: str, number: int, to: str = "gold") -> GoldSet:
    """Return a gold set; before it is revealed it exists for QC leads alone."""
    found = GoldSet.objects.filter(order__in=orders(person).values("pk"), order__number=work_access.order_number(ref))
    gold_set = _one(found.filter(number=number).select_related("order__matter", "order__provider", "made_by"))
    require(person, order=gold_set.order, to=to)
    return gold_set


def _one(found: QuerySet):
    row = found.first()
    if row is None:
        raise NotVisible
    return row


def _holds_intake(person: Person, order: WorkOrder) -> bool:
    return order.tasks.filter(kind=TaskKind.INTAKE, holder=person, state=TaskState.OPEN, is_assigned=True).exists()
