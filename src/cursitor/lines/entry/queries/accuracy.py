"""
How often keyers err, how fast they key and what became of the machine's guesses, each figure with what it rests on.

Errors are known from three sources that are never added up, because they see different things. Fields keyed twice: what
an adjudicator settled against one keyer or both; an error that both made alike is not seen. Gold records: true values
that a QC lead keyed beforehand, scored once they are revealed. Inspections: what the inspectors of quality read blind.
Whoever flagged a field as unreadable claimed nothing about it: such fields are counted apart, neither right nor wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q

from cursitor.engines.entry import accuracy as engine
from cursitor.engines.entry import comparison
from cursitor.engines.entry.comparison import Verdict
from cursitor.lines.entry import access
from cursitor.lines.entry.choices import Pass, Stage
from cursitor.lines.entry.models import Keying, Record, Value
from cursitor.lines.entry.queries import comparing, inspection
from cursitor.lines.entry.queries.definition import definition
from cursitor.plumbing import wording
from cursitor.spine.people.models import Membership, Person
from cursitor.spine.quality.models import Inspection
from cursitor.spine.work.models import WorkOrder

DOUBLE, GOLD, INSPECTED = "double", "gold", "inspection"
KEYER, FIELD, VERSION, HOUR = "keyer", "field", "version", "hour"
DIMENSIONS = {KEYER: "Keyer", FIELD: "Field", VERSION: "Form definition", HOUR: "Hour of shift"}
SOURCES = {
    DOUBLE: (
        "Fields keyed twice",
        "Each keyer's reading counts; one settled otherwise is an error. What both misread alike is not seen.",
    ),
    GOLD: (
        "Gold records",
        "True values were keyed beforehand; keyers met these records without knowing them. Revealed sets only.",
    ),
    INSPECTED: (
        "Inspected records",
        "What was settled, against the inspector's own reading. Counted for the first keyer, whoever decided last.",
    ),
}
SCALES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
LEAST_SECONDS = 600
"""Below ten minutes of keying no speed is told."""


@dataclass(frozen=True)
class Rate:
    """
    Errors among n fields, with the 95 % interval of engines.entry.accuracy. share: None of no fields.

    n_flagged: fields that were unreadable to the keyer, not among the n.
    """

    n: int
    errors: int
    share: float | None
    low: float
    high: float
    n_flagged: int = 0


@dataclass(frozen=True)
class Group:
    name: str
    rate: Rate


@dataclass(frozen=True)
class Source:
    """What one source says: altogether, then by keyer, field, form definition and hour of shift."""

    key: str
    name: str
    about: str
    total: Rate
    groups: Mapping[str, tuple[Group, ...]]

    @property
    def scale(self) -> float:
        """Return the share at the right end of every bar of this source."""
        found = [self.total, *(group.rate for groups in self.groups.values() for group in groups)]
        most = max((rate.high for rate in found if rate.n), default=0.0)
        return next(scale for scale in SCALES if most <= scale)

    @property
    def scale_words(self) -> str:
        return wording.per_cent(self.scale)

    @property
    def tables(self) -> list[tuple[str, tuple[Group, ...]]]:
        return [(name, self.groups[key]) for key, name in DIMENSIONS.items() if self.groups[key]]


@dataclass(frozen=True)
class Pace:
    """
    How one person keys, both passes together, what was taken back left out.

    seconds: with the record open, the idle ones among them. per_hour: keystrokes in an hour that was not idle, None
    below ten minutes of keying.
    """

    person: Person
    n_records: int
    keystrokes: int
    seconds: int
    idle_seconds: int

    @property
    def per_hour(self) -> float | None:
        active = self.seconds - self.idle_seconds
        return self.keystrokes * 3600 / active if active >= LEAST_SECONDS else None

    @property
    def hours(self) -> float:
        return self.seconds / 3600

    @property
    def idle(self) -> str:
        """Return the share of the time that was idle, in words."""
        return wording.per_cent(self.idle_seconds / self.seconds) if self.seconds else ""


@dataclass(frozen=True)
class Prefilled:
    """Of `n` settled fields, how many the machine had filled in, and how many of those the first keyer changed."""

    name: str
    n: int
    n_prefilled: int
    n_corrected: int

    @property
    def share(self) -> str:
        return wording.per_cent(self.n_prefilled / self.n) if self.n else ""

    @property
    def corrected_words(self) -> str:
        return "" if self.corrected is None else wording.per_cent(self.corrected)

    @property
    def corrected(self) -> float | None:
        return self.n_corrected / self.n_prefilled if self.n_prefilled else None


@dataclass(frozen=True)
class Accuracy:
    """is_own: it shows one person's figures alone, their own."""

    is_own: bool
    sources: tuple[Source, ...]
    paces: tuple[Pace, ...]
    prefilled: Prefilled
    prefilled_by_field: tuple[Prefilled, ...]

    @property
    def prefilled_rows(self) -> tuple[Prefilled, ...]:
        return (self.prefilled, *self.prefilled_by_field)

    @property
    def main(self) -> Source | None:
        """Return the source with the most fields, or None where nothing was measured."""
        measured = [source for source in self.sources if source.total.n]
        return max(measured, key=lambda source: source.total.n, default=None)


