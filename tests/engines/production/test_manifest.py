import hashlib
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import manifest
from cursitor.engines.production.manifest import File

DIGEST = "0" * 64
STEP = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="/\\"), min_size=1)


class TestWriteAndRead:
    @given(st.dictionaries(STEP.map("DATA/x{}y".format), st.integers(0, 10**12), max_size=8))
    @settings(max_examples=100)
    def test_give_back_the_same_files_in_order(self, sizes):
        files = [File(path, size, DIGEST) for path, size in sizes.items()]

        text = manifest.write(files)

        assert sorted(manifest.read(text), key=lambda f: f.path) == sorted(files, key=lambda f: f.path)
        assert manifest.write(reversed(files)) == text

    @pytest.mark.parametrize(
        "path", ["", "/etc/passwd", "a/../b", "./a", "a//b", "a\nb", "a\\b", " a", "a\x85b", "\ud800"]
    )
    def test_refuse_a_path_a_line_cannot_hold(self, path):
        with pytest.raises(manifest.ManifestInvalid):
            manifest.write([File(path, 1, DIGEST)])

    def test_refuse_repeats_and_impossible_facts(self):
        for files in (
            [File("a", 1, DIGEST), File("a", 1, DIGEST)],
            [File("a", -1, DIGEST)],
            [File("a", 1, DIGEST.upper() + "F")],
        ):
            with pytest.raises(manifest.ManifestInvalid):
                manifest.write(files)

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text[1:],
            lambda text: text + "# 1 bytes\n",
            lambda text: text.replace("# 3 bytes", "# 03 bytes"),
            lambda text: text.replace("  a", "  ../a"),
            lambda text: text.rstrip("\n"),
        ],
    )
    def test_refuse_a_manifest_that_was_changed_in_form(self, change):
        text = manifest.write([File("a", 3, DIGEST)])

        with pytest.raises(manifest.ManifestInvalid):
            manifest.read(change(text))

    def test_give_lines_that_sha256sum_checks(self, tmp_path):
        contents = {"DATA/load.dat": b"abc", "NATIVES/A 1.msg": b""}
        for path, content in contents.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(content)
        files = [File(p, len(c), hashlib.sha256(c).hexdigest()) for p, c in contents.items()]
        (tmp_path / "SHA256SUMS").write_text(manifest.write(files))

        checked = subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=True, text=True
        )

        assert checked.stdout == "DATA/load.dat: OK\nNATIVES/A 1.msg: OK\n"


class TestVerify:
    def test_names_every_way_a_package_can_differ(self):
        files = [File("gone", 1, DIGEST), File("grown", 1, DIGEST), File("kept", 1, DIGEST), File("swapped", 1, DIGEST)]
        present = {"extra": (1, DIGEST), "grown": (2, DIGEST), "kept": (1, DIGEST), "swapped": (1, "f" * 64)}

        found = manifest.verify(files, present=present)

        assert [(d.code, d.path) for d in found] == [
            ("UNLISTED", "extra"),
            ("MISSING", "gone"),
            ("SIZE", "grown"),
            ("DIGEST", "swapped"),
        ]
