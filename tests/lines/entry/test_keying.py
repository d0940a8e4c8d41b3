from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from cursitor.engines.entry.definition import Field, FieldsCompare, FieldType, FormDefinition, Operator, Severity
from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import Pass, Stage, TaskKind
from cursitor.lines.entry.models import GoldSet, Keying, Record
from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.spine.audit.models import Entry
from cursitor.spine.work import leases
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.lines.entry import factories

EFFORT = {"seconds": 41, "idle_seconds": 3, "keystrokes": 97, "by_field": {"note": {"keystrokes": 14, "seconds": 6}}}
FEE = Field(key="fee", label="Fee", type=FieldType.MONEY, currency="USD", is_required=True)
PAID = Field(key="paid", label="Paid", type=FieldType.MONEY, currency="USD")
AT_MOST = FieldsCompare(left="paid", operator=Operator.AT_MOST, right="fee", severity=Severity.WARNING)
RECEIPT = FormDefinition(title="Receipt", fields=(FEE, PAID), rules=(AT_MOST,))


def take(task, at=NOW):
    return operations.next_record(task=task, by=task.holder, at=at)


def save(task, record, values, at=NOW, effort=EFFORT):
    return operations.save_keying(task=task, record=record, values=values, effort=effort, by=task.holder, at=at)


def undo(task, at=NOW):
    return operations.undo_keying(task=task, by=task.holder, at=at)


def of_twice(raw):
    return factories.values({key: raw[key] for key in ("registrant", "number")})


class TestTakingTheNextRecord:
    def test_gives_the_records_in_their_order_each_to_one_person(self, world, order, batch, first):
        records = [factories.record(batch) for _ in range(3)]
        colleague = factories.task(order, world.second_specialist)

        assert take(first) == records[0]
        assert take(colleague) == records[1]
        assert take(first) == records[0]

    def test_never_gives_the_second_pass_to_who_keyed_the_first(self, world, order, batch, first):
        factories.key(factories.record(batch), first, factories.RIGHT)
        own_second = factories.task(order, world.specialist, TaskKind.SECOND)
        of_another = factories.task(order, world.second_specialist, TaskKind.SECOND)

        assert take(own_second) is None
        assert take(of_another).number == 1

    def test_never_gives_the_first_pass_to_who_keyed_the_second(self, world, order, batch, first, second):
        record = factories.record(batch)
        factories.key(record, first, factories.RIGHT)
        factories.key(record, second, factories.RIGHT | {"number": "B-1"})
        Record.objects.filter(pk=record.pk).update(stage=Stage.FIRST, first_doer=None)

        assert take(factories.task(order, world.second_specialist)) is None
        assert take(first) == record

    def test_gives_an_adjudication_to_neither_keyer(self, world, order, batch, first, second, third):
        record = factories.record(batch)
        factories.key(record, first, factories.RIGHT)
        factories.key(record, second, factories.RIGHT | {"number": "B-1"})

        for keyer in (world.specialist, world.second_specialist):
            assert take(factories.task(order, keyer, TaskKind.ADJUDICATE)) is None
        assert take(third) == record

    def test_never_gives_a_record_to_who_set_its_true_values(self, world, order, batch):
        record = factories.record(batch, gold_set=gold_set(order, world.qc_lead))
        operations.next_record(task=record.gold_set, by=world.qc_lead, at=NOW)
        values = factories.values(factories.RIGHT)
        operations.save_keying(task=record.gold_set, record=record, values=values, effort={}, by=world.qc_lead, at=NOW)

        own = [factories.task(order, world.qc_lead, kind) for kind in (TaskKind.FIRST, TaskKind.SECOND)]

        assert [take(task) for task in own] == [None, None]

    def test_is_refused_to_who_does_not_hold_the_task(self, world, batch, first):
        factories.record(batch)

        with pytest.raises(NotPermitted):
            operations.next_record(task=first, by=world.second_specialist, at=NOW)

    def test_is_refused_when_the_order_is_not_in_progress(self, order, batch, first):
        factories.record(batch)
        order.state = OrderState.IN_QUALITY
        order.save()
        first.refresh_from_db()

        with pytest.raises(leases.OrderNotOpen):
            take(first)

    def test_is_refused_for_a_task_in_which_nothing_is_keyed(self, world, order):
        with pytest.raises(queries.NotAKeyingTask):
            take(factories.task(order, world.specialist, TaskKind.INTAKE))


