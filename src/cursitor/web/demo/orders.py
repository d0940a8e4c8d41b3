"""The lives of the demo's orders: each a story that goes through the operations, event by event."""

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cursitor.lines.review import operations as review
from cursitor.lines.review import queries as review_queries
from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Document
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.people.models import Person
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality.choices import Scheme
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import OrderState, TaskState
from cursitor.spine.work.models import WorkOrder
from cursitor.web.demo import letters, reading
from cursitor.web.demo.cast import Cast
from cursitor.web.demo.scene import OWEN, Scene
from cursitor.web.demo.times import Story, days_ago, ticking

GUIDANCE = """Responsive: whatever bears on booking 7719, the gaskets, the moisture or the money.
Not responsive: parties, parking, leave, other cargo.
Attorney-client: a request for legal advice or the advice, with Imre Halasz or outside counsel.
Work product: made at counsel's direction in expectation of the suit. The surveyor's papers of February are such.
When in doubt about privilege, ask; do not guess."""
BRIEF = {
    "prefix": "CF",
    "production_prefix": "CORBEL",
    "streams": 2,
    "deduplicate": "global",
    "sought": "gasket seal moisture resin notice damages booking 7719 Danube",
    "issues": letters.ISSUES,
    "terms": "seal w/5 daylight\ngasket*\nmoisture",
    "privilege_terms": "counsel\nprivileged\n(legal w/3 advice)",
    "attorneys": "Imre Halasz\nNora Kessling",
    "names": "Danube\nTarnow",
    "guidance": GUIDANCE,
    "pace_low": 40,
    "pace_high": 95,
}
TEAMS = {
    "Quillfield": ("Anjali Deshkar", ("Kavya Rindani", "Sanjana Pethe"), "Zofia Brzeska", "Piotr Walenga"),
    "Tamarind": ("Lena Odum", ("Thandi Mokoena", "Ruan Steyn"), "Lena Odum", "Asanda Qwabe"),
}
"""Short name of the provider -> manager, first readers, second reader, inspector."""


@dataclass
class Desk:
    """What every story needs: people, matters, and the instant at which the demo is made."""

    cast: Cast
    scene: Scene
    now: datetime

    def ago(self, days: int, at: str) -> datetime:
        return days_ago(self.now, days, at)


@dataclass(frozen=True)
class Plan:
    """An order of the demo: what is ordered, when, and where its story stops."""

    title: str
    matter: str
    provider: str
    until: str
    days: int
    letters: tuple[str, ...] = ()
    work_kind: str = "review.first_level"
    fee_basis: str = RateBasis.UNIT
    budget: int = 6_000_00
    instructions: str = ""
    reason: str = ""
    slips: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    brief: Mapping[str, Any] = field(default_factory=dict)
    n_read: int = 10_000
    n_inspected: int = 10_000


def life(desk: Desk, plan: Plan) -> Story:
    """The life of an order, up to the state in which the demo leaves it."""
    order = yield from _issued(desk, plan)
    if order is None:
        return
    if plan.until == OrderState.DECLINED:
        at = yield desk.ago(plan.days - 1, "05:20")
        work.decline(order=order, by=_manager(desk, plan), reason=plan.reason, at=at)
        return
    order = yield from _accepted(desk, plan, order)
    if plan.until == OrderState.CANCELLED:
        at = yield desk.ago(plan.days - 1, "16:10")
        work.cancel(order=order, by=desk.cast[OWEN], settlement=plan.reason, at=at)
        return
    if plan.until == OrderState.ACCEPTED:
        return
    yield from _read(desk, plan, order)
    if plan.until == OrderState.IN_PROGRESS:
        return
    yield from _checked(desk, plan, order)
    if plan.until not in (OrderState.IN_QUALITY, OrderState.AWAITING_SIGN_OFF):
        yield from _received(desk, plan, order)


def order_titled(title: str) -> WorkOrder:
    """Return an order of the demo by its title."""
    return WorkOrder.objects.select_related("matter", "provider", "terms").get(title=title)


