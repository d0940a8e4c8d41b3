"""What the pages of quality show: lots in one row each, a lot's sample, what went wrong, releases to sign."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from cursitor.spine.engagements.choices import Milestone
from cursitor.spine.people.models import Person
from cursitor.spine.quality import access, queries
from cursitor.spine.quality.choices import LotState, Scheme
from cursitor.spine.quality.models import Defect, Inspection, Lot, Sample
from cursitor.spine.work import queries as work
from cursitor.spine.work import registry
from cursitor.spine.work.models import Deliverable, WorkOrder

OPEN = frozenset({LotState.COMMITTED, LotState.DRAWN})
SORTS = {
    "lot": ("order__number", "number"),
    "title": ("order__title", "number"),
    "size": ("size",),
    "n": ("sample_size",),
    "decided": ("decided_at",),
    "committed": ("committed_at",),
}
SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Ends of the scale of a column of intervals, as shares."""


@dataclass(frozen=True)
class LotRow:
    """A lot in one row. `limit`: what the scheme is set to, as a share. `rate` is None while nothing is read."""

    lot: Lot
    n_read: int
    n_defective: int
    rate: queries.DefectRate | None
    limit: float
    letter: str

    @property
    def limit_words(self) -> str:
        """The limit in per cent, as it was set: "0.65"."""
        return f"{(self.lot.limiting_quality or self.lot.aql).normalize():f}"

    @property
    def is_full(self) -> bool:
        return self.lot.drawn_at is not None and self.lot.sample_size == self.lot.size


@dataclass(frozen=True)
class SampleRow:
    """A drawn unit, who did it, and what the inspector found, worst first."""

    sample: Sample
    doer: str
    inspection: Inspection | None
    defects: list[tuple[Defect, str]]


@dataclass(frozen=True)
class KindCount:
    """How often a kind of defect was found, and the running share of all."""

    kind: registry.DefectKind
    n: int
    share: float
    running: float

    @property
    def width(self) -> int:
        """Length of the bar in pixels of 196."""
        return round(196 * self.share)


def lot_list(person: Person, *, text: str = "", state: str = "", sort: str = "") -> QuerySet[Lot]:
    """
    Return the lots a person sees, narrowed by words of order, title or matter and by state ("OPEN": not decided).

    sort: a key of SORTS, with a minus sign for the other way round; unknown ones put the latest first.
    """
    found = access.lots(person)
    for word in text.removeprefix("WO-").split():
        named = Q(order__title__icontains=word) | Q(order__matter__short_name__icontains=word)
        found = found.filter(named | Q(order__number__contains=word))
    if state:
        found = found.filter(state__in=OPEN if state == "OPEN" else [state])
    columns = SORTS.get(sort.removeprefix("-"))
    order = [F(c).desc(nulls_last=True) if sort.startswith("-") else F(c).asc(nulls_last=True) for c in columns or ()]
    return found.select_related("order__matter", "order__provider").order_by(*(order or ["-committed_at"]), "-pk")


def lot_rows(lots: Iterable[Lot]) -> list[LotRow]:
    """Return the lots with their counts, in two queries however many they are."""
    shown = list(lots)
    upheld = Exists(Defect.objects.filter(queries.UPHELD, inspection=OuterRef("pk")))
    read = Inspection.objects.filter(sample__lot__in=shown).annotate(is_defective=upheld).values("sample__lot")
    counts = {
        row["sample__lot"]: (row["n"], row["x"])
        for row in read.annotate(n=Count("pk"), x=Count("pk", filter=Q(is_defective=True))).order_by("sample__lot")
    }
    return [_row(lot, *counts.get(lot.pk, (0, 0))) for lot in shown]


def scale_of(rows: Iterable[LotRow]) -> float:
    """Return where the scale of the column ends: the smallest of SCALES that holds every interval and limit."""
    most = max((max(row.rate.high if row.rate else 0, row.limit) for row in rows), default=0)
    return next(scale for scale in SCALES if most <= scale)


