"""The home of a supervising attorney and the overview of legal operations."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from cursitor.engines.sampling import intervals
from cursitor.spine.audit import access as audit
from cursitor.spine.engagements import access as engagements
from cursitor.spine.engagements.choices import Milestone
from cursitor.spine.engagements.models import Engagement
from cursitor.spine.insight.queries import orders as shown_orders
from cursitor.spine.insight.queries.waiting import Waits, waits
from cursitor.spine.ledger import queries as ledger
from cursitor.spine.people.models import Person
from cursitor.spine.quality import queries as quality
from cursitor.spine.quality.queries import DefectRate
from cursitor.spine.work import access as work_access
from cursitor.spine.work import queries as work
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder

DAY = timedelta(days=1)
SHOWN = 12
TOLD = {
    "work.question.answered": ("question answered", "questions answered"),
    "work.hand_off.accepted": ("hand-off accepted", "hand-offs accepted"),
    "work.task.completed": ("task finished", "tasks finished"),
    "work.order.delivered": ("release delivered", "releases delivered"),
}


@dataclass(frozen=True)
class AttorneyHome:
    """What waits, first by the reader's own clock; the orders of their matters; who carries them."""

    waiting: Waits
    orders: list[shown_orders.OrderRow]
    n_orders: int
    carriers: list[shown_orders.Carrier]
    scale: float
    happened: list[str]


@dataclass(frozen=True)
class EngagementSpend:
    """What an engagement has cost of its budget, and what its running orders may still cost. Minor units."""

    engagement: Engagement
    currency: str
    spent: int
    planned: int
    budget: int


@dataclass(frozen=True)
class Promise:
    """A milestone as one party keeps it: met of n that ended, with the exact 95 % interval of the share."""

    label: str
    party: str
    met: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ProviderQuality:
    """Defective units of all that was inspected at a provider, over decided lots."""

    provider: str
    rate: DefectRate


@dataclass(frozen=True)
class Overview:
    """What legal operations look at: what waits, running orders by risk, money, promises, quality."""

    waiting: Waits
    orders: list[shown_orders.OrderRow]
    n_orders: int
    scale: float
    spend: list[EngagementSpend]
    promises: list[Promise]
    quality: list[ProviderQuality]
    quality_scale: float


def attorney_home(person: Person, now: datetime) -> AttorneyHome:
    """Return the home of a supervising attorney: of all matters they see, what waits for them alone on top."""
    board = work.board(person, now)
    rows = shown_orders.order_rows(board[:SHOWN])
    return AttorneyHome(
        waiting=waits(person, now),
        orders=rows,
        n_orders=len(board),
        carriers=shown_orders.carriers(rows),
        scale=shown_orders.scale_of(rows),
        happened=happened(person, now - DAY),
    )


def overview(person: Person, now: datetime) -> Overview:
    """Return the overview of legal operations."""
    board = work.board(person, now)
    issued = list(_issued(person))
    spent = ledger.spend_of(issued)
    rows = shown_orders.order_rows(board[:SHOWN], spent=spent)
    rates = _by_provider(issued)
    return Overview(
        waiting=waits(person, now),
        orders=rows,
        n_orders=len(board),
        scale=shown_orders.scale_of(rows),
        spend=_spend(person, issued, spent),
        promises=promises(issued, now),
        quality=rates,
        quality_scale=next(s for s in shown_orders.SCALES if max((r.rate.high for r in rates), default=0) <= s),
    )


def happened(person: Person, since: datetime) -> list[str]:
    """Return what happened since an instant in what the person may read of the log: "2 questions answered", ..."""
    seen = audit.entries(person).filter(at__gte=since, type__in=TOLD).order_by()
    counts = Counter(seen.values_list("type", flat=True))
    return [f"{counts[event]} {words[counts[event] > 1]}" for event, words in TOLD.items() if counts[event]]


def promises(orders: Iterable[WorkOrder], now: datetime) -> list[Promise]:
    """Return how often each milestone was met by each party, of the clocks that have ended; the log proves each one."""
    tally: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for clock in chain.from_iterable(work.clocks_of(orders, now).values()):
        if clock.result in ("met", "missed"):
            tally[clock.milestone, clock.party_name][clock.result] += 1
    return [_promise(*key, counts) for key, counts in sorted(tally.items(), key=_in_order_of_life)]


def _in_order_of_life(item: tuple[tuple[str, str], Counter[str]]) -> tuple[int, str]:
    (milestone, party), _counts = item
    return Milestone.values.index(milestone), party


def _promise(milestone: str, party: str, counts: Counter[str]) -> Promise:
    met, n = counts["met"], counts.total()
    doubt = intervals.clopper_pearson(x=met, n=n)
    return Promise(str(Milestone(milestone).label), party, met, n, met / n, doubt.low, doubt.high)


def _issued(person: Person):
    seen = work_access.orders(person).exclude(issued_at=None)
    return seen.select_related("matter__organisation", "engagement", "provider", "terms", "duty_holder")


def _by_provider(orders: list[WorkOrder]) -> list[ProviderQuality]:
    rates, names = quality.order_rates(orders), {order.pk: order.provider.name for order in orders}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for pk, rate in rates.items():
        sums[names[pk]].update({"x": rate.x, "n": rate.n})
    found = [(name, quality.rate_of(counts["x"], counts["n"])) for name, counts in sorted(sums.items())]
    return [ProviderQuality(name, rate) for name, rate in found if rate]


def _spend(person: Person, orders: list[WorkOrder], spent: Mapping[int, int]) -> list[EngagementSpend]:
    """Engagements with their spend: every order counts what it cost, a running one plans the rest of its budget."""
    by_engagement: dict[int, list[WorkOrder]] = defaultdict(list)
    for order in orders:
        by_engagement[order.engagement_id].append(order)
    seen = engagements.engagements(person).select_related("provider").prefetch_related("terms").order_by("number")
    found = []
    for engagement in seen:
        latest = max(engagement.terms.all(), key=lambda terms: terms.version)
        theirs = by_engagement[engagement.pk]
        cost = sum(spent.get(order.pk, 0) for order in theirs)
        planned = sum(max(order.budget_amount - spent.get(order.pk, 0), 0) for order in theirs if _runs(order))
        found.append(EngagementSpend(engagement, latest.currency, cost, planned, latest.budget_amount))
    return found


def _runs(order: WorkOrder) -> bool:
    ended = {OrderState.DECLINED, OrderState.CANCELLED, OrderState.CLOSED, OrderState.APPROVED}
    return order.state not in ended
