"""
Rendering of pages by path inside a worker: neither the file nor its pages pass through a pipe.

The caller gives a folder; each page becomes an image file there, and only names, sizes and troubles come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cursitor.engines import imaging
from cursitor.engines.imaging import Kind, PageBitmap, PageFailure, RasterLimits
from cursitor.engines.processing import kinds
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.kinds import Group
from cursitor.engines.processing.limits import Limits

_OPENED = frozenset({Group.MAIL, Group.OUTLOOK, Group.MAILBOX, Group.ARCHIVE})
_PAGED = frozenset({Group.PDF, Group.IMAGE, Group.UNKNOWN})


@dataclass(frozen=True)
class Look:
    """What a file is. kind: of its pages, with n_pages of them; empty for a message or container, which is opened."""

    kind: str
    n_pages: int


@dataclass(frozen=True)
class SpooledPage:
    """
    One page: where its image lies and what it is like, or the exception that stands for it (path is empty).

    number: in its file, from 1. width, height: pixels. dpi: resolution it was rendered at.
    """

    number: int
    path: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    dpi: int = 0
    exception: ProcessingException | None = None


def look(path: str, name: str, limits: Limits, raster: RasterLimits) -> Look:
    """
    Return what a file is by its content, and how many pages it has.

    :raises ProcessingException: zero byte, encrypted, corrupt; unsupported, naming the type, when it has no pages and
    nothing is in it. :raises LimitHit: when the file or the number of its pages is too large.
    """
    data = _bytes(path, limits)
    if not data:
        raise ProcessingException(Stage.IDENTIFY, Class.ZERO_BYTE, "The file is empty.")
    found = kinds.identify(data, name)
    kind = imaging.kind_of(data[:1024]) if found.group in _PAGED else None
    if kind is not None:
        return Look(kind.value, imaging.count_pages(kind, data, raster))
    if found.group in _OPENED:
        return Look("", 0)
    if found.group is Group.PROTECTED:
        raise ProcessingException(Stage.IDENTIFY, Class.ENCRYPTED, "The file is encrypted.")
    message = f"Pages are made of PDF, TIFF, PNG and JPEG; mail and ZIP are opened. This is {found.mime}."
    raise ProcessingException(Stage.IDENTIFY, Class.UNSUPPORTED, message)


def render(
    path: str, kind: str, dpi: int, first: int, last: int, spool: str, limits: Limits, raster: RasterLimits
) -> tuple[SpooledPage, ...]:
    """
    Return the pages from first to last, whose images are written under the folder spool as page-1, page-2 and so on.

    A page that cannot be rendered comes as its exception, and the others go on. Files that are there are overwritten.
    :raises ProcessingException: when the file as a whole cannot be opened.
    """
    data = _bytes(path, limits)
    bitmaps = imaging.rasterise(Kind(kind), data, dpi, raster, first=first, last=last)
    return tuple(_spooled(found, Path(spool)) for found in bitmaps)


def render_for_recognition(
    path: str, kind: str, dpi: int, number: int, target: str, limits: Limits, raster: RasterLimits
) -> int:
    """
    Write one page as a grey PNM image to the path target and return the resolution it has.

    :raises ProcessingException: what stands for the page or the file.
    """
    data = _bytes(path, limits)
    for found in imaging.rasterise(Kind(kind), data, dpi, raster, first=number, last=number, in_grey=True):
        if isinstance(found, PageFailure):
            raise found.exception
        Path(target).write_bytes(imaging.to_portable_greymap(found))
        return found.dpi
    raise ProcessingException(Stage.READ, Class.CORRUPT, f"The file has no page {number} any more.")


def _bytes(path: str, limits: Limits) -> bytes:
    source = Path(path)
    if source.stat().st_size > limits.item_bytes:
        raise LimitHit(Stage.READ, Class.LIMIT_HIT, f"The file is larger than {limits.item_bytes:,} bytes.")
    return source.read_bytes()


def _spooled(found: PageBitmap | PageFailure, spool: Path) -> SpooledPage:
    if isinstance(found, PageFailure):
        return SpooledPage(found.number, exception=found.exception)
    encoded = imaging.encode(found)
    path = spool / f"page-{found.number}"
    path.write_bytes(encoded.data)
    return SpooledPage(found.number, str(path), encoded.mime, encoded.width, encoded.height, found.dpi)
