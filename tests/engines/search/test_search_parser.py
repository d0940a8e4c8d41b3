"""Queries are read as the grammar says, and mistakes are shown where they lie."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.search import parser, tokens
from cursitor.engines.search.schema import MAIL, Schema
from cursitor.engines.search.syntax import (
    AddressPattern,
    And,
    Everything,
    Fuzzy,
    Has,
    In,
    Near,
    Not,
    Or,
    Phrase,
    Range,
    Wildcard,
    Word,
)

ONE = Schema(text=("text", "subject"), default=("text",), dates=("sent",), numbers=("size",), flags=("attachment",))


def words(part):
    return In(("text",), part)


A, B, C = (words(Word(letter)) for letter in "abc")


class TestParse:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("a b", And((A, B))),
            ("a AND b or c", Or((And((A, B)), C))),
            ("a AND (b OR c)", And((A, Or((B, C))))),
            ("a NOT b", And((A, Not(B)))),
            ("not not a", A),
            ("NOT (a b)", Not(And((A, B)))),
            ('"A  b"', words(Phrase((Word("a"), Word("b"))))),
            ('"or"', words(Word("or"))),
            ("Well-known", words(Phrase((Word("well"), Word("known"))))),
            ("f?il*", words(Wildcard("f?il*"))),
            ('"seal fail*"', words(Phrase((Word("seal"), Wildcard("fail*"))))),
            ("seel~ seal~2", And((words(Fuzzy("seel", 1)), words(Fuzzy("seal", 2))))),
            ("a@b.c", words(Phrase((Word("a"), Word("b"), Word("c"))))),
            ("Bill*@enron.com", words(AddressPattern("bill*@enron.com"))),
            ("a w/5 b", words(Near(Word("a"), Word("b"), 5))),
            ("a PRE/2 b", words(Near(Word("a"), Word("b"), 2, ordered=True))),
            ("a NOT w/3 b", words(Near(Word("a"), Word("b"), 3, negated=True))),
            ("a w/2 b w/3 c", words(Near(Near(Word("a"), Word("b"), 2), Word("c"), 3))),
            ("a w/9 (b AND c*)", words(Near(Word("a"), And((Word("b"), Wildcard("c*"))), 9))),
            ("a w/2 b c", And((words(Near(Word("a"), Word("b"), 2)), C))),
            ("subject:a b", And((In(("subject",), Word("a")), B))),
            ("subject:(a w/2 b)", In(("subject",), Near(Word("a"), Word("b"), 2))),
            ("subject:(a text:b)", And((In(("subject",), Word("a")), B))),
            ("has:attachment", Has(("attachment",))),
            ("subject:*", Has(("subject",))),
            ("*", Everything()),
            ("sent:1970-01-02", Range("sent", 86_400, 172_800)),
            ("sent:1970-01..1970-02", Range("sent", 0, 59 * 86_400)),
            ("sent:..1969", Range("sent", None, 0)),
            ("sent:>1969", Range("sent", 0, None)),
            ("sent:<=9999", Range("sent", None, 253_402_300_800)),
            ("size:5 size:<5", And((Range("size", 5, 6), Range("size", None, 5)))),
        ],
    )
    def test_reads(self, query, expected):
        assert parser.parse(query, ONE) == expected

    def test_looks_into_all_fields_of_a_group(self):
        assert parser.parse("participants:emil", MAIL) == In(("from", "to", "cc", "bcc"), Word("emil"))

    @pytest.mark.parametrize(
        ("query", "position", "part_of_message"),
        [
            ("", 0, "empty"),
            ("a )", 2, "never opened"),
            ("a (b OR (c)", 2, "never closed"),
            ("a ()", 2, "nothing between"),
            ('a "b', 2, "quotation mark"),
            ('"a b"~5', 0, "quotation mark"),
            ('""', 0, "no word"),
            ("a --- b", 2, "no letter or digit"),
            ("a OR", 4, "missing at the end"),
            ("OR a", 0, "missing before this OR"),
            ("(a AND)", 6, "missing before this parenthesis"),
            ("a w/5", 5, "missing at the end"),
            ("a w/ b", 2, "w/N with a whole number"),
            ("a pre/0 b", 2, "pre/N with a whole number"),
            ("a w/5 w/5 b", 6, "missing before this"),
            ("a w/5 NOT b", 6, "NOT cannot stand here"),
            ("a w/5 subject:b", 6, "one field"),
            ("a w/5 has:attachment", 6, "Only words and phrases"),
            ("(a b) w/5 (a c)", 6, "one side of w/5"),
            ("(a b) NOT w/5 c", 10, "before NOT w/5"),
            ("colour:red", 0, "no field colour"),
            ("subject: red", 0, "no space after the colon"),
            ("has:colour", 4, "After has:"),
            ("sent:yesterday", 5, "Write a date"),
            ("sent:2001-02-30", 5, "no such date"),
            ("sent:0000", 5, "no such date"),
            ("sent:2002..2001", 5, "ends before it begins"),
            ("size:..", 5, "at least one end"),
            ("size:=>5", 5, "no comparison =>"),
            ("a~3", 0, "~1 or ~2"),
            ("a-b~1", 0, "one plain word"),
            ("(" * 61 + "a" + ")" * 61, 60, "nested more than 60"),
            ("a" + " w/1 a" * 61, 362, "nested more than 60"),
            ("text:" * 61 + "a", 300, "nested more than 60"),
        ],
    )
    def test_refuses(self, query, position, part_of_message):
        with pytest.raises(parser.QuerySyntaxError, match=part_of_message.replace("(", r"\(")) as caught:
            parser.parse(query, ONE)

        assert caught.value.position == position
        assert caught.value.caret().splitlines()[1].index("^") == position

    def test_reads_a_long_list_of_names(self):
        query = " OR ".join(f'"given{number} family{number}"' for number in range(2_000))

        assert len(parser.parse(query, ONE).parts) == 2_000

    @given(st.text(alphabet='ab*?~"():@/.w5 -NOTANDOR<>=', max_size=40))
    @settings(max_examples=300, deadline=None)
    def test_reads_or_refuses_whatever_is_typed(self, query):
        try:
            place = 0 if parser.parse(query, ONE) else -1
        except parser.QuerySyntaxError as error:
            place = error.position

        assert 0 <= place <= len(query)


class TestTokenise:
    @given(st.text(max_size=60))
    @settings(max_examples=200, deadline=None)
    def test_covers_every_letter_and_digit_and_never_yields_a_space(self, text):
        found = tokens.tokenise(text)

        covered = {place for token in found for place in range(token.start, token.end)}
        assert {place for place, character in enumerate(text) if character.isalnum()} <= covered
        assert all(token.text.split() == [token.text] for token in found)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("don't snake_case 1,000.5", ["don", "t", "snake", "case", "1", "000", "5"]),
            ("E\u0301TÉ", ["été"]),
            ("契約書v2", ["契", "約", "書", "v2"]),
            ("हिन्दी शब्द", ["हिन्दी", "शब्द"]),
            ("y" * 300, ["y" * 256, "y" * 44]),
        ],
    )
    def test_splits(self, text, expected):
        assert [token.text for token in tokens.tokenise(text)] == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("<Pella.O'Strander@corbel.co.test>,", [("pella.o'strander@corbel.co.test", 0, 5)]),
            ("a@b @c.d e@ f@g.h.", [("f@g.h", 5, 7)]),
            ("x" * 70 + "@a.b", []),
            ("mail 'emil@danube.test'", [("emil@danube.test", 1, 3)]),
        ],
    )
    def test_finds_whole_addresses(self, text, expected):
        assert tokens.find_addresses(text, tokens.tokenise(text)) == expected
