"""The form definitions of an order: which one new records get, and what a version says."""

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery

from cursitor.engines.entry.definition import FormDefinition
from cursitor.lines.entry import access, differences, documents
from cursitor.lines.entry import regions as placing
from cursitor.lines.entry.choices import Stage
from cursitor.lines.entry.models import Page, Schema
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

KEPT_READ = 256
MOST_OTHERS = 50


def current_schema(order: WorkOrder) -> Schema | None:
    """Return the latest version of the order's form definition, or None before the first. New records get it."""
    return order.schemas.order_by("-version").select_related("made_by").first()


def definition(schema: Schema) -> FormDefinition:
    """Return the form of a version. Read once for each process: a version never changes."""
    return _read(json.dumps(schema.definition))


def regions(schema: Schema) -> dict[str, placing.Region]:
    """Return where on the pages of a record each field stands, by key, for the fields whose place was given."""
    return placing.of_document(schema.definition)


@dataclass(frozen=True)
class Version:
    """
    A version with the records that keep it and what it changed.

    n_open: records still to be settled. earliest, latest: numbers of its first and last record, or None.
    """

    schema: Schema
    n_records: int
    n_open: int
    earliest: int | None
    latest: int | None
    changes: tuple[differences.Change, ...]

    @property
    def span(self) -> str:
        """Return which records keep it: R00001 to R00014, between which others may have other versions."""
        if self.earliest is None:
            return ""
        names = [f"R{number:05d}" for number in dict.fromkeys((self.earliest, self.latest))]
        return " to ".join(names)


def versions(order: WorkOrder) -> tuple[Version, ...]:
    """Return every version, latest first, each with its records and what it changed of the one before."""
    is_open = ~Q(records__stage__in=(Stage.DONE, Stage.SET_ASIDE))
    counted = order.schemas.annotate(
        n_records=Count("records"),
        n_open=Count("records", filter=is_open & Q(records__isnull=False)),
        earliest=Min("records__number"),
        latest=Max("records__number"),
    )
    rows = list(counted.select_related("made_by").order_by("version"))
    changed = {after.pk: changes(before, after) for before, after in pairwise(rows)}
    return tuple(
        Version(row, row.n_records, row.n_open, row.earliest, row.latest, changed.get(row.pk, ()))
        for row in reversed(rows)
    )


def changes(before: Schema, after: Schema) -> tuple[differences.Change, ...]:
    """Return what changed from one version to another."""
    return differences.between(_comparable(before), _comparable(after))


def others(order: WorkOrder, *, person: Person) -> tuple[Schema, ...]:
    """
    Return the latest definition of every other data-entry order that the person may see, of the same firm.

    What one client's papers are called is not shown to another, even where one provider works for both.
    """
    latest = Schema.objects.filter(order=OuterRef("order")).order_by("-version").values("pk")[:1]
    found = Schema.objects.filter(order__in=access.orders(person).values("pk"), pk=Subquery(latest))
    of_the_firm = found.filter(order__matter__organisation=order.matter.organisation_id).exclude(order=order)
    return tuple(of_the_firm.select_related("order__matter").order_by("-order__number")[:MOST_OTHERS])


def sample_page(order: WorkOrder, number: int) -> Page | None:
    """Return a page of the latest batch to show places on: this page of a record, counted from 1."""
    found = Page.objects.filter(file__batch__order=order, number=max(number, 1))
    return found.order_by("-file__batch__number", "file__position", "pk").first()


def _comparable(schema: Schema) -> differences.Version:
    return differences.Version(definition(schema), regions(schema), schema.prefill)


@lru_cache(maxsize=KEPT_READ)
def _read(text: str) -> FormDefinition:
    return documents.form(json.loads(text))
