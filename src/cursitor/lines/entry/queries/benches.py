"""What the keying bench shows: a record's pages, the fields of the pass, what is disputed, how far the pass is."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import quantiles
from typing import Any

from django.db.models import Count, Q

from cursitor.engines.entry import definition as entry
from cursitor.engines.entry import normal, validation
from cursitor.engines.entry.definition import Field, FieldType, FormDefinition
from cursitor.lines.entry import regions as placing
from cursitor.lines.entry.choices import Pass, Stage
from cursitor.lines.entry.models import GoldSet, Page, Record, Schema
from cursitor.lines.entry.queries import comparing, desks
from cursitor.lines.entry.queries import definition as defining
from cursitor.spine.people.models import Person
from cursitor.spine.work import leases

LEAST_FOR_PACE, LEAST_FOR_BAND = 5, 10
KEYINGS_FOR_PACE, KEYINGS_FOR_BAND = 10, 100
DAY = timedelta(hours=24)
EFFORT = ("keystrokes", "seconds", "idle_seconds")


@dataclass(frozen=True)
class Dispute:
    """
    A field that two keyers read differently, without their names and in an order that tells nothing.

    readings: what each typed; None where they flagged it as unreadable. reason: why a person must settle it.
    """

    field: Field
    readings: tuple[str | None, str | None]
    reason: str


@dataclass(frozen=True)
class Bench:
    """
    Everything the bench may show of one record that the person holds.

    form: the fields of the pass and the rules that stand wholly between them. regions: where each field stands, by
    key. prefill: what the machine read, by key; nothing outside the first pass. disputes: of an adjudication alone;
    settled: (field, what was typed, is unreadable) where both agree or one keyed alone, for the adjudicator to read.
    """

    desk: desks.Desk
    of_pass: Pass
    record: Record
    form: FormDefinition
    pages: tuple[Page, ...]
    regions: dict[str, placing.Region]
    prefill: dict[str, dict[str, Any]]
    disputes: tuple[Dispute, ...] = ()
    settled: tuple[tuple[Field, str, bool], ...] = ()


@dataclass(frozen=True)
class Pace:
    """
    Records per hour of keying, as the keyer sees it.

    per_hour: over the latest ten records, None below five. low, high: the band of the brief, for first keying
    (is_agreed), or else that between which half of their latest hundred records lie, None below ten. keystrokes,
    seconds, idle_seconds: of those hundred that were keyed in the latest 24 hours.
    """

    n_records: int
    per_hour: float | None
    low: float | None
    high: float | None
    is_agreed: bool
    keystrokes: int
    seconds: int
    idle_seconds: int


@dataclass(frozen=True)
class PassStanding:
    """How far the desk's pass has come, in records of the whole order or gold set."""

    n_done: int
    n_waiting: int

    @property
    def n_records(self) -> int:
        return self.n_done + self.n_waiting


def bench(*, task: desks.Desk, record: Record, by: Person) -> Bench:
    """
    Return what the bench shows of a record that the person holds at the desk.

    A second keyer, and whoever sets true values, is given nothing that anybody typed and nothing that a machine read.
    :raises leases.LeaseLost: if the person does not hold the record.
    """
    of_pass = desks.pass_of(task)
    if record.leased_to_id != by.pk:
        raise leases.LeaseLost
    record.order = task.order
    shown = {"desk": task, "of_pass": of_pass, "record": record, "pages": pages_of(record)}
    if of_pass == Pass.ADJUDICATION:
        return _adjudication(record, shown)
    form = form_of(record.schema, of_pass)
    keys = {field.key for field in form.fields}
    return Bench(**shown, form=form, regions=places(record, keys), prefill=prefill_of(record, of_pass))


def form_of(schema: Schema, of_pass: Pass) -> FormDefinition:
    """Return the form as a pass keys it: all of it, or for the second pass the fields that are keyed twice."""
    form = defining.definition(schema)
    return _twice(form) if of_pass == Pass.SECOND else form


def prefill_of(record: Record, of_pass: Pass) -> dict[str, dict[str, Any]]:
    """Return what the machine read into the fields, by key: for the first pass alone, where the form wants it."""
    if of_pass != Pass.FIRST or not record.schema.prefill:
        return {}
    guesses = {}
    for field in defining.definition(record.schema).fields:
        guess = record.prefill.get(field.key) or {}
        value = _choosable(field, str(guess.get("value") or ""))
        if value:
            guesses[field.key] = {**guess, "value": value}
    return guesses


def faults_of(form: FormDefinition, typed: Mapping[str, Mapping[str, Any]]) -> list[validation.Finding]:
    """Return what is wrong with typed values, in the order of the form. A flag is the keyer's word and no fault."""
    found = validation.validate(form, {key: comparing.keyed(typed, key) for key in typed})
    return [each for each in found if each.code is not validation.Code.UNREADABLE]


def places(record: Record, fields: set[str]) -> dict[str, placing.Region]:
    """Return where the fields stand: as the form says, or else where the machine found them. A place is no value."""
    found = {}
    for key, guess in record.prefill.items():
        if key in fields and guess.get("region") and guess.get("page"):
            found[key] = placing.Region(int(guess["page"]), *map(float, guess["region"]))
    given = defining.regions(record.schema)
    return found | {key: region for key, region in given.items() if key in fields}


