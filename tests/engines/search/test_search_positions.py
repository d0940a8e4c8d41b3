"""Nearness, phrases and highlights, beside an oracle that tries every combination of places."""

import doctest
import random
import re
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.search import excerpts, parser, positions, ranges, reading, spelling, syntax, tokens
from cursitor.engines.search.schema import Schema

PAGE = Path(__file__).parents[3] / "docs/algorithms/search.md"
TEXT = Schema(text=("text", "subject"), default=("text",))
LETTER = (
    "Hugo, you asked what we knew. The first report of a seal failing under load came in March.\n"
    "I did not forward it.\n"
    "The weather was dry.\n"
    "The cars were moved.\n"
    "The surveyor's draft says the seal failed because of the gasket batch.\n"
    "Ask emil@danube.test for advice of counsel.\n"
)


def read(text, **fields):
    return reading.read(reading.Document(1, {"text": text, **fields}), TEXT)


def matches(query, text):
    return positions.matches(parser.parse(query, TEXT), read(text))


def every_place(part, words):
    """Return where an expression occurs by trying every pair of places: sets of positions, nothing clever."""
    match part:
        case syntax.Word(text):
            return {(at,) for at, word in enumerate(words) if word == text}
        case syntax.Phrase(parts):
            runs = product(*(every_place(piece, words) for piece in parts))
            return {sum(run, ()) for run in runs if all(b[0] == a[-1] + 1 for a, b in pairwise(run))}
        case syntax.Or(parts):
            return set().union(*(every_place(piece, words) for piece in parts))
        case syntax.Near(left, right, distance, ordered, negated):
            pairs = {
                (a, b)
                for a, b in product(every_place(left, words), every_place(right, words))
                if not set(a) & set(b)
                and ((1 <= b[0] - a[-1] <= distance) if ordered else max(b[0] - a[-1], a[0] - b[-1]) <= distance)
            }
            if negated:
                return every_place(left, words) - {a for a, _ in pairs}
            return {tuple(sorted({*a, *b})) for a, b in pairs}
    raise AssertionError(part)


LETTERS = st.sampled_from("abc").map(syntax.Word)
PLACES = st.recursive(
    LETTERS | st.lists(LETTERS, min_size=2, max_size=3).map(lambda parts: syntax.Phrase(tuple(parts))),
    lambda inner: (
        st.builds(syntax.Near, inner, inner, st.integers(1, 4), st.booleans(), st.booleans())
        | st.tuples(inner, inner).map(syntax.Or)
    ),
    max_leaves=4,
)


class TestMatches:
    @given(PLACES, st.lists(st.sampled_from("abcd"), max_size=9))
    @settings(max_examples=400, deadline=None)
    def test_equals_trying_every_combination_of_places(self, part, words):
        node = syntax.In(("text",), part)

        found = positions.matches(node, read(" ".join(words)))

        assert found == bool(every_place(part, words))

    @pytest.mark.parametrize(
        ("query", "text", "expected"),
        [
            ("a w/2 b", "b x a", True),
            ("a w/2 b", "b x x a", False),
            ("a pre/2 b", "b a", False),
            ("a w/5 a", "a", False),
            ("a w/5 a", "a a", True),
            ('"a b" w/3 b', "a b", False),
            ('"a b" w/2 "c d"', "c d x a b", True),
            ("(a w/3 b) w/1 c", "a c b", True),
            ("(a pre/3 b) pre/1 c", "a c b", False),
            ("a w/2 (b AND c)", "b a c", True),
            ("a w/2 (b AND c)", "b a x x a c", False),
            ("(b AND c) pre/2 a", "b c a", True),
            ("(b AND c) pre/2 a", "b a c", False),
            ("a w/1 (x OR (b AND c))", "b a c", True),
            ("a NOT w/2 b", "a b x x x a", True),
            ("a NOT w/2 b", "a b", False),
            ("seal w/5 fail*", "the seal has often failed", True),
            ('"a * c"', "a b c", True),
            ('"a * c"', "a c", False),
            ("recieve~1", "we receive", True),
            ("bill*@enron.com", "bill.williams@enron.com", True),
            ("bill*@enron.com", "bill and enron.com", False),
            ("b*m", "bill@enron.com", False),
            ("enron.com", "bill@enron.com", True),
            ("well-known", "well known", True),
            ("surveyor", "the surveyor’s draft", True),
            ("strasse", "Hauptstraße", False),
            ("STRASSE", "straße", True),
            ("契約", "この契約書", True),
        ],
    )
    def test_holds_for(self, query, text, expected):
        assert matches(query, text) is expected

    def test_keeps_nearness_inside_one_field(self):
        node = parser.parse("subject:(a w/5 b)", TEXT)

        assert not positions.matches(node, read("b", subject="a"))

    def test_refuses_a_group_that_occurs_beyond_counting(self):
        with pytest.raises(positions.TooManyOccurrences, match="smaller N"):
            matches("z w/5 (a w/500 a)", "a " * 2_000)


