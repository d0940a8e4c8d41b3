"""What a PDF says in its text layer is found where it stands, even where recognition reads something else."""

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops

from cursitor.engines import imaging
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.production import numbering, redactions, tiff
from cursitor.engines.production.redactions import Region, Term
from cursitor.plumbing import ocr
from cursitor.plumbing.producing import layers, leaves
from cursitor.plumbing.producing.leaves import Leaf

LIMITS = imaging.RasterLimits()
FIRST = numbering.parse("ABC-000001")
# Two points high is eight pixels at 300 dpi: legible to whoever enlarges it, not to recognition.
SMALL = "BT /F1 2 Tf 72 400 Td (Call Zebulon Quartermaine) Tj ET"


def pdf(*contents: str, rotation: int = 0, crop: tuple[int, ...] | None = None) -> bytes:
    made = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica"))
    for content in contents:
        page = made.add_blank_page(page_size=(612, 792))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(content.encode())
        page.Rotate = rotation
        if crop:
            page.CropBox = pikepdf.Array(crop)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rendered(data: bytes) -> Image.Image:
    (page,) = imaging.rasterise(imaging.Kind.PDF, data, 300, LIMITS, in_grey=True)
    assert isinstance(page, imaging.PageBitmap)
    return page.image.convert("L")


def make(data: bytes, tmp_path: Path, *instructions: redactions.Instruction, form: str = "tiff") -> dict:
    (tmp_path / "source.pdf").write_bytes(data)
    remade = str(tmp_path / "out.txt") if instructions else ""
    leaf = Leaf(
        "d",
        source=str(tmp_path / "source.pdf"),
        is_native=True,
        instructions=instructions,
        folder=str(tmp_path),
        text=remade,
        form=form,
    )
    n_pages, _ = leaves.count(leaf)
    return leaves.make(leaf, FIRST, n_pages)


class TestLayer:
    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    @pytest.mark.parametrize("crop", [None, (50, 300, 500, 780)])
    def test_places_a_word_where_its_ink_is(self, rotation, crop):
        data = pdf("BT /F1 24 Tf 100 600 Td (Zebulon) Tj ET", rotation=rotation, crop=crop)
        image = rendered(data)

        with layers.Layer(data) as layer:
            (word,) = layer.words(1, image.size)

        left, top, right, bottom = ImageChops.invert(image).getbbox()
        assert word.text == "Zebulon"
        assert word.box[0] - 3 <= left < right <= word.box[2] + 3
        assert word.box[1] - 3 <= top < bottom <= word.box[3] + 3
        n_ink, n_box = (right - left) * (bottom - top), (word.box[2] - word.box[0]) * (word.box[3] - word.box[1])
        assert n_box < 2.5 * n_ink

    def test_gives_the_words_of_a_page_in_order_and_none_beside_the_paper(self):
        data = pdf("BT /F1 12 Tf 72 700 Td (one  two) Tj 0 -40 Td (three) Tj 4000 0 Td (outside) Tj ET")

        with layers.Layer(data) as layer:
            words = layer.words(1, (2550, 3300))

        assert [word.text for word in words] == ["one", "two", "three"]


@pytest.mark.slow
@pytest.mark.skipif(not ocr.is_installed(), reason="redacted text is recognised anew")
class TestMake:
    @pytest.mark.parametrize("rotation", [0, 90])
    def test_blackens_a_term_that_recognition_cannot_read(self, tmp_path, rotation):
        data = pdf(SMALL, "BT /F1 12 Tf 72 700 Td (Nothing here) Tj ET", rotation=rotation)
        with layers.Layer(data) as layer:
            size = rendered(pdf(SMALL, rotation=rotation)).size
            secret = [word.box for word in layer.words(1, size) if word.text in ("Zebulon", "Quartermaine")]

        made = make(data, tmp_path, Term("zebulon quartermaine"))

        assert made["redacted_pages"] == [0]
        assert {"Zebulon", "Quartermaine"} <= set(made["covered"])
        shown = Image.open(tmp_path / "ABC-000001.tif").convert("L")
        assert len(secret) == 2
        for box in secret:
            assert shown.crop(box).getextrema() == (0, 0)

    def test_refuses_a_region_on_a_page_that_is_not_there(self, tmp_path):
        with pytest.raises(ProcessingException, match="no page 3"):
            make(pdf(SMALL), tmp_path, Region(3, (0, 0, 1, 1)))


class TestPages:
    def test_are_numbered_one_by_one_as_bilevel_images(self, tmp_path):
        made = make(pdf(*["BT /F1 12 Tf 72 700 Td (Page) Tj ET"] * 3), tmp_path)

        assert made["files"] == ["ABC-000001.tif", "ABC-000002.tif", "ABC-000003.tif"]
        for name in made["files"]:
            (page,) = tiff.pages((tmp_path / name).read_bytes())
            assert (page.bits, page.compression, page.dpi) == (1, tiff.GROUP_IV, (300.0, 300.0))

    def test_are_bound_as_one_pdf_without_text_dates_or_names_and_with_the_same_bytes_again(self, tmp_path):
        data = pdf(*["BT /F1 12 Tf 72 700 Td (Page) Tj ET"] * 3)
        made = [make(data, at, form="pdf") for at in (tmp_path / "one", tmp_path / "two") if at.mkdir() is None]

        first, second = ((tmp_path / at / "ABC-000001.pdf").read_bytes() for at in ("one", "two"))
        assert made[0]["files"] == ["ABC-000001.pdf"]
        assert first == second
        with pikepdf.open(io.BytesIO(first)) as bound:
            assert len(bound.pages) == 3
            assert not bound.docinfo
        with layers.Layer(first) as layer:
            assert not any(layer.words(number, (2550, 3300)) for number in (1, 2, 3))
