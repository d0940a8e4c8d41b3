"""Commit and draw lots, inspect blind, decide, release, sign off."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from cursitor.engines import sampling
from cursitor.plumbing import wording
from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import operations as people
from cursitor.spine.people import queries as people_queries
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Licence, Person
from cursitor.spine.quality import access, queries, statements
from cursitor.spine.quality.choices import LotState, Scheme
from cursitor.spine.quality.models import Defect, Inspection, Lot, Sample, SignOff
from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.work import operations as work
from cursitor.spine.work import registry
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import Deliverable, WorkOrder


class NothingToInspect(Refusal):
    """Raised when a lot would hold no unit."""


class LotIsNotOpen(Refusal):
    """Raised when a lot is asked for a step that its state does not allow."""


class InspectorIsTheDoer(Refusal):
    """Raised when somebody would inspect their own work."""


class AlreadySetAside(Refusal):
    """Raised when a finding is set aside a second time."""


class NotYetInspected(Refusal):
    """Raised when a lot is decided before its whole sample has been read."""


class NotReadyForRelease(Refusal):
    """Raised when something stands in the way of delivery. Names all of it."""


class NoActiveLicence(Refusal):
    """Raised when the attorney holds no active licence in the matter's jurisdiction on the day."""


class AlreadySignedOff(Refusal):
    """Raised when a release has been signed."""


class NotTheLatestRelease(Refusal):
    """Raised when a release is signed after another has taken its place."""


class StatementHasChanged(Refusal):
    """Raised when the text to be signed is not the one that the attorney read."""


class BytesHaveChanged(Refusal):
    """Raised when a file of the release is not what was delivered."""


def commit_lot(
    *,
    order: WorkOrder,
    scheme: str,
    seed: bytes,
    by: Person,
    at: datetime,
    limiting_quality: Decimal | None = None,
    aql: Decimal | None = None,
) -> Lot:
    """
    Open a lot and write the SHA-256 of its seed to the log, before anybody knows which units it will hold.

    seed: at least 16 random bytes. limiting_quality and aql: per cent, one of them as the scheme asks.
    """
    access.require(by, order=order, roles={Role.QC_LEAD}, act="open a lot")
    _require_parameter(scheme, limiting_quality, aql)
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        if order.state not in {OrderState.IN_PROGRESS, OrderState.IN_QUALITY}:
            raise LotIsNotOpen(f"{order.ref} is {order.get_state_display().lower()}: there is nothing to inspect now.")
        if order.lots.filter(state__in=[LotState.COMMITTED, LotState.DRAWN]).exists():
            raise LotIsNotOpen("Decide the lot that is open before you open the next.")
        number = order.lots.count() + 1
        lot = Lot.objects.create(
            order=order,
            number=number,
            scheme=scheme,
            limiting_quality=limiting_quality if scheme == Scheme.ZERO_ACCEPTANCE else None,
            aql=aql if scheme == Scheme.NORMAL_SINGLE else None,
            seed_commitment=sampling.commitment(seed),
            seed_sealed=vault.seal(seed, scope=f"lot:{order.ref}/{number}"),
            defects_version=registry.line_of(order).defects.version,
            made_by=by,
            committed_at=at,
        )
        _record("quality.lot.committed", lot, by=by, at=at, data={"commitment": lot.seed_commitment, "scheme": scheme})
    return lot


def draw_lot(*, lot: Lot, by: Person, at: datetime) -> Lot:
    """Fix the lot's units (all that no accepted lot holds), reveal the seed and draw the sample with it."""
    access.require(by, order=lot.order, roles={Role.QC_LEAD}, act="draw a lot")
    with transaction.atomic():
        lot = _locked(lot, LotState.COMMITTED)
        units = {unit.key: unit for unit in queries.units_not_accepted(lot.order)}
        if not units:
            raise NothingToInspect("No unit is finished that an accepted lot does not already hold.")
        plan = queries.plan_of(lot, size=len(units))
        seed = vault.unseal(bytes(lot.seed_sealed), scope=lot.key)
        lot.seed, lot.units, lot.size = seed, sorted(units), len(units)
        lot.sample_size, lot.accept, lot.letter = plan.n, plan.accept, plan.letter
        lot.state, lot.drawn_at = LotState.DRAWN, at
        lot.save()
        drawn = sampling.draw(seed=seed, keys=sorted(units), n=plan.n)
        Sample.objects.bulk_create(
            Sample(
                lot=lot,
                unit=key,
                position=position,
                doer=units[key].doer,
                n_opportunities=units[key].n_opportunities,
            )
            for position, key in enumerate(drawn, start=1)
        )
        data = {"size": lot.size, "n": lot.sample_size, "accept": lot.accept, "seed": seed.hex()}
        _record("quality.lot.drawn", lot, by=by, at=at, data=data)
    return lot


