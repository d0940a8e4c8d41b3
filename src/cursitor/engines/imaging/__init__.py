"""
Pages of scanned and printed files as bitmaps, and bitmaps as small images for a browser.

`rasterise` takes the bytes of a PDF, TIFF, PNG or JPEG and yields one bitmap a page, or the exception that stands for
it; `encode` chooses PNG or JPEG by what the page shows. Text layers are never looked at. pdfium is not thread-safe:
one thread of a process may be in `rasterise` or `count_pages` at a time. What strangers wrote belongs into a sandbox.
"""

from cursitor.engines.imaging.bitmaps import Kind, PageBitmap, PageFailure, RasterLimits, kind_of
from cursitor.engines.imaging.encoding import Encoded, encode, to_grey_png, to_portable_greymap
from cursitor.engines.imaging.rasterising import count_pages, rasterise

__all__ = [
    "Encoded",
    "Kind",
    "PageBitmap",
    "PageFailure",
    "RasterLimits",
    "count_pages",
    "encode",
    "kind_of",
    "rasterise",
    "to_grey_png",
    "to_portable_greymap",
]
