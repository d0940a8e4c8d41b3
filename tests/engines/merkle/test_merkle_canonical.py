"""Canonical JSON against the examples of RFC 8785 (sections 3.2.2, 3.2.3 and appendix B)."""

import datetime
import hashlib
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import merkle

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class TestCanonicalJson:
    @pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
    def test_writes_numbers_as_the_appendix_lists_them(self, bits, text):
        (value,) = struct.unpack(">d", bytes.fromhex(bits))

        assert merkle.canonical_json(value).decode() == text

    def test_writes_the_example_of_the_standard(self):
        value = {
            "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
            "literals": [None, True, False],
        }

        assert merkle.canonical_json(value).decode() == (
            '{"literals":[null,true,false],'
            '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        )

    def test_orders_names_by_utf_16_units(self):
        names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

        written = merkle.canonical_json(dict.fromkeys(names, 0))

        assert list(json.loads(written)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    @given(json_values)
    @settings(max_examples=80)
    def test_reads_back_and_is_written_the_same_again(self, value):
        written = merkle.canonical_json(value)

        assert json.loads(written, parse_int=float) == value
        assert merkle.canonical_json(json.loads(written)) == written

    def test_keeps_the_two_unicode_forms_apart(self):
        assert merkle.canonical_json("\u00e9") != merkle.canonical_json("e\u0301")

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ({"a": [1, float("nan")]}, r"\$\.a\[1\] is nan"),
            (float("inf"), r"\$ is inf"),
            ({"a": {1: "x"}}, r"\$\.a has the name 1"),
            ({"n": 2**53 + 1}, r"\$\.n is an integer that"),
            (10**400, r"\$ is an integer that"),
            (["\ud800"], r"\$\[0\] holds half"),
            ({"\udc00": 1}, r"half of a surrogate"),
            ({"at": datetime.date(2026, 1, 1)}, r"\$\.at is a date"),
            ({"b": b"raw"}, r"\$\.b is a bytes"),
        ],
    )
    def test_refuses_what_json_cannot_hold_and_names_the_place(self, value, path):
        with pytest.raises(merkle.NotCanonical, match=path):
            merkle.canonical_json(value)


class TestFieldCommitment:
    def test_depends_on_salt_and_value(self):
        salt = bytes(range(16))

        commitment = merkle.field_commitment(salt=salt, value="Ada Lovelace")

        assert commitment == hashlib.sha256(salt + b'"Ada Lovelace"').hexdigest()
        assert commitment != merkle.field_commitment(salt=salt[::-1], value="Ada Lovelace")
        assert commitment != merkle.field_commitment(salt=salt, value="Ada King")

    def test_refuses_a_salt_that_could_be_guessed(self):
        with pytest.raises(ValueError, match="needs at least 16"):
            merkle.field_commitment(salt=b"short", value="x")
