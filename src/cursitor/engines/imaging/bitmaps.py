"""What rendering works on: kinds of files, bounds, and a page as it comes out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from PIL import Image

from cursitor.engines.processing.exceptions import ProcessingException

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
)
_PDF_WITHIN = 1024


class Kind(StrEnum):
    """A kind of file that has pages; the value is its media type."""

    PDF = "application/pdf"
    TIFF = "image/tiff"
    PNG = "image/png"
    JPEG = "image/jpeg"


@dataclass(frozen=True)
class RasterLimits:
    """
    Bound what one file may cost; every field is a positive number.

    pages: of one file. pixels: of one rendered page; a larger page is rendered at a lower resolution, and says so.
    source_bytes: decoded size of one image as it lies in the file. lowest_dpi: a page that would have to be rendered
    below it to fit into `pixels` is refused.
    """

    pages: int = 5_000
    pixels: int = 40_000_000
    source_bytes: int = 800_000_000
    lowest_dpi: int = 36

    def __post_init__(self) -> None:
        """
        Refuse bounds that could never be met.

        :raises ValueError: naming the field that is not positive.
        """
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ValueError(f"The limit {field.name} must be positive, not {getattr(self, field.name)}.")


@dataclass(frozen=True)
class PageBitmap:
    """
    One rendered page, upright, without transparency.

    number: in its file, from 1. image: of mode "1" (only ever from a source of one bit), "L" or "RGB". dpi: what one
    inch of the paper is in pixels, the same in both directions.
    """

    number: int
    image: Image.Image
    dpi: int


@dataclass(frozen=True)
class PageFailure:
    """A page that could not be rendered, and why; the pages after it may well be."""

    number: int
    exception: ProcessingException


def kind_of(head: bytes) -> Kind | None:
    """
    Return the kind of a file from its first bytes (1,024 are enough), whatever it is called; None for any other kind.

    A PDF may begin within the first 1,024 bytes (ISO 32000-1:2008, annex H, note 13).

    >>> kind_of(b"MM\\x00*\\x00\\x00\\x00\\x08"), kind_of(b"Subject: hello")
    (<Kind.TIFF: 'image/tiff'>, None)
    """
    for magic, kind in _SIGNATURES:
        if head.startswith(magic):
            return Kind(kind)
    return Kind.PDF if b"%PDF-" in head[:_PDF_WITHIN] else None
