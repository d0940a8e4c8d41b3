"""What the clocks of orders show, computed from their events alone: either side can compute it again."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cursitor.engines import clocks as engine
from cursitor.spine.engagements import queries as engagements
from cursitor.spine.engagements.choices import Milestone, PartySide
from cursitor.spine.engagements.models import MilestoneTerm
from cursitor.spine.work.choices import ClockEventKind
from cursitor.spine.work.models import ClockEvent, WorkOrder

ENDED = "ENDED"
ENDING_REASONS = frozenset({"declined", "cancelled"})
ON_SCREEN = {engine.RUNNING: "RUNS", engine.MISSED: "LATE", ENDED: "MET"}


@dataclass(frozen=True)
class MilestoneClock:
    """
    One round of a milestone on an order.

    party: whose clock it is (PartySide); party_name: their name. state: of engines.clocks, or ENDED when the order was
    declined or cancelled before the promise was kept. target, used, left: business time. due_at: the instant at which
    the promise breaks, or broke. pauses: (from, to) as shares of the track, for hatching. about: "question 3".
    """

    milestone: str
    label: str
    round: int
    about: str
    party: str
    party_name: str
    target: timedelta
    started_at: datetime
    stopped_at: datetime | None
    state: str
    used: timedelta
    left: timedelta
    due_at: datetime | None
    share_used: float
    waits_for: str
    paused_for: timedelta
    pauses: tuple[tuple[float, float], ...]
    explanation: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    @property
    def ring(self) -> str:
        """Return the name of the state as the drawings of clocks have it."""
        return ON_SCREEN.get(self.state, self.state)

    @property
    def length(self) -> timedelta:
        """Return the span said beside the ring: left, past due, waited so far, or used once it is met."""
        if self.state in (engine.MET, ENDED):
            return self.used
        if self.state == engine.PAUSED:
            return self.paused_for
        return abs(self.left)

    @property
    def target_words(self) -> str:
        return in_hours(self.target)

    @property
    def used_words(self) -> str:
        return in_hours(self.used)

    @property
    def track(self) -> float:
        """Return the share of the track that is filled, pauses included, in [0, 1]."""
        return min(self.share_used + sum(end - begin for begin, end in self.pauses), 1.0)

    @property
    def result(self) -> str:
        """Return the result in a word: "met", "missed", "ended", or "" while it runs."""
        return {engine.MET: "met", engine.MISSED: "missed", ENDED: "ended"}.get(self.state, "")


def clocks(order: WorkOrder, now: datetime) -> tuple[MilestoneClock, ...]:
    """Return the clocks of an order that have started, as they stand now, in the order in which they started."""
    return clocks_of([order], now)[order.pk]


def clocks_of(orders: Iterable[WorkOrder], now: datetime) -> dict[int, tuple[MilestoneClock, ...]]:
    """Return the clocks of many orders by key of the order, with two queries and one a version of terms."""
    orders = list(orders)
    events: dict[int, dict[tuple[str, int], list[ClockEvent]]] = defaultdict(lambda: defaultdict(list))
    for event in ClockEvent.objects.filter(order__in=orders, at__lte=now).order_by("at", "pk"):
        events[event.order_id][event.milestone, event.round].append(event)
    terms_used = {order.terms_id: order.terms for order in orders}
    calendars = {pk: engagements.business_calendar(terms) for pk, terms in terms_used.items()}
    promised = {
        (term.terms_id, term.milestone): term for term in MilestoneTerm.objects.filter(terms__in=terms_used.keys())
    }
    found = {}
    for order in orders:
        rounds = events[order.pk]
        found[order.pk] = tuple(
            _clock(order, promised[order.terms_id, milestone], calendars[order.terms_id], number, of_round, now)
            for (milestone, number), of_round in rounds.items()
            if (order.terms_id, milestone) in promised
        )
    return found


def in_hours(span: timedelta) -> str:
    """
    Return a span of business time in hours and minutes, never in days: a business day is not 24 hours.

    >>> in_hours(timedelta(minutes=2400)), in_hours(timedelta(minutes=588)), in_hours(timedelta(seconds=70))
    ('40 h', '9 h 48 m', '1 m')
    """
    hours, minutes = divmod(abs(int(span.total_seconds())) // 60, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} m"] * bool(minutes or not hours)
    return " ".join(parts)


def urgent(clocks: Iterable[MilestoneClock], parties: Iterable[str] = ()) -> MilestoneClock | None:
    """Return the running clock that is due first, of some parties only where given; a paused one comes last."""
    wanted = frozenset(parties)
    running = [clock for clock in clocks if clock.is_running and (not wanted or clock.party in wanted)]
    return min(running, key=_urgency, default=None)


def _urgency(clock: MilestoneClock) -> tuple[bool, timedelta]:
    return clock.state == engine.PAUSED, clock.left


def _clock(
    order: WorkOrder,
    term: MilestoneTerm,
    calendar: engine.OpenHours,
    number: int,
    events: list[ClockEvent],
    now: datetime,
) -> MilestoneClock:
    target = engine.Target(timedelta(minutes=term.business_minutes), calendar)
    shown = engine.clock_state(events=[_event(event) for event in events], target=target, now=now)
    stop = next((event for event in events if event.kind == ClockEventKind.STOP), None)
    state = shown.state
    if stop and stop.reason in ENDING_REASONS and state == engine.MET and term.milestone != Milestone.ACKNOWLEDGE:
        state = ENDED
    open_pause = _open_pause(events) if shown.paused_by else None
    return MilestoneClock(
        milestone=term.milestone,
        label=str(Milestone(term.milestone).label),
        round=number,
        about=events[0].reason if term.milestone == Milestone.ANSWER else "",
        party=term.party,
        party_name=_party_name(order, term.party),
        target=target.duration,
        started_at=events[0].at,
        stopped_at=stop.at if stop else None,
        state=state,
        used=shown.used,
        left=shown.left,
        due_at=shown.due_at,
        share_used=shown.share_used,
        waits_for=", ".join(f"{_party_name(order, party)} on {reason}" for party, reason in shown.paused_by),
        paused_for=now - open_pause.at if open_pause else timedelta(),
        pauses=_hatches(events, target, now),
        explanation=shown.explanation,
    )


def _event(event: ClockEvent) -> engine.Event:
    if event.kind == ClockEventKind.START:
        return engine.start(event.at)
    if event.kind == ClockEventKind.STOP:
        return engine.stop(event.at)
    if event.kind == ClockEventKind.PAUSE:
        return engine.pause(event.at, reason=event.reason, party=event.party)
    return engine.resume(event.at, reason=event.reason, party=event.party)


def _open_pause(events: list[ClockEvent]) -> ClockEvent | None:
    ended = {(event.party, event.reason) for event in events if event.kind == ClockEventKind.RESUME}
    paused = [event for event in events if event.kind == ClockEventKind.PAUSE]
    return next((event for event in paused if (event.party, event.reason) not in ended), None)


def _hatches(events: list[ClockEvent], target: engine.Target, now: datetime) -> tuple[tuple[float, float], ...]:
    """Return the paused stretches as shares of the track: open time since the start, used or paused, by the target."""
    begin = events[0].at
    hatches, waiting, since = [], set(), begin
    for event in [*events, None]:
        at = event.at if event else now
        if waiting and at > since:
            open_before = engine.business_time(target.calendar, begin, since)
            open_until = engine.business_time(target.calendar, begin, at)
            hatches.append((min(open_before / target.duration, 1.0), min(open_until / target.duration, 1.0)))
        if event is None or event.kind == ClockEventKind.STOP:
            break
        if event.kind == ClockEventKind.PAUSE:
            waiting.add((event.party, event.reason))
        elif event.kind == ClockEventKind.RESUME:
            waiting.discard((event.party, event.reason))
        since = at
    return tuple((begin, end) for begin, end in hatches if end > begin)


def _party_name(order: WorkOrder, party: str) -> str:
    if party == PartySide.PROVIDER:
        return order.provider.short_name
    if party == PartySide.ATTORNEY:
        return order.duty_holder.name
    return order.matter.organisation.short_name
