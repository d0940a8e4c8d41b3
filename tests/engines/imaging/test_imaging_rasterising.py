"""Pages as bitmaps: upright, at the resolution asked for, within limits, and each failure named where it is."""

import io
import struct
import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageStat

from cursitor.engines import imaging
from cursitor.engines.imaging import Kind, PageBitmap, PageFailure, RasterLimits
from cursitor.engines.processing.exceptions import Class, ProcessingException

LIMITS = RasterLimits()
FORMS = Path(__file__).parents[2] / "lines" / "entry" / "data"
ORIENTATION = 274
TURNED_BY = {
    1: lambda upright: upright,
    2: lambda upright: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda upright: upright.transpose(Image.Transpose.ROTATE_180),
    4: lambda upright: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda upright: upright.transpose(Image.Transpose.TRANSPOSE),
    6: lambda upright: upright.transpose(Image.Transpose.ROTATE_90),
    7: lambda upright: upright.transpose(Image.Transpose.TRANSVERSE),
    8: lambda upright: upright.transpose(Image.Transpose.ROTATE_270),
}
"""Value of the orientation tag -> how a picture is stored that a reader has to turn back."""


def drawn(size: tuple[int, int] = (80, 120), mode: str = "L") -> Image.Image:
    """A white picture whose upper left corner is black."""
    picture = Image.new("L", size, 255)
    picture.paste(0, (0, 0, size[0] // 2, size[1] // 2))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def pdf(content: bytes, *, rotate: int = 0, box: str = "0 0 72 144", extra: bytes = b"") -> bytes:
    """A PDF of one page, 1 by 2 inches unless said otherwise."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Rotate %d /Contents 4 0 R %s >>" % (box.encode(), rotate, extra),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n"


BLACK_UPPER_LEFT = b"0 g 0 72 36 72 re f"


def encrypted(**permissions: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(BLACK_UPPER_LEFT))) as document:
        document.save(out, encryption=pikepdf.Encryption(**permissions))
    return out.getvalue()


def fax(n: int) -> bytes:
    """A packed TIFF of noise: so many pages, whose second is damaged when asked."""
    pages = [Image.frombytes("L", (60, 60), bytes(x * x * (page + 7) % 251 for x in range(3600))) for page in range(n)]
    return saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate")


def with_second_damaged(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        at = image.tag_v2[273][0]
    return data[:at] + bytes(40) + data[at + 40 :]


def all_pages(data: bytes, dpi: int = 200, limits: RasterLimits = LIMITS, **asked: object) -> list:
    return list(imaging.rasterise(imaging.kind_of(data), data, dpi, limits, **asked))


def only(data: bytes, dpi: int = 200, limits: RasterLimits = LIMITS, **asked: object) -> PageBitmap:
    (page,) = all_pages(data, dpi, limits, **asked)
    assert isinstance(page, PageBitmap), page
    return page


def corners(image: Image.Image) -> tuple[bool, ...]:
    """Which corners are dark: upper left, upper right, lower left, lower right."""
    grey, (right, below) = image.convert("L"), (image.width - 5, image.height - 5)
    return tuple(grey.getpixel(place) < 128 for place in ((4, 4), (right, 4), (4, below), (right, below)))


UPPER_LEFT = (True, False, False, False)


class TestKindOf:
    def test_goes_by_the_first_bytes(self):
        picture = drawn()
        made = {kind: imaging.kind_of(saved(picture, kind)) for kind in ("PNG", "JPEG", "TIFF", "PDF", "GIF")}

        assert made == {"PNG": Kind.PNG, "JPEG": Kind.JPEG, "TIFF": Kind.TIFF, "PDF": Kind.PDF, "GIF": None}
        assert imaging.kind_of(saved(picture, "TIFF", big_tiff=True)) is Kind.TIFF
        assert imaging.kind_of(b"\r\n\r\n%PDF-1.4") is Kind.PDF
        assert imaging.kind_of(b"") is None


class TestPdf:
    def test_is_rendered_at_the_resolution_asked_for(self):
        page = only(pdf(BLACK_UPPER_LEFT), 150)

        assert (page.number, page.dpi, page.image.size) == (1, 150, (150, 300))
        assert corners(page.image) == UPPER_LEFT

    @pytest.mark.parametrize(
        ("rotate", "size", "dark"),
        [
            (90, (200, 100), (False, True, False, False)),
            (180, (100, 200), (False, False, False, True)),
            (270, (200, 100), (False, False, True, False)),
        ],
    )
    def test_is_turned_as_its_page_says(self, rotate, size, dark):
        page = only(pdf(BLACK_UPPER_LEFT, rotate=rotate), 100)

        assert (page.image.size, corners(page.image)) == (size, dark)

    def test_gives_back_a_scan_as_it_was(self):
        scan = Image.open(io.BytesIO(saved(drawn((400, 600)), "PNG")))
        page = only(saved(scan, "PDF", resolution=200.0), 200)

        assert page.image.size == scan.size
        assert ImageStat.Stat(ImageChops.difference(page.image.convert("L"), scan)).mean[0] < 1

    def test_keeps_colour_and_saves_the_trouble_where_there_is_none(self):
        red = only(pdf(b"1 0 0 rg 0 0 72 144 re f"))
        scanned = only((FORMS / "fara-0766f9d571.pdf").read_bytes(), 100)
        asked_in_grey = only(pdf(b"1 0 0 rg 0 0 72 144 re f"), in_grey=True)

        assert red.image.getpixel((9, 9)) == (255, 0, 0)
        assert scanned.image.mode == "L"
        assert asked_in_grey.image.mode == "L"

    def test_in_grey_is_what_it_is_in_colour(self):
        coloured = b"1 0 0 rg 0 0 1 1 re f"
        data = (FORMS / "fara-0766f9d571.pdf").read_bytes()
        with pikepdf.open(io.BytesIO(data)) as document:
            document.pages[0].contents_add(coloured)
            out = io.BytesIO()
            document.save(out)
        grey, colour = only(data, 100).image, only(out.getvalue(), 100).image

        assert colour.mode == "RGB"
        assert ImageStat.Stat(ImageChops.difference(grey, colour.convert("L"))).mean[0] < 1

    def test_draws_what_was_filled_into_its_fields(self):
        appearance = pikepdf.Pdf.new()
        appearance.add_blank_page(page_size=(72, 144))
        about = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Form, "BBox": [0, 0, 36, 72]}
        drawing = appearance.make_stream(b"0 g 0 0 36 72 re f", **about)
        widget = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T=pikepdf.String("name"),
            F=4,
            Rect=[0, 72, 36, 144],
            AP=pikepdf.Dictionary(N=drawing),
        )
        field = appearance.make_indirect(widget)
        appearance.pages[0].Annots = [field]
        appearance.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        out = io.BytesIO()
        appearance.save(out)

        assert corners(only(out.getvalue()).image) == UPPER_LEFT

    def test_needs_its_password_and_not_its_owner_s(self):
        with pytest.raises(ProcessingException) as refused:
            all_pages(encrypted(user="secret", owner="other"))

        assert refused.value.class_ is Class.ENCRYPTED
        assert corners(only(encrypted(owner="other")).image) == UPPER_LEFT

    @pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(500), pdf(b"")[:150]])
    def test_that_cannot_be_opened_is_named_as_damaged(self, data):
        with pytest.raises(ProcessingException) as refused:
            all_pages(data)

        assert refused.value.class_ is Class.CORRUPT

    def test_too_large_for_its_limit_is_rendered_coarser_or_refused(self):
        vast = pdf(BLACK_UPPER_LEFT, box="0 0 14400 14400")
        sheet = pdf(b"0 g 0 400 200 400 re f", box="0 0 720 1440")

        (refused,) = all_pages(vast, limits=RasterLimits(pixels=1_000_000))
        coarser = only(sheet, limits=RasterLimits(pixels=500_000))

        assert refused.exception.class_ is Class.LIMIT_HIT
        assert "200 by 200 inches" in refused.exception.message
        assert coarser.dpi == 50
        assert coarser.image.size == (500, 1000)


class TestPictures:
    @pytest.mark.parametrize("orientation", TURNED_BY)
    @pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
    def test_are_upright_however_they_were_held(self, kind, orientation):
        stored = TURNED_BY[orientation](drawn())
        tag = Image.Exif()
        tag[ORIENTATION] = orientation
        options = {"tiffinfo": {ORIENTATION: orientation}} if kind == "TIFF" else {"exif": tag}

        page = only(saved(stored, kind, **options))

        assert page.image.size == (80, 120)
        assert corners(page.image) == UPPER_LEFT

    def test_are_scaled_down_to_what_was_asked_for_and_never_up(self):
        fine = only(saved(drawn((1200, 1800)), "PNG", dpi=(600, 600)), 200)
        coarse = only(saved(drawn((200, 300)), "PNG", dpi=(100, 100)), 200)

        assert (fine.image.size, fine.dpi) == ((400, 600), 200)
        assert (coarse.image.size, coarse.dpi) == ((200, 300), 100)

    def test_of_a_fax_get_square_pixels(self):
        page = only(saved(drawn((1728, 1100)), "TIFF", dpi=(204, 98)), 200)

        assert page.image.size == (round(1728 / 204 * 200), round(1100 / 98 * 200))

    def test_of_a_camera_are_taken_for_a_usual_sheet(self):
        page = only(saved(drawn((3300, 2550)), "JPEG", dpi=(72, 72)), 200)

        assert (page.image.size, page.dpi) == ((2200, 1700), 200)

    @pytest.mark.parametrize(
        ("mode", "kind", "expected"),
        [
            ("1", "PNG", "1"),
            ("1", "TIFF", "1"),
            ("P", "PNG", "L"),
            ("LA", "PNG", "L"),
            ("RGBA", "PNG", "RGB"),
            ("CMYK", "JPEG", "RGB"),
            ("CMYK", "TIFF", "RGB"),
            ("YCbCr", "TIFF", "RGB"),
            ("F", "TIFF", "L"),
        ],
    )
    def test_of_every_mode_come_out_alike(self, mode, kind, expected):
        page = only(saved(drawn(mode=mode), kind))

        assert (page.image.mode, corners(page.image)) == (expected, UPPER_LEFT)

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_of_sixteen_bits_are_brought_down_and_not_stretched(self, kind):
        page = only(saved(Image.new("I;16", (40, 40), 32768), kind))

        assert page.image.getextrema() in ((127, 127), (128, 128))

    def test_that_are_transparent_lie_on_white(self):
        page = only(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))

        assert page.image.getpixel((9, 9)) == (255, 255, 255)

    def test_of_one_bit_become_grey_when_they_are_scaled(self):
        page = only(saved(drawn((1200, 1800), "1"), "TIFF", dpi=(600, 600)), 200)

        assert page.image.mode == "L"

    def test_of_a_tiff_come_one_by_one_without_its_small_copies(self):
        sheets = [drawn((100 + number, 140)) for number in range(3)]
        sheets[1].encoderinfo = {"tiffinfo": {254: 1}}
        several = saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:])

        pages = all_pages(several)
        second = all_pages(fax(5), first=2, last=3)

        assert [page.image.width for page in pages] == [100, 102]
        assert [page.number for page in second] == [2, 3]

    def test_that_are_damaged_are_named_while_the_others_go_on(self):
        good, damaged, last = all_pages(with_second_damaged(fax(3)))

        assert (good.number, last.number) == (1, 3)
        assert isinstance(damaged, PageFailure)
        assert (damaged.number, damaged.exception.class_) == (2, Class.CORRUPT)

    @pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
    def test_that_end_too_early_are_named_as_damaged(self, kind):
        whole = saved(Image.effect_noise((300, 300), 90), kind)

        (page,) = all_pages(whole[: len(whole) * 3 // 4])

        assert page.exception.class_ is Class.CORRUPT


class TestLimits:
    def test_refuse_a_picture_that_is_vast_when_it_is_unpacked(self):
        header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
        bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )

        with pytest.raises(ProcessingException) as refused:
            all_pages(bomb)

        assert refused.value.class_ is Class.LIMIT_HIT

    def test_refuse_a_page_whose_source_is_too_large(self):
        (page,) = all_pages(saved(drawn((400, 400)), "PNG"), limits=RasterLimits(source_bytes=1000))

        assert page.exception.class_ is Class.LIMIT_HIT

    def test_refuse_a_file_of_too_many_pages_and_never_cut_it(self):
        with pytest.raises(ProcessingException) as refused:
            all_pages(fax(4), limits=RasterLimits(pages=3))

        assert (refused.value.class_, "3 are allowed" in refused.value.message) == (Class.LIMIT_HIT, True)

    def test_that_could_never_be_met_are_refused(self):
        with pytest.raises(ValueError, match="pixels"):
            RasterLimits(pixels=0)
        with pytest.raises(ValueError, match="positive"):
            imaging.rasterise(Kind.PNG, b"", 0, LIMITS)
