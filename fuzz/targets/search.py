"""The query language, and words as search sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cursitor.engines.search import (
    evaluation,
    excerpts,
    inversion,
    parser,
    positions,
    postings,
    ranges,
    reading,
    spelling,
    syntax,
    terms,
    tokens,
)
from cursitor.engines.search.schema import ITEMS
from fuzz.targets.table import target, text_of

TEXTS = (
    "Dear Hugo,\nthe surveyor's draft says\nthe seal failed because\nthe gasket batch was bad.\nLunch?\nHugo",
    "seal seals sealed SEAL fail fail seal gasket a b x a b c",
    "",
    "emil@danube.test well-known na\u00efve \u6f22\u5b57",
    "test one two three seal seven eight fails",
)


@cache
def _body() -> tuple[list[reading.Reading], evaluation.Collection]:
    documents = [
        reading.Document(
            number,
            {"text": text, "to": "Hugo Brandvold <hugo@corbel.test>", "subject": text[:20]},
            dates={"sent": datetime(2001, 3, 4 + number, tzinfo=UTC)},
            numbers={"size": 10 * number},
            flags=frozenset({"attachment"} if number % 2 else ()),
            related={name: f"{name}{number % 2}" for name in ITEMS.relations},
        )
        for number, text in enumerate(TEXTS)
    ]
    inverter = inversion.Inverter(ITEMS)
    for document in documents:
        inverter.add(document)
    segment = postings.Segment(inverter.arrays(), ITEMS, n_documents=len(documents))
    return [reading.read(one, ITEMS) for one in documents], evaluation.Collection([segment])


def _is_related(node: syntax.Node) -> bool:
    return "Related(" in repr(node)


@target(
    '"seal failed" OR gasket',
    "seal w/5 (fail* w/3 load)",
    "seal NOT w/5 test*",
    "subject:(a OR b) AND NOT family:(seal w/5 fail*)",
    "sent:2001-01-01..2001-03-31 size:>10 has:attachment",
    "sele~2 *@danube.test f?il* *",
    "seal pre/5 (fail* AND load)",
    words='AND OR NOT w/5 pre/3 ( ) " * ? ~1 ~2 : sent: size: has: family: thread: subject: participants: .. >= @ \u201c seal fail',
    longest=400,
    pumped=16_384,
)
def query(data: bytes) -> None:
    """A query is understood or refused with its place; the index answers as the reader of each document does."""
    text = text_of(data)
    try:
        node = parser.parse(text, ITEMS)
    except parser.QuerySyntaxError as refusal:
        assert "\n" in refusal.caret()
        return
    readings, collection = _body()
    try:
        found = collection.matching(node).tolist()
        if not _is_related(node):
            assert found == [positions.matches(node, one) for one in readings]
            for one in readings:
                positions.spans(node, one)
    except positions.TooManyOccurrences:
        return


@target(
    TEXTS[0],
    "a.b@c.example \u6f22\u5b57 o'neil x_y",
    "\u0130\u00df\ufb01 e\u0301",
    words="@ . \u0301 \u200d \u6f22 _ - '",
    pumped=65_536,
)
def words_of_text(data: bytes) -> None:
    """Words lie one behind the other in the text; addresses are runs of them; all lines come out in excerpts."""
    text = text_of(data)
    found = tokens.tokenise(text)
    end = 0
    for token in found:
        assert end <= token.start < token.end <= len(text)
        end = token.end
    for address in tokens.find_addresses(text, found):
        assert address is not None
    shown = excerpts.excerpts(excerpts.lines_of(text, width=80), (), context=1)
    assert sum(part.n_lines if isinstance(part, excerpts.Fold) else 1 for part in shown) == len(
        excerpts.lines_of(text, width=80)
    )


@target(">=2001", "2001-02-28..2001-03", "1..10", ">10", "0002", words=".. >= <= < > - 9999 \u0661")
def value_range(data: bytes) -> None:
    """A range is two ends in order, or bad."""
    for is_date in (True, False):
        try:
            low, high = ranges.read(text_of(data), is_date=is_date)
        except ranges.BadRange:
            continue
        assert low is None or high is None or low <= high


@target("f*l\nfail", "*a*a*a*a\naaaaaaaa", "??\nab", words="* ? ** *a*", pumped=4_096)
def wildcard(data: bytes) -> None:
    """A pattern is matched without running away, as trying everything does on short words."""
    pattern, _, word = text_of(data).partition("\n")
    expression = spelling.wildcard(pattern)
    assert bool(expression.fullmatch(word)) == _fits(pattern[:300], word[:300]) or len(pattern) > 300 or len(word) > 300
    spelling.is_within(pattern[:60], word[:60], 2)


def _fits(pattern: str, word: str) -> bool:
    """Tell by dynamic programming whether a word fits a pattern."""
    row = [True, *(False for _ in word)]
    for sign in pattern:
        if sign == "*":
            for place in range(1, len(row)):
                row[place] |= row[place - 1]
        else:
            row = [False, *(row[place] and sign in ("?", word[place]) for place in range(len(word)))]
    return row[-1]


@target("name,query\n1,seal\n", "seal w/5 fail\n# no\n\nb OR c\n", b"\xff\xfea\0", words='" , id query name #')
def term_list(data: bytes) -> None:
    """A list of terms is read or refused, as lines and as a table."""
    for is_table in (False, True):
        try:
            lines = terms.read(data, is_table=is_table)
        except terms.UnreadableTerms:
            continue
        assert all(line.text.strip() == line.text for line in lines)