class TestSavingAKeying:
    def test_keeps_exactly_what_was_typed_and_moves_the_record_on(self, batch, first):
        factories.record(batch)

        keying = save(first, take(first), factories.values(factories.RIGHT | {"note": "  Twice  "}))

        record = Record.objects.get()
        assert keying.values["note"] == {
            "raw": "  Twice  ", "unreadable": False, "prefilled": False, "shown": "", "confirmed": True,
        }  # fmt: skip
        assert (record.stage, record.first_doer, record.leased_to) == (Stage.SECOND, first.holder, None)
        assert keying.effort == EFFORT

    def test_writes_to_the_log_who_and_how_much_but_no_value(self, batch, first):
        factories.record(batch)

        keying = save(first, take(first), factories.values(factories.RIGHT, "filed"))

        told = Entry.objects.get(type="entry.record.keyed").data
        assert told == {
            "record": "R00001", "task": 1, "pass": "FIRST", "keying": keying.pk, "fields": 5, "unreadable": 1,
            "seconds": 41, "keystrokes": 97,
        }  # fmt: skip

    def test_is_refused_with_every_error_of_the_form(self, batch, first):
        factories.record(batch)
        wrong = factories.RIGHT | {"registrant": "", "filed": "31 February 1999", "kind": "OTHER"}

        with pytest.raises(operations.KeyingFaulty) as refused:
            save(first, take(first), factories.values(wrong))

        assert [fault.field for fault in refused.value.faults] == ["registrant", "filed", "kind"]
        assert not Keying.objects.exists()
        assert Record.objects.get().stage == Stage.FIRST

    def test_lets_a_required_field_be_unreadable(self, batch, first):
        factories.record(batch)

        keying = save(first, take(first), factories.values(factories.RIGHT, "registrant"))

        assert keying.values["registrant"]["unreadable"]

    def test_asks_to_confirm_what_a_rule_warns_of(self, world, batch, first):
        factories.schema(batch.order, RECEIPT)
        record = factories.record(batch)
        values = factories.values({"fee": "100.00", "paid": "250.00"})
        values["paid"]["confirmed"] = False
        take(first)

        with pytest.raises(operations.KeyingFaulty) as refused:
            save(first, record, values)

        assert [(fault.field, fault.severity) for fault in refused.value.faults] == [("paid", Severity.WARNING)]
        values["paid"]["confirmed"] = True
        assert save(first, record, values).values["paid"]["confirmed"]

    def test_applies_to_the_second_pass_only_its_own_fields(self, batch, first, second):
        factories.key(factories.record(batch), first, factories.RIGHT)

        keying = save(second, take(second), of_twice(factories.RIGHT))

        assert set(keying.values) == {"registrant", "number"}
        assert Record.objects.get().stage == Stage.DONE

    def test_is_refused_for_a_field_of_another_pass(self, batch, first, second):
        factories.key(factories.record(batch), first, factories.RIGHT)

        with pytest.raises(Invalid, match="note"):
            save(second, take(second), factories.values(factories.RIGHT))

    @pytest.mark.parametrize("raw", ["a\x00b", "x" * 10_001, "\ud800"])
    def test_is_refused_for_a_value_that_cannot_be_kept(self, batch, first, raw):
        factories.record(batch)

        with pytest.raises(Invalid, match="Remark"):
            save(first, take(first), factories.values(factories.RIGHT | {"note": raw}))

    def test_is_refused_when_somebody_else_holds_the_record(self, world, order, batch, first):
        factories.record(batch)
        record = take(first)
        other = factories.task(order, world.second_specialist)
        take(other, at=NOW + timedelta(minutes=11))

        with pytest.raises(leases.LeaseLost):
            save(first, record, factories.values(factories.RIGHT), at=NOW + timedelta(minutes=12))

    def test_cuts_off_what_no_effort_can_be(self, batch, first):
        factories.record(batch)
        wild = {
            "seconds": -4,
            "idle_seconds": "x",
            "keystrokes": 10**12,
            "by_field": {"note": {"seconds": 10**9}, "no": 1},
        }

        keying = save(first, take(first), factories.values(factories.RIGHT), effort=wild)

        assert keying.effort == {
            "seconds": 0, "idle_seconds": 0, "keystrokes": 1_000_000,
            "by_field": {"note": {"keystrokes": 0, "seconds": 14_400}},
        }  # fmt: skip

    def test_cannot_be_changed_afterwards_even_in_the_database(self, batch, first):
        factories.record(batch)
        keying = save(first, take(first), factories.values(factories.RIGHT))

        with pytest.raises(DatabaseError), transaction.atomic():
            Keying.objects.filter(pk=keying.pk).update(values={})