def truth(document: Document) -> dict[str, Any]:
    """Return the codes of a letter as somebody gives them who makes no slip."""
    return letters.code(document.message_id)


def _issued(desk: Desk, plan: Plan):
    at = yield desk.ago(plan.days, "15:05")
    engagement = desk.scene.engagements[plan.provider]
    order = work.draft_order(
        matter=desk.scene.matters[plan.matter],
        engagement=engagement,
        line="review",
        work_kind=plan.work_kind,
        title=plan.title,
        brief={**BRIEF, **plan.brief},
        fee_basis=plan.fee_basis,
        budget_amount=plan.budget,
        instructions=plan.instructions,
        by=desk.cast[OWEN],
        at=at,
    )
    if plan.until == OrderState.DRAFT:
        return None
    at = yield at + timedelta(minutes=35)
    order = work.issue(order=order, by=desk.cast[OWEN], at=at)
    return None if plan.until == OrderState.ISSUED else order


def _accepted(desk: Desk, plan: Plan, order: WorkOrder):
    manager, readers, second, _inspector = _people(desk, plan)
    at = yield desk.ago(plan.days - 1, "04:40")
    order = work.accept(order=order, by=manager, at=at)
    if plan.until in (OrderState.ACCEPTED, OrderState.CANCELLED):
        return order
    at = yield at + timedelta(minutes=8)
    order = work.start(order=order, by=manager, at=at)
    holders = {TaskKind.PRIVILEGE: [second], TaskKind.FIRST: list(readers)}
    for task in order.tasks.select_related("order__matter", "order__provider").order_by("number"):
        to = holders.get(task.kind, [manager])
        work.assign(task=task, to=to[task.number % len(to)], by=manager, at=at)
    return order


def _read(desk: Desk, plan: Plan, order: WorkOrder) -> Story:
    manager, _readers, second, _inspector = _people(desk, plan)
    at = yield desk.ago(plan.days - 1, "05:15")
    _collect(plan, order, manager, at)
    at = yield at + timedelta(minutes=4)
    reading.process(order=order, at=at)
    _settle_exceptions(order, manager, at)
    at = yield desk.ago(plan.days - 1, "06:00")
    streams = order.tasks.filter(kind=TaskKind.FIRST).select_related("holder").order_by("number")
    first = [(task, task.holder) for task in streams]
    times = ticking(at)
    reading.read_all(readers=first, decide=_with_slips(plan), times=times, limit=plan.n_read)
    review.rank(order=order.pk, at=next(times))
    if plan.until == OrderState.IN_PROGRESS:
        return
    at = yield desk.ago(plan.days - 2, "04:30")
    task = reading.task_of(order, TaskKind.PRIVILEGE)
    times = ticking(at)
    reading.read_all(readers=[(task, second)], decide=_with_slips(plan), times=times)
    _complete(order, manager, next(times))


def _checked(desk: Desk, plan: Plan, order: WorkOrder) -> Story:
    manager, _readers, _second, inspector = _people(desk, plan)
    at = yield desk.ago(plan.days - 2, "06:40")
    order = work.submit_to_quality(order=order, by=manager, at=at)
    lot = yield from _lot(desk, plan, order, inspector, desk.ago(plan.days - 2, "07:30"))
    if lot is None:
        return
    if lot.state == "RETURNED":
        yield from _read_again(desk, plan, order)
        yield from _lot(desk, plan, order, inspector, desk.ago(plan.days - 3, "08:10"))
    day = plan.days - 3 if lot.state == "RETURNED" else plan.days - 2
    at = yield desk.ago(day, "10:20")
    quality.release(order=order, by=manager, at=at)


def _lot(desk: Desk, plan: Plan, order: WorkOrder, inspector: Person, begin: datetime):
    at = yield begin
    seed = hashlib.sha256(f"demo: {plan.title}, lot {order.lots.count() + 1}".encode()).digest()
    scheme = {"scheme": Scheme.ZERO_ACCEPTANCE, "limiting_quality": Decimal(10)}
    lot = quality.commit_lot(order=order, seed=seed, by=inspector, at=at, **scheme)
    at = yield at + timedelta(minutes=5)
    lot = quality.draw_lot(lot=lot, by=inspector, at=at)
    at = yield at + timedelta(minutes=2)
    times = ticking(at)
    reading.inspect(lot=lot, by=inspector, decide=truth, times=times, limit=plan.n_inspected)
    if plan.until == OrderState.IN_QUALITY:
        return None
    at = yield next(times)
    return quality.decide_lot(lot=lot, by=inspector, at=at)


