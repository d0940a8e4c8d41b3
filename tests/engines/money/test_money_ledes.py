"""LEDES 1998B against the published sample and the rules of its field table."""

import dataclasses
import datetime
import decimal
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import money
from cursitor.engines.money import ledes

SAMPLE_PATH = pathlib.Path(__file__).with_name("ledes1998b_sample.txt")


def sample():
    return SAMPLE_PATH.read_bytes().decode("ascii")


def make_line(**changes):
    values = {
        "number": "1",
        "kind": "F",
        "date": datetime.date(1999, 1, 15),
        "units": decimal.Decimal("2.00"),
        "unit_cost_minor": 35_000,
        "adjustment_minor": -7_000,
        "total_minor": 63_000,
        "task_code": "L510",
        "activity_code": "A102",
        "timekeeper_id": "22547",
        "timekeeper_name": "Arnsley, Robert",
        "timekeeper_classification": "PARTNR",
        "description": "Research Attorney's fees, Set off claim",
    }
    return ledes.LedesLine(**{**values, **changes})


def make_invoice(*lines, **changes):
    lines = lines or (make_line(),)
    values = {
        "number": "96542",
        "date": datetime.date(1999, 2, 25),
        "currency": "USD",
        "client_id": "00711",
        "law_firm_matter_id": "0528",
        "law_firm_id": "24-6437381",
        "billing_start_date": datetime.date(1999, 1, 1),
        "billing_end_date": datetime.date(1999, 1, 31),
        "total_minor": sum(line.total_minor for line in lines),
        "lines": lines,
        "description": "For services rendered",
        "client_matter_id": "423-987",
    }
    return ledes.LedesInvoice(**{**values, **changes})


def sample_invoices():
    rows = ledes.read_1998b(sample())
    by_number = {}
    for row in rows:
        by_number.setdefault(row.values["INVOICE_NUMBER"], []).append(row.values)
    for number, values in by_number.items():
        first = values[0]
        yield make_invoice(
            *(line_of(each) for each in values),
            number=number,
            law_firm_matter_id=first["LAW_FIRM_MATTER_ID"],
            description=first["INVOICE_DESCRIPTION"],
            client_matter_id=first["CLIENT_MATTER_ID"],
        )


def line_of(values):
    is_item = values["EXP/FEE/INV_ADJ_TYPE"] in ("F", "E")
    cents = decimal.Decimal(100)
    return ledes.LedesLine(
        number=values["LINE_ITEM_NUMBER"],
        kind=values["EXP/FEE/INV_ADJ_TYPE"],
        date=datetime.date.fromisoformat(values["LINE_ITEM_DATE"]),
        units=decimal.Decimal(values["LINE_ITEM_NUMBER_OF_UNITS"]),
        unit_cost_minor=decimal.Decimal(values["LINE_ITEM_UNIT_COST"]) * cents if is_item else None,
        adjustment_minor=int(decimal.Decimal(values["LINE_ITEM_ADJUSTMENT_AMOUNT"]) * cents),
        total_minor=int(decimal.Decimal(values["LINE_ITEM_TOTAL"]) * cents),
        description=values["LINE_ITEM_DESCRIPTION"],
        task_code=values["LINE_ITEM_TASK_CODE"],
        expense_code=values["LINE_ITEM_EXPENSE_CODE"],
        activity_code=values["LINE_ITEM_ACTIVITY_CODE"],
        timekeeper_id=values["TIMEKEEPER_ID"],
        timekeeper_name=values["TIMEKEEPER_NAME"],
        timekeeper_classification=values["TIMEKEEPER_CLASSIFICATION"],
    )


def canonical(value):
    """Two spellings of one number are one value: 2.00 and 2, 1250. and 1250.00."""
    try:
        return decimal.Decimal(value)
    except decimal.InvalidOperation:
        return value


def altered(field, value, *, row=0):
    lines = sample().split("\r\n")
    cells = lines[2 + row].removesuffix("[]").split("|")
    cells[list(ledes.Row(0, {f.name: "" for f in ledes.FIELDS}).values).index(field)] = value
    lines[2 + row] = "|".join(cells) + "[]"
    return "\r\n".join(lines)


