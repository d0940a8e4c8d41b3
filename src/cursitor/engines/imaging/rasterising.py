"""From the bytes of a file to its pages."""

from __future__ import annotations

from collections.abc import Iterator

from cursitor.engines.imaging import documents, pictures
from cursitor.engines.imaging.bitmaps import Kind, PageBitmap, PageFailure, RasterLimits
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage


def count_pages(kind: Kind, data: bytes, limits: RasterLimits) -> int:
    """
    Return how many pages the file has, at least one.

    :raises ProcessingException: encrypted; corrupt, also where there is no page at all.
    :raises LimitHit: when there are more pages than allowed.
    """
    n_pages = documents.count_pages(data) if kind is Kind.PDF else pictures.count_pages(data, limits)
    if n_pages == 0:
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The file holds no page.")
    if n_pages > limits.pages:
        message = f"The file has {n_pages:,} pages; {limits.pages:,} are allowed in one file."
        raise LimitHit(Stage.READ, Class.LIMIT_HIT, message)
    return n_pages


def rasterise(
    kind: Kind,
    data: bytes,
    dpi: int,
    limits: RasterLimits,
    *,
    first: int = 1,
    last: int | None = None,
    in_grey: bool = False,
) -> Iterator[PageBitmap | PageFailure]:
    """
    Yield the pages from first to last (both included, last None: to the end), one at a time, in their order.

    dpi: wanted resolution. A page of a PDF is rendered at it, an image is scaled down to it and never up, so that
    nothing is invented; the bitmap says what it became. in_grey: pages without colour, for recognition and for
    black-and-white copies. A page that fails is yielded as a failure and the others go on.
    :raises ProcessingException: encrypted or corrupt, when the file as a whole cannot be opened.
    :raises LimitHit: when there are more pages than allowed.
    :raises ValueError: if dpi or first is not positive.
    """
    if dpi <= 0 or first <= 0:
        raise ValueError(f"Resolution and first page must be positive, not {dpi} and {first}.")
    n_pages = count_pages(kind, data, limits)
    numbers = range(first, min(n_pages, last or n_pages) + 1)
    if kind is Kind.PDF:
        return documents.pages(data, numbers, dpi, limits, in_grey=in_grey)
    return pictures.pages(data, numbers, dpi, limits, in_grey=in_grey)
