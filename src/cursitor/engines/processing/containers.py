"""What comes out of mailboxes, archives and messages: children, one at a time, with flat memory."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO

from cursitor.engines.processing import charsets, zip_encryption
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Budget, Limits
from cursitor.engines.processing.messages import Attachment

_CHUNK = 1024 * 1024
_UNSAFE_IN_LABEL = re.compile(r"[\x00-\x1f\x7f]+")
_ENCRYPTED_FLAG = 0x1


Spill = Callable[[], BinaryIO]
"""Makes an empty binary file to write to and read from again; what is large goes there instead of into memory."""


@dataclass(frozen=True)
class Means:
    """What is handed in to open files with: where large children go, and the passwords to try, in their order."""

    spill: Spill = io.BytesIO
    passwords: tuple[str, ...] = ()


IN_MEMORY = Means()

HELD_BYTES = 8 * 1024 * 1024
"""Children up to this size are held in memory, larger ones in a spill file."""


@dataclass(frozen=True)
class Child:
    """
    One child of a container: its bytes, in memory or in a file, or the exception that stands for it.

    name: a label as found in the container (it may contain slashes, drives or dots) and never a path to write to.
    file: at its start, where the child is too large to be held (then data is empty).
    """

    name: str
    data: bytes = b""
    exception: ProcessingException | None = None
    file: BinaryIO | None = None

    @property
    def size(self) -> int:
        """Return the length in bytes."""
        if self.file is None:
            return len(self.data)
        size = self.file.seek(0, io.SEEK_END)
        self.file.seek(0)
        return size

    def opened(self) -> BinaryIO:
        """Return the bytes as a file at its start."""
        return io.BytesIO(self.data) if self.file is None else self.file


def held(name: str, pieces: Iterable[bytes], spill: Spill) -> Child:
    """Return a child from the pieces of its bytes; in memory while it is small, in a spill file from then on."""
    data, file = bytearray(), None
    for piece in pieces:
        if file is None and len(data) + len(piece) > HELD_BYTES:
            file = spill()
            file.write(data)
            data.clear()
        if file is None:
            data += piece
        else:
            file.write(piece)
    if file is not None:
        file.seek(0)
    return Child(name, bytes(data), file=file)


def label(name: str) -> str:
    """
    Return a name as it may be shown: control characters replaced, at most 1,000 characters, otherwise as found.

    >>> label("../../etc/pass\\nwd")
    '../../etc/pass wd'
    """
    return _UNSAFE_IN_LABEL.sub(" ", charsets.storable(name))[:1000]


def is_maildir_message(path: str) -> bool:
    """
    Tell whether a path inside a folder names a Maildir message: a file in `cur` or `new` beside a folder `tmp`'s name.

    The caller walks the folder; `tmp` holds unfinished deliveries and is no mail.
    Source: Bernstein, "Using maildir format", 1995.

    >>> is_maildir_message("INBOX/cur/1189437000.M5P2.host:2,S"), is_maildir_message("INBOX/tmp/1189437000.M5P2.host")
    (True, False)
    """
    parts = re.split(r"[\\/]", path)
    return len(parts) >= 2 and parts[-2] in ("cur", "new") and not parts[-1].startswith(".") and bool(parts[-1])


def maildir_name(path: str) -> str:
    """
    Return the label of a Maildir message: its unique name without the flags after the colon, with `.eml`.

    >>> maildir_name("INBOX/cur/1189437000.M5P2.host:2,S")
    '1189437000.M5P2.host.eml'
    """
    return re.split(r"[:;!]2,", re.split(r"[\\/]", path)[-1])[0] + ".eml"


def attached(attachments: tuple[Attachment, ...], limits: Limits) -> Iterator[Child]:
    """
    Yield what is attached to a message, in its order.

    :raises LimitHit: when there are more attachments or bytes than allowed.
    """
    budget = Budget(limits)
    for attachment in attachments:
        budget.count_child()
        child = Child(label(attachment.name), attachment.data, file=attachment.file)
        budget.count_bytes(child.size)
        yield child


def zip_sizes(file: BinaryIO) -> tuple[int, ...]:
    """Return the unpacked size of each member of a ZIP archive as it says, which zipfile never goes beyond."""
    with _zip(file) as archive:
        return tuple(member.file_size for member in _files(archive))


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    # Not `is_dir`, which fails on a member without a name.
    return [member for member in archive.infolist() if not member.filename.endswith("/")]


def _zip(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except Exception as failure:
        raise ProcessingException(
            Stage.EXPAND, Class.CORRUPT, f"The archive's directory cannot be read: {failure}"
        ) from failure


def read_zip(
    file: BinaryIO, limits: Limits, means: Means = IN_MEMORY, *, first: int = 1, at_most: int | None = None
) -> Iterator[Child]:
    """
    Yield the members of a ZIP archive in their order; nothing is written to disk.

    first: position of the first member wanted, from 1. at_most: how many.

    A member that is encrypted, damaged, packed in a foreign way or expands beyond the limits comes out as a child
    with an exception. Folders are no children.
    :raises ProcessingException: corrupt, when the archive's directory cannot be read.
    :raises LimitHit: when the archive as a whole gives more children or bytes than allowed.
    """
    budget = Budget(limits)
    with _zip(file) as archive:
        members = _files(archive)[first - 1 :]
        for member in members[:at_most]:
            budget.count_child()
            child = _member(archive, member, limits, means)
            budget.count_bytes(child.size)
            yield child


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, means: Means) -> Child:
    name = label(_member_name(member))
    try:
        return held(name, _expanded(archive, member, limits, means), means.spill)
    except ProcessingException as failure:
        return Child(name, exception=failure)
    except NotImplementedError as failure:
        message = f"The archive's member is packed in a way that is not read here: {failure}"
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message))
    except Exception as failure:  # noqa: BLE001 (a damaged member costs itself, not its neighbours)
        message = f"The archive's member is damaged: {failure or type(failure).__name__}"
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))


def _with_password(archive: zipfile.ZipFile, member: zipfile.ZipInfo, passwords: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the unpacked bytes of a member that is encrypted, with the first password that opens it."""
    for password in passwords:
        try:
            if member.compress_type == zip_encryption.METHOD:
                # The whole member is read for its authentication before any of it counts.
                for _ in zip_encryption.opened(_file_of(archive), member, password):
                    pass
                yield from zip_encryption.opened(_file_of(archive), member, password)
                return
            with archive.open(member, pwd=password.encode()) as packed:
                # A wrong password passes the check of one byte once in 256 times; it does not pass the checksum.
                for _ in _pieces(packed):
                    pass
            with archive.open(member, pwd=password.encode()) as packed:
                yield from _pieces(packed)
            return
        except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, zip_encryption.WrongPassword):
            continue
    tried = "and none of those given opens it" if passwords else "and none was given"
    raise ProcessingException(Stage.EXPAND, Class.ENCRYPTED, f"The archive's member needs a password, {tried}.")


