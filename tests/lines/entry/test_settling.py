import pytest

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import How, Stage, TaskKind
from cursitor.lines.entry.models import Value
from cursitor.plumbing.refusal import Invalid, NotPermitted
from tests.factories import NOW
from tests.lines.entry import factories
from tests.lines.entry.factories import RIGHT

pytestmark = pytest.mark.django_db


@pytest.fixture
def adjudication(world, order):
    return factories.task(order, world.qc_lead, TaskKind.ADJUDICATE)


def value(record, field) -> Value:
    return record.values.get(field=field)


class TestSettling:
    def test_waits_for_a_second_keyer_where_fields_are_keyed_twice(self, record, first):
        factories.key(record, first, RIGHT)

        assert record.stage == Stage.SECOND
        assert not record.values.exists()

    def test_is_done_after_one_keying_where_no_field_is_keyed_twice(self, world):
        order = factories.order(world, factories.SINGLE_FORM)
        record = factories.record(factories.batch(order))

        factories.key(record, factories.task(order, world.specialist), {"filed": "3/4/1999", "note": ""}, "note")

        assert (record.stage, record.done_at) == (Stage.DONE, NOW)
        assert (value(record, "filed").how, value(record, "filed").canonical) == (How.SINGLE, "1999-03-04")
        assert value(record, "note").is_unreadable
        assert value(record, "filed").first_wrong is None

    def test_merges_what_two_keyers_typed_alike_or_meant_alike(self, record, first, second):
        factories.key(record, first, RIGHT)
        factories.key(record, second, RIGHT | {"registrant": "AKIN GUMP AND CO INC"})

        assert record.stage == Stage.DONE
        registrant, number = value(record, "registrant"), value(record, "number")
        assert (registrant.how, registrant.raw) == (How.AGREED_NORMALISED, RIGHT["registrant"])
        assert (number.how, number.raw, number.canonical) == (How.AGREED_EXACT, "A-0431/7", "A04317")
        assert (number.first_wrong, number.second_wrong) == (False, False)
        assert (value(record, "note").how, value(record, "note").second) == (How.SINGLE, None)

    def test_leaves_every_difference_to_a_third_person_and_blames_whose_reading_it_was_not(
        self, record, first, second, adjudication
    ):
        factories.key(record, first, RIGHT | {"number": "A-0481/7"})
        factories.key(record, second, RIGHT)
        assert record.stage == Stage.ADJUDICATE
        assert not record.values.exists()

        factories.settle(record, adjudication, {"number": factories.own("A 0431 7")})

        settled = value(record, "number")
        assert (record.stage, settled.how, settled.raw) == (Stage.DONE, How.ADJUDICATED, "A 0431 7")
        assert (settled.first_wrong, settled.second_wrong) == (True, False)
        assert settled.settled.by == adjudication.holder

    def test_blames_both_where_the_adjudicator_reads_neither(self, record, first, second, adjudication):
        factories.key(record, first, RIGHT | {"number": "A-0481/7"})
        factories.key(record, second, RIGHT | {"number": "A-0437/1"})

        factories.settle(record, adjudication, {"number": factories.own("A-0431/7")})

        assert (value(record, "number").first_wrong, value(record, "number").second_wrong) == (True, True)

    def test_blames_nobody_who_only_flagged_the_field_as_unreadable(self, record, first, second, adjudication):
        factories.key(record, first, RIGHT, "number")
        factories.key(record, second, RIGHT)

        factories.settle(record, adjudication, {"number": factories.own("A-0431/7")})

        assert (value(record, "number").first_wrong, value(record, "number").second_wrong) == (None, False)

    def test_never_settles_a_critical_field_that_neither_keyer_could_read(self, record, first, second):
        factories.key(record, first, RIGHT, "number")
        factories.key(record, second, RIGHT, "number")

        assert record.stage == Stage.ADJUDICATE
        assert [one.key for one in queries.disputed(record)] == ["number"]

    def test_refuses_a_record_that_waits_for_no_keying(self, record, first, second):
        factories.key(record, first, RIGHT)
        factories.key(record, second, RIGHT)

        with pytest.raises(operations.settling.NotToBeSettled):
            operations.settle(record=record, at=NOW)

    def test_counts_what_the_values_break_of_the_rules(self, world):
        order = factories.order(world, factories.SINGLE_FORM)
        record = factories.record(factories.batch(order))

        factories.key(record, factories.task(order, world.specialist), {"filed": "3/4/1999"}, "note")

        assert (record.n_errors, record.n_warnings) == (0, 1)


