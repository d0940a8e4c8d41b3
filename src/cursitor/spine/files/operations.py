"""Bring files into a matter's room and take them out. Both are in the log."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from cursitor.plumbing import wording
from cursitor.plumbing.refusal import Invalid, NotVisible, Refusal
from cursitor.plumbing.vault import cipher
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit import operations as audit
from cursitor.spine.engagements.models import Matter
from cursitor.spine.files import access, names
from cursitor.spine.files.choices import LARGEST_FILE
from cursitor.spine.files.models import File, FileVersion
from cursitor.spine.people.models import Organisation, Person

_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,59}")


class TooLarge(Refusal):
    """Raised when an upload has more bytes than one file may have."""

    status = 413


class FileDamaged(Refusal):
    """Raised when stored bytes were altered, cut or lost."""

    status = 500


class SameBytes(Refusal):
    """Raised when an upload is, byte for byte, the latest version of the file."""


def upload(
    *,
    matter: Matter,
    name: str,
    source: BinaryIO,
    mime: str,
    by: Person,
    at: datetime,
    order_ref: str = "",
    note: str = "",
    provider: Organisation | None = None,
) -> FileVersion:
    """
    Store a file in the matter's room; a file of that name gets its next version.

    The source is read once, in pieces. What a provider's people bring is seen by the client and that provider; what
    the client brings by every provider of the matter, or by the one `provider` it is meant for.
    :raises NotVisible, NotPermitted, TooLarge. :raises Invalid: for a name that cannot be kept.
    :raises SameBytes: when the latest version has these bytes.
    """
    if not access.rooms(by).filter(pk=matter.pk).exists():
        raise NotVisible
    seen_by = access.provider_of(by, matter=matter) or provider
    kept = names.fit(name)
    blob = vault.put(scope=matter.key, source=_Limited(source), at=at)
    with transaction.atomic():
        Matter.objects.select_for_update().get(pk=matter.pk)
        file, _ = File.objects.get_or_create(
            matter=matter, provider=seen_by, order_ref=order_ref, name=kept, defaults={"made_at": at}
        )
        latest = file.versions.order_by("-number").first()
        if latest is not None and latest.blob_id == blob.pk:
            raise SameBytes(f"Version {latest.number} of {kept} has exactly these bytes.")
        version = FileVersion.objects.create(
            file=file,
            number=latest.number + 1 if latest else 1,
            blob=blob,
            mime=mime.lower() if _MIME.fullmatch(mime.lower()) else "application/octet-stream",
            added_by=by,
            added_at=at,
            note=note[:300],
        )
        given = {"given_name": name} if name != kept else {}
        _record("files.file.added", version, by, at, given)
    return version


@dataclass(frozen=True)
class Stored:
    """What came of several uploads: the versions made, and why others were not."""

    versions: tuple[FileVersion, ...]
    refusals: tuple[str, ...]


def upload_all(
    *,
    matter: Matter,
    given: Iterable[tuple[str, BinaryIO, str]],
    by: Person,
    at: datetime,
    note: str = "",
    provider: Organisation | None = None,
) -> Stored:
    """
    Store several files, each for itself: one that cannot be kept does not take the others with it.

    given: (name, stream, type as told) each. :raises NotVisible, NotPermitted.
    """
    versions, refusals = [], []
    for name, source, mime in given:
        try:
            versions.append(
                upload(matter=matter, name=name, source=source, mime=mime, note=note, provider=provider, by=by, at=at)
            )
        except (SameBytes, TooLarge, Invalid) as refusal:
            refusals.append(f"{name}: {refusal}")
    return Stored(tuple(versions), tuple(refusals))


def download(*, version: FileVersion, by: Person, at: datetime) -> Iterator[bytes]:
    """
    Write down who takes a version, and return its bytes in pieces.

    :raises NotVisible: when the version does not exist for the person.
    :raises FileDamaged: when the first piece is not what was put in; later damage ends the stream.
    """
    with transaction.atomic():
        if not access.versions(by).filter(pk=version.pk).exists():
            raise NotVisible
        pieces = vault.chunks(version.blob)
        try:
            first = next(pieces)
        except cipher.Damaged as error:
            raise FileDamaged(f"The stored bytes of {version} are not what was put in. None are handed out.") from error
        _record("files.file.downloaded", version, by, at, {})
    return itertools.chain([first], pieces)


def _record(event: str, version: FileVersion, by: Person, at: datetime, more: dict[str, str]) -> None:
    file = version.file
    data = {"name": file.name, "version": version.number, "sha256": version.blob.sha256, "size": version.blob.size}
    if file.order_ref:
        data["order"] = file.order_ref
    audit.record(event=event, at=at, by=by, subject=file.key, matter=file.matter.key, data={**data, **more})


class _Limited:
    """A stream that refuses to give more than one file may have."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.n_read = source, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(size)
        self.n_read += len(piece)
        if self.n_read > LARGEST_FILE:
            raise TooLarge(f"A file may have {wording.size(LARGEST_FILE)} at most. Bring more as a collection.")
        return piece
