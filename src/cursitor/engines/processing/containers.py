"""What comes out of mailboxes, archives and messages: children, one at a time, with flat memory."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cursitor.engines.processing import charsets
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Budget, Limits
from cursitor.engines.processing.messages import Attachment

_CHUNK = 1024 * 1024
_FROM_WITH_TIME = re.compile(rb"From .{0,300}\d:\d\d")
_FROM_ALONE = re.compile(rb"From \S+[ \t]*\r?\n?$")
_FROM_DASH = re.compile(rb"From -[ \t]*\r?\n?$")
_HEADER_LINE = re.compile(rb">?From |[!-9;-~]{1,76}:")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_BARE_FROM = re.compile(rb"^From ", re.M)
_CONTENT_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d{1,15})[ \t]*\r?$", re.I)
_UNSAFE_IN_LABEL = re.compile(r"[\x00-\x1f\x7f]+")
_ENCRYPTED_FLAG = 0x1


@dataclass(frozen=True)
class Child:
    """
    One child of a container: either its bytes or the exception that stands for it.

    name: a label as found in the container (it may contain slashes, drives or dots) and never a path to write to.
    """

    name: str
    data: bytes = b""
    exception: ProcessingException | None = None


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
        budget.count_bytes(len(attachment.data))
        yield Child(label(attachment.name), attachment.data)


def read_zip(file: BinaryIO, limits: Limits) -> Iterator[Child]:
    """
    Yield the members of a ZIP archive in their order; nothing is written to disk.

    A member that is encrypted, damaged, packed in a foreign way or expands beyond the limits comes out as a child
    with an exception. Folders are no children.
    :raises ProcessingException: corrupt, when the archive's directory cannot be read.
    :raises LimitHit: when the archive as a whole gives more children or bytes than allowed.
    """
    try:
        archive = zipfile.ZipFile(file)
    except Exception as failure:
        raise ProcessingException(
            Stage.EXPAND, Class.CORRUPT, f"The archive's directory cannot be read: {failure}"
        ) from failure
    budget = Budget(limits)
    with archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            budget.count_child()
            child = _member(archive, member, limits)
            budget.count_bytes(len(child.data))
            yield child


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> Child:
    name = label(_member_name(member))
    try:
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise ProcessingException(Stage.EXPAND, Class.ENCRYPTED, "The archive's member needs a password.")
        return Child(name, _expanded(archive, member, limits))
    except ProcessingException as failure:
        return Child(name, exception=failure)
    except NotImplementedError as failure:
        message = f"The archive's member is packed in a way that is not read here: {failure}"
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.UNSUPPORTED, message))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as failure:
        message = f"The archive's member is damaged: {failure}"
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))


def _member_name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 0x800:
        return member.filename
    try:
        # Writers on Unix put UTF-8 there without saying so; code page 437 hardly ever is valid UTF-8 by accident.
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _expanded(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> bytes:
    by_ratio = max(limits.ratio_free_bytes, limits.ratio * max(1, member.compress_size))
    at_most = min(limits.item_bytes, by_ratio)
    data = bytearray()
    with archive.open(member) as packed:
        while chunk := packed.read(_CHUNK):
            data += chunk
            if len(data) > at_most:
                bound = f"{limits.ratio} times its packed size" if at_most == by_ratio else f"{at_most:,} bytes"
                raise LimitHit(Stage.EXPAND, Class.LIMIT_HIT, f"The archive's member expands beyond {bound}.")
    return bytes(data)


def read_mbox(file: BinaryIO, limits: Limits) -> Iterator[Child]:
    """
    Yield the messages of a mailbox file, holding no more than one of them.

    Reads mboxo, mboxrd, mboxcl and mboxcl2: a message ends where its Content-Length says, if the file can seek and a
    `From ` line or the end indeed follows there, and else at a `From ` line: one with a time of day (or a bare dash)
    before a header line, or after an empty line any other that has a single word and headers, or a time, behind it.
    Quoting of `From ` is taken back, except where a Content-Length holds and unquoted lines show that there is none.
    A message larger than `item_bytes` comes out as a child with an exception.
    Source: Hall, "mbox formats", qmail 1.01 mbox(5); RFC 4155.
    :raises ProcessingException: corrupt, when the file does not begin with a `From ` line.
    :raises LimitHit: when there are more messages or bytes than allowed.
    """
    lines = _Lines(file)
    if not lines.first().startswith(b"From "):
        raise ProcessingException(Stage.EXPAND, Class.CORRUPT, 'The mailbox does not begin with a "From " line.')
    budget = Budget(limits)
    more = True
    while more:
        budget.count_child()
        mail = _MailboxMessage(lines, limits.item_bytes)
        more = mail.read()
        budget.count_bytes(len(mail.data))
        name = f"message-{budget.n_children:06}.eml"
        if mail.is_too_large:
            message = f"The message is larger than {limits.item_bytes:,} bytes."
            yield Child(name, exception=LimitHit(Stage.EXPAND, Class.LIMIT_HIT, message))
        else:
            yield Child(name, mail.unquoted())


class _Lines:
    """The lines of a mailbox, of which the next may be looked at before it is taken."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.ahead: bytes | None = None

    def first(self) -> bytes:
        """Take the first line that is not blank."""
        line = self.take()
        while line and not line.strip(b"\r\n\xef\xbb\xbf"):
            line = self.take()
        return line.removeprefix(b"\xef\xbb\xbf")

    def take(self) -> bytes:
        """Take the next line, at most one chunk of it; empty at the end."""
        line, self.ahead = self.ahead, None
        return self.file.readline(_CHUNK) if line is None else line

    def next(self) -> bytes:
        """Look at the next line."""
        if self.ahead is None:
            self.ahead = self.file.readline(_CHUNK)
        return self.ahead


