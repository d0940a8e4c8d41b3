"""Message properties as Outlook messages keep them (MS-OXMSG 2.4), made from values that lay elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from cursitor.engines.processing import compound

TOP_HEADER, EMBEDDED_HEADER, ELEMENT_HEADER = 32, 24, 8
STRING8, STRING, GUID, BINARY, OBJECT = 0x001E, 0x001F, 0x0048, 0x0102, 0x000D
CLASS_ID = bytes.fromhex("0b0d020000000000c000000000000046")
FIXED_BYTES = {
    0x0002: 2, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 1, 0x0014: 8, 0x0040: 8,
}  # fmt: skip
_READABLE_AND_WRITABLE = 6

Values = Mapping[int, tuple[int, bytes]]
"""Type and bytes of each property by its tag."""


def nodes(values: Values, header: int) -> Iterator[compound.Node]:
    """
    Yield the streams of a property table and of the values that do not fit into it.

    header: bytes before the table, by what it belongs to. Values of several values are left out.
    """
    table = bytearray(header)
    for tag, (kind, data) in sorted(values.items()):
        if kind in FIXED_BYTES:
            value = data[: FIXED_BYTES[kind]].ljust(8, b"\0")
        elif kind in (STRING8, STRING, GUID, BINARY):
            ending = {STRING: 2, STRING8: 1}.get(kind, 0)
            value = struct.pack("<II", len(data) + ending, 0)
            yield compound.Node(f"__substg1.0_{tag:04X}{kind:04X}", data)
        else:
            continue
        table += struct.pack("<HHI", kind, tag, _READABLE_AND_WRITABLE) + value
    yield compound.Node("__properties_version1.0", bytes(table))


def recipient(position: int, values: Values) -> compound.Node:
    """Return the storage of the recipient at a position from 0."""
    return compound.Node(f"__recip_version1.0_#{position:08X}", children=tuple(nodes(values, ELEMENT_HEADER)))


def attachment(position: int, values: Values, content: bytes | tuple[compound.Node, ...]) -> compound.Node:
    """Return the storage of the attachment at a position from 0; content: its bytes, or the nodes of a message."""
    if isinstance(content, bytes):
        inner = compound.Node(f"__substg1.0_3701{BINARY:04X}", content)
    else:
        inner = compound.Node(f"__substg1.0_3701{OBJECT:04X}", children=content)
    children = (*nodes(values, ELEMENT_HEADER), inner)
    return compound.Node(f"__attach_version1.0_#{position:08X}", children=children)
