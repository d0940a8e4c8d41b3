"""The protocol of a review: its coding layout, guidance and highlight sets, in versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.lines.review import access, layouts
from cursitor.lines.review.models import Layout, SavedSearch
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

HIGHLIGHTS = (("terms", "TERM"), ("privilege_terms", "PRIVILEGE"), ("attorneys", "PRIVILEGE"), ("names", "NAME"))
"""Entry of the brief, one query or name a line -> style of the highlight sets made from it."""


def make_layout(
    *,
    order: WorkOrder,
    fields: Sequence[Mapping[str, Any]],
    guidance: str,
    highlights: Sequence[Mapping[str, Any]],
    pace: Mapping[str, int],
    by: Person,
    at: datetime,
) -> Layout:
    """
    Make the next version of the coding layout. What was coded under an earlier version stays as it is.

    :raises layouts.LayoutInvalid: naming the field, choice or highlight set that cannot be used.
    """
    layouts.require_valid(list(fields))
    layouts.require_highlights(highlights)
    _require_pace(pace)
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="protocol")
        made = _make(order, list(fields), guidance, list(highlights), dict(pace), by, at)
        outbox.post(topic="review.index", key=f"order:{order.pk}", at=at, order=order.pk)
    return made


def first_layout(*, order: WorkOrder, by: Person, at: datetime) -> None:
    """Make version 1 from the brief, in the caller's transaction, unless the order has a layout."""
    if order.layouts.exists():
        return
    brief = order.brief
    highlights = [
        {"name": line, "style": style, "query": line}
        for key, style in HIGHLIGHTS
        for line in lines_of(brief.get(key, ""))
    ]
    pace = {key: int(brief[f"pace_{key}"]) for key in ("low", "high") if brief.get(f"pace_{key}")}
    fields = layouts.default_fields(lines_of(brief.get("issues", "")))
    _make(order, fields, str(brief.get("guidance", "")), highlights, pace, by, at)


def lines_of(text: str) -> list[str]:
    """Return the distinct lines of a text that say something, in their order."""
    return list(dict.fromkeys(line.strip() for line in str(text).splitlines() if line.strip()))


def save_search(*, order: WorkOrder, name: str, query: str, by: Person, at: datetime) -> SavedSearch:
    """Keep a query under a name that everybody on the order sees. :raises Invalid: if the name is taken or empty."""
    name = name.strip()
    if not name or not query.strip():
        raise Invalid("A saved search needs a name and a query.", field="name")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        access.require(by, order=order, to="view")
        if SavedSearch.objects.filter(order=order, name=name).exists():
            raise Invalid(f'There is a search named "{name}" already.', field="name")
        saved = SavedSearch.objects.create(order=order, name=name[:120], query=query, made_by=by, made_at=at)
        audit.record(
            event="review.search.saved",
            at=at,
            by=by,
            subject=order.key,
            matter=order.matter.key,
            data={"search": saved.pk},
        )
    return saved


def remove_search(*, search: SavedSearch, by: Person, at: datetime) -> None:
    """Remove a saved search. :raises Invalid: if it is somebody else's."""
    with transaction.atomic():
        order = search.order
        access.require(by, order=order, to="view")
        if search.made_by_id != by.pk:
            raise Invalid(f"Only {search.made_by.name}, who saved this search, may remove it.")
        data = {"search": search.pk}
        search.delete()
        audit.record(event="review.search.removed", at=at, by=by, subject=order.key, matter=order.matter.key, data=data)


def _require_pace(pace: Mapping[str, int]) -> None:
    low, high = pace.get("low"), pace.get("high")
    if set(pace) - {"low", "high"} or (low and high and low >= high) or any(value < 1 for value in pace.values()):
        raise layouts.LayoutInvalid("The pace is a band: low and high documents per hour, low below high.")


def _make(
    order: WorkOrder,
    fields: list[Any],
    guidance: str,
    highlights: list[Any],
    pace: dict[str, int],
    by: Person,
    at: datetime,
) -> Layout:
    made = Layout.objects.create(
        order=order,
        version=order.layouts.count() + 1,
        fields=fields,
        guidance=guidance,
        highlights=highlights,
        pace=pace,
        made_by=by,
        made_at=at,
    )
    audit.record(
        event="review.layout.made",
        at=at,
        by=by,
        subject=order.key,
        matter=order.matter.key,
        data={"version": made.version, "fields": [field["key"] for field in fields]},
    )
    return made
