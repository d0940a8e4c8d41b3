"""`cursitor index`, `search` and `hits` answer from a processed folder, with the codes and keys scripts count on."""

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cursitor.web import cli


def run(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text").mkdir()
    texts = {"A": "the seal failed", "A.1": "gasket drawing", "B": "seal and gasket"}
    for key, text in texts.items():
        (tmp_path / f"text/{key}.txt").write_text(text)
    items = [{"id": key, "status": "published", "family": key[0], "text": f"text/{key}.txt"} for key in texts]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    return tmp_path


@pytest.fixture
def indexed(folder):
    assert run("index", folder).exit_code == 0
    return folder


class TestIndex:
    def test_ends_with_the_counts_as_one_object(self, folder):
        result = run("index", folder, "--json")

        told = json.loads(result.stdout.splitlines()[-1])
        assert (result.exit_code, told["documents"], told["not_searched"]) == (0, 3, {})

    def test_ends_with_one_and_a_sentence_when_an_item_cannot_be_read(self, folder):
        (folder / "items.jsonl").write_text("{")

        result = run("index", folder, "--json")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "Line 1 of items.jsonl is not JSON" in result.stderr


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "total", "ids"),
        [
            (["seal"], 2, ["A", "B"]),
            (["seal", "--limit", "1"], 2, ["A"]),
            (["draw*", "--with-families"], 2, ["A", "A.1"]),
            (["nothing"], 0, []),
        ],
    )
    def test_gives_total_and_ids(self, indexed, words, total, ids):
        result = run("search", indexed, *words, "--json")

        assert json.loads(result.stdout.splitlines()[-1]) == {"total": total, "ids": ids}
        assert result.exit_code == 0

    def test_gives_an_id_a_line(self, indexed):
        assert run("search", indexed, "seal").stdout == "A\nB\n"

    def test_ends_with_two_and_a_caret_at_a_mistake(self, indexed):
        result = run("search", indexed, "seal w/5 (gasket", "--json")

        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.splitlines()[:2] == ["seal w/5 (gasket", "         ^ This parenthesis is never closed."]

    def test_ends_with_one_when_the_index_is_stale_or_missing(self, folder):
        missing = run("search", folder, "seal")
        run("index", folder)
        with (folder / "items.jsonl").open("a") as out:
            out.write("\n")
        stale = run("search", folder, "seal")

        assert (missing.exit_code, stale.exit_code) == (1, 1)
        assert "has no search index" in missing.stderr
        assert "stale" in stale.stderr

    def test_needs_no_server(self, indexed):
        script = "import sys; from cursitor.web.cli import main; main(standalone_mode=False)"
        script += "; sys.exit('django' in sys.modules)"

        done = subprocess.run([sys.executable, "-c", script, "search", indexed, "seal"], capture_output=True, text=True)

        assert (done.returncode, done.stdout) == (0, "A\nB\n")


class TestHits:
    def test_reports_every_term_and_the_population(self, indexed, tmp_path):
        (tmp_path / "terms.txt").write_text("seal\n(gasket\n# note\ndraw*\n")

        result = run("hits", indexed, tmp_path / "terms.txt", "--csv", tmp_path / "hits.csv", "--json")

        report = json.loads(result.stdout.splitlines()[-1])
        rows = list(csv.DictReader(io.StringIO((tmp_path / "hits.csv").read_text("utf-8-sig"))))
        seal, mistake, drawing = report["terms"]
        assert result.exit_code == 0
        assert (seal["hits"], seal["hits_with_family"], seal["unique"], seal["unique_with_family"]) == (2, 3, 2, 1)
        assert (drawing["line"], drawing["hits_with_family"], drawing["occurrences"]) == (4, 2, 1)
        assert (mistake["hits"], mistake["error"]["position"], report["errors"]) == (None, 0, 1)
        assert report["total"] == {"hits": 3, "hits_with_family": 3}
        assert [row["hits"] for row in rows] == ["2", "", "1", "3"]
        assert {row["population_sha256"] for row in rows} == {report["population"]["sha256"]}
        assert rows[2]["expansions"] == "draw* (1): drawing"

    def test_prints_a_table_and_the_mistakes(self, indexed, tmp_path):
        (tmp_path / "terms.txt").write_text("seal[1]\n(gasket\n")

        result = run("hits", indexed, tmp_path / "terms.txt")

        assert "seal[1]" in result.stdout
        assert "(gasket\n^ This parenthesis is never closed." in result.stdout
        assert "Counted in 3 documents" in result.stdout

    def test_refuses_a_list_that_is_no_text(self, indexed, tmp_path):
        (tmp_path / "terms.txt").write_bytes(b"PK\x03\x04\x00")

        result = run("hits", indexed, tmp_path / "terms.txt")

        assert result.exit_code == 1
        assert "not text" in result.stderr
