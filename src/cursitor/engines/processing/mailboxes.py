"""Splitting of mailbox files (mbox and its relatives) without reading them whole."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cursitor.engines.processing import parcels
from cursitor.engines.processing.containers import HELD_BYTES, Child
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Budget, Limits

_WINDOW = 4 * 1024 * 1024
_LINE = 1024 * 1024
_PIECE = 64 * 1024
_FROM = b"From "
_FROM_WITH_TIME = re.compile(rb"From .{0,300}\d:\d\d")
_FROM_ALONE = re.compile(rb"From \S+[ \t]*\r?\n?$")
_FROM_DASH = re.compile(rb"From -[ \t]*\r?\n?$")
_HEADER_LINE = re.compile(rb">?From |[!-9;-~]{1,76}:")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_BARE_FROM = re.compile(rb"^From ", re.M)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,15})[ \t]*\r?$", re.I | re.M)
_HEADER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Span:
    """
    Where one message lies: at is the place of its `From ` line, [start, end) its bytes behind that line.

    has_true_length: its header said where it ends.
    """

    at: int
    start: int
    end: int
    has_true_length: bool = False


def read_mbox(file: BinaryIO, limits: Limits) -> Iterator[Child]:
    """
    Yield the messages of a mailbox file, holding no more than one of them.

    Reads mboxo, mboxrd, mboxcl and mboxcl2: a message ends where its Content-Length says, if a `From ` line or the
    end indeed follows there, and else at a `From ` line: one with a time of day (or a bare dash) before a header
    line, or after an empty line any other that has a single word and headers, or a time, behind it. Quoting of
    `From ` is taken back, except where a Content-Length holds and unquoted lines show that there is none.
    A message larger than `item_bytes` comes out as a child with an exception.
    Source: Hall, "mbox formats", qmail 1.01 mbox(5); RFC 4155.
    :raises ProcessingException: corrupt, when the file does not begin with a `From ` line.
    :raises LimitHit: when there are more messages or bytes than allowed.
    """
    budget = Budget(limits)
    for span in spans(file):
        budget.count_child()
        budget.count_bytes(span.end - span.start)
        yield message_at(file, span, budget.n_children, limits)


def message_at(file: BinaryIO, span: Span, position: int, limits: Limits) -> Child:
    """Return the message at a span as the child of a position counted from 1."""
    name = f"message-{position:06}.eml"
    if span.end - span.start > limits.item_bytes:
        message = f"The message is larger than {limits.item_bytes:,} bytes."
        return Child(name, exception=LimitHit(Stage.EXPAND, Class.LIMIT_HIT, message))
    if span.end - span.start > HELD_BYTES and not _is_quoted(file, span):
        return Child(name, file=io.BufferedReader(parcels.Window(file, span.start, span.end), _LINE))
    file.seek(span.start)
    data = file.read(span.end - span.start)
    if span.has_true_length and _BARE_FROM.search(data):
        return Child(name, data)
    return Child(name, _QUOTED_FROM.sub(rb"\1", data) if b">From " in data else data)


def _is_quoted(file: BinaryIO, span: Span) -> bool:
    """Tell whether quoting of `From ` may have to be taken back in a message."""
    file.seek(span.start)
    tail, left = b"", span.end - span.start
    while piece := file.read(min(_WINDOW, left)):
        if b">From " in tail + piece:
            return True
        tail, left = piece[-len(b">From ") :], left - len(piece)
    return False


def spans(file: BinaryIO, begin: int | None = None) -> Iterator[Span]:
    """
    Yield where the messages of a seekable mailbox file lie, in their order.

    begin: the `at` of the message to begin with, None for the first.
    :raises ProcessingException: corrupt, when the file does not begin with a `From ` line.
    """
    window = _Window(file)
    at = _skipped(window) if begin is None else begin
    if window.bytes_at(at, 5) != _FROM:
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, 'The mailbox does not begin with a "From " line.')
    while True:
        start = at + len(window.line(at))
        body, has_true_length = _body(window, start)
        following = _separator(window, body)
        end = following if following >= 0 else window.size
        yield Span(at, start, end if has_true_length else _without_separator(window, start, end), has_true_length)
        if following < 0:
            return
        at = following


class _Window:
    """A view of a file in which one searches and looks at lines, holding only a few megabytes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        self.base = 0
        self.buffer = b""

    def bytes_at(self, at: int, n_bytes: int) -> bytes:
        if not (self.base <= at and at + n_bytes <= self.base + len(self.buffer)):
            self.load(at, n_bytes)
        return self.buffer[at - self.base : at - self.base + n_bytes]

    def load(self, at: int, n_bytes: int = 0) -> None:
        self.file.seek(at)
        self.base, self.buffer = at, self.file.read(max(_WINDOW, n_bytes))

    def find(self, wanted: bytes, at: int) -> int:
        """Return where the bytes are found from a place on, -1 if nowhere."""
        while at + len(wanted) <= self.size:
            if not (self.base <= at and at + len(wanted) <= self.base + len(self.buffer)):
                self.load(at)
                if len(self.buffer) < len(wanted):
                    return -1
            found = self.buffer.find(wanted, at - self.base)
            if found >= 0:
                return self.base + found
            at = self.base + len(self.buffer) - len(wanted) + 1
        return -1

    def line(self, at: int) -> bytes:
        """Return the line that begins at a place with its end, at most one megabyte of it."""
        end = self.find(b"\n", at)
        end = self.size if end < 0 else end + 1
        return self.bytes_at(at, min(end - at, _LINE))


