"""What reading a load file can find amiss: one table of stable codes, and the finding itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """
    How much a finding matters.

    ERROR: a document cannot be taken over as it stands. WARNING: it can, but somebody should look. NOTE: read without
    doubt, told for the record.
    """

    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTE = "NOTE"


CODES: dict[str, tuple[Severity, str]] = {
    "FILE_EMPTY": (Severity.ERROR, "The file holds no record."),
    "ENCODING_STRAY_BYTE": (Severity.WARNING, "A byte outside the file's encoding was read as Windows-1252."),
    "ENCODING_MIXED": (Severity.NOTE, "Delimiters are single bytes (FE, AE) in a file that is otherwise UTF-8."),
    "HEADER_MISSING": (Severity.WARNING, "The first record is no header; columns are named by position."),
    "HEADER_EMPTY_NAME": (Severity.WARNING, "A column has no name; it is named by position."),
    "HEADER_DUPLICATE_NAME": (Severity.WARNING, "A column name comes twice; the later one is numbered."),
    "QUALIFIER_UNTERMINATED": (Severity.ERROR, "A qualified value never closes; it was read as plain text."),
    "QUALIFIER_STRAY": (Severity.WARNING, "A qualifier stands inside a value; it was kept."),
    "ROW_BLANK": (Severity.NOTE, "A record is blank; it was skipped."),
    "ROW_SHORT": (Severity.ERROR, "A record has fewer values than columns; the rest is empty."),
    "ROW_LONG": (Severity.ERROR, "A record has more values than columns; the surplus is kept apart."),
    "ROW_SURPLUS_EMPTY": (Severity.NOTE, "A record ends in surplus delimiters with nothing between them."),
    "CONTROL_UNMAPPED": (Severity.ERROR, "No column is mapped to the control number; no document can be named."),
    "COLUMN_UNKNOWN": (Severity.ERROR, "The mapping names a column the file does not have."),
    "CONTROL_MISSING": (Severity.ERROR, "A record has no control number; it cannot be taken over."),
    "CONTROL_DUPLICATE": (Severity.ERROR, "A control number comes twice; the later record cannot be taken over."),
    "RANGE_REVERSED": (Severity.ERROR, "The end number is smaller than the begin number."),
    "RANGE_FORM_CHANGES": (Severity.WARNING, "Begin and end number differ in prefix or padding."),
    "RANGE_OVERLAP": (Severity.ERROR, "The range overlaps the range of an earlier document."),
    "RANGE_GAP": (Severity.NOTE, "Numbers are missing between this document and the one before."),
    "FAMILY_PARENT_MISSING": (Severity.ERROR, "The parent is not in the file; the document stands alone."),
    "FAMILY_CYCLE": (Severity.ERROR, "A document is its own ancestor; it stands alone."),
    "FAMILY_SPAN_MISMATCH": (Severity.WARNING, "The parent column and the attachment range name different parents."),
    "PATH_ABSOLUTE": (Severity.ERROR, "A path starts at the root; it was not followed."),
    "PATH_UNC": (Severity.ERROR, "A path names a network share; it was not followed."),
    "PATH_DRIVE": (Severity.ERROR, "A path names a drive; it was not followed."),
    "PATH_TRAVERSAL": (Severity.ERROR, "A path climbs out of the volume; it was not followed."),
    "PATH_CONTROL_CHARACTER": (Severity.ERROR, "A path holds a control character; it was not followed."),
    "DATE_IMPOSSIBLE": (Severity.WARNING, "There is no such day or hour; the value was kept as text."),
    "FILE_MISSING": (Severity.ERROR, "The volume does not hold the file."),
    "FILE_CASE_DIFFERS": (Severity.WARNING, "The volume holds the file under a name of different case."),
    "FILE_CASE_AMBIGUOUS": (Severity.ERROR, "Several files differ from this name in case only."),
    "TEXT_EMPTY": (Severity.NOTE, "The text file is empty."),
    "HASH_MISMATCH": (Severity.ERROR, "The file's digest is not the one the load file records."),
    "HASH_UNREADABLE": (Severity.WARNING, "The recorded digest is not an MD5, SHA-1 or SHA-256 value."),
    "FILE_SHARED": (Severity.WARNING, "Two documents name the same file."),
    "FILE_UNREFERENCED": (Severity.WARNING, "The volume holds a file that no record names."),
    "FILE_NOT_AN_IMAGE": (Severity.ERROR, "The file is no image of a kind that is produced."),
    "FILE_EMPTY_NATIVE": (Severity.ERROR, "The native file is empty."),
    "NATIVE_HOLDS_MORE": (Severity.WARNING, "A native holds more attachments than are listed under it."),
    "DATE_AMBIGUOUS": (Severity.WARNING, "No date of the column proves whether day or month comes first."),
    "ZONE_UNRESOLVED": (Severity.WARNING, "The name of the time zone has several meanings; it was not resolved."),
    "PAGE_COUNT_UNREADABLE": (Severity.WARNING, "The page count is no number."),
    "PAGE_COUNT_DIFFERS": (Severity.ERROR, "The document has another number of pages than is recorded."),
    "RANGE_PAGES_DIFFER": (Severity.ERROR, "The range holds another number of numbers than the document has images."),
    "IMAGE_KEY_MISSING": (Severity.ERROR, "An image has no key."),
    "IMAGE_KEY_DUPLICATE": (Severity.ERROR, "An image key comes twice."),
    "IMAGE_KEY_SEQUENCE": (Severity.WARNING, "The image keys of a document do not follow each other."),
    "IMAGE_PATH_MISSING": (Severity.ERROR, "An image names no file."),
    "IMAGE_PAGES_DIFFER": (Severity.ERROR, "The image file holds another number of pages than its rows say."),
    "IMAGE_WITHOUT_DOCUMENT": (Severity.ERROR, "The images of a document that the load file does not have."),
    "DOCUMENT_WITHOUT_IMAGE": (Severity.ERROR, "The load file has a document of which there is no image."),
    "BREAK_FIRST_MISSING": (Severity.ERROR, "The first image does not begin a document; it was read as if it did."),
    "BREAK_LOWER_CASE": (Severity.WARNING, "The mark of a document break is a small y."),
    "BREAK_UNKNOWN": (Severity.ERROR, "The mark of a document break is neither Y nor empty."),
    "COUNT_MISSING": (Severity.WARNING, "The first image of a document gives no page count."),
    "COUNT_MISPLACED": (Severity.WARNING, "The page count stands in another column than the seventh."),
    "COUNT_STRAY": (Severity.WARNING, "An image that begins no document gives a page count."),
    "RECORD_UNKNOWN": (Severity.WARNING, "A line is of a kind that is not read; it was kept."),
    "VALUE_SUBSTITUTED": (Severity.WARNING, "A character cannot be written in this format; a substitute was written."),
}  # fmt: skip
"""Code -> severity and sentence. Codes never change their meaning; a new case gets a new code."""


@dataclass(frozen=True)
class Finding:
    """
    One thing amiss.

    row: line of the file on which the record starts, from 1; 0 where the file as a whole is meant. column: header
    name, empty where none is meant. value: what stood there, so that nothing is lost.
    """

    code: str
    severity: Severity
    row: int
    column: str
    value: str

    @property
    def sentence(self) -> str:
        """Return what is amiss, in words."""
        return CODES[self.code][1]


def found(code: str, *, row: int = 0, column: str = "", value: str = "") -> Finding:
    """
    Return the finding with this code, its severity from the table.

    :raises KeyError: if the code is not in the table.
    """
    return Finding(code=code, severity=CODES[code][0], row=row, column=column, value=value)
