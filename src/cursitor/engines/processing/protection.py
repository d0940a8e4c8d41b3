"""
Whether a file's owner has locked it with a password, told from its structure before any reader stumbles over it.

Sources: MS-DOC 2.5.2 (fEncrypted of the FIB), MS-XLS 2.4.117 (FilePass), MS-PPT 2.3.2 (headerToken of the current
user atom), MS-OFFCRYPTO 1.3 (EncryptedPackage), OASIS OpenDocument 1.3 part 2, 3.4 (encryption-data).
"""

from __future__ import annotations

import io
import zipfile

import olefile

from cursitor.engines.processing import compound

_ENCRYPTED_BIT = 0x01
_FILE_PASS = 0x002F
_BOUND_SHEET = 0x0085
_PPT_ENCRYPTED = bytes.fromhex("dfc4d1f3")


def needs_password(data: bytes) -> bool:
    """Tell whether an Office or OpenDocument file is encrypted; False for every other file and for damaged ones."""
    try:
        if data.startswith(olefile.MAGIC):
            return _compound_needs_password(data)
        if data.startswith(b"PK\x03\x04") and b"META-INF/manifest.xml" in data:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                return b":encryption-data" in package.read("META-INF/manifest.xml")
    except Exception:  # noqa: BLE001 (a damaged file is judged by its reader)
        return False
    return False


def _compound_needs_password(data: bytes) -> bool:
    with compound.opened(data) as whole:
        if whole.exists("EncryptedPackage"):
            return True
        if whole.exists("WordDocument"):
            return bool(whole.openstream("WordDocument").read(12)[11] & _ENCRYPTED_BIT)
        for stream in ("Workbook", "Book"):
            if whole.exists(stream):
                return _workbook_needs_password(whole.openstream(stream).read(65536))
        if whole.exists("Current User"):
            return _PPT_ENCRYPTED in whole.openstream("Current User").read(64)
    return False


def _workbook_needs_password(records: bytes) -> bool:
    at = 0
    while at + 4 <= len(records):
        kind, size = (int.from_bytes(records[at + part : at + part + 2], "little") for part in (0, 2))
        if kind == _FILE_PASS:
            # Write-protected workbooks carry it too: they are encrypted, though with a password that is public.
            return True
        if kind == _BOUND_SHEET:
            return False
        at += 4 + size
    return False