def record_inspection(*, sample: Sample, reading: dict[str, Any], seconds: int, by: Person, at: datetime) -> Inspection:
    """Keep the inspector's own reading of a unit and the differences that the line finds to the first decision."""
    order = sample.lot.order
    access.require(by, order=order, roles=access.INSPECTORS, act="inspect")
    if sample.doer == by.key:
        raise InspectorIsTheDoer("You did this unit yourself; somebody else inspects it.")
    line = registry.line_of(order)
    findings = line.judge(order, sample.unit, reading)
    with transaction.atomic():
        lot = _locked(sample.lot, LotState.DRAWN)
        if Inspection.objects.filter(sample=sample).exists():
            raise LotIsNotOpen("This unit has been inspected.")
        inspection = Inspection.objects.create(sample=sample, inspector=by, reading=reading, seconds=seconds, at=at)
        for finding in findings:
            severity = line.defects.kind(finding.defect).severity
            Defect.objects.create(inspection=inspection, kind=finding.defect, severity=severity, note=finding.note)
        data = {"unit": sample.unit, "defects": [finding.defect for finding in findings]}
        _record("quality.unit.inspected", lot, by=by, at=at, data=data)
    return inspection


def set_aside_defect(*, defect: Defect, reason: str, by: Person, at: datetime) -> Defect:
    """Take a finding out of the count, with a reason, before the lot is decided."""
    lot = defect.inspection.sample.lot
    access.require(by, order=lot.order, roles={Role.QC_LEAD}, act="set a finding aside")
    if not reason.strip():
        raise Invalid("Say why this is not a defect.", field="reason")
    with transaction.atomic():
        lot = _locked(lot, LotState.DRAWN)
        defect = Defect.objects.select_related("inspection__sample").get(pk=defect.pk)
        if defect.set_aside_by_id is not None:
            raise AlreadySetAside("This finding has been set aside.")
        defect.set_aside_by, defect.set_aside_reason = by, reason.strip()
        defect.save(update_fields=["set_aside_by", "set_aside_reason"])
        data = {"unit": defect.inspection.sample.unit, "defect": defect.kind, "reason": reason.strip()}
        _record("quality.defect.set_aside", lot, by=by, at=at, data=data)
    return defect


def decide_lot(*, lot: Lot, by: Person, at: datetime) -> Lot:
    """Accept the lot when at most Ac units are defective, otherwise return it and the order to work."""
    access.require(by, order=lot.order, roles={Role.QC_LEAD}, act="decide a lot")
    with transaction.atomic():
        lot = _locked(lot, LotState.DRAWN)
        left = lot.samples.filter(inspection=None).count()
        if left:
            raise NotYetInspected(f"{left} of {lot.sample_size} drawn units are not inspected yet.")
        defective = queries.defective_units(lot)
        lot.state = LotState.ACCEPTED if defective <= lot.accept else LotState.RETURNED
        lot.decided_at, lot.decided_by = at, by
        lot.save(update_fields=["state", "decided_at", "decided_by"])
        data = {"defective": defective, "n": lot.sample_size, "accept": lot.accept, "result": str(lot.state)}
        _record("quality.lot.decided", lot, by=by, at=at, data=data)
        if lot.state == LotState.RETURNED and lot.order.state == OrderState.IN_QUALITY:
            reason = f"Lot {lot.number} was returned: {defective} of {lot.sample_size} units are defective."
            work.move(order=lot.order, name="back_to_work", by=by, at=at, reason=reason)
    return lot


def release(*, order: WorkOrder, by: Person, at: datetime) -> Deliverable:
    """
    Make the deliverable and lay it before the supervising attorney.

    :raises NotReadyForRelease: while units are outside an accepted lot or the line names a blocker, and when nothing
        has changed since a release that was signed.
    """
    access.require(by, order=order, roles=access.MANAGERS, act="release the work")
    blockers = queries.release_blockers(order)
    if blockers:
        raise NotReadyForRelease(" ".join(blocker.sentence for blocker in blockers))
    with transaction.atomic():
        deliverable = registry.line_of(order).deliver(order, by, at)
        if SignOff.objects.filter(deliverable=deliverable).exists():
            raise NotReadyForRelease(f"Nothing has changed since release {deliverable.version}, which was returned.")
        work.move(order=order, name="to_sign_off", by=by, at=at)
    return deliverable


