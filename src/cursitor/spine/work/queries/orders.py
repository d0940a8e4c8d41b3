"""Orders as lists need them: how far, how risky, whose turn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from cursitor.engines import clocks as engine
from cursitor.spine.engagements.choices import Milestone, PartySide
from cursitor.spine.engagements.models import Wall
from cursitor.spine.people.models import Membership, Person
from cursitor.spine.work import access, registry, transitions
from cursitor.spine.work.choices import ENDED_STATES, OrderState, TaskState
from cursitor.spine.work.models import Task, WorkOrder
from cursitor.spine.work.queries.clocks import MilestoneClock, clocks_of, in_hours, urgent

BEHIND = 0.2
NONE, WATCH, RISK, LATE = 0, 1, 2, 3


@dataclass(frozen=True)
class Risk:
    """
    How likely an order breaks its next promise, with the reason and the page on which it is cured.

    level: 0 none, 1 watch, 2 risk, 3 late. It follows the clocks' own thresholds (75 % and 90 % of the time used) and a
    comparison of work done with time used; it is no forecast and carries no probability.
    """

    level: int
    sentence: str
    cure: str = ""
    page: str = ""


@dataclass(frozen=True)
class Row:
    """An order in a list."""

    order: WorkOrder
    clock: MilestoneClock | None
    progress: registry.Progress | None
    risk: Risk
    stage: int
    stage_name: str


def board(person: Person, now: datetime) -> tuple[Row, ...]:
    """Return the orders that run and that the person may see, the most at risk first."""
    running = access.orders(person).exclude(state__in=[*ENDED_STATES, OrderState.DRAFT, OrderState.APPROVED])
    return tuple(sorted(rows(running, now), key=lambda row: (-row.risk.level, _left(row), row.order.number)))


def rows(orders: Iterable[WorkOrder], now: datetime) -> list[Row]:
    """Return the orders with clock, progress and risk, in the order given."""
    if hasattr(orders, "select_related"):
        parties = ("matter__organisation", "engagement", "provider", "terms", "holder", "duty_holder")
        orders = orders.select_related(*parties)
    orders = list(orders)
    shown, done = clocks_of(orders, now), progress_by_order([order for order in orders if _is_counted(order)])
    return [_row(order, shown[order.pk], done.get(order.pk)) for order in orders]


def progress(order: WorkOrder) -> registry.Progress:
    """Return how far the line says the order is: units done, of how many."""
    return registry.line_of(order).progress(order)


def progress_by_order(orders: list[WorkOrder]) -> dict[int, registry.Progress]:
    """Return how far the lines say the orders are, by key of the order."""
    found: dict[int, registry.Progress] = {}
    for line in registry.lines().values():
        own = [order for order in orders if order.line == line.key]
        if own and line.progress_by_order:
            found |= line.progress_by_order(own)
        else:
            found |= {order.pk: line.progress(order) for order in own}
    return found


def risk(order: WorkOrder, clocks: Iterable[MilestoneClock], done: registry.Progress | None = None) -> Risk:
    """Return the risk that the order's next promise breaks, from its running clocks and its progress."""
    clocks = tuple(clocks)
    clock = urgent(clocks)
    if clock is None:
        return Risk(NONE, "")
    paused = next((each for each in clocks if each.is_running and each.state == engine.PAUSED), None)
    if paused and clock.state not in (engine.LATE, engine.RISK):
        return Risk(WATCH, f"{paused.label} waits for {paused.waits_for}", "See the question", "work:order_questions")
    name = clock.label + (f", {clock.about}" if clock.about else "")
    cure, page = _cure(order, clock)
    span = in_hours(clock.left)
    if clock.state == engine.LATE:
        return Risk(LATE, f"{name}: {span} late", cure, page)
    if clock.state == engine.RISK:
        return Risk(RISK, f"{name}: {span} of business time left", cure, page)
    if clock.state == engine.WATCH:
        return Risk(WATCH, f"{name}: {span} of business time left", cure, page)
    if done and clock.milestone == Milestone.DELIVER and done.total and done.share + BEHIND < clock.share_used:
        said = f"{done.done} of {done.total} {done.unit} done, {clock.share_used:.0%} of the time used".replace(
            "%", " %"
        )
        return Risk(WATCH, said, "See the tasks", "work:order_tasks")
    return Risk(NONE, "")


def stage(order: WorkOrder) -> int:
    """Return which of transitions.STAGES the order is in, from 0. A cancelled order stays where it was."""
    state = order.state
    if state == OrderState.CANCELLED:
        state = order.transitions.order_by("-pk").values_list("from_state", flat=True).first() or OrderState.DRAFT
    return next(number for number, (_name, states) in enumerate(transitions.STAGES) if state in states)


def tasks_for(person: Person) -> QuerySet[Task]:
    """Return the open tasks that the person carries, those of the order due first before the others."""
    held = Task.objects.filter(holder=person, is_assigned=True, state=TaskState.OPEN)
    seen = held.filter(order__in=access.orders(person).values("pk"))
    joined = seen.select_related("order__matter", "order__provider", "order__terms")
    return joined.order_by(F("order__due_at").asc(nulls_last=True), "order__number", "number")


def stranded(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Narrow open tasks to those whose holder a wall or an ended membership now keeps from the work."""
    walled = Wall.objects.filter(matter=OuterRef("order__matter"), person=OuterRef("holder"), lifted_at=None)
    employed = Membership.objects.filter(
        organisation=OuterRef("order__provider"), person=OuterRef("holder"), role__in=access.DOING, ended_at=None
    )
    held = tasks.filter(state=TaskState.OPEN, is_assigned=True)
    return held.filter(Exists(walled) | ~Exists(employed))


def free_tasks(person: Person) -> list[tuple[WorkOrder, int]]:
    """Return the orders on which the person may claim a task, with the number of free ones."""
    free = Count("tasks", filter=Q(tasks__state=TaskState.OPEN, tasks__is_assigned=False))
    found = access.claimable_orders(person).select_related("matter").annotate(n_free=free)
    return [(order, order.n_free) for order in found.order_by(F("due_at").asc(nulls_last=True), "number")]


def _is_counted(order: WorkOrder) -> bool:
    return order.state in (OrderState.IN_PROGRESS, OrderState.IN_QUALITY)


def _row(order: WorkOrder, clocks: tuple[MilestoneClock, ...], done: registry.Progress | None) -> Row:
    at = stage(order)
    return Row(order, urgent(clocks), done, risk(order, clocks, done), at, str(transitions.STAGES[at][0]))


def _left(row: Row) -> float:
    return row.clock.left.total_seconds() if row.clock else float("inf")


def _cure(order: WorkOrder, clock: MilestoneClock) -> tuple[str, str]:
    if clock.milestone == Milestone.ANSWER:
        return "See the question", "work:order_questions"
    if clock.milestone == Milestone.DELIVER and clock.party == PartySide.PROVIDER and order.state != OrderState.ISSUED:
        return "See the tasks", "work:order_tasks"
    return "Open the order", "work:order"
