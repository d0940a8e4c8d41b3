"""What is kept from others is unchanged, has its licence beside it, and is used."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

import cursitor

SOURCE = Path(cursitor.__file__).parent
VENDOR = SOURCE / "web/static/vendor"
RECORD = tomllib.loads((VENDOR / "vendor.toml").read_text())


class TestVendoredFiles:
    @pytest.mark.parametrize("folder", RECORD)
    def test_hash_to_what_is_recorded(self, folder):
        kept = {str(path.relative_to(VENDOR / folder)): path for path in (VENDOR / folder).rglob("*") if path.is_file()}

        found = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kept.items()}

        assert found == RECORD[folder]["sha256"]

    @pytest.mark.parametrize("folder", RECORD)
    def test_have_their_licence_beside_them(self, folder):
        names = RECORD[folder]["sha256"]

        assert any(name.startswith(("LICENSE", "OFL")) for name in names)
        assert RECORD[folder]["licence"] in {"OFL-1.1", "0BSD", "MIT"}

    def test_hold_every_font_that_the_style_sheet_names(self):
        named = set(
            re.findall(r"url\(\.\./vendor/([^)]+)\)", (SOURCE / "web/static/cursitor/cursitor.css").read_text())
        )

        assert named
        assert all((VENDOR / name).is_file() for name in named)

    def test_hold_every_icon_that_a_template_names(self):
        named = {
            name
            for path in SOURCE.rglob("templates/**/*.html")
            for name in re.findall(r"\{% (?:icon|empty_state) \"([a-z0-9-]+)\"", path.read_text())
        }

        assert named
        assert {name for name in named if not (VENDOR / f"tabler/icons/{name}.svg").is_file()} == set()
