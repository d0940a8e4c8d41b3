import pytest

from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import How, Stage
from cursitor.lines.entry.models import Keying, Value
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.audit.models import Entry
from tests.factories import NOW
from tests.lines.entry import factories

SECOND = factories.RIGHT | {"registrant": "Akin, Gump & Company", "number": "A-0437/7"}


@pytest.fixture
def record(order, first, second, third):
    """A record whose number was read in two ways, in the hands of the adjudicator."""
    made = factories.record(factories.batch(order))
    factories.key(made, first, factories.RIGHT)
    factories.key(made, second, SECOND | {"registrant": factories.RIGHT["registrant"]})
    assert operations.next_record(task=third, by=third.holder, at=NOW) == made
    made.refresh_from_db()
    return made


def settle(third, record, values):
    return operations.save_adjudication(
        task=third, record=record, values=values, effort={"seconds": 9}, by=third.holder, at=NOW
    )


def letter_of(third, record, raw):
    dispute = queries.bench(task=third, record=record, by=third.holder).disputes[0]
    return "AB"[dispute.readings.index(raw)]


class TestWhatTheAdjudicatorSees:
    def test_is_both_readings_of_what_differs_and_the_rest_as_settled(self, third, record):
        shown = queries.bench(task=third, record=record, by=third.holder)

        assert [dispute.field.key for dispute in shown.disputes] == ["number"]
        assert set(shown.disputes[0].readings) == {"A-0431/7", "A-0437/7"}
        assert [(field.key, raw) for field, raw, _ in shown.settled] == [
            (key, factories.RIGHT[key]) for key in ("registrant", "filed", "kind", "note")
        ]

    def test_comes_in_an_order_that_stays_and_tells_nothing(self, third, record):
        orders = {
            tuple(queries.bench(task=third, record=record, by=third.holder).disputes[0].readings) for _ in range(5)
        }
        turned = [queries.benches.in_neutral_order(record, f"field {n}", (1, 2)) == (2, 1) for n in range(400)]

        assert len(orders) == 1
        assert 150 < sum(turned) < 250

    def test_names_nobody(self, client, third, record):
        client.force_login(third.holder)

        page = client.get(f"/entry/{record.order.ref}/bench/{third.number}/").content.decode()

        assert "A-0431/7" in page
        assert "A-0437/7" in page
        assert "Kavya" not in page
        assert "Joel" not in page
        assert "checked" not in page


class TestSettling:
    @pytest.mark.parametrize("raw", ["A-0431/7", "A-0437/7"])
    def test_takes_the_reading_that_was_chosen_and_tells_who_was_wrong(self, third, record, raw):
        settle(third, record, {"number": {"choice": letter_of(third, record, raw)}})

        value = Value.objects.get(field="number")
        assert (value.raw, value.how) == (raw, How.ADJUDICATED)
        assert (value.first_wrong, value.second_wrong) == (raw != "A-0431/7", raw != "A-0437/7")
        record.refresh_from_db()
        assert (record.stage, record.adjudicator) == (Stage.DONE, third.holder)

    def test_takes_a_third_reading_as_typed(self, third, record):
        settle(third, record, {"number": factories.own("A-0439/7")})

        value = Value.objects.get(field="number")
        assert (value.raw, value.first_wrong, value.second_wrong) == ("A-0439/7", True, True)

    def test_takes_that_it_cannot_be_read(self, third, record):
        settle(third, record, {"number": {"choice": "UNREADABLE"}})

        assert Value.objects.get(field="number").is_unreadable

    def test_is_refused_while_a_difference_is_left(self, order, first, second, third):
        record = factories.record(factories.batch(order))
        factories.key(record, first, factories.RIGHT)
        factories.key(record, second, SECOND)
        operations.next_record(task=third, by=third.holder, at=NOW)
        record.refresh_from_db()

        with pytest.raises(operations.KeyingFaulty) as refused:
            settle(third, record, {"number": {"choice": "A"}})

        assert [fault.field for fault in refused.value.faults] == ["registrant"]
        assert not Value.objects.exists()

    def test_is_refused_for_what_nobody_disputes(self, third, record):
        with pytest.raises(Invalid, match="note"):
            settle(third, record, {"number": {"choice": "A"}, "note": factories.own("x")})

    def test_is_refused_for_a_decision_that_the_form_does_not_allow(self, world, first, second, third, order):
        form = factories.FormDefinition(title="Card", fields=(CASE,))
        factories.schema(order, form)
        record = factories.record(factories.batch(order))
        factories.key(record, first, {"case": "CF-1"})
        factories.key(record, second, {"case": "CF-7"})
        operations.next_record(task=third, by=third.holder, at=NOW)
        record.refresh_from_db()

        with pytest.raises(operations.KeyingFaulty, match="does not have the form"):
            settle(third, record, {"case": factories.own("7")})

    def test_is_told_in_the_log_without_a_value(self, third, record):
        settle(third, record, {"number": factories.own("A-0439/7")})

        told = Entry.objects.get(type="entry.record.adjudicated").data
        assert (told["record"], told["fields"], told["pass"]) == ("R00001", 1, "ADJUDICATE")
        assert "0439" not in str(told)

    def test_is_not_done_by_keying(self, third, record):
        with pytest.raises(queries.NotAKeyingTask):
            operations.save_keying(task=third, record=record, values={}, effort={}, by=third.holder, at=NOW)

    def test_can_be_taken_back(self, third, record):
        settle(third, record, {"number": factories.own("A-0439/7")})

        operations.undo_keying(task=third, by=third.holder, at=NOW)

        record.refresh_from_db()
        assert (record.stage, record.adjudicator, record.leased_to) == (Stage.ADJUDICATE, None, third.holder)
        assert not Value.objects.exists()
        assert Keying.objects.filter(of_pass="ADJUDICATE").count() == 2


CASE = factories.Field(
    key="case", label="Case", type=factories.FieldType.IDENTIFIER, is_double_keyed=True, pattern="^CF-[0-9]$"
)
