"""Records as lists and pages show them: stages to everybody on the order, values and keyers to who may see them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cursitor.engines.entry import validation
from cursitor.engines.entry.definition import Field
from cursitor.engines.entry.normal import Keyed
from cursitor.lines.entry import access
from cursitor.lines.entry.choices import Pass, Stage
from cursitor.lines.entry.models import GoldSet, Keying, Page, Record, Value
from cursitor.lines.entry.queries import comparing
from cursitor.lines.entry.queries.definition import definition
from cursitor.plumbing import wording
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

ERRORS, WARNINGS, CORRECTED, UNREADABLE = "errors", "warnings", "corrected", "unreadable"
FOUND = {
    "": "Whatever was found",
    ERRORS: "Break a rule of the form",
    WARNINGS: "Ask for a second look",
    CORRECTED: "Corrected after inspection",
    UNREADABLE: "Hold a field flagged as unreadable",
}


@dataclass(frozen=True)
class Filters:
    """
    What a list of records is narrowed to.

    stage, batch (its number), found (a key of FOUND), keyer (key of a person). text: a record's number, R00042 or 42,
    or part of the name of its file. found and keyer count only for who may see values.
    """

    stage: str = ""
    batch: int | None = None
    found: str = ""
    keyer: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Typed:
    """One keying of a field: what was typed, and whether the keying was taken back or keyed anew since."""

    keying: Keying
    keyed: Keyed
    is_standing: bool
    reason: str = ""


@dataclass(frozen=True)
class FieldView:
    """A field of a record: its settled value, if there is one, and everything that was typed of it, oldest first."""

    field: Field
    value: Value | None
    typed: tuple[Typed, ...]
    guess: Mapping[str, Any]
    findings: tuple[validation.Finding, ...]

    @property
    def confidence(self) -> str:
        """Return how sure the machine was of its guess, in words; empty where it made none."""
        sure = self.guess.get("confidence")
        return "" if sure is None else wording.per_cent(sure)


@dataclass(frozen=True)
class RecordView:
    """
    What one person may see of a record.

    fields: empty for who may not see values. keyings: their passes with people and times, for the same.
    """

    record: Record
    pages: tuple[Page, ...]
    sees_values: bool
    fields: tuple[FieldView, ...] = ()
    keyings: tuple[Keying, ...] = ()


def listed(*, order: WorkOrder, person: Person, filters: Filters) -> QuerySet[Record]:
    """Return the records of an order that match, in the order of numbers."""
    found = order.records.select_related("batch", "file", "schema").order_by("number")
    if filters.stage in Stage.values:
        found = found.filter(stage=filters.stage)
    if filters.batch is not None:
        found = found.filter(batch__number=filters.batch)
    if text := filters.text.strip():
        digits = text.upper().removeprefix("R")
        number = Q(number=int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 10 else Q()
        found = found.filter(Q(file__path__icontains=text) | number)
    if access.may(person, order=order, to="see_values"):
        found = _of_who_sees(found.select_related("first_doer", "second_doer", "adjudicator"), filters)
    return found


def _of_who_sees(found: QuerySet[Record], filters: Filters) -> QuerySet[Record]:
    values = Value.objects.filter(record=OuterRef("pk"))
    narrowed = {
        ERRORS: Q(n_errors__gt=0),
        WARNINGS: Q(n_warnings__gt=0),
        CORRECTED: Q(Exists(values.filter(how="CORRECTED"))),
        UNREADABLE: Q(Exists(values.filter(is_unreadable=True))),
    }
    if filters.found in narrowed:
        found = found.filter(narrowed[filters.found])
    if filters.keyer is not None:
        doers = Q(first_doer=filters.keyer) | Q(second_doer=filters.keyer) | Q(adjudicator=filters.keyer)
        found = found.filter(doers)
    return found


def record_view(*, record: Record, person: Person) -> RecordView:
    """
    Return a record with its pages; to who may see values also what was typed and settled, and by whom.

    True values of a gold set that is still sealed are shown to QC leads alone.
    """
    found = Page.objects.filter(file=record.file_id, number__range=(record.first_page, record.last_page))
    pages = tuple(found.only("pk", "number", "width", "height", "file").order_by("number"))
    if not access.may(person, order=record.order, to="see_values"):
        return RecordView(record, pages, sees_values=False)
    keyings = _keyings(record, person)
    values = {value.field: value for value in _values(record)}
    broken = comparing.findings(record.schema, values.values()) if values else ()
    standing = {keying.pk for keying in comparing.keyings_of(record).values()}
    fields = tuple(
        FieldView(
            one,
            values.get(one.key),
            tuple(_typed(keying, one.key, standing) for keying in keyings if one.key in keying.values),
            record.prefill.get(one.key) or {},
            tuple(finding for finding in broken if finding.field == one.key),
        )
        for one in definition(record.schema).fields
    )
    return RecordView(record, pages, sees_values=True, fields=fields, keyings=keyings)


def _keyings(record: Record, person: Person) -> tuple[Keying, ...]:
    found = record.keyings.filter(undoes=None).select_related("by", "undone_by").order_by("pk")
    sealed = (
        record.gold_set_id and not GoldSet.objects.filter(pk=record.gold_set_id, revealed_at__isnull=False).exists()
    )
    if sealed and not access.may(person, order=record.order, to="gold"):
        found = found.exclude(of_pass=Pass.GOLD)
    return tuple(found)


def _values(record: Record) -> QuerySet[Value]:
    return record.values.select_related("first__by", "second__by", "settled__by")


def _typed(keying: Keying, key: str, standing: set[int]) -> Typed:
    said = keying.values[key]
    return Typed(keying, comparing.keyed(keying.values, key), keying.pk in standing, str(said.get("reason") or ""))


def keyers(*, order: WorkOrder) -> list[tuple[int, str]]:
    """Return (key, name) of everybody who keyed at this order, by name."""
    found = Keying.objects.filter(record__order=order, undoes=None).exclude(of_pass=Pass.GOLD)
    return list(found.order_by("by__name", "by").values_list("by", "by__name").distinct())


def set_aside(*, order: WorkOrder) -> QuerySet[Record]:
    """Return the records that were set aside, those to be confirmed first."""
    found = order.records.filter(stage=Stage.SET_ASIDE).select_related("batch", "file", "set_aside_by", "confirmed_by")
    return found.order_by(F("done_at").asc(nulls_first=True), "number")


def find(*, person: Person, text: str, n: int = 8) -> tuple[Record, ...]:
    """Return records the person may see by name, R00042, alone or after that of their order: WO-1187 R00042."""
    asked = _NAMED.fullmatch(text.strip().upper())
    if asked is None:
        return ()
    found = access.records(person).filter(number=int(asked["number"]))
    if asked["order"]:
        found = found.filter(order__number=int(asked["order"]))
    return tuple(found.select_related("order", "batch").order_by("-order__number")[:n])


_NAMED = re.compile(r"(?:WO-(?P<order>[0-9]{1,18})[ /]*)?R0*(?P<number>[1-9][0-9]{0,8})")