class TestSpans:
    def test_shows_both_sides_of_nearness_and_only_where_they_are_near(self):
        node = parser.parse("seal w/1 fail*", TEXT)

        found = positions.spans(node, read("The seal failed. A seal held. We fail."))

        assert found == ((4, 8, "seal", "text"), (9, 15, "fail*", "text"))

    def test_shows_a_phrase_as_one_hit_and_an_address_whole(self):
        node = parser.parse('"advice of counsel" *@danube.test', TEXT)

        found = positions.spans(node, read(LETTER))

        assert [LETTER[span.start : span.end] for span in found] == ["emil@danube.test", "advice of counsel"]

    def test_shows_of_alternatives_only_those_that_hold_and_of_not_nothing(self):
        node = parser.parse("(a b) OR (c NOT d)", TEXT)

        assert [span.term for span in positions.spans(node, read("c a"))] == ["c"]
        assert positions.spans(node, read("a c d")) == ()

    def test_names_the_field(self):
        node = parser.parse("a OR subject:b", TEXT)

        assert positions.spans(node, read("b", subject="B")) == ((0, 1, "b", "subject"),)


class TestExcerpts:
    def test_folds_what_lies_between_lines_with_hits(self):
        hits = positions.spans(parser.parse("seal w/5 fail*", TEXT), read(LETTER))

        parts = excerpts.excerpts(LETTER.splitlines(keepends=True), hits, context=0)

        assert [(part.number, getattr(part, "n_lines", 0)) for part in parts] == [(1, 0), (2, 3), (5, 0), (6, 0)]
        second = parts[2]
        assert [(second.text[mark.start : mark.end], mark.number) for mark in second.marks] == [
            ("seal", 3),
            ("failed", 4),
        ]

    def test_shows_a_gap_of_one_line(self):
        hits = [positions.Span(0, 1, "a", "text"), positions.Span(4, 5, "b", "text")]

        parts = excerpts.excerpts(["a\n", "x\n", "b\n"], hits, context=0)

        assert [part.text for part in parts] == ["a", "x", "b"]

    def test_marks_a_hit_in_both_lines_that_it_runs_over(self):
        hits = positions.spans(parser.parse('"gasket batch"', TEXT), read("the gasket\nbatch"))

        parts = excerpts.excerpts(["the gasket\n", "batch"], hits, context=0)

        assert [(part.text[mark.start : mark.end]) for part in parts for mark in part.marks] == [
            "gasket\n"[:-1],
            "batch",
        ]

    def test_loses_no_character_when_lines_are_cut(self):
        rng = random.Random(7)
        text = "".join(rng.choice("ab  \n") for _ in range(400)) + "c" * 50

        lines = excerpts.lines_of(text, width=20)

        assert "".join(lines) == text
        assert max(len(line.rstrip()) for line in lines) <= 20

    def test_refuses_a_hit_outside_the_text(self):
        with pytest.raises(ValueError, match="outside the text"):
            excerpts.excerpts(["a\n"], [positions.Span(5, 6, "b", "text")], context=0)


class TestWildcard:
    @given(st.text("ab*?", max_size=7), st.text("ab", max_size=7))
    @settings(max_examples=300, deadline=None)
    def test_equals_the_plain_regular_expression(self, pattern, word):
        plain = re.fullmatch(spelling.regex(pattern), word, re.DOTALL)

        assert bool(spelling.wildcard(pattern).fullmatch(word)) == bool(plain)

    def test_never_tries_every_combination(self):
        assert not spelling.wildcard("*a" * 40 + "*b").fullmatch("a" * 256)


class TestIsWithin:
    @given(st.text("abc", max_size=6), st.text("abc", max_size=6))
    @settings(max_examples=200, deadline=None)
    def test_is_the_same_both_ways_and_follows_from_one_edit(self, word, other):
        assert spelling.is_within(word, other, 2) == spelling.is_within(other, word, 2)
        assert spelling.is_within(word, word + "d", 1)
        assert not spelling.is_within(word, word + "ddd", 2)


class TestDocumentation:
    @pytest.mark.parametrize("module", [excerpts, parser, ranges, spelling, syntax, tokens])
    def test_examples_of_the_code_hold(self, module):
        results = doctest.testmod(module)

        assert results.attempted > 0
        assert results.failed == 0

    def test_examples_of_the_page_hold(self):
        results = doctest.testfile(str(PAGE), module_relative=False)

        assert results.attempted > 0
        assert results.failed == 0