def _skipped(window: _Window) -> int:
    at = 3 if window.bytes_at(0, 3) == b"\xef\xbb\xbf" else 0
    while (line := window.line(at)) and not line.strip(b"\r\n"):
        at += len(line)
    return at


def _body(window: _Window, start: int) -> tuple[int, bool]:
    """Return from where a separator may come, and whether a Content-Length said so."""
    # The newline of the `From ` line belongs to the search: a message may have no header at all.
    end = _header_end(window, start)
    if end < 0:
        return window.size, False
    lengths = _CONTENT_LENGTH.findall(window.bytes_at(start, min(end - start, _HEADER_BYTES)))
    if lengths:
        at = end + int(lengths[-1])
        if at == window.size or (at < window.size and window.bytes_at(at, 16).lstrip(b"\r\n").startswith(_FROM)):
            return at, True
    return end, False


def _header_end(window: _Window, start: int) -> int:
    if window.bytes_at(start, 2) == b"\r\n" or window.bytes_at(start, 1) == b"\n":
        return start + len(window.line(start))
    # In pieces, so that a long header costs its own length and not that of the file behind it.
    while True:
        piece = window.bytes_at(start, _PIECE)
        match = _BLANK_LINE.search(piece)
        if match:
            return start + match.end()
        if start + len(piece) >= window.size:
            return -1
        start += len(piece) - 2


def _separator(window: _Window, body: int) -> int:
    """Return where the next line that separates messages begins, -1 if there is none."""
    if window.bytes_at(body, 5) == _FROM and _separates(window, body, blank_before=True):
        return body
    at = body - 1
    while (at := window.find(b"\nFrom ", at)) >= 0:
        before = window.bytes_at(max(0, at - 2), min(2, at))
        blank = at + 1 == body or before.endswith(b"\n") or before == b"\n\r"
        if _separates(window, at + 1, blank_before=blank):
            return at + 1
        at += 1
    return -1


def _separates(window: _Window, at: int, *, blank_before: bool) -> bool:
    line = window.line(at)
    following = window.line(at + len(line))
    has_time = bool(_FROM_WITH_TIME.match(line))
    if _HEADER_LINE.match(following):
        return has_time or bool(_FROM_DASH.match(line)) or (blank_before and bool(_FROM_ALONE.match(line)))
    return blank_before and has_time and not following.strip()


def _without_separator(window: _Window, start: int, end: int) -> int:
    tail = window.bytes_at(max(start, end - 4), min(4, end - start))
    if tail.endswith(b"\r\n\r\n"):
        return end - 2
    return end - 1 if tail.endswith(b"\n\n") else end
