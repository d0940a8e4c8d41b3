"""The demo: a firm, two providers and their orders over the past weeks, made by calling the operations."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cursitor.lines.review.choices import TaskKind
from cursitor.spine.engagements import operations as engagements
from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.ledger import operations as ledger
from cursitor.spine.ledger.choices import LineVerdict
from cursitor.spine.people import operations as people
from cursitor.spine.people.choices import LicenceStatus
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.work import operations as work
from cursitor.spine.work.choices import OrderState, Severity
from cursitor.web.demo import cast as casting
from cursitor.web.demo import filings, letters, orders, practice, reading, scene
from cursitor.web.demo.orders import Desk, Plan
from cursitor.web.demo.scene import CORBEL, HALDEN, ORRIN
from cursitor.web.demo.times import Story, play

Say = Callable[[str], None]
BEGAN = 40
PASSWORD = casting.PASSWORD
SET_A, SET_C, SURVEY, OFFER = (
    "First-level review, set A",
    "First-level review, sets A to C",
    "Privilege review, survey and advice",
    "Second request, letters of March",
)
SLIPS_A = {
    "012": {"responsiveness": "RESPONSIVE", "privilege": "NOT_PRIVILEGED", "issues": ["NOTICE", "DAMAGES"]},
    "013": {"responsiveness": "RESPONSIVE", "privilege": "NOT_PRIVILEGED", "issues": ["NOTICE"]},
    "005": {"responsiveness": "NOT_RESPONSIVE"},
}
PLANS = (
    Plan(SET_A, CORBEL, "Quillfield", OrderState.CLOSED, 24, (*letters.numbers(1, 14), "025", "026", "043"),
         slips=SLIPS_A, budget=140_00, instructions="The mailboxes of Ms. Ostrander and Mr. Wrede, first half."),
    Plan("Complaint exhibits, fixed price", CORBEL, "Tamarind", OrderState.APPROVED, 16, letters.numbers(1, 20),
         fee_basis=RateBasis.FIXED, budget=4_800_00),
    Plan(OFFER, CORBEL, "Quillfield", OrderState.RETURNED, 9, letters.numbers(27, 36), budget=90_00,
         reason="Letters 034 to 036 belong to a compromise offer. Code them under an issue of their own."),
    Plan(SURVEY, CORBEL, "Quillfield", OrderState.DELIVERED, 6, letters.numbers(10, 24),
         work_kind="review.privilege", fee_basis=RateBasis.HOUR, budget=240_00),
    Plan("First-level review, set B", CORBEL, "Quillfield", OrderState.AWAITING_SIGN_OFF, 4, letters.numbers(15, 30),
         budget=110_00),
    Plan("First-level review, set D", CORBEL, "Quillfield", OrderState.IN_QUALITY, 4, letters.numbers(19, 42),
         n_inspected=9, budget=160_00),
    Plan(SET_C, CORBEL, "Quillfield", OrderState.IN_PROGRESS, 3, letters.numbers(1, 42), n_read=15, budget=420_00),
    Plan("Lease abstracts, forty leaseholds", HALDEN, "Tamarind", OrderState.DECLINED, 13, budget=9_000_00,
         reason="Our two lease readers are booked until the end of the month. From the 1st we can take it."),
    Plan("Board papers, first reading", ORRIN, "Quillfield", OrderState.CANCELLED, 12, budget=5_000_00,
         reason="The inquiry was narrowed before reading began. Two hours of set-up are paid at the agreed rate."),
    Plan("Messages of three engineers", ORRIN, "Quillfield", OrderState.ACCEPTED, 2, budget=7_500_00,
         brief={"prefix": "ORR", "production_prefix": "ORRIN"}),
    Plan("Landlord correspondence, urgent", HALDEN, "Tamarind", OrderState.ISSUED, 1, budget=4_000_00,
         brief={"prefix": "HAL"}, instructions="The lender closes on Friday. Please acknowledge today."),
    Plan("Lease abstracts, second attempt", HALDEN, "Tamarind", OrderState.DRAFT, 1, budget=9_000_00,
         brief={"prefix": "HAL"}),
)  # fmt: skip


def make_if_empty(*, say: Say) -> bool:
    """
    Make the demo unless somebody is here already. Returns whether it was made.

    All of it is one transaction: a run that is killed leaves nothing, and the next one begins anew. say: hears what is
    being done, in sentences. The two practice sets of real mail are collected here and read by the worker once it runs.
    """
    if Organisation.objects.exists():
        return False
    with transaction.atomic():
        make(now=timezone.now(), say=say)
    return True


def make(*, now: datetime, say: Say) -> Desk:
    """Make the demo as it stands at an instant: everything before it happened in the weeks that went before."""
    say("Inviting the people of a firm and two providers ...")
    began = orders.days_ago(now, BEGAN, "14:00")
    members = casting.invite_everybody(at=began)
    desk = Desk(members, scene.set_up(members, at=began + timedelta(hours=2)), now)
    say("Letting weeks of work happen, order by order ...")
    stories = [orders.life(desk, plan) for plan in PLANS]
    play([*stories, filings.life(desk), _licences(desk), _talk(desk), _money(desk), _wall(desk), _notices(desk)])
    say("Collecting two sets of real mail; the worker reads them ...")
    practice.collect_topics(desk)
    practice.collect_custodian(desk)
    return desk


def who() -> list[dict[str, str]]:
    """Return whom one may sign in as: name, role and address each."""
    return [dict(zip(("name", "role", "email"), row, strict=True)) for row in _rows()]


def sign_ins() -> str:
    """Return a table of the people one may sign in as, and their common password."""
    rows = list(_rows())
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(["Sign in as any of these people of the demo:", "", *lines, "", f"Password: {PASSWORD}"])


def _rows() -> Iterator[tuple[str, str, str]]:
    for company in casting.COMPANIES:
        for part in company.parts:
            role = f"{part.role.label}, {company.short_name} {part.site}"
            yield part.name, role, casting.address(part.name, company.domain)


def _licences(desk: Desk) -> Story:
    at = yield desk.ago(8, "15:30")
    for name in (scene.NORA, scene.JULIAN):
        licence = desk.cast[name].licences.get()
        people.check_licence(licence=licence, status=LicenceStatus.ACTIVE, by=desk.cast["Paul Ostrow"], at=at)


def _talk(desk: Desk) -> Story:
    """Questions and a hand-off on the orders of the first matter."""
    kavya, nora = desk.cast["Kavya Rindani"], desk.cast[scene.NORA]
    at = yield desk.ago(23, "06:20")
    asked = work.ask(
        order=orders.order_titled(SET_A),
        text="Letters of the yard desk are copied to nobody at counsel. Do they follow the issue codes all the same?",
        is_blocking=False,
        by=kavya,
        at=at,
    )
    at = yield desk.ago(23, "15:45")
    work.answer(question=asked, text="Yes. Code the issue whoever wrote it.", by=nora, at=at)
    at = yield desk.ago(1, "09:40")
    running = orders.order_titled(SET_C)
    task = reading.task_of(running, TaskKind.FIRST)
    work.ask(
        order=running,
        text="Is the outside surveyor inside the privilege where Mr. Wrede forwards his letter within the firm?",
        is_blocking=True,
        about="CF-000018",
        task=task,
        by=task.holder,
        at=at,
    )
    at = yield desk.ago(1, "11:50")
    work.offer_hand_off(
        order=running,
        task=task,
        receiver=desk.cast["Zofia Brzeska"],
        severity=Severity.WATCH,
        deadline=at + timedelta(hours=20),
        state_of_work="Stream 1 has read its half of the first fifteen families. The surveyor's letters wait.",
        actions=[{"what": "Read on by rank", "owner": "Zofia Brzeska", "by": "tomorrow, 12:00 CET"}],
        what_if="If the answer on the surveyor comes, apply it to the letters of February; Nora Kessling decides.",
        by=task.holder,
        at=at,
    )


def _money(desk: Desk) -> Story:
    """Time, an outlay, and three invoices: approved, disputed, and a draft that waits for finance."""
    zofia, lena, owen = desk.cast["Zofia Brzeska"], desk.cast["Lena Odum"], desk.cast[scene.OWEN]
    devika, hester = desk.cast["Devika Rao"], desk.cast["Hester Louw"]
    quillfield, tamarind = desk.scene.engagements["Quillfield"], desk.scene.engagements["Tamarind"]
    at = yield desk.ago(15, "09:00")
    outlay = {"code": "E112", "description": "Certified copy of the booking terms", "units": 1, "unit_amount": 145_00}
    fixed = orders.order_titled("Complaint exhibits, fixed price")
    ledger.enter_expense(order=fixed, day=at.date(), by=lena, at=at, **outlay)
    at = yield desk.ago(14, "10:30")
    period = {"period_from": desk.ago(BEGAN, "00:00").date(), "period_to": at.date()}
    (first,) = ledger.draft_invoices(engagement=quillfield, by=devika, at=at, **period)
    first = ledger.issue_invoice(invoice=first, by=devika, at=at + timedelta(minutes=25))
    at = yield desk.ago(12, "17:20")
    ledger.approve_invoice(invoice=first, by=owen, at=at)
    at = yield desk.ago(10, "09:10")
    period = {"period_from": desk.ago(20, "00:00").date(), "period_to": at.date()}
    (second,) = ledger.draft_invoices(engagement=tamarind, by=hester, at=at, **period)
    second = ledger.issue_invoice(invoice=second, by=hester, at=at + timedelta(minutes=15))
    at = yield desk.ago(9, "16:40")
    line = second.lines.get(expense_code="E112")
    reason = "We sent you a certified copy with the order."
    ledger.judge_line(line=line, verdict=LineVerdict.DISPUTED, reason=reason, by=owen, at=at)
    at = yield desk.ago(4, "13:30")
    survey = orders.order_titled(SURVEY)
    for hours, words in ((3, "Second reading of the surveyor's papers"), (2, "Privilege log, entries 1 to 11")):
        span = {"began_at": at - timedelta(hours=hours), "ended_at": at - timedelta(hours=hours - 1)}
        ledger.enter_time(order=survey, narrative=words, by=zofia, at=at, **span)
    at = yield desk.ago(1, "12:10")
    period = {"period_from": desk.ago(14, "00:00").date(), "period_to": at.date()}
    ledger.draft_invoices(engagement=quillfield, by=devika, at=at, **period)


def _wall(desk: Desk) -> Story:
    at = yield desk.ago(20, "16:00")
    reason = "Worked for a supplier of Orrin Devices until March."
    walled = {"matter": desk.scene.matters[ORRIN], "person": desk.cast["Sanjana Pethe"]}
    engagements.raise_wall(reason=reason, by=desk.cast[scene.JULIAN], at=at, **walled)


def _notices(desk: Desk) -> Story:
    """Everybody reads their notices at noon, so that only those of the last day are new."""
    for days in range(BEGAN - 1, 0, -1):
        at = yield desk.ago(days, "13:00")
        for member in _everybody(desk):
            people.mark_read(person=member, at=at)


def _everybody(desk: Desk) -> Iterator[Person]:
    yield from desk.cast.people.values()
