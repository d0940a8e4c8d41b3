"""The whole of an input: every item that comes out of it, each once, and the counts that prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from cursitor.engines.processing import items
from cursitor.engines.processing.containers import IN_MEMORY, Child, Means
from cursitor.engines.processing.exceptions import LimitHit, ProcessingException
from cursitor.engines.processing.items import Place, ProcessedItem, Reading, Status, exceptional
from cursitor.engines.processing.limits import Budget, Limits


@dataclass(frozen=True)
class Item:
    """One input or child with its bytes, waiting to be processed."""

    place: Place
    name: str
    data: bytes


@dataclass(frozen=True)
class Stop:
    """Where a reading has to end: after so many children, with an exception that stands for what is beyond."""

    n_children: int
    exception: ProcessingException


@dataclass(frozen=True)
class Visited:
    """One item as the walk leaves it; file: its bytes, None where there are none (an unopened member)."""

    item: ProcessedItem
    file: BinaryIO | None = None


def expand(item: Item, limits: Limits, means: Means = IN_MEMORY) -> Iterator[ProcessedItem]:
    """
    Yield every item in an input, itself included, each once; children come before what they came out of.

    Depth first with one reading per level, so that memory does not grow with the number of children. The limits on
    children and total bytes hold for the whole tree: what lies beyond them is yielded as an exception, unopened.
    """
    child = Child(item.name, item.data)
    for visited in visit(item.place, child, limits, means):
        yield visited.item


def visit(
    place: Place,
    child: Child,
    limits: Limits,
    means: Means = IN_MEMORY,
    *,
    stops: Mapping[str, Stop] | None = None,
    watch: Callable[[str, int], None] = lambda id_, n_children: None,
    wanted: Callable[[str], bool] = lambda id_: True,
) -> Iterator[Visited]:
    """
    Yield every item in a file as `expand` does, with its bytes.

    watch is told the id of an item and how many children it has given, before each step that reads something: what
    it was told last is to blame for a step that never ends. stops: by id, where such an item has to end next time.
    wanted tells by id whether a child is opened; one that is not is passed over, with all that is in it.
    """
    if child.exception is not None:
        yield Visited(exceptional(place, child.name, child.exception))
        return
    walk = _Walk(limits, means, stops or {}, watch)
    levels = [walk.level(place, child)]
    while levels:
        level = levels[-1]
        found = walk.step(level)
        if found is None:
            yield Visited(level.item, level.file)
            levels.pop()
            continue
        place = level.next_place()
        if not wanted(place.id):
            continue
        failure = found.exception or walk.over(found)
        if failure is not None:
            yield Visited(exceptional(place, found.name, failure))
        else:
            levels.append(walk.level(place, found))


class _Walk:
    def __init__(
        self, limits: Limits, means: Means, stops: Mapping[str, Stop], watch: Callable[[str, int], None]
    ) -> None:
        self.limits, self.means, self.stops, self.watch = limits, means, stops, watch
        self.budget = Budget(limits)

    def level(self, place: Place, child: Child) -> _Level:
        self.watch(place.id, 0)
        stop = self.stops.get(place.id)
        return _Level(place, child, self.limits, self.means, stop)

    def step(self, level: _Level) -> Child | None:
        item = level.item
        self.watch(item.place.id, item.n_children)
        if level.reading and level.stop is not None and item.n_children >= level.stop.n_children:
            level.reading.stop(level.stop.exception)
        return next(level.children, None)

    def over(self, child: Child) -> LimitHit | None:
        try:
            self.budget.count_child()
            self.budget.count_bytes(child.size)
        except LimitHit as failure:
            return failure
        return None


class _Level:
    def __init__(self, place: Place, child: Child, limits: Limits, means: Means, stop: Stop | None) -> None:
        self.file = child.opened()
        self.stop = stop
        self.reading: Reading | None = None
        if stop is not None and stop.n_children == 0:
            self.unread = exceptional(
                place, child.name, stop.exception, size=child.size, sha256=items.digest(self.file)
            )
        else:
            self.reading = Reading(self.file, child.size, child.name, limits, place, means)
        self.children: Iterator[Child] = iter(self.reading or ())

    @property
    def item(self) -> ProcessedItem:
        return self.reading.item if self.reading else self.unread

    def next_place(self) -> Place:
        return self.item.place.child(self.item.n_children, parent_is_container=self.item.is_container)


@dataclass(frozen=True)
class Reconciliation:
    """
    The counts of a collection, which must account for every item.

    inputs: files collected. children: items that came out of others. The other four count items by how they ended.
    """

    inputs: int
    children: int
    published: int
    duplicates: int
    excluded: int
    exceptions: int

    @property
    def balanced(self) -> bool:
        """
        Tell whether inputs + children = published + duplicates + excluded + exceptions.

        >>> Reconciliation(inputs=3, children=4, published=4, duplicates=1, excluded=1, exceptions=1).balanced
        True
        """
        ended = self.published + self.duplicates + self.excluded + self.exceptions
        return self.inputs + self.children == ended


def reconcile(ended_items: Iterable[ProcessedItem], *, inputs: int) -> Reconciliation:
    """
    Return the counts over processed items; inputs is what the collector counted, independent of the items.

    Children are counted where they came out (`n_children` of each parent), not where they arrived, so that a child
    that was lost on the way unbalances the counts.
    """
    ended: Counter[Status] = Counter()
    n_children = 0
    for item in ended_items:
        ended[item.status] += 1
        n_children += item.n_children
    return Reconciliation(
        inputs=inputs,
        children=n_children,
        published=ended[Status.PUBLISHED],
        duplicates=ended[Status.DUPLICATE],
        excluded=ended[Status.EXCLUDED],
        exceptions=ended[Status.EXCEPTION],
    )
