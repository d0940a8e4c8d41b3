"""Two keyings of one record: what merges, what a person settles, and whose error it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.entry import Choice, Field, FieldType, FormDefinition, Keyed, State, comparison
from cursitor.engines.entry.comparison import Outcome, Settlement, Verdict

UNREADABLE = Keyed("", is_unreadable=True)
TYPES = [member for member in FieldType if member is not FieldType.CHOICE]


def field(kind=FieldType.TEXT, **options):
    options.setdefault("is_double_keyed", True)
    return Field(key="field", type=kind, **options)


def critical(kind=FieldType.TEXT, **options):
    return field(kind, is_critical=True, **options)


fields = st.builds(
    field,
    st.sampled_from(TYPES),
    is_critical=st.booleans(),
    is_required=st.booleans(),
) | st.builds(critical, st.just(FieldType.CHOICE), choices=st.just((Choice("A"), Choice("B", "Bee"))))
DATES = ["3/4/1999", "1999-03-04", "March 4, 1999"]
VALUES = ["", " ", "1", "01", "1.0", "1,5", "A", "a", "Bee", "B", "$1", "1.00 USD", "yes", "true", "no"]
raws = st.sampled_from([*VALUES, *DATES, "Smith, John", "John Smith"]) | st.text(max_size=6)
keyings = st.builds(Keyed, raws, st.sampled_from([False, False, False, True]))


class TestCompare:
    @pytest.mark.parametrize(
        ("kind", "first", "second", "outcome"),
        [
            (FieldType.DATE, "1999-03-04", "1999-03-04", Outcome.EQUAL_EXACT),
            (FieldType.DATE, "1999-03-04", "4 March 1999", Outcome.EQUAL_NORMALISED),
            (FieldType.DATE, "1999-03-04", "1999-03-05", Outcome.UNEQUAL),
            (FieldType.DATE, "1999-03-04", "March 1999", Outcome.UNEQUAL),
            (FieldType.DATE, "soon", "soon", Outcome.EQUAL_EXACT),
            (FieldType.DATE, "soon", "later", Outcome.UNEQUAL),
            (FieldType.MONEY, "1,000.00", "1000", Outcome.EQUAL_NORMALISED),
            (FieldType.NAME, "Doe, Jane", "Jane DOE", Outcome.EQUAL_NORMALISED),
            (FieldType.NAME, "Mr. Jan Doe", "Jan Doe", Outcome.EQUAL_NORMALISED),
            (FieldType.NAME, "Mr. Jan Doe", "Ms. Jan Doe", Outcome.UNEQUAL),
            (FieldType.TEXT, "Doe ", "Doe", Outcome.EQUAL_NORMALISED),
            (FieldType.TEXT, "doe", "Doe", Outcome.UNEQUAL),
            (FieldType.TEXT, "", " ", Outcome.BOTH_EMPTY),
            (FieldType.TEXT, "", "Doe", Outcome.ONE_MISSING),
            (FieldType.TEXT, UNREADABLE, "Doe", Outcome.ONE_UNREADABLE),
            (FieldType.TEXT, UNREADABLE, "", Outcome.ONE_UNREADABLE),
            (FieldType.TEXT, UNREADABLE, UNREADABLE, Outcome.BOTH_UNREADABLE),
        ],
    )
    def test_says_how_two_keyings_stand_to_each_other(self, kind, first, second, outcome):
        found = comparison.compare(field(kind), first, second)

        assert found.outcome is outcome
        assert found.is_equal == (outcome in comparison.EQUAL)

    @given(fields, keyings, keyings)
    @settings(max_examples=200)
    def test_is_the_same_from_either_side(self, kind, first, second):
        here, there = comparison.compare(kind, first, second), comparison.compare(kind, second, first)

        assert here.outcome is there.outcome
        assert (here.first, here.second) == (there.second, there.first)

    @given(fields, keyings)
    @settings(max_examples=100)
    def test_finds_every_keying_equal_to_itself_unless_flagged(self, kind, keyed):
        assert comparison.compare(kind, keyed, keyed).is_equal != keyed.is_unreadable


class TestMerge:
    def test_settles_what_agrees_and_hands_the_rest_to_a_person(self):
        form = FormDefinition(
            title="Filing",
            fields=(
                Field(key="filed", type=FieldType.DATE, is_double_keyed=True, is_critical=True),
                Field(key="who", label="Registrant", type=FieldType.NAME, is_double_keyed=True, is_critical=True),
                Field(key="note"),
            ),
        )
        ada = {"filed": "March 4, 1999", "who": "Foley Hoag LLP", "note": "stamped "}
        ben = {"filed": "1999-03-04", "who": "Foley Hoag LLC"}

        filed, who, note = comparison.merge(form, ada, ben)

        assert (filed.settlement, filed.value) == (Settlement.MERGED, "1999-03-04")
        assert (who.settlement, who.value, who.reading) == (Settlement.ADJUDICATE, "", None)
        assert who.reason == "Registrant: the keyings differ"
        assert (note.settlement, note.value) == (Settlement.SINGLE, "stamped")

    @pytest.mark.parametrize(("first", "second"), [("soon", "soon"), (UNREADABLE, UNREADABLE), ("soon", "1999-03-04")])
    def test_never_merges_a_critical_value_nobody_can_read(self, first, second):
        assert comparison.merge_field(critical(FieldType.DATE), first, second).settlement is Settlement.ADJUDICATE

    def test_asks_a_person_about_a_required_critical_field_left_empty_twice(self):
        assert comparison.merge_field(critical(is_required=True), "", "").settlement is Settlement.ADJUDICATE
        assert comparison.merge_field(critical(), "", "").settlement is Settlement.MERGED

    def test_asks_a_person_about_a_flag_in_a_field_keyed_once(self):
        found = comparison.merge_field(field(is_double_keyed=False), UNREADABLE, "")

        assert found.settlement is Settlement.ADJUDICATE

    @given(fields, keyings, keyings)
    @settings(max_examples=300)
    def test_settles_only_what_both_keyed_alike(self, kind, first, second):
        merged = comparison.merge_field(kind, first, second)
        compared = comparison.compare(kind, first, second)

        if merged.settlement is Settlement.MERGED:
            assert compared.is_equal
            assert merged.reading == compared.first
        if kind.is_critical and merged.settlement is Settlement.MERGED:
            assert {compared.first.state, compared.second.state} in ({State.VALID}, {State.EMPTY})
        if merged.settlement is Settlement.ADJUDICATE:
            assert merged.value == ""
            assert merged.reason
        assert merged.settlement is not Settlement.SINGLE

    @given(fields, keyings, keyings)
    @settings(max_examples=100)
    def test_settles_the_same_whoever_keyed_first(self, kind, first, second):
        here, there = comparison.merge_field(kind, first, second), comparison.merge_field(kind, second, first)

        assert here.settlement is there.settlement
        if here.reading and there.reading:
            assert here.reading.value == there.reading.value


class TestAttribution:
    def test_blames_who_differs_from_what_was_settled(self):
        found = comparison.attribute(field(FieldType.DATE), "1999-03-04", "March 4, 1999", "1999-04-03")

        assert (found.first, found.second) == (Verdict.RIGHT, Verdict.WRONG)

    def test_may_blame_both(self):
        found = comparison.attribute(field(FieldType.NAME), "Jane Roe", "Jane Doe", "")

        assert (found.first, found.second) == (Verdict.WRONG, Verdict.WRONG)

    def test_counts_a_flag_apart_from_an_error(self):
        found = comparison.attribute(field(), "Doe", UNREADABLE, "Dow")

        assert (found.first, found.second) == (Verdict.ABSTAINED, Verdict.WRONG)

    def test_gives_right_to_a_flag_that_the_adjudicator_confirms(self):
        assert comparison.verdict(field(), UNREADABLE, UNREADABLE) is Verdict.RIGHT
        assert comparison.verdict(field(), UNREADABLE, "Doe") is Verdict.WRONG
