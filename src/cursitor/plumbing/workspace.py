"""Folders for what lies in the clear while it is worked on: gone when the work is done, or soon after it was killed."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


@contextlib.contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """
    Yield an empty folder below CURSITOR_DATA that nobody else can open; it is removed at the end.

    What a killed process left behind is removed first: the kernel holds a lock on each folder as long as whoever made
    it lives.
    """
    root = Path(settings.CURSITOR_DATA, "work")
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.ExitStack() as held:
        # Nobody clears while a folder is there and not yet locked.
        with _locked(root):
            _clear(root)
            path = Path(tempfile.mkdtemp(dir=root, prefix=f"{purpose}-"))
            held.enter_context(_locked(path))
        held.callback(shutil.rmtree, path)  # before its lock is let go
        yield path


@contextlib.contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a folder; yield whether it was free, which it is in the end if that is waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _clear(root: Path) -> None:
    for entry in root.iterdir():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), _locked(entry, wait=False) as is_free:
            if is_free:
                shutil.rmtree(entry, ignore_errors=True)
