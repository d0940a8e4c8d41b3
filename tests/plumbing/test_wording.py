import doctest
from datetime import UTC, datetime, timedelta

import pytest

from cursitor.plumbing import wording

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


def test_the_examples_of_the_docstrings_hold():
    result = doctest.testmod(wording)

    assert result.attempted >= 4
    assert result.failed == 0


class TestInstant:
    def test_leaves_the_year_out_only_inside_the_readers_year(self):
        in_delhi = wording.instant(NEW_YEAR, zone="Asia/Kolkata", now=NEW_YEAR)
        in_chicago = wording.instant(NEW_YEAR, zone="America/Chicago", now=NEW_YEAR + timedelta(days=1))

        assert in_delhi == "Fri 1 Jan, 05:00 IST"
        assert in_chicago == "Thu 31 Dec 2026, 17:30 CST"

    @pytest.mark.parametrize(
        ("zone", "expected"),
        [("Asia/Manila", "PHT"), ("America/Sao_Paulo", "UTC−03:00"), ("Europe/Warsaw", "CET"), ("UTC", "UTC")],
    )
    def test_names_the_zone_so_that_it_cannot_be_mistaken(self, zone, expected):
        assert wording.abbreviation(NEW_YEAR, zone=zone) == expected

    def test_is_near_only_within_six_days(self):
        assert wording.near(NEW_YEAR, zone="UTC", now=NEW_YEAR - timedelta(days=6)) == "Thu 23:30 UTC"
        assert wording.near(NEW_YEAR, zone="UTC", now=NEW_YEAR - timedelta(days=7)) == "Thu 31 Dec, 23:30 UTC"


class TestSpan:
    @pytest.mark.parametrize(
        ("length", "short", "full"),
        [
            (timedelta(days=1, hours=1), "1 d 1 h", "1 day 1 hour"),
            (timedelta(hours=2), "2 h", "2 hours"),
            (timedelta(minutes=1), "1 m", "1 minute"),
            (timedelta(minutes=-61), "1 h 1 m", "1 hour 1 minute"),
        ],
    )
    def test_is_said_short_and_in_full(self, length, short, full):
        assert (wording.span(length), wording.span_in_full(length)) == (short, full)


class TestNumbers:
    @pytest.mark.parametrize(
        ("amount", "currency", "words"),
        [
            (5, "USD", "$0.05"),
            (123456789, "CHF", "CHF 1,234,567.89"),
            (1500, "KWD", "KWD 1.500"),
            (-1, "GBP", "−£0.01"),
        ],
    )
    def test_write_money_to_the_minor_unit(self, amount, currency, words):
        assert wording.money(amount, currency) == words

    @pytest.mark.parametrize(
        ("n_bytes", "words"), [(999, "999 B"), (1000, "1.0 kB"), (18_400, "18 kB"), (4_200_000, "4.2 MB")]
    )
    def test_write_sizes_in_decimal_units(self, n_bytes, words):
        assert wording.size(n_bytes) == words

    def test_write_a_digest_in_groups_of_four(self):
        assert wording.digest(bytes.fromhex("8f2c19a0d41b")) == "8f2c 19a0"
        assert wording.digest("8f2c19a0d41b", groups=0) == "8f2c 19a0 d41b"
