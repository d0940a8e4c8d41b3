"""
What personal data looks like: one row a kind, as data.

Patterns use no nested repetition, so that their time grows with the text and not with its cunning.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, pan
from stdnum.us import itin, rtn, ssn


@dataclass(frozen=True)
class Kind:
    """
    A kind of personal data.

    pattern: what it looks like. check: tells whether a match can be one. has_checksum: the check computes a check
    digit, so that a chance match is unlikely. context: words that name it, looked for close before it or just after.
    needs_context: a match counts only beside such a word, because the bare pattern is met everywhere.
    """

    key: str
    label: str
    source: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] = bool
    has_checksum: bool = False
    context: re.Pattern[str] | None = None
    needs_context: bool = False


_CARD_PREFIXES = (
    (("4",), (13, 16, 19)),
    (tuple(str(n) for n in range(51, 56)), (16,)),
    (tuple(str(n) for n in range(2221, 2721)), (16,)),
    (("34", "37"), (15,)),
    (("6011", "644", "645", "646", "647", "648", "649", "65"), (16, 17, 18, 19)),
    (("36", "38", "39", *(str(n) for n in range(300, 306))), (14,)),
    (tuple(str(n) for n in range(3528, 3590)), (16, 17, 18, 19)),
)
"""Issuer prefixes and lengths of Visa, Mastercard (two ranges), American Express, Discover, Diners Club, JCB."""


def _is_card(text: str) -> bool:
    digits = _digits(text)
    known = any(digits.startswith(prefixes) and len(digits) in lengths for prefixes, lengths in _CARD_PREFIXES)
    return known and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _is_ssn(text: str) -> bool:
    return bool(ssn.is_valid(text))


def _is_nino(text: str) -> bool:
    """Apply HMRC's rules on prefixes (NIM39110)."""
    letters = text[:2].upper()
    is_barred = letters in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    return not is_barred and not set(letters) & set("DFIQUV") and letters[1] != "O"


def _is_birth_date(text: str) -> bool:
    parts = [int(part) for part in re.findall(r"\d+", text)]
    orders = ((0, 1, 2), (2, 0, 1), (2, 1, 0))
    return any(_is_day(*(parts[place] for place in order)) for order in orders)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year if year > 99 else 1900 + year, month, day)
    except ValueError:
        return False
    return year <= 99 or 1900 <= year <= 2100


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def _is_phone(text: str) -> bool:
    return 9 <= len(_digits(text)) <= 15 and len(set(_digits(text))) > 2


_MRZ_WEIGHTS = (7, 3, 1)


def _is_machine_readable(text: str) -> bool:
    """Compute the check digits of number, birth and expiry in the second line of a passport (ICAO Doc 9303-4)."""
    fields = ((0, 9), (13, 19), (21, 27))
    return all(text[end].isdigit() and _mrz_digit(text[start:end]) == int(text[end]) for start, end in fields)


def _mrz_digit(text: str) -> int:
    values = (0 if sign == "<" else int(sign, 36) for sign in text)
    return sum(value * _MRZ_WEIGHTS[place % 3] for place, value in enumerate(values)) % 10


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(words) + r")\b", re.IGNORECASE)


def _no_digit_around(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,-]){pattern}(?![\w-]|[.,]\d)", re.IGNORECASE)


