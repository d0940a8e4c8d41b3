"""Pages of a production: what is stamped covers nothing, what is redacted shows nothing."""

import contextlib
import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

import cursitor
from cursitor.engines.production import redactions, sheets, tiff
from cursitor.engines.production.redactions import Pattern, Region, Term
from cursitor.engines.production.sheets import LETTER, Mark, Sheet

FONT = (Path(cursitor.__file__).parent / "plumbing/pdf/fonts/inter-400.ttf").read_bytes()
LETTER_TEXT = "From: Ann\nTo: Bob\n\n" + ("Settle with Roe Brothers, tel 555-0147, before noon. " * 6 + "\n\n") * 12


def ink(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> int:
    """Return how many pixels are black."""
    part = image.crop(box) if box else image
    return part.convert("L").histogram()[0]


@pytest.fixture(scope="module")
def pages() -> list[Sheet]:
    return sheets.typeset(LETTER_TEXT, FONT)


class TestTypeset:
    def test_sets_every_word_once_inside_the_margins(self, pages):
        assert [word.text for page in pages for word in page.words] == LETTER_TEXT.split()
        assert len(pages) > 1
        for word in pages[0].words:
            left, top, right, bottom = word.box
            assert 300 <= left < right <= LETTER[0] - 300 + 2
            assert 300 <= top < bottom <= LETTER[1] - 300
            assert ink(pages[0].image, word.box) > 0

    def test_begins_a_page_at_a_form_feed_and_breaks_what_is_too_long(self):
        pages = sheets.typeset("one\ftwo " + "x" * 400, FONT)

        assert [page.words[0].text for page in pages] == ["one", "two"]
        assert "".join(word.text for word in pages[1].words[1:]) == "x" * 400

    def test_names_a_character_without_a_form(self):
        with pytest.raises(sheets.NotPrintable, match=r"U\+6F22"):
            sheets.typeset("\u6f22", FONT)

    def test_gives_a_text_without_words_one_empty_page(self):
        (page,) = sheets.typeset("", FONT)

        assert (page.words, ink(page.image)) == ((), 0)


class TestEndorsed:
    def test_stamps_the_number_right_and_the_designation_left(self, pages):
        stamped = sheets.endorsed(pages[0], FONT, right="ABC-000000123", left="CONFIDENTIAL")

        foot = stamped.crop((0, LETTER[1] - 180, *LETTER))
        assert ink(foot, (0, 0, LETTER[0] // 2, 180)) > 100
        assert ink(foot, (LETTER[0] // 2, 0, LETTER[0], 180)) > 100
        unchanged = (0, 0, LETTER[0], LETTER[1] - 180)
        assert ImageChops.difference(stamped.crop(unchanged), pages[0].image.crop(unchanged)).getbbox() is None

    @pytest.mark.parametrize("mode", ["1", "L", "RGB"])
    def test_makes_a_full_page_smaller_and_covers_none_of_it(self, mode):
        full = Image.new(mode, LETTER, "white")
        ImageDraw.Draw(full).rectangle((10, 10, LETTER[0] - 11, LETTER[1] - 11), outline=0, width=9)

        stamped = sheets.endorsed(Sheet(full), FONT, right="ABC-000000123")
        alone = sheets.endorsed(Sheet(full), FONT, right="")

        stamp = ImageChops.difference(stamped.convert("L"), alone.convert("L")).getbbox()
        assert stamp is not None
        assert ink(alone, stamp) == 0
        assert ink(alone, (0, LETTER[1] - 180, *LETTER)) == 0

    def test_keeps_the_stamp_inside_a_narrow_page(self):
        stamped = sheets.endorsed(
            Sheet(Image.new("1", (600, 800), 1), dpi=75), FONT, right="ABC-000000123", left="HIGHLY CONFIDENTIAL"
        )

        assert ink(stamped, (0, 0, 600, 700)) == 0
        assert ink(stamped) > 50


class TestRedacted:
    def test_is_black_but_for_its_label_and_takes_the_words_along(self, pages):
        found = redactions.marks(pages, [Term("roe  BROTHERS", "AC"), Pattern(r"\d{3}-\d{4}", "PII")])

        made = [sheets.redacted(page, marks, FONT) for page, marks in zip(pages, found, strict=True)]

        assert redactions.strings(pages, found) >= {"Roe", "Brothers,", "555-0147,"}
        assert not {"Roe", "Brothers,", "555-0147,"} & {word.text for page in made for word in page.words}
        for page, marks in zip(made, found, strict=True):
            for mark in marks:
                unlabelled = sheets.redacted(page, [Mark(mark.box)], FONT).image
                left, top, right, bottom = mark.box
                assert ink(unlabelled, mark.box) == (right - left) * (bottom - top)

    def test_takes_a_term_that_is_broken_over_two_lines(self):
        made = (sheets.typeset("word " * n + "Roe Brothers again", FONT) for n in range(8, 30))
        pages = next(pages for pages in made if pages[0].words[-3].box[1] != pages[0].words[-2].box[1])

        found = redactions.marks(pages, [Term("Roe Brothers")])

        assert redactions.strings(pages, found) == {"Roe", "Brothers"}
        assert len(found[0]) == 2

    def test_covers_a_region_out_to_the_next_whole_pixel(self, pages):
        ((mark, *_), *_) = redactions.marks(pages, [Region(1, (0.1, 0.1, 0.50001, 0.2))])

        assert mark.box == (255, 330, 1276, 660)

    def test_finds_every_place_of_random_terms(self, pages):
        chance = random.Random(2)
        words = [word for page in pages for word in page.words]
        for _ in range(30):
            word = chance.choice(words).text.strip(",.:")
            found = redactions.marks(pages, [Term(word)])

            left = [sheets.redacted(page, marks, FONT).words for page, marks in zip(pages, found, strict=True)]
            assert not [one for page in left for one in page if word.casefold() in one.text.casefold().split("-")]

    @pytest.mark.parametrize(
        "instruction",
        [
            Region(3, (0, 0, 1, 1)),
            Region(1, (0.5, 0, 0.2, 1)),
            Term("  "),
            Pattern("["),
            Pattern("x*"),
            Pattern(r"\b"),
            Pattern("(?R)?a"),
            Pattern("(?:Roe){e<=3}"),
            Pattern("(?:(?:){60000}){60000}"),
            Pattern("a" * 999),
        ],
    )
    def test_refuses_what_cannot_be_carried_out(self, pages, instruction):
        with pytest.raises(redactions.RedactionUnclear):
            redactions.marks(pages[:2], [instruction])

    def test_refuses_a_pattern_that_does_not_end_instead_of_waiting(self, monkeypatch):
        monkeypatch.setattr(redactions, "PATTERN_SECONDS", 0.5)
        endless, text = Pattern(r"(a|aa|\w)+!\1\1z"), "a" * 64 + "!z"

        for search in (redactions.without, redactions.n_found):
            with pytest.raises(redactions.RedactionUnclear, match=r"takes longer than 0\.5 seconds"):
                search(text, [endless])

    def test_takes_terms_and_patterns_out_of_fields(self):
        instructions = [Term("Roe Brothers"), Pattern(r"\d{3}-\d{4}"), Region(1, (0, 0, 1, 1))]

        assert redactions.without("Re: roe brothers 555-0147", instructions) == "Re: [REDACTED] [REDACTED]"


class TestGroupIV:
    @pytest.mark.parametrize("mode", ["1", "L", "RGB"])
    def test_is_one_page_one_bit_group_iv_300_dpi(self, mode):
        image = Image.new(mode, (850, 1100), "white")
        ImageDraw.Draw(image).rectangle((100, 100, 300, 200), fill=0)

        data = sheets.group_iv(image)

        (page,) = tiff.pages(data)
        assert (page.bits, page.samples, page.compression, page.dpi) == (1, 1, tiff.GROUP_IV, (300.0, 300.0))
        assert (page.width, page.height) == (850, 1100)
        assert ink(Image.open(io.BytesIO(data))) == 201 * 101


class TestTiff:
    def test_never_does_worse_than_say_that_it_is_none(self):
        chance = random.Random(3)
        whole = sheets.group_iv(Image.new("1", (64, 64), 1))
        for _ in range(500):
            broken = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            with contextlib.suppress(tiff.NotTiff):
                tiff.pages(bytes(broken[: chance.randint(0, len(broken))]))
