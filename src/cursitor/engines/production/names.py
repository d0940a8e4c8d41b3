"""The fields of a document as load files name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

CONTROL, CONTROL_END = "CONTROL", "CONTROL_END"
ATTACH_BEGIN, ATTACH_END, PARENT = "ATTACH_BEGIN", "ATTACH_END", "PARENT"
CUSTODIAN, NATIVE, TEXT, HASH = "CUSTODIAN", "NATIVE", "TEXT", "HASH"

FIELDS: Mapping[str, tuple[str, ...]] = {
    CONTROL: (
        *(
            "BEGBATES",
            "BATESBEG",
            "BEGINBATES",
            "BEGINNINGBATES",
            "BATESSTART",
            "STARTBATES",
            "BEGBATESNUMBER",
            "BEGNO",
        ),
        *("BEGDOC", "BEGINDOC", "BEGDOCNO", "PRODBEG", "PRODBEGBATES", "BEGPROD", "PRODUCTIONBEGBATES"),
        *("CONTROLNUMBER", "BEGCONTROL", "CONTROLID", "DOCID", "DOCUMENTID", "DOCNO", "UPI", "BATESNUMBER", "BATES"),
    ),
    CONTROL_END: (
        *("ENDBATES", "BATESEND", "ENDINGBATES", "BATESSTOP", "ENDBATESNUMBER", "ENDNO", "ENDDOC", "ENDDOCNO"),
        *("PRODEND", "PRODENDBATES", "ENDPROD", "PRODUCTIONENDBATES", "ENDCONTROL"),
    ),
    ATTACH_BEGIN: ("BEGATTACH", "ATTACHBEG", "BEGINATTACH", "PRODBEGATTACH", "BEGFAMILY"),
    ATTACH_END: ("ENDATTACH", "ATTACHEND", "PRODENDATTACH", "ENDFAMILY"),
    PARENT: ("PARENTID", "PARENTDOCUMENTID", "ATTACHMENTPARENT", "PARENTBATES", "PARENTDOCID"),
    CUSTODIAN: ("CUSTODIAN", "CUSTODIANNAME"),
    NATIVE: (
        *("NATIVELINK", "NATIVEFILELINK", "FILEPATH", "NATIVEFILE", "NATIVEPATH", "NATIVEFILEPATH", "NATIVE"),
        *("DOCLINK", "ITEMPATH"),
    ),
    TEXT: (
        *("TEXTLINK", "TEXTFILELINK", "TEXTPATH", "TEXTFILE", "TEXTFILEPATH", "EXTRACTEDTEXT", "EXTRACTEDTEXTPATH"),
        *("FULLTEXTPATH", "OCRPATH", "OCRTEXTPATH", "OCRTEXT", "TEXTPRECEDENCE", "FULLTEXT"),
    ),
    HASH: ("SHA256HASH", "SHA256", "MD5HASH", "MD5", "HASH", "HASHVALUE", "SHA1HASH", "SHA1"),
    "ALL_CUSTODIANS": ("ALLCUSTODIANS", "DUPCUSTODIAN", "DUPLICATECUSTODIAN"),
    "ALL_PATHS": ("ALLPATHS", "ALLFILEPATHS"),
    "SOURCE_PATH": ("SOURCEPATH", "FOLDERPATH", "ORIGINALPATH", "FOLDER"),
    "FILE_NAME": ("FILENAME", "ORIGINALFILENAME", "DOCUMENTFILENAME"),
    "FILE_EXTENSION": ("FILEEXT", "DOCUMENTEXTENSION", "FILEEXTENSION", "DOCEXT"),
    "FILE_SIZE": ("FILESIZE",),
    "DOCUMENT_TYPE": ("DOCTYPE", "DOCUMENTTYPE", "RECORDTYPE"),
    "FROM": ("FROM", "EMAILFROM", "SENDER"),
    "TO": ("TO", "EMAILTO", "RECIPIENTS"),
    "CC": ("CC", "EMAILCC"),
    "BCC": ("BCC", "EMAILBCC"),
    "SUBJECT": ("EMAILSUBJECT", "SUBJECT"),
    "TITLE": ("TITLE",),
    "AUTHOR": ("AUTHOR",),
    "DATE_SENT": ("DATESENT",),
    "TIME_SENT": ("TIMESENT",),
    "DATE_RECEIVED": ("DATERCVD", "DATERECEIVED"),
    "TIME_RECEIVED": ("TIMERCVD", "TIMERECEIVED"),
    "DATE_CREATED": ("DATECREATED", "CREATIONDATE"),
    "DATE_MODIFIED": ("DATEMOD", "MODIFIEDDATE", "DATELASTMODIFIED", "DATEMODIFIED"),
    "TIME_ZONE": ("TIMEZONE", "TIMEOFFSETVALUE"),
    "MESSAGE_ID": ("MESSAGEID", "INTERNETMESSAGEID"),
    "REFERENCES": ("REFERENCES",),
    "IN_REPLY_TO": ("INREPLYTO",),
    "CONVERSATION_INDEX": ("CONVERSATIONINDEX",),
    "PAGE_COUNT": ("PAGECOUNT", "PGCOUNT", "NUMPAGES", "NUMBEROFPAGES", "PAGES"),
    "CONFIDENTIALITY": ("CONFIDENTIALITY", "CONFDESIGNATION", "DESIGNATION"),
}
"""Field -> names load files give it, most specific first, letters and digits only, upper case."""

_KNOWN = frozenset(name for names in FIELDS.values() for name in names)
_DATA_LIKE = re.compile(r"[0-9]+|.*[@/\\].*|.*[0-9]{4,}.*")


def bare(name: str) -> str:
    """
    Return a column name reduced to upper-case letters and digits, for comparing.

    >>> bare("Parent Document ID")
    'PARENTDOCUMENTID'
    """
    return re.sub("[^A-Z0-9]", "", name.upper())


def looks_like_header(values: Sequence[str]) -> bool:
    """
    Return whether a first record names columns rather than holding a document.

    Two known names (or one, in a file of up to three columns) are enough; else every value must be there, all
    distinct, and none may look like a number, a path or an address.
    """
    n_known = sum(bare(value) in _KNOWN for value in values)
    if n_known >= 2 or (n_known == 1 and len(values) <= 3):
        return True
    stripped = [value.strip() for value in values]
    return len(set(stripped)) == len(stripped) and all(value and not _DATA_LIKE.fullmatch(value) for value in stripped)


def distinct(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """
    Return one distinct, non-empty name per column, and (code, name) for each that had to be changed.

    >>> distinct(("DocID", "", "Subject", "Subject"))[0]
    ('DocID', 'Column 2', 'Subject', 'Subject (2)')
    """
    taken: set[str] = set()
    result, changed = [], []
    for position, name in enumerate(names, 1):
        plain = name.strip()
        unique = _free(plain or f"Column {position}", taken | (set(names) if not plain else set()))
        if not plain:
            changed.append(("HEADER_EMPTY_NAME", unique))
        elif unique != plain:
            changed.append(("HEADER_DUPLICATE_NAME", unique))
        taken.add(unique)
        result.append(unique)
    return tuple(result), tuple(changed)


def _free(name: str, taken: set[str]) -> str:
    n, candidate = 1, name
    while candidate in taken:
        n += 1
        candidate = f"{name} ({n})"
    return candidate