def waiting_for_inspection(person: Person) -> list[tuple[Lot, int]]:
    """Return the lots with drawn units that the person may inspect, and how many units each, oldest first."""
    samples = access.samples_to_inspect(person).order_by("lot").values_list("lot")
    counts = dict(samples.annotate(n=Count("pk")).values_list("lot", "n"))
    lots = Lot.objects.filter(pk__in=counts).select_related("order__matter").order_by("drawn_at", "pk")
    return [(lot, counts[lot.pk]) for lot in lots]


def sample_rows(lot: Lot) -> list[SampleRow]:
    """Return the sample of a lot in the order it was drawn."""
    samples = lot.samples.select_related("inspection__inspector").prefetch_related("inspection__defects__set_aside_by")
    drawn = list(samples.order_by("position"))
    names = _names(sample.doer for sample in drawn)
    kinds = {kind.key: kind.name for kind in registry.line_of(lot.order).defects.kinds}
    rows = []
    for sample in drawn:
        inspection = getattr(sample, "inspection", None)
        found = sorted(inspection.defects.all(), key=lambda each: (each.severity, each.pk)) if inspection else []
        defects = [(defect, kinds.get(defect.kind, defect.kind)) for defect in found]
        rows.append(SampleRow(sample, names.get(sample.doer, sample.doer), inspection, defects))
    return rows


def kinds_found(order: WorkOrder) -> list[KindCount]:
    """Return the kinds of defect found in the order's lots, the most frequent first; what was set aside is left out."""
    found = Defect.objects.filter(inspection__sample__lot__order=order, set_aside_by=None)
    counts = dict(found.order_by("kind").values_list("kind").annotate(n=Count("pk")).values_list("kind", "n"))
    total, running, rows = sum(counts.values()), 0, []
    kinds = [kind for kind in registry.line_of(order).defects.kinds if kind.key in counts]
    for kind in sorted(kinds, key=lambda kind: (-counts[kind.key], kind.key)):
        running += counts[kind.key]
        rows.append(KindCount(kind, counts[kind.key], counts[kind.key] / total, running / total))
    return rows


def plan_shown(order: WorkOrder, asked: dict[str, Decimal | str | None]) -> queries.PlanPreview | None:
    """Return the plan that a lot drawn now would have; None while nothing is finished that a lot could hold."""
    size = len(queries.units_not_accepted(order))
    return queries.preview(queries.plan(size=size, **asked)) if size else None


def to_sign(person: Person, now: datetime) -> list[tuple[Deliverable, work.MilestoneClock | None]]:
    """Return the releases that wait for the person's signature with the clock of each, the one due first first."""
    waiting = list(queries.to_sign(person))
    clocks = work.clocks_of([release.order for release in waiting], now)
    rows = [(release, _signing(clocks[release.order_id])) for release in waiting]
    return sorted(rows, key=lambda row: row[1].left if row[1] else timedelta.max)


def n_open(person: Person) -> int:
    """Return how many lots wait for a decision, for the side bar."""
    return access.lots(person).filter(state__in=OPEN).count()


def n_to_sign(person: Person) -> int:
    """Return how many releases wait for the person's signature, for the side bar."""
    return queries.to_sign(person).count()


def _signing(clocks: tuple[work.MilestoneClock, ...]) -> work.MilestoneClock | None:
    return next((clock for clock in clocks if clock.milestone == Milestone.SIGN_OFF and clock.is_running), None)


def _row(lot: Lot, n_read: int, n_defective: int) -> LotRow:
    limit = lot.limiting_quality if lot.scheme == Scheme.ZERO_ACCEPTANCE else lot.aql
    row = LotRow(lot, n_read, n_defective, queries.rate_of(n_defective, n_read), float(limit) / 100, lot.letter)
    if lot.drawn_at is None:
        return row
    return replace(row, letter="all" if row.is_full else lot.letter or "c = 0")


def _names(keys: Iterable[str]) -> dict[str, str]:
    pks = {int(key.removeprefix("person:")) for key in keys if key.startswith("person:")}
    return {f"person:{pk}": name for pk, name in Person.objects.filter(pk__in=pks).values_list("pk", "name")}