def sign_off(
    *,
    deliverable: Deliverable,
    by: Person,
    confirmed_at: datetime | None,
    at: datetime,
    statement_sha256: str = "",
) -> SignOff:
    """
    Sign a release in person, over the digests of its files as their bytes read now, and deliver the order.

    confirmed_at: when the person last proved who they are, from `people.step_up`. statement_sha256: of the statement
    that the person has read, where they were shown one.
    :raises StatementHasChanged: if the text to be signed is not the one that was read.
    :raises NotTheLatestRelease: if another release has taken its place. :raises PolicyBlocks: if a rule forbids it.
    :raises StepUpNeeded: if that was more than five minutes ago.
    :raises NoActiveLicence: unless a licence of the matter's jurisdiction is active on the day, in the attorney's zone.
    :raises BytesHaveChanged: if a file is not what was delivered.
    """
    order = deliverable.order
    access.require_supervising_attorney(by, order)
    people.require_step_up(confirmed_at=confirmed_at, at=at)
    licence = require_licence(by=by, order=order, at=at)
    _check_policy(deliverable, licence, by, at)
    changed = queries.changed_files(deliverable)
    if changed:
        raise BytesHaveChanged(f"These files are not what was delivered: {', '.join(changed)}.")
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().get(pk=order.pk)
        if SignOff.objects.filter(deliverable=deliverable).exists():
            raise AlreadySignedOff("This release has been signed.")
        if order.deliverables.filter(version__gt=deliverable.version).exists():
            raise NotTheLatestRelease("A later release has taken the place of this one.")
        statement = statements.sign_off_statement(deliverable=deliverable, licence=licence, at=at)
        digest = hashlib.sha256(statement.encode()).hexdigest()
        if statement_sha256 and statement_sha256 != digest:
            raise StatementHasChanged("What is to be signed has changed since you read it. Read it again, then sign.")
        signed = SignOff.objects.create(
            deliverable=deliverable,
            attorney=by,
            licence=licence,
            statement=statement,
            statement_digest=digest,
            at=at,
        )
        work.move(order=order, name="deliver", by=by, at=at)
        audit.record(
            event="quality.release.signed",
            at=at,
            by=by,
            subject=deliverable.key,
            matter=order.matter.key,
            data={"statement_sha256": signed.statement_digest, "licence": licence.number},
        )
    return signed


def require_licence(*, by: Person, order: WorkOrder, at: datetime) -> Licence:
    """
    Return the attorney's licence that is active in the matter's jurisdiction on the day, in the attorney's own zone.

    :raises NoActiveLicence: when there is none.
    """
    day = at.astimezone(ZoneInfo(by.zone)).date()
    licence = people_queries.active_licence(person=by, jurisdiction=order.matter.jurisdiction, on=day)
    if licence is None:
        raise NoActiveLicence(f"You hold no active licence in {order.matter.jurisdiction} on {wording.day(day)}.")
    return licence


def _check_policy(deliverable: Deliverable, licence: Licence, by: Person, at: datetime) -> None:
    matter = deliverable.order.matter
    facts = {
        "attorney": by.name,
        "attorney_jurisdiction": matter.jurisdiction,
        "attorney_licensed": True,
        "licence_age_days": (at.astimezone(ZoneInfo(by.zone)).date() - licence.checked_date).days,
    }
    safeguards.check(act="quality.sign_off", matter=matter, subject=deliverable.key, facts=facts, by=by, at=at)


def _require_parameter(scheme: str, limiting_quality: Decimal | None, aql: Decimal | None) -> None:
    if scheme == Scheme.ZERO_ACCEPTANCE and not (limiting_quality and 0 < limiting_quality < 100):
        raise Invalid("Give the limiting quality in per cent, above 0 and below 100.", field="limiting_quality")
    if scheme == Scheme.NORMAL_SINGLE and aql not in queries.AQLS:
        raise Invalid("Choose an acceptance quality limit from the standard's list.", field="aql")
    if scheme not in Scheme.values:
        raise Invalid(f'There is no scheme of sampling named "{scheme}".', field="scheme")


def _locked(lot: Lot, state: str) -> Lot:
    locked = Lot.objects.select_for_update(of=("self",)).select_related("order__matter").get(pk=lot.pk)
    if locked.state != state:
        raise LotIsNotOpen(f"Lot {locked.number} is {locked.get_state_display().lower()}.")
    return locked


def _record(event: str, lot: Lot, *, by: Person, at: datetime, data: dict[str, Any]) -> None:
    audit.record(event=event, at=at, by=by, subject=lot.key, matter=lot.order.matter.key, data=data)
