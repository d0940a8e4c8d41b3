"""What the pages of one order show: the head that all its tabs share, and the overview."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.urls import NoReverseMatch, reverse

from cursitor.plumbing import wording
from cursitor.spine.audit import access as audit_access
from cursitor.spine.audit import words
from cursitor.spine.audit.models import Entry
from cursitor.spine.files import access as files_access
from cursitor.spine.files.models import FileVersion
from cursitor.spine.people.models import Person
from cursitor.spine.safeguards import queries as safeguards
from cursitor.spine.safeguards.models import Decision
from cursitor.spine.work import access, registry, tabs, transitions
from cursitor.spine.work.choices import ASKABLE_STATES, ENDED_STATES, HandOffState, OrderState, TaskState
from cursitor.spine.work.models import DeliverableFile, HandOff, Question, Task, Transition, WorkOrder
from cursitor.spine.work.operations import policy
from cursitor.spine.work.queries.clocks import MilestoneClock, clocks
from cursitor.spine.work.queries.custody import CustodyLine, custody
from cursitor.spine.work.queries.orders import Risk, progress, risk, stage
from cursitor.spine.work.queries.searching import find_orders, with_words

N_ACTIVITY, N_FILES = 6, 3
ASKED = "safeguards.policy.asked"
SORTS = {"number": "number", "title": "title", "due": "due_at", "state": "state", "matter": "matter__short_name"}


@dataclass(frozen=True)
class Offered:
    """A step that the person may take now: its button, or the page of the room in which it is taken."""

    step: transitions.Step
    address: str
    is_form: bool


@dataclass(frozen=True)
class Head:
    """The head of every page of an order: who, what, how far, what next."""

    order: WorkOrder
    line: registry.ServiceLine
    work_kind: registry.WorkKind
    zone: str
    stages: tuple[tuple[str, str, float], ...]
    steps: tuple[Offered, ...]
    tabs: tuple[tabs.ShownTab, ...]
    links: tuple[tuple[str, str], ...]
    may: dict[str, bool]

    @property
    def may_ask(self) -> bool:
        return self.may["ask"] and self.order.state in ASKABLE_STATES


@dataclass(frozen=True)
class Overview:
    """What the first tab of an order shows."""

    clocks: tuple[MilestoneClock, ...]
    calendar: str
    custody: CustodyLine
    progress: registry.Progress
    risk: Risk
    open_tasks: list[Task]
    n_tasks: int
    question: Question | None
    decisions: list[Decision]
    files: list[FileVersion | DeliverableFile]
    n_files: int
    activity: list[tuple[Entry, str]]


@dataclass(frozen=True)
class Preflight:
    """What policy last said of a draft. is_clear: it was asked, and nothing stands in the way."""

    decisions: list[Decision]
    summary: safeguards.Summary
    tested_at: datetime | None
    is_clear: bool


def head(person: Person, order: WorkOrder, now: datetime, tab: str) -> Head:
    """Return the head of an order's page for a person, with one of tabs.TABS as the current one."""
    line = registry.line_of(order)
    return Head(
        order=order,
        line=line,
        work_kind=line.work_kind(order.work_kind),
        zone=order.terms.calendar["zone"],
        stages=_stages(order, now),
        steps=tuple(_offered(person, order)),
        tabs=tuple(tabs.tabs_of(person, order, tab)),
        links=line.order_links(order) if order.state != OrderState.DRAFT else (),
        may={verb: access.may(person, order=order, to=verb) for verb in access.VERBS},
    )


def overview(person: Person, order: WorkOrder, now: datetime) -> Overview:
    """Return what the overview of an order shows to a person."""
    shown = clocks(order, now)
    done = progress(order)
    open_tasks = order.tasks.filter(state=TaskState.OPEN).select_related("holder").order_by("-is_assigned", "number")
    waiting = (
        access.questions(person)
        .filter(order=order, answered_at=None)
        .select_related("asked_by")
        .order_by("-is_blocking", "number")
    )
    found = files(person, order)
    return Overview(
        clocks=shown,
        calendar=order.terms.calendar.get("version", ""),
        custody=custody(order, now),
        progress=done,
        risk=risk(order, shown, done),
        open_tasks=list(open_tasks[:8]),
        n_tasks=order.tasks.count(),
        question=waiting.first(),
        decisions=decisions(person, order, policy.ISSUE),
        files=found[:N_FILES],
        n_files=len(found),
        activity=in_words(log(person, order).exclude(type=ASKED)[:N_ACTIVITY]),
    )


def decisions(person: Person, order: WorkOrder, act: str = "") -> list[Decision]:
    """Return the latest policy decision of each rule on the order, of one act if given, severest first."""
    if not access.may(person, order=order, to="see_policy"):
        return []
    return [each for each in safeguards.decisions_for(order.key) if act in ("", each.act)]


def preflight(person: Person, order: WorkOrder) -> Preflight:
    """Return what policy last said of issuing a draft. `operations.ask_policy` asks again."""
    found = decisions(person, order, policy.ISSUE)
    return Preflight(
        decisions=found,
        summary=safeguards.summary(found),
        tested_at=max((each.at for each in found), default=None),
        is_clear=bool(found) and not any(each.stands_in_the_way for each in found),
    )


def log(person: Person, order: WorkOrder) -> QuerySet[Entry]:
    """Return the entries of the log about an order and its parts that the person may read, latest first."""
    about = Q(subject=order.key) | Q(subject__contains=f":{order.ref}/")
    return audit_access.entries(person).filter(about, matter=order.matter.key).order_by("-sequence")


