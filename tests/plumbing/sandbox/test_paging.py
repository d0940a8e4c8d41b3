import io

import pytest
from PIL import Image

from cursitor.engines.imaging import RasterLimits
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException
from cursitor.engines.processing.limits import Limits
from cursitor.plumbing.sandbox import paging
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS, RASTER = Limits(item_bytes=1_000_000), RasterLimits()


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(LIMITS) as running:
        yield running


@pytest.fixture
def fax(tmp_path) -> str:
    """A TIFF of three pages, each of another width."""
    pages = [Image.new("1", (100 + number, 140), 1) for number in range(3)]
    path = tmp_path / "fax.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(200, 200))
    return str(path)


class TestLook:
    def test_tells_the_kind_and_the_pages_of_a_file_by_its_content(self, sandbox, fax):
        found = sandbox.run(paging.look, fax, "letter.doc", LIMITS, RASTER)

        assert found == paging.Look("image/tiff", 3)

    def test_says_of_mail_that_it_is_to_be_opened(self, sandbox, tmp_path):
        path = tmp_path / "mail"
        path.write_bytes(
            b"From: a@example.org\nTo: b@example.org\nSubject: Filing\nMessage-ID: <1@example.org>\n\nSee."
        )

        assert sandbox.run(paging.look, str(path), "mail.eml", LIMITS, RASTER) == paging.Look("", 0)

    @pytest.mark.parametrize(
        ("data", "expected"),
        [(b"", Class.ZERO_BYTE), (b"plain words", Class.UNSUPPORTED), (b"GIF89a" + bytes(99), Class.UNSUPPORTED)],
    )
    def test_names_what_has_no_pages(self, sandbox, tmp_path, data, expected):
        path = tmp_path / "file"
        path.write_bytes(data)

        with pytest.raises(ProcessingException) as refused:
            sandbox.run(paging.look, str(path), "file.pdf", LIMITS, RASTER)

        assert refused.value.class_ is expected

    def test_refuses_a_file_that_is_too_large_before_it_is_read(self, sandbox, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(bytes(LIMITS.item_bytes + 1))

        with pytest.raises(ProcessingException, match="larger than 1,000,000 bytes") as refused:
            sandbox.run(paging.look, str(path), "large.pdf", LIMITS, RASTER)

        assert refused.value.class_ is LimitHit(*refused.value.args).class_ is Class.LIMIT_HIT


class TestRender:
    def test_leaves_images_in_the_folder_and_tells_about_them(self, sandbox, fax, tmp_path):
        pages = sandbox.run(paging.render, fax, "image/tiff", 200, 2, 3, str(tmp_path), LIMITS, RASTER)

        assert [(page.number, page.width, page.mime, page.dpi) for page in pages] == [
            (2, 101, "image/png", 200),
            (3, 102, "image/png", 200),
        ]
        assert [Image.open(page.path).size for page in pages] == [(101, 140), (102, 140)]

    def test_for_recognition_leaves_one_grey_page(self, sandbox, fax, tmp_path):
        target = tmp_path / "page"

        dpi = sandbox.run(paging.render_for_recognition, fax, "image/tiff", 300, 3, str(target), LIMITS, RASTER)

        image = Image.open(io.BytesIO(target.read_bytes()))
        assert (dpi, image.size, image.mode) == (200, (102, 140), "L")

    def test_for_recognition_refuses_a_page_that_is_not_there(self, sandbox, fax, tmp_path):
        with pytest.raises(ProcessingException, match="no page 9"):
            sandbox.run(
                paging.render_for_recognition, fax, "image/tiff", 300, 9, str(tmp_path / "page"), LIMITS, RASTER
            )
