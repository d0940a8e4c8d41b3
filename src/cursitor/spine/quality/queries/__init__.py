"""What quality knows: plans, rates with their intervals, what stands in the way, whether a signature holds."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from cursitor.engines import sampling
from cursitor.engines.sampling import intervals, plans, tables
from cursitor.plumbing.vault import cipher
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.people.models import Person
from cursitor.spine.quality import access, statements
from cursitor.spine.quality.choices import DefectSeverity, LotState, Scheme
from cursitor.spine.quality.models import Defect, Inspection, Lot, Sample, SignOff
from cursitor.spine.work import access as work_access
from cursitor.spine.work import registry
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Deliverable, WorkOrder

COUNTED = frozenset({DefectSeverity.CRITICAL, DefectSeverity.MAJOR})
LARGEST_SHARE_OF_DEFECTIVES = Decimal(10)
AQLS = tuple(aql for aql in map(Decimal, tables.AQLS) if aql <= LARGEST_SHARE_OF_DEFECTIVES)
"""The preferred values of the standard that may be read as per cent defective; greater ones count defects."""
UPHELD = Q(severity__in=COUNTED, set_aside_by=None)


@dataclass(frozen=True)
class DefectRate:
    """x defective of n inspected units, with the exact 95 % interval as shares in [0, 1]."""

    x: int
    n: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class SignOffState:
    """Whether a release is signed and still holds. `changed`: paths whose bytes are not what was signed."""

    sign_off: SignOff | None
    changed: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.sign_off is not None and not self.changed


def units_not_accepted(order: WorkOrder) -> list[registry.InspectionUnit]:
    """Return the finished units of the order that no accepted lot holds, in order of key."""
    accepted: set[str] = set()
    for units in order.lots.filter(state=LotState.ACCEPTED).values_list("units", flat=True):
        accepted.update(units)
    found = registry.line_of(order).inspection_units(order)
    return sorted((unit for unit in found if unit.key not in accepted), key=lambda unit: unit.key)


def plan_of(lot: Lot, *, size: int) -> plans.Plan:
    """Return the sampling plan of the lot for `size` units, by its scheme."""
    return plan(scheme=lot.scheme, size=size, limiting_quality=lot.limiting_quality, aql=lot.aql)


def plan(*, scheme: str, size: int, limiting_quality: Decimal | None = None, aql: Decimal | None = None) -> plans.Plan:
    """Return the sampling plan for a lot of `size` units; limiting_quality and aql in per cent, as the scheme asks."""
    if scheme == Scheme.ZERO_ACCEPTANCE:
        return plans.zero_acceptance(lot_size=size, limiting_quality=limiting_quality / 100)
    return plans.normal_single(lot_size=size, aql=aql)


@dataclass(frozen=True)
class PlanPreview:
    """A plan and what it can tell: the probabilities that it accepts a lot with 1 and with 5 % defective units."""

    plan: plans.Plan
    accepts_at_1: float
    accepts_at_5: float
    is_exact: bool


def preview(plan: plans.Plan) -> PlanPreview:
    """Return the plan with two points of its operating characteristic, for this lot (hypergeometric)."""
    at_1, at_5 = (
        plans.probability_of_acceptance_of_lot(plan, -(-plan.lot_size * per_cent // 100)) for per_cent in (1, 5)
    )
    return PlanPreview(plan, at_1, at_5, is_exact=plan.is_full)


def defective_units(lot: Lot) -> int:
    """Count the inspected units with a critical or major defect that was not set aside."""
    defects = Defect.objects.filter(UPHELD, inspection__sample__lot=lot)
    return defects.values("inspection__sample").distinct().count()


def lot_rate(lot: Lot) -> DefectRate | None:
    """Return the lot's defect rate; None while nothing is inspected, because a rate needs its n."""
    n = Inspection.objects.filter(sample__lot=lot).count()
    return rate_of(defective_units(lot), n)