class TestPrefill:
    @pytest.fixture
    def record(self, batch):
        factories.schema(batch.order, prefill=True)
        guess = {"value": "March 4, 1990", "confidence": 0.83, "page": 1, "region": [0.1, 0.2, 0.3, 0.05]}
        return factories.record(batch, prefill={"filed": guess})

    def test_counts_only_once_the_keyer_has_looked_at_it(self, first, record):
        take(first)
        values = factories.values(factories.RIGHT)
        values["filed"]["touched"] = False

        with pytest.raises(operations.KeyingFaulty, match="read by machine"):
            save(first, record, values)

    def test_is_kept_beside_what_the_keyer_made_of_it(self, first, record):
        take(first)

        kept = save(first, record, factories.values(factories.RIGHT)).values["filed"]

        assert (kept["raw"], kept["shown"], kept["prefilled"]) == ("March 4, 1999", "March 4, 1990", True)

    def test_is_shown_in_the_first_pass_alone(self, world, order, first, second, record):
        factories.key(record, first, factories.RIGHT)

        shown = queries.bench(task=second, record=take(second), by=second.holder)

        assert shown.prefill == {}

    def test_is_not_shown_where_the_form_does_not_want_it(self, batch, first):
        factories.schema(batch.order)
        factories.record(batch, prefill={"filed": {"value": "March 4, 1990", "confidence": 0.83}})

        assert queries.bench(task=first, record=take(first), by=first.holder).prefill == {}

    def test_of_a_list_holds_nothing_that_cannot_be_chosen(self, batch, first):
        factories.schema(batch.order, prefill=True)
        guesses = {"kind": {"value": "Supplemental", "confidence": 0.9}, "note": {"value": "x", "confidence": 0.4}}
        factories.record(batch, prefill=guesses)
        Record.objects.update(prefill=guesses | {"kind": {"value": "Suppl?", "confidence": 0.2}})

        assert set(queries.bench(task=first, record=take(first), by=first.holder).prefill) == {"note"}


class TestUndoing:
    def test_goes_back_record_by_record_to_the_first(self, batch, first):
        records = [factories.record(batch) for _ in range(3)]
        for _ in records:
            save(first, take(first), factories.values(factories.RIGHT))

        taken_back = [undo(first).record for _ in records]

        assert taken_back == records[::-1]
        assert set(Record.objects.values_list("stage", "first_doer", "leased_to")) == {
            (Stage.FIRST, None, first.holder_id)
        }
        with pytest.raises(operations.NothingToUndo):
            undo(first)

    def test_gives_the_record_back_to_be_keyed_anew(self, batch, first):
        factories.record(batch)
        save(first, take(first), factories.values(factories.RIGHT))
        undo(first)

        again = save(first, take(first), factories.values(factories.RIGHT | {"note": "Once."}))

        assert again.values["note"]["raw"] == "Once."
        assert Keying.objects.count() == 3

    def test_removes_what_was_settled_by_it(self, batch, first, second):
        record = factories.record(batch)
        factories.key(record, first, factories.RIGHT)
        factories.key(record, second, factories.RIGHT)
        assert record.values.count() == 5

        undo(second)

        record.refresh_from_db()
        assert (record.stage, record.second_doer, record.done_at) == (Stage.SECOND, None, None)
        assert not record.values.exists()

    def test_is_refused_once_somebody_else_has_keyed_it(self, batch, first, second):
        record = factories.record(batch)
        factories.key(record, first, factories.RIGHT)
        factories.key(record, second, factories.RIGHT)

        with pytest.raises(operations.TakenFurther):
            undo(first)

    def test_is_refused_while_somebody_else_has_it_in_hand(self, batch, first, second):
        factories.key(factories.record(batch), first, factories.RIGHT)
        take(second)

        with pytest.raises(operations.TakenFurther):
            undo(first)

    def test_is_refused_when_the_record_was_opened_again_since(self, world, order, batch, first, second):
        record = factories.done(batch, first, second)
        by = world.delivery_manager
        operations.reopen(order=order, records=[record.number], reason="Wrong form.", by=by, at=NOW)

        with pytest.raises(operations.TakenFurther):
            undo(second)


