"""Oracles: numbers that issuers and standards publish for tests, with one digit changed as the counter-example."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import pii
from cursitor.engines.pii import Evidence, Hit

PUBLISHED = [
    ("CARD", "4111 1111 1111 1111", "4111 1111 1111 1112", "Visa test number"),
    ("CARD", "378282246310005", "378282246310006", "American Express test number"),
    ("CARD", "5555-5555-5555-4444", "5555-5555-5555-4445", "Mastercard test number"),
    ("IBAN", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33", "ISO 13616 example"),
    ("IBAN", "DE89370400440532013000", "DE88370400440532013000", "ECBS example"),
    ("GB_NHS", "NHS number 943 476 5919", "NHS number 943 476 5918", "NHS Data Dictionary example"),
    ("US_ABA", "routing 111000025", "routing 111000026", "Federal Reserve, Dallas"),
    ("ES_DNI", "12345678Z", "12345678A", "Ministerio del Interior example"),
    ("FR_NIR", "2 95 10 99 126 111 93", "2 95 10 99 126 111 94", "INSEE example"),
    ("BR_CPF", "390.533.447-05", "390.533.447-06", "Receita Federal example"),
    ("IN_AADHAAR", "2341 2341 2346", "2341 2341 2345", "UIDAI example"),
    ("DE_IDNR", "IdNr 36 574 261 809", "IdNr 36 574 261 808", "BZSt example"),
    (
        "PASSPORT_MRZ",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "L898902C37UTO7408122F1204159ZE184226B<<<<<10",
        "ICAO Doc 9303-4 specimen",
    ),
]
BY_RULE = [
    ("US_SSN", "536-90-4399", "666-90-4399"),
    ("US_SSN", "536-90-4399", "536-00-4399"),
    ("US_SSN", "536-90-4399", "078-05-1120"),
    ("US_ITIN", "912-90-3456", "912-45-3456"),
    ("GB_NINO", "AB 12 34 56 C", "QQ 12 34 56 C"),
    ("BIRTH_DATE", "DOB: 29/02/2000", "DOB: 30/02/2001"),
    ("IP_ADDRESS", "192.168.1.77", "192.168.1.277"),
    ("PHONE", "(212) 555-0147", "(112) 555-0147"),
    ("EMAIL", "a.b+c@example.co.uk", "a.b+c@example"),
    ("PASSPORT", "Passport No. C01234567", "Invoice No. C01234567"),
]


def kinds_of(text: str) -> list[str]:
    return [hit.kind for hit in pii.screen(text)]


class TestScreen:
    @pytest.mark.parametrize(("kind", "right", "wrong", "source"), PUBLISHED, ids=[row[3] for row in PUBLISHED])
    def test_finds_published_numbers_and_not_those_whose_check_digit_fails(self, kind, right, wrong, source):
        found = pii.screen(f"Noted: {right}, as agreed.")

        assert [(hit.kind, hit.evidence) for hit in found] == [(kind, Evidence.CHECKSUM)]
        assert kind not in kinds_of(f"Noted: {wrong}, as agreed.")

    @pytest.mark.parametrize(("kind", "right", "wrong"), BY_RULE)
    def test_finds_what_the_rule_allows_and_not_what_it_excludes(self, kind, right, wrong):
        assert kinds_of(f"Noted: {right}.") == [kind]
        assert kind not in kinds_of(f"Noted: {wrong}.")

    def test_says_where_a_hit_stands(self):
        text = "His card is 4111111111111111."

        (hit,) = pii.screen(text)

        assert text[hit.start : hit.end] == "4111111111111111"

    def test_trusts_a_word_beside_it_more_than_the_pattern_alone(self):
        (bare,) = pii.screen("Ref 536-90-4399")
        (named,) = pii.screen("Social Security No. 536-90-4399")

        assert (bare.evidence, named.evidence) == (Evidence.PATTERN, Evidence.CONTEXT)

    @pytest.mark.parametrize(
        "text",
        [
            "Bates ABC-000000123",
            "on 12:30:45",
            "USD 1,234,567,890.12",
            "Docket 4:21-cv-08787",
            "0000 0000 0000 0000",
            "version 10.2.3.4.5",
            "127.0.0.1",
        ],
    )
    def test_leaves_control_numbers_times_amounts_and_dockets_alone(self, text):
        assert pii.screen(text) == ()

    @given(st.text(alphabet="0123456789 -.@+:<AZaz()", max_size=300))
    @settings(max_examples=200, deadline=None)
    def test_never_overlaps_and_stays_within_the_text(self, text):
        found = pii.screen(text)

        assert all(0 <= hit.start < hit.end <= len(text) for hit in found)
        assert all(one.end <= after.start for one, after in itertools.pairwise(found))

    @given(st.lists(st.sampled_from([row[1] for row in PUBLISHED]), max_size=6))
    @settings(deadline=None)
    def test_finds_each_of_many_in_its_order(self, numbers):
        text = " ; ".join(f"{number}" for number in numbers)

        assert [text[hit.start : hit.end] for hit in pii.screen(text)] == [
            number.removeprefix("NHS number ").removeprefix("routing ").removeprefix("IdNr ") for number in numbers
        ]


class TestMasked:
    @given(st.sampled_from(PUBLISHED))
    def test_shows_no_more_than_four_signs(self, row):
        text = row[1]

        for hit in pii.screen(text):
            shown = [sign for sign in pii.masked(text, hit) if sign.isalnum()]
            assert len(shown) <= 4

    def test_shows_less_of_what_is_short(self):
        assert pii.masked("born 3/4/71", Hit("BIRTH_DATE", 5, 11, Evidence.CONTEXT)) == "*/*/*1"


class TestKinds:
    def test_each_name_the_source_of_their_form_and_a_key_once(self):
        assert all(kind.source and kind.label for kind in pii.KINDS)
        assert len({kind.key for kind in pii.KINDS}) == len(pii.KINDS)
