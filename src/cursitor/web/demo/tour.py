"""The tour: one whole order from instruction to invoice on real mail, human labels standing in for its readers."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone

from cursitor.engines.money import ledes
from cursitor.lines.review import operations as review
from cursitor.lines.review import queries as review_queries
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Document
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements import operations as engagements
from cursitor.spine.engagements.models import Engagement, Matter
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.models import Invoice
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality import queries as quality_queries
from cursitor.spine.quality.choices import LotState, Scheme
from cursitor.spine.quality.models import Lot
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import TaskState
from cursitor.spine.work.models import Deliverable, WorkOrder
from cursitor.web.demo import cast, practice, reading, scene, story
from cursitor.web.demo.orders import TEAMS, Desk

PROVIDER = "Quillfield"
TITLE = "Practice tours"
BATCH = 50
SAMPLE = 150
TARGET_RECALL = 0.8
DRY_SHARE = 0.03
LIMITING_QUALITY = Decimal("3")


class Bar(Protocol):
    """One stage of the tour as it is told."""

    def __call__(self, n: int) -> None: ...


Stage = Callable[[str, int | None], Bar]
"""(what is done, of how many) -> told of each step."""


@dataclass
class Reading:
    """How the first reading went: documents and relevant ones after each family, in the order they were read."""

    steps: list[tuple[int, int]] = field(default_factory=list)

    def add(self, n_documents: int, n_relevant: int) -> None:
        before = self.steps[-1] if self.steps else (0, 0)
        self.steps.append((before[0] + n_documents, before[1] + n_relevant))

    def is_dry(self) -> bool:
        """Say whether the last hundred families held hardly anything."""
        if len(self.steps) <= 2 * BATCH:
            return False
        (first, found), (last, now) = self.steps[-2 * BATCH - 1], self.steps[-1]
        return (now - found) / (last - first) < DRY_SHARE

    def effort_at(self, share: float, n_relevant: int, n_documents: int) -> float | None:
        """Return the share of all documents read when this share of the relevant was found; None if it never was."""
        wanted = share * n_relevant
        return next((read / n_documents for read, found in self.steps if found >= wanted and found), None)


def run(*, stage: Stage, folder: Path | None = None, relevant: str = practice.RELEVANT) -> dict[str, Any]:
    """
    Play one order and return its figures; everything stays to be looked at in the pages.

    folder: holds a messages.jsonl.gz (id, text, labels); the labelled set of the demo if left out. relevant: the label
    that counts as responsive. stage: tells of each step.
    """
    began = time.monotonic()
    desk = _desk(stage)
    records = {str(record["id"]): record for record in practice.messages(folder or practice.DATA / "enron_topics")}
    labels = {key: record["labels"] for key, record in records.items()}
    order = _instruct(desk, stage)
    _collect(order, records, stage)
    decide = _decisions(labels, relevant)
    read = _read(desk, order, decide, stage)
    lot = _check(desk, order, decide, stage)
    deliverable = _deliver(desk, order, stage)
    invoice = _bill(desk, order, stage)
    verified = _prove(stage)
    found = review_queries.found(order=order)
    counts = review_queries.reconciliation(order=order)
    n_relevant = _n_relevant(order, labels, relevant)
    effort = read.effort_at(0.8, n_relevant, counts.published)
    return {
        "items": counts.inputs + counts.children,
        "families": order.families.count(),
        "reviewed": found.n_coded,
        "relevant_found": found.n_responsive,
        "effort_at_80": round(effort, 3) if effort is not None else None,
        "lot": _lot_figures(lot),
        "signed_off": quality_queries.sign_off_state(deliverable).holds,
        "deliverable_files": deliverable.files.count(),
        "invoice_total": float(Decimal(invoice.total_amount).scaleb(-2)),
        "ledes_valid": not ledes.validate_1998b(vault.read(invoice.ledes).decode("ascii"), currency=invoice.currency),
        "audit_verified": verified,
        "seconds": round(time.monotonic() - began, 1),
        "order": order.ref,
    }


def _desk(stage: Stage) -> Desk:
    bar = stage("Setting the scene", None)
    story.make_if_empty(say=lambda words: bar(0))
    members = cast.known()
    bar(1)
    return Desk(members, scene.known(members), timezone.now())


def _instruct(desk: Desk, stage: Stage) -> WorkOrder:
    """The firm opens a matter, lets the provider know it, drafts and issues; the provider accepts and begins."""
    bar = stage("Instructing the provider", None)
    now = timezone.now()
    engagement = _engagement(desk, now)
    matter = _matter(desk, engagement, now)
    place = Desk(desk.cast, scene.Scene({PROVIDER: engagement}, {matter.short_name: matter}), now)
    named = {"matter": matter.short_name, "provider": PROVIDER, "title": f"{matter.short_name}, first-level review"}
    order = practice.begin(place, brief=practice.BRIEF, at=now, **named)
    bar(1)
    return order


def _engagement(desk: Desk, now: datetime) -> Engagement:
    """The tours have an engagement of their own, so that an invoice of theirs bills nothing else."""
    if TITLE in (known := {each.title: each for each in Engagement.objects.select_related("provider")}):
        return known[TITLE]
    return scene.engage(desk.cast, PROVIDER, ("IN", "PL"), scene.NORA, 10_000_000_00, now, title=TITLE)


def _matter(desk: Desk, engagement: Engagement, now: datetime) -> Matter:
    owen = desk.cast[scene.OWEN]
    number = Matter.objects.filter(short_name__startswith="Tour ").count() + 1
    client = desk.scene.matters[scene.TOPICS].client
    draft = engagements.MatterDraft(
        caption=f"Tour {number}: messages with published human labels",
        short_name=f"Tour {number}",
        jurisdiction="US-IL",
        practice_area="Practice and measurement",
        supervising_attorney=desk.cast[scene.NORA],
        client_matter_id=f"{client.number}-T{number}",
    )
    matter = engagements.open_matter(client=client, draft=draft, by=owen, at=now)
    engagements.open_to_provider(matter=matter, engagement=engagement, by=owen, at=now)
    return matter


def _collect(order: WorkOrder, records: Mapping[str, Mapping[str, Any]], stage: Stage) -> None:
    bar = stage("Storing the messages as they came", None)
    source = {"custodian": "Enron corpus", "label": "Labelled messages", "files": practice.files(records)}
    review.collect_upload(order=order, by=order.holder, at=timezone.now(), **source)
    bar(1)
    bar = stage("Reading, publishing and indexing them", len(records))
    reading.process(order=order, at=timezone.now(), told=bar)
    broken = list(review_queries.exceptions(order=order, is_open=True).values_list("pk", flat=True))
    if broken:
        note = "Cannot be read by any reader of this version."
        review.list_unreadable(order=order, documents=broken, note=note, by=order.holder, at=timezone.now())


def _decisions(labels: Mapping[str, Mapping[str, int]], relevant: str) -> reading.Decide:
    """Return the readers: what the published labels say of a message, and of whatever hangs on it."""

    def decide(document: Document) -> dict[str, Any]:
        given = labels[_id(document)]
        if relevant not in given:
            return {"responsiveness": "NOT_RESPONSIVE"}
        is_privileged = not practice.PRIVILEGED.isdisjoint(given)
        return {"responsiveness": "RESPONSIVE", "privilege": "ATTORNEY_CLIENT" if is_privileged else "NOT_PRIVILEGED"}

    return decide


def _id(document: Document) -> str:
    return document.path.partition("/")[0].removesuffix(".eml")


def _n_relevant(order: WorkOrder, labels: Mapping[str, Mapping[str, int]], relevant: str) -> int:
    """Count the published documents that the labels call relevant: what a reading of everything would find."""
    return sum(relevant in labels[_id(document)] for document in review_queries.published(order))


def _read(desk: Desk, order: WorkOrder, decide: reading.Decide, stage: Stage) -> Reading:
    """Two readers take what is likeliest; the ranking learns; a sample of the rest says when enough was found."""
    bar = stage("First-level reading, likeliest first", review_queries.published(order).count())
    streams = order.tasks.filter(kind=TaskKind.FIRST).select_related("order__matter", "order__provider", "holder")
    readers = [(task, task.holder) for task in streams.order_by("number")]
    gone = Reading()
    while True:
        is_exhausted = not _read_batch(order, readers, decide, gone, bar)
        ranking = review.rank(order=order.pk, at=timezone.now())
        may_stop = is_exhausted or (ranking is not None and ranking.knee_reached) or gone.is_dry()
        if may_stop and (is_exhausted or _sample(desk, order, decide, stage)):
            break
    second = desk.cast[TEAMS[PROVIDER][2]]
    bar = stage("Second reading on privilege", None)
    task = reading.task_of(order, TaskKind.PRIVILEGE)
    bar(reading.read_all(readers=[(task, second)], decide=decide, times=_now()))
    return gone


def _read_batch(order: WorkOrder, readers: list, decide: reading.Decide, gone: Reading, bar: Bar) -> int:
    times, n_read = _now(), 0
    for turn in range(BATCH):
        task, person = readers[turn % len(readers)]
        documents = reading.read_one(task=task, by=person, decide=decide, times=times)
        if not documents:
            break
        is_relevant = decide(documents[0])["responsiveness"] == "RESPONSIVE"
        gone.add(len(documents), len(documents) * is_relevant)
        bar(len(documents))
        n_read += 1
    return n_read


def _sample(desk: Desk, order: WorkOrder, decide: reading.Decide, stage: Stage) -> bool:
    """Draw from what nobody has read; say whether the recall it points to is enough to stop."""
    bar = stage("Elusion sample of what is left", SAMPLE)
    now, manager = timezone.now(), desk.cast[TEAMS[PROVIDER][0]]
    if not review_queries.unread(order=order).exists():
        return True
    review.draw_elusion(order=order, n=SAMPLE, seed=secrets.token_bytes(32), by=manager, at=now)
    task = reading.task_of(order, TaskKind.ELUSION)
    times = _now()
    while documents := reading.read_one(task=task, by=manager, decide=decide, times=times):
        bar(len(documents))
    state = review_queries.elusion(order=order)
    return state is not None and state.recall is not None and state.recall.estimate >= TARGET_RECALL


def _check(desk: Desk, order: WorkOrder, decide: reading.Decide, stage: Stage) -> Lot:
    """Tasks end, a lot is drawn by a committed seed, somebody else reads the sample, the lot is decided."""
    manager, inspector = order.holder, desk.cast[TEAMS[PROVIDER][3]]
    for task in order.tasks.filter(state=TaskState.OPEN).order_by("number"):
        work.complete_task(task=task, by=manager, at=timezone.now())
    order = work.submit_to_quality(order=order, by=manager, at=timezone.now())
    asked = {"scheme": Scheme.ZERO_ACCEPTANCE, "limiting_quality": LIMITING_QUALITY}
    lot = quality.commit_lot(order=order, seed=secrets.token_bytes(32), by=inspector, at=timezone.now(), **asked)
    lot = quality.draw_lot(lot=lot, by=inspector, at=timezone.now())
    bar = stage("Inspection of the lot, blind", lot.sample_size)
    reading.inspect(lot=lot, by=inspector, decide=decide, times=_now(), told=bar)
    return quality.decide_lot(lot=lot, by=inspector, at=timezone.now())


def _deliver(desk: Desk, order: WorkOrder, stage: Stage) -> Deliverable:
    """The release is made, signed by the supervising attorney over its digests, and accepted."""
    bar = stage("Release, signature, acceptance", None)
    now = timezone.now()
    deliverable = quality.release(order=order, by=order.holder, at=now)
    attorney = order.matter.supervising_attorney
    at = timezone.now()
    quality.sign_off(deliverable=deliverable, by=attorney, confirmed_at=at, at=at)
    work.approve(order=order, by=desk.cast[scene.OWEN], at=timezone.now())
    bar(1)
    return deliverable


def _bill(desk: Desk, order: WorkOrder, stage: Stage) -> Invoice:
    bar = stage("Invoice: draft, issue, approval", None)
    now, devika = timezone.now(), desk.cast["Devika Rao"]
    period = {"period_from": now.date() - timedelta(days=1), "period_to": now.date() + timedelta(days=1)}
    drafts = ledger.draft_invoices(engagement=order.engagement, by=devika, at=now, **period)
    draft = next(each for each in drafts if each.matter_id == order.matter_id)
    invoice = ledger.issue_invoice(invoice=draft, by=devika, at=now)
    invoice = ledger.approve_invoice(invoice=invoice, by=desk.cast[scene.OWEN], at=timezone.now())
    work.close(order=order, by=desk.cast[scene.OWEN], at=timezone.now())
    bar(1)
    return invoice


def _prove(stage: Stage) -> bool:
    bar = stage("Reading the whole log", None)
    report = audit.verify(at=timezone.now(), by=None)
    bar(1)
    return report.is_verified


def _lot_figures(lot: Lot) -> dict[str, Any]:
    defects = quality_queries.defective_units(lot)
    return {"n": lot.sample_size, "defects": defects, "accepted": lot.state == LotState.ACCEPTED}


def _now() -> Iterator[datetime]:
    while True:
        yield timezone.now()
