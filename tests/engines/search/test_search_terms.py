"""A list of terms is read as it was agreed, and whatever is in it, it is read or refused with a sentence."""

import doctest

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cursitor.engines.search import evaluation, inversion, parser, postings, reading, terms
from cursitor.engines.search.schema import ITEMS
from cursitor.engines.search.terms import Line

PIECES = ["(", ")", '"', "“", " AND ", " or ", " NOT ", " w/5 ", " pre/0 ", " w/", "subject:", "family:", "sent:"]
PIECES += [
    "has:",
    "seal",
    "f*l",
    "?",
    "~2",
    "a@b.c",
    "*@b",
    "2001..",
    ">=",
    "\ud800",
    "\x00",
    "ß",
    "契約",
    "-",
    "\u0301",
]


def collection_of(*texts):
    segment = inversion.Inverter(ITEMS)
    for number, text in enumerate(texts):
        segment.add(reading.Document(number, {"text": text}, related={"family": str(number // 2)}))
    return evaluation.Collection([postings.Segment(segment.arrays(), ITEMS, n_documents=len(texts))])


LETTERS = collection_of("the seal fell", "a@b.c seal 契約", "", "Straße \u0301 fail")


class TestRead:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("\ufeffseal\r\n\r\n  fail* \n# agreed\nnaïve", [(1, "seal"), (3, "fail*"), (5, "naïve")]),
            ("seal\x0bgasket\x1cload", [(1, "seal"), (2, "gasket"), (3, "load")]),
        ],
    )
    def test_takes_each_line(self, content, expected):
        assert terms.read(content.encode()) == tuple(Line(*pair) for pair in expected)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_takes_what_word_processors_write(self, encoding):
        content = "“seal failure”\nnaïve".encode(encoding)

        assert terms.read(content) == (Line(1, "“seal failure”"), Line(2, "naïve"))

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b'no,Search Term\n1,"seal, gasket"\n2,fail*\n3', [(2, "seal, gasket"), (3, "fail*")]),
            (b'seal,note\n"""seal failure""",x\n', [(1, "seal"), (2, '"seal failure"')]),
        ],
    )
    def test_takes_a_column_of_a_table(self, content, expected):
        assert terms.read(content, is_table=True) == tuple(Line(*pair) for pair in expected)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"PK\x03\x04\x00\x00", "not text"),
            (b"\xff\xfea", "UTF-16"),
            (b"seal\n" + b"x" * 20_001, "Line 2 is longer"),
        ],
    )
    def test_refuses(self, content, message):
        with pytest.raises(terms.UnreadableTerms, match=message):
            terms.read(content)

    @given(st.binary(max_size=200), st.booleans())
    @settings(max_examples=200, deadline=None)
    @example(b'"' + b"x" * 140_000, True)
    def test_reads_or_refuses_any_bytes(self, content, is_table):
        try:
            found = terms.read(content, is_table=is_table)
        except terms.UnreadableTerms:
            found = ()

        assert all(line.text == line.text.strip() != "" for line in found)


class TestParse:
    @given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
    @settings(max_examples=400, deadline=None)
    @example("NOT " * 5_000 + "a")
    @example("a " * 5_000)
    @example("(" * 5_000)
    @example("a w/1 " * 5_000)
    @example("family:" * 5_000)
    @example("sent:" + "9" * 5_000)
    @example("w/" + "9" * 5_000)
    @example("*" * 5_000 + "a")
    def test_answers_or_refuses_whatever_a_list_holds(self, query):
        mistake = None
        try:
            LETTERS.matching(parser.parse(query, ITEMS))
        except parser.QuerySyntaxError as error:
            mistake = error

        assert mistake is None or 0 <= mistake.position <= len(query)
        assert mistake is None or mistake.caret().splitlines()[-1].endswith(mistake.message)

    def test_takes_typographic_quotation_marks_for_plain_ones(self):
        assert parser.parse("“seal failure”", ITEMS) == parser.parse('"seal failure"', ITEMS)


class TestDocumentation:
    def test_examples_of_the_code_hold(self):
        results = doctest.testmod(terms)

        assert results.attempted > 0
        assert results.failed == 0
