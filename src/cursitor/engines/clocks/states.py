"""The state of a clock: a pure function of its events, its promise and the present."""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence

from cursitor.engines.clocks import calendars, events, times

NOT_STARTED = "NOT_STARTED"
RUNNING = "RUNNING"
WATCH = "WATCH"
RISK = "RISK"
LATE = "LATE"
PAUSED = "PAUSED"
MET = "MET"
MISSED = "MISSED"

_ZERO = datetime.timedelta()


@dataclasses.dataclass(frozen=True, slots=True)
class ClockState:
    """
    What a clock shows.

    state: NOT_STARTED; RUNNING, WATCH, RISK or LATE while it runs; PAUSED; MET or MISSED once stopped.
    used: open time that counted; left: what remains, negative when the promise is broken. due_at: UTC instant at
    which the promise is or was broken, None before the start; while paused it is the one that would hold if the
    clock went on now. share_used: used by duration, may exceed 1. paused_by: who is waited for, with the reason.
    paused: open time not counted. explanation: one sentence per thing that counted, for the reader.
    """

    state: str
    used: datetime.timedelta
    left: datetime.timedelta
    due_at: datetime.datetime | None
    share_used: float
    paused_by: tuple[tuple[str, str], ...]
    paused: datetime.timedelta
    explanation: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Stretch:
    """The time between two events, as far as it lies before the present."""

    start: datetime.datetime
    end: datetime.datetime
    phase: events.Phase


def clock_state(*, events: Iterable["events.Event"], target: "events.Target", now: datetime.datetime) -> ClockState:
    """
    Return the state of a clock at the present.

    events: all that were recorded, in any order; those after `now` do not count yet. target: the promise when
    the clock was made; RETARGET events replace it from their instant on, and every stretch of time is measured
    with the promise and calendar that were in force then.
    :raises EventsRefused: if the events contradict each other.
    :raises NaiveInstant: if an instant carries no time zone.
    """
    return _state(list(events), target, calendars.as_utc(now))


def _state(recorded: Sequence[events.Event], target: events.Target, now: datetime.datetime) -> ClockState:
    past = [event for event in events.in_order(recorded) if calendars.as_utc(event.at) <= now]
    phases = events.phases(past, target)
    if not phases or not any(phase.is_started for phase in phases):
        latest = phases[-1].target if phases else target
        return ClockState(NOT_STARTED, _ZERO, latest.duration, None, 0.0, (), _ZERO, ("Not started.",))
    meter = _Meter(phases[-1].target)
    for stretch in _stretches(past, phases, now):
        meter.measure(stretch)
    return meter.state(phases[-1], past, now)


def _stretches(past: Sequence[events.Event], phases: Sequence[events.Phase], now: datetime.datetime) -> list[_Stretch]:
    instants = [calendars.as_utc(event.at) for event in past]
    ends = [*instants[1:], now]
    return [_Stretch(*each) for each in zip(instants, ends, phases, strict=True) if each[0] < each[1]]


class _Meter:
    """Adds up counted and paused open time and notes when the promise of today was used up."""

    def __init__(self, target: events.Target) -> None:
        self.target = target
        self.used = _ZERO
        self.paused = _ZERO
        self.used_up_at: datetime.datetime | None = None
        self.sentences: list[str] = []

    def measure(self, stretch: _Stretch) -> None:
        if not stretch.phase.is_started or stretch.phase.is_stopped:
            return
        windows = stretch.phase.target.calendar.open_between(stretch.start, stretch.end)
        waited = self._pause(stretch.phase, windows)
        counted = self._count(windows, waited)
        span = f"{_instant(stretch.start)} to {_instant(stretch.end)}"
        if stretch.phase.pauses:
            who = ", ".join(f"{party} ({reason})" for party, reason in stretch.phase.pauses)
            self.sentences.append(f"{span}: waiting for {who}, {_span(waited)} of open time not counted.")
        if counted or not stretch.phase.pauses:
            self.sentences.append(f"{span}: {_span(counted)} of open time counted.")

    def _pause(self, phase: events.Phase, windows: list[calendars.Window]) -> datetime.timedelta:
        """Return how much of the windows is paused, from their beginning: all, or what the limit leaves."""
        if not phase.pauses:
            return _ZERO
        waited = sum((end - start for start, end in windows), _ZERO)
        limit = phase.target.longest_pause
        if limit is not None:
            waited = min(waited, max(limit - self.paused, _ZERO))
        self.paused += waited
        return waited

    def _count(self, windows: list[calendars.Window], waited: datetime.timedelta) -> datetime.timedelta:
        before = self.used
        for start, end in windows:
            skipped = min(waited, end - start)
            waited -= skipped
            length = end - start - skipped
            left = self.target.duration - self.used
            if self.used_up_at is None and length and length >= left:
                self.used_up_at = start + skipped + left
            self.used += length
        return self.used - before

    def state(self, phase: events.Phase, past: Sequence[events.Event], now: datetime.datetime) -> ClockState:
        left = self.target.duration - self.used
        share = self.used / self.target.duration
        waits_for = () if phase.is_stopped or self._is_pause_spent(phase) else phase.pauses
        total = f"{_span(self.used)} used of {_span(self.target.duration)}."
        return ClockState(
            state=_name(phase, left, share, is_waiting=bool(waits_for)),
            used=self.used,
            left=left,
            due_at=self._due_at(left, _latest_stop(past) if phase.is_stopped else now),
            share_used=share,
            paused_by=waits_for,
            paused=self.paused,
            explanation=(*self.sentences, total),
        )

    def _due_at(self, left: datetime.timedelta, measured_until: datetime.datetime) -> datetime.datetime:
        if self.used_up_at is not None:
            return self.used_up_at
        return times.deadline(self.target.calendar, measured_until, left)

    def _is_pause_spent(self, phase: events.Phase) -> bool:
        limit = phase.target.longest_pause
        return limit is not None and self.paused >= limit


def _name(phase: events.Phase, left: datetime.timedelta, share: float, *, is_waiting: bool) -> str:
    if phase.is_stopped:
        return MET if left >= _ZERO else MISSED
    if left < _ZERO:
        # A pause does not mend a promise that was broken before it.
        return LATE
    if is_waiting:
        return PAUSED
    if share >= phase.target.risk_share:
        return RISK
    return WATCH if share >= phase.target.watch_share else RUNNING


def _latest_stop(past: Sequence[events.Event]) -> datetime.datetime:
    return max(calendars.as_utc(event.at) for event in past if event.kind == events.STOP)


def _instant(instant: datetime.datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _span(span: datetime.timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds)
    return " ".join(parts) or "0 min"
