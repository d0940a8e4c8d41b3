"""Pages of TIFF, PNG and JPEG, by Pillow: upright, with square pixels, on white, in one, eight or twenty-four bits."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from PIL import Image, TiffImagePlugin

from cursitor.engines.imaging.bitmaps import PageBitmap, PageFailure, RasterLimits
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage

_FORMATS = ("TIFF", "PNG", "JPEG")
_SUBFILE_TYPE, _REDUCED, _ORIENTATION = 254, 1, 274
_PAPER_INCHES = (0.25, 60.0)
_USUAL_INCHES = 11.0
_UNEVEN = 1.02
_SIXTEEN_BITS = 65535
_BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "LA": 4, "PA": 4, "RGB": 4, "RGBA": 4, "CMYK": 4, "YCbCr": 4, "LAB": 4}


def count_pages(data: bytes, limits: RasterLimits) -> int:
    """
    Return how many pages an image file has; reduced copies that a TIFF carries beside its pages are none.

    Counting stops just above the limit. :raises ProcessingException: corrupt, when the file cannot be opened.
    """
    with _opened(data) as image:
        return sum(1 for _ in _frames(image, limits))


def pages(
    data: bytes, numbers: range, dpi: int, limits: RasterLimits, *, in_grey: bool
) -> Iterator[PageBitmap | PageFailure]:
    """Yield the pages of these numbers, from 1. :raises ProcessingException: when the file cannot be opened."""
    with _opened(data) as image:
        frames = list(_frames(image, limits))
        for number in numbers:
            try:
                yield _rendered(image, frames[number - 1], number, dpi, limits, in_grey=in_grey)
            except ProcessingException as failure:
                yield PageFailure(number, failure)
            except MemoryError:
                message = f"Page {number} takes more memory than is allowed."
                yield PageFailure(number, LimitHit(Stage.READ, Class.MEMORY, message))
            except Exception as failure:  # noqa: BLE001 (whatever a damaged image makes its decoder say)
                message = f"Page {number} is damaged ({str(failure) or type(failure).__name__})."
                yield PageFailure(number, ProcessingException(Stage.READ, Class.CORRUPT, message[:300]))


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        # Sizes are judged here, against the limits handed in.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError as failure:
            message = "The image has more pixels than is allowed."
            raise LimitHit(Stage.READ, Class.LIMIT_HIT, message) from failure
        except Exception as failure:
            message = "The image is damaged and cannot be opened."
            raise ProcessingException(Stage.READ, Class.CORRUPT, message) from failure
        with image:
            yield image


def _frames(image: Image.Image, limits: RasterLimits) -> Iterator[int]:
    """Yield the positions of the frames that are pages. Only a TIFF has several; other formats' are pictures in it."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        yield 0
        return
    for position in range(limits.pages + 1):
        try:
            image.seek(position)
        except EOFError:
            return
        except Exception:  # noqa: BLE001 (a damaged directory: the page is there and will be told as a failure)
            yield position
            return
        if not _is_reduced(image):
            yield position


def _is_reduced(image: TiffImagePlugin.TiffImageFile) -> bool:
    kind = image.tag_v2.get(_SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & _REDUCED)


def _rendered(
    image: Image.Image, position: int, number: int, dpi: int, limits: RasterLimits, *, in_grey: bool
) -> PageBitmap:
    image.seek(position)
    _require_bounded(image, number, limits)
    across, down = _resolution(image)
    wanted = min(dpi, max(across, down), _fitting(image.size, (across, down), limits))
    if wanted < min(dpi, limits.lowest_dpi, across, down):
        message = f"Page {number} is {image.width:,} by {image.height:,} pixels, too large to be shown legibly."
        raise LimitHit(Stage.READ, Class.LIMIT_HIT, message)
    size = max(1, round(image.width * wanted / across)), max(1, round(image.height * wanted / down))
    # A JPEG is decoded at half, a quarter or an eighth of its size where that is enough.
    image.draft("L" if in_grey else None, size)
    turn = _TURNS.get(_orientation(image))
    flat = _sized(_flat(image), size)
    if in_grey and flat.mode == "RGB":
        flat = flat.convert("L")
    return PageBitmap(number, flat.transpose(turn) if turn is not None else flat, max(1, round(wanted)))


