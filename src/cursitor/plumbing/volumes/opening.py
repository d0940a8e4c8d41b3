"""Files of a volume by their path inside it, and what is asked of them: size, digests, what kind of image."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from cursitor.engines.production import paths, tiff, volume
from cursitor.engines.production.volume import VolumeFile
from cursitor.plumbing.refusal import Refusal

_CHUNK = 1 << 20
_LARGEST_IMAGE = 1 << 28


class VolumeUnusable(Refusal):
    """Raised when a volume is neither a folder nor a ZIP, or cannot be opened."""


class Volume(Protocol):
    """What a folder and a ZIP have in common. sizes: path with forward slashes -> bytes."""

    sizes: Mapping[str, int]
    refused: tuple[tuple[str, str], ...]

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file of the volume for reading."""

    def close(self) -> None:
        """Let go of what was opened."""


class FolderVolume:
    """A folder. Links that lead out of it are refused, with the code of the finding, and so are devices and pipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.sizes: dict[str, int] = {}
        refused = []
        for path in _files_below(self.folder):
            name = path.relative_to(self.folder).as_posix()
            if not path.resolve().is_relative_to(self.folder):
                refused.append((name, "PATH_TRAVERSAL"))
            elif path.is_file():
                self.sizes[name] = path.stat().st_size
        self.refused = tuple(refused)

    def open(self, path: str) -> BinaryIO:
        return (self.folder / path).open("rb")

    def close(self) -> None:
        """A folder holds nothing open."""


class ZipVolume:
    """A ZIP. Members whose names would climb out, and encrypted ones, are refused."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as failure:
            raise VolumeUnusable(f"{path} cannot be opened as a ZIP: {failure}") from failure
        self.members: dict[str, zipfile.ZipInfo] = {}
        refused = []
        for member in self.archive.infolist():
            if member.is_dir():
                continue
            try:
                name = paths.inside_volume(member.filename)
            except paths.UnsafePath as unsafe:
                refused.append((member.filename, unsafe.code))
                continue
            self.members.setdefault(name, member)
        self.sizes = {name: member.file_size for name, member in self.members.items()}
        self.refused = tuple(refused)

    def open(self, path: str) -> BinaryIO:
        try:
            return cast(BinaryIO, self.archive.open(self.members[path]))
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as failure:
            raise OSError(f"{path}: {failure}") from failure

    def close(self) -> None:
        self.archive.close()


def open_volume(path: Path) -> Volume:
    """
    Return the volume at a path.

    :raises VolumeUnusable: if there is none.
    """
    if path.is_dir():
        return FolderVolume(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return ZipVolume(path)
    raise VolumeUnusable(f"{path} is neither a folder nor a ZIP.")


def facts(source: Volume, *, digests: Mapping[str, Collection[str]], images: Collection[str]) -> dict[str, VolumeFile]:
    """
    Return the facts of every file of a volume.

    digests: path -> names of digests to compute of it. images: paths of files to look into as images. What cannot be
    read has no digests and is no image.
    """
    found = {}
    for path, size in source.sizes.items():
        computed: Mapping[str, str] = {}
        kind, n_pages = (None, 0)
        try:
            if path in digests:
                computed = _digests(source, path, digests[path])
            if path in images:
                kind, n_pages = _image(source, path)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile):
            kind = "" if path in images else None
        found[path] = VolumeFile(size, computed, kind, n_pages)
    return found


def _digests(source: Volume, path: str, names: Collection[str]) -> dict[str, str]:
    computed = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    with source.open(path) as file:
        while piece := file.read(_CHUNK):
            for one in computed.values():
                one.update(piece)
    return {name: one.hexdigest() for name, one in computed.items()}


def _image(source: Volume, path: str) -> tuple[str, int]:
    """Return the kind of an image and its pages: 0 where nobody counts, -1 where a TIFF cannot be read."""
    with source.open(path) as file:
        data = file.read(_LARGEST_IMAGE)
    kind = volume.image_kind(data[:16])
    if kind != "tiff":
        return kind, 1 if kind in ("jpeg", "png") else 0
    try:
        return kind, len(tiff.pages(data))
    except tiff.NotTiff:
        return kind, -1


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names))
