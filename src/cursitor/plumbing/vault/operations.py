"""Put bytes into the vault and take them out again. Content-addressed, encrypted, one key per scope."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
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
        return Blob.objects.get(scope=scope, sha256=digest)


def read(blob: Blob) -> bytes:
    """Return the whole plain text. For small things; `chunks` streams."""
    return b"".join(chunks(blob))


def chunks(blob: Blob) -> Iterator[bytes]:
    """Yield the plain text in pieces of 64 KiB. :raises cipher.Damaged: at the first altered piece."""
    with storages["vault"].open(blob.stored_as) as sealed:
        yield from cipher.decrypt(key=_known_key(blob.scope), associated=blob.scope.encode(), source=sealed)


def verify(blob: Blob) -> None:
    """Read the blob to its end and compare its digest. :raises cipher.Damaged: when it is not what was put in."""
    digest = hashlib.sha256()
    for piece in chunks(blob):
        digest.update(piece)
    if digest.hexdigest() != blob.sha256:
        raise cipher.Damaged(f"The bytes of {blob} have another digest than their name.")


def shred(*, scope: str) -> None:
    """Destroy the key of a scope. Its blobs can never be read again; their digests stay."""
    DataKey.objects.filter(scope=scope).delete()
    _known_key.cache_clear()


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


@lru_cache(maxsize=256)
def _known_key(scope: str) -> bytes:
    wrapped = DataKey.objects.filter(scope=scope).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise cipher.Damaged(f"The key of {scope} has been destroyed.")
    return cipher.unwrap(master=master_key(), wrapped=bytes(wrapped), scope=scope)


def master_key() -> bytes:
    """Return the 32 bytes that wrap every key of this installation (CURSITOR_MASTER_KEY or a file beside the data)."""
    return bytes.fromhex(settings.CURSITOR_MASTER_KEY)
