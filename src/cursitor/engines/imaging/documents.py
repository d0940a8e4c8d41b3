"""Pages of a PDF, by pdfium: as a viewer shows them, with annotations and filled form fields, turned as they say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cursitor.engines.imaging.bitmaps import PageBitmap, PageFailure, RasterLimits
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage

_POINTS = 72
_OBJECTS_LOOKED_AT = 2_000
_INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE
_GREY_SPACES = frozenset({raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_CALGRAY})


def count_pages(data: bytes) -> int:
    """:raises ProcessingException: encrypted or corrupt, when the file cannot be opened."""
    with closing(_opened(data)) as document:
        return len(document)


def pages(
    data: bytes, numbers: range, dpi: int, limits: RasterLimits, *, in_grey: bool
) -> Iterator[PageBitmap | PageFailure]:
    """Yield the pages of these numbers, from 1. :raises ProcessingException: when the file cannot be opened."""
    with closing(_opened(data)) as document:
        document.init_forms()
        for number in numbers:
            try:
                yield _rendered(document, number, dpi, limits, in_grey=in_grey)
            except ProcessingException as failure:
                yield PageFailure(number, failure)
            except MemoryError:
                message = f"Page {number} takes more memory than is allowed."
                yield PageFailure(number, LimitHit(Stage.READ, Class.MEMORY, message))
            except (pdfium.PdfiumError, ValueError, OverflowError) as failure:
                message = f"Page {number} cannot be rendered: {failure}"
                yield PageFailure(number, ProcessingException(Stage.READ, Class.CORRUPT, message))


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as failure:
        if failure.err_code == raw.FPDF_ERR_PASSWORD:
            message = "The PDF needs a password, and none was given."
            raise ProcessingException(Stage.READ, Class.ENCRYPTED, message) from failure
        if failure.err_code == raw.FPDF_ERR_SECURITY:
            message = "The PDF is protected in a way that is not read here."
            raise ProcessingException(Stage.READ, Class.ENCRYPTED, message) from failure
        message = "The PDF is damaged and cannot be opened."
        raise ProcessingException(Stage.READ, Class.CORRUPT, message) from failure


def _rendered(
    document: pdfium.PdfDocument, number: int, dpi: int, limits: RasterLimits, *, in_grey: bool
) -> PageBitmap:
    with closing(document[number - 1]) as page:
        fitting = _fitting(page.get_size(), number, dpi, limits)
        grey = in_grey or _has_only_grey(page)
        bitmap = page.render(scale=fitting / _POINTS, grayscale=grey, rev_byteorder=not grey)
        # The bitmap's memory ends with it: the image must own its pixels.
        image = bitmap.to_pil().copy()
        return PageBitmap(number, image if image.mode in ("L", "RGB") else image.convert("RGB"), fitting)


def _fitting(size: tuple[float, float], number: int, dpi: int, limits: RasterLimits) -> int:
    """Return the resolution at which a page of this size, in points, keeps within the limits."""
    width, height = (max(1.0, side / _POINTS) for side in size)
    fitting = min(dpi, math.floor(math.sqrt(limits.pixels / (width * height))))
    if fitting < min(dpi, limits.lowest_dpi):
        message = f"Page {number} is {width:,.0f} by {height:,.0f} inches, too large to be rendered legibly."
        raise LimitHit(Stage.READ, Class.LIMIT_HIT, message)
    return fitting


def _has_only_grey(page: pdfium.PdfPage) -> bool:
    """
    Tell whether all that shows on the page is images of grey or one bit: in colour it would take twice as long.

    Invisible text, as recognition lays it under scans, does not show. In doubt: no.
    """
    if raw.FPDFPage_GetAnnotCount(page.raw):
        return False
    for n_seen, found in enumerate(page.get_objects(max_depth=2)):
        if n_seen >= _OBJECTS_LOOKED_AT or not _is_grey(found):
            return False
    return True


def _is_grey(found: pdfium.PdfObject) -> bool:
    if found.type == raw.FPDF_PAGEOBJ_IMAGE:
        return found.get_metadata().colorspace in _GREY_SPACES
    return bool(found.type == raw.FPDF_PAGEOBJ_TEXT and raw.FPDFTextObj_GetTextRenderMode(found.raw) == _INVISIBLE)
