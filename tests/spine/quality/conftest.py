"""Set-up of the tests of quality: an order in quality whose units two people have done."""

from decimal import Decimal

import pytest

from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Person
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality.models import Lot
from cursitor.spine.work import operations as work
from cursitor.spine.work.models import Deliverable, WorkOrder
from tests import factories
from tests.spine.work import conftest as life_of_orders

_translation_line = life_of_orders._translation_line
life = life_of_orders.life
SEED = bytes(range(32))


class Inspecting:
    """Takes an order's lots through their life. Thirty pages make three units, done by the delivery manager."""

    def __init__(self, life: life_of_orders.Life) -> None:
        self.life, self.world = life, life.world

    def second_lead(self) -> Person:
        return factories.person("Piotr Walenga", Role.QC_LEAD, self.world.pune)

    def commit(self, order: WorkOrder, **changes) -> Lot:
        given = {"order": order, "scheme": "ZERO_ACCEPTANCE", "limiting_quality": Decimal(5), "seed": SEED}
        return quality.commit_lot(**given | {"by": self.world.qc_lead, "at": self.life.later()} | changes)

    def draw(self, lot: Lot) -> Lot:
        return quality.draw_lot(lot=lot, by=self.world.qc_lead, at=self.life.later())

    def drawn(self, **changes) -> Lot:
        return self.draw(self.commit(self.life.in_quality(), **changes))

    def inspect(self, lot: Lot, defective: int = 0) -> None:
        for number, sample in enumerate(lot.samples.order_by("position")):
            reading = {"omissions": "2" if number < defective else "0"}
            quality.record_inspection(
                sample=sample, reading=reading, seconds=40, by=self.world.qc_lead, at=self.life.later(minutes=1)
            )

    def decide(self, lot: Lot) -> Lot:
        return quality.decide_lot(lot=lot, by=self.world.qc_lead, at=self.life.later())

    def accepted(self) -> Lot:
        lot = self.drawn()
        self.inspect(lot)
        return self.decide(lot)

    def released(self) -> Deliverable:
        order = self.accepted().order
        return quality.release(order=order, by=self.world.qc_lead, at=self.life.later())

    def sign(self, deliverable: Deliverable, **changes):
        at = self.life.later()
        given = {"deliverable": deliverable, "by": self.world.attorney, "confirmed_at": at, "at": at}
        return quality.sign_off(**given | changes)

    def returned_after_signing(self) -> WorkOrder:
        """An order that was signed, returned by the client and is in quality again with the same work."""
        deliverable = self.released()
        self.sign(deliverable)
        order, world = deliverable.order, self.world
        work.return_for_rework(order=order, by=world.attorney, at=self.life.later(), reason="Page 3 is missing")
        work.resume(order=order, by=world.delivery_manager, at=self.life.later())
        return work.submit_to_quality(order=order, by=world.delivery_manager, at=self.life.later())


@pytest.fixture
def inspecting(life) -> Inspecting:
    return Inspecting(life)
