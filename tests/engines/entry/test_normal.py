"""Keyed values in canonical form: what is read, what is refused, and that nothing is guessed."""

import datetime
import decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.entry import Choice, DateOrder, Field, FieldType, Keyed, State, names, normal, numbers

MONTH_FIRST = Field(key="filed", type=FieldType.DATE, date_order=DateOrder.MDY, latest_year=2026)
DAY_FIRST = Field(key="filed", type=FieldType.DATE, date_order=DateOrder.DMY, latest_year=1999)
UNSAID = Field(key="filed", type=FieldType.DATE)
DOLLARS = Field(key="fee", type=FieldType.MONEY, currency="USD")
EUROS = Field(key="fee", type=FieldType.MONEY, currency="EUR", decimal_mark=",")
ANY_MONEY = Field(key="fee", type=FieldType.MONEY)
YEN = Field(key="fee", type=FieldType.MONEY, currency="JPY")
COUNT = Field(key="n", type=FieldType.INTEGER)
NUMBER = Field(key="n", type=FieldType.DECIMAL)
NAME = Field(key="who", type=FieldType.NAME)
IDENTIFIER = Field(key="docket", type=FieldType.IDENTIFIER)
TICK = Field(key="is_amended", type=FieldType.BOOLEAN)
KIND = Field(key="kind", type=FieldType.CHOICE, choices=(Choice("AM", "Amendment"), Choice("SU", "Supplement")))
TEXT = Field(key="note")
EVERY = [MONTH_FIRST, DOLLARS, ANY_MONEY, YEN, COUNT, NUMBER, NAME, IDENTIFIER, TICK, KIND, TEXT, UNSAID]


def value(raw, field):
    return normal.normalise(raw, field).value


class TestDates:
    @pytest.mark.parametrize(
        "raw",
        [
            *("1999-03-04", "1999/3/4", "19990304", "3/4/1999", "03-04-1999", "3.4.1999", "3/4/99", "03041999"),
            *("March 4, 1999", "Mar. 4th 1999", "4 March 1999", "4 Mar 99", "4-MAR-1999", "04MAR1999", "MARCH 4,1999"),
            *("Thursday, March 4, 1999", "this 4th day of March, 1999", "4th of March '99", "1999 March 4"),
            *("1999-03-04T00:00:00", "1999-03-04 00:00:00", "  1999-03-04 ", "\uff11999-03-04"),
        ],
    )
    def test_are_one_day_however_they_are_written(self, raw):
        assert value(raw, MONTH_FIRST) == "1999-03-04"

    @pytest.mark.parametrize(
        ("raw", "told"), [("March 1999", "1999-03"), ("3/1999", "1999-03"), ("1999-03", "1999-03"), ("1999", "1999")]
    )
    def test_are_kept_as_much_as_they_tell(self, raw, told):
        reading = normal.normalise(raw, UNSAID)

        assert reading.value == told
        assert normal.is_partial(reading, UNSAID)

    @pytest.mark.parametrize(
        "raw",
        [
            *("1999-02-29", "31/4/1999", "1999-13-01", "0/1/1999", "Friday, March 4, 1999", "99", "12345", "soon"),
            *("1999-03-04 13:30", "4/1999/3", "3/4", "1/2/3/4", "0099-01-01", "4 Mar 199", "March 32, 1999"),
        ],
    )
    def test_that_never_were_are_refused(self, raw):
        assert normal.normalise(raw, MONTH_FIRST).state is State.INVALID

    def test_follow_the_order_of_the_field(self):
        assert (value("3/4/1999", MONTH_FIRST), value("3/4/1999", DAY_FIRST)) == ("1999-03-04", "1999-04-03")

    def test_that_may_be_two_are_refused_without_an_order(self):
        reading = normal.normalise("3/4/1999", UNSAID)

        assert reading.state is State.INVALID
        assert "1999-03-04 or 1999-04-03" in reading.problem
        assert value("25/3/1999", UNSAID) == "1999-03-25"

    def test_of_two_digits_follow_the_century_of_the_field(self):
        assert (value("1/2/26", MONTH_FIRST), value("1/2/27", MONTH_FIRST)) == ("2026-01-02", "1927-01-02")
        assert value("1/2/00", DAY_FIRST) == "1900-02-01"
        assert normal.normalise("4 Mar 99", UNSAID).state is State.INVALID

    @given(st.dates(min_value=datetime.date(1000, 1, 1)))
    @settings(max_examples=60)
    def test_come_back_from_every_common_form(self, day):
        written = [day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d %B %Y}", f"{day:%B} {day.day}, {day:%Y}"]

        assert {value(raw, DAY_FIRST) for raw in written} == {day.isoformat()}


