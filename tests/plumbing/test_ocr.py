import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException
from cursitor.plumbing import ocr


@pytest.fixture
def page() -> bytes:
    picture = Image.new("L", (1200, 300), 255)
    ImageDraw.Draw(picture).text((60, 100), "Registration 4711", fill=0, font=ImageFont.load_default(72))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


class TestRecognise:
    def test_gives_the_words_of_a_page_with_their_confidence(self, page):
        found = ocr.recognise(page, dpi=150)

        rows = [line.split("\t") for line in found.tsv.splitlines()[1:]]
        words = {row[11]: float(row[10]) for row in rows if row[0] == "5"}
        assert {"Registration", "4711"} <= words.keys()
        assert words["4711"] > 50

    def test_is_stopped_when_it_takes_too_long(self, page):
        with pytest.raises(LimitHit) as caught:
            ocr.recognise(page, seconds=0.001)

        assert caught.value.class_ == Class.TIMEOUT

    def test_names_what_it_cannot_read(self):
        with pytest.raises(ProcessingException) as caught:
            ocr.recognise(b"not a picture")

        assert caught.value.class_ == Class.OCR_FAILED

    def test_says_so_where_it_is_not_installed(self, page, monkeypatch):
        monkeypatch.setenv("PATH", "")

        with pytest.raises(ProcessingException, match="not installed"):
            ocr.recognise(page)