def files(person: Person, order: WorkOrder) -> list[FileVersion | DeliverableFile]:
    """Return the files of the latest deliverable, then those filed for the order in the matter's room, latest first."""
    latest = access.deliverables(person).filter(order=order).order_by("-version").first()
    delivered = list(latest.files.select_related("deliverable").order_by("path")) if latest else []
    return delivered + list(filed(person, order))


def filed(person: Person, order: WorkOrder) -> QuerySet[FileVersion]:
    """Return the versions of files filed for the order in the matter's file room that the person may see."""
    seen = files_access.files(person).filter(matter=order.matter, order_ref=order.ref)
    found = FileVersion.objects.filter(file__in=seen.values("pk"))
    return found.select_related("file", "blob", "added_by").order_by("-added_at", "-pk")


def order_list(
    person: Person, *, text: str = "", state: str = "", line: str = "", sort: str = ""
) -> QuerySet[WorkOrder]:
    """
    Return the orders a person sees, narrowed by words, state ("OPEN" is every state that has not ended) and line.

    sort: a key of SORTS, with a minus sign for the other way round; unknown ones sort by number, latest first.
    """
    found = find_orders(access.orders(person), text)
    if state == "OPEN":
        found = found.exclude(state__in=ENDED_STATES)
    elif state:
        found = found.filter(state=state)
    if line:
        found = found.filter(line=line)
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return found.order_by("-number")
    direction = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return found.order_by(direction, "-number")


def question_list(person: Person, *, text: str = "", only_open: bool = True) -> QuerySet[Question]:
    """Return the questions a person sees, those that wait first and the latest first, narrowed by words."""
    found = with_words(access.questions(person), text, ("text", "answer"))
    if only_open:
        found = found.filter(answered_at=None).exclude(order__state__in=ENDED_STATES)
    joined = found.select_related("order__matter", "order__provider", "order__terms", "asked_by", "answered_by")
    return joined.order_by(F("answered_at").desc(nulls_first=True), "-is_blocking", "-asked_at", "-pk")


def hand_off_list(person: Person, *, only_open: bool = True) -> QuerySet[HandOff]:
    """Return the hand-offs a person sees, latest first."""
    found = access.hand_offs(person)
    if only_open:
        found = found.filter(state=HandOffState.OFFERED)
    return found.select_related("order__matter", "task", "giver", "receiver").order_by("-offered_at", "-pk")


def in_words(entries: Iterable[Entry]) -> list[tuple[Entry, str]]:
    """Return entries of the log, each with its words."""
    return [(entry, words.of(entry.type)) for entry in entries]


def n_open(person: Person) -> int:
    """Return how many orders of the person's run, for the side bar."""
    return access.orders(person).exclude(state__in=ENDED_STATES).count()


def _stages(order: WorkOrder, now: datetime) -> tuple[tuple[str, str, float], ...]:
    """Return (name, note, share done) of every stage: past ones with their date, the current with its progress."""
    zone, current = order.terms.calendar["zone"], stage(order)
    reached = _reached(order)
    rows = []
    for number, (name, _states) in enumerate(transitions.STAGES):
        if number < current:
            note, share = _day(reached.get(number), zone, now), 1.0
        elif number == current:
            note, share = _note(order, now)
        else:
            due = (
                number == current + 1 and order.due_at and order.state in (OrderState.IN_PROGRESS, OrderState.RETURNED)
            )
            note, share = (f"due {_day(order.due_at, zone, now)}" if due else ""), 0.0
        rows.append((str(name), note, share))
    return tuple(rows)


def _note(order: WorkOrder, now: datetime) -> tuple[str, float]:
    if order.state == OrderState.CLOSED:
        return _day(_reached(order).get(7), order.terms.calendar["zone"], now), 1.0
    if order.state in (OrderState.IN_PROGRESS, OrderState.RETURNED):
        done = progress(order)
        counted = f"{done.done} of {done.total} {done.unit}"
        words = "returned for rework" if order.state == OrderState.RETURNED else counted
        return words, min(done.share, 0.99)
    words = "" if order.state == OrderState.DRAFT else str(order.get_state_display())
    return words, 0.5


def _reached(order: WorkOrder) -> dict[int, datetime]:
    """Return when each stage was last entered."""
    entered = {0: order.made_at}
    for row in Transition.objects.filter(order=order).order_by("pk"):
        for number, (_name, states) in enumerate(transitions.STAGES):
            if row.to_state in states:
                entered[number] = row.at
    return entered


def _day(at: datetime | None, zone: str, now: datetime) -> str:
    if at is None:
        return ""
    return wording.instant(at, zone=zone, now=now).split(",")[0]


def _offered(person: Person, order: WorkOrder) -> Iterator[Offered]:
    for step in transitions.steps_from(order.state):
        if not access.may(person, order=order, to=step.name):
            continue
        if not step.via:
            page = "work:preflight" if step.name == "issue" else "work:step"
            args = [order.ref] if step.name == "issue" else [order.ref, step.name]
            yield Offered(step, reverse(page, args=args), is_form=bool(step.asks_reason) or step.name == "issue")
            continue
        try:
            yield Offered(step, reverse(f"{step.via}:order", args=[order.ref]), is_form=True)
        except NoReverseMatch:
            continue
