"""Contrast of the style sheet's colour pairs by the formula of WCAG 2.2, against the table of the design language."""

import re
from pathlib import Path

import pytest

import cursitor.web

SHEET = (Path(cursitor.web.__file__).parent / "static/cursitor/cursitor.css").read_text()
TOKENS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([a-z0-9-]+):light-dark\((#[0-9A-Fa-f]{6}),(#[0-9A-Fa-f]{6})\)", SHEET)
}
TEXT, GRAPHIC = 4.5, 3.0
VOICES = ("ink", "ink-2", "ink-3", "client", "provider", "attorney", "warn", "bad")
GROUNDS = ("surface", "canvas", "selected", "hover", "sunken")
SOFT = ("client", "provider", "attorney", "warn", "bad")
# Two figures per text token that the design measured: on surface and on selected, light then dark.
PUBLISHED = {
    "ink": (16.75, 13.89, 15.31, 11.92),
    "ink-3": (5.65, 4.69, 6.26, 4.87),
    "client": (6.63, 5.50, 8.18, 6.36),
    "provider": (6.04, 5.01, 10.75, 8.37),
    "attorney": (10.08, 8.36, 6.10, 4.75),
    "warn": (6.45, 5.35, 9.74, 7.58),
    "bad": (6.69, 5.55, 8.21, 6.39),
}


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(of: str, on: str, theme: str) -> float:
    over, under = sorted((luminance(TOKENS[name][theme]) for name in (of, on)), reverse=True)
    return (over + 0.05) / (under + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize("voice", VOICES)
    def test_of_text_holds_on_every_ground(self, voice, theme):
        weak = {ground: contrast(voice, ground, theme) for ground in GROUNDS}

        assert {ground: ratio for ground, ratio in weak.items() if ratio < TEXT} == {}

    @pytest.mark.parametrize("party", SOFT)
    def test_of_text_holds_on_its_own_soft_ground(self, party, theme):
        assert contrast(party, f"{party}-soft", theme) >= TEXT

    @pytest.mark.parametrize("ground", ["hl-term", "hl-priv", "hl-name", "warn-soft", "bad-soft"])
    def test_of_ink_holds_on_highlights_and_alarms(self, ground, theme):
        assert contrast("ink", ground, theme) >= TEXT
        if ground.endswith("soft"):
            assert contrast("ink-2", ground, theme) >= TEXT

    @pytest.mark.parametrize("graphic", ["control", "warn-fill", "bad-fill", "focus"])
    def test_of_edges_and_graphics_holds_on_the_sheet(self, graphic, theme):
        assert contrast(graphic, "surface", theme) >= GRAPHIC

    def test_of_buttons_holds(self, theme):
        assert contrast("on-ink", "ink", theme) >= TEXT
        assert (1.05) / (luminance(TOKENS["seal"][theme]) + 0.05) >= TEXT

    @pytest.mark.parametrize("voice", PUBLISHED)
    def test_is_what_the_design_measured(self, voice, theme):
        on_surface, on_selected = PUBLISHED[voice][:2] if theme == "light" else PUBLISHED[voice][2:]

        assert contrast(voice, "surface", theme) == pytest.approx(on_surface, abs=0.006)
        assert contrast(voice, "selected", theme) == pytest.approx(on_selected, abs=0.006)


def test_the_extremes_are_those_of_the_standard():
    TOKENS["black"], TOKENS["white"] = ({"light": colour} for colour in ("#000000", "#FFFFFF"))

    assert contrast("black", "white", "light") == pytest.approx(21.0)
