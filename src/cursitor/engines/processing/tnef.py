"""
Messages in Outlook's transport format (TNEF, usually called winmail.dat) into the one shape of every mail.

Read leniently: what is cut off or does not fit its length ends the reading there, and what came before it counts.
A message attached to such a message comes out as TNEF again. Source: MS-OXTNEF, Microsoft Open Specifications.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cursitor.engines.processing import charsets, compound, outlook, properties
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.limits import Limits
from cursitor.engines.processing.messages import Message

SIGNATURE = bytes.fromhex("789f3e22")
_AT_ATTACHMENT = 2
_FROM, _SUBJECT, _DATE_SENT, _BODY, _ATTACH_DATA, _ATTACH_TITLE = 0x8000, 0x8004, 0x8005, 0x800C, 0x800F, 0x8010
_ATTACH_START, _MAPI, _RECIPIENTS, _ATTACH_MAPI, _CODE_PAGE = 0x9002, 0x9003, 0x9004, 0x9005, 0x9007
_MESSAGE_IN_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
_TAG_OF = {_SUBJECT: 0x0037, _BODY: 0x1000, _ATTACH_TITLE: 0x3704}
_DATA, _SENT, _SENDER_NAME, _SENDER_ADDRESS, _CODE_PAGE_TAG = 0x3701, 0x0039, 0x0C1A, 0x0C1F, 0x3FFD
_MULTIPLE, _NAMED = 0x1000, 0x8000
_MOST = 1_000_000

_Values = dict[int, tuple[int, bytes]]


@dataclass
class _Attached:
    values: _Values = field(default_factory=dict)
    data: bytes = b""


@dataclass
class _Found:
    values: _Values = field(default_factory=dict)
    recipients: list[_Values] = field(default_factory=list)
    attached: list[_Attached] = field(default_factory=list)
    is_whole: bool = True


def read_tnef(data: bytes, limits: Limits) -> Message:
    """
    Return the message in some TNEF.

    :raises ProcessingException: corrupt, when it does not begin as TNEF does or nothing can be read.
    """
    if not data.startswith(SIGNATURE):
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The file does not begin as TNEF does.")
    found = _Found()
    for level, attribute, value in _attributes(data, found):
        _take(found, level, attribute, value)
    if not (found.values or found.attached):
        raise ProcessingException(Stage.READ, Class.CORRUPT, "There is nothing in this TNEF that can be read.")
    message = outlook.read_msg(compound.write(tuple(_nodes(found)), class_id=properties.CLASS_ID), limits)
    if found.is_whole:
        return message
    return replace(message, defects=(*message.defects, "the TNEF is cut off or damaged; read as far as it goes"))


def _attributes(data: bytes, found: _Found) -> Iterator[tuple[int, int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        level, attribute, _, length = struct.unpack_from("<BHHI", data, at)
        start = at + 9
        if level not in (1, _AT_ATTACHMENT) or start + length > len(data):
            found.is_whole = False
            return
        yield level, attribute, data[start : start + length]
        at = start + length + 2


def _take(found: _Found, level: int, attribute: int, value: bytes) -> None:
    if attribute == _ATTACH_START:
        found.attached.append(_Attached())
    elif level == _AT_ATTACHMENT:
        if not found.attached:
            found.attached.append(_Attached())
        _take_attached(found.attached[-1], attribute, value)
    elif attribute == _MAPI:
        found.values |= _values(value, 0)[0]
    elif attribute == _RECIPIENTS:
        found.recipients.extend(_rows(value))
    elif attribute == _CODE_PAGE and len(value) >= 4:
        found.values.setdefault(_CODE_PAGE_TAG, (0x0003, value[:4]))
    elif attribute == _DATE_SENT:
        _take_date(found.values, value)
    elif attribute == _FROM:
        _take_sender(found.values, value)
    elif attribute in (_SUBJECT, _BODY):
        found.values.setdefault(_TAG_OF[attribute], (properties.STRING8, value.rstrip(b"\0")))


def _take_attached(attached: _Attached, attribute: int, value: bytes) -> None:
    if attribute == _ATTACH_DATA:
        attached.data = value
    elif attribute == _ATTACH_TITLE:
        attached.values.setdefault(_TAG_OF[attribute], (properties.STRING8, value.rstrip(b"\0")))
    elif attribute == _ATTACH_MAPI:
        values = _values(value, 0)[0]
        _, inner = values.pop(_DATA, (0, b""))
        attached.values |= values
        if inner and not attached.data:
            attached.data = inner[16:] if inner.startswith(_MESSAGE_IN_OBJECT) else inner


def _rows(value: bytes) -> Iterator[_Values]:
    at, n_rows = 4, min(int.from_bytes(value[:4], "little"), _MOST)
    for _ in range(n_rows):
        row, at = _values(value, at)
        if not row:
            return
        yield row


def _values(data: bytes, at: int) -> tuple[_Values, int]:
    """Return the properties that begin at a place, and where they end; what is cut off is left out."""
    found: _Values = {}
    n_properties = min(int.from_bytes(data[at : at + 4], "little"), _MOST)
    at += 4
    for _ in range(n_properties):
        if at + 4 > len(data):
            break
        kind, tag = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4) if tag >= _NAMED else at + 4
        value, at = _value(data, at, kind)
        if value is None:
            break
        found.setdefault(tag, (kind, value))
    return found, at


def _after_name(data: bytes, at: int) -> int:
    is_string = data[at + 16 : at + 20] == b"\1\0\0\0"
    if not is_string:
        return at + 24
    length = int.from_bytes(data[at + 20 : at + 24], "little")
    return at + 24 + length + -length % 4


def _value(data: bytes, at: int, kind: int) -> tuple[bytes | None, int]:
    """Return the first value at a place and where the property ends; None when it is cut off."""
    single = kind & ~_MULTIPLE
    is_long = single in (properties.STRING8, properties.STRING, properties.BINARY, properties.OBJECT)
    size = 16 if single == properties.GUID else max(4, properties.FIXED_BYTES.get(single, 4))
    n_values = 1
    if is_long or kind & _MULTIPLE:
        n_values = min(int.from_bytes(data[at : at + 4], "little"), _MOST)
        at += 4
    first: bytes | None = b"" if n_values == 0 else None
    for _ in range(n_values):
        if is_long:
            size = int.from_bytes(data[at : at + 4], "little")
            at += 4
        if at + size > len(data):
            return None, len(data)
        first = data[at : at + size] if first is None else first
        at += size + -size % 4
    if first is not None and single == properties.STRING:
        first = first.removesuffix(b"\0\0")
    return first, at


def _take_date(values: _Values, value: bytes) -> None:
    if len(value) < 12:
        return
    try:
        year, month, day, hour, minute, second = struct.unpack_from("<6H", value)
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return
    since = at - datetime(1601, 1, 1, tzinfo=UTC)
    ticks = (since.days * 86400 + since.seconds) * 10_000_000
    if ticks > 0:
        values.setdefault(_SENT, (0x0040, ticks.to_bytes(8, "little")))


def _take_sender(values: _Values, value: bytes) -> None:
    # A triple: four lengths, the display name, the address with its type before a colon.
    if len(value) < 8:
        return
    _, _, name_length, address_length = struct.unpack_from("<4H", value)
    name = value[8 : 8 + name_length].rstrip(b"\0")
    address = value[8 + name_length : 8 + name_length + address_length].rstrip(b"\0")
    values.setdefault(_SENDER_NAME, (properties.STRING8, name))
    values.setdefault(_SENDER_ADDRESS, (properties.STRING8, address.partition(b":")[2] or address))


def _nodes(found: _Found) -> Iterator[compound.Node]:
    values = {tag: value for tag, value in found.values.items() if tag < _NAMED}
    yield from properties.nodes(_as_binary(values), properties.TOP_HEADER)
    for position, row in enumerate(found.recipients):
        yield properties.recipient(position, row)
    for position, attached in enumerate(found.attached):
        if attached.data.startswith(SIGNATURE) and not _is_named(attached.values):
            name = attached.values.get(0x3001, (properties.STRING8, b"message"))
            attached.values[0x3707] = (name[0], name[1].rstrip(b"\0") + _suffix(name[0]))
        yield properties.attachment(position, attached.values, attached.data)


def _suffix(kind: int) -> bytes:
    return ".tnef".encode("utf-16-le" if kind == properties.STRING else "ascii")


def _is_named(values: _Values) -> bool:
    return any(_says_something(values[tag]) for tag in (0x3707, 0x3704) if tag in values)


def _says_something(value: tuple[int, bytes]) -> bool:
    return bool(charsets.decode(value[1])[0].strip("\0 "))


def _as_binary(values: _Values) -> _Values:
    # HTML is kept as bytes in messages, whatever type the sender gave it.
    html = values.get(0x1013)
    if html is not None and html[0] == properties.STRING8:
        return values | {0x1013: (properties.BINARY, html[1])}
    return values
