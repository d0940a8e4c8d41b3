"""Tables from files: charsets, delimiters, spreadsheets, and refusals that name the row."""

import datetime
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.entry import tables

TEXT = 'id,name\n1,\u00d6l\n2,"Smith, J."\n'


def cells(data):
    return [row.cells for row in tables.read(data, name="t.csv").rows]


class TestRead:
    @pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_knows_the_charset(self, charset):
        assert cells(TEXT.encode(charset)) == [("1", "\u00d6l"), ("2", "Smith, J.")]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_knows_the_delimiter(self, delimiter):
        data = f'id{delimiter}text\r\n1{delimiter}"a, b; c | d"\r\n2{delimiter}x\r\n'.encode()

        assert cells(data) == [("1", "a, b; c | d"), ("2", "x")]

    def test_counts_lines_through_line_breaks_in_cells(self):
        table = tables.read(b'a,b\n"one\ntwo",1\nthree,2\n\n,\n', name="t.csv")

        assert [(row.line, row.cells) for row in table.rows] == [(2, ("one\ntwo", "1")), (4, ("three", "2"))]

    def test_fills_short_rows_and_says_so(self):
        table = tables.read(b"a,b\n1\n2,3\n", name="t.csv")

        assert table.rows[0].cells == ("1", "")
        assert "1 rows have fewer cells" in table.notes[0]

    def test_takes_the_first_sheet_of_a_spreadsheet(self):
        book, stream = openpyxl.Workbook(), io.BytesIO()
        book.active.append(["id", "filed", "amount"])
        book.active.append([1, datetime.date(1999, 3, 4), 2.5])
        book.create_sheet("more")
        book.save(stream)

        table = tables.read(stream.getvalue(), name="t.xlsx")

        assert table.rows[0].cells == ("1", "1999-03-04", "2.5")
        assert "first sheet" in table.notes[0]

    @pytest.mark.parametrize(
        ("data", "named"),
        [
            (b"", "no header"),
            (b"\n\n", "no header"),
            (b"a,b,a\n1,2,3\n", "'a' stands in the header twice"),
            (b"a,b\n1,2\n1,2,3\n", "line 3: has 3 cells"),
            (b'a,b\n1,"2\n', "line 2"),
            (b'a,b\n1,2\n"x"y,2\n', "line 3"),
            (b"a,b\n1,\x81\n", "line 2: is neither"),
            (b"PK\x03\x04nothing", "no spreadsheet"),
        ],
    )
    def test_refuses_what_is_no_table(self, data, named):
        with pytest.raises(tables.TableUnreadable, match=named):
            tables.read(data, name="t.csv")

    @given(st.binary(max_size=200) | st.text(alphabet=',;\t|"\n\r ab\x00\u00e9', max_size=60).map(str.encode))
    @settings(max_examples=300)
    def test_reads_or_refuses_any_bytes(self, data):
        try:
            table = tables.read(data, name="t.csv")
        except tables.TableUnreadable as refused:
            is_as_promised = "t.csv" in str(refused)
        else:
            is_as_promised = all(len(row.cells) == len(table.columns) for row in table.rows)

        assert is_as_promised
