"""The tree itself: one shape for every app, no address that a user cannot reach."""

import re
import subprocess

import pytest

from tests.architecture import code

SPINE = sorted(path.parent for path in (code.SOURCE / "spine").glob("*/apps.py"))
REGISTRIES = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|npmjs\.org|crates\.io|index-url|find-links", re.I)


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=code.ROOT, capture_output=True, text=True, check=True).stdout
    return listing.splitlines()


class TestTree:
    @pytest.mark.parametrize("app", SPINE, ids=lambda path: path.name)
    def test_an_app_of_the_spine_reads_in_the_usual_order(self, app):
        names = {path.stem for path in app.glob("*.py")} | {
            p.name for p in app.iterdir() if (p / "__init__.py").exists()
        }

        assert {"apps", "queries", "urls", "views"} <= names

    def test_no_file_names_a_package_index(self):
        texts = (".md", ".toml", ".lock", ".sh", ".py", ".json", ".cfg", ".ini", ".txt", "")
        own = "tests/architecture/test_tree.py"

        found = [
            name
            for name in tracked()
            if name != own
            and (path := code.ROOT / name).suffix in texts
            and path.is_file()
            and path.stat().st_size < 2_000_000
            and REGISTRIES.search(path.read_text(errors="replace"))
        ]

        assert not found

    def test_templates_hold_no_inline_script_and_no_outside_address(self):
        inline = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=|(?:src|href)=[\"']https?://", re.I)

        found = [code.place(path) for path in code.SOURCE.rglob("*.html") if inline.search(path.read_text())]

        assert not found
