"""
Image load files: which image file is which page of which document.

Opticon (OPT): seven columns, one row a page (ImageKey, Volume, Path, DocBreak, FolderBreak, BoxBreak, PageCount).
IPRO (LFP): IM,key,D,offset,@volume;folder;file;type, and OF,key,... for natives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cursitor.engines.production import layout, numbering, paths
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.loadfile import dialect as dialects
from cursitor.engines.production.loadfile.dialect import Dialect

OPTICON_COLUMNS = ("ImageKey", "Volume", "Path", "DocBreak", "FolderBreak", "BoxBreak", "PageCount")
_BREAK, _COUNT = 3, 6
_LONGEST_NUMBER = 9
_LFP_KINDS = {"IM": "IMAGE", "OF": "NATIVE"}
_LFP_PLACE = re.compile(r"@(?P<volume>[^;]*);(?P<folder>[^;]*);(?P<file>[^;,]*)(?:;(?P<type>[^,;]*))?")


class Format(StrEnum):
    """Which image load file it is."""

    OPTICON = "OPTICON"
    LFP = "LFP"


@dataclass(frozen=True)
class ImageRow:
    """
    One page, or one document in one file.

    row: line, from 1. key: as written. path: safe, relative, forward slashes; None where empty or unsafe. raw: the
    path as written. starts: whether a document begins here. page_count: as recorded on its first row, None if not.
    offset: page inside a file of several, from 1; 0 where the file is the page. kind: type of an LFP row.
    """

    row: int
    key: str
    volume: str
    path: str | None
    raw: str
    starts: bool
    page_count: int | None = None
    offset: int = 0
    kind: str = ""


@dataclass(frozen=True)
class ImageDocument:
    """The rows of one document. key: that of the first. n_pages: rows, or the count of the one row of a whole file."""

    key: str
    rows: tuple[ImageRow, ...]

    @property
    def n_pages(self) -> int:
        """Return how many pages the document has."""
        recorded = self.rows[0].page_count
        return recorded if len(self.rows) == 1 and recorded else len(self.rows)


@dataclass(frozen=True)
class ImageFile:
    """An image load file read to its end. natives: key -> path of the natives an LFP names."""

    format: Format
    documents: tuple[ImageDocument, ...]
    natives: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def n_pages(self) -> int:
        """Return the pages of all documents."""
        return sum(document.n_pages for document in self.documents)


def is_image_file(data: bytes) -> Format | None:
    """
    Return which image load file the bytes are, None if they are another kind of file.

    >>> is_image_file(b"A-1,VOL1,IMAGES\\\\A-1.tif,Y,,,2"), is_image_file(b"IM,A-1,D,0,@V;I;A-1.tif;2")
    (<Format.OPTICON: 'OPTICON'>, <Format.LFP: 'LFP'>)
    """
    lines = [text for _, text in _lines(data[: 1 << 16]) if text.strip()][:50]
    if not lines:
        return None
    if sum(line.split(",", 1)[0] in _LFP_KINDS for line in lines) * 2 > len(lines):
        return Format.LFP
    fields = [line.split(",") for line in lines]
    n_fitting = sum(len(one) in (6, 7, 8) and _is_break(one) and "." in one[2] for one in fields)
    return Format.OPTICON if n_fitting * 2 > len(lines) else None


def _is_break(fields: Sequence[str]) -> bool:
    return fields[_BREAK].strip().upper() in ("", "Y", "N")


def read(data: bytes) -> ImageFile:
    """Return the image load file in `data`; whatever is amiss stands in its findings, and nothing in it raises."""
    form = Format.LFP if is_image_file(data) is Format.LFP else Format.OPTICON
    findings: list[Finding] = []
    rows: list[ImageRow] = []
    natives: dict[str, str] = {}
    for number, text in _lines(data):
        if not text.strip():
            findings.append(found("ROW_BLANK", row=number))
        elif form is Format.LFP:
            _take_lfp(number, text, rows, natives, findings)
        else:
            rows.append(_opticon_row(number, text, findings, is_first=not rows))
    if not rows and not natives:
        findings.append(found("FILE_EMPTY"))
    findings += _key_faults(rows)
    documents = tuple(_documents(rows))
    findings += _count_faults(documents) if form is Format.OPTICON else []
    return ImageFile(form, documents, natives, tuple(sorted(findings, key=lambda finding: finding.row)))


def write_opticon(documents: Iterable[ImageDocument]) -> bytes:
    r"""
    Return an Opticon file in Windows-1252 with CRLF; the break and the page count stand on first pages alone.

    :raises ValueError: if a key, volume or path holds a comma, a line break or what the encoding lacks.

    >>> page = ImageRow(1, "A-1", "VOL1", "IMAGES/A-1.tif", "", True)
    >>> write_opticon([ImageDocument("A-1", (page,))])
    b'A-1,VOL1,IMAGES\\A-1.tif,Y,,,1\r\n'
    """
    lines = []
    for document in documents:
        for place, row in enumerate(document.rows):
            first = ("Y", "", "", str(document.n_pages)) if place == 0 else ("", "", "", "")
            lines.append(_line((row.key, row.volume, layout.as_link(row.path or row.raw), *first)))
    return _encoded(lines)


def write_lfp(documents: Iterable[ImageDocument]) -> bytes:
    r"""
    Return an LFP file. Types: 2 Group IV TIFF, 4 JPEG and other colour, 7 PDF.

    >>> page = ImageRow(1, "A-1", "VOL1", "IMAGES/0001/A-1.tif", "", True)
    >>> write_lfp([ImageDocument("A-1", (page,))])
    b'IM,A-1,D,0,@VOL1;IMAGES\\0001;A-1.tif;2\r\n'
    """
    lines = []
    for document in documents:
        for place, row in enumerate(document.rows):
            folder, _, name = (row.path or row.raw).replace("\\", "/").rpartition("/")
            where = f"@{row.volume};{layout.as_link(folder)};{name};{row.kind or _type_of(name)}"
            lines.append(_line(("IM", row.key, "D" if place == 0 else " ", str(row.offset), where)))
    return _encoded(lines)


def _type_of(name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    return {"tif": "2", "tiff": "2", "pdf": "7"}.get(extension, "4")


def _line(values: Sequence[str]) -> str:
    for value in values:
        if re.search(r"[,\r\n\0]", value):
            raise ValueError(f"{value!r} cannot stand in an image load file.")
    return ",".join(values)


def _encoded(lines: Sequence[str]) -> bytes:
    try:
        return "".join(f"{line}\r\n" for line in lines).encode("cp1252")
    except UnicodeEncodeError as failure:
        raise ValueError(
            f"{failure.object[failure.start : failure.end]!r} cannot be written in Windows-1252."
        ) from None


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    text = _decoded(data)
    ends = "\r" if "\n" not in text else "\n"
    lines = text.split(ends)
    if lines and not lines[-1]:
        lines.pop()
    yield from ((number, line.strip("\r\x1a")) for number, line in enumerate(lines, 1))


def _decoded(data: bytes) -> str:
    found_dialect = dialects.detect(data[: 1 << 16])
    plain = Dialect("", found_dialect.encoding, ",", "")
    decoder = dialects.decoder(plain.encoding)
    text = decoder.decode(data) + dialects.rest(decoder, plain.encoding)
    return dialects.mend(text.removeprefix("\ufeff"), plain)[0]


def _opticon_row(number: int, text: str, findings: list[Finding], *, is_first: bool) -> ImageRow:
    fields = [value.strip().strip('"') for value in text.split(",")]
    if len(fields) < len(OPTICON_COLUMNS):
        missing = OPTICON_COLUMNS[len(fields)]
        findings.append(found("ROW_SHORT", row=number, column=missing, value=text))
        fields += [""] * (len(OPTICON_COLUMNS) - len(fields))
    elif any(fields[len(OPTICON_COLUMNS) :]):
        findings.append(found("ROW_LONG", row=number, value=text))
    mark = fields[_BREAK]
    starts = mark.upper() == "Y"
    if mark == "y":
        findings.append(found("BREAK_LOWER_CASE", row=number, column="DocBreak", value=mark))
    elif mark.upper() not in ("", "Y", "N"):
        findings.append(found("BREAK_UNKNOWN", row=number, column="DocBreak", value=mark))
    if is_first and not starts:
        findings.append(found("BREAK_FIRST_MISSING", row=number, column="DocBreak", value=mark))
    count = _count(number, fields, findings)
    if count is not None and not starts and not is_first:
        findings.append(found("COUNT_STRAY", row=number, column="PageCount", value=str(count)))
    path = _path(number, fields[2], findings)
    return ImageRow(number, fields[0], fields[1], path, fields[2], starts or is_first, count)


def _count(number: int, fields: Sequence[str], findings: list[Finding]) -> int | None:
    """Return the page count; some tools write it two columns too early, where a folder break would stand."""
    value, column = fields[_COUNT], "PageCount"
    if not value:
        misplaced = next((place for place in (4, 5) if fields[place].isdigit()), None)
        if misplaced is None:
            return None
        value, column = fields[misplaced], OPTICON_COLUMNS[misplaced]
        findings.append(found("COUNT_MISPLACED", row=number, column=column, value=value))
    if not value.isascii() or not value.isdigit() or len(value) > _LONGEST_NUMBER:
        findings.append(found("PAGE_COUNT_UNREADABLE", row=number, column=column, value=value))
        return None
    return int(value)


def _path(number: int, raw: str, findings: list[Finding]) -> str | None:
    try:
        path = paths.inside_volume(raw)
    except paths.UnsafePath as unsafe:
        findings.append(found(unsafe.code, row=number, column="Path", value=raw))
        return None
    if not path:
        findings.append(found("IMAGE_PATH_MISSING", row=number, column="Path", value=raw))
    return path or None


def _take_lfp(number: int, text: str, rows: list[ImageRow], natives: dict[str, str], findings: list[Finding]) -> None:
    fields = [value.strip() for value in text.split(",")]
    place = _LFP_PLACE.search(text)
    if fields[0] not in _LFP_KINDS:
        findings.append(found("RECORD_UNKNOWN", row=number, value=text))
        return
    if place is None or len(fields) < 3:
        findings.append(found("ROW_SHORT", row=number, column="Path", value=text))
        return
    raw = f"{place['folder']}/{place['file']}" if place["folder"] else place["file"]
    path = _path(number, raw, findings)
    if fields[0] == "OF":
        natives[fields[1]] = path or ""
        return
    starts = fields[2].upper() in ("D", "C")
    if not rows and not starts:
        findings.append(found("BREAK_FIRST_MISSING", row=number, column="DocBreak", value=fields[2]))
    told = fields[3] if len(fields) > 3 and len(fields[3]) <= _LONGEST_NUMBER else ""
    offset = int(told) if told.isascii() and told.isdigit() else 0
    rows.append(
        ImageRow(number, fields[1], place["volume"], path, raw, starts or not rows, None, offset, place["type"] or "")
    )


def _key_faults(rows: Sequence[ImageRow]) -> Iterator[Finding]:
    seen: set[str] = set()
    for row in rows:
        if not row.key:
            yield found("IMAGE_KEY_MISSING", row=row.row, column="ImageKey", value=row.raw)
        elif row.key in seen:
            yield found("IMAGE_KEY_DUPLICATE", row=row.row, column="ImageKey", value=row.key)
        seen.add(row.key)


def _documents(rows: Sequence[ImageRow]) -> Iterator[ImageDocument]:
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place].starts:
            yield ImageDocument(rows[start].key, tuple(rows[start:place]))
            start = place


def _count_faults(documents: Sequence[ImageDocument]) -> Iterator[Finding]:
    is_page_by_page = any(len(document.rows) > 1 for document in documents)
    for document in documents:
        first = document.rows[0]
        if first.page_count is None:
            yield found("COUNT_MISSING", row=first.row, column="PageCount", value=first.key)
        elif (is_page_by_page or first.page_count == 0) and first.page_count != len(document.rows):
            yield found("PAGE_COUNT_DIFFERS", row=first.row, column="PageCount", value=str(first.page_count))
        yield from _sequence_faults(document)


def _sequence_faults(document: ImageDocument) -> Iterator[Finding]:
    """Yield where a key that ends in a number is not followed by the next; keys of another form are left alone."""
    latest: numbering.ControlNumber | None = None
    for row in document.rows:
        try:
            number = numbering.parse(row.key)
        except numbering.NotAControlNumber:
            return
        if latest is not None and not latest.precedes(number):
            yield found("IMAGE_KEY_SEQUENCE", row=row.row, column="ImageKey", value=row.key)
        latest = number
