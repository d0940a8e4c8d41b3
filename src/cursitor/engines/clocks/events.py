"""What happens to a clock: an append-only list of events, and the promise it measures."""

import dataclasses
import datetime
from collections.abc import Iterable

from cursitor.engines.clocks import calendars

START = "START"
PAUSE = "PAUSE"
RESUME = "RESUME"
STOP = "STOP"
RETARGET = "RETARGET"


class EventsRefused(ValueError):
    """Raised when events contradict each other; the message names the event."""


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """
    A promise: so much open time of this calendar.

    watch_share, risk_share: shares of the duration from which the clock shows WATCH and RISK.
    longest_pause: open time that pauses may take in all; after it the clock runs again; None without a limit.
    :raises ValueError: if the duration is not positive or the shares are not in order within (0, 1].
    """

    duration: datetime.timedelta
    calendar: calendars.OpenHours
    watch_share: float = 0.75
    risk_share: float = 0.9
    longest_pause: datetime.timedelta | None = None

    def __post_init__(self) -> None:
        if self.duration <= datetime.timedelta():
            raise ValueError("a promise needs a duration above zero")
        if not 0 < self.watch_share <= self.risk_share <= 1:
            raise ValueError("the shares for WATCH and RISK must be in order between 0 and 1")


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """
    One event. reason and party belong to PAUSE and RESUME: why, and who is waited for. target to RETARGET.

    A RESUME without reason and party ends all pauses; otherwise the one pause with the same two.
    """

    kind: str
    at: datetime.datetime
    reason: str = ""
    party: str = ""
    target: Target | None = None


def start(at: datetime.datetime) -> Event:
    """Return the event that starts the clock, or starts it again after a stop (work reopened)."""
    return Event(START, at)


def pause(at: datetime.datetime, *, reason: str, party: str) -> Event:
    """Return the event that pauses the clock while `party` is waited for; reason: a code."""
    return Event(PAUSE, at, reason, party)


def resume(at: datetime.datetime, *, reason: str = "", party: str = "") -> Event:
    """Return the event that ends one pause, or all of them without reason and party."""
    return Event(RESUME, at, reason, party)


def stop(at: datetime.datetime) -> Event:
    """Return the event that stops the clock: the thing promised was done."""
    return Event(STOP, at)


def retarget(at: datetime.datetime, target: Target) -> Event:
    """Return the event that replaces the promise; time used until then stays used."""
    return Event(RETARGET, at, target=target)


@dataclasses.dataclass(frozen=True, slots=True)
class Phase:
    """What holds between two events: whether the clock is started, who pauses it, and the promise."""

    is_started: bool
    is_stopped: bool
    pauses: tuple[tuple[str, str], ...]
    target: Target


def check_next(events: Iterable[Event], event: Event, target: Target) -> None:
    """
    Check that an event may follow those recorded, before it is written.

    :raises EventsRefused: with the reason if it may not.
    """
    ordered = in_order((*events, event))
    if ordered[-1] is not event:
        raise EventsRefused(f"the event of {event.at.isoformat()} would lie before one already recorded")
    phases(ordered, target)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return the events by instant; those of the same instant stay in the order of recording."""
    return sorted(events, key=lambda event: calendars.as_utc(event.at))


def phases(events: Iterable[Event], target: Target) -> list[Phase]:
    """
    Return what holds after each event, in their order.

    :raises EventsRefused: if an event contradicts the one before.
    """
    phase = Phase(is_started=False, is_stopped=False, pauses=(), target=target)
    result = []
    for event in events:
        phase = _after(phase, event)
        result.append(phase)
    return result


def _after(phase: Phase, event: Event) -> Phase:
    when = event.at.isoformat()
    is_running = phase.is_started and not phase.is_stopped
    if event.kind == START:
        if is_running:
            raise EventsRefused(f"the clock was started already when it was started at {when}")
        return dataclasses.replace(phase, is_started=True, is_stopped=False)
    if event.kind == STOP:
        if not is_running:
            raise EventsRefused(f"the clock did not run when it was stopped at {when}")
        return dataclasses.replace(phase, is_stopped=True)
    if event.kind == PAUSE:
        return _paused(phase, event)
    if event.kind == RESUME:
        return _resumed(phase, event)
    if event.kind == RETARGET and event.target is not None:
        return dataclasses.replace(phase, target=event.target)
    raise EventsRefused(f"the event {event.kind!r} at {when} is unknown or has no target")


def _paused(phase: Phase, event: Event) -> Phase:
    mark = (event.party, event.reason)
    if not all(mark):
        raise EventsRefused(f"the pause at {event.at.isoformat()} needs a reason and a party")
    if mark in phase.pauses:
        raise EventsRefused(f"the clock waited for {event.party} ({event.reason}) already")
    return dataclasses.replace(phase, pauses=(*phase.pauses, mark))


def _resumed(phase: Phase, event: Event) -> Phase:
    mark = (event.party, event.reason)
    if not phase.pauses or (any(mark) and mark not in phase.pauses):
        raise EventsRefused(f"there is no such pause to end at {event.at.isoformat()}")
    kept = tuple(each for each in phase.pauses if each != mark) if any(mark) else ()
    return dataclasses.replace(phase, pauses=kept)
