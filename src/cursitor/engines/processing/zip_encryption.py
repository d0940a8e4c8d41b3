"""
Members of ZIP archives that are encrypted with AES, as archivers have done for twenty years and zipfile does not read.

Source: WinZip, "AES Encryption Information: Encryption Specification AE-1 and AE-2", version 1.04, 2009.
"""

from __future__ import annotations

import bz2
import hashlib
import hmac
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

METHOD = 99
_EXTRA_FIELD = 0x9901
_ITERATIONS, _AUTHENTICATION_BYTES, _LOCAL_HEADER = 1000, 10, 30
_CHUNK = 1024 * 1024
_KEY_BYTES = {1: 16, 2: 24, 3: 32}


class WrongPassword(Exception):
    """Raised when a password does not open a member."""


def opened(file: BinaryIO, member: zipfile.ZipInfo, password: str) -> Iterator[bytes]:
    """
    Yield the unpacked bytes of a member; the password is checked before the first of them.

    :raises WrongPassword: by the two bytes of the check. :raises zipfile.BadZipFile: when the member is damaged, which
    one wrong password in 65,536 looks like too.
    """
    strength, method = _settings(member)
    key_bytes = _KEY_BYTES[strength]
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER)
    start = _LOCAL_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    file.seek(member.header_offset + start)
    salt = file.read(key_bytes // 2)
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, _ITERATIONS, 2 * key_bytes + 2)
    if file.read(2) != keys[-2:]:
        raise WrongPassword
    n_bytes = member.compress_size - len(salt) - 2 - _AUTHENTICATION_BYTES
    plain = _decrypted(file, n_bytes, keys[:key_bytes], hmac.new(keys[key_bytes:-2], digestmod="sha1"))
    yield from _unpacked(plain, method)


def _settings(member: zipfile.ZipInfo) -> tuple[int, int]:
    extra = member.extra
    while len(extra) >= 4:
        tag, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if tag == _EXTRA_FIELD and size >= 7 and extra[8] in _KEY_BYTES:
            return extra[8], int.from_bytes(extra[9:11], "little")
        extra = extra[4 + size :]
    raise zipfile.BadZipFile("the member does not say how it is encrypted")


def _decrypted(file: BinaryIO, n_bytes: int, key: bytes, check: hmac.HMAC) -> Iterator[bytes]:
    # The counter runs from 1 with the lowest byte first, which no ready-made mode does.
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 (it only makes the key stream)
    counter = 1
    while n_bytes > 0:
        piece = file.read(min(_CHUNK, n_bytes))
        if not piece:
            raise zipfile.BadZipFile("the member is cut off")
        n_bytes -= len(piece)
        check.update(piece)
        n_blocks = -(-len(piece) // 16)
        stream = encryptor.update(b"".join(at.to_bytes(16, "little") for at in range(counter, counter + n_blocks)))
        counter += n_blocks
        mixed = int.from_bytes(piece, "little") ^ int.from_bytes(stream[: len(piece)], "little")
        yield mixed.to_bytes(len(piece), "little")
    if not hmac.compare_digest(file.read(_AUTHENTICATION_BYTES), check.digest()[:_AUTHENTICATION_BYTES]):
        raise zipfile.BadZipFile("the member fails its authentication")


def _unpacked(pieces: Iterator[bytes], method: int) -> Iterator[bytes]:
    if method == zipfile.ZIP_STORED:
        yield from pieces
        return
    if method not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        raise NotImplementedError(f"method {method}")
    unpacker: Any
    if method == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    else:
        unpacker = bz2.BZ2Decompressor() if method == zipfile.ZIP_BZIP2 else lzma.LZMADecompressor()
    for piece in pieces:
        # Unpacked in bounded steps, so that a bomb is stopped by whoever counts.
        if method != zipfile.ZIP_DEFLATED:
            yield unpacker.decompress(piece)
            continue
        while piece:
            yield unpacker.decompress(piece, _CHUNK)
            piece = unpacker.unconsumed_tail
    if method == zipfile.ZIP_DEFLATED:
        yield unpacker.flush()
