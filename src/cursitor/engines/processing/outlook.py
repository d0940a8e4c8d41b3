"""
Reading of Outlook messages (MSG files, MS-OXMSG) into the one shape of every mail.

Property numbers are those of MS-OXPROPS. Attached messages, which Outlook keeps as part of the same compound file,
come out as MSG files of their own with every property as it was.
"""

from __future__ import annotations

import email.parser
import email.policy
import re
import struct
from datetime import UTC, datetime, timedelta
from email.message import Message as Headers

from oxmsg.domain import constants as pid
from oxmsg.domain import encodings
from oxmsg.storage import Storage

from cursitor.engines.processing import charsets, compound, mime, rtf
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.limits import Limits
from cursitor.engines.processing.messages import Address, Attachment, Message

_STRING, _STRING8, _BINARY, _OBJECT, _TIME, _INT32 = 0x001F, 0x001E, 0x0102, 0x000D, 0x0040, 0x0003
_TOP_HEADER, _EMBEDDED_HEADER, _ELEMENT_HEADER = 32, 24, 8
_RECIPIENT_TYPE, _SMTP_ADDRESS, _SENDER_SMTP_ADDRESS, _OBJECT_DATA = 0x0C15, 0x39FE, 0x5D01, "__substg1.0_3701000D"
_REPRESENTING_EMAIL, _MESSAGE_CODEPAGE, _INTERNET_CODEPAGE = 0x0065, 0x3FFD, 0x3FDE
_INTERNET_MESSAGE_ID, _INTERNET_REFERENCES, _IN_REPLY_TO = 0x1035, 0x1039, 0x1042
_TO, _CC, _BCC = 1, 2, 3
_MESSAGE_CLASS_ID = bytes.fromhex("0b0d020000000000c000000000000046")
# What a contact, an appointment or a task says outside its body; named properties (from 0x8000) have no labels here.
_MESSAGE_CLASS = 0x001A
_NAMED_STRING = re.compile(r"__substg1\.0_([89A-F][0-9A-F]{3})001[EF]")
_DETAILS = (
    (0x3A45, "Title"), (0x3A06, "Given name"), (0x3A11, "Surname"), (0x3A16, "Company"), (0x3A17, "Job title"),
    (0x3A18, "Department"), (0x3A08, "Business telephone"), (0x3A09, "Home telephone"), (0x3A1C, "Mobile telephone"),
    (0x3A24, "Fax"), (0x3A15, "Postal address"), (0x3A29, "Street"), (0x3A27, "City"), (0x3A28, "State"),
    (0x3A2A, "Postal code"), (0x3A26, "Country"), (0x0060, "Start"), (0x0061, "End"),
)  # fmt: skip
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class _Properties:
    """The property table of one storage, read leniently: what cannot be decoded is missing, never fatal."""

    def __init__(self, storage: Storage, header: int, code_page: str = "") -> None:
        self.storage = storage
        self.streams = {stream.name: stream.bytes_ for stream in storage.streams}
        table = self.streams.get("__properties_version1.0", b"")[header:]
        self.fixed = {
            struct.unpack("<HH", table[at : at + 4]): table[at + 8 : at + 16] for at in range(0, len(table) - 15, 16)
        }
        self.code_page = _codec(self.number(_MESSAGE_CODEPAGE)) or code_page
        self.body_code_page = _codec(self.number(_INTERNET_CODEPAGE)) or self.code_page

    def number(self, tag: int) -> int | None:
        value = self.fixed.get((_INT32, tag))
        return int.from_bytes(value[:4], "little") if value else None

    def binary(self, tag: int) -> bytes:
        return self.streams.get(f"__substg1.0_{tag:04X}{_BINARY:04X}", b"")

    def text(self, tag: int) -> str:
        wide = self.streams.get(f"__substg1.0_{tag:04X}{_STRING:04X}")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.streams.get(f"__substg1.0_{tag:04X}{_STRING8:04X}", b"")
        code_page = self.body_code_page if tag == pid.PID_BODY else self.code_page
        return charsets.decode(narrow, code_page)[0].rstrip("\0")

    def instant(self, tag: int) -> datetime | None:
        value = int.from_bytes(self.fixed.get((_TIME, tag), b""), "little")
        try:
            return _EPOCH + timedelta(seconds=value // 10_000_000) if value else None
        except OverflowError:
            return None


def read_msg(data: bytes, limits: Limits) -> Message:
    """
    Return the message in an MSG file.

    :raises ProcessingException: corrupt, when the compound file or its property table cannot be read.
    """
    try:
        with compound.opened(data) as file:
            storage = Storage.from_ole(file)
    except Exception as failure:
        raise ProcessingException(
            Stage.READ, Class.CORRUPT, f"The compound file cannot be read: {type(failure).__name__}: {failure}"
        ) from failure
    properties = _Properties(storage, _TOP_HEADER)
    if not properties.streams.get("__properties_version1.0"):
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The message has no property table.")
    return _message(properties, limits)


def _message(properties: _Properties, limits: Limits) -> Message:
    defects: list[str] = []
    headers = _transport_headers(properties)
    text, html = _bodies(properties, limits, defects)
    to, cc, bcc = _recipients(properties, headers)
    sent, sent_original = _sent(properties, headers, defects)
    return Message(
        message_id=properties.text(_INTERNET_MESSAGE_ID).strip() or _first(headers, "message-id"),
        references=tuple((properties.text(_INTERNET_REFERENCES) or _first(headers, "references")).split()),
        in_reply_to=properties.text(_IN_REPLY_TO).strip() or _first(headers, "in-reply-to"),
        conversation_index=properties.binary(pid.PID_CONVERSATION_INDEX).hex(),
        subject=properties.text(pid.PID_SUBJECT) or mime.decode_words(_first(headers, "subject")),
        from_=_sender(properties, headers),
        to=to,
        cc=cc,
        bcc=bcc,
        sent=sent,
        sent_original=sent_original,
        body_text=_with_details(properties, text),
        body_html=html,
        attachments=_attachments(properties, defects),
        defects=tuple(dict.fromkeys(defects)),
    )


def _codec(code_page: int | None) -> str:
    if code_page is None:
        return ""
    try:
        return charsets.known_codec(encodings.encoding_from_codepage(code_page))
    except Exception:  # noqa: BLE001 (a code page nobody knows is guessed from the bytes)
        return ""


def _transport_headers(properties: _Properties) -> Headers:
    written = properties.text(pid.PID_TRANSPORT_MESSAGE_HEADERS)
    return email.parser.HeaderParser(policy=email.policy.compat32).parsestr(written.lstrip("\r\n "))


def _all(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple(" ".join(str(value).split()) for key, value in headers.raw_items() if key.lower() == name)


def _first(headers: Headers, name: str) -> str:
    return (_all(headers, name) or ("",))[0]


def _sender(properties: _Properties, headers: Headers) -> tuple[Address, ...]:
    from_header = mime.addresses(_all(headers, "from"))
    if any(address for _, address in from_header):
        return from_header
    name = properties.text(pid.PID_SENDER_NAME) or properties.text(pid.PID_SENT_REPRESENTING_NAME)
    address = (
        properties.text(_SENDER_SMTP_ADDRESS)
        or properties.text(pid.PID_SENDER_EMAIL_ADDRESS)
        or properties.text(_REPRESENTING_EMAIL)
    )
    return ((name, address),) if name or address else from_header


def _recipients(
    properties: _Properties, headers: Headers
) -> tuple[tuple[Address, ...], tuple[Address, ...], tuple[Address, ...]]:
    found: dict[int, list[Address]] = {_TO: [], _CC: [], _BCC: []}
    for storage in properties.storage.iter_recipient_storages():
        recipient = _Properties(storage, _ELEMENT_HEADER, properties.code_page)
        name = recipient.text(pid.PID_DISPLAY_NAME)
        address = recipient.text(_SMTP_ADDRESS) or recipient.text(pid.PID_EMAIL_ADDRESS)
        # Bit 28 marks a recipient that a resend has to reach again; the low four bits are the type.
        kind = (recipient.number(_RECIPIENT_TYPE) or _TO) & 0x0F
        found.get(kind, found[_TO]).append((name, address))
    if not any(found.values()):
        to, cc, bcc = (mime.addresses(_all(headers, name)) for name in ("to", "cc", "bcc"))
        return to, cc, bcc
    return tuple(found[_TO]), tuple(found[_CC]), tuple(found[_BCC])


def _sent(properties: _Properties, headers: Headers, defects: list[str]) -> tuple[datetime | None, str]:
    submitted = properties.instant(pid.PID_CLIENT_SUBMIT_TIME)
    if submitted:
        return submitted, submitted.isoformat()
    written = _first(headers, "date")
    return mime.read_date(written, defects), written


def _bodies(properties: _Properties, limits: Limits, defects: list[str]) -> tuple[str, str]:
    text = properties.text(pid.PID_BODY)
    html_bytes = properties.binary(pid.PID_HTML)
    html = charsets.decode(html_bytes, properties.body_code_page)[0] if html_bytes else properties.text(pid.PID_HTML)
    packed = properties.binary(pid.PID_RTF_COMPRESSED)
    if packed and not html:
        try:
            rich_text, html = rtf.read_rtf(rtf.decompress(packed, limits.item_bytes))
            text = text if text.strip() else rich_text
        except ProcessingException as failure:
            defects.append(f"rich text body not read: {failure.message}")
    return text.replace("\r\n", "\n"), html


def _with_details(properties: _Properties, text: str) -> str:
    """Return the body, and behind it what items that are no mail say in their fields."""
    item_class = properties.text(_MESSAGE_CLASS).upper()
    if not item_class or item_class.startswith(("IPM.NOTE", "REPORT.", "IPM.POST")):
        return text
    lines = []
    for tag, words in _DETAILS:
        at = properties.instant(tag)
        value = at.isoformat() if at else properties.text(tag).strip()
        lines.extend([f"{words}: {value}"] if value else [])
    for name in sorted(properties.streams):
        found = _NAMED_STRING.fullmatch(name)
        if found:
            lines.append(properties.text(int(found[1], 16)).strip())
    said = "\n".join(line for line in dict.fromkeys(lines) if line and line not in text)
    return f"{text.rstrip()}\n\n{said}\n".lstrip() if said else text


def _attachments(properties: _Properties, defects: list[str]) -> tuple[Attachment, ...]:
    attachments = []
    for position, storage in enumerate(properties.storage.iter_attachment_storages(), start=1):
        attached = _Properties(storage, _ELEMENT_HEADER, properties.code_page)
        name = attached.text(pid.PID_ATTACH_LONG_FILENAME) or attached.text(pid.PID_ATTACH_FILENAME)
        kind = attached.text(pid.PID_ATTACH_MIME_TAG)
        nested = next((child for child in storage.storages if child.name == _OBJECT_DATA), None)
        if nested is None:
            data = attached.binary(pid.PID_ATTACH_DATA_BINARY)
            if not data:
                defects.append(f"attachment {position} ({name or 'unnamed'}) has no content of its own")
        elif any(stream.name == "__properties_version1.0" for stream in nested.streams):
            label = name or attached.text(pid.PID_DISPLAY_NAME) or f"message-{position}"
            name = label if label.lower().endswith(".msg") else f"{label}.msg"
            kind, data = "application/vnd.ms-outlook", _standalone(nested, properties.storage)
        else:
            data = compound.write(_nodes(nested))
        attachments.append(Attachment(name or f"attachment-{position}.bin", kind or "application/octet-stream", data))
    return tuple(attachments)


def _standalone(nested: Storage, top: Storage) -> bytes:
    children = {node.name: node for node in _nodes(nested)}
    table = children["__properties_version1.0"].data or b""
    # A message at the top has eight reserved bytes more in the head of its property table (MS-OXMSG 2.4.1).
    widened = table[:_EMBEDDED_HEADER] + bytes(_TOP_HEADER - _EMBEDDED_HEADER) + table[_EMBEDDED_HEADER:]
    children["__properties_version1.0"] = compound.Node("__properties_version1.0", widened)
    for node in _nodes(top):
        if node.name == "__nameid_version1.0":
            children.setdefault(node.name, node)
    return compound.write(tuple(children.values()), class_id=_MESSAGE_CLASS_ID)


def _nodes(storage: Storage) -> tuple[compound.Node, ...]:
    streams = (compound.Node(stream.name, stream.bytes_) for stream in storage.streams)
    storages = (compound.Node(child.name, children=_nodes(child)) for child in storage.storages)
    return (*streams, *storages)