class TestAmounts:
    @pytest.mark.parametrize(
        "raw", ["1234.50", "1,234.50", "$1,234.50", "USD 1,234.5", "1 234.50 usd", "US$1'234.50", "1234.5000"]
    )
    def test_are_one_amount_however_they_are_written(self, raw):
        assert value(raw, DOLLARS) == "1234.50"

    @pytest.mark.parametrize(
        "raw", ["(1,234.50)", "-1,234.50", "$(1,234.50)", "1,234.50-", "-$1,234.50", "\u22121234.5"]
    )
    def test_are_below_zero_as_bookkeepers_write_it(self, raw):
        assert value(raw, DOLLARS) == "-1234.50"

    def test_follow_the_decimal_mark_of_the_field(self):
        assert value("1.234,56", EUROS) == "1234.56"
        assert normal.normalise("1.234,56", DOLLARS).state is State.INVALID
        assert normal.normalise("1,234.56", EUROS).state is State.INVALID

    @pytest.mark.parametrize(
        "raw", ["12.345", "1,23", "12,34.00", "1.2.3", "5-6", "EUR 5", "ABC 5", "$", "12a", "1.239"]
    )
    def test_that_leave_a_doubt_are_refused(self, raw):
        assert normal.normalise(raw, DOLLARS).state is State.INVALID

    def test_keep_the_currency_where_the_field_has_none(self):
        assert value("\u20ac5", ANY_MONEY) == value("5.00 EUR", ANY_MONEY) == "5.00 EUR"
        assert value("5", ANY_MONEY) == "5.00"
        assert value("$5", ANY_MONEY) != value("5", ANY_MONEY)

    def test_have_the_places_of_their_currency(self):
        assert value("\u00a512,345", YEN) == "12345"
        assert normal.normalise("12.5", YEN).state is State.INVALID

    def test_group_lakhs(self):
        assert value("1,00,000.00", ANY_MONEY) == "100000.00"

    @given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
    @settings(max_examples=60)
    def test_come_back_from_either_convention(self, amount):
        american = f"{amount:,.2f}"
        german = american.replace(",", " ").replace(".", ",").replace(" ", ".")

        assert value(american, DOLLARS) == value(german, EUROS)
        assert decimal.Decimal(value(american, DOLLARS)) == amount


class TestNumbers:
    @pytest.mark.parametrize("raw", ["1000", "1,000", "1000.0", "1e3", "+1000", "01000", "$1,000"])
    def test_are_compared_by_their_value(self, raw):
        assert value(raw, NUMBER) == "1000"

    def test_lose_no_digit(self):
        digits = "1234567890123456789012345678901234.5678"

        assert value(digits, NUMBER) == digits
        assert normal.normalise("9" * 41, NUMBER).state is State.INVALID

    def test_that_are_whole_have_no_fraction(self):
        assert value("10.0", COUNT) == "10"
        assert normal.normalise("10.5", COUNT).state is State.INVALID

    def test_are_zero_without_a_sign(self):
        assert value("-0.00", NUMBER) == "0"


