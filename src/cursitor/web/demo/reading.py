"""Reading a review as its people would: what is decided comes from outside, all else goes through the operations."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from cursitor.lines.review import operations as review
from cursitor.lines.review import queries, reader
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import CollectedInput, Document
from cursitor.spine.people.models import Person
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality import queries as quality_queries
from cursitor.spine.quality.models import Lot
from cursitor.spine.work.models import Task, WorkOrder

BATCH = 8
Decide = Callable[[Document], dict[str, Any]]
"""The head of a family -> the values of all its documents."""
Times = Iterator[datetime]
Told = Callable[[int], None]


def silent(n: int) -> None:
    """Tell nobody how many more are done."""


def task_of(order: WorkOrder, kind: TaskKind, place: int = 0) -> Task:
    """Return a task of the order by its kind; of several streams the one at the place."""
    return order.tasks.filter(kind=kind).select_related("order__matter", "order__provider").order_by("number")[place]


def process(*, order: WorkOrder, at: datetime, told: Told = silent) -> None:
    """Read, publish, index and rank what was collected, here and now, as the worker would."""
    waiting = CollectedInput.objects.filter(collection__order=order, processed_at=None)
    inputs = list(waiting.order_by("collection", "position").values_list("pk", flat=True))
    for start in range(0, len(inputs), BATCH):
        batch = inputs[start : start + BATCH]
        review.process(inputs=batch, read=reader.shared(), at=at)
        told(len(batch))
    review.publish(order=order.pk, at=at)
    review.build_index(order=order.pk, at=at)
    review.rank(order=order.pk, at=at)


def gather(*, order: WorkOrder, at: datetime) -> None:
    """Take in what lies in the order's folders and volumes."""
    for collection in order.collections.order_by("number"):
        review.gather(collection=collection.pk, read=reader.shared(), at=at)


def read_one(*, task: Task, by: Person, decide: Decide, times: Times, seconds: int = 40) -> list[Document]:
    """Read the next family of a task and return its documents, the head first; nothing when none is left."""
    family = review.next_family(task=task, by=by, at=next(times))
    if family is None:
        return []
    documents = list(family.documents.filter(pk__in=queries.codable(family=family)).order_by("position", "pk"))
    values = {document.pk: decide(documents[0]) for document in documents}
    review.save_family(task=task, family=family, values=values, seconds=seconds, by=by, at=next(times))
    return documents


def read_all(*, readers: Sequence[tuple[Task, Person]], decide: Decide, times: Times, limit: int = 10_000) -> int:
    """Let readers take turns until nothing is left or `limit` families are read; return how many were."""
    n_read, active = 0, list(readers)
    while active and n_read < limit:
        task, person = active.pop(0)
        if read_one(task=task, by=person, decide=decide, times=times):
            active.append((task, person))
            n_read += 1
    return n_read


def inspect(*, lot: Lot, by: Person, decide: Decide, times: Times, limit: int = 10_000, told: Told = silent) -> int:
    """Inspect drawn units until none is left or `limit` are done; return how many were."""
    n_done = 0
    while n_done < limit and (sample := quality_queries.next_sample(person=by, lot=lot)):
        document = queries.unit(lot.order, sample.unit)
        head = document.family.documents.order_by("position").first()
        quality.record_inspection(sample=sample, reading=decide(head), seconds=35, by=by, at=next(times))
        n_done += 1
        told(1)
    return n_done
