"""Oracle of the date forms: ISO 8601-1:2019 and the Extended Date/Time Format, ISO 8601-2:2019 level 1."""

import contextlib
import datetime
import io
import itertools

import docx as python_docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cursitor.engines import chronology
from cursitor.engines.chronology import Fact, Precision, Source
from cursitor.engines.entry.definition import DateOrder

TOLD = [
    ("1999", "1999", "1999", Precision.YEAR),
    ("March 1999", "1999-03", "March 1999", Precision.MONTH),
    ("4 Mar 1999", "1999-03-04", "4 March 1999", Precision.DAY),
    ("March 4, 1999, 10:30 a.m. EST", "1999-03-04T10:30EST", "4 March 1999, 10:30 EST", Precision.MINUTE),
    ("1999-03-04T10:30:59Z", "1999-03-04T10:30UTC", "4 March 1999, 10:30 UTC", Precision.MINUTE),
    ("c. 1999", "1999~", "about 1999", Precision.YEAR),
    ("1999?", "1999~", "about 1999", Precision.YEAR),
    ("1999-03-04/1999-03-09", "1999-03-04/1999-03-09", "4 March 1999 to 9 March 1999", Precision.RANGE),
    ("between 1999 and 2001", "1999/2001", "1999 to 2001", Precision.RANGE),
    ("1999-2001", "1999/2001", "1999 to 2001", Precision.RANGE),
    ("before 4 March 1999", "before 1999-03-04", "before 4 March 1999", Precision.BEFORE),
    ("../1999-03", "../1999-03", "by March 1999", Precision.BEFORE),
    ("since May 2001", "2001-05/..", "from May 2001", Precision.AFTER),
    ("after 1999", "after 1999", "after 1999", Precision.AFTER),
    ("n.d.", "", "undated", Precision.UNKNOWN),
]
UNCLEAR = ["3/4/1999", "31 February 2001", "4 March '99", "circa 3pm", "1999-03 10:30", "2001/1999", "soon"]


def fact(when: str, text: str, *, number: str = "1", **more) -> Fact:
    return Fact((number,), chronology.parse(when), text, **more)


class TestParse:
    @pytest.mark.parametrize(("text", "told", "words", "precision"), TOLD)
    def test_keeps_the_precision_that_is_told(self, text, told, words, precision):
        moment = chronology.parse(text)

        assert (moment.told, str(moment), moment.precision) == (told, words, precision)

    @pytest.mark.parametrize("text", UNCLEAR)
    def test_refuses_what_is_no_date_or_may_be_two(self, text):
        with pytest.raises(chronology.MomentUnclear):
            chronology.parse(text)

    def test_reads_bare_numbers_in_the_order_it_is_given(self):
        assert chronology.parse("3/4/1999", order=DateOrder.DMY).told == "1999-04-03"
        assert chronology.parse("3/4/99", order=DateOrder.MDY, latest_year=2026).told == "1999-03-04"

    @given(st.dates(min_value=datetime.date(1000, 1, 1)))
    def test_reads_back_what_it_writes(self, day):
        moment = chronology.parse(day.isoformat())

        assert chronology.parse(str(moment)) == moment

    @given(st.text(max_size=60))
    def test_gives_a_moment_or_says_that_it_is_unclear(self, text):
        with contextlib.suppress(chronology.MomentUnclear):
            assert str(chronology.parse(text))