class _MailboxMessage:
    """One message on its way out of a mailbox; the lines stand behind its `From ` line at the start."""

    def __init__(self, lines: _Lines, at_most: int) -> None:
        self.lines = lines
        self.file = lines.file
        self.at_most = at_most
        self.data = bytearray()
        self.is_too_large = False
        self.has_true_length = False

    def read(self) -> bool:
        """Take lines up to the next `From ` line; tell whether there is one."""
        content_length = self._read_header()
        if content_length is not None and self._length_holds(content_length):
            self.has_true_length = True
            self._take(content_length)
        blank_before = True
        while line := self.lines.take():
            if line.startswith(b"From ") and self._separates(line, blank_before=blank_before):
                self._drop_separator()
                return True
            blank_before = line in (b"\n", b"\r\n")
            self._keep(line)
        self._drop_separator()
        return False

    def _separates(self, line: bytes, *, blank_before: bool) -> bool:
        following = self.lines.next()
        has_time = bool(_FROM_WITH_TIME.match(line))
        if _HEADER_LINE.match(following):
            return has_time or bool(_FROM_DASH.match(line)) or (blank_before and bool(_FROM_ALONE.match(line)))
        return blank_before and has_time and not following.strip()

    def _read_header(self) -> int | None:
        content_length = None
        while line := self.lines.take():
            self._keep(line)
            if line in (b"\n", b"\r\n"):
                return content_length
            match = _CONTENT_LENGTH.match(line.rstrip(b"\n"))
            content_length = int(match[1]) if match else content_length
        return None

    def _length_holds(self, content_length: int) -> bool:
        if not self.file.seekable():
            return False
        here = self.file.tell()
        self.file.seek(here + content_length)
        following = self.file.read(16)
        is_at_end = not following and self.file.seek(0, 2) == here + content_length
        self.file.seek(here)
        return is_at_end or following.lstrip(b"\r\n").startswith(b"From ")

    def _take(self, n_bytes: int) -> None:
        while n_bytes > 0:
            chunk = self.file.read(min(n_bytes, _CHUNK))
            if not chunk:
                return
            n_bytes -= len(chunk)
            self._keep(chunk)

    def _keep(self, piece: bytes) -> None:
        if not self.is_too_large and len(self.data) + len(piece) > self.at_most:
            self.is_too_large = True
            self.data.clear()
        if not self.is_too_large:
            self.data += piece

    def _drop_separator(self) -> None:
        if not self.has_true_length:
            for ending in (b"\r\n\r\n", b"\n\n"):
                if self.data.endswith(ending):
                    del self.data[-len(ending) // 2 :]
                    return

    def unquoted(self) -> bytes:
        """Return the message with the quoting of `From ` taken back where the mailbox has such quoting."""
        data = bytes(self.data)
        if self.has_true_length and _BARE_FROM.search(data):
            return data
        return _QUOTED_FROM.sub(rb"\1", data)
