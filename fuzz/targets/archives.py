"""Archives and what is packed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator

import py7zr

from cursitor.engines.processing import archives, containers, kinds, seven_zip, stores
from cursitor.engines.processing.containers import Child, Means
from cursitor.engines.processing.exceptions import ProcessingException
from fuzz.targets.table import LIMITS, SAMPLES, is_storable, target

MEANS = Means(passwords=("tika", "secret"))


def _hold(children: Iterator[Child], data: bytes) -> None:
    """Take all children: the limits hold, names can be stored; one exception class ends it."""
    total = 0
    try:
        for child in children:
            assert is_storable(child.name)
            assert child.size <= LIMITS.total_bytes
            total += child.size
    except ProcessingException:
        pass
    assert total <= LIMITS.total_bytes + LIMITS.item_bytes
    assert total <= max(LIMITS.ratio_free_bytes, LIMITS.ratio * len(data)) * max(1, len(data) // 30)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, method in enumerate(
            (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        ):
            archive.writestr(zipfile.ZipInfo(f"d/\u00e4{number}.txt"), b"words " * 20, method)
    return out.getvalue()


def _aes() -> bytes:
    """Return an archive whose one member says that it is encrypted with AES; its content is none."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo("a.txt")
        member.extra = b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00"
        archive.writestr(member, b"0123456789abcdef0123456789abcdef")
    data = out.getvalue()
    data = data[:6] + b"\x01\x00\x63\x00" + data[10:]
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01\x00\x63\x00" + data[at + 12 :]


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, kind in (("a.txt", tarfile.REGTYPE), ("l", tarfile.SYMTYPE), ("\u00e9" * 110, tarfile.REGTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, 5 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"hello"))
    return out.getvalue()[:8192]


@target(_zip(), _aes(), files=["testZipEncrypted.zip"], longest=8192)
def zip_archive(data: bytes) -> None:
    """Members come out within the limits, each damaged one as an exception."""
    _hold(containers.read_zip(io.BytesIO(data), LIMITS, MEANS), data)
    _hold(containers.read_zip(io.BytesIO(data), LIMITS, first=2, at_most=1), data)


def _seven() -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as archive:
        archive.writestr(b"words " * 20, "d/a.txt")
        archive.writestr(b"", "empty")
    return out.getvalue()


@target(_seven(), longest=4096, pumped=0)
def seven_zip_archive(data: bytes) -> None:
    """Members come out within the limits, or one exception."""
    _hold(seven_zip.read_7z(io.BytesIO(data), LIMITS, MEANS), data)


@target(_tar(), longest=16384)
def tar_archive(data: bytes) -> None:
    """Members come out within the limits; links and devices have no content."""
    _hold(archives.read_tar(io.BytesIO(data), LIMITS, MEANS), data)


@target(
    gzip.compress(b"words " * 50, mtime=0), bz2.compress(b"words " * 50), lzma.compress(b"words " * 50), longest=2048
)
def packed_file(data: bytes) -> None:
    """One child within the limits, or one exception."""
    for kind in archives.PACKED:
        if kind is kinds.identify(data, "x"):
            _hold(archives.read_packed(kind, io.BytesIO(data), "x.tgz", LIMITS, MEANS), data)


def _store() -> bytes:
    return gzip.decompress((SAMPLES / "dist-list.pst.gz").read_bytes())


@target(_store(), longest=400_000, pumped=0)
def outlook_store(data: bytes) -> None:
    """Items come out as messages, or one exception; what libpff does with damage is not ours, what we make of it is."""
    _hold(stores.read_store(io.BytesIO(data), LIMITS), data)