class TestMerge:
    def test_sorts_the_wider_first_and_the_undated_last(self):
        told = ["n.d.", "after 1999-03-04", "1999-03-04 10:30", "1999-03-04", "1999", "1999-03", "before 1999-03-04"]
        facts = [fact(when, f"fact {n}", number=str(n)) for n, when in enumerate(told)]

        ordered = chronology.merge(facts).facts

        assert [one.moment.told for one in ordered] == [
            "1999",
            "1999-03",
            "before 1999-03-04",
            "1999-03-04",
            "1999-03-04T10:30",
            "after 1999-03-04",
            "",
        ]

    def test_makes_one_of_equal_facts_and_keeps_every_source_person_and_issue(self):
        some = fact("4 March 1999", "Board approves the deal.", people=("Ann",), sources=(Source("A-1"),))
        more = fact(
            "1999-03-04",
            "board approves the  deal",
            number="2",
            people=("ann", "Bob"),
            issues=("price",),
            sources=(Source("A-2", "p. 3"),),
        )

        made = chronology.merge([some, more])

        (one,) = made.facts
        assert (one.ids, one.people, one.issues) == (("1", "2"), ("Ann", "Bob"), ("price",))
        assert one.sources == (Source("A-1"), Source("A-2", "p. 3"))
        assert made.n_merged == 1

    @pytest.mark.parametrize(("other", "is_possible"), [("March 1999", True), ("5 March 1999", False), ("n.d.", True)])
    def test_never_merges_the_same_words_at_another_moment(self, other, is_possible):
        made = chronology.merge([fact("4 March 1999", "Board approves"), fact(other, "Board approves", number="2")])

        assert len(made.facts) == 2
        assert [conflict.is_possible for conflict in made.conflicts] == [is_possible]

    @given(st.permutations([fact(row[0], f"fact {n}", number=str(n)) for n, row in enumerate(TOLD)]))
    def test_gives_one_order_whatever_order_they_came_in(self, facts):
        ordered = chronology.merge(facts).facts

        assert ordered == chronology.merge(reversed(facts)).facts
        assert all(one.moment.key <= after.moment.key for one, after in itertools.pairwise(ordered))


class TestSelect:
    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({}, ["1", "2", "3"]),
            ({"people": ["ANN"]}, ["1"]),
            ({"issues": ["price"]}, ["2"]),
            ({"first": datetime.date(1999, 3, 31)}, ["1", "2"]),
            ({"last": datetime.date(1999, 3, 31)}, ["1"]),
        ],
    )
    def test_keeps_what_may_lie_between_the_days(self, chosen, expected):
        made = chronology.merge(
            [
                fact("March 1999", "first", number="1", people=("Ann",)),
                fact("4 April 1999", "second", number="2", issues=("Price",)),
                fact("n.d.", "third", number="3"),
            ]
        )

        assert [one.ids[0] for one in chronology.select(made, **chosen).facts] == expected


class TestRead:
    def test_takes_columns_under_their_usual_names(self):
        found = chronology.read(
            {"When": "4 March 1999", "Event": " Board\n approves ", "People": "Ann; Bob;", "Control_Number": "A-1"},
            name="row 2",
        )

        assert (found.ids, found.text, found.people) == (("row 2",), "Board approves", ("Ann", "Bob"))
        assert found.sources == (Source("A-1"),)

    @pytest.mark.parametrize(
        "row", [{"date": "1999"}, {"date": "3/4/1999", "fact": "x"}, {"date": "soon", "fact": "x"}]
    )
    def test_says_what_is_amiss(self, row):
        with pytest.raises(chronology.FactUnclear):
            chronology.read(row, name="row 2")


class TestDocx:
    @pytest.fixture
    def made(self):
        return chronology.merge(
            [
                fact("4 March 1999", "Board approves", sources=(Source("A-1", "p. 3", "it was\x0b resolved"),)),
                fact("n.d.", "Board approves", number="2", is_disputed=True),
            ]
        )

    def test_holds_every_fact_with_source_passage_and_conflict(self, made):
        document = python_docx.Document(io.BytesIO(chronology.docx(made, title="Doe v. Roe")))

        cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
        assert cells[1] == [
            "1",
            "4 March 1999",
            "Board approves\n\u201cit was\ufffd resolved\u201d",
            "",
            "",
            "A-1, p. 3",
        ]
        assert cells[2][:3] == ["2", "undated", "Board approves (disputed)"]
        assert "4 March 1999 or undated; may be one moment" in document.paragraphs[-1].text

    def test_is_the_same_to_the_byte(self, made):
        assert chronology.docx(made, title="Doe v. Roe") == chronology.docx(made, title="Doe v. Roe")
