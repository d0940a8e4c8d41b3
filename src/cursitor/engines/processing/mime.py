"""Reading of RFC 5322 and MIME messages; whatever the bytes are, a message comes back with its defects named."""

from __future__ import annotations

import base64
import binascii
import email.parser
import email.policy
import email.utils
import io
import quopri
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message as Part
from typing import BinaryIO

from cursitor.engines.processing import charsets, parcels
from cursitor.engines.processing.exceptions import Class, LimitHit, Stage
from cursitor.engines.processing.messages import Address, Attachment, Message
from cursitor.engines.processing.parcels import Parcels

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_BREAKS = re.compile(r"[\r\n\x00]+")
_ENCODED_WORD = re.compile(r"=\?([^?\s][^?\s*]*)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?[^?\s]+\?[bBqQ]\?)")
# Tried where a run of such signs begins and nowhere inside it, which would take the square of its length.
_MESSAGE_ID = re.compile(r"<[^<>\s]+>|(?<![^<>\s,;()])[^<>\s,;()]+@[^<>\s,;()]+")
_ADDRESS = re.compile(r"(?<![^\s<>\"(),;:])[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")
_PLAIN_ADDRESS = re.compile(
    r"\s*(?:((?:[A-Za-z0-9_'-]+[ \t]+)*)<([A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>"
    r"|([A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*))\s*"
)
_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ANCIENT_YEAR = re.compile(r"(?<=\s)0(\d{3})(?=\s)")
_PIECE = 8192
_EXTENSIONS = {"text/plain": "txt", "text/html": "html", "text/calendar": "ics", "message/rfc822": "eml"}


def read_large(file: BinaryIO, spill: Callable[[], BinaryIO], at_most: int) -> Message:
    """
    Return what `read_mail` does of a message in a file, its large attachments in spill files.

    :raises LimitHit: when what is left without them is more than so many bytes.
    """
    found = parcels.taken_out(file, spill)
    if len(found.rest) <= at_most:
        message = read_mail(found.rest, found)
        if found.are_all_taken:
            return message
        # What looked like an attachment was something else, such as words of a text.
        n_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        if n_bytes <= at_most:
            return read_mail(file.read())
    said = f"The message has more than {at_most:,} bytes beside its large attachments."
    raise LimitHit(Stage.READ, Class.LIMIT_HIT, said)


def read_mail(data: bytes | bytearray, taken_out: Parcels | None = None) -> Message:
    """
    Return the message in some bytes; never raises. taken_out: attachments that stand in it as a line each.

    Defects tell what was wrong: those the standard library's parser names, a date or an attachment that could not be
    read, nesting too deep to follow (then headers are read and the rest stands as text).
    """
    defects: list[str] = []
    parsed = _parsed(data, defects)
    text, html, attachments = _contents(parsed, data, taken_out, defects)
    sent_original = _header(parsed, "date")
    message_ids = _message_ids(_header(parsed, "message-id"))
    return Message(
        message_id=message_ids[0] if message_ids else "",
        references=_message_ids(_header(parsed, "references")),
        in_reply_to="".join(_message_ids(_header(parsed, "in-reply-to"))[:1]),
        conversation_index=_conversation_index(_header(parsed, "thread-index")),
        subject=_header(parsed, "subject"),
        from_=addresses(_raw_headers(parsed, "from") or _raw_headers(parsed, "sender")),
        to=addresses(_raw_headers(parsed, "to")),
        cc=addresses(_raw_headers(parsed, "cc")),
        bcc=addresses(_raw_headers(parsed, "bcc")),
        sent=read_date(sent_original, defects),
        sent_original=sent_original,
        body_text=text,
        body_html=html,
        attachments=attachments,
        defects=tuple(dict.fromkeys(defects)),
    )


