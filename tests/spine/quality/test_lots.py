"""Lots: the seed before the units, blind inspection by somebody else, one decision."""

import hashlib
import math
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements.models import Wall
from cursitor.spine.people.choices import Role
from cursitor.spine.quality import access, queries
from cursitor.spine.quality import operations as quality
from cursitor.spine.quality.models import Defect, Inspection, Lot, Sample
from cursitor.spine.work.choices import OrderState
from tests import factories
from tests.spine.quality.conftest import SEED


class TestCommit:
    def test_writes_the_digest_of_the_seed_and_not_the_seed_to_the_log(self, inspecting, life):
        lot = inspecting.commit(life.in_quality())

        entry = Entry.objects.get(type="quality.lot.committed")
        assert entry.data["commitment"] == lot.seed_commitment == hashlib.sha256(SEED).hexdigest()
        assert (lot.state, lot.seed) == ("COMMITTED", None)
        assert SEED not in bytes(lot.seed_sealed)

    def test_refuses_a_second_lot_while_one_is_open(self, inspecting, life):
        order = life.in_quality()
        inspecting.commit(order)

        with pytest.raises(quality.LotIsNotOpen):
            inspecting.commit(order)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"limiting_quality": None}, "limiting_quality"),
            ({"limiting_quality": Decimal(100)}, "limiting_quality"),
            ({"scheme": "NORMAL_SINGLE", "aql": None}, "aql"),
            ({"scheme": "NORMAL_SINGLE", "aql": Decimal("1.1")}, "aql"),
            ({"scheme": "NORMAL_SINGLE", "aql": Decimal(40)}, "aql"),
            ({"scheme": "BY_FEELING"}, "scheme"),
        ],
    )
    def test_names_the_entry_that_cannot_be_used(self, inspecting, life, changes, field):
        with pytest.raises(Invalid) as refused:
            inspecting.commit(life.in_quality(), **changes)

        assert refused.value.field == field

    def test_refuses_everybody_but_the_qc_lead(self, inspecting, life, world):
        order = life.in_quality()

        for person in (world.delivery_manager, world.attorney, world.outsider):
            with pytest.raises(NotPermitted):
                inspecting.commit(order, by=person)

    def test_refuses_a_qc_lead_behind_a_wall(self, inspecting, life, world):
        order = life.in_quality()
        Wall.objects.create(
            matter=world.matter,
            person=world.qc_lead,
            reason="Former client",
            raised_by=world.attorney,
            raised_at=life.now,
        )

        with pytest.raises(NotVisible):
            inspecting.commit(order)

    def test_refuses_an_order_that_is_not_in_work(self, inspecting, life):
        with pytest.raises(quality.LotIsNotOpen, match="issued"):
            inspecting.commit(life.issued())


class TestDraw:
    def test_reveals_the_seed_and_fixes_units_and_plan(self, inspecting):
        lot = inspecting.drawn()

        # Nothing smaller than the whole lot of 3 can show less than 5 % defective.
        assert (bytes(lot.seed), lot.size, lot.sample_size, lot.accept) == (SEED, 3, 3, 0)
        assert sorted(lot.units) == ["task-1", "task-2", "task-3"]
        assert Entry.objects.get(type="quality.lot.drawn").data["seed"] == SEED.hex()

    def test_can_be_verified_by_anybody_from_the_seed(self, inspecting):
        lot = inspecting.drawn()
        assert queries.verify_draw(lot)

        lot.seed = bytes(32)

        assert not queries.verify_draw(lot)

    def test_uses_the_plan_of_the_standard(self, inspecting):
        lot = inspecting.drawn(scheme="NORMAL_SINGLE", aql=Decimal("1.0"), limiting_quality=None)

        # ANSI/ASQ Z1.4 table II-A: code letter A leads by its arrow to letter E, n 13, Ac 0; the lot has only 3.
        assert (lot.letter, lot.sample_size, lot.accept) == ("E", 3, 0)

    def test_refuses_when_every_finished_unit_is_in_an_accepted_lot(self, inspecting):
        order = inspecting.accepted().order
        lot = inspecting.commit(order)

        with pytest.raises(quality.NothingToInspect):
            inspecting.draw(lot)

    def test_happens_once(self, inspecting):
        lot = inspecting.drawn()

        with pytest.raises(quality.LotIsNotOpen, match="drawn"):
            inspecting.draw(lot)


class TestPreview:
    def test_says_how_often_the_plan_accepts_bad_lots(self):
        plan = queries.plan(scheme="NORMAL_SINGLE", size=2400, aql=Decimal("1.0"))

        shown = queries.preview(plan)

        def accepted(defective: int) -> float:
            """The hypergeometric distribution, from counts alone."""
            ways = sum(math.comb(defective, x) * math.comb(2400 - defective, 125 - x) for x in range(4))
            return ways / math.comb(2400, 125)

        assert (plan.letter, plan.n, plan.accept) == ("K", 125, 3)
        assert shown.accepts_at_1 == pytest.approx(accepted(24), abs=1e-9)
        assert shown.accepts_at_5 == pytest.approx(accepted(120), abs=1e-9)


