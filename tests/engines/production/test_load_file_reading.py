import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.production import loadfile
from cursitor.engines.production.findings import Finding

DAT = "þBEGBATESþ\x14þSUBJECTþ\x14þCUSTODIANþ\r\n"


def codes(result):
    return [finding.code for finding in result.findings]


def values(result):
    return [record.values for record in result.rows]


class TestEncoding:
    @pytest.mark.parametrize(
        ("encode", "encoding", "bom"),
        [
            (lambda text: text.encode("utf-8"), "utf-8", False),
            (lambda text: text.encode("utf-8-sig"), "utf-8", True),
            (lambda text: text.encode("utf-16"), "utf-16-le", True),
            (lambda text: text.encode("utf-16-le"), "utf-16-le", False),
            (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "utf-16-be", True),
            (lambda text: text.encode("cp1252"), "cp1252", False),
        ],
    )
    def test_finds_the_thorn_whichever_way_it_is_written(self, encode, encoding, bom):
        text = DAT + "þA-1þ\x14þCafé “Łódź”®secondþ\x14þKesslingþ\r\n".replace("Łódź", "Lodz")

        result = loadfile.read(encode(text))

        assert (result.dialect.name, result.dialect.encoding, result.dialect.bom) == ("CONCORDANCE", encoding, bom)
        assert values(result) == [("A-1", "Café “Lodz”\nsecond", "Kessling")]
        assert result.findings == ()

    def test_reads_single_byte_delimiters_around_utf8_text(self):
        row = "þA-1þ\x14þŁódź®Krakówþ\x14þKesslingþ\r\n"
        mixed = (DAT + row).encode().replace(b"\xc3\xbe", b"\xfe").replace(b"\xc2\xae", b"\xae")

        result = loadfile.read(mixed)

        assert values(result) == [("A-1", "Łódź\nKraków", "Kessling")]
        assert codes(result) == ["ENCODING_MIXED"]

    def test_keeps_and_names_a_byte_that_does_not_belong(self):
        row = "þA-1þ\x14þŁódź Kraków ".encode() + b"\x93x" + "þ\x14þKesslingþ\r\n".encode()

        result = loadfile.read(DAT.encode() + row)

        assert values(result) == [("A-1", "Łódź Kraków “x", "Kessling")]
        assert [(f.code, f.row, f.value) for f in result.findings] == [("ENCODING_STRAY_BYTE", 2, "93")]

    def test_names_half_a_character_at_the_end_of_utf16(self):
        result = loadfile.read(("a,b\r\n1,2").encode("utf-16") + b"A")

        assert codes(result) == ["ENCODING_STRAY_BYTE"]
        assert values(result) == [("1", "2\ufffd")]


class TestDialect:
    @pytest.mark.parametrize(
        ("text", "name", "qualifier", "first"),
        [
            ("DocID|Subject|To\nA1|x, y|b\nA2|z|c\n", "PIPE", "", ("A1", "x, y", "b")),
            ("^DocID^|^Subject^\n^A|1^|^x^\n", "PIPE", "^", ("A|1", "x")),
            ("DocID^Subject^To\nA1^x|y^b\n", "CARET", "", ("A1", "x|y", "b")),
            ('DocID,Subject,To\nA1,"x, y",b\n', "COMMA", '"', ("A1", "x, y", "b")),
            ("DocID\tSubject\tTo\nA1\tx, y, z\tb\n", "TAB", '"', ("A1", "x, y, z", "b")),
            ("DocID\nA1\n", "COMMA", '"', ("A1",)),
        ],
    )
    def test_is_told_from_the_bytes(self, text, name, qualifier, first):
        result = loadfile.read(text.encode())

        assert (result.dialect.name, result.dialect.qualifier) == (name, qualifier)
        assert values(result)[0] == first
        assert result.findings == ()

    @pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
    def test_reads_every_kind_of_line_end(self, line_end):
        text = DAT.replace("\r\n", line_end) + f"þA-1þ\x14þxþ\x14þyþ{line_end}þA-2þ\x14þxþ\x14þyþ"

        result = loadfile.read(text.encode())

        assert [row[0] for row in values(result)] == ["A-1", "A-2"]
        assert result.findings == ()


class TestHeader:
    def test_is_missed_where_the_first_record_is_a_document(self):
        result = loadfile.read(b"Sample_0000005|Sample John||4/21/2001 2:48 PM|htm\n")

        assert result.header == ("Column 1", "Column 2", "Column 3", "Column 4", "Column 5")
        assert len(result.rows) == 1
        assert codes(result) == ["HEADER_MISSING"]

    def test_gives_empty_and_repeated_names_a_name_of_their_own(self):
        result = loadfile.read(b"DocID|Subject||Subject|Column 3\n1|a|b|c|d\n")

        assert result.header == ("DocID", "Subject", "Column 3 (2)", "Subject (2)", "Column 3")
        assert [(f.code, f.column) for f in result.findings] == [
            ("HEADER_EMPTY_NAME", "Column 3 (2)"),
            ("HEADER_DUPLICATE_NAME", "Subject (2)"),
        ]

    def test_can_be_told_instead_of_judged(self):
        result = loadfile.read(b"DocID|Subject\n1|a\n", header=False)

        assert values(result) == [("DocID", "Subject"), ("1", "a")]


