"""One byte sequence per JSON value: the JSON Canonicalization Scheme of RFC 8785 (June 2020)."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

LARGEST_EXACT_INTEGER = 2**53 - 1
"""Beyond this an IEEE 754 reader in another language would see a different number (RFC 7493 section 2.2)."""


class NotCanonical(ValueError):
    """Raised when a value has no canonical JSON form; the message gives the path to the value."""


def canonical_json(value: object) -> bytes:
    """
    Return the canonical JSON bytes of a value, as RFC 8785 prescribes.

    value: None, bool, int, finite float, str, list or tuple, mapping with str keys; nested to any depth.
    Members are ordered by the UTF-16 code units of their names, there are no spaces, text is UTF-8 and floats
    are written as ECMAScript writes them. Text is *not* normalised: a file name in NFD and the same name in
    NFC are two pieces of evidence, so they give two digests.
    :raises NotCanonical: for NaN, infinities, integers that a double does not keep as written, names that are
        not text, lone surrogates, and every other type.

    >>> canonical_json({"b": [1, 2.50, True], "a": "§"})
    b'{"a":"\\xc2\\xa7","b":[1,2.5,true]}'
    """
    return _encode(value, "$").encode("utf-8")


def field_commitment(*, salt: bytes, value: object) -> str:
    """
    Return the hexadecimal SHA-256 commitment to one field: SHA-256(salt || canonical JSON of value).

    A log that holds commitments only lets the payload be erased later without breaking the tree.
    salt: at least 16 random bytes, kept beside the payload and erased with it.
    :raises ValueError: if the salt is shorter than 16 bytes, so that a guess of the value could be confirmed.
    """
    if len(salt) < 16:
        raise ValueError(f"the salt has {len(salt)} bytes; a commitment needs at least 16")
    return hashlib.sha256(salt + canonical_json(value)).hexdigest()


def _encode(value: object, path: str) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        return _integer(value, path)
    if isinstance(value, float):
        return _number(value, path)
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return "[" + ",".join(_encode(item, f"{path}[{index}]") for index, item in enumerate(value)) + "]"
    raise NotCanonical(f"{path} is a {type(value).__name__}, which JSON cannot hold")


def _text(value: str, path: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise NotCanonical(f"{path} holds half of a surrogate pair, which UTF-8 cannot carry")
    return json.dumps(value, ensure_ascii=False)


def _integer(value: int, path: str) -> str:
    if abs(value) <= LARGEST_EXACT_INTEGER:
        return int.__repr__(value)
    # The float 1e20 is written in full and read back as an integer; what a double keeps as written is safe.
    if abs(value) < 10**21 and _number(float(value), path) == int.__repr__(value):
        return int.__repr__(value)
    raise NotCanonical(f"{path} is an integer that not every JSON reader keeps; write it as text")


def _number(value: float, path: str) -> str:
    """Lay out the shortest digits as ECMAScript does (ECMA-262, Number::toString, radix 10)."""
    if not math.isfinite(value):
        raise NotCanonical(f"{path} is {value}, which JSON cannot hold")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    point = len(whole) + int(exponent or 0) - leading
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """digits: no leading or trailing zero; the value is 0.digits x 10^point."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _object(value: Mapping[object, object], path: str) -> str:
    members: dict[str, object] = {}
    for name, member in value.items():
        if not isinstance(name, str):
            raise NotCanonical(f"{path} has the name {name!r}, which is not text")
        _text(name, path)
        members[name] = member
    ordered = sorted(members, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{_text(n, path)}:{_encode(members[n], f'{path}.{n}')}" for n in ordered) + "}"
