"""What there is to read: every entry of the sources once, in an order that is the same at every run."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cursitor.engines.processing import containers
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.plumbing.refusal import Refusal

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class NoSuchSource(Refusal):
    """Raised when a source is neither a file nor a folder that can be read."""


@dataclass(frozen=True)
class Input:
    """
    One entry of a source.

    path: where it lies, as the file system writes it (undecodable bytes as surrogates). shown: the source's name, a
    slash and the way inside it, readable; name: its label for readers. exception: why it cannot be read at all.
    """

    path: str
    shown: str
    name: str
    custodian: str
    size: int = 0
    exception: ProcessingException | None = None


def gather(sources: Sequence[Path], *, custodian: str = "") -> Iterator[Input]:
    """
    Yield every file of the sources, and as an exception everything there that is no file and no readable folder.

    Links inside a source are not followed, so that nothing is collected twice and no loop is walked.
    custodian: of everything; where it is empty, the name of the source, of a file without its ending.
    :raises NoSuchSource: when a source is not there.
    """
    names: dict[str, int] = {}
    for source in sources:
        if not source.exists():
            raise NoSuchSource(f"There is no file or folder {source}.")
        found = source.resolve()
        name = readable(found.name or "root")
        names[name] = names.get(name, 0) + 1
        shown = name if names[name] == 1 else f"{name}-{names[name]}"
        yield from _walked(found, shown, custodian or (shown if found.is_dir() else Path(shown).stem))


def readable(path: str) -> str:
    """
    Return a path as it may be shown: bytes that are no UTF-8 and control characters as escapes.

    >>> readable("mail/a\\nb"), readable("caf\\udce9.txt")
    ('mail/a\\\\x0ab', 'caf\\\\xe9.txt')
    """
    decoded = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", decoded)


def _walked(root: Path, shown: str, custodian: str) -> Iterator[Input]:
    if not root.is_dir():
        yield _input(str(root), shown, custodian)
        return
    waiting = [(str(root), shown)]
    while waiting:
        path, shown = waiting.pop()
        if not _is_folder(path):
            yield _input(path, shown, custodian)
            continue
        try:
            names = sorted(os.listdir(path), key=os.fsencode, reverse=True)
        except OSError as failure:
            message = f"The folder cannot be listed: {failure.strerror}"
            yield Input(path, shown, _label(shown), custodian, 0, _unreadable(message))
            continue
        waiting.extend((os.path.join(path, name), f"{shown}/{readable(name)}") for name in names)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _input(path: str, shown: str, custodian: str) -> Input:
    try:
        found = os.lstat(path)
    except OSError as failure:
        return Input(path, shown, _label(shown), custodian, 0, _unreadable(f"It is not there: {failure.strerror}"))
    if stat.S_ISLNK(found.st_mode):
        message = f"A symbolic link to {readable(os.readlink(path))}; what it points to is read where it lies."
        exception = ProcessingException(Stage.COLLECT, Class.UNSUPPORTED, message[:500])
    elif not stat.S_ISREG(found.st_mode):
        message = "Neither a file nor a folder (a pipe, a socket or a device)."
        exception = ProcessingException(Stage.COLLECT, Class.UNSUPPORTED, message)
    elif not os.access(path, os.R_OK):
        exception = _unreadable("Its permissions do not let it be read.")
    else:
        return Input(path, shown, _label(shown), custodian, found.st_size)
    return Input(path, shown, _label(shown), custodian, 0, exception)


def _unreadable(message: str) -> ProcessingException:
    return ProcessingException(Stage.COLLECT, Class.UNREADABLE, message)


def _label(shown: str) -> str:
    if containers.is_maildir_message(shown):
        return containers.maildir_name(shown)
    return shown.rpartition("/")[2]
