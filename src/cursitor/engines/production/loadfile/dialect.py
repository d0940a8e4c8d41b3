"""How a load file is written down: encoding, delimiter, qualifier; and how to tell from its bytes."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

THORN = "\u00fe"
FIELD = "\x14"
REGISTERED = "\u00ae"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DELIMITERS = (FIELD, "|", "\t", ",", ";", "^")
_QUALIFIERS = (THORN, '"', "^")
_SAMPLE_LINES = 200
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """
    The form of one load file.

    encoding: 'utf-8', 'utf-16-le', 'utf-16-be' or 'cp1252'. bom: whether the file starts with a byte-order mark.
    delimiter: one character between values. qualifier: one character around values, empty where none is used; inside
    a value it is doubled. newline_mark: the character that stands for a line break inside a value, empty where line
    breaks stand as they are. line_end: what ends a record.
    """

    name: str
    encoding: str
    delimiter: str
    qualifier: str
    newline_mark: str = ""
    bom: bool = False
    line_end: str = "\r\n"


CONCORDANCE = Dialect("CONCORDANCE", "utf-8", FIELD, THORN, newline_mark=REGISTERED, bom=True)
"""Field 0x14, qualifier thorn (0xFE), line break 0xAE, as Concordance writes them, in UTF-8 with byte-order mark."""
CONCORDANCE_CP1252 = Dialect("CONCORDANCE", "cp1252", FIELD, THORN, newline_mark=REGISTERED)
"""The same in Windows-1252, where each delimiter is the single byte of the original definition."""
CSV = Dialect("COMMA", "utf-8", ",", '"', bom=True)
PIPE = Dialect("PIPE", "utf-8", "|", '"', bom=True)

_NAMES = {FIELD: "CONCORDANCE", "|": "PIPE", "\t": "TAB", ",": "COMMA", ";": "SEMICOLON", "^": "CARET"}


def detect(sample: bytes) -> Dialect:
    """
    Return the dialect of a file from its first bytes (all of it, or the first 64 kB and more).

    The thorn is one byte, FE, in Windows-1252 and two, C3 BE, in UTF-8, so encoding is settled before delimiters are
    looked for. A file with no delimiter at all counts as comma-delimited with one column.
    """
    encoding, bom = _encoding(sample)
    draft = Dialect("", encoding, FIELD, THORN, newline_mark=REGISTERED)
    text = mend(decoder(encoding).decode(sample[len(bom) : _SAMPLE_BYTES]), draft)[0]
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()][:_SAMPLE_LINES]
    delimiter = _delimiter(lines)
    qualifier = _qualifier(lines, delimiter)
    return Dialect(
        name=_NAMES[delimiter],
        encoding=encoding,
        delimiter=delimiter,
        qualifier=qualifier,
        newline_mark=REGISTERED if qualifier == THORN else "",
        bom=bool(bom),
        line_end=_line_end(text),
    )


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Return a decoder that lets every byte through: what does not belong leaves a mark for `mend`."""
    errors = "surrogateescape" if encoding == "utf-8" else "surrogatepass"
    return codecs.getincrementaldecoder("latin-1" if encoding == "cp1252" else encoding)(errors)


def rest(decoder: codecs.IncrementalDecoder, encoding: str) -> str:
    """Return what the decoder still holds at the end of the file: half a character leaves a mark for `mend`."""
    if encoding.startswith("utf-16"):
        return "".join(chr(0xDC00 + byte) for byte in decoder.getstate()[0])
    return decoder.decode(b"", final=True)


def mend(text: str, dialect: Dialect) -> tuple[str, str]:
    """
    Return decoded text with every mark turned into a character, and the marks in hexadecimal.

    A stray byte in UTF-8 is read as Windows-1252, except FE and AE, which are the delimiters of a Concordance file
    and not told. A byte Windows-1252 does not define stays the control character of the same value. Half of a UTF-16
    pair becomes U+FFFD.
    """
    if dialect.encoding == "cp1252":
        return text.translate(_CP1252), " ".join(f"{ord(c):02X}" for c in _HOLES.findall(text))
    marks = _MARKS.findall(text)
    if not marks:
        return text, ""
    if dialect.encoding != "utf-8":
        return _MARKS.sub("\ufffd", text), " ".join(f"{ord(mark):04X}" for mark in marks)
    strays = [mark for mark in marks if not (dialect.newline_mark and mark in _DELIMITER_MARKS)]
    mended = _MARKS.sub(lambda mark: _from_cp1252(ord(mark[0]) - 0xDC00), text)
    return mended, " ".join(f"{ord(mark) - 0xDC00:02X}" for mark in strays)


def has_single_byte_delimiters(text: str) -> bool:
    """Return whether unmended UTF-8 text holds the thorn or the registered sign as a single byte."""
    return any(mark in text for mark in _DELIMITER_MARKS)


def _from_cp1252(byte: int) -> str:
    return bytes([byte]).decode("latin-1" if byte in _CP1252_HOLES else "cp1252")


_CP1252_HOLES = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_HOLES = re.compile("[\x81\x8d\x8f\x90\x9d]")
_MARKS = re.compile("[\ud800-\udfff]")
_DELIMITER_MARKS = ("\udcfe", "\udcae")
_CP1252 = {byte: _from_cp1252(byte) for byte in range(0x80, 0xA0)}


def _encoding(sample: bytes) -> tuple[str, bytes]:
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding, bom
    pairs = len(sample) // 2
    if pairs and sample[1::2].count(0) > pairs * 0.4:
        return "utf-16-le", b""
    if pairs and sample[0::2].count(0) > pairs * 0.4:
        return "utf-16-be", b""
    return _eight_bit(sample), b""


def _eight_bit(sample: bytes) -> str:
    # A file cut in the middle of a character must not count as broken.
    text = re.sub("[\udc80-\udcff]{1,3}$", "", sample.decode("utf-8", "surrogateescape"))
    strays = Counter(re.findall("[\udc80-\udcff]", text))
    if not strays:
        return "utf-8"
    n_proper = len(re.findall("[^\x00-\x7f]", text)) - strays.total()
    n_delimiters = strays["\udcfe"] + strays["\udcae"]
    return "utf-8" if n_proper > strays.total() - n_delimiters else "cp1252"


def _delimiter(lines: list[str]) -> str:
    if lines and (FIELD in lines[0] or lines[0].startswith(THORN)):
        return FIELD
    best = max(_DELIMITERS, key=lambda delimiter: _steadiness(lines, delimiter))
    return best if any(_steadiness(lines, best)) else ","


def _steadiness(lines: list[str], delimiter: str) -> tuple[int, int]:
    counts = sorted(line.count(delimiter) for line in lines if delimiter != "^" or "|" not in line)
    if not counts:
        return 0, 0
    # The lower quartile survives a few faulty rows and continued lines; the mode counts rows of the same width.
    typical = counts[len(counts) // 4]
    return (Counter(counts)[typical] if typical else 0), typical


def _qualifier(lines: list[str], delimiter: str) -> str:
    if delimiter == FIELD:
        return THORN
    field = re.escape(delimiter)
    for qualifier in _QUALIFIERS:
        mark = re.escape(qualifier)
        wrapped = re.compile(f"(?:^|{field}){mark}[^{mark}]*{mark}(?:{field}|$)")
        if qualifier != delimiter and any(wrapped.search(line) for line in lines):
            return qualifier
    return '"' if delimiter in ",;\t" else ""


def _line_end(text: str) -> str:
    if "\n" not in text:
        return "\r" if "\r" in text else "\r\n"
    return "\r\n" if "\r\n" in text else "\n"
