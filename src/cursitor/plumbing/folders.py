"""Folders of the server that may be collected from: which they are, and what lies in them."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cursitor.engines.processing import containers
from cursitor.plumbing.refusal import Invalid
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob


class FolderNotOffered(Invalid):
    """Raised when a server folder does not lie below one of the folders the installation offers."""


def offered(folder: str) -> Path:
    """
    Return the folder, resolved.

    :raises FolderNotOffered: unless it exists below one of CURSITOR_COLLECT_ROOTS.
    """
    roots = [Path(root).resolve() for root in settings.CURSITOR_COLLECT_ROOTS]
    try:
        path = Path(folder).resolve()
        is_offered = any(path == root or root in path.parents for root in roots) and path.is_dir()
    except (OSError, ValueError):
        is_offered = False
    if not is_offered:
        names = ", ".join(map(str, roots)) or "none on this installation"
        raise FolderNotOffered(f"Folders that may be collected from lie below: {names}.", field="folder")
    return path


def files_below(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield (path, name relative to the root) of every file, in the order of their names at each level."""
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        is_maildir = {"cur", "new", "tmp"} <= set(subfolders)
        if is_maildir:
            # Unfinished deliveries are no mail.
            subfolders.remove("tmp")
        for file in sorted(files):
            path = Path(folder, file)
            yield path, containers.label(str(path.relative_to(root)))


def stored(path: Path, root: Path, *, scope: str, at: datetime) -> tuple[Blob | None, dict[str, str]]:
    """Put a file found below the root into the vault; or return why not, as {"class", "message"}."""
    if root not in path.resolve().parents:
        return None, {"class": "link outside", "message": "The entry leads out of the folder; it was not followed."}
    if not path.is_file():
        return None, {"class": "not a file", "message": "The entry is no ordinary file; it was not read."}
    try:
        with path.open("rb") as stream:
            return vault.put(scope=scope, source=stream, at=at), {}
    except OSError as failure:
        return None, {"class": "unreadable", "message": f"The file could not be read: {failure.strerror}."}
