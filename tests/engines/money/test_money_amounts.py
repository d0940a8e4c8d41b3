"""Amounts, allocation, time and fees: whole minor units that always add up."""

import decimal
import fractions

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import money

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


class TestMoney:
    def test_adds_and_subtracts_in_one_currency_only(self):
        fee, discount = money.Money(70_000, "USD"), money.Money(7_000, "USD")

        assert fee - discount == money.Money(63_000, "USD")
        assert money.total([fee, -discount], "USD") == fee - discount
        assert discount < fee
        with pytest.raises(money.CurrencyMismatch, match="USD and PHP"):
            fee + money.Money(1, "PHP")

    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [(168_445, "USD", "1684.45"), (-5, "EUR", "-0.05"), (1250, "JPY", "1250"), (1250, "KWD", "1.250")],
    )
    def test_has_the_decimal_places_of_its_currency(self, minor, currency, text):
        assert money.decimal_text(minor, currency) == text
        assert money.parse_amount(text, currency) == minor

    @given(st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
    @settings(max_examples=60)
    def test_reads_back_what_it_writes(self, minor, currency):
        assert money.parse_amount(money.decimal_text(minor, currency), currency) == minor

    @pytest.mark.parametrize("text", ["1,000.00", "12.345", "1e3", "", "abc", "NaN", "٣", "1.2.3"])
    def test_refuses_text_that_is_no_amount(self, text):
        with pytest.raises(ValueError, match=r"amount|decimal places"):
            money.parse_amount(text, "USD")

    def test_refuses_floats_and_unknown_currencies(self):
        with pytest.raises(TypeError, match="whole number"):
            money.Money(10.0, "USD")
        with pytest.raises(money.UnknownCurrency, match="'XXX'"):
            money.Money(10, "XXX")
        with pytest.raises(TypeError, match="float"):
            money.allocate(10, [0.5, 0.5])


class TestAllocate:
    @given(st.integers(-(10**9), 10**9), weights)
    @settings(max_examples=100)
    def test_adds_up_and_stays_within_one_unit_of_the_share(self, total, parts):
        allocated = money.allocate(total, parts)

        assert sum(allocated) == total
        for part, weight in zip(allocated, parts, strict=True):
            assert abs(part - fractions.Fraction(total * weight, sum(parts))) < 1
            assert weight or not part

    @given(st.integers(0, 10**6), weights)
    @settings(max_examples=50)
    def test_mirrors_a_credit(self, total, parts):
        assert money.allocate(-total, parts) == tuple(-part for part in money.allocate(total, parts))

    @pytest.mark.parametrize(
        ("total", "parts", "allocated"),
        [
            (100, [1, 1, 1], (34, 33, 33)),
            # The textbook case of Hamilton's method: 10 seats for 21,878, 9,713, 4,167, 3,252 and 1,065 votes.
            (10, [21_878, 9_713, 4_167, 3_252, 1_065], (6, 2, 1, 1, 0)),
            (5, [1, 0, 1], (3, 0, 2)),
            (1000, [decimal.Decimal("33.3"), decimal.Decimal("66.7")], (333, 667)),
        ],
    )
    def test_gives_what_is_left_to_the_largest_remainders(self, total, parts, allocated):
        assert money.allocate(total, parts) == allocated

    @pytest.mark.parametrize("parts", [[], [0, 0], [1, -1]])
    def test_refuses_weights_that_divide_nothing(self, parts):
        with pytest.raises(ValueError, match="allocated"):
            money.allocate(100, parts)


class TestRoundMinutes:
    @pytest.mark.parametrize(
        ("minutes", "increment", "mode", "billed"),
        [
            (0, 6, "UP", 0),
            (1, 6, "UP", 6),
            (6, 6, "UP", 6),
            (7, 6, "UP", 12),
            (9, 6, "NEAREST", 12),
            (8, 6, "NEAREST", 6),
            (11, 6, "DOWN", 6),
            (fractions.Fraction(361, 60), 6, "UP", 12),
            (16, 15, "UP", 30),
        ],
    )
    def test_bills_whole_steps(self, minutes, increment, mode, billed):
        assert money.round_minutes(minutes, increment, mode) == billed

    @pytest.mark.parametrize(("minutes", "increment", "mode"), [(-1, 6, "UP"), (1, 0, "UP"), (1, 6, "HALF")])
    def test_refuses_what_cannot_be_billed(self, minutes, increment, mode):
        with pytest.raises(ValueError, match=r"billed|rounding mode"):
            money.round_minutes(minutes, increment, mode)


class TestFees:
    def test_multiply_stated_hours_by_the_rate(self):
        # The published LEDES sample: 0.2 hours at 200.00 are 40.00.
        assert money.hourly_fee(12, 20_000) == 4_000

    @given(st.integers(0, 10_000), st.integers(0, 200_000))
    @settings(max_examples=60)
    def test_are_exact_for_every_multiple_of_three_minutes(self, steps, rate):
        minutes = steps * 3

        assert money.decimal_hours(minutes) == decimal.Decimal(minutes) / 60
        assert money.hourly_fee(minutes, rate) == money.round_half_up(fractions.Fraction(minutes * rate, 60))

    def test_round_halves_away_from_zero_once(self):
        assert money.unit_fee(3, decimal.Decimal("0.5")) == 2
        assert money.unit_fee(1337, decimal.Decimal("92.5")) == 123_673
        assert money.fixed_fee(99_999, share_done=fractions.Fraction(1, 2)) == 50_000

    @pytest.mark.parametrize(
        "fee",
        [
            lambda: money.hourly_fee(-1, 100),
            lambda: money.hourly_fee(1, -100),
            lambda: money.unit_fee(-1, 5),
            lambda: money.fixed_fee(-1),
            lambda: money.fixed_fee(1, share_done=fractions.Fraction(3, 2)),
        ],
    )
    def test_refuse_negative_work(self, fee):
        with pytest.raises(ValueError, match="cannot be billed"):
            fee()


class TestInvoiceTotals:
    sample = (
        money.Line("FEE", decimal.Decimal(2), decimal.Decimal(35_000), -7_000),
        money.Line("FEE", decimal.Decimal(2), decimal.Decimal(35_000)),
        money.Line("FEE", decimal.Decimal("0.2"), decimal.Decimal(20_000)),
        money.Line("EXPENSE", decimal.Decimal(1), decimal.Decimal(2_495)),
        money.Line("EXPENSE", decimal.Decimal(1), decimal.Decimal(28_950)),
    )

    def test_add_up_to_the_published_sample(self):
        totals = money.invoice_totals(money.InvoiceDraft("USD", self.sample))

        assert (totals.fees, totals.expenses, totals.total) == (137_000, 31_445, 168_445)

    def test_include_adjustments_with_their_reason(self):
        discount = money.Adjustment("FEE", -13_700, "Volume discount of 10 per cent")

        totals = money.invoice_totals(money.InvoiceDraft("USD", self.sample, (discount,)))

        assert (totals.fee_adjustments, totals.expense_adjustments, totals.total) == (-13_700, 0, 154_745)

    @pytest.mark.parametrize(
        ("adjustment", "error"),
        [
            (money.Adjustment("EXPENSE", -31_446, "too much"), money.OverCredited),
            (money.Adjustment("FEE", -1, " "), ValueError),
            (money.Adjustment("TAX", 1, "no such kind"), ValueError),
        ],
    )
    def test_refuse_adjustments_that_do_not_hold(self, adjustment, error):
        with pytest.raises(error):
            money.invoice_totals(money.InvoiceDraft("USD", self.sample, (adjustment,)))
