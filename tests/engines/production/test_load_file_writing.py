import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import loadfile

COLUMNS = ("BEGBATES", "SUBJECT", "CUSTODIAN")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="®\r"), max_size=30)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6)


class TestWrite:
    @given(ROWS)
    @settings(max_examples=200)
    @pytest.mark.parametrize("dialect", [loadfile.CONCORDANCE, loadfile.CSV, loadfile.PIPE])
    def test_reads_back_to_the_same_values(self, dialect, rows):
        data = loadfile.write(COLUMNS, rows, dialect=dialect).data

        result = loadfile.read(data, dialect=dialect)

        assert result.header == COLUMNS
        assert [record.values for record in result.rows] == rows
        assert result.findings == ()

    @given(ROWS)
    @settings(max_examples=100)
    def test_is_recognised_without_being_told(self, rows):
        data = loadfile.write(COLUMNS, rows).data

        result = loadfile.read(data)

        assert result.dialect == loadfile.CONCORDANCE
        assert [record.values for record in result.rows] == rows

    def test_writes_the_bytes_the_definition_names(self):
        written = loadfile.write(("BEGBATES", "SUBJECT"), [("A-1", "one\r\ntwo")], dialect=loadfile.CONCORDANCE_CP1252)

        assert written.data == b"\xfeBEGBATES\xfe\x14\xfeSUBJECT\xfe\r\n\xfeA-1\xfe\x14\xfeone\xaetwo\xfe\r\n"

    @given(ROWS)
    @settings(max_examples=100)
    def test_writes_csv_that_the_standard_library_reads_the_same(self, rows):
        data = loadfile.write(COLUMNS, rows, dialect=loadfile.CSV).data

        peer = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))

        assert peer == [list(COLUMNS), *map(list, rows)]

    @pytest.mark.parametrize(
        ("dialect", "value", "substitute", "sentence"),
        [
            (loadfile.CONCORDANCE, "Acme®", "Acme(R)", r"Row 2, column SUBJECT: U\+00AE"),
            (loadfile.CONCORDANCE_CP1252, "Łódź", "?ód?", r"Row 2, column SUBJECT: U\+0141"),
            (loadfile.CSV, "half \ud83d pair", "half ? pair", r"U\+D83D"),
        ],
    )
    def test_refuses_or_tells_what_it_cannot_carry(self, dialect, value, substitute, sentence):
        row = ("A-1", value, "Kessling")

        with pytest.raises(loadfile.NotRepresentable, match=sentence):
            loadfile.write(COLUMNS, [row], dialect=dialect)

        written = loadfile.write(COLUMNS, [row], dialect=dialect, may_substitute=True)
        assert [(f.code, f.row, f.column, f.value) for f in written.findings] == [
            ("VALUE_SUBSTITUTED", 2, "SUBJECT", value)
        ]
        assert loadfile.read(written.data, dialect=dialect).rows[0].values[1] == substitute

    @pytest.mark.parametrize(
        ("columns", "rows", "sentence"),
        [
            ((), [], "at least one column"),
            (("A", "A"), [], "no name twice"),
            (("A", " "), [], "no column name"),
            (("A", "B"), [("1",)], "Row 2 has 1 values for 2 columns"),
        ],
    )
    def test_refuses_rows_that_do_not_fit(self, columns, rows, sentence):
        with pytest.raises(ValueError, match=sentence):
            loadfile.write(columns, rows)