class TestInspection:
    def test_finds_what_the_inspector_read_otherwise(self, inspecting):
        lot = inspecting.drawn()
        inspecting.inspect(lot, defective=1)

        defect = Defect.objects.get()
        assert (defect.kind, defect.severity, defect.note) == ("omission", "MAJOR", "2 left out")
        assert queries.defective_units(lot) == 1

    def test_refuses_the_doer(self, inspecting, world):
        lot = inspecting.drawn()
        doer = world.delivery_manager
        factories.membership(doer, Role.QC_LEAD, world.pune)

        with pytest.raises(quality.InspectorIsTheDoer):
            quality.record_inspection(
                sample=lot.samples.first(), reading={}, seconds=1, by=doer, at=inspecting.life.later()
            )
        assert queries.next_sample(person=doer, lot=lot) is None

    def test_happens_once_per_unit(self, inspecting, world):
        lot = inspecting.drawn()
        inspecting.inspect(lot)

        with pytest.raises(quality.LotIsNotOpen):
            quality.record_inspection(
                sample=lot.samples.first(), reading={}, seconds=1, by=world.qc_lead, at=inspecting.life.later()
            )

    def test_refuses_the_client(self, inspecting, world):
        lot = inspecting.drawn()

        with pytest.raises(NotPermitted):
            quality.record_inspection(
                sample=lot.samples.first(), reading={}, seconds=1, by=world.attorney, at=inspecting.life.later()
            )


class TestDecide:
    def test_accepts_at_the_acceptance_number(self, inspecting):
        lot = inspecting.accepted()

        assert lot.state == "ACCEPTED"
        assert lot.order.state == OrderState.IN_QUALITY

    def test_returns_lot_and_order_above_it(self, inspecting):
        lot = inspecting.drawn()
        inspecting.inspect(lot, defective=1)

        decided = inspecting.decide(lot)

        decided.order.refresh_from_db()
        assert (decided.state, decided.order.state) == ("RETURNED", OrderState.IN_PROGRESS)

    def test_leaves_out_findings_set_aside_with_a_reason(self, inspecting, world):
        lot = inspecting.drawn()
        inspecting.inspect(lot, defective=1)
        act = {"defect": Defect.objects.get(), "by": world.qc_lead, "at": inspecting.life.later()}
        with pytest.raises(Invalid):
            quality.set_aside_defect(reason=" ", **act)

        quality.set_aside_defect(reason="The client agreed to leave the seal out", **act)

        with pytest.raises(quality.AlreadySetAside):
            quality.set_aside_defect(reason="Again", **act)
        assert inspecting.decide(lot).state == "ACCEPTED"

    def test_refuses_before_all_is_read(self, inspecting):
        lot = inspecting.drawn()

        with pytest.raises(quality.NotYetInspected, match="3 of 3"):
            inspecting.decide(lot)

    def test_lets_reworked_units_into_the_next_lot(self, inspecting, life, world):
        lot = inspecting.drawn()
        inspecting.inspect(lot, defective=1)
        order = inspecting.decide(lot).order

        following = inspecting.draw(inspecting.commit(order))

        assert (following.number, following.size) == (2, 3)


class TestRates:
    def test_are_never_without_n(self, inspecting):
        lot = inspecting.drawn()
        assert queries.lot_rate(lot) is None
        inspecting.inspect(lot, defective=1)

        rate = queries.lot_rate(lot)

        # Clopper-Pearson 95 % of 1 in 3.
        assert (rate.x, rate.n) == (1, 3)
        assert (rate.low, rate.high) == (pytest.approx(0.0084, abs=1e-4), pytest.approx(0.9057, abs=1e-4))

    def test_of_orders_count_decided_lots_only(self, inspecting):
        lot = inspecting.drawn()
        inspecting.inspect(lot)
        assert queries.order_rates([lot.order]) == {}

        inspecting.decide(lot)

        assert queries.order_rates([lot.order])[lot.order_id].n == 3


class TestFrozen:
    @pytest.mark.parametrize(
        ("model", "changes"),
        [
            (Lot, {"seed_commitment": "0" * 64}),
            (Lot, {"state": "RETURNED"}),
            (Sample, {"unit": "task-9"}),
            (Inspection, {"reading": {}}),
            (Defect, {"severity": "MINOR"}),
        ],
    )
    def test_the_database_refuses_to_change_a_decided_lot(self, inspecting, world, model, changes):
        lot = inspecting.drawn(scheme="NORMAL_SINGLE", aql=Decimal(10), limiting_quality=None)
        inspecting.inspect(lot, defective=1)
        quality.set_aside_defect(
            defect=Defect.objects.get(), reason="Agreed", by=world.qc_lead, at=inspecting.life.later()
        )
        inspecting.decide(lot)

        with pytest.raises(DatabaseError, match=r"frozen|append-only"), transaction.atomic():
            model.objects.update(**changes)

    @pytest.mark.parametrize("table", ["quality_defect", "quality_inspection", "quality_sample"])
    def test_the_database_refuses_to_delete(self, inspecting, table):
        inspecting.inspect(inspecting.drawn(), defective=1)

        with (
            pytest.raises(DatabaseError, match=r"frozen|append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")


class TestAccess:
    def test_lots_are_for_both_parties_but_not_for_specialists(self, inspecting, world):
        lot = inspecting.drawn()

        for person in (world.qc_lead, world.delivery_manager, world.attorney, world.legal_operations):
            assert access.lot_for(person, lot.order.ref, 1) == lot
        for person in (world.specialist, world.finance, world.outsider, world.other_attorney, world.administrator):
            with pytest.raises(NotVisible):
                access.lot_for(person, lot.order.ref, 1)
