"""`cursitor entry score`: one JSON object last, the finding first for people, and code 2 for what cannot be scored."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cursitor.web import cli

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "filed": {"type": "string", "format": "date"},
        "amount": {"type": "number"},
    },
}
TRUTH = "id,name,filed,amount\n1,Doe,1999-03-04,1000\n2,Roe,1999-12-31,2.50\n3,Poe,2001-01-02,7\n"
KEYED = "id;name;filed;amount;typist\n3;poe;2 Jan 2001;7;ada\n1;Doe;3/4/1999;1,000.00;ben\n2;Roe;12/31/1999;2.05;ben\n"


@pytest.fixture
def score(tmp_path):
    """Score two texts under a schema; give the exit code, the output and the error stream."""

    def run(truth=TRUTH, keyed=KEYED, schema=SCHEMA, *words):
        (tmp_path / "T.csv").write_bytes(truth if isinstance(truth, bytes) else truth.encode())
        (tmp_path / "K.csv").write_bytes(keyed if isinstance(keyed, bytes) else keyed.encode())
        (tmp_path / "S.json").write_text(schema if isinstance(schema, str) else json.dumps(schema))
        files = [str(tmp_path / name) for name in ("T.csv", "K.csv")]
        result = CliRunner().invoke(cli.main, ["entry", "score", *files, "--schema", str(tmp_path / "S.json"), *words])
        return result.exit_code, result.stdout, result.stderr

    return run


class TestScore:
    def test_ends_with_one_object(self, score):
        code, told, _ = score(TRUTH, KEYED, SCHEMA, "--json")

        found = json.loads(told.strip().splitlines()[-1])
        assert code == 0
        assert (found["records"], found["fields"], found["errors"]) == (3, 9, 2)
        assert found["errors_by_field"] == {"name": 1, "filed": 0, "amount": 1}
        assert found["rate"] == pytest.approx(2 / 9)
        assert (round(found["low"], 4), round(found["high"], 4)) == (0.0632, 0.5474)

    def test_tells_people_the_finding_first_and_each_error(self, score):
        _, told, notes = score()

        assert told.startswith("2 of 9 fields are wrong: 22.222% (6.323% to 54.741% at 95 %), in 3 records.")
        assert "3, name: 'Poe' was keyed as 'poe'" in told
        assert "typist" in notes

    def test_takes_our_own_form_and_another_key(self, score):
        form = {"fields": [{"key": "name", "type": "name"}, {"key": "amount", "type": "money", "currency": "USD"}]}
        truth, keyed = (text.replace("id", "docket", 1).replace("poe", "POE") for text in (TRUTH, KEYED))

        _, told, _ = score(truth, keyed, form, "--key", "docket", "--json")

        found = json.loads(told)
        assert (found["key"], found["errors_by_field"]) == ("docket", {"name": 0, "amount": 1})

    @pytest.mark.parametrize(
        ("changed", "named"),
        [
            ({"truth": TRUTH + "1,Doe,1999-03-04,1000\n"}, "T.csv, lines 2 and 5: id '1' is there twice"),
            ({"keyed": KEYED + "4;Doe;;5;x;y\n"}, "K.csv, row on line 5: has 6 cells"),
            ({"truth": "id,name\n"}, "T.csv: there is no record"),
            ({"truth": ""}, "T.csv: there is no header row"),
            ({"schema": "{"}, "S.json is not JSON"),
            ({"schema": "[" * 100_000}, "S.json is not JSON"),
            ({"schema": {"properties": {"name": {"type": "zap"}}}}, "S.json: name: 'zap'"),
            ({"schema": {"properties": {"other": {}}}}, "no field of the form is a column"),
        ],
    )
    def test_refuses_by_name_with_code_2(self, score, changed, named):
        code, told, problem = score(**changed)

        assert code == 2
        assert named in problem
        assert told == ""

    def test_refuses_a_key_that_is_not_there(self, score):
        code, _, problem = score(TRUTH, KEYED, SCHEMA, "--key", "docket")

        assert (code, "there is no column 'docket'" in problem) == (2, True)

    def test_needs_no_server(self):
        loads = "from cursitor.web import cli; cli.main.get_command(None, 'entry')"
        asks = "import sys; print('django' in sys.modules)"

        told = subprocess.run(
            [sys.executable, "-c", f"{loads}; {asks}"], capture_output=True, text=True, check=True
        ).stdout

        assert told.strip() == "False"