def order_rates(orders: "QuerySet[WorkOrder] | list[WorkOrder]") -> dict[int, DefectRate]:
    """Return the defect rate of each order over its decided lots, by key of the order. Two queries, however many."""
    inspections = Inspection.objects.filter(sample__lot__order__in=orders).exclude(sample__lot__decided_at=None)
    defects = Defect.objects.filter(UPHELD, inspection=OuterRef("pk"))
    counted = inspections.annotate(is_defective=Exists(defects)).values("sample__lot__order")
    rows = counted.annotate(n=Count("pk"), x=Count("pk", filter=Q(is_defective=True)))
    rates = {row["sample__lot__order"]: rate_of(row["x"], row["n"]) for row in rows.order_by("sample__lot__order")}
    return {order: rate for order, rate in rates.items() if rate is not None}


def next_sample(*, person: Person, lot: Lot) -> Sample | None:
    """Return the first drawn unit of the lot that this person may inspect."""
    return access.samples_to_inspect(person).filter(lot=lot).order_by("position").first()


def to_sign(person: Person) -> QuerySet[Deliverable]:
    """Return the latest releases that wait for this person's own signature, the longest waiting first."""
    later = Deliverable.objects.filter(order=OuterRef("order"), version__gt=OuterRef("version"))
    waiting = work_access.deliverables(person).filter(
        order__state=OrderState.AWAITING_SIGN_OFF, order__matter__supervising_attorney=person
    )
    found = waiting.exclude(Exists(later)).select_related("order__matter", "order__provider", "order__terms")
    return found.order_by("made_at", "pk")


def release_blockers(order: WorkOrder) -> list[registry.Blocker]:
    """Return all that stands between the order and its release, each with a reason."""
    blockers = list(registry.line_of(order).blockers(order))
    for lot in order.lots.filter(state__in=[LotState.COMMITTED, LotState.DRAWN]):
        link = reverse("quality:lot", args=[order.ref, lot.number])
        blockers.append(registry.Blocker("lot-open", f"Lot {lot.number} is not decided yet.", link))
    outside = len(units_not_accepted(order))
    if outside:
        sentence = f"{outside} finished units are in no accepted lot."
        blockers.append(registry.Blocker("outside-lots", sentence, reverse("quality:commit", args=[order.ref])))
    return blockers


def changed_files(deliverable: Deliverable) -> tuple[str, ...]:
    """Read every byte of the deliverable and return the paths that are not what was delivered."""
    changed = []
    for file in deliverable.files.select_related("blob").order_by("path"):
        try:
            vault.verify(file.blob)
        except (cipher.Damaged, OSError):
            changed.append(file.path)
        else:
            if file.sha256 != file.blob.sha256:
                changed.append(file.path)
    return tuple(changed)


def signature_of(release: Deliverable) -> SignOff | None:
    """Return the signature on a release, if there is one, without looking at a byte."""
    return SignOff.objects.filter(deliverable=release).select_related("attorney", "licence").first()


def sign_off_state(deliverable: Deliverable) -> SignOffState:
    """Return whether the release is signed and whether what was signed is still what is there."""
    signed = signature_of(deliverable)
    if signed is None:
        return SignOffState(None, ())
    changed = set(changed_files(deliverable))
    signed_files = {line for line in signed.statement.splitlines() if statements.FILE_LINE.fullmatch(line)}
    present = {statements.file_line(file) for file in deliverable.files.all()}
    changed |= {line.split("  ", 2)[2] for line in signed_files ^ present}
    if hashlib.sha256(signed.statement.encode()).hexdigest() != signed.statement_digest:
        changed.add("the statement itself")
    return SignOffState(signed, tuple(sorted(changed)))


def verify_draw(lot: Lot) -> bool:
    """Return whether the revealed seed is the committed one and draws exactly this sample again."""
    if lot.seed is None:
        return False
    seed = bytes(lot.seed)
    drawn = sampling.draw(seed=seed, keys=lot.units, n=lot.sample_size)
    kept = tuple(lot.samples.order_by("position").values_list("unit", flat=True))
    return sampling.commitment(seed) == lot.seed_commitment and drawn == kept


def rate_of(x: int, n: int) -> DefectRate | None:
    """Return x of n as a rate with its exact 95 % interval (Clopper and Pearson 1934); None when n is nought."""
    if not n:
        return None
    interval = intervals.clopper_pearson(x=x, n=n)
    return DefectRate(x=x, n=n, rate=x / n, low=interval.low, high=interval.high)
