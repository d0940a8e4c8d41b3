"""What a kind of legal work must say of itself so that the spine can carry it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django import forms

    from cursitor.spine.people.models import Person
    from cursitor.spine.work.models import Deliverable, Task, WorkOrder


@dataclass(frozen=True)
class WorkKind:
    """A kind of work that can be ordered: what is counted, what the brief asks, who may do it."""

    key: str
    name: str
    unit: str
    brief_form: "type[forms.Form]"
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedTask:
    kind: str
    title: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units, both counts."""

    done: int
    total: int
    unit: str

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True)
class Blocker:
    """What stands in the way of delivery, with where to mend it."""

    code: str
    sentence: str
    link: str = ""


@dataclass(frozen=True)
class InspectionUnit:
    """A unit that quality sampling may draw. `doer` is the person key who did it; `stratum` groups like units."""

    key: str
    doer: str
    stratum: str = ""
    n_opportunities: int = 1


@dataclass(frozen=True)
class DefectKind:
    key: str
    name: str
    severity: str
    """CRITICAL, MAJOR or MINOR."""


@dataclass(frozen=True)
class DefectList:
    """The versioned list of what counts as a defect. Rates compare only within one version."""

    version: str
    kinds: tuple[DefectKind, ...]

    def kind(self, key: str) -> DefectKind:
        return next(kind for kind in self.kinds if kind.key == key)


@dataclass(frozen=True)
class Finding:
    """A difference between the inspector's own reading and the first decision."""

    defect: str
    note: str


@dataclass(frozen=True)
class Billable:
    """Units done that the ledger may turn into a fee line. `key` makes billing them twice impossible."""

    key: str
    work_kind: str
    units: int
    at: datetime
    doer: str
    note: str


@dataclass(frozen=True)
class ServiceLine:
    """
    A service line, as the spine sees it. The spine calls a line only through these fields.

    plan: (order) -> the tasks to make when the provider accepts.
    open_workbench: (request, task) -> the page in which a task is done.
    progress: (order) -> Progress.
    progress_by_order: (orders) -> Progress by key of the order, what `progress` says of each, in a number of queries
        that does not grow with the orders. Without it lists ask order by order.
    blockers: (order) -> what stands in the way of delivery.
    inspection_units: (order) -> what a lot is drawn from.
    inspection_page: (request, order, unit_key) -> safe HTML of the unit and the fields of the inspector's own reading,
        without any trace of the first decision; the fields are named reading-* and stand in quality's own form.
    judge: (order, unit_key, reading) -> findings: the reading compared with the first decision.
    deliver: (order, by, at) -> Deliverable; the same inputs give the same version.
    billables: (order) -> units done so far.
    n_billables: (orders) -> units done so far by key of the order and work kind, the sums of what `billables` says, in
        a number of queries that does not grow with the orders. Without it the ledger adds them up order by order.
    order_links: (order) -> (label, address) of the line's own pages on an order.
    release_units: (*, task, by, at) -> how many units of the line the person had in hand for the task and gave back.
        Asked when a task passes on or is done: nothing waits for somebody who does not carry it any more.
    asks_blind: a question may tell what its asker typed of a unit, so that colleagues who key it blind do not read it.
    """

    key: str
    name: str
    work_kinds: tuple[WorkKind, ...]
    plan: "Callable[[WorkOrder], tuple[PlannedTask, ...]]"
    open_workbench: "Callable[[HttpRequest, Task], HttpResponse]"
    progress: "Callable[[WorkOrder], Progress]"
    blockers: "Callable[[WorkOrder], tuple[Blocker, ...]]"
    inspection_units: "Callable[[WorkOrder], tuple[InspectionUnit, ...]]"
    inspection_page: "Callable[[HttpRequest, WorkOrder, str], str]"
    judge: "Callable[[WorkOrder, str, dict[str, Any]], tuple[Finding, ...]]"
    defects: DefectList
    deliver: "Callable[[WorkOrder, Person, datetime], Deliverable]"
    billables: "Callable[[WorkOrder], tuple[Billable, ...]]"
    order_links: "Callable[[WorkOrder], tuple[tuple[str, str], ...]]"
    reserved: tuple[str, ...]
    urls: str
    prefix: str
    n_billables: "Callable[[list[WorkOrder]], dict[int, dict[str, int]]] | None" = None
    progress_by_order: "Callable[[list[WorkOrder]], dict[int, Progress]] | None" = None
    release_units: "Callable[..., int] | None" = None
    asks_blind: bool = False

    def work_kind(self, key: str) -> WorkKind:
        return next(kind for kind in self.work_kinds if kind.key == key)


@lru_cache(maxsize=1)
def lines() -> dict[str, ServiceLine]:
    """Return the installed lines by key, in the order of settings.CURSITOR_LINES."""
    found = [import_string(path) for path in settings.CURSITOR_LINES]
    return {line.key: line for line in found}


def line_of(order: "WorkOrder") -> ServiceLine:
    return lines()[order.line]


def work_kind_choices() -> list[tuple[str, str]]:
    return [(kind.key, f"{line.name}: {kind.name}") for line in lines().values() for kind in line.work_kinds]
