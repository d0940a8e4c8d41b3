"""The text of a document: out of the vault, as search reads it, and as lines with hits for a page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from cursitor.engines.search import excerpts, parser, positions, reading, syntax
from cursitor.engines.search.schema import MAIL
from cursitor.lines.review.models import Document
from cursitor.plumbing.shards import searching
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob

SHOWN_CHARACTERS = 400_000
FIRST_CHARACTERS = 12_000
LINE_WIDTH = 76
CONTEXT_LINES = 2
HEADER_FIELDS = (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Bcc", "bcc"), ("Subject", "subject"))


@dataclass(frozen=True)
class Segment:
    """A piece of text; a hit has a style, the name of its highlight set and its number in the document, from 1."""

    text: str
    style: str = ""
    name: str = ""
    number: int = 0


@dataclass(frozen=True)
class TextLine:
    number: int
    segments: tuple[Segment, ...]
    is_fold: bool = False


@dataclass(frozen=True)
class FoldedLines:
    """Lines left out between excerpts, none with a hit: `n_lines` of them from line `number`."""

    number: int
    n_lines: int
    is_fold: bool = True


@dataclass(frozen=True)
class HitSet:
    """A highlight set as it hits one document. first: number of its first hit, 0 without one."""

    name: str
    style: str
    n_hits: int
    first: int


@dataclass(frozen=True)
class View:
    """
    A document as a page shows it.

    headers: (label, segments) of the address lines and the subject. excerpts: lines with hits, two around each, folds
    between; all lines when nothing hits. places: (share of the text, style) of every hit, for the strip beside it.
    is_cut: only the first 400,000 characters are shown and searched for hits.
    """

    document: Document
    headers: tuple[tuple[str, tuple[Segment, ...]], ...]
    excerpts: tuple[TextLine | FoldedLines, ...]
    lines: tuple[TextLine, ...]
    sets: tuple[HitSet, ...]
    places: tuple[tuple[float, str], ...]
    n_hits: int
    is_cut: bool

    @property
    def privilege_sets(self) -> tuple[HitSet, ...]:
        return tuple(hits for hits in self.sets if hits.style == "PRIVILEGE" and hits.n_hits)


def text_of(document: Document) -> str:
    """Return the whole text, "" where there is none. Of a message: its header lines, an empty line, its body."""
    return _text(document.text.scope, document.text.sha256) if document.text else ""


@lru_cache(maxsize=64)
def _text(scope: str, sha256: str) -> str:
    return vault.read(Blob.objects.get(scope=scope, sha256=sha256)).decode("utf-8", "replace")


def body_of(document: Document) -> str:
    """Return the text without a message's header lines, which stand in columns of their own."""
    text = text_of(document)
    if not document.sender and not document.message_id:
        return text
    head, parted, body = text.partition("\n\n")
    return body if parted and head.startswith(("From:", "To:", "Sent:", "Subject:")) else text


def searchable(document: Document, text: str) -> reading.Document:
    """Return a document as the search index takes it; its id is the primary key."""
    recipients = {name: "; ".join(document.recipients.get(name, ())) for name in ("to", "cc", "bcc")}
    fields = {
        "text": text,
        "subject": document.subject,
        "from": document.sender,
        **recipients,
        "name": document.name,
        "custodian": "; ".join(document.all_custodians or [document.custodian]),
        "kind": document.kind,
        "number": document.control_number,
    }
    return reading.Document(
        document.pk,
        text={name: value for name, value in fields.items() if value},
        dates={"sent": document.sent_at} if document.sent_at else {},
        numbers={"size": document.size} | ({"pages": document.n_pages} if document.n_pages else {}),
        flags=frozenset({"attachment"}) if document.n_children else frozenset(),
    )


@lru_cache(maxsize=512)
def understood(query: str) -> syntax.Node:
    """:raises parser.QuerySyntaxError: if the query has a mistake."""
    return parser.parse(query, MAIL)


def view(document: Document, highlights: Sequence[Mapping[str, Any]]) -> View:
    """
    Return a document with the hits of highlight sets; where two overlap, the earlier set and the longer hit win.

    highlights: [{"name", "style", "query"}], each query one that has been checked when it was saved.
    """
    body = body_of(document)
    shown = body[:SHOWN_CHARACTERS]
    spans = _spans(document, shown, highlights)
    in_text = [span for span in spans if span.field == "text"]
    lines = excerpts.lines_of(shown, width=LINE_WIDTH)
    unmarked = tuple(excerpts.Line(number, line.rstrip("\r\n"), ()) for number, line in enumerate(lines, 1))
    whole = excerpts.excerpts(lines, in_text, context=len(lines)) if in_text else unmarked
    parts = excerpts.excerpts(lines, in_text, context=CONTEXT_LINES) if in_text else whole
    return View(
        document=document,
        headers=_headers(document, spans, highlights),
        excerpts=tuple(_shown(part, highlights) for part in parts),
        lines=tuple(_shown(part, highlights) for part in whole),
        sets=_sets(in_text, highlights),
        places=tuple((span.start / max(len(shown), 1), _style(span, highlights)) for span in in_text),
        n_hits=len(in_text),
        is_cut=len(body) > len(shown),
    )


