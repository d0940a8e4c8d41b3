"""Who reads the documents of a review, and which verbs are theirs. Finance and administrators never read them."""

from django.db.models import QuerySet

from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Collection, Document, SavedSearch
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
    "collect": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, MANAGING)),
    "dispose": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, CHECKING)),
    "protocol": ((PartySide.CLIENT, INSTRUCTING), (PartySide.PROVIDER, MANAGING)),
    "draw": ((PartySide.PROVIDER, CHECKING),),
    "measure": ((PartySide.PROVIDER, CHECKING),),
}
"""Verb -> (side, roles) pairs of which one must be held. Who holds the task of collecting may collect and dispose."""


def orders(person: Person) -> QuerySet[WorkOrder]:
    """Return the review orders whose documents the person may read."""
    return work_access.orders_of_line(person, "review", client=INSTRUCTING, provider=READING)


def order_for(person: Person, ref: str, to: str = "view") -> WorkOrder:
    """
    Return the review order by its reference (WO-1187), for a verb.

    :raises NotVisible: when its documents are not theirs to read. :raises NotPermitted: when the verb is not.
    """
    order = work_access.the_order(orders(person), ref)
    require(person, order=order, to=to)
    return order


def may(person: Person, *, order: WorkOrder, to: str) -> bool:
    """Say whether the verb is the person's, by role or by the task of collecting that they hold."""
    if work_access.has_one_of(person, order=order, pairs=VERBS[to]):
        return True
    return to in ("collect", "dispose") and _holds_collecting(person, order)


def require(person: Person, *, order: WorkOrder, to: str) -> None:
    """
    Check, within an operation, that the verb is the person's and that no wall stands between them and the matter.

    :raises NotVisible: behind a wall. :raises NotPermitted: naming who may.
    """
    work_access.refuse_walled(person, order=order)
    if not may(person, order=order, to=to):
        raise work_access.not_theirs(order, VERBS[to])


def documents(person: Person) -> QuerySet[Document]:
    """Return the numbered documents of the orders the person may read, copies and containers left out."""
    return Document.objects.filter(order__in=orders(person).values("pk")).exclude(control_number="")


def document_for(person: Person, ref: str, control_number: str) -> Document:
    found = documents(person).filter(order__number=work_access.order_number(ref), control_number=control_number)
    document = found.select_related("order__matter", "order__provider", "family", "collection", "native").first()
    if document is None:
        raise NotVisible
    return document


def collection_for(person: Person, ref: str, number: int) -> Collection:
    found = Collection.objects.filter(order__in=orders(person).values("pk"), number=number)
    found = found.filter(order__number=work_access.order_number(ref))
    collection = found.select_related("order__matter", "order__provider", "made_by").first()
    if collection is None:
        raise NotVisible
    return collection


def saved_search_for(person: Person, ref: str, pk: int) -> SavedSearch:
    found = SavedSearch.objects.filter(order__in=orders(person).values("pk"), pk=pk)
    found = found.filter(order__number=work_access.order_number(ref))
    saved = found.select_related("order__matter", "order__provider", "made_by").first()
    if saved is None:
        raise NotVisible
    return saved


def _holds_collecting(person: Person, order: WorkOrder) -> bool:
    return order.tasks.filter(kind=TaskKind.COLLECT, holder=person, state=TaskState.OPEN, is_assigned=True).exists()
