"""Bytes to characters, always: the declared charset when it is true, the likeliest one when it is not."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 65536
_NOT_ASCII = bytes(range(128, 256))
_ENOUGH_TO_GUESS = 24
_SURROGATE = re.compile("[\ud800-\udfff]")
# Labels that mail programs write and Python does not know, with what they mean.
_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "",
    "unknown-8bit": "",
    "default": "",
    "iso-8859-8-i": "iso-8859-8",
    "x-gbk": "gbk",
    "gb_2312-80": "gb2312",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "cp-850": "cp850",
    "windows-874": "cp874",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
}
# Codecs of texts that are no charsets of files: some take the square of a text's length, some cannot replace.
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
# A superset decodes everything the narrower label promises, and also what writers put there in its name.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}


def known_codec(label: str | None) -> str:
    """
    Return the name of Python's text codec for a charset label, or an empty string where there is none.

    >>> known_codec("ISO-8859-1"), known_codec("x-unknown"), known_codec("hex")
    ('cp1252', '', '')
    """
    wanted = re.sub(r"[^\w.:+-]", "", label or "").lower()
    wanted = _ALIASES.get(wanted, wanted)
    try:
        info = codecs.lookup(wanted) if wanted else None
    except (LookupError, ValueError):
        return ""
    if info is None or not info._is_text_encoding or info.name in _NO_CHARSETS:
        return ""
    return _SUPERSETS.get(info.name, info.name)


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """
    Return the characters of some bytes and the name of the charset that was used; never fails.

    Order: byte order mark, the declared charset if every byte fits, UTF-8, UTF-16 without a mark, the guess of
    charset-normalizer over the first 64 KiB if there are enough foreign bytes to guess from, and else Windows-1252
    with replacement characters.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), codec
    for codec in (known_codec(declared), "utf-8"):
        text = _decoded(data, codec)
        if text is not None:
            return text, codec
    codec = _utf_16_without_mark(data) or _guessed(data[:_SAMPLE_BYTES])
    text = _decoded(data, codec)
    return (text, codec) if text is not None else (data.decode("cp1252", "replace"), "cp1252")


def decode_prefix(data: bytes, n_characters: int, declared: str | None = None) -> tuple[str, str]:
    """Return at most n_characters and the charset, decoding no more bytes than those can take (four each)."""
    if len(data) <= 4 * n_characters:
        text, codec = decode(data, declared)
        return text[:n_characters], codec
    _, codec = decode(data[:_SAMPLE_BYTES].rpartition(b"\n")[0] or data[:_SAMPLE_BYTES], declared)
    return data[: 4 * n_characters].decode(codec, "replace")[:n_characters], codec


def storable(text: str) -> str:
    """
    Return text that every database and every UTF-8 file can hold: no NUL, surrogate pairs joined, lone halves replaced.

    >>> storable("a\\x00b \\ud83d\\ude00 \\ud83d")
    'ab 😀 \ufffd'
    """
    if "\x00" in text:
        text = text.replace("\x00", "")
    if not text.isascii() and _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _decoded(data: bytes, codec: str) -> str | None:
    if not codec:
        return None
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError, AssertionError):
        return None


def _utf_16_without_mark(data: bytes) -> str:
    sample = data[: _SAMPLE_BYTES // 16]
    if len(sample) < 8:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.1 * half else ""


def _guessed(sample: bytes) -> str:
    if len(sample) - len(sample.translate(None, _NOT_ASCII)) < _ENOUGH_TO_GUESS:
        return ""
    best = charset_normalizer.from_bytes(sample).best()
    return known_codec(best.encoding) if best else ""