def _sized(flat: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture in another size; what is nearly of it stays as it is, sharper than it could be made."""
    if all(1 / _UNEVEN <= own / given <= _UNEVEN for own, given in zip(flat.size, size, strict=True)):
        return flat
    # Of one bit, a smaller picture would lose strokes: grey keeps them.
    return (flat.convert("L") if flat.mode == "1" else flat).resize(size, Image.Resampling.BOX)


def _require_bounded(image: Image.Image, number: int, limits: RasterLimits) -> None:
    n_bytes = image.width * image.height * _BYTES_A_PIXEL.get(image.mode, 4)
    if n_bytes > limits.source_bytes:
        message = f"Page {number} has {image.width:,} by {image.height:,} pixels, more than is allowed."
        raise LimitHit(Stage.READ, Class.LIMIT_HIT, message)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """
    Return pixels an inch across and down.

    What the file says is believed where the paper would have a usual size; otherwise, as with photographs that say 72,
    the longer side is taken for eleven inches.
    """
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        across = down = 0.0
    low, high = _PAPER_INCHES
    if min(across, down) > 0 and all(math.isfinite(value) for value in (across, down)):
        inches = max(image.width / across, image.height / down)
        is_photograph = max(across, down) <= 72.5 and inches > 17
        if low <= inches <= high and not is_photograph and max(across, down) / min(across, down) <= 4:
            return (down, across) if _lies_on_its_side(image) else (across, down)
    usual = max(image.size) / _USUAL_INCHES
    return usual, usual


def _lies_on_its_side(image: Image.Image) -> bool:
    """Tell whether the size of a TIFF's frame is given upright already, while its resolutions are not."""
    return isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_ORIENTATION, 1) in (5, 6, 7, 8)


def _fitting(size: tuple[int, int], resolution: tuple[float, float], limits: RasterLimits) -> float:
    square_inches = size[0] / resolution[0] * size[1] / resolution[1]
    return math.sqrt(limits.pixels / square_inches)


def _flat(image: Image.Image) -> Image.Image:
    """Return the picture in mode "1", "L" or "RGB", transparent parts white, sixteen bits brought down to eight."""
    image.load()
    if image.mode in ("1", "L", "RGB") and "transparency" not in image.info:
        return image.copy()
    if image.mode.startswith("I") or image.mode == "F":
        return _in_eight_bits(image)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("L" if image.mode == "P" and _is_grey_palette(image) else "RGB")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Bring sixteen bits, or numbers of any range, down to eight. What is of sixteen bits is never stretched."""
    wide = image if image.mode == "F" else image.convert("I")
    low, high = cast(tuple[float, float], wide.getextrema())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ProcessingException(Stage.READ, Class.CORRUPT, "The image holds numbers that are no brightness.")
    if image.mode != "F" and low >= 0 and high <= _SIXTEEN_BITS:
        low, high = 0.0, float(_SIXTEEN_BITS)
    scale = 255.0 / (high - low or 1.0)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    is_grey = image.mode in ("LA", "La", "L", "1")
    above = image.convert("RGBA")
    white = Image.new("RGBA", above.size, "white")
    return Image.alpha_composite(white, above).convert("L" if is_grey else "RGB")


def _is_grey_palette(image: Image.Image) -> bool:
    palette = image.getpalette("RGB") or []
    return all(palette[at] == palette[at + 1] == palette[at + 2] for at in range(0, len(palette) - 2, 3))


def _orientation(image: Image.Image) -> int:
    # Of a TIFF, Pillow has turned the picture itself when it is loaded.
    return 1 if isinstance(image, TiffImagePlugin.TiffImageFile) else int(image.getexif().get(_ORIENTATION, 1))


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Value of the orientation tag (TIFF 6.0, Exif 2.32, tag 274) -> what makes the picture upright."""
