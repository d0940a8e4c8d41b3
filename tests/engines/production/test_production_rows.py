from datetime import UTC, datetime

import pytest

from cursitor.engines.production import loadfile, mapping, numbering, rows
from cursitor.engines.production.numbering import Member, Numbering

MAIL, ATTACHMENT, ALONE = numbering.allocate(
    [[Member("m"), Member("a", parent="m")], [Member("n")]], numbering=Numbering("ABC", "-", 4)
)
COLUMNS = rows.columns_with(["ISSUES"])
AS_USUAL = rows.Protocol()
SECRET = "Project Nightingale"


def produced(numbers=MAIL, **given):
    return rows.ProducedDocument(
        **{
            "numbers": numbers,
            "custodian": "Kessling, Nora",
            "all_custodians": ["Kessling, Nora", "Vance, Ada"],
            "all_paths": [f"kessling/{SECRET}.msg"],
            "document_type": "E-mail",
            "sender": "nora@example.org",
            "to": ["ada@example.org", "ben@example.org"],
            "subject": SECRET,
            "sent_at": datetime(2001, 5, 4, 13, 7, 9, tzinfo=UTC),
            "time_zone": "UTC",
            "message_id": f"<{SECRET}@example.org>",
            "file_name": f"{SECRET}.MSG",
            "file_size": 2048,
            "sha256": "a" * 64,
            "confidentiality": "Confidential",
            "coding": {"ISSUES": SECRET},
            "native_link": "NATIVES/ABC-0001.msg",
            "text_link": "TEXT/ABC-0001.txt",
        }
        | given
    )


def record(document, protocol=AS_USUAL):
    return dict(zip(COLUMNS, rows.values_of(document, columns=COLUMNS, protocol=protocol), strict=True))


class TestValuesOf:
    def test_gives_every_column_its_value(self):
        values = record(produced())

        assert values["BEGBATES"] == values["ENDBATES"] == values["BEGATTACH"] == "ABC-0001"
        assert (values["ENDATTACH"], values["PARENTID"], values["ATTACHCOUNT"]) == ("ABC-0002", "", "1")
        assert values["TO"] == "ada@example.org; ben@example.org"
        assert (values["DATESENT"], values["TIMESENT"], values["TIMEZONE"]) == ("2001-05-04", "13:07:09", "UTC")
        assert (values["FILEEXT"], values["FILESIZE"], values["WITHHELD"]) == ("msg", "2048", "N")
        assert values["ISSUES"] == SECRET
        assert record(produced(ATTACHMENT))["PARENTID"] == "ABC-0001"

    def test_says_nothing_of_a_withheld_document_but_where_it_belongs(self):
        values = record(produced(is_withheld=True))

        assert {column: value for column, value in values.items() if value} == {
            "BEGBATES": "ABC-0001",
            "ENDBATES": "ABC-0001",
            "BEGATTACH": "ABC-0001",
            "ENDATTACH": "ABC-0002",
            "ATTACHCOUNT": "1",
            "CUSTODIAN": "Kessling, Nora",
            "DOCTYPE": "E-mail",
            "CONFIDENTIALITY": "Confidential",
            "WITHHELD": "Y",
        }

    def test_does_not_let_a_coding_column_speak_for_a_fixed_one(self):
        assert record(produced(coding={"ISSUES": "", "WITHHELD": "N"}, is_withheld=True))["WITHHELD"] == "Y"

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (rows.DateOrder.YEAR_FIRST, "0002-11-30"),
            (rows.DateOrder.MONTH_FIRST, "11/30/0002"),
            (rows.DateOrder.DAY_FIRST, "30/11/0002"),
        ],
    )
    def test_writes_even_the_year_two_with_four_digits(self, order, expected):
        document = produced(sent_at=datetime(2, 11, 30, tzinfo=UTC))

        assert record(document, rows.Protocol(date_order=order))["DATESENT"] == expected

    def test_leaves_the_range_of_a_lone_document_blank_where_agreed(self):
        lone = record(produced(ALONE), rows.Protocol(own_range_if_alone=False))
        family = record(produced(MAIL), rows.Protocol(own_range_if_alone=False))

        assert (lone["BEGATTACH"], lone["ENDATTACH"]) == ("", "")
        assert (family["BEGATTACH"], family["ENDATTACH"]) == ("ABC-0001", "ABC-0002")

    def test_refuses_a_moment_without_a_zone_and_a_column_nobody_knows(self):
        with pytest.raises(ValueError, match="no time zone"):
            record(produced(sent_at=datetime(2001, 5, 4)))  # noqa: DTZ001
        with pytest.raises(KeyError, match="ISSUES"):
            record(produced(coding={}))
        with pytest.raises(ValueError, match="SUBJECT"):
            rows.columns_with(["SUBJECT"])

    def test_come_back_under_our_own_mapping(self):
        documents = [produced(MAIL), produced(ATTACHMENT, is_withheld=True), produced(ALONE)]
        values = [rows.values_of(document, columns=COLUMNS, protocol=rows.Protocol()) for document in documents]

        file = loadfile.read(loadfile.write(COLUMNS, values).data)
        loaded = mapping.load(file, mapping.guess_mapping(file.header))

        assert mapping.guess_mapping(file.header).name == "CURSITOR"
        assert [(d.control, d.parent) for d in loaded.documents] == [
            ("ABC-0001", None),
            ("ABC-0002", "ABC-0001"),
            ("ABC-0003", None),
        ]
        assert loaded.documents[0].recorded_hash == "a" * 64
        assert loaded.findings == ()
