"""
AES-256-GCM over a stream: the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar, CRYPTO 2015).

Each chunk has its own nonce: 7 random bytes of the file, a 4-byte counter, 1 byte that marks the last chunk;
so chunks cannot be reordered, dropped or cut off unseen. The header of a stored file is b"CV1" + 7 bytes.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"CV1"
CHUNK = 64 * 1024
TAG = 16


class Damaged(Exception):
    """Raised when stored bytes are not what was put in: altered, cut, or under another key."""


def encrypt(*, key: bytes, associated: bytes, source: BinaryIO) -> Iterator[bytes]:
    prefix = os.urandom(7)
    yield MAGIC + prefix
    aead = AESGCM(key)
    chunk, counter = source.read(CHUNK), 0
    while True:
        following = source.read(CHUNK)
        yield aead.encrypt(_nonce(prefix, counter, last=not following), chunk, associated)
        if not following:
            return
        chunk, counter = following, counter + 1


def decrypt(*, key: bytes, associated: bytes, source: BinaryIO) -> Iterator[bytes]:
    head = source.read(len(MAGIC) + 7)
    if head[: len(MAGIC)] != MAGIC:
        raise Damaged("This is not a file of the vault.")
    aead, prefix, counter = AESGCM(key), head[len(MAGIC) :], 0
    sealed = source.read(CHUNK + TAG)
    while True:
        following = source.read(CHUNK + TAG)
        try:
            yield aead.decrypt(_nonce(prefix, counter, last=not following), sealed, associated)
        except (InvalidTag, ValueError) as error:
            raise Damaged("The stored bytes do not open with their key.") from error
        if not following:
            return
        sealed, counter = following, counter + 1


def wrap(*, master: bytes, key: bytes, scope: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(master).encrypt(nonce, key, scope.encode())


def unwrap(*, master: bytes, wrapped: bytes, scope: str) -> bytes:
    try:
        return AESGCM(master).decrypt(wrapped[:12], wrapped[12:], scope.encode())
    except InvalidTag as error:
        raise Damaged(f"The key of {scope} does not open with this master key.") from error


def _nonce(prefix: bytes, counter: int, *, last: bool) -> bytes:
    return prefix + counter.to_bytes(4, "big") + bytes([last])