class TestNames:
    @pytest.mark.parametrize(
        ("raw", "other"),
        [
            ("SMITH, John A., Jr.", "Mr. John A. Smith Jr"),
            ("O\u2019Brien,Pat", "Pat O'Brien"),
            ("Foley Hoag, L.L.P.", "Foley Hoag LLP"),
            ("Friends of Sinn Fein, Incorporated", "FRIENDS OF SINN FEIN INC."),
            ("Akin, Gump, Strauss, Hauer & Feld, LLP", "Akin Gump Strauss Hauer and Feld LLP"),
            ("J.R. Smith", "J. R. Smith"),
            ("Jane Doe, Ph.D.", "Dr. Jane Doe"),
        ],
    )
    def test_agree_in_spite_of_their_dress(self, raw, other):
        assert value(raw, NAME) == value(other, NAME)

    @pytest.mark.parametrize(
        ("raw", "other"),
        [
            ("John Smith Jr.", "John Smith"),
            ("Mrs. John Smith", "Mr. John Smith"),
            ("Acme Inc.", "Acme LLC"),
            ("Acme Inc.", "Acme"),
            ("Jos\u00e9 Diaz", "Jose Diaz"),
            ("John A. Smith", "John B. Smith"),
            ("J.R. Smith", "Smith Jr."),
        ],
    )
    def test_of_two_stay_two(self, raw, other):
        assert value(raw, NAME) != value(other, NAME)


class TestIdentifiers:
    def test_keep_their_zeros_and_lose_their_separators(self):
        assert value(" ab-0012/3", IDENTIFIER) == "AB00123"

    def test_never_take_a_letter_for_a_digit(self):
        assert value("O0", IDENTIFIER) != value("00", IDENTIFIER)
        assert value("1I", IDENTIFIER) != value("11", IDENTIFIER)


class TestPlainValues:
    def test_are_texts_as_they_stand(self):
        assert value("Smith,  j. ", TEXT) == "Smith,  j."
        assert value("Jose\u0301", TEXT) == "Jos\u00e9"

    @pytest.mark.parametrize(("raw", "told"), [("YES", "true"), ("x", "true"), ("0", "false"), ("\u2610", "false")])
    def test_are_yes_or_no(self, raw, told):
        assert value(raw, TICK) == told

    def test_are_in_the_list_or_invalid(self):
        assert value("Amendment", KIND) == value("AM", KIND) == "AM"
        assert normal.normalise("amendment", KIND).state is State.INVALID


class TestEveryType:
    @given(
        st.sampled_from(EVERY), st.text(max_size=30) | st.from_regex(r"[0-9$(]{1,3}[-/., ][0-9]{1,3}[-/.,)][0-9]{2,4}")
    )
    @settings(max_examples=300)
    def test_reads_anything_and_reads_its_own_value_as_itself(self, field, raw):
        reading = normal.normalise(raw, field)

        assert reading.raw == raw
        assert bool(reading.value) == (reading.state is State.VALID)
        assert bool(reading.problem) == (reading.state is State.INVALID)
        if reading.state is State.VALID:
            assert value(reading.value, field) == reading.value

    @pytest.mark.parametrize("field", EVERY)
    def test_keeps_a_flag_apart_from_nothing(self, field):
        assert normal.normalise(Keyed("", is_unreadable=True), field).state is State.UNREADABLE
        assert normal.normalise(" \t", field).state is State.EMPTY

    @pytest.mark.parametrize("field", [field for field in EVERY if field is not TEXT])
    def test_refuses_what_nobody_keys(self, field):
        assert normal.normalise("1" * 20_000, field).state is State.INVALID


class TestCanonicalNames:
    words = st.sampled_from(
        [
            *"lcpd,.&-;",
            "mr",
            "dr.",
            "jr",
            "junior",
            "esq",
            "phd",
            "ph.d.",
            "smith",
            "Company",
            "Inc.",
            "L.L.C.",
            "III",
            "\u0130",
        ]
    )

    @given(st.lists(words, max_size=7).map(" ".join))
    @settings(max_examples=200)
    def test_are_their_own_canonical_form(self, raw):
        assert names.canonical(names.canonical(raw)) == names.canonical(raw)


class TestShortest:
    @given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
    @settings(max_examples=60)
    def test_is_the_same_number(self, number):
        assert decimal.Decimal(numbers.shortest(number)) == number