def is_writable(narrative):
    try:
        return ledes.clean_text(narrative).upper() != "NULL"
    except ledes.LedesRefused:
        return False


class TestPublishedSample:
    def test_has_nothing_wrong(self):
        assert ledes.validate_1998b(sample()) == []

    def test_is_read_field_by_field(self):
        rows = ledes.read_1998b(sample())

        assert [row.line for row in rows] == [3, 4, 5, 6, 7, 8]
        assert rows[0].values["TIMEKEEPER_NAME"] == "Arnsley, Robert"
        assert rows[5].values["EXP/FEE/INV_ADJ_TYPE"] == "IF"
        assert rows[5].values["CLIENT_MATTER_ID"] == "425-936"

    def test_comes_out_again_when_written(self):
        written = ledes.write_1998b(*sample_invoices())

        original = [line.removesuffix("[]").split("|") for line in sample().split("\r\n")]
        again = [line.removesuffix("[]").split("|") for line in written.split("\r\n")]
        assert [[canonical(cell) for cell in line] for line in again] == [
            [canonical(cell) for cell in line] for line in original
        ]


class TestWriting:
    def test_gives_exactly_these_bytes(self):
        text = ledes.write_1998b(make_invoice())

        lines = text.split("\r\n")
        assert lines[0] == "LEDES1998B[]"
        assert lines[1].count("|") == 23
        assert lines[1].startswith("INVOICE_DATE|INVOICE_NUMBER|")
        assert lines[1].endswith("|CLIENT_MATTER_ID[]")
        assert lines[2] == (
            "19990225|96542|00711|0528|630.00|19990101|19990131|For services rendered|1|F|2|-70.00|630.00|19990115|"
            "L510||A102|22547|Research Attorney's fees, Set off claim|24-6437381|350.00|Arnsley, Robert|PARTNR|"
            "423-987[]"
        )
        assert lines[3:] == [""]

    def test_leaves_units_and_cost_of_invoice_adjustments_empty(self):
        adjustment = ledes.LedesLine("2", "IF", datetime.date(1999, 1, 31), -5_000, adjustment_minor=-5_000)

        rows = ledes.read_1998b(ledes.write_1998b(make_invoice(make_line(), adjustment)))

        assert rows[1].values["LINE_ITEM_NUMBER_OF_UNITS"] == rows[1].values["LINE_ITEM_UNIT_COST"] == ""
        assert rows[1].values["INVOICE_TOTAL"] == "580.00"

    @given(
        st.lists(st.tuples(st.integers(0, 600), st.integers(0, 90_000), st.integers(-100, 100)), min_size=1, max_size=6)
    )
    @settings(max_examples=40, deadline=None)
    def test_of_any_billed_time_passes_the_validator(self, work):
        lines = [
            make_line(
                number=str(number),
                units=money.decimal_hours(minutes),
                unit_cost_minor=rate,
                adjustment_minor=adjustment,
                total_minor=money.hourly_fee(minutes, rate) + adjustment,
            )
            for number, (minutes, rate, adjustment) in enumerate(work, start=1)
        ]

        text = ledes.write_1998b(make_invoice(*lines))

        assert ledes.validate_1998b(text) == []

    @given(st.text(st.characters(max_codepoint=0x24F), max_size=60))
    @settings(max_examples=80, deadline=None)
    def test_of_any_narrative_keeps_24_fields_or_refuses(self, narrative):
        invoice = make_invoice(make_line(description=narrative))
        if not is_writable(narrative):
            with pytest.raises(ledes.LedesRefused, match="LINE_ITEM_DESCRIPTION"):
                ledes.write_1998b(invoice)
            return

        text = ledes.write_1998b(invoice)

        assert text.isascii()
        assert len(ledes.read_1998b(text)) == 1

    def test_writes_rates_below_a_cent(self):
        line = make_line(
            kind="F",
            units=decimal.Decimal(1337),
            unit_cost_minor=decimal.Decimal("92.5"),
            adjustment_minor=0,
            total_minor=123_673,
        )

        rows = ledes.read_1998b(ledes.write_1998b(make_invoice(line)))

        assert rows[0].values["LINE_ITEM_UNIT_COST"] == "0.925"
        assert rows[0].values["LINE_ITEM_TOTAL"] == "1236.73"

    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("a|b", "a/b"),
            ("[[]]x[]", "x"),
            ("one\r\ntwo\tthree", "one two three"),
            ("“Müller” – naïve… § 12", '"Muller" - naive... Sec. 12'),
            ("Łódź, Ærø, Weiß, ½", "Lodz, AEro, Weiss, 1/2"),
            ("tip‑top € 5", "tip-top EUR 5"),
        ],
    )
    def test_cleans_text_to_ascii(self, text, cleaned):
        assert ledes.clean_text(text) == cleaned

    @pytest.mark.parametrize(
        ("invoice", "message"),
        [
            (make_invoice(make_line(description="契約書")), "line item 1, LINE_ITEM_DESCRIPTION: the character '契'"),
            (make_invoice(number="X" * 21), "INVOICE_NUMBER: 21 characters"),
            (make_invoice(client_id=""), "CLIENT_ID: the field must have a value"),
            (make_invoice(total_minor=1), "the lines add up to 630.00, the invoice says 0.01"),
            (make_invoice(make_line(total_minor=63_001)), "is 630.00, the line says 630.01"),
            (make_invoice(make_line(timekeeper_name="N" * 31)), "TIMEKEEPER_NAME: 31 characters"),
            (make_invoice(make_line(), make_line()), "stands in line 3 already"),
            (make_invoice(make_line(kind="X")), "none of F, E, IF, IE"),
            (make_invoice(currency="KWD"), "KWD has more"),
            (dataclasses.replace(make_invoice(), lines=(), total_minor=0), "holds no line item"),
        ],
    )
    def test_refuses_what_receivers_reject(self, invoice, message):
        with pytest.raises(ledes.LedesRefused, match=message.replace(".", r"\.")):
            ledes.write_1998b(invoice)

    def test_refuses_two_currencies_in_one_file(self):
        with pytest.raises(ledes.LedesRefused, match="share one"):
            ledes.write_1998b(make_invoice(), make_invoice(currency="EUR"))

    @pytest.mark.parametrize(
        ("profile", "invoice", "message"),
        [
            ("BRIGHTFLAG", make_invoice(client_matter_id=""), "Brightflag needs the client's matter number"),
            ("BRIGHTFLAG", make_invoice(make_line(description="x" * 1024)), "at most 1023"),
            ("COLLABORATI", make_invoice(description="x" * 2001), "at most 2000"),
            (
                "ECOUNSEL",
                make_invoice(
                    make_line(),
                    *(ledes.LedesLine(n, "IF", datetime.date(1999, 1, 31), -100, adjustment_minor=-100) for n in "23"),
                ),
                "at most 1 line of kind IF",
            ),
        ],
    )
    def test_refuses_what_this_receiver_rejects(self, profile, invoice, message):
        ledes.write_1998b(invoice)

        with pytest.raises(ledes.LedesRefused, match=message):
            ledes.write_1998b(invoice, profile=ledes.PROFILES[profile])