def read_date(written: str, defects: list[str]) -> datetime | None:
    """
    Return the instant that a Date header names, in UTC to the second, or None with a defect.

    A year written with leading zeros is kept as it stands (year 2 is year 2). A date without a zone is taken as UTC.
    """
    if not written.strip():
        defects.append("no date")
        return None
    ancient = _ANCIENT_YEAR.search(written)
    try:
        fields = email.utils.parsedate_tz(_ANCIENT_YEAR.sub(" 2000 ", written))
        if fields is None:
            raise ValueError(written)
        year = int(ancient[1]) if ancient else fields[0]
        local = datetime(year, *fields[1:5], min(fields[5], 59), tzinfo=UTC)
        if fields[9] is None and "-0000" not in written:
            defects.append("date without a zone, read as UTC")
        return local - timedelta(seconds=fields[9] or 0)
    except (ValueError, OverflowError, TypeError, IndexError):
        defects.append(f"date not readable: {written[:80]}")
        return None


def addresses(headers: tuple[str, ...]) -> tuple[Address, ...]:
    """
    Return the (name, address) pairs of some raw address headers; a name without an address keeps its name.

    >>> addresses(('"Doe, J." <JD@x.org>, MAILER-DAEMON',))
    (('Doe, J.', 'JD@x.org'), ('', 'MAILER-DAEMON'))
    """
    found: list[Address] = []
    for header in headers:
        if plain := _plain_addresses(header):
            found.extend(plain)
            continue
        try:
            pairs = email.utils.getaddresses([header])
        except Exception:  # noqa: BLE001 (the library's own address grammar fails on some input)
            pairs = []
        pairs = [(name, address) for name, address in pairs if name or address]
        if not pairs and header.strip():
            pairs = [("", address) for address in _ADDRESS.findall(header)] or [(header.strip(), "")]
        found.extend((decode_words(name).strip(), decode_words(address).strip()) for name, address in pairs)
    return tuple(found)


def _plain_addresses(header: str) -> list[Address]:
    """Return the addresses of a header without quotes, comments and groups, as the library would; empty for others."""
    found: list[Address] = []
    for piece in header.split(","):
        match = _PLAIN_ADDRESS.fullmatch(piece)
        if match is None:
            return []
        found.append((" ".join((match[1] or "").split()), match[2] or match[3]))
    return found


def decode_words(written: str) -> str:
    """
    Return a header value with its RFC 2047 encoded words decoded, tolerating what senders do to them.

    >>> decode_words("=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?IQ==?= x")
    'Grüße! x'
    """
    if "=?" not in written:
        return written
    return _ENCODED_WORD.sub(_decoded_word, _BETWEEN_WORDS.sub(r"\1\2", _BETWEEN_WORDS.sub(r"\1\2", written)))


def _decoded_word(match: re.Match[str]) -> str:
    charset, encoding, payload = match[1], match[2].lower(), match[3].encode("ascii", "replace")
    if encoding == "q":
        return charsets.decode(quopri.decodestring(payload, header=True), charset)[0]
    try:
        return charsets.decode(base64.b64decode(payload + b"=" * (-len(payload) % 4)), charset)[0]
    except (binascii.Error, ValueError):
        return match[0]


def _parsed(data: bytes | bytearray, defects: list[str]) -> Part:
    try:
        # As `parsebytes`, which holds the message three times over.
        parser = email.parser.BytesFeedParser(policy=email.policy.compat32)
        for at in range(0, len(data), _PIECE):
            parser.feed(data[at : at + _PIECE])
        return parser.close()
    except Exception as failure:  # noqa: BLE001 (headers can still be read when the body defeats the parser)
        defects.append(f"body structure not followed: {type(failure).__name__}")
    parsed = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(data)
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del parsed[name]
    return parsed


def _raw_headers(part: Part, name: str) -> tuple[str, ...]:
    return tuple(_unfolded(value) for key, value in part.raw_items() if key.lower() == name)


def _unfolded(value: object) -> str:
    raw = _BREAKS.sub(" ", _FOLD.sub("", str(value))).strip()
    if raw.isascii():
        return raw
    return charsets.decode(raw.encode("utf-8", "surrogateescape"))[0]


def _header(part: Part, name: str) -> str:
    values = _raw_headers(part, name)
    return decode_words(values[0]) if values else ""


def _message_ids(value: str) -> tuple[str, ...]:
    return tuple(_MESSAGE_ID.findall(value)) or ((value,) if value and " " not in value else ())


def _conversation_index(value: str) -> str:
    try:
        return base64.b64decode(value, validate=False).hex() if value else ""
    except (binascii.Error, ValueError):
        return ""


