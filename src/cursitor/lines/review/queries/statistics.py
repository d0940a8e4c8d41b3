"""How fast and how a reviewer reads, with what the figure rests on. Never a league: rows are in the order of names."""

from collections import defaultdict
from dataclasses import dataclass

from cursitor.engines.sampling import intervals
from cursitor.lines.review import access, layouts
from cursitor.lines.review.models import Coding, CodingSave
from cursitor.lines.review.queries.bench import LEAST_FOR_PACE
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder


@dataclass(frozen=True)
class ReviewerRow:
    """
    What one person did on an order.

    per_hour: documents per hour, None below ten documents. responsive: share of the documents that stand as the person
    decided, with its 95 % interval; None without any. n_taken_back: saves undone.
    """

    person: Person
    n_documents: int
    n_saves: int
    n_taken_back: int
    seconds: int
    per_hour: float | None
    n_standing: int
    responsive: float | None
    low: float | None
    high: float | None


def statistics(*, order: WorkOrder, person: Person) -> tuple[ReviewerRow, ...]:
    """Return a row for every reviewer to those who manage quality, and to others their own alone."""
    saves = CodingSave.objects.filter(order=order, undoes=None).select_related("by", "undone_by")
    if not access.may(person, order=order, to="measure"):
        saves = saves.filter(by=person)
    by_person: dict[int, list[CodingSave]] = defaultdict(list)
    for save in saves.order_by("pk"):
        by_person[save.by_id].append(save)
    rows = [_row(order, saves) for saves in by_person.values()]
    return tuple(sorted(rows, key=lambda row: (row.person.name, row.person.pk)))


def _row(order: WorkOrder, saves: list[CodingSave]) -> ReviewerRow:
    person = saves[0].by
    standing = [save for save in saves if getattr(save, "undone_by", None) is None]
    n_documents, seconds = sum(len(save.documents) for save in standing), sum(save.seconds for save in standing)
    calls = Coding.objects.filter(document__order=order, coder=person).values_list("values", flat=True)
    values = list(calls)
    n_responsive = sum(map(layouts.is_responsive, values))
    limits = intervals.clopper_pearson(x=n_responsive, n=len(values)) if values else None
    return ReviewerRow(
        person=person,
        n_documents=n_documents,
        n_saves=len(standing),
        n_taken_back=len(saves) - len(standing),
        seconds=seconds,
        per_hour=n_documents * 3600 / seconds if n_documents >= LEAST_FOR_PACE and seconds else None,
        n_standing=len(values),
        responsive=n_responsive / len(values) if values else None,
        low=limits.low if limits else None,
        high=limits.high if limits else None,
    )