class TestSettingAside:
    def test_takes_the_record_out_of_keying_with_its_reason(self, batch, first):
        record = factories.record(batch)

        operations.set_aside(task=first, record=take(first), reason=" Blank   page ", by=first.holder, at=NOW)

        record.refresh_from_db()
        assert (record.stage, record.set_aside_reason, record.set_aside_by) == ("SET_ASIDE", "Blank page", first.holder)
        assert record.leased_to is None
        assert take(first) is None
        assert Entry.objects.get(type="entry.record.set_aside").data["reason"] == "Blank page"

    def test_is_refused_without_a_reason(self, batch, first):
        factories.record(batch)

        with pytest.raises(operations.ReasonNeeded):
            operations.set_aside(task=first, record=take(first), reason=" ", by=first.holder, at=NOW)

    @pytest.mark.parametrize("stage", [Stage.FIRST, Stage.SECOND])
    def test_is_taken_back_to_where_the_keying_stood(self, world, batch, first, second, stage):
        record = factories.record(batch)
        if stage == Stage.SECOND:
            factories.key(record, first, factories.RIGHT)
        desk = first if stage == Stage.FIRST else second
        operations.set_aside(task=desk, record=take(desk), reason="Blank.", by=desk.holder, at=NOW)

        operations.take_back(record=record, by=world.delivery_manager, at=NOW)

        record.refresh_from_db()
        assert (record.stage, record.set_aside_reason, record.set_aside_by) == (stage, "", None)
        assert take(desk) == record

    def test_is_taken_back_by_nobody_who_only_keys(self, world, batch, first):
        record = factories.record(batch)
        operations.set_aside(task=first, record=take(first), reason="Blank.", by=first.holder, at=NOW)

        with pytest.raises(NotPermitted):
            operations.take_back(record=record, by=world.specialist, at=NOW)


class TestKeyingTrueValues:
    def test_is_done_by_the_qc_lead_alone_and_leaves_the_record_to_its_keyers(self, world, order, batch, first):
        record = factories.record(batch, gold_set=gold_set(order, world.qc_lead))
        desk, values = record.gold_set, factories.values(factories.RIGHT)
        operations.next_record(task=desk, by=world.qc_lead, at=NOW)

        keying = operations.save_keying(task=desk, record=record, values=values, effort={}, by=world.qc_lead, at=NOW)

        assert (keying.of_pass, keying.task) == (Pass.GOLD, None)
        record.refresh_from_db()
        assert (record.stage, record.first_doer, record.leased_to) == (Stage.FIRST, None, None)
        assert operations.next_record(task=desk, by=world.qc_lead, at=NOW) is None
        assert take(first) == record
        with pytest.raises(NotPermitted):
            operations.next_record(task=desk, by=world.specialist, at=NOW)

    def test_can_be_taken_back(self, world, order, batch):
        record = factories.record(batch, gold_set=gold_set(order, world.qc_lead))
        desk, values = record.gold_set, factories.values(factories.RIGHT)
        operations.next_record(task=desk, by=world.qc_lead, at=NOW)
        operations.save_keying(task=desk, record=record, values=values, effort={}, by=world.qc_lead, at=NOW)

        operations.undo_keying(task=desk, by=world.qc_lead, at=NOW)

        assert operations.next_record(task=desk, by=world.qc_lead, at=NOW) == record
        assert Record.objects.get().stage == Stage.FIRST


def gold_set(order, by):
    return GoldSet.objects.create(
        order=order,
        number=1,
        n_drawn=1,
        n_from=1,
        latest_record=1,
        commitment="0" * 64,
        seed=b"s",
        made_by=by,
        made_at=NOW,
    )


class TestPace:
    def test_is_unknown_below_five_records_and_a_band_from_ten(self, batch, first):
        for seconds in (30, 36, 40, 45, 50, 60, 72, 80, 90, 120):
            factories.record(batch)
            save(first, take(first), factories.values(factories.RIGHT), effort=EFFORT | {"seconds": seconds})
            pace = queries.pace(task=first, by=first.holder, at=NOW)
            assert (pace.per_hour is None) == (pace.n_records < 5)

        assert round(pace.per_hour, 1) == round(10 * 3600 / 623, 1)
        assert pace.low < 60 < pace.high
        assert (pace.keystrokes, pace.idle_seconds, pace.seconds) == (970, 30, 623)
        assert not pace.is_agreed

    def test_has_the_band_of_the_brief_in_the_first_pass(self, order, first, second):
        order.brief |= {"pace_low": 40, "pace_high": 95}
        order.save()

        paces = [queries.pace(task=task, by=task.holder, at=NOW) for task in (first, second)]

        assert [(pace.low, pace.high, pace.is_agreed) for pace in paces] == [(40, 95, True), (None, None, False)]