def _read_again(desk: Desk, plan: Plan, order: WorkOrder) -> Story:
    """After a returned lot: the families with a finding are read again, and the order goes back to quality."""
    manager, _readers, _second, inspector = _people(desk, plan)
    at = yield desk.ago(plan.days - 3, "04:20")
    slipped = [document for document in review_queries.published(order) if _number(document) in plan.slips]
    numbers = {document.family.number for document in slipped}
    review.reopen(order=order, families=numbers, reason="Found by the inspection of lot 1", by=inspector, at=at)
    times = ticking(at + timedelta(minutes=3))
    for kind in (TaskKind.FIRST, TaskKind.PRIVILEGE):
        done = reading.task_of(order, kind)
        task = work.reopen_task(task=done, by=manager, at=next(times), reason="Lot 1 was returned")
        reading.read_all(readers=[(task, task.holder)], decide=truth, times=times)
    _complete(order, manager, next(times))
    at = yield desk.ago(plan.days - 3, "07:40")
    work.submit_to_quality(order=order, by=manager, at=at)


def _received(desk: Desk, plan: Plan, order: WorkOrder) -> Story:
    order.refresh_from_db()
    attorney = order.matter.supervising_attorney
    at = yield desk.ago(plan.days - 3, "16:00")
    deliverable = order.deliverables.order_by("-version").first()
    quality.sign_off(deliverable=deliverable, by=attorney, confirmed_at=at - timedelta(minutes=1), at=at)
    if plan.until == OrderState.DELIVERED:
        return
    at = yield desk.ago(plan.days - 4, "17:15")
    if plan.until == OrderState.RETURNED:
        work.return_for_rework(order=order, by=desk.cast[OWEN], reason=plan.reason, at=at)
        return
    work.approve(order=order, by=desk.cast[OWEN], at=at)
    if plan.until == OrderState.CLOSED:
        at = yield at + timedelta(hours=1)
        work.close(order=order, by=desk.cast[OWEN], at=at)


def _collect(plan: Plan, order: WorkOrder, by: Person, at: datetime) -> None:
    for key, custodian in letters.CUSTODIANS.items():
        with ExitStack() as opened:
            found = letters.files(plan.letters, key)
            files = [(name, opened.enter_context(path.open("rb"))) for name, path in found]
            source = {"custodian": custodian, "label": f"Mailbox of {custodian}", "files": files}
            review.collect_upload(order=order, by=by, at=at, **source)


def _settle_exceptions(order: WorkOrder, by: Person, at: datetime) -> None:
    broken = [document.pk for document in review_queries.exceptions(order=order, is_open=True)]
    if broken:
        note = "The file holds no byte; the custodian has no other copy."
        review.list_unreadable(order=order, documents=broken, note=note, by=by, at=at)


def _complete(order: WorkOrder, by: Person, at: datetime) -> None:
    for task in order.tasks.filter(state=TaskState.OPEN).order_by("number"):
        work.complete_task(task=task, by=by, at=at)


def _with_slips(plan: Plan) -> reading.Decide:
    return lambda document: letters.code(document.message_id, slips=plan.slips)


def _number(document: Document) -> str:
    return document.message_id.partition(".")[2].partition("@")[0]


def _manager(desk: Desk, plan: Plan) -> Person:
    return desk.cast[TEAMS[plan.provider][0]]


def _people(desk: Desk, plan: Plan) -> tuple[Person, tuple[Person, ...], Person, Person]:
    manager, readers, second, inspector = TEAMS[plan.provider]
    cast = desk.cast
    return cast[manager], tuple(cast[name] for name in readers), cast[second], cast[inspector]