@dataclass(frozen=True)
class _Reading:
    """One keying by one person: how many of its fields were right, wrong and flagged."""

    by: int
    at: datetime
    version: int
    found: Counter[Verdict]


@dataclass
class _Found:
    """What a source saw: keying by keying, and the same fields once more by their key."""

    readings: list[_Reading] = dataclass_field(default_factory=list)
    by_field: dict[str, Counter[Verdict]] = dataclass_field(default_factory=lambda: defaultdict(Counter))

    def add(self, by: int, at: datetime, version: int, verdicts: Mapping[str, Verdict]) -> None:
        self.readings.append(_Reading(by, at, version, Counter(verdicts.values())))
        for key, verdict in verdicts.items():
            self.by_field[key][verdict] += 1


def accuracy(*, order: WorkOrder, person: Person) -> Accuracy:
    """
    Return the figures of all keyers to those who measure, and to everybody else their own alone.

    Only settled records count. An hour of shift is counted from a person's first keying of that day at this order, in
    the zone of their site with the provider: "hour 1" is the first sixty minutes. Work past midnight begins a new day.
    """
    is_own = not access.may(person, order=order, to="measure")
    return _accuracy(order, person if is_own else None)


def overall(*, order: WorkOrder) -> Accuracy:
    """Return the figures of all keyers, for the statement that is delivered: whoever prints it leaves out names."""
    return _accuracy(order, None)


def _accuracy(order: WorkOrder, of: Person | None) -> Accuracy:
    people = _people(order, of)
    shifts = _Shifts(order, people)
    readings = {DOUBLE: _double(order, of), GOLD: _gold(order, of), INSPECTED: _inspected(order, of)}
    labels = {
        field.key: field.name for schema in order.schemas.order_by("version") for field in definition(schema).fields
    }
    settled = Value.objects.filter(record__order=order, record__stage=Stage.DONE)
    if of is not None:
        settled = settled.filter(first__by=of)
    by_field = _prefilled(settled, labels)
    return Accuracy(
        is_own=of is not None,
        sources=tuple(_source(key, found, people, labels, shifts) for key, found in readings.items()),
        paces=_paces(order, people),
        prefilled=Prefilled("All fields", *(sum(column) for column in _columns(by_field))),
        prefilled_by_field=tuple(one for one in by_field if one.n_prefilled),
    )


