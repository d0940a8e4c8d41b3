"""Bitmaps as small images for a browser: PNG for what was written and printed, JPEG for what was photographed."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

from PIL import Image, ImageChops

from cursitor.engines.imaging.bitmaps import PageBitmap

_STRIDE = 3
_COLOURED_FROM = 48
_COLOURED_SHARE = 0.0005
_DARK_BELOW, _LIGHT_FROM = 64, 224
_TONES_SHARE = 0.15
_NIBBLES = [value >> 4 for value in range(256)]
_GREYS = [level for step in range(16) for level in (step * 17,) * 3]
_QUALITY = 80
_FAST = 1


@dataclass(frozen=True)
class Encoded:
    """An image file: data, its media type (image/png or image/jpeg), width and height in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def encode(bitmap: PageBitmap) -> Encoded:
    """
    Return the page as a small image, chosen by what it shows.

    One bit stays one bit. A page without colour whose pixels are nearly all near black or near white is line art: PNG
    in sixteen greys, which keep the edges of rendered strokes. Anything else is a JPEG, grey or in colour.
    """
    image = bitmap.image
    if image.mode == "RGB" and not _is_coloured(image):
        image = image.convert("L")
    if image.mode == "1":
        return _png(image, bits=1)
    if image.mode == "L" and _is_line_art(image):
        return _png(_in_sixteen_greys(image), bits=4)
    return _jpeg(image)


def to_grey_png(bitmap: PageBitmap) -> bytes:
    """Return the page as a PNG of 256 greys, without loss beyond the colour."""
    return _png(bitmap.image.convert("L")).data


def to_portable_greymap(bitmap: PageBitmap) -> bytes:
    """Return the page as a portable greymap (Netpbm P5, 8 bits): not packed, so it costs no time to write or read."""
    grey = bitmap.image.convert("L")
    return b"P5\n%d %d\n255\n" % grey.size + grey.tobytes()


def _is_coloured(image: Image.Image) -> bool:
    """Tell whether more than one sampled pixel in 2,000 is plainly not grey; a scanner's tint is not."""
    red, green, blue = _sampled(image).split()
    highest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    counts = ImageChops.difference(highest, lowest).histogram()
    return sum(counts[_COLOURED_FROM:]) > _COLOURED_SHARE * sum(counts)


def _is_line_art(image: Image.Image) -> bool:
    counts = _sampled(image).histogram()
    return sum(counts[_DARK_BELOW:_LIGHT_FROM]) <= _TONES_SHARE * sum(counts)


def _sampled(image: Image.Image) -> Image.Image:
    """Return every third pixel of every third row."""
    size = (max(1, image.width // _STRIDE), max(1, image.height // _STRIDE))
    return image.resize(size, Image.Resampling.NEAREST)


def _in_sixteen_greys(image: Image.Image) -> Image.Image:
    indexed = image.point(_NIBBLES, "P")
    indexed.putpalette(_GREYS)
    return indexed


def _png(image: Image.Image, bits: int = 8) -> Encoded:
    out = io.BytesIO()
    options = {"bits": bits} if image.mode == "P" else {}
    image.save(out, "PNG", compress_level=_FAST, compress_type=zlib.Z_RLE, **options)
    return Encoded(out.getvalue(), "image/png", *image.size)


def _jpeg(image: Image.Image) -> Encoded:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return Encoded(out.getvalue(), "image/jpeg", *image.size)
