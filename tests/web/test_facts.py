"""`cursitor pii` and `cursitor chronology` answer in the shape scripts count on, and lose no row."""

import csv
import io
import json

import docx
import pytest
from click.testing import CliRunner

from cursitor.web import cli


def run(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


class TestPii:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "text").mkdir()
        texts = {"A": "SSN 536-90-4399, card 4111 1111 1111 1111", "B": "nothing personal", "C": "ref 536-90-4399"}
        for key, text in texts.items():
            (tmp_path / f"text/{key}.txt").write_text(text)
        items = [{"id": key, "status": "published", "text": f"text/{key}.txt"} for key in texts]
        (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
        return tmp_path

    def test_counts_documents_and_hits_by_kind(self, folder):
        found = json.loads(run("pii", folder, "--json").stdout)

        assert found["documents"] == 3
        assert found["by_kind"] == {"US_SSN": 2, "CARD": 1}
        assert found["ids"] == ["A", "C"]

    def test_keeps_to_the_evidence_and_kinds_asked_for(self, folder):
        found = json.loads(run("pii", folder, "--evidence", "context", "--kind", "US_SSN", "--json").stdout)

        assert (found["hits"], found["ids"]) == (1, ["A"])

    def test_lists_hits_masked(self, folder, tmp_path):
        run("pii", folder, "--csv", tmp_path / "hits.csv")

        rows = list(csv.DictReader(io.StringIO((tmp_path / "hits.csv").read_text("utf-8-sig"))))
        assert [(row["id"], row["kind"], row["shown"]) for row in rows][:2] == [
            ("A", "US_SSN", "***-**-*399"),
            ("A", "CARD", "**** **** **** 1111"),
        ]
        assert "536-90" not in (tmp_path / "hits.csv").read_text()

    def test_refuses_a_folder_that_was_not_processed(self, tmp_path):
        result = run("pii", tmp_path)

        assert result.exit_code == 1
        assert "items.jsonl" in result.stderr


class TestChronology:
    @pytest.fixture
    def table(self, tmp_path):
        path = tmp_path / "facts.csv"
        path.write_text(
            "Date;Fact;People;Source\n1999-03-04;Board approves;Ann;A-1\n4 March 1999;board approves.;Bob;A-2\n"
            "March 1999;Board approves;;A-3\n3/4/1999;Who knows;;A-4\n",
        )
        return path

    def test_tells_what_was_merged_what_conflicts_and_what_was_left_out(self, table, tmp_path):
        found = json.loads(run("chronology", table, "--out", tmp_path / "out.docx", "--json").stdout)

        assert (found["facts"], found["merged"]) == (2, 1)
        assert found["conflicts"] == [
            {"fact": "Board approves", "dates": ["March 1999", "4 March 1999"], "may_be_one": True}
        ]
        assert found["exceptions"][0]["row"] == "facts.csv line 5"
        rows = docx.Document(str(tmp_path / "out.docx")).tables[0].rows
        assert [row.cells[1].text for row in rows] == ["Date", "March 1999", "4 March 1999"]

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_writes_tables(self, table, tmp_path, ending):
        out = tmp_path / f"out.{ending}"

        assert run("chronology", table, "--out", out, "--order", "DMY").exit_code == 0
        assert out.stat().st_size > 100

    def test_keeps_to_days_people_and_issues(self, table, tmp_path):
        words = (
            "chronology",
            table,
            "--out",
            tmp_path / "out.csv",
            "--person",
            "bob",
            "--from",
            "1999-03-02",
            "--json",
        )

        assert json.loads(run(*words).stdout)["facts"] == 1

    def test_refuses_another_kind_of_file(self, table, tmp_path):
        assert run("chronology", table, "--out", tmp_path / "out.pdf").exit_code == 2

    def test_names_the_line_of_a_table_that_cannot_be_read_on(self, table, tmp_path):
        table.write_text(table.read_text() + "x" * 200_000 + "\n")

        result = run("chronology", table, "--out", tmp_path / "out.csv")

        assert result.exit_code == 1
        assert "field larger than field limit" in result.stderr

    def test_leaves_out_a_line_that_is_nested_without_end(self, tmp_path):
        (tmp_path / "facts.jsonl").write_text('{"date": "4 March 1999", "fact": "x"}\n' + "[" * 200_000 + "\n")

        assert run("chronology", tmp_path / "facts.jsonl", "--out", tmp_path / "out.csv").exit_code == 0
