"""A row of codes is understood as whoever wrote it meant it, or refused with what it may be."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import decisions
from cursitor.engines.production.decisions import DecisionUnclear
from cursitor.engines.production.gates import Disposition
from cursitor.engines.production.redactions import Pattern, Region, Term

COMMANDS = Path(__file__).parents[3] / "docs/operating/commands.md"
NAMES = [name for names in decisions.NAMES.values() for name in names]
VALUES = st.sampled_from(
    ["produce", "withhold", "AC", "term:x", "region:1,0,0,1,1", "region:nan,0,0,1,1", "[{}]", "[1", "{}", "[]", "1"]
)


class TestRead:
    @pytest.mark.parametrize(
        ("row", "disposition"),
        [
            ({"decision": "produce"}, Disposition.PRODUCE),
            ({"Responsive": "Yes"}, Disposition.PRODUCE),
            ({"responsiveness": "Not Responsive"}, Disposition.EXCLUDE),
            ({"production": "NON_RESPONSIVE"}, Disposition.EXCLUDE),
            ({"decision": "withheld"}, Disposition.WITHHOLD),
            ({"decision": ""}, None),
            ({"decision": "", "privilege": "AC"}, Disposition.WITHHOLD),
            ({"decision": "produce", "privilege": "AC"}, Disposition.WITHHOLD),
            ({"decision": "produce", "privilege": "AC", "redactions": "term:fee"}, Disposition.PRODUCE),
            ({"decision": "produce", "Privileged": "Not Privileged"}, Disposition.PRODUCE),
            ({"decision": "exclude", "privilege": "AC"}, Disposition.EXCLUDE),
        ],
    )
    def test_tells_what_becomes_of_the_document(self, row, disposition):
        assert decisions.read({"id": "7"} | row).disposition is disposition

    @pytest.mark.parametrize(
        ("told", "instructions"),
        [
            ("", ()),
            ("term:Roe Brothers", (Term("Roe Brothers"),)),
            ("Term: a => WP | pattern:\\d{3} => PII", (Term("a", "WP"), Pattern("\\d{3}", "PII"))),
            ("pattern:a|b\nterm:x", (Pattern("a|b"), Term("x"))),
            ("region:2,0.1,0,0.9,1 => AC", (Region(2, (0.1, 0, 0.9, 1), "AC"),)),
            ('[{"term": "a | b", "reason": "WP"}]', (Term("a | b", "WP"),)),
            ('[{"page": 1, "box": [0, 0, 1, 0.5]}, {"pattern": "x"}]', (Region(1, (0, 0, 1, 0.5)), Pattern("x"))),
        ],
    )
    def test_reads_redactions_as_lines_or_as_json(self, told, instructions):
        assert decisions.read({"id": "7", "redactions": told}).redactions == instructions

    def test_keeps_every_other_column_as_a_code(self):
        read = decisions.read({"Document ID": " 7 ", "Privilege QC": "done", "Issue": "Lease", "Coded-By": "A. Vance"})

        assert (read.document, read.had_second_look, read.reviewer) == ("7", True, "A. Vance")
        assert read.codes == {"issue": "Lease"}

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            ({"id": ""}, "names no document"),
            ({"decision": "produce"}, "names no document"),
            ({"id": "7", "decision": "perhaps"}, "'perhaps' is not known"),
            ({"id": "7", "redactions": "colour:red"}, "begins with none of"),
            ({"id": "7", "redactions": "just words"}, "begins with none of"),
            ({"id": "7", "redactions": "region:1,2"}, "is not PAGE,LEFT"),
            ({"id": "7", "redactions": "region:1,a,b,c,d"}, "is not PAGE,LEFT"),
            ({"id": "7", "redactions": "region:nan,0,0,1,1"}, "is not PAGE,LEFT"),
            ({"id": "7", "redactions": "region:inf,0,0,1,1"}, "is not PAGE,LEFT"),
            ({"id": "7", "redactions": "region:1.5,0,0,1,1"}, "is not PAGE,LEFT"),
            ({"id": "7", "redactions": "region:0,0,0,1,1"}, "no page 0"),
            ({"id": "7", "redactions": "region:1,0.5,0,0.5,1"}, "does not lie on the page"),
            ({"id": "7", "redactions": "region:1,nan,0,0.5,1"}, "does not lie on the page"),
            ({"id": "7", "redactions": "term:"}, "is empty"),
            ({"id": "7", "redactions": "pattern:("}, "is no pattern"),
            ({"id": "7", "redactions": "pattern:x*"}, "matches nothing at all"),
            ({"id": "7", "redactions": "[1"}, "are no JSON"),
            ({"id": "7", "redactions": "[1]"}, "is no object"),
            ({"id": "7", "redactions": "[{}]"}, "has neither"),
            ({"id": "7", "redactions": '[{"page": 1, "box": [0, 0]}]'}, "has neither"),
            ({"id": "7", "redactions": "[" * 100_000}, "are no JSON"),
        ],
    )
    def test_refuses_what_is_not_known(self, row, says):
        with pytest.raises(DecisionUnclear, match=re.escape(says)):
            decisions.read(row)

    @given(
        st.dictionaries(
            st.sampled_from(NAMES) | st.text(max_size=8), VALUES | st.text(max_size=30) | st.none(), max_size=6
        )
    )
    @settings(max_examples=300, deadline=None)
    def test_gives_a_decision_or_says_why_not(self, row):
        try:
            read = decisions.read(row)
        except DecisionUnclear:
            return

        assert read.document
        assert not (read.disposition is Disposition.PRODUCE and read.privilege and not read.redactions)

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda one: (
                st.lists(one) | st.dictionaries(st.sampled_from(["term", "pattern", "page", "box", "reason"]), one)
            ),
            max_leaves=8,
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_takes_or_refuses_any_json_of_redactions(self, value):
        try:
            read = decisions.read({"id": "7", "redactions": json.dumps(value)})
        except DecisionUnclear:
            return

        assert isinstance(value, list)
        assert len(read.redactions) == len(value)


class TestDocumentation:
    def test_shows_a_table_that_is_read(self):
        told = COMMANDS.read_text().split("The coding is CSV")[1].split("- `id` as in")[0]
        lines = [line.removeprefix("    ") for line in told.splitlines() if line.startswith("    ")]

        read = [decisions.read(row) for row in csv.DictReader(io.StringIO("\n".join(lines)))]

        assert [one.document for one in read] == ["0006", "0007", "0019", "0031", "0042"]
        assert read[2].redactions == (Pattern("[\\w.+-]+@[\\w.-]+\\w", "Personal data"),)
        assert read[3].redactions == (Term("Roe Brothers", "WP"), Region(2, (0.1, 0.4, 0.9, 0.5), "WP"))
