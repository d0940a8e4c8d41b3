"""Small images for a browser: what was written stays sharp, what was photographed stays small."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from cursitor.engines import imaging
from cursitor.engines.imaging import Encoded, PageBitmap


def encoded(image: Image.Image) -> Encoded:
    return imaging.encode(PageBitmap(1, image, 200))


def shown(made: Encoded) -> Image.Image:
    return Image.open(io.BytesIO(made.data)).convert("RGB")


def typed() -> Image.Image:
    """A page of typescript with the soft edges that rendering gives it."""
    page = Image.new("L", (600, 800), 255)
    for line in range(20):
        ImageDraw.Draw(page).text((40, 30 + line * 36), "Registration No. 4711, filed June 22, 1995", fill=0)
    return page.filter(ImageFilter.BoxBlur(0.5))


def photographed() -> Image.Image:
    return Image.linear_gradient("L").resize((600, 800))


class TestEncode:
    def test_keeps_a_page_of_one_bit_as_it_is(self):
        page = typed().convert("1")

        made = encoded(page)

        assert made.mime == "image/png"
        assert Image.open(io.BytesIO(made.data)).mode == "1"
        assert ImageChops.difference(shown(made), page.convert("RGB")).getbbox() is None

    def test_makes_a_png_of_what_is_written_and_a_jpeg_of_what_is_photographed(self):
        assert encoded(typed()).mime == "image/png"
        assert encoded(photographed()).mime == "image/jpeg"

    def test_is_no_further_off_than_half_a_step_of_sixteen_greys(self):
        page = typed()

        difference = ImageChops.difference(shown(encoded(page)), page.convert("RGB"))

        assert max(high for _, high in difference.getextrema()) <= 17

    @pytest.mark.parametrize(("tint", "bands"), [((250, 245, 235), 1), ((255, 60, 60), 3)])
    def test_keeps_colour_that_says_something_and_not_the_tint_of_paper(self, tint, bands):
        page = Image.new("RGB", (300, 300), tint)

        image = Image.open(io.BytesIO(encoded(page).data))

        assert len(image.getbands()) == bands

    def test_tells_size_and_type_as_they_are(self):
        made = encoded(typed())

        assert (made.width, made.height) == (600, 800)
        assert imaging.kind_of(made.data).value == made.mime

    @settings(max_examples=40, deadline=None)
    @given(
        mode=st.sampled_from(["1", "L", "RGB"]),
        size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
        pixels=st.binary(min_size=1, max_size=200),
    )
    def test_of_any_picture_can_be_shown_at_its_size(self, mode, size, pixels):
        n_bytes = size[0] * size[1] * 3
        page = Image.frombytes("RGB", size, (pixels * (n_bytes // len(pixels) + 1))[:n_bytes]).convert(mode)

        made = encoded(page)

        assert shown(made).size == size == (made.width, made.height)


class TestToPortableGreymap:
    def test_is_read_back_pixel_for_pixel(self):
        page = typed()

        back = Image.open(io.BytesIO(imaging.to_portable_greymap(PageBitmap(1, page, 300))))

        assert (back.format, back.size) == ("PPM", page.size)
        assert ImageChops.difference(back, page).getbbox() is None

    def test_and_a_grey_png_say_the_same(self):
        page = photographed()

        back = Image.open(io.BytesIO(imaging.to_grey_png(PageBitmap(1, page, 300))))

        assert ImageChops.difference(back, page).getbbox() is None
