"""Put bytes into the vault and take them out again. Content-addressed, encrypted, one key per scope."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from cursitor.plumbing.vault import cipher
from cursitor.plumbing.vault.models import Blob, DataKey

SPOOL = 8 * 1024 * 1024


def put(*, scope: str, source: BinaryIO | bytes, at: datetime) -> Blob:
    """
    Store the bytes under their SHA-256 and return the blob. The same bytes in the same scope are stored once.

    The source is read once, in chunks; memory stays flat whatever its size.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as sealed:
        hashing = _Hashing(stream)
        for piece in cipher.encrypt(key=_key(scope, at), associated=scope.encode(), source=hashing):
            sealed.write(piece)
        digest = hashing.sha256.hexdigest()
        if known := Blob.objects.filter(scope=scope, sha256=digest).first():
            return known
        sealed.seek(0)
        name = storages["vault"].save(f"{_folder(scope)}/{digest[:2]}/{digest}", File(sealed))
    try:
        with transaction.atomic():
            return Blob.objects.create(scope=scope, sha256=digest, size=hashing.size, stored_as=name, stored_at=at)
    except IntegrityError:
        # Somebody stored the same bytes in the meantime: theirs is the blob, ours is not needed.
        storages["vault"].delete(name)
        return Blob.objects.get(scope=scope, sha256=digest)


def read(blob: Blob) -> bytes:
    """Return the whole plain text. For small things; `chunks` streams."""
    return b"".join(chunks(blob))


def chunks(blob: Blob) -> Iterator[bytes]:
    """
    Yield the plain text in pieces of at most 64 KiB.

    The last piece comes only when the digest of all of them is the blob's, so that nobody is given the whole of a
    file that was put in the place of another.
    :raises cipher.Damaged: at the first altered piece, when the file is missing, or at the end.
    """
    digest, held = hashlib.sha256(), b""
    for piece in _opened(blob):
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.hexdigest() != blob.sha256:
        raise cipher.Damaged(f"The bytes of {blob} have another digest than their name.")
    yield held


def copy(blob: Blob, path: Path) -> None:
    """Write the plain text to a path. :raises cipher.Damaged: as `chunks`; what was written by then stays."""
    with path.open("wb") as out:
        for piece in chunks(blob):
            out.write(piece)


def verify(blob: Blob) -> None:
    """Read the blob to its end. :raises cipher.Damaged: when it is not what was put in."""
    for _ in chunks(blob):
        pass


def shred(*, scope: str) -> None:
    """Destroy the key of a scope. Its blobs can never be read again; their digests stay."""
    DataKey.objects.filter(scope=scope).delete()


def _opened(blob: Blob) -> Iterator[bytes]:
    key = _known_key(blob.scope)
    try:
        sealed = storages["vault"].open(blob.stored_as)
    except FileNotFoundError as error:
        raise cipher.Damaged(f"The stored file of {blob} is missing.") from error
    with sealed:
        yield from cipher.decrypt(key=key, associated=blob.scope.encode(), source=sealed)


class _Hashing(io.RawIOBase):
    def __init__(self, source: BinaryIO) -> None:
        self.source, self.sha256, self.size = source, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(size)
        self.sha256.update(piece)
        self.size += len(piece)
        return piece


def _folder(scope: str) -> str:
    return hashlib.sha256(scope.encode()).hexdigest()[:16]


def _key(scope: str, at: datetime) -> bytes:
    if not DataKey.objects.filter(scope=scope).exists():
        wrapped = cipher.wrap(master=master_key(), key=os.urandom(32), scope=scope)
        DataKey.objects.get_or_create(scope=scope, defaults={"wrapped": wrapped, "made_at": at})
    return _known_key(scope)


def _known_key(scope: str) -> bytes:
    wrapped = DataKey.objects.filter(scope=scope).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise cipher.Damaged(f"The key of {scope} has been destroyed.")
    return _unwrapped(scope, bytes(wrapped), settings.CURSITOR_MASTER_KEY)


@lru_cache(maxsize=256)
def _unwrapped(scope: str, wrapped: bytes, master: str) -> bytes:
    # The wrapped key is part of the cache's key: a key that was rolled back or shredded is never used again.
    return cipher.unwrap(master=bytes.fromhex(master), wrapped=wrapped, scope=scope)


def master_key() -> bytes:
    """Return the 32 bytes that wrap every key of this installation (CURSITOR_MASTER_KEY or a file beside the data)."""
    return bytes.fromhex(settings.CURSITOR_MASTER_KEY)


def seal(secret: bytes, *, scope: str) -> bytes:
    """Encrypt a small secret under the installation's key, bound to its scope: opened by `unseal` alone."""
    return cipher.wrap(master=master_key(), key=secret, scope=scope)


def unseal(sealed: bytes, *, scope: str) -> bytes:
    """:raises cipher.Damaged: when it is not what `seal` gave for this scope."""
    return cipher.unwrap(master=master_key(), wrapped=sealed, scope=scope)
