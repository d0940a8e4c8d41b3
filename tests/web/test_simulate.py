"""`cursitor simulate` tells the figures of a replayed review, or why it cannot."""

import gzip
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cursitor.web import cli

SEALS, LUNCHES = 40, 120


def lines() -> bytes:
    seals = [
        {"id": f"S{n}", "text": f"The seal of car {n} failed under load", "labels": ["seal"]} for n in range(SEALS)
    ]
    lunches = [{"id": n, "text": f"Lunch at the station on day {n}", "labels": []} for n in range(LUNCHES)]
    return "\n".join(json.dumps(entry) for entry in [*seals, *lunches]).encode()


def simulate(path, *words):
    return CliRunner().invoke(cli.main, ["simulate", str(path), *words])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "set.jsonl.gz"
    path.write_bytes(gzip.compress(lines()))
    return path


class TestSimulate:
    @pytest.mark.parametrize("version", ["2026.1", "2026.2"])
    def test_ends_with_the_figures_as_one_object(self, file, version):
        result = simulate(file, "--label", "seal", "--seed", "3", "--algorithm", version, "--json")

        found = json.loads(result.stdout.splitlines()[-1])
        assert (found["n"], found["relevant"]) == (SEALS + LUNCHES, SEALS)
        assert SEALS * 0.8 <= found["effort_80"] <= found["effort_95"] <= found["effort_100"] <= 60
        assert found["qbcb"]["sample"] <= found["qbcb"]["effort"] <= SEALS + LUNCHES
        assert found["qbcb"]["recall"] >= 0.8
        assert found["knee"] == {"effort": SEALS + LUNCHES, "recall": 1.0, "reached": False}
        assert 0 < found["retrain_p95_seconds"] < 10

    def test_repeats_itself_from_the_same_seed(self, file, tmp_path):
        plain = tmp_path / "set.jsonl"
        plain.write_bytes(lines())

        told = [json.loads(simulate(path, "--label", "seal", "--json").stdout) for path in (file, plain)]

        assert told[0]["effort_100"] == told[1]["effort_100"]
        assert told[0]["qbcb"] == told[1]["qbcb"]

    def test_says_why_there_is_no_certificate(self, file):
        result = simulate(file, "--label", "seal", "--target", "0.95", "--known", "59", "--json")

        qbcb = json.loads(result.stdout)["qbcb"]
        assert (qbcb["effort"], qbcb["recall"]) == (None, None)
        assert qbcb["reason"].startswith(f"Only {SEALS} documents are relevant, so 59 cannot be drawn")

    def test_tells_the_figures_in_words(self, file):
        result = simulate(file, "--label", "seal")

        assert result.exit_code == 0
        assert "160 documents, 40 labelled seal" in result.stdout
        assert "QBCB, the certificate for 80%" in result.stdout

    @pytest.mark.parametrize(
        ("content", "words", "said"),
        [
            (
                lines(),
                ["--label", "sael"],
                "There is no label 'sael'. Labels and how many documents carry them: seal (40)",
            ),
            (lines(), ["--label", "seal", "--algorithm", "1999.1"], "there are 2026.1, 2026.2"),
            (lines(), ["--label", "seal", "--known", "5"], "5 known relevant documents cannot certify"),
            (lines(), ["--label", "seal", "--target", "1"], "--target"),
            (lines() + b"\n{", ["--label", "seal"], "Line 161 is not JSON"),
            (gzip.compress(lines())[:-20], ["--label", "seal"], "cannot be unpacked"),
            (b"", ["--label", "seal"], "There is no record"),
        ],
    )
    def test_refuses_with_one_sentence(self, file, content, words, said):
        file.write_bytes(content)

        result = simulate(file, *words)

        assert result.exit_code in (1, 2)
        assert said in result.stderr

    def test_names_documents_without_text(self, file):
        file.write_bytes(lines() + b'\n{"id": "blank", "text": " ", "labels": ["seal"]}')

        result = simulate(file, "--label", "seal", "--json")

        assert "Without text, and ranked all the same: 1 of 161: blank" in result.stderr
        assert json.loads(result.stdout)["without_text"] == 1

    def test_needs_no_django(self):
        program = "import sys; from cursitor.web.cli import main, ranking; assert 'django' not in sys.modules"

        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
