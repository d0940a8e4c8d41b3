"""Finding documents by words and fields, joined with how they stand coded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from cursitor.lines.review import index, layouts, texts
from cursitor.lines.review.choices import NOT_RESPONSIVE, RESPONSIVE, UNREADABLE, DocumentStatus
from cursitor.lines.review.models import Document, SavedSearch
from cursitor.lines.review.operations import coding
from cursitor.lines.review.queries import coverage
from cursitor.plumbing.refusal import Invalid
from cursitor.plumbing.shards import searching
from cursitor.spine.work.models import WorkOrder

PAGE = 50
CODED = {
    "": "Any",
    "none": "Not read",
    "any": "Read",
    "responsive": "Responsive",
    "not_responsive": "Not responsive",
    "unreadable": "Cannot be read",
    "privileged": "Privileged",
    "hot": "Hot",
    "conflict": "Same bytes, coded apart",
}
"""What the list may be narrowed to by coding: key -> words."""

NOT_ANSWERED = (searching.QueryNotUnderstood, searching.QueryTooBroad)
"""What a search raises on account of the query: the sentence is to be shown beside it."""

_EXCERPT_LINES = 2


class NoIndexYet(Invalid):
    """Raised when an order is searched before its first index has been built."""


@dataclass(frozen=True)
class Hit:
    """A document that matches. lines: its first lines with hits, at most two. coding: how it stands coded, in words."""

    document: Document
    lines: tuple[texts.TextLine, ...]
    coding: str


@dataclass(frozen=True)
class Results:
    """
    A page of results in the order of control numbers.

    total: of documents that match query and coding, an exact count. as_of: when the index was built; documents
    published later are not found yet.
    """

    hits: tuple[Hit, ...]
    total: int
    page: int
    n_pages: int
    as_of: datetime


def search(*, order: WorkOrder, query: str, coded: str = "", page: int = 1, per_page: int = PAGE) -> Results:
    """
    Return a page of the documents that match a query, "" for all, narrowed by how they stand coded.

    :raises searching.QueryNotUnderstood: with the place of the mistake. :raises searching.QueryTooBroad.
    :raises NoIndexYet: before the first index.
    """
    ids, as_of = matching(order=order, query=query, coded=coded)
    n_pages = max(1, -(-len(ids) // per_page))
    page = min(max(page, 1), n_pages)
    shown = ids[(page - 1) * per_page : page * per_page]
    documents = Document.objects.select_related("coding").in_bulk(shown)
    fields = coding.current_layout(order.pk).fields
    hits = tuple(_hit(documents[pk], query, fields) for pk in shown if pk in documents)
    return Results(hits, len(ids), page, n_pages, as_of)


def matching(*, order: WorkOrder, query: str, coded: str = "") -> tuple[list[int], datetime]:
    """Return the keys of every document that matches, in the order of control numbers, and when the index was built."""
    shard = index.current(order.pk)
    if shard is None:
        raise NoIndexYet("Nothing can be searched yet: the index is built once a collection is published.")
    allowed = None if not coded else set(_coded(order, coded))
    found = searching.search([index.opened(shard)], query.strip() or "*", limit=None, allowed=allowed)
    return [int(pk) for pk in found.ids], shard.built_at


def neighbours(
    *, order: WorkOrder, document: Document, query: str, coded: str = ""
) -> tuple[Document | None, Document | None, int]:
    """Return the results before and after a document, and its place among them from 1; 0 if it is none of them."""
    ids, _ = matching(order=order, query=query, coded=coded)
    if document.pk not in ids:
        return None, None, 0
    place = ids.index(document.pk)
    near = Document.objects.only("control_number").in_bulk(ids[max(place - 1, 0) : place + 2])
    before = near.get(ids[place - 1]) if place else None
    after = near.get(ids[place + 1]) if place + 1 < len(ids) else None
    return before, after, place + 1


def listed(*, order: WorkOrder, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Yield a row per document: number, family, custodian, kind, sent, sender, subject or name, coding in words."""
    fields = coding.current_layout(order.pk).fields
    for start in range(0, len(ids), 500):
        batch = ids[start : start + 500]
        found = Document.objects.select_related("family", "coding").in_bulk(batch)
        for one in (found[pk] for pk in batch if pk in found):
            decided = getattr(one, "coding", None)
            said = [layouts.words(fields, key, value) for key, value in (decided.values if decided else {}).items()]
            family = one.family.number if one.family else None
            head = (one.control_number, family, one.custodian, one.kind, one.sent_at, one.sender)
            yield (*head, one.subject or one.name, "; ".join(said))


def saved_searches(*, order: WorkOrder) -> QuerySet[SavedSearch]:
    return order.searches.select_related("made_by").order_by("name", "pk")


def _coded(order: WorkOrder, coded: str) -> Sequence[int]:
    if coded not in CODED:
        raise Invalid(f'"{coded}" is no state of coding.', field="coded")
    documents = order.documents.filter(status=DocumentStatus.PUBLISHED)
    if coded == "conflict":
        return coverage.conflicts(order=order)
    if coded == "none":
        return documents.filter(coding=None).values_list("pk", flat=True)
    rows = documents.filter(coding__isnull=False).values_list("pk", "coding__values")
    return [pk for pk, values in rows if coded == "any" or coded in _states(values)]


def _states(values: dict[str, Any]) -> set[str]:
    names = {RESPONSIVE: "responsive", NOT_RESPONSIVE: "not_responsive", UNREADABLE: "unreadable"}
    found = {names.get(values.get("responsiveness", ""), "")}
    found |= {"privileged"} if layouts.is_privileged(values) else set()
    return found | ({"hot"} if values.get("hot") else set())


def _hit(document: Document, query: str, fields: list[dict[str, Any]]) -> Hit:
    decided = getattr(document, "coding", None)
    lines: tuple[texts.TextLine, ...] = ()
    if query.strip():
        lines = texts.first_hits(document, query, n=_EXCERPT_LINES)
    values = decided.values if decided else {}
    said = (layouts.words(fields, key, value) for key, value in values.items())
    return Hit(document, lines, "; ".join(said))
