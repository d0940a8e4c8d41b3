import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from cursitor.plumbing import exchange
from cursitor.plumbing.exchange import Table

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30)


def table(*rows, columns=("Subject", "Pages")):
    return Table("Privilege log", columns, rows)


def seen_in_spreadsheet(data):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


class TestToXlsx:
    @pytest.mark.parametrize("text", ["=1+1", "+1 555 0100", "-x", "@SUM(A1)", " =cmd|' /C calc'!A0", "_x0041_"])
    def test_keeps_text_that_looks_like_a_formula_as_text(self, text):
        data = exchange.to_xlsx(table((text, 1)))

        cell = load_workbook(io.BytesIO(data)).active["A2"]
        assert cell.data_type == "s"
        assert cell.quotePrefix == (text != "_x0041_")
        assert seen_in_spreadsheet(data)[1][0] == text

    @given(st.lists(TEXT.filter(str.strip), min_size=1, max_size=5))
    @settings(max_examples=50)
    def test_shows_every_text_as_it_was_in_another_reader(self, texts):
        data = exchange.to_xlsx(table(*((text, 1) for text in texts)))

        assert [row[0] for row in seen_in_spreadsheet(data)[1:]] == texts

    def test_writes_numbers_days_and_moments_so_that_nothing_is_lost(self):
        cells = (12, Decimal("3.50"), True, None, date(2026, 11, 24), date(2, 1, 1), 10**16, Decimal("NaN"))
        moment = datetime(2026, 11, 24, 15, 31, tzinfo=UTC)

        data = exchange.to_xlsx(table((*cells, moment), columns=list("ABCDEFGHI")))

        assert seen_in_spreadsheet(data)[1] == [
            12, 3.5, True, "", date(2026, 11, 24), "0002-01-01", "1" + 16 * "0", "NaN", "2026-11-24T15:31:00+00:00"
        ]  # fmt: skip

    def test_gives_the_same_bytes_for_the_same_table(self):
        assert exchange.to_xlsx(table(("a", 1))) == exchange.to_xlsx(table(("a", 1)))
        assert b"openpyxl" not in exchange.to_xlsx(table(("a", 1)))[:200]

    def test_names_the_sheet_after_the_title_as_far_as_a_sheet_can(self):
        data = exchange.to_xlsx(Table("Log [1]: a/b " + "x" * 40, ["A"], []))

        assert load_workbook(io.BytesIO(data)).sheetnames == ["Log  1   a b xxxxxxxxxxxxxxxxxx"]

    def test_refuses_a_cell_no_spreadsheet_holds(self):
        with pytest.raises(exchange.CannotHold, match=r"Row 2, column Subject has 32,768 characters"):
            exchange.to_xlsx(table(("x" * 32_768, 1)))


class TestToCsv:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("=1+1", "'=1+1"),
            ("+1 555 0100", "'+1 555 0100"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=x", "'\t=x"),
            ("  =x", "'  =x"),
            ("＝x", "'＝x"),
            ("-12.50", "-12.50"),
            ("a=b", "a=b"),
        ],
    )
    def test_puts_an_apostrophe_before_what_a_spreadsheet_would_run(self, text, written):
        data = exchange.to_csv(table((text, -3)))

        assert data.startswith(b"\xef\xbb\xbf")
        assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1] == [written, "-3"]

    @given(TEXT.filter(lambda text: not text.lstrip(" \n").startswith(tuple("=+-@\t＝＋－＠"))))
    @settings(max_examples=100)
    def test_leaves_every_other_text_as_it_is(self, text):
        data = exchange.to_csv(table((text, 1)))

        assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1] == [text, "1"]

    def test_writes_every_kind_of_cell(self):
        moment = datetime(2, 11, 24, 15, 31, tzinfo=UTC)

        data = exchange.to_csv(table((True, Decimal("1.50"), None, moment, "\ud83d"), columns=list("ABCDE")))

        assert data.decode("utf-8-sig").splitlines()[1] == "yes,1.50,,0002-11-24T15:31:00+00:00,\ufffd"

    def test_reads_long_tables_row_by_row(self):
        rows = iter([("a", 1), ("b", 2)])
        pieces = exchange.csv_pieces(Table("t", ["A", "B"], rows))

        assert next(pieces).endswith(b"A,B\r\n")
        assert next(pieces) == b"a,1\r\n"
        assert list(rows) == [("b", 2)]


class TestTable:
    @pytest.mark.parametrize(
        ("row", "sentence"),
        [(("a",), "Row 2 has 1 cells for 2 columns"), (("a", 1.5), "Row 2, column Pages: float cannot stand")],
    )
    @pytest.mark.parametrize("write", [exchange.to_csv, exchange.to_xlsx])
    def test_refuses_rows_that_do_not_fit(self, write, row, sentence):
        with pytest.raises(exchange.RowDoesNotFit, match=sentence):
            write(table(("fine", 1), row))
