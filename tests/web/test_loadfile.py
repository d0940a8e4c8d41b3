"""`cursitor loadfile` answers in the shape scripts count on."""

import json

import pytest
from click.testing import CliRunner

from cursitor.web import cli
from tests.plumbing.volumes import samples


def run(*words):
    return CliRunner().invoke(cli.main, ["loadfile", *(str(word) for word in words)])


@pytest.fixture
def volume(tmp_path):
    return samples.folder(samples.clean(), tmp_path / "volume")


class TestCheck:
    def test_answers_with_documents_pages_and_findings(self, volume):
        (volume / "TEXT/0001/A-0003.txt").unlink()

        found = json.loads(run("check", volume, "--json").stdout)

        assert (found["documents"], found["pages"]) == (3, 4)
        assert [(one["code"], one["severity"], one["row"], one["column"]) for one in found["findings"]] == [
            ("FILE_MISSING", "ERROR", 4, "TEXTLINK")
        ]

    @pytest.mark.parametrize("name", ["DATA/VOL1.dat", "DATA/VOL1.opt"])
    def test_takes_a_load_file_alone_and_looks_beside_it(self, volume, name):
        found = json.loads(run("check", volume / name, "--json").stdout)

        assert (found["documents"], found["findings"]) == (3, [])

    def test_ends_with_code_one_on_errors_if_strict(self, volume):
        (volume / "TEXT/0001/A-0003.txt").unlink()

        assert run("check", volume).exit_code == 0
        assert run("check", volume, "--strict").exit_code == 1

    def test_reads_columns_by_a_map(self, volume, tmp_path):
        data = (volume / "DATA/VOL1.dat").read_bytes()
        (volume / "DATA/VOL1.dat").write_bytes(data.replace(b"BEGBATES", b"NUMMER"))
        (tmp_path / "map.toml").write_text('preset = "cursitor"\n[columns]\nCONTROL = "NUMMER"\n')

        bare, mapped = run("check", volume, "--json"), run("check", volume, "--map", tmp_path / "map.toml", "--json")

        assert json.loads(bare.stdout)["documents"] == 0
        assert json.loads(mapped.stdout)["documents"] == 3

    @pytest.mark.parametrize(
        "text", ["[columns", 'preset = "NONE"', "[columns]\nCONTROL = 1", '[columns]\nTITEL = "x"']
    )
    def test_names_what_is_wrong_with_a_map(self, volume, tmp_path, text):
        (tmp_path / "map.toml").write_text(text)

        result = run("check", volume, "--map", tmp_path / "map.toml")

        assert result.exit_code == 1
        assert "map.toml" in result.stderr


class TestConvert:
    @pytest.mark.parametrize("form", ["dat", "dat-cp1252", "dat-utf16", "csv", "pipe"])
    def test_gives_the_same_values_in_every_form(self, volume, tmp_path, form):
        there, back = tmp_path / "there.txt", tmp_path / "back.dat"

        assert run("convert", volume / "DATA/VOL1.dat", there, "--to", form).exit_code == 0
        assert run("convert", there, back).exit_code == 0

        assert back.read_bytes() == (volume / "DATA/VOL1.dat").read_bytes()

    def test_gives_the_same_images_in_either_form(self, volume, tmp_path):
        run("convert", volume / "DATA/VOL1.opt", tmp_path / "a.lfp")
        run("convert", tmp_path / "a.lfp", tmp_path / "b.opt")

        assert (tmp_path / "b.opt").read_bytes() == samples.OPT

    def test_refuses_what_a_form_cannot_carry_unless_told_to_replace_it(self, tmp_path):
        source = tmp_path / "a.csv"
        source.write_text("DOCID,TITLE\nA-1,漢\nA-2,plain\n", encoding="utf-8")

        refused = run("convert", source, tmp_path / "a.dat", "--to", "dat-cp1252")
        replaced = run("convert", source, tmp_path / "a.dat", "--to", "dat-cp1252", "--substitute", "--json")

        assert refused.exit_code == 1
        assert "6F22" in refused.stderr
        assert [one["code"] for one in json.loads(replaced.stdout)["findings"]] == ["VALUE_SUBSTITUTED"]

    @pytest.mark.parametrize(
        ("source", "target"), [("DATA/VOL1.dat", "a.opt"), ("DATA/VOL1.opt", "a.csv"), ("DATA/VOL1.dat", "a.docx")]
    )
    def test_refuses_forms_that_are_not_made_from_each_other(self, volume, tmp_path, source, target):
        assert run("convert", volume / source, tmp_path / target).exit_code == 1
        assert not (tmp_path / target).exists()


class TestImport:
    def test_ends_with_the_reconciliation_as_one_object(self, volume, tmp_path):
        result = run("import", volume / "DATA/VOL1.dat", "--volume", volume, "--out", tmp_path / "out", "--json")

        told = json.loads(result.stdout.splitlines()[-1])
        assert {"inputs", "children", "published", "duplicates", "excluded", "exceptions", "balanced"} <= told.keys()
        assert (told["documents"], told["balanced"]) == (3, True)
        assert (tmp_path / "out/items.jsonl").exists()
