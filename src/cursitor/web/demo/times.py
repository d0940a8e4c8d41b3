"""When things happen in the demo: business days back from now, and one stream of events in the order of time."""

import heapq
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

Story = Generator[datetime, datetime, None]
"""Yields the instant of its next event and is given it back when everything before it has happened."""


def days_ago(now: datetime, days: int, at: str) -> datetime:
    """Return the instant `at` ("14:05", UTC) of the business day that lies `days` of them before now; 1 at least."""
    day = now.astimezone(UTC).date()
    left = days
    while left:
        day -= timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day, time.fromisoformat(at), tzinfo=UTC)


def ticking(begin: datetime, seconds: int = 60) -> Iterator[datetime]:
    """Yield instants from `begin` on, some seconds apart."""
    at = begin
    while True:
        yield at
        at += timedelta(seconds=seconds)


def play(stories: Iterable[Story]) -> None:
    """
    Let the events of all stories happen in the order of their instants, so that the log reads as life would write it.

    A story goes on with its next event only when no other one has an earlier event waiting.
    """
    waiting: list[tuple[datetime, int, Story]] = []
    for place, story in enumerate(stories):
        waiting.append((next(story), place, story))
    heapq.heapify(waiting)
    while waiting:
        at, place, story = heapq.heappop(waiting)
        try:
            heapq.heappush(waiting, (story.send(at), place, story))
        except StopIteration:
            continue
