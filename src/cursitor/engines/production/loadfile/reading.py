"""Read a load file record by record, naming whatever is amiss and losing nothing."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cursitor.engines.production import names
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.loadfile import dialect as dialects
from cursitor.engines.production.loadfile.dialect import Dialect

_RECORD_CHARACTERS = 1 << 25
_STRAY_LINES = 64


@dataclass(frozen=True)
class Record:
    """
    One record.

    row: line on which it starts, from 1. values: one per column, padded with "" where the record was short. surplus:
    values beyond the last column.
    """

    row: int
    values: tuple[str, ...]
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadFile:
    """A load file read to its end. header: one distinct, non-empty name per column. findings: in order of rows."""

    dialect: Dialect
    header: tuple[str, ...]
    rows: tuple[Record, ...]
    findings: tuple[Finding, ...]

    def value(self, record: Record, column: str) -> str:
        """
        Return the value of one column.

        :raises ValueError: if there is no such column.
        """
        return record.values[self.header.index(column)]


def read(data: bytes, *, dialect: Dialect | None = None, header: bool | None = None) -> LoadFile:
    """
    Return the load file in `data`; whatever is amiss stands in its findings, and nothing in it raises.

    dialect: taken from the bytes where None. header: whether the first record names the columns; judged where None.
    Line breaks inside values come back as a line feed.
    """
    dialect = dialect or dialects.detect(data)
    findings: list[Finding] = []
    rows: list[Record] = []
    columns: tuple[str, ...] = ()
    for item in records([data], dialect=dialect):
        if isinstance(item, Finding):
            findings.append(item)
            continue
        if not columns:
            has_header = names.looks_like_header(item.values) if header is None else header
            columns, amiss = _columns(item, has_header=has_header)
            findings.extend(amiss)
            if has_header:
                continue
        record, amiss = _fit(item, columns, dialect)
        findings.extend(amiss)
        rows.append(record)
    if not columns:
        findings.append(found("FILE_EMPTY"))
    return LoadFile(dialect, columns, tuple(rows), tuple(_with_column_names(findings, columns)))


def records(chunks: Iterable[bytes], *, dialect: Dialect) -> Iterator[Record | Finding]:
    """
    Yield every record of a file that comes in pieces, and what is amiss, in the order of the file.

    chunks: consecutive pieces of any size, from the first byte. The first record may be the header: it comes out like
    any other. A finding about one value gives the value's position, from 1, as its column. Memory: one piece and one
    record (a value not closed within 32 Mi characters, or over 64 lines with stray qualifiers, counts as unterminated).
    """
    source = _Source(_lines(chunks, dialect))
    width = 0
    for line in source:
        yield from line.amiss
        if not line.text.strip(" \r"):
            yield found("ROW_BLANK", row=line.row)
            continue
        values, amiss = _read_record(line, source, dialect, width)
        yield from amiss
        width = width or len(values)
        if dialect.newline_mark:
            values = [value.replace(dialect.newline_mark, "\n") for value in values]
        yield Record(line.row, tuple(values))


@dataclass(frozen=True)
class _Line:
    row: int
    text: str
    amiss: tuple[Finding, ...] = ()


class _Source:
    """
    Lines one after another, with the possibility to put some back.

    barren_until: row before which no value can close that opens now, because a search up to there found nothing.
    """

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._returned: deque[_Line] = deque()
        self.barren_until = 0

    def __iter__(self) -> Iterator[_Line]:
        return self

    def __next__(self) -> _Line:
        return self._returned.popleft() if self._returned else next(self._lines)

    def put_back(self, lines: Sequence[_Line]) -> None:
        self._returned.extendleft(reversed(lines))


def _lines(chunks: Iterable[bytes], dialect: Dialect) -> Iterator[_Line]:
    is_mixed = False
    for row, raw in enumerate(_broken(chunks, dialect), 1):
        amiss = []
        if not is_mixed and dialect.newline_mark and dialects.has_single_byte_delimiters(raw):
            is_mixed = dialect.encoding == "utf-8"
            amiss += [found("ENCODING_MIXED", row=row)] if is_mixed else []
        text, strays = dialects.mend(raw, dialect)
        if strays:
            amiss.append(found("ENCODING_STRAY_BYTE", row=row, value=strays))
        yield _Line(row, text, tuple(amiss))


def _broken(chunks: Iterable[bytes], dialect: Dialect) -> Iterator[str]:
    decoder = dialects.decoder(dialect.encoding)
    line_end = "\r" if dialect.line_end == "\r" else "\n"
    held, is_start = "", True
    for chunk in chunks:
        held += decoder.decode(chunk)
        if is_start and held:
            held, is_start = held.removeprefix("\ufeff"), False
        *whole, held = held.split(line_end)
        yield from (line.removesuffix("\r") for line in whole)
    held += dialects.rest(decoder, dialect.encoding)
    if held:
        yield held.removesuffix("\r")


def _read_record(line: _Line, source: _Source, dialect: Dialect, width: int) -> tuple[list[str], tuple[Finding, ...]]:
    values = _quick(line.text, dialect)
    if values is not None:
        return values, ()
    scan = _scan(line.text, dialect)
    taken = [line]
    if scan.open_at is not None:
        taken, scan = _gather(line, source, dialect, width)
    findings = [finding for follower in taken[1:] for finding in follower.amiss]
    raw = "\n".join(part.text for part in taken)
    findings += [found(code, row=line.row, column=str(position), value=raw) for code, position in scan.amiss]
    return scan.values, tuple(findings)


def _quick(text: str, dialect: Dialect) -> list[str] | None:
    """Return the values of a line whose qualifiers are in order, or None where it takes a closer look."""
    delimiter, qualifier = dialect.delimiter, dialect.qualifier
    if not qualifier or qualifier not in text:
        return text.split(delimiter)
    if len(text) > 1 and text[0] == qualifier == text[-1]:
        values = text[1:-1].split(qualifier + delimiter + qualifier)
        if text.count(qualifier) == 2 * len(values):
            return values
    return None


@dataclass
class _Scan:
    """
    The values of a text. open_at: where a value starts that never closes. ends_at: where the record ends, if at a
    line break inside the text. amiss: (code, position of the value from 1). pieces, piece_at: what the open value
    holds so far, and from where on nothing of it is held yet.
    """

    values: list[str] = field(default_factory=list)
    amiss: list[tuple[str, int]] = field(default_factory=list)
    open_at: int | None = None
    ends_at: int | None = None
    pieces: list[str] = field(default_factory=list)
    piece_at: int = 0


def _gather(first: _Line, source: _Source, dialect: Dialect, width: int) -> tuple[list[_Line], _Scan]:
    """Take lines until the value open at the end of the first closes, or judge that it never does."""
    scan = _scan(first.text, dialect)
    alone = _closed(first.text, scan, dialect)
    never_closed = ("QUALIFIER_UNTERMINATED", len(scan.values) + 1)
    if first.row < source.barren_until:
        return [first], alone
    taken, n_characters, n_scans, n_scanned = [first], len(first.text), 0, len(first.text)
    odd_run = _odd_run(dialect.qualifier)
    for line in source:
        taken.append(line)
        n_characters += len(line.text)
        if odd_run.search(line.text):
            n_scans += 1
            text = "\n".join(part.text for part in taken)
            _scan_on(scan, text, n_scanned, dialect)
            n_scanned = len(text)
            if scan.open_at is None or never_closed in scan.amiss:
                break
        if n_characters > _RECORD_CHARACTERS or n_scans > _STRAY_LINES:
            break
    if n_scans == 0:
        source.barren_until = taken[-1].row
    if scan.open_at is not None or _is_two_records(scan, taken[1].text, dialect, width or len(alone.values)):
        source.put_back(taken[1:])
        return [first], alone
    if scan.ends_at is not None:
        n_lines = "\n".join(part.text for part in taken).count("\n", 0, scan.ends_at) + 1
        source.put_back(taken[n_lines:])
        taken = taken[:n_lines]
    return taken, scan


def _odd_run(qualifier: str) -> re.Pattern[str]:
    mark = re.escape(qualifier)
    return re.compile(f"(?<!{mark}){mark}(?:{mark}{mark})*(?!{mark})")


def _closed(text: str, scan: _Scan, dialect: Dialect) -> _Scan:
    assert scan.open_at is not None
    rest = text[scan.open_at + 1 :].split(dialect.delimiter)
    return _Scan(scan.values + rest, [*scan.amiss, ("QUALIFIER_UNTERMINATED", len(scan.values) + 1)])


def _is_two_records(joined: _Scan, second: str, dialect: Dialect, width: int) -> bool:
    if len(joined.values) == width:
        return False
    alone = _scan(second, dialect)
    return alone.open_at is None and len(alone.values) == width


def _scan(text: str, dialect: Dialect) -> _Scan:
    scan = _Scan()
    _scan_from(scan, text, 0, dialect)
    return scan


def _scan_on(scan: _Scan, text: str, n_scanned: int, dialect: Dialect) -> None:
    """Go on with the value that is open where more text has come; what was scanned is not scanned again."""
    assert scan.open_at is not None
    start, scan.open_at = scan.open_at, None
    _scan_from(scan, text, _take_rest(scan, text, start, n_scanned, dialect), dialect)


def _scan_from(scan: _Scan, text: str, at: int, dialect: Dialect) -> None:
    while at <= len(text) and scan.open_at is None and scan.ends_at is None:
        if dialect.qualifier and text.startswith(dialect.qualifier, at):
            at = _take_qualified(scan, text, at, dialect)
        else:
            end = text.find(dialect.delimiter, at)
            end = len(text) if end < 0 else end
            scan.values.append(text[at:end])
            at = end + 1


def _take_qualified(scan: _Scan, text: str, start: int, dialect: Dialect) -> int:
    """
    Take one qualified value into the scan and return where the next one starts.

    A run of qualifiers stands for half as many; an odd run closes the value if a delimiter or the end follows. An odd
    run that itself follows a delimiter or a line break opens the next value: then this one was never closed.
    """
    scan.pieces, scan.piece_at = [], start + 1
    return _take_rest(scan, text, start, start + 1, dialect)


def _take_rest(scan: _Scan, text: str, start: int, at: int, dialect: Dialect) -> int:
    """Take what is left, from `at`, of the qualified value that begins at `start`; see `_take_qualified`."""
    delimiter, qualifier = dialect.delimiter, dialect.qualifier
    pieces, position = scan.pieces, len(scan.values) + 1
    for run in re.compile(f"{re.escape(qualifier)}+").finditer(text, at):
        length = run.end() - run.start()
        before = text[run.start() - 1] if run.start() > start + 1 else ""
        after = text[run.end() : run.end() + 1]
        is_odd = length % 2 == 1
        if is_odd and after not in ("", delimiter) and before and before in (delimiter, "\n"):
            scan.values.append("".join(pieces) + text[scan.piece_at : run.start() - 1])
            scan.amiss.append(("QUALIFIER_UNTERMINATED", position))
            scan.ends_at = run.start() - 1 if before == "\n" else None
            return run.start()
        is_closing = is_odd and after in ("", delimiter)
        pieces.append(text[scan.piece_at : run.start()] + qualifier * ((length + (not is_closing)) // 2))
        scan.piece_at = run.end()
        if is_closing:
            scan.values.append("".join(pieces))
            return run.end() + 1
        if is_odd:
            scan.amiss.append(("QUALIFIER_STRAY", position))
    scan.open_at = start
    return len(text) + 1


def _columns(record: Record, *, has_header: bool) -> tuple[tuple[str, ...], list[Finding]]:
    if has_header:
        columns, changed = names.distinct(record.values)
        return columns, [found(code, row=record.row, column=name) for code, name in changed]
    columns = tuple(f"Column {position}" for position in range(1, len(record.values) + 1))
    return columns, [found("HEADER_MISSING", row=record.row)]


def _fit(record: Record, columns: Sequence[str], dialect: Dialect) -> tuple[Record, list[Finding]]:
    n_missing = len(columns) - len(record.values)
    if n_missing == 0:
        return record, []
    raw = dialect.delimiter.join(record.values)
    if n_missing > 0:
        padded = record.values + ("",) * n_missing
        first_missing = columns[len(record.values)]
        return Record(record.row, padded), [found("ROW_SHORT", row=record.row, column=first_missing, value=raw)]
    surplus = record.values[len(columns) :]
    code = "ROW_LONG" if any(surplus) else "ROW_SURPLUS_EMPTY"
    fitted = Record(record.row, record.values[: len(columns)], surplus)
    return fitted, [found(code, row=record.row, value=raw)]


def _with_column_names(findings: Iterable[Finding], columns: Sequence[str]) -> Iterator[Finding]:
    for finding in findings:
        position = int(finding.column) if finding.code.startswith("QUALIFIER_") else 0
        yield replace(finding, column=columns[position - 1]) if 0 < position <= len(columns) else finding
