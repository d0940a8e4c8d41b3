"""Set-up of the tests of work: the translation line, terms that permit it, and orders in each state of their life."""

from datetime import timedelta

import pytest

from cursitor.spine.work import operations as work
from cursitor.spine.work import registry
from cursitor.spine.work.models import WorkOrder
from tests import factories

NOW = factories.NOW


@pytest.fixture(autouse=True)
def _translation_line(settings):
    settings.CURSITOR_LINES = ("tests.spine.work.line.LINE",)
    registry.lines.cache_clear()
    yield
    registry.lines.cache_clear()


class Life:
    """Takes an order through its life, an hour a step, and says at what hour it is."""

    def __init__(self, world: factories.World) -> None:
        world.terms.permitted_lines = ["translation"]
        world.terms.save()
        self.world, self.now = world, NOW

    def later(self, **span: float):
        self.now += timedelta(**(span or {"hours": 1}))
        return self.now

    def draft(self, **changes) -> WorkOrder:
        world = self.world
        return work.draft_order(
            **{
                "matter": world.matter,
                "engagement": world.engagement,
                "line": "translation",
                "work_kind": "translation.certified",
                "title": "Translate the sales contracts",
                "brief": {"source_language": "de", "n_pages": 30},
                "fee_basis": "UNIT",
                "budget_amount": 1_200_00,
                "by": world.legal_operations,
                "at": self.now,
                **changes,
            }
        )

    def issued(self, **changes) -> WorkOrder:
        return work.issue(order=self.draft(**changes), by=self.world.legal_operations, at=self.later())

    def accepted(self, **changes) -> WorkOrder:
        return work.accept(order=self.issued(**changes), by=self.world.delivery_manager, at=self.later())

    def started(self, **changes) -> WorkOrder:
        return work.start(order=self.accepted(**changes), by=self.world.delivery_manager, at=self.later())

    def in_quality(self) -> WorkOrder:
        order, manager = self.started(), self.world.delivery_manager
        for task in order.tasks.order_by("number"):
            work.complete_task(task=task, by=manager, at=self.now)
        return work.submit_to_quality(order=order, by=manager, at=self.later())

    def awaiting_sign_off(self) -> WorkOrder:
        order, manager = self.in_quality(), self.world.delivery_manager
        registry.line_of(order).deliver(order, manager, self.now)
        return work.move(order=order, name="to_sign_off", by=manager, at=self.later())

    def delivered(self) -> WorkOrder:
        return work.move(order=self.awaiting_sign_off(), name="deliver", by=self.world.attorney, at=self.later())


@pytest.fixture
def life(world) -> Life:
    return Life(world)
