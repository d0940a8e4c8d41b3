"""
Rich text as Outlook keeps it: decompression, and the text or the HTML inside.

Sources: MS-OXRTFCP (compressed RTF) and MS-OXRTFEX (HTML and plain text encapsulated in RTF), Microsoft Open
Specifications; RTF 1.9.1 for the control words.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field, replace

from cursitor.engines.processing import charsets
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_COMPRESSED, _STORED = b"LZFu", b"MELA"
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
# Groups whose words are not words of the document.
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata datastore latentstyles rsidtbl generator listtable "
    b"listoverridetable xmlnstbl filetbl revtbl mmathPr pgptbl pntext fldinst bkmkstart bkmkend nonshppict "
    b"colorschememapping wgrffmtfilter blipuid mhtmltag".split()
)
_SPOKEN = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"cell": "\t",
    b"tab": "\t",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
    b"endash": "\u2013",
    b"emdash": "\u2014",
    b"~": "\u00a0",
    b"_": "\u2011",
}
# \\fcharset numbers of RTF 1.9.1 with the code page each stands for.
_FONT_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip


def decompress(data: bytes, at_most: int) -> bytes:
    """
    Return the RTF of a PidTagRtfCompressed value.

    :raises ProcessingException: corrupt, when header, size or checksum do not hold; limit hit, beyond at_most bytes.
    """
    if len(data) < 16:
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The compressed rich text is shorter than its header.")
    _, raw_size, kind, checksum = struct.unpack("<II4sI", data[:16])
    if raw_size > at_most:
        raise ProcessingException(Stage.READ, Class.LIMIT_HIT, f"The rich text says it has {raw_size:,} bytes.")
    if kind == _STORED:
        return data[16 : 16 + raw_size]
    if kind != _COMPRESSED:
        raise ProcessingException(Stage.READ, Class.CORRUPT, f"Compressed rich text of unknown kind {kind!r}.")
    if _checksum(data[16:]) != checksum:
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The compressed rich text fails its checksum.")
    return _expanded(data, raw_size)


def _checksum(data: bytes) -> int:
    # MS-OXRTFCP starts its CRC at zero and does not invert it at the end; zlib does both.
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _expanded(data: bytes, raw_size: int) -> bytes:
    window = bytearray(_DICTIONARY.ljust(4096))
    write, position, out = len(_DICTIONARY), 16, bytearray()
    while position < len(data) and len(out) < raw_size:
        flags = data[position]
        position += 1
        for bit in range(8):
            if flags >> bit & 1:
                reference = data[position : position + 2]
                position += 2
                offset, length = int.from_bytes(reference, "big") >> 4, (reference[-1:] or b"\0")[0] % 16 + 2
                if len(reference) < 2 or offset == write:
                    return bytes(out[:raw_size])
                piece = bytearray()
                for step in range(length):
                    window[write] = window[(offset + step) % 4096]
                    piece.append(window[write])
                    write = (write + 1) % 4096
                out += piece
            elif position < len(data):
                window[write] = data[position]
                out.append(data[position])
                write, position = (write + 1) % 4096, position + 1
    return bytes(out[:raw_size])


@dataclass
class _Group:
    """What a brace pair inherits: whether it is read, its code page, how many fallback characters follow a \\u."""

    silent: bool = False
    fonts: bool = False
    html_only: bool = False
    suppressed: bool = False
    codec: str = "cp1252"
    fallback: int = 1


@dataclass
class _Reading:
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    default_font: int = 0
    skip: int = 0
    is_starred: bool = False
    encapsulated: bytes = b""

    def say(self, text: str) -> None:
        self.flush()
        if not self.group.silent and not self.group.suppressed:
            self.out.append(text)

    def say_bytes(self, data: bytes) -> None:
        if not self.group.silent and not self.group.suppressed:
            self.pending += data

    def flush(self) -> None:
        if self.pending:
            self.out.append(bytes(self.pending).decode(self.group.codec, "replace"))
            self.pending.clear()


def read_rtf(data: bytes) -> tuple[str, str]:
    """
    Return the plain text and the HTML in some RTF; one of the two is empty.

    RTF that Outlook made from HTML gives back that HTML, any other gives its text. Unbalanced braces are tolerated.
    """
    reading = _Reading(encapsulated=b"html" if b"\\fromhtml" in data[:4096] else b"")
    for match in _TOKEN.finditer(data):
        _token(reading, match)
    reading.flush()
    text = charsets.storable("".join(reading.out))
    return ("", text) if reading.encapsulated else (text, "")


def _token(reading: _Reading, match: re.Match[bytes]) -> None:
    word, number, hexadecimal, symbol, brace, plain = match.groups()
    if brace:
        _brace(reading, brace)
    elif word:
        _word(reading, word, int(number) if number else None)
    elif hexadecimal:
        if reading.skip:
            reading.skip -= 1
        else:
            reading.say_bytes(bytes.fromhex(hexadecimal.decode()))
    elif symbol:
        _symbol(reading, symbol)
    elif plain:
        kept = plain[reading.skip :]
        reading.skip = max(0, reading.skip - len(plain))
        if kept.isascii():
            reading.say(kept.decode("ascii"))
        else:
            reading.say_bytes(kept)


def _brace(reading: _Reading, brace: bytes) -> None:
    reading.flush()
    reading.skip, reading.is_starred = 0, False
    if brace == b"{":
        reading.outer.append(reading.group)
        reading.group = replace(reading.group)
    elif reading.outer:
        reading.group = reading.outer.pop()


def _symbol(reading: _Reading, symbol: bytes) -> None:
    if symbol == b"*":
        reading.is_starred = True
    elif symbol in (b"{", b"}", b"\\"):
        reading.say(symbol.decode())
    elif symbol in _SPOKEN:
        reading.say(_SPOKEN[symbol])
    elif symbol in (b"\n", b"\r"):
        reading.say("\n")


def _word(reading: _Reading, word: bytes, number: int | None) -> None:
    starred, reading.is_starred = reading.is_starred, False
    if word == b"htmltag":
        reading.flush()
        reading.group.html_only = True
        reading.group.silent = not reading.encapsulated
        reading.group.suppressed = False
    elif word in _SILENT or (starred and word != b"shppict"):
        reading.group.silent = True
        reading.group.fonts = word == b"fonttbl"
    elif word == b"htmlrtf":
        reading.flush()
        reading.group.suppressed = bool(reading.encapsulated) and number != 0
    elif word == b"u" and number is not None:
        reading.say(chr(number % 65536))
        reading.skip = reading.group.fallback
    elif word == b"uc":
        reading.group.fallback = max(0, number or 0)
    elif word in _SPOKEN:
        _spoken(reading, word)
    else:
        _charset_word(reading, word, number)


def _spoken(reading: _Reading, word: bytes) -> None:
    spoken = _SPOKEN[word]
    reading.say("\r\n" if reading.encapsulated and spoken == "\n" else spoken)


def _charset_word(reading: _Reading, word: bytes, number: int | None) -> None:
    if word == b"ansicpg" and number:
        reading.page = charsets.known_codec(f"cp{number}" if number != 65001 else "utf-8") or reading.page
        reading.group.codec = reading.page
    elif word == b"deff" and number is not None:
        reading.default_font = number
    elif word == b"f" and number is not None:
        reading.flush()
        reading.font = number
        if not reading.group.fonts:
            reading.group.codec = reading.fonts.get(number, reading.page)
    elif word == b"fcharset" and reading.group.fonts and number in _FONT_CHARSETS:
        reading.fonts[reading.font] = _FONT_CHARSETS[number]
    elif word == b"plain":
        reading.flush()
        reading.group.codec = reading.fonts.get(reading.default_font, reading.page)