class TestReopening:
    def test_keys_settled_records_anew_and_keeps_what_was_typed(self, world, order, record, first, second):
        factories.key(record, first, RIGHT | {"note": "Stamped."})
        factories.key(record, second, RIGHT)

        n = operations.reopen(order=order, records=[record.number], reason="Lot 1", by=world.qc_lead, at=NOW)
        record.refresh_from_db()

        assert (n, record.stage, record.first_doer, record.done_at) == (1, Stage.FIRST, None, None)
        assert (record.values.count(), record.keyings.count()) == (0, 2)
        factories.key(record, first, RIGHT)
        assert record.stage == Stage.SECOND
        factories.key(record, second, RIGHT)
        assert value(record, "note").raw == "Stamped twice."

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_refuses_without_a_reason(self, world, order, record, reason):
        with pytest.raises(Invalid):
            operations.reopen(order=order, records=[record.number], reason=reason, by=world.qc_lead, at=NOW)

    def test_refuses_records_that_are_not_settled(self, world, order, record):
        with pytest.raises(operations.settling.NotSettledYet, match=record.name):
            operations.reopen(order=order, records=[record.number], reason="Lot 1", by=world.qc_lead, at=NOW)

    def test_is_not_for_keyers(self, world, order, record, first):
        with pytest.raises(NotPermitted):
            operations.reopen(order=order, records=[record.number], reason="Lot 1", by=first.holder, at=NOW)


class TestCorrecting:
    @pytest.fixture
    def settled(self, record, first, second):
        factories.key(record, first, RIGHT | {"filed": "3/5/1999"})
        factories.key(record, second, RIGHT)
        return record

    def correct(self, record, by, **changes):
        given = {"field": "filed", "raw": "3/4/1999", "is_unreadable": False, "reason": "Stamp of lot 1"}
        return operations.correct(record=record, **(given | changes), by=by, at=NOW)

    def test_sets_the_value_right_and_the_error_to_its_keyer(self, world, settled, first):
        corrected = self.correct(settled, world.qc_lead)

        assert (corrected.how, corrected.canonical) == (How.CORRECTED, "1999-03-04")
        assert (corrected.first_wrong, corrected.second_wrong) == (True, None)
        assert corrected.settled.values["filed"]["reason"] == "Stamp of lot 1"
        assert corrected.first.values["filed"]["raw"] == "3/5/1999"

    def test_blames_both_who_misread_alike(self, world, settled):
        corrected = self.correct(settled, world.qc_lead, field="number", raw="B-0431/7")

        assert (corrected.first_wrong, corrected.second_wrong) == (True, True)

    @pytest.mark.parametrize(
        "changes", [{"reason": " "}, {"field": "nothing"}, {"raw": "3/5/1999"}], ids=["reason", "field", "change"]
    )
    def test_refuses_without_reason_field_or_change(self, world, settled, changes):
        with pytest.raises(Invalid):
            self.correct(settled, world.qc_lead, **changes)

    def test_is_not_for_those_who_keyed_the_record(self, world, record, second):
        mine = factories.task(record.order, world.qc_lead)
        factories.key(record, mine, RIGHT)
        factories.key(record, second, RIGHT)

        with pytest.raises(NotPermitted):
            self.correct(record, world.qc_lead)


class TestExceptions:
    def test_confirms_that_a_record_cannot_be_keyed(self, world, order, record, first):
        held = operations.next_record(task=first, by=first.holder, at=NOW)
        operations.set_aside(task=first, record=held, reason="Blank page", by=first.holder, at=NOW)
        assert "ENTRY_SET_ASIDE" in {blocker.code for blocker in queries.blockers(order)}

        n = operations.confirm_set_aside(order=order, records=[record.number], by=world.delivery_manager, at=NOW)

        assert n == 1
        assert "ENTRY_SET_ASIDE" not in {blocker.code for blocker in queries.blockers(order)}
        assert queries.progress(order).share == 1.0

    def test_refuses_to_confirm_what_nobody_set_aside(self, world, order, record):
        with pytest.raises(Invalid, match=record.name):
            operations.confirm_set_aside(order=order, records=[record.number], by=world.delivery_manager, at=NOW)

    def test_settles_files_that_could_not_be_read(self, world, order, record):
        broken = factories.file(record.batch, n_pages=0, exception_class="DAMAGED", exception_message="No page.")
        assert "ENTRY_FILES_OPEN" in {blocker.code for blocker in queries.blockers(order)}

        operations.dispose_files(order=order, files=[broken.pk], note="Sent twice", by=world.delivery_manager, at=NOW)

        assert "ENTRY_FILES_OPEN" not in {blocker.code for blocker in queries.blockers(order)}
        with pytest.raises(Invalid):
            operations.dispose_files(order=order, files=[broken.pk], note="Again", by=world.delivery_manager, at=NOW)
