"""
Master tables for single sampling by attributes, as data.

Source: MIL-STD-105E (10 May 1989; US Department of Defense, approved for public release, distribution unlimited),
tables I, II-A (normal) and II-B (tightened); ISO 2859-1:1999 keeps the same values. Checked 2026-11-22.

Tables II are bands: one letter further down, the same acceptance numbers stand one AQL further left. A band
therefore is its first sequence and the column in which letter A would have acceptance number 0. The tests expand
it and compare published rows cell by cell.
"""

LETTERS = "ABCDEFGHJKLMNPQRS"
SAMPLE_SIZES = dict(
    zip(
        LETTERS,
        (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150),
        strict=True,
    )
)
AQLS = (
    *("0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0", "1.5", "2.5"),
    *("4.0", "6.5", "10", "15", "25", "40", "65", "100", "150", "250", "400", "650", "1000"),
)
"""Up to 10: per cent nonconforming or nonconformities per 100 units; above 10: nonconformities per 100 units."""

LOT_SIZE_LIMITS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
"""Largest lot of each row of table I; the last row has no limit. The first row begins with 2."""

CODE_LETTERS = {
    "S-1": "AAAABBBBCCCCDDD",
    "S-2": "AAABBBCCCDDDEEE",
    "S-3": "AABBCCDDEEFFGGH",
    "S-4": "AABCCDEEFGGHJJK",
    "I": "AABCCDEFGHJKLMN",
    "II": "ABCDEFGHJKLMNPQ",
    "III": "BCDEFGHJKLMNPQR",
}
"""Table I: one letter per row of lot sizes, by inspection level."""

NORMAL = "NORMAL"
TIGHTENED = "TIGHTENED"

ACCEPTANCE_NUMBERS = {
    NORMAL: (0, None, None, 1, 2, 3, 5, 7, 10, 14, 21, 30, 44),
    TIGHTENED: (0, None, None, 1, 2, 3, 5, 8, 12, 18, 27, 41),
}
"""The band of each table from left to right; None is an arrow between acceptance numbers 0 and 1."""

ZERO_COLUMN = {NORMAL: 14, TIGHTENED: 15}
"""Column of AQLS in which letter A has acceptance number 0 (6.5 normal, 10 tightened)."""

LARGEST_BY_LETTER = {
    NORMAL: {letter: (44 if letter in "ABCDE" else 21) for letter in LETTERS},
    TIGHTENED: {letter: (41 if letter in "ABCDE" else 18) for letter in LETTERS},
}
"""Largest acceptance number that a row holds; beyond it the arrows point up."""

LETTERS_BY_TABLE = {NORMAL: LETTERS[:-1], TIGHTENED: LETTERS}
"""Letter S exists for tightened inspection only."""
