"""
Writing of compound files (MS-CFB version 3), so that a message kept inside another becomes a file of its own; and
opening them for olefile to read.

Source: MS-CFB, Microsoft Open Specifications. Sizes are bytes; a sector has 512, a mini sector 64.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import olefile

SECTOR, MINI_SECTOR, MINI_LIMIT = 512, 64, 4096
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_HEADER_SLOTS, _ENTRIES = 109, SECTOR // 4
_SHARED = 4
"""What all streams together may say they hold, in lengths of the file: some are cut off, but they share nothing."""


@dataclass(frozen=True)
class Node:
    """A storage (data is None, children count) or a stream (data counts) with its name of at most 31 characters."""

    name: str
    data: bytes | None = None
    children: tuple[Node, ...] = ()


@dataclass
class _Entry:
    node: Node
    kind: int
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = _END
    size: int = 0


def opened(data: bytes) -> olefile.OleFileIO:
    """
    Return a compound file for reading; no stream of it gives more bytes than the file has.

    A sector table that goes round in a circle gives what a stream says it holds, up to 4 GB out of 4 kB.
    :raises OSError: if it is none, or its streams together say that they hold several times the file.
    """
    try:
        file = olefile.OleFileIO(io.BytesIO(data))
    except (MemoryError, OSError):
        raise
    except Exception as failure:
        raise OSError(f"it cannot be opened: {failure}") from failure
    entries = [entry for entry in file.direntries if entry is not None]
    for entry in entries:
        entry.size = min(entry.size, len(data))
    if sum(entry.size for entry in entries) > _SHARED * len(data):
        file.close()
        raise OSError(f"its streams say that they hold more than {_SHARED} times its {len(data):,} bytes")
    return file


def write(children: Sequence[Node], *, class_id: bytes = bytes(16)) -> bytes:
    """
    Return a compound file whose root storage holds these children; equal input gives equal bytes.

    :raises ValueError: if a name is longer than 31 characters of UTF-16.
    """
    entries = [_Entry(Node("Root Entry", children=tuple(children)), _ROOT)]
    _plant(entries, 0)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini, mini_fat = _place_streams(entries, sectors, fat)
    entries[0].start, entries[0].size = _place(mini, sectors, fat), len(mini)
    mini_start = _place(struct.pack(f"<{len(mini_fat)}I", *mini_fat), sectors, fat, fill=b"\xff")
    directory = b"".join(_packed(entry, class_id if entry.kind == _ROOT else bytes(16)) for entry in entries)
    directory_start = _place(directory, sectors, fat, fill=_packed(_Entry(Node(""), 0, start=0), bytes(16)))
    n_mini = -(-len(mini_fat) // _ENTRIES)
    return _assembled(sectors, fat, directory_start, mini_start if n_mini else _END, n_mini)


def _plant(entries: list[_Entry], parent: int) -> None:
    waiting = [parent]
    while waiting:
        at = waiting.pop()
        # Siblings form a search tree ordered by length of the name first, then by its capitals (MS-CFB 2.6.4).
        ordered = sorted(entries[at].node.children, key=lambda node: (len(_utf16(node.name)), node.name.upper()))
        first = len(entries)
        for node in ordered:
            entries.append(_Entry(node, _STORAGE if node.data is None else _STREAM))
        entries[at].child = _balance(entries, first, first + len(ordered))
        waiting.extend(index for index in range(first, first + len(ordered)) if entries[index].kind == _STORAGE)


def _balance(entries: list[_Entry], low: int, high: int) -> int:
    if low >= high:
        return _FREE
    middle = (low + high) // 2
    entries[middle].left = _balance(entries, low, middle)
    entries[middle].right = _balance(entries, middle + 1, high)
    return middle


def _place_streams(entries: list[_Entry], sectors: list[bytes], fat: list[int]) -> tuple[bytes, list[int]]:
    mini, mini_fat = bytearray(), list[int]()
    for entry in entries:
        data = entry.node.data
        if not data:
            continue
        entry.size = len(data)
        if len(data) >= MINI_LIMIT:
            entry.start = _place(data, sectors, fat)
            continue
        n_minis = -(-len(data) // MINI_SECTOR)
        entry.start = len(mini_fat)
        mini_fat.extend([*range(entry.start + 1, entry.start + n_minis), _END])
        mini += data.ljust(n_minis * MINI_SECTOR, b"\0")
    return bytes(mini), mini_fat


def _place(data: bytes, sectors: list[bytes], fat: list[int], fill: bytes = b"\0") -> int:
    if not data:
        return _END
    start, n_sectors = len(sectors), -(-len(data) // SECTOR)
    missing = n_sectors * SECTOR - len(data)
    padded = data + fill * (missing // len(fill))
    sectors.extend(padded[at : at + SECTOR] for at in range(0, len(padded), SECTOR))
    fat.extend([*range(start + 1, start + n_sectors), _END])
    return start


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le", "surrogatepass")


def _packed(entry: _Entry, class_id: bytes) -> bytes:
    name = _utf16(entry.node.name)
    if len(name) > 62:
        raise ValueError(f"The name {entry.node.name!r} is longer than 31 characters.")
    length = len(name) + 2 if entry.kind else 0
    links = (entry.left, entry.right, entry.child)
    return struct.pack(
        "<64sHBB3I16sIQQIQ", name, length, entry.kind, 1, *links, class_id, 0, 0, 0, entry.start, entry.size
    )


def _assembled(sectors: list[bytes], fat: list[int], directory_start: int, mini_start: int, n_mini: int) -> bytes:
    n_fat, n_difat = _table_sizes(len(fat))
    fat_at = list(range(len(fat), len(fat) + n_fat))
    difat_at = list(range(len(fat) + n_fat, len(fat) + n_fat + n_difat))
    fat.extend([_FAT] * n_fat + [_DIFAT] * n_difat)
    fat.extend([_FREE] * (n_fat * _ENTRIES - len(fat)))
    sectors.append(struct.pack(f"<{len(fat)}I", *fat))
    in_header = fat_at[:_HEADER_SLOTS] + [_FREE] * max(0, _HEADER_SLOTS - n_fat)
    for number in range(n_difat):
        at = _HEADER_SLOTS + number * (_ENTRIES - 1)
        slots = fat_at[at : at + _ENTRIES - 1]
        slots += [_FREE] * (_ENTRIES - 1 - len(slots))
        following = difat_at[number + 1] if number + 1 < n_difat else _END
        sectors.append(struct.pack(f"<{_ENTRIES}I", *slots, following))
    header = struct.pack(
        "<8s16s6H10I",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0),
        *(0, 0, n_fat, directory_start, 0, MINI_LIMIT, mini_start, n_mini),
        *(difat_at[0] if difat_at else _END, n_difat),
    )
    return header + struct.pack(f"<{_HEADER_SLOTS}I", *in_header) + b"".join(sectors)


def _table_sizes(n_sectors: int) -> tuple[int, int]:
    n_fat = n_difat = 0
    while True:
        needed = -(-(n_sectors + n_fat + n_difat) // _ENTRIES)
        difat_needed = max(0, -(-(needed - _HEADER_SLOTS) // (_ENTRIES - 1)))
        if (needed, difat_needed) == (n_fat, n_difat):
            return n_fat, n_difat
        n_fat, n_difat = needed, difat_needed