class _Shifts:
    """Tells in which hour of their shift somebody keyed."""

    def __init__(self, order: WorkOrder, people: Mapping[int, Person]) -> None:
        zones = dict(
            Membership.objects.filter(person__in=people, organisation=order.provider_id)
            .order_by("began_at")
            .values_list("person", "site__zone")
        )
        self.zones = {pk: ZoneInfo(zones.get(pk) or person.zone or "UTC") for pk, person in people.items()}
        self.begins: dict[tuple[int, date], datetime] = {}
        for by, at in _keyed(order).filter(by__in=people).order_by("at", "pk").values_list("by", "at"):
            self.begins.setdefault((by, self._day(by, at)), at)

    def hour(self, by: int, at: datetime) -> int:
        """Return the hour, from 1."""
        begin = self.begins.get((by, self._day(by, at)), at)
        return int((at - begin).total_seconds() // 3600) + 1

    def _day(self, by: int, at: datetime) -> date:
        return at.astimezone(self.zones[by]).date()


def _people(order: WorkOrder, of: Person | None) -> dict[int, Person]:
    if of is not None:
        return {of.pk: of}
    keyers = _keyed(order).order_by().values("by")
    return {person.pk: person for person in Person.objects.filter(pk__in=keyers)}


def _keyed(order: WorkOrder):
    return Keying.objects.filter(record__order=order, of_pass__in=[Pass.FIRST, Pass.SECOND], undoes=None)


def _source(key: str, seen: _Found, people: Mapping[int, Person], labels: Mapping[str, str], shifts: _Shifts) -> Source:
    counts: dict[str, dict[int | str, Counter[Verdict]]] = {name: defaultdict(Counter) for name in DIMENSIONS}
    counts[FIELD] |= seen.by_field
    total: Counter[Verdict] = Counter()
    places = {name: place for place, name in enumerate(labels)}
    for reading in seen.readings:
        total.update(reading.found)
        counts[KEYER][reading.by].update(reading.found)
        counts[VERSION][reading.version].update(reading.found)
        counts[HOUR][shifts.hour(reading.by, reading.at)].update(reading.found)
    ways: dict[str, tuple[Callable, Callable]] = {
        KEYER: (lambda pk: people[pk].name, lambda pk: (people[pk].name, pk)),
        FIELD: (lambda field: labels.get(field, field), lambda field: places.get(field, len(places))),
        VERSION: (lambda version: f"Version {version}", lambda version: version),
        HOUR: (lambda hour: f"Hour {hour}", lambda hour: hour),
    }
    groups = {
        name: tuple(Group(words(one), _rate(counts[name][one])) for one in sorted(counts[name], key=place))
        for name, (words, place) in ways.items()
    }
    return Source(key, *SOURCES[key], total=_rate(total), groups=groups)


def _rate(found: Counter[Verdict]) -> Rate:
    made = engine.rate(errors=found[Verdict.WRONG], fields=found[Verdict.RIGHT] + found[Verdict.WRONG])
    return Rate(made.fields, made.errors, made.rate, made.low, made.high, found[Verdict.ABSTAINED])


def _double(order: WorkOrder, of: Person | None) -> _Found:
    """Return both readings of every settled field that was keyed twice, added up by the database."""
    seen = _Found()
    compared = Value.objects.filter(record__order=order, record__stage=Stage.DONE, second__isnull=False).order_by()
    for role in ("first", "second"):
        own = compared.filter(**{f"{role}__by": of}) if of is not None else compared
        counted = {
            "n": Count("pk"),
            "n_wrong": Count("pk", filter=Q(**{f"{role}_wrong": True})),
            "n_flagged": Count("pk", filter=Q(**{f"{role}_wrong": None})),
        }
        names = (f"{role}_id", f"{role}__by", f"{role}__at", f"{role}__schema__version")
        for _keying, by, at, version, *found in own.values_list(*names).annotate(**counted):
            seen.readings.append(_Reading(by, at, version, _counted(*found)))
        for key, *found in own.values_list("field").annotate(**counted):
            seen.by_field[key].update(_counted(*found))
    return seen


def _counted(n: int, n_wrong: int, n_flagged: int) -> Counter[Verdict]:
    return Counter({Verdict.RIGHT: n - n_wrong - n_flagged, Verdict.WRONG: n_wrong, Verdict.ABSTAINED: n_flagged})


def _gold(order: WorkOrder, of: Person | None) -> _Found:
    """Return what keyers typed of revealed gold records, measured by the true values."""
    records = Record.objects.filter(order=order, gold_set__revealed_at__isnull=False, stage=Stage.DONE)
    # What is keyed once the set is known proves nothing.
    blind = Keying.objects.filter(at__lte=F("record__gold_set__revealed_at"), undoes=None, undone_by=None)
    found = blind.filter(record__in=records).select_related("schema")
    passes: dict[int, dict[str, Keying]] = defaultdict(dict)
    for keying in found.order_by("pk"):
        passes[keying.record_id][keying.of_pass] = keying
    seen = _Found()
    for keyings in passes.values():
        truth = keyings.get(Pass.GOLD)
        for of_pass in (Pass.FIRST, Pass.SECOND):
            own = keyings.get(of_pass)
            if truth is not None and own is not None and of in (None, own.by):
                seen.add(own.by_id, own.at, own.schema.version, _scored(own, truth))
    return seen


def _scored(own: Keying, truth: Keying) -> dict[str, Verdict]:
    return {
        field.key: comparison.verdict(
            field, comparing.keyed(truth.values, field.key), comparing.keyed(own.values, field.key)
        )
        for field in definition(own.schema).fields
        if own.of_pass == Pass.FIRST or comparing.is_keyed_twice(field)
    }


def _inspected(order: WorkOrder, of: Person | None) -> _Found:
    """Return the settled fields of inspected records: wrong where an upheld finding names them."""
    inspections = Inspection.objects.filter(sample__lot__order=order).select_related("sample")
    records = {record.name: record for record in order.records.select_related("schema")} if inspections else {}
    keyings: dict[int, list[Keying]] = defaultdict(list)
    units = [records[one.sample.unit].pk for one in inspections if one.sample.unit in records]
    for keying in _keyed(order).filter(record__in=units, of_pass=Pass.FIRST).defer("values").order_by("pk"):
        keyings[keying.record_id].append(keying)
    seen = _Found()
    for one in inspections.prefetch_related("defects"):
        record = records.get(one.sample.unit)
        first = _latest(keyings[record.pk], one.at, one.sample.doer) if record else None
        if record and first and of in (None, first.by):
            form = definition(record.schema)
            wrong = {inspection.field_of(form, found.note) for found in one.defects.all() if not found.set_aside_by_id}
            verdicts = {one.key: Verdict.WRONG if one.key in wrong else Verdict.RIGHT for one in form.fields}
            seen.add(first.by_id, first.at, record.schema.version, verdicts)
    return seen


def _latest(keyings: Iterable[Keying], at: datetime, doer: str) -> Keying | None:
    """Return the first keying that stood when a record was inspected."""
    own = [keying for keying in keyings if keying.at <= at and f"person:{keying.by_id}" == doer]
    return own[-1] if own else None


def _paces(order: WorkOrder, people: Mapping[int, Person]) -> tuple[Pace, ...]:
    rows = _keyed(order).filter(undone_by=None, by__in=people)
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for by, effort in rows.values_list("by", "effort"):
        sums[by]["n"] += 1
        for name in ("keystrokes", "seconds", "idle_seconds"):
            sums[by][name] += round(effort.get(name) or 0)
    found = (Pace(people[pk], n["n"], n["keystrokes"], n["seconds"], n["idle_seconds"]) for pk, n in sums.items())
    return tuple(sorted(found, key=lambda pace: (pace.person.name, pace.person.pk)))


def _prefilled(settled, labels: Mapping[str, str]) -> list[Prefilled]:
    corrected = Count("pk", filter=Q(was_prefilled=True, prefill_kept=False))
    rows = (
        settled.order_by()
        .values("field")
        .annotate(n=Count("pk"), n_prefilled=Count("pk", filter=Q(was_prefilled=True)), n_corrected=corrected)
    )
    counts = {row["field"]: (row["n"], row["n_prefilled"], row["n_corrected"]) for row in rows}
    return [Prefilled(name, *counts[key]) for key, name in labels.items() if key in counts]


def _columns(rows: list[Prefilled]) -> list[list[int]]:
    return [[row.n for row in rows], [row.n_prefilled for row in rows], [row.n_corrected for row in rows]]
