"""The whole of an input: every item that comes out of it, each once, and the counts that prove it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cursitor.engines.processing.containers import Child
from cursitor.engines.processing.exceptions import LimitHit
from cursitor.engines.processing.items import Place, ProcessedItem, Reading, Status, exceptional
from cursitor.engines.processing.limits import Budget, Limits


@dataclass(frozen=True)
class Item:
    """One input or child with its bytes, waiting to be processed."""

    place: Place
    name: str
    data: bytes


def expand(item: Item, limits: Limits) -> Iterator[ProcessedItem]:
    """
    Yield every item in an input, itself included, each once; children come before what they came out of.

    Depth first with one reading per level, so that memory does not grow with the number of children. The limits on
    children and total bytes hold for the whole tree: what lies beyond them is yielded as an exception, unopened.
    """
    budget = Budget(limits)
    levels = [_Level(item, limits)]
    while levels:
        level = levels[-1]
        child = next(level.children, None)
        if child is None:
            yield levels.pop().reading.item
            continue
        place = level.next_place()
        try:
            budget.count_child()
            budget.count_bytes(len(child.data))
        except LimitHit as failure:
            yield exceptional(place, child.name, failure)
            continue
        if child.exception is not None:
            yield exceptional(place, child.name, child.exception)
        else:
            levels.append(_Level(Item(place, child.name, child.data), limits))


class _Level:
    def __init__(self, item: Item, limits: Limits) -> None:
        self.reading = Reading(io.BytesIO(item.data), len(item.data), item.name, limits, item.place)
        self.children: Iterator[Child] = iter(self.reading)

    def next_place(self) -> Place:
        item = self.reading.item
        return item.place.child(item.n_children, parent_is_container=item.is_container)


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


def reconcile(items: Iterable[ProcessedItem], *, inputs: int) -> Reconciliation:
    """
    Return the counts over processed items; inputs is what the collector counted, independent of the items.

    Children are counted where they came out (`n_children` of each parent), not where they arrived, so that a child
    that was lost on the way unbalances the counts.
    """
    ended: Counter[Status] = Counter()
    n_children = 0
    for item in items:
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