class TestValidating:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("INVOICE_DATE", "25021999", "BAD_DATE"),
            ("INVOICE_DATE", "", "REQUIRED"),
            ("LINE_ITEM_DATE", "19990230", "BAD_DATE"),
            ("LINE_ITEM_DATE", "19990301", "LINE_DATE"),
            ("BILLING_END_DATE", "19981231", "PERIOD"),
            ("LINE_ITEM_TOTAL", "630,00", "BAD_NUMBER"),
            ("LINE_ITEM_TOTAL", "631", "LINE_TOTAL"),
            ("LINE_ITEM_TOTAL", "1e3", "BAD_NUMBER"),
            ("LINE_ITEM_UNIT_COST", "350.00001", "TOO_LONG"),
            ("LINE_ITEM_UNIT_COST", "", "REQUIRED"),
            ("LINE_ITEM_NUMBER_OF_UNITS", "12345678901", "TOO_LONG"),
            ("EXP/FEE/INV_ADJ_TYPE", "X", "BAD_KIND"),
            ("EXP/FEE/INV_ADJ_TYPE", "IF", "ADJUSTMENT_TOTAL"),
            ("TIMEKEEPER_ID", "NULL", "NULL_WORD"),
            ("TIMEKEEPER_ID", "", "NO_TIMEKEEPER"),
            ("TIMEKEEPER_NAME", "Arnsley, Robérto", "NOT_ASCII"),
            ("LINE_ITEM_EXPENSE_CODE", "E101", "MISPLACED_CODE"),
            ("INVOICE_DESCRIPTION", "Another", "NOT_UNIFORM"),
            ("INVOICE_TOTAL", "1684.46", "INVOICE_TOTAL"),
            ("LINE_ITEM_NUMBER", "2", "DUPLICATE_LINE"),
        ],
    )
    def test_finds_the_fault_and_names_its_place(self, field, value, code):
        findings = ledes.validate_1998b(altered(field, value))

        matching = [finding for finding in findings if finding.code == code]
        assert matching
        assert all(finding.line in (3, 4, 5, 6, 7) for finding in matching)
        assert any(finding.value == value for finding in matching) or code in (
            "NOT_UNIFORM",
            "DUPLICATE_LINE",
            "ADJUSTMENT_TOTAL",
        )

    @pytest.mark.parametrize(
        ("text", "line", "code"),
        [
            ("", 1, "FORMAT_LINE"),
            ("LEDES98B[]\n", 1, "FORMAT_LINE"),
            ("LEDES1998B[]\nINVOICE_DATE|X[]\n", 2, "HEADER"),
        ],
    )
    def test_stops_at_a_file_of_another_kind(self, text, line, code):
        findings = ledes.validate_1998b(text)

        assert [(finding.line, finding.code, finding.severity) for finding in findings] == [(line, code, "ERROR")]
        with pytest.raises(ledes.NotLedes, match=f"line {line}"):
            ledes.read_1998b(text)

    def test_names_the_columns_that_a_header_lacks(self):
        text = sample().replace("|CLIENT_MATTER_ID[]", "[]", 1)

        assert "lacks CLIENT_MATTER_ID" in ledes.validate_1998b(text)[0].message

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("|423-987[]", "|423-987|", "LINE_END"),
            ("|423-987[]", "|423-987|x[]", "FIELD_COUNT"),
            ("Trial pleading", "Trial [] pleading", "LINE_END"),
        ],
    )
    def test_reports_a_broken_line_and_reads_on(self, old, new, code):
        findings = ledes.validate_1998b(sample().replace(old, new, 1))

        assert code in {finding.code for finding in findings}
        # The broken line is missing from the sum of its invoice, so that is reported too.
        assert "INVOICE_TOTAL" in {finding.code for finding in findings}

    def test_allows_totals_rounded_to_the_unit_of_the_currency(self):
        line = make_line(units=decimal.Decimal("0.1"), unit_cost_minor=12_345, adjustment_minor=0, total_minor=1_235)
        invoice = make_invoice(line, currency="JPY")

        text = ledes.write_1998b(invoice)

        assert ledes.validate_1998b(text, currency="JPY") == []
        assert [finding.code for finding in ledes.validate_1998b(text, currency="USD")] == ["LINE_TOTAL"]


class TestCodes:
    def test_are_the_published_sets(self):
        assert list(money.utbms.ACTIVITIES) == [f"A{n}" for n in range(101, 112)]
        assert list(money.utbms.EXPENSES) == [f"E{n}" for n in range(101, 125)]
        assert len(money.utbms.LITIGATION_TASKS) == 29
        assert money.utbms.TITLES["L653"] == "First pass document review"
        assert all(len(code) <= 10 for code in money.utbms.TIMEKEEPER_CLASSES)