class TestFaultyRows:
    def test_keeps_what_is_short_long_or_blank(self):
        result = loadfile.read(b"DocID|Subject|To\n1|a\n\n2|b|c|d|e\n3|f|g|\n")

        assert values(result) == [("1", "a", ""), ("2", "b", "c"), ("3", "f", "g")]
        assert result.rows[1].surplus == ("d", "e")
        assert [(f.code, f.row, f.column) for f in result.findings] == [
            ("ROW_SHORT", 2, "To"),
            ("ROW_BLANK", 3, ""),
            ("ROW_LONG", 4, ""),
            ("ROW_SURPLUS_EMPTY", 5, ""),
        ]

    @pytest.mark.parametrize(
        ("body", "expected", "finding"),
        [
            (
                "þA-1þ\x14þbrokenþ\x14Kessling\r\nþA-2þ\x14þxþ\x14þyþ\r\n",
                [("A-1", "broken", "Kessling"), ("A-2", "x", "y")],
                None,
            ),
            (
                "þA-1þ\x14þbroken\x14þKesslingþ\r\nþA-2þ\x14þxþ\x14þyþ\r\n",
                [("A-1", "broken", "Kessling"), ("A-2", "x", "y")],
                ("QUALIFIER_UNTERMINATED", 2, "SUBJECT"),
            ),
            (
                "þA-1þ\x14þxþ\x14þbroken\r\nþA-2þ\x14þxþ\x14þyþ\r\n",
                [("A-1", "x", "broken"), ("A-2", "x", "y")],
                ("QUALIFIER_UNTERMINATED", 2, "CUSTODIAN"),
            ),
            (
                "þA-1þ\x14þxþ\x14þbroken",
                [("A-1", "x", "broken")],
                ("QUALIFIER_UNTERMINATED", 2, "CUSTODIAN"),
            ),
            (
                "þA-1þ\x14þa þ bþ\x14þyþ\r\nþA-2þ\x14þxþ\x14þyþ\r\n",
                [("A-1", "a þ b", "y"), ("A-2", "x", "y")],
                ("QUALIFIER_STRAY", 2, "SUBJECT"),
            ),
        ],
    )
    def test_does_not_let_one_qualifier_swallow_the_next_document(self, body, expected, finding):
        result = loadfile.read((DAT + body).encode())

        assert values(result) == expected
        assert [(f.code, f.row, f.column) for f in result.findings] == ([finding] if finding else [])

    @pytest.mark.parametrize("row", ['x,"abc,1', '""abc,x,1', 'x,y,"abc', '"x,"y,"abc'])
    def test_keeps_every_record_apart_where_no_value_ever_closes(self, row):
        n_rows = 10_000

        result = loadfile.read(("DocID,Subject,To\n" + f"{row}\n" * n_rows).encode())

        assert [record.row for record in result.rows] == list(range(2, n_rows + 2))
        assert len({record.values for record in result.rows}) == 1
        assert sum(code == "QUALIFIER_UNTERMINATED" for code in codes(result)) >= n_rows

    def test_reads_a_line_break_and_a_delimiter_inside_a_value(self):
        text = 'DocID,Subject,To\r\n1,"first, with\r\nsecond ""quoted""\r\n\r\nfourth","a"\r\n2,x,y\r\n'

        result = loadfile.read(text.encode())

        assert values(result) == [("1", 'first, with\nsecond "quoted"\n\nfourth', "a"), ("2", "x", "y")]
        assert [record.row for record in result.rows] == [2, 6]
        assert result.findings == ()

    def test_names_an_empty_file(self):
        assert codes(loadfile.read(b"")) == ["FILE_EMPTY"]

    @given(st.binary(max_size=300), st.booleans())
    @settings(max_examples=300)
    def test_never_raises_and_always_fits_rows_to_the_header(self, data, is_dat):
        result = loadfile.read((DAT.encode() if is_dat else b"DocID,Subject,To\r\n") + data)

        assert all(len(record.values) == len(result.header) for record in result.rows)
        assert all(isinstance(finding, Finding) and finding.sentence for finding in result.findings)


class TestRecords:
    @given(st.integers(1, 40))
    @settings(max_examples=20)
    def test_come_out_the_same_whatever_the_pieces(self, size):
        text = DAT + "þA-1þ\x14þCafé\r\nŁódź®xþ\x14þyþ\r\n\r\nþA-2þ\x14þbroken\r\nþA-3þ\x14þxþ\x14þyþ\r\n"
        data = text.encode("utf-16")
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        dialect = loadfile.detect(data)

        whole = list(loadfile.records([data], dialect=dialect))

        assert list(loadfile.records(pieces, dialect=dialect)) == whole
        assert [r.values[0] for r in whole if isinstance(r, loadfile.Record)] == ["BEGBATES", "A-1", "A-2", "A-3"]