def pages_of(record: Record) -> tuple[Page, ...]:
    """Return the rendered pages of a record in their order."""
    found = Page.objects.filter(file=record.file_id, number__range=(record.first_page, record.last_page))
    return tuple(found.only("pk", "number", "width", "height", "mime", "file").order_by("number"))


def pass_standing(*, task: desks.Desk) -> PassStanding:
    """Return how far the desk's pass has come."""
    if isinstance(task, GoldSet):
        n_waiting = desks.waiting(task=task).order_by().count()
        return PassStanding(task.records.exclude(stage=Stage.SET_ASIDE).count() - n_waiting, n_waiting)
    of_pass = desks.pass_of(task)
    done = {
        Pass.FIRST: ~Q(stage__in=(Stage.FIRST, Stage.SET_ASIDE)),
        Pass.SECOND: Q(second_doer__isnull=False) & ~Q(stage=Stage.SET_ASIDE),
        Pass.ADJUDICATION: Q(adjudicator__isnull=False) & ~Q(stage=Stage.SET_ASIDE),
    }[of_pass]
    counts = {"n_done": Count("pk", filter=done), "n_waiting": Count("pk", filter=Q(stage=of_pass.value))}
    return PassStanding(**Record.objects.filter(order=task.order_id).aggregate(**counts))


def latest_values(*, task: desks.Desk, by: Person) -> dict[str, str]:
    """Return what the person typed in their latest record at this desk ("same as last"); {} before the first."""
    values = desks.own_keyings(task=task, by=by).values_list("values", flat=True).first() or {}
    return {key: value["raw"] for key, value in values.items() if not value.get("unreadable")}


def pace(*, task: desks.Desk, by: Person, at: datetime) -> Pace:
    """Return how fast the person keys at this desk, by their latest hundred records."""
    rows = list(desks.own_keyings(task=task, by=by).values_list("at", "effort")[:KEYINGS_FOR_BAND])
    seconds = [int(effort.get("seconds", 0)) for _, effort in rows]
    latest = seconds[:KEYINGS_FOR_PACE]
    rates = [3600 / each for each in seconds if each > 0]
    brief = task.order.brief if desks.pass_of(task) == Pass.FIRST else {}
    low, high = brief.get("pace_low"), brief.get("pace_high")
    is_agreed = bool(low and high)
    if not is_agreed:
        low, _, high = quantiles(rates, n=4) if len(rates) >= LEAST_FOR_BAND else (None, None, None)
    today = [effort for made_at, effort in rows if made_at > at - DAY]
    return Pace(
        n_records=len(rows),
        per_hour=len(latest) * 3600 / sum(latest) if len(latest) >= LEAST_FOR_PACE and sum(latest) else None,
        low=low,
        high=high,
        is_agreed=is_agreed,
        **{name: sum(int(effort.get(name, 0)) for effort in today) for name in EFFORT},
    )


def in_neutral_order(record: Record, key: str, readings: Sequence[Any]) -> tuple[Any, Any]:
    """Return two readings in an order that looks random, tells nothing of who typed which, and is always the same."""
    first, second = readings
    is_turned = hashlib.sha256(f"{record.pk}:{record.file_id}:{key}".encode()).digest()[0] & 1
    return (second, first) if is_turned else (first, second)


@lru_cache(maxsize=256)
def _twice(form: FormDefinition) -> FormDefinition:
    fields = tuple(field for field in form.fields if comparing.is_keyed_twice(field))
    keys = {field.key for field in fields}
    rules = tuple(rule for rule in form.rules if keys.issuperset(entry.keys_of(rule)))
    return FormDefinition(title=form.title, fields=fields, rules=rules)


def _choosable(field: Field, value: str) -> str:
    """Return what the machine read as the field can show it: of a list nothing but what can be chosen."""
    if field.type not in (FieldType.CHOICE, FieldType.BOOLEAN):
        return value
    return normal.normalise(value, field).value


def _adjudication(record: Record, shown: dict[str, Any]) -> Bench:
    form, passes = defining.definition(record.schema), comparing.keyings_of(record)
    first, second = passes[Pass.FIRST].values, passes[Pass.SECOND].values
    found = {one.key: one for one in comparing.disputes(form, first, second)}
    disputes = []
    for field in form.fields:
        if field.key in found:
            readings = [comparing.keyed(values, field.key) for values in (first, second)]
            words = [None if each.is_unreadable else each.raw for each in readings]
            pair = in_neutral_order(record, field.key, words)
            disputes.append(Dispute(field, pair, found[field.key].reason))
    agreed = [(field, comparing.keyed(first, field.key)) for field in form.fields if field.key not in found]
    settled = tuple((field, each.raw, each.is_unreadable) for field, each in agreed)
    keys = {field.key for field in form.fields}
    return Bench(
        **shown, form=form, regions=places(record, keys), prefill={}, disputes=tuple(disputes), settled=settled
    )
