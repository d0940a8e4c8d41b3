"""
Business time and clocks for promises: open hours, deadlines, and a clock computed from its events.

Callers use the names below from the package. See docs/algorithms/clocks.md.
"""

from cursitor.engines.clocks.calendars import (
    ALWAYS_OPEN,
    AlwaysOpen,
    BadHours,
    Calendar,
    Intersection,
    NaiveInstant,
    OpenHours,
    Opening,
    Union,
    Window,
    weekly_hours,
)
from cursitor.engines.clocks.events import (
    Event,
    EventsRefused,
    Target,
    check_next,
    pause,
    resume,
    retarget,
    start,
    stop,
)
from cursitor.engines.clocks.states import (
    LATE,
    MET,
    MISSED,
    NOT_STARTED,
    PAUSED,
    RISK,
    RUNNING,
    WATCH,
    ClockState,
    clock_state,
)
from cursitor.engines.clocks.times import NeverOpen, business_time, deadline

__all__ = [
    "ALWAYS_OPEN",
    "LATE",
    "MET",
    "MISSED",
    "NOT_STARTED",
    "PAUSED",
    "RISK",
    "RUNNING",
    "WATCH",
    "AlwaysOpen",
    "BadHours",
    "Calendar",
    "ClockState",
    "Event",
    "EventsRefused",
    "Intersection",
    "NaiveInstant",
    "NeverOpen",
    "OpenHours",
    "Opening",
    "Target",
    "Union",
    "Window",
    "business_time",
    "check_next",
    "clock_state",
    "deadline",
    "pause",
    "resume",
    "retarget",
    "start",
    "stop",
    "weekly_hours",
]