def view_of_query(document: Document, query: str) -> View:
    """
    Return a document with the hits of one query.

    :raises searching.QueryNotUnderstood: with the place of the mistake. :raises searching.QueryTooBroad.
    """
    try:
        return view(document, [{"name": query, "style": "TERM", "query": query}])
    except parser.QuerySyntaxError as error:
        raise searching.QueryNotUnderstood(error) from error
    except positions.TooManyOccurrences as error:
        raise searching.QueryTooBroad(str(error)) from error


def first_hits(document: Document, query: str, *, n: int) -> tuple[TextLine, ...]:
    """Return the first lines that a query hits in the beginning of the text, at most n; none where it hits later."""
    shown = body_of(document)[:FIRST_CHARACTERS]
    highlights = [{"name": query, "style": "TERM", "query": query}]
    in_text = [span for span in _spans(document, shown, highlights) if span.field == "text"]
    parts = excerpts.excerpts(excerpts.lines_of(shown, width=LINE_WIDTH), in_text[: 4 * n], context=0)
    found = (_shown(part, highlights) for part in parts if isinstance(part, excerpts.Line) and part.marks)
    return tuple(line for line in islice(found, n) if isinstance(line, TextLine))


def _spans(document: Document, shown: str, highlights: Sequence[Mapping[str, Any]]) -> list[positions.Span]:
    """Return hits without overlaps, in order; the term of a span is the place of its set in `highlights`."""
    found = searchable(document, shown)
    facts = (tuple(found.text.items()), tuple(found.dates.items()), tuple(found.numbers.items()), found.flags)
    return list(_hits(facts, tuple(str(highlight["query"]) for highlight in highlights)))


@lru_cache(maxsize=64)
def _hits(facts: tuple[Any, ...], queries: tuple[str, ...]) -> tuple[positions.Span, ...]:
    """Read a document (text, dates, numbers, flags, as pairs) and return its hits; kept, for the bench asks twice."""
    text, dates, numbers, flags = facts
    read = reading.read(reading.Document(0, dict(text), dict(dates), dict(numbers), flags), MAIL)
    found = [
        positions.Span(span.start, span.end, str(place), span.field)
        for place, query in enumerate(queries)
        for span in positions.spans(understood(query), read)
    ]
    found.sort(key=lambda span: (span.field, span.start, int(span.term), -span.end))
    kept: list[positions.Span] = []
    for span in found:
        if not kept or kept[-1].field != span.field or kept[-1].end <= span.start:
            kept.append(span)
    return tuple(kept)


def _style(span: positions.Span, highlights: Sequence[Mapping[str, Any]]) -> str:
    return str(highlights[int(span.term)]["style"])


def _sets(spans: Sequence[positions.Span], highlights: Sequence[Mapping[str, Any]]) -> tuple[HitSet, ...]:
    counts = Counter(span.term for span in spans)
    first: dict[str, int] = {}
    for number, span in enumerate(spans, 1):
        first.setdefault(span.term, number)
    return tuple(
        HitSet(highlight["name"], highlight["style"], counts[str(place)], first.get(str(place), 0))
        for place, highlight in enumerate(highlights)
    )


def _headers(
    document: Document, spans: Iterable[positions.Span], highlights: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, tuple[Segment, ...]], ...]:
    by_field: dict[str, list[positions.Span]] = {}
    for span in spans:
        by_field.setdefault(span.field, []).append(span)
    values = searchable(document, "").text
    found = []
    for label, field in HEADER_FIELDS:
        if text := values.get(field, ""):
            marks = [(span.start, span.end, int(span.term), 0) for span in by_field.get(field, ())]
            found.append((label, tuple(_segments(text, marks, highlights))))
    return tuple(found)


def _shown(part: excerpts.Line | excerpts.Fold, highlights: Sequence[Mapping[str, Any]]) -> TextLine | FoldedLines:
    if isinstance(part, excerpts.Fold):
        return FoldedLines(part.number, part.n_lines)
    marks = [(mark.start, mark.end, int(mark.term), mark.number) for mark in part.marks]
    return TextLine(part.number, tuple(_segments(part.text, marks, highlights)))


def _segments(
    text: str, marks: Iterable[tuple[int, int, int, int]], highlights: Sequence[Mapping[str, Any]]
) -> Iterator[Segment]:
    at = 0
    for start, end, place, number in marks:
        if start > at:
            yield Segment(text[at:start])
        highlight = highlights[place]
        yield Segment(text[start:end], str(highlight["style"]), str(highlight["name"]), number)
        at = end
    if at < len(text) or not text:
        yield Segment(text[at:])
