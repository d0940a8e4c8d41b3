"""
LEDES 1998B invoice files: writing, reading and checking.

Source: LEDES Oversight Committee, LEDES 1998B format (field table revised 8/2007 and 7/2014).
"""

from cursitor.engines.money.ledes.checking import ERROR, WARNING, Finding, validate_1998b
from cursitor.engines.money.ledes.fields import FIELDS, FORMAT_LINE, Field
from cursitor.engines.money.ledes.profiles import PROFILES, STANDARD, Profile
from cursitor.engines.money.ledes.reading import NotLedes, Row, read_1998b
from cursitor.engines.money.ledes.writing import (
    LedesInvoice,
    LedesLine,
    LedesRefused,
    clean_text,
    write_1998b,
)

__all__ = [
    "ERROR",
    "FIELDS",
    "FORMAT_LINE",
    "PROFILES",
    "STANDARD",
    "WARNING",
    "Field",
    "Finding",
    "LedesInvoice",
    "LedesLine",
    "LedesRefused",
    "NotLedes",
    "Profile",
    "Row",
    "clean_text",
    "read_1998b",
    "validate_1998b",
    "write_1998b",
]