KINDS: tuple[Kind, ...] = (
    Kind(
        "US_SSN",
        "Social Security number",
        "SSA, POMS RM 10201.035",
        _no_digit_around(r"\d{3}([- .]?)\d{2}\1\d{4}"),
        _is_ssn,
        context=_words("ssn", "ss#", "soc(?:ial)? sec(?:urity)?(?: n(?:o|umber|r))?", "taxpayer"),
    ),
    Kind(
        "US_ITIN",
        "Individual taxpayer number",
        "IRS, Publication 1915",
        _no_digit_around(r"9\d{2}([- ])\d{2}\1\d{4}"),
        itin.is_valid,
        context=_words("itin", "taxpayer", "tin"),
    ),
    Kind(
        "US_ABA",
        "Bank routing number",
        "ABA routing number policy",
        _no_digit_around(r"\d{9}"),
        rtn.is_valid,
        has_checksum=True,
        context=_words("routing", "aba", "rtn", "transit"),
        needs_context=True,
    ),
    Kind(
        "CARD",
        "Payment card number",
        "ISO/IEC 7812-1:2017",
        _no_digit_around(r"\d(?:[ -]?\d){12,18}"),
        _is_card,
        has_checksum=True,
        context=_words("card", "visa", "mastercard", "amex", "credit", "debit"),
    ),
    Kind(
        "IBAN",
        "International bank account number",
        "ISO 13616-1:2020",
        re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)(?![\w-])"),
        iban.is_valid,
        has_checksum=True,
        context=_words("iban", "account"),
    ),
    Kind(
        "GB_NINO",
        "National Insurance number",
        "HMRC, NIM39110",
        _no_digit_around(r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
        _is_nino,
        context=_words("ni(?:no)?", "national insurance"),
    ),
    Kind(
        "GB_NHS",
        "NHS number",
        "NHS Data Dictionary",
        _no_digit_around(r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
        nhs.is_valid,
        has_checksum=True,
        context=_words("nhs", "patient", "hospital"),
        needs_context=True,
    ),
    Kind(
        "CA_SIN",
        "Social insurance number",
        "ESDC, SIN code of practice",
        _no_digit_around(r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
        sin.is_valid,
        has_checksum=True,
        context=_words("sin", "social insurance", "nas"),
        needs_context=True,
    ),
    Kind(
        "DE_IDNR",
        "German tax identification number",
        "§ 139b AO",
        _no_digit_around(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        idnr.is_valid,
        has_checksum=True,
        context=_words("idnr", "steuer\\S*", "tax id(?:entification)?"),
        needs_context=True,
    ),
    Kind(
        "ES_DNI",
        "Spanish identity number",
        "Real Decreto 1553/2005",
        _no_digit_around(r"\d{8}-?[A-Z]"),
        dni.is_valid,
        has_checksum=True,
    ),
    Kind(
        "ES_NIE",
        "Spanish foreigner number",
        "Orden INT/2058/2008",
        _no_digit_around(r"[XYZ]-?\d{7}-?[A-Z]"),
        nie.is_valid,
        has_checksum=True,
    ),
    Kind(
        "FR_NIR",
        "French social security number",
        "INSEE, NIR",
        _no_digit_around(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"),
        nir.is_valid,
        has_checksum=True,
    ),
    Kind(
        "IN_AADHAAR",
        "Aadhaar number",
        "UIDAI (Verhoeff)",
        _no_digit_around(r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}"),
        aadhaar.is_valid,
        has_checksum=True,
        context=_words("aadhaa?r", "uid(?:ai)?"),
    ),
    Kind(
        "IN_PAN",
        "Indian tax account number",
        "Income-tax Rules, rule 114",
        _no_digit_around(r"[A-Z]{5}\d{4}[A-Z]"),
        pan.is_valid,
    ),
    Kind(
        "BR_CPF",
        "Brazilian taxpayer number",
        "Receita Federal, IN RFB 1548/2015",
        _no_digit_around(r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}"),
        cpf.is_valid,
        has_checksum=True,
        context=_words("cpf"),
    ),
    Kind(
        "PASSPORT_MRZ",
        "Machine-readable line of a passport",
        "ICAO Doc 9303-4, 8th edition",
        re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{15}\d(?![A-Z0-9<])"),
        _is_machine_readable,
        has_checksum=True,
    ),
    Kind(
        "PASSPORT",
        "Passport number",
        "ICAO Doc 9303-4, 8th edition",
        _no_digit_around(r"(?:[A-Z]{1,2}\d{6,8}|\d{8,9})"),
        context=_words("passport(?: n(?:o|umber|r))?"),
        needs_context=True,
    ),
    Kind(
        "DRIVING_LICENCE",
        "Driving licence number",
        "no common form: the word beside it decides",
        _no_digit_around(r"[A-Z]{0,2}\d{5,13}"),
        context=_words("driv(?:er|ing)(?:'?s)? licen[cs]e(?: n(?:o|umber|r))?", "dl(?: ?#| n(?:o|umber))"),
        needs_context=True,
    ),
    Kind(
        "BANK_ACCOUNT",
        "Bank account number",
        "no common form: the word beside it decides",
        _no_digit_around(r"\d(?:[ -]?\d){5,16}"),
        context=_words("account (?:n(?:o|umber|r)|#)", "acct", "a/c"),
        needs_context=True,
    ),
    Kind(
        "BIRTH_DATE",
        "Date of birth",
        "no common form: the word beside it decides",
        _no_digit_around(r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})"),
        _is_birth_date,
        context=_words("dob", "d\\.o\\.b", "(?:date of )?birth(?: ?date)?", "born(?: on)?"),
        needs_context=True,
    ),
    Kind(
        "PHONE",
        "Telephone number",
        "ITU-T E.164; North American Numbering Plan",
        _no_digit_around(r"(?:\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}|\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4})"),
        _is_phone,
        context=_words("tel", "phone", "mobile", "cell", "fax", "call"),
    ),
    Kind(
        "EMAIL",
        "E-mail address",
        "RFC 5321",
        re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"),
    ),
    Kind(
        "IP_ADDRESS",
        "IP address",
        "RFC 791; RFC 4291",
        re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4})(?![\w:]|\.\d)"),
        _is_address,
    ),
)
"""In the order in which they are shown. Each names the source of its form."""