def _contents(
    message: Part, raw: bytes | bytearray, taken_out: Parcels | None, defects: list[str]
) -> tuple[str, str, tuple[Attachment, ...]]:
    texts: list[str] = []
    htmls: list[str] = []
    attachments: list[Attachment] = []
    for part in _leaves(message, defects):
        mime = part.get_content_type()
        if mime.startswith("multipart/"):
            texts.append(_text(part, taken_out))
        elif mime in ("text/plain", "text/html") and not _is_attached(part):
            (texts if mime == "text/plain" else htmls).append(_text(part, taken_out))
        else:
            data, file = _attached(part, raw, taken_out, defects)
            name = _file_name(part) or f"part-{len(attachments) + 1}.{_EXTENSIONS.get(mime, 'bin')}"
            attachments.append(Attachment(name, mime, data, file))
    return "\n".join(texts), "\n".join(htmls), tuple(attachments)


def _leaves(message: Part, defects: list[str]) -> Iterator[Part]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        defects.extend(type(defect).__name__ for defect in part.defects)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(_parts(part)))
        else:
            yield part


def _parts(part: Part) -> list[Part]:
    # Only a list may be asked for as it is: on any other payload the library already decodes, and may fail.
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Part)] if isinstance(payload, list) else []


def _headers_only(part: Part) -> bytes:
    lines = (f"{name}: {value}\n" for name, value in part.raw_items())
    return "".join(lines).encode("utf-8", "replace")


def _is_attached(part: Part) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())
    except Exception:  # noqa: BLE001 (a parameter that cannot be read still says that there is one)
        return True


def _text(part: Part, taken_out: Parcels | None) -> str:
    file = _taken_out(part, taken_out)
    data = file.read() if file else _payload(part)
    return charsets.decode(data, _charset(part))[0].replace("\r\n", "\n")


def _taken_out(part: Part, taken_out: Parcels | None) -> BinaryIO | None:
    if taken_out is None or _header(part, "content-transfer-encoding").lower() != "base64":
        return None
    return taken_out.take(vars(part)["_payload"])


def _attached(
    part: Part, raw: bytes | bytearray, taken_out: Parcels | None, defects: list[str]
) -> tuple[bytes, BinaryIO | None]:
    """Return the bytes of an attachment, or the file that they are in."""
    if part.is_multipart():
        ending = "\r\n" if b"\r\n" in raw[:2048] else "\n"
        data = _flattened(part, ending, defects)
        file = taken_out.put_back(data, ending.encode()) if taken_out else None
    else:
        file = _taken_out(part, taken_out)
        data = b"" if file else _payload(part)
    return (b"", file) if file else (data, None)


def _charset(part: Part) -> str | None:
    try:
        charset = part.get_param("charset")
        return charset[2] if isinstance(charset, tuple) else charset
    except Exception:  # noqa: BLE001 (a charset that cannot be read is guessed)
        return None


def _payload(part: Part) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 (a payload that cannot be decoded stands as it is written)
        payload = str(vars(part)["_payload"]).encode("utf-8", "replace")
    return payload if isinstance(payload, bytes) else b""


def _flattened(part: Part, ending: str, defects: list[str]) -> bytes:
    policy = email.policy.compat32.clone(linesep=ending, mangle_from_=False, max_line_length=None)
    blocks: list[bytes] = []
    for child in _parts(part):
        try:
            blocks.append(child.as_bytes(policy=policy))
        except Exception as failure:  # noqa: BLE001 (a part that cannot be written again is named, not lost)
            defects.append(f"attached message not rebuilt: {type(failure).__name__}")
            blocks.append(_headers_only(child))
    flat = b"".join(blocks)
    if _header(part, "content-transfer-encoding").lower() == "base64" and _BASE64_ONLY.fullmatch(flat.strip()):
        return _unpacked(flat, defects)
    return flat


def _unpacked(written: bytes, defects: list[str]) -> bytes:
    try:
        return base64.b64decode(written)
    except binascii.Error:
        defects.append("base64 of an attached message cut off")
        signs = _NOT_BASE64.sub(b"", written)
        return base64.b64decode(signs[: len(signs) // 4 * 4])


def _file_name(part: Part) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 (an unreadable name is replaced by one that counts the part)
        name = ""
    return decode_words(_unfolded(name)).strip()[:255]