def _file_of(archive: zipfile.ZipFile) -> BinaryIO:
    assert archive.fp is not None
    return archive.fp  # type: ignore[return-value]


def _member_name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 0x800:
        return member.filename
    try:
        # Writers on Unix put UTF-8 there without saying so; code page 437 hardly ever is valid UTF-8 by accident.
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _expanded(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, means: Means) -> Iterator[bytes]:
    packed_size = max(1, member.compress_size)
    if member.flag_bits & _ENCRYPTED_FLAG:
        yield from bounded(_with_password(archive, member, means.passwords), packed_size, limits)
        return
    with archive.open(member) as packed:
        yield from bounded(_pieces(packed), packed_size, limits)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def bounded(pieces: Iterable[bytes], packed_size: int, limits: Limits) -> Iterator[bytes]:
    """
    Yield the pieces of what is being unpacked from packed_size bytes.

    :raises LimitHit: when they grow beyond the allowed ratio or the bytes allowed in total.
    """
    by_ratio = max(limits.ratio_free_bytes, limits.ratio * packed_size)
    at_most = min(limits.total_bytes, by_ratio)
    n_bytes = 0
    for piece in pieces:
        n_bytes += len(piece)
        if n_bytes > at_most:
            bound = f"{limits.ratio} times its packed size" if at_most == by_ratio else f"{at_most:,} bytes"
            raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, f"The archive's member expands beyond {bound}.")
        yield piece
