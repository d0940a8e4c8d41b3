"""What a file is: by its content first, by its name only where the content does not say."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import olefile

HEAD_BYTES = 65536
"""How many leading bytes `identify` wants at least (or the whole file, if it is smaller)."""


class Group(StrEnum):
    """The family of kinds; decides which reader takes the file."""

    EMPTY = "empty"
    MAIL = "mail"
    OUTLOOK = "outlook"
    MAILBOX = "mailbox"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    SPREADSHEET = "spreadsheet"
    PRESENTATION = "presentation"
    PDF = "pdf"
    HTML = "html"
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    PROTECTED = "protected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Kind:
    """A media type (RFC 6838 name) and the group it belongs to."""

    mime: str
    group: Group


EMPTY = Kind("application/x-empty", Group.EMPTY)
MAIL = Kind("message/rfc822", Group.MAIL)
OUTLOOK = Kind("application/vnd.ms-outlook", Group.OUTLOOK)
MBOX = Kind("application/mbox", Group.MAILBOX)
PST = Kind("application/vnd.ms-outlook-pst", Group.MAILBOX)
TNEF = Kind("application/ms-tnef", Group.OUTLOOK)
ZIP = Kind("application/zip", Group.ARCHIVE)
SEVEN_ZIP = Kind("application/x-7z-compressed", Group.ARCHIVE)
TAR = Kind("application/x-tar", Group.ARCHIVE)
GZIP = Kind("application/gzip", Group.ARCHIVE)
BZIP2 = Kind("application/x-bzip2", Group.ARCHIVE)
XZ = Kind("application/x-xz", Group.ARCHIVE)
RAR = Kind("application/vnd.rar", Group.ARCHIVE)
CAB = Kind("application/vnd.ms-cab-compressed", Group.ARCHIVE)
PDF = Kind("application/pdf", Group.PDF)
HTML = Kind("text/html", Group.HTML)
WEB_ARCHIVE = Kind("multipart/related", Group.HTML)
TEXT = Kind("text/plain", Group.TEXT)
XML = Kind("application/xml", Group.TEXT)
RTF = Kind("application/rtf", Group.DOCUMENT)
PROTECTED_OFFICE = Kind("application/x-encrypted-office", Group.PROTECTED)
UNKNOWN = Kind("application/octet-stream", Group.UNKNOWN)

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

_SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", Kind("image/png", Group.IMAGE)),
    (0, b"\xff\xd8\xff", Kind("image/jpeg", Group.IMAGE)),
    (0, b"GIF87a", Kind("image/gif", Group.IMAGE)),
    (0, b"GIF89a", Kind("image/gif", Group.IMAGE)),
    (0, b"II*\x00", Kind("image/tiff", Group.IMAGE)),
    (0, b"MM\x00*", Kind("image/tiff", Group.IMAGE)),
    (8, b"WEBPVP8", Kind("image/webp", Group.IMAGE)),
    (4, b"ftypheic", Kind("image/heic", Group.IMAGE)),
    (4, b"ftypavif", Kind("image/avif", Group.IMAGE)),
    (0, b"\xd7\xcd\xc6\x9a", Kind("image/wmf", Group.IMAGE)),
    (40, b" EMF", Kind("image/emf", Group.IMAGE)),
    (0, b"8BPS", Kind("image/vnd.adobe.photoshop", Group.IMAGE)),
    (0, b"\x1f\x8b", GZIP),
    (0, b"BZh", BZIP2),
    (0, b"\xfd7zXZ\x00", XZ),
    (0, b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", RAR),
    (257, b"ustar", TAR),
    (0, b"MSCF", CAB),
    (0, b"!BDN", PST),
    (0, b"\x78\x9f\x3e\x22", TNEF),
    (0, b"{\\rtf", RTF),
    (0, b"\xffWPC", Kind("application/vnd.wordperfect", Group.DOCUMENT)),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", Kind("application/onenote", Group.DOCUMENT)),
    (0, b"ID3", Kind("audio/mpeg", Group.AUDIO)),
    (0, b"\xff\xfb", Kind("audio/mpeg", Group.AUDIO)),
    (8, b"WAVE", Kind("audio/wav", Group.AUDIO)),
    (4, b"ftypM4A", Kind("audio/mp4", Group.AUDIO)),
    (4, b"ftyp", Kind("video/mp4", Group.VIDEO)),
    (8, b"AVI ", Kind("video/x-msvideo", Group.VIDEO)),
    (0, b"\x1a\x45\xdf\xa3", Kind("video/x-matroska", Group.VIDEO)),
    (0, b"MZ", Kind("application/vnd.microsoft.portable-executable", Group.UNKNOWN)),
    (0, b"\x7fELF", Kind("application/x-executable", Group.UNKNOWN)),
    (0, b"SQLite format 3\x00", Kind("application/vnd.sqlite3", Group.UNKNOWN)),
)

# Streams at the root of a compound file that give its program away, in the order in which they decide.
_COMPOUND_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("encryptedpackage", PROTECTED_OFFICE),
    ("__properties_version1.0", OUTLOOK),
    ("worddocument", Kind("application/msword", Group.DOCUMENT)),
    ("workbook", Kind("application/vnd.ms-excel", Group.SPREADSHEET)),
    ("book", Kind("application/vnd.ms-excel", Group.SPREADSHEET)),
    ("powerpoint document", Kind("application/vnd.ms-powerpoint", Group.PRESENTATION)),
    ("visiodocument", Kind("application/vnd.visio", Group.DOCUMENT)),
    ("quill", Kind("application/vnd.ms-publisher", Group.DOCUMENT)),
    ("mn0", Kind("application/vnd.ms-works", Group.DOCUMENT)),
    ("matost", Kind("application/vnd.ms-works", Group.DOCUMENT)),
)

# Parts of a ZIP package that give its program away.
_PACKAGE_PARTS: tuple[tuple[str, Kind], ...] = (
    ("META-INF/container.xml", Kind("application/epub+zip", Group.DOCUMENT)),
    ("word/", Kind(_OOXML + "wordprocessingml.document", Group.DOCUMENT)),
    ("xl/workbook.bin", Kind("application/vnd.ms-excel.sheet.binary.macroEnabled.12", Group.SPREADSHEET)),
    ("xl/", Kind(_OOXML + "spreadsheetml.sheet", Group.SPREADSHEET)),
    ("ppt/", Kind(_OOXML + "presentationml.presentation", Group.PRESENTATION)),
    ("visio/", Kind("application/vnd.ms-visio.drawing.main+xml", Group.DOCUMENT)),
    ("FixedDocSeq.fdseq", Kind("application/vnd.ms-xpsdocument", Group.DOCUMENT)),
    ("FixedDocumentSequence.fdseq", Kind("application/vnd.ms-xpsdocument", Group.DOCUMENT)),
    ("Index/Slide", Kind("application/x-iwork-keynote-sffkey", Group.PRESENTATION)),
    ("index.apxl", Kind("application/x-iwork-keynote-sffkey", Group.PRESENTATION)),
    ("Index/CalculationEngine", Kind("application/x-iwork-numbers-sffnumbers", Group.SPREADSHEET)),
    ("Index/Document.iwa", Kind("application/x-iwork-pages-sffpages", Group.DOCUMENT)),
    ("index.xml", Kind("application/x-iwork-pages-sffpages", Group.DOCUMENT)),
)

# What the first bytes of a package's uncompressed `mimetype` member may promise.
_DECLARED_PACKAGES: tuple[tuple[str, Kind], ...] = (
    (_ODF + "text", Kind(_ODF + "text", Group.DOCUMENT)),
    (_ODF + "spreadsheet", Kind(_ODF + "spreadsheet", Group.SPREADSHEET)),
    (_ODF + "presentation", Kind(_ODF + "presentation", Group.PRESENTATION)),
    (_ODF, Kind(_ODF + "graphics", Group.DOCUMENT)),
    ("application/epub+zip", Kind("application/epub+zip", Group.DOCUMENT)),
)

# Names decide between kinds whose content looks alike, and say what a damaged file was meant to be.
_BY_EXTENSION: dict[str, Kind] = {
    "eml": MAIL,
    "emlx": MAIL,
    "mbox": MBOX,
    "mbx": MBOX,
    "msg": OUTLOOK,
    "htm": HTML,
    "html": HTML,
    "xhtml": HTML,
    "mht": WEB_ARCHIVE,
    "mhtml": WEB_ARCHIVE,
    "xml": XML,
    "csv": Kind("text/csv", Group.TEXT),
    "tsv": Kind("text/tab-separated-values", Group.TEXT),
    "json": Kind("application/json", Group.TEXT),
    "ics": Kind("text/calendar", Group.TEXT),
    "vcf": Kind("text/vcard", Group.TEXT),
    "md": Kind("text/markdown", Group.TEXT),
    "zip": ZIP,
    "pdf": PDF,
    "doc": Kind("application/msword", Group.DOCUMENT),
    "docx": Kind(_OOXML + "wordprocessingml.document", Group.DOCUMENT),
    "odt": Kind(_ODF + "text", Group.DOCUMENT),
    "wps": Kind("application/vnd.ms-works", Group.DOCUMENT),
    "pub": Kind("application/vnd.ms-publisher", Group.DOCUMENT),
    "mpp": Kind("application/vnd.ms-project", Group.DOCUMENT),
    "xls": Kind("application/vnd.ms-excel", Group.SPREADSHEET),
    "xlsx": Kind(_OOXML + "spreadsheetml.sheet", Group.SPREADSHEET),
    "ods": Kind(_ODF + "spreadsheet", Group.SPREADSHEET),
    "ppt": Kind("application/vnd.ms-powerpoint", Group.PRESENTATION),
    "pptx": Kind(_OOXML + "presentationml.presentation", Group.PRESENTATION),
    "odp": Kind(_ODF + "presentation", Group.PRESENTATION),
    "p7m": Kind("application/pkcs7-mime", Group.PROTECTED),
    "p7s": Kind("application/pkcs7-signature", Group.UNKNOWN),
}

_HEADER_LINE = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
_TELLING_HEADERS = frozenset(
    b"from received message-id mime-version return-path delivered-to dkim-signature x-mailer content-type".split()
)
_MAIL_HEADERS = _TELLING_HEADERS | frozenset(
    b"to cc bcc subject date sender reply-to references in-reply-to content-transfer-encoding".split()
)
_TRANSPORT_HEADERS = frozenset(b"received message-id mime-version return-path delivered-to".split())
_FROM_LINE = re.compile(rb"From \S.{0,998}\d\d:\d\d")
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|table|div|p|script|style)\b", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PKCS7_DATA, _SIGNED_DATA = bytes.fromhex("06092a864886f70d0107"), bytes.fromhex("06092a864886f70d010702")


def extension(name: str) -> str:
    """
    Return the lower-case extension of a name without its dot, empty if there is none.

    >>> extension("..\\\\Reports/Q3.Final.XLSX"), extension("README"), extension(".profile")
    ('xlsx', '', '')
    """
    stem, dot, ending = re.split(r"[\\/]", name)[-1].rpartition(".")
    return ending.lower() if dot and stem else ""


def identify(head: bytes, name: str, whole: BinaryIO | None = None) -> Kind:
    """
    Return the kind of a file from its leading bytes and its name.

    head: the whole file if it is small, else at least `HEAD_BYTES`; compound files and packages are told apart exactly
    when the whole file is given, as head or as a file. Content decides; the name only settles what content leaves open.
    """
    if not head:
        return EMPTY
    if head.startswith(olefile.MAGIC):
        return _compound(whole or io.BytesIO(head), name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(head, whole or io.BytesIO(head), name)
    for offset, magic, kind in _SIGNATURES:
        if head.startswith(magic, offset):
            return kind
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Kind("image/bmp", Group.IMAGE)
    if b"%PDF-" in head[:1024]:
        return PDF
    if head[:1] == b"\x30" and _PKCS7_DATA in head[:64]:
        is_signed = _SIGNED_DATA in head[:64]
        return Kind("application/pkcs7-mime", Group.UNKNOWN if is_signed else Group.PROTECTED)
    return _textual(head[:HEAD_BYTES], name) if _is_text(head[:HEAD_BYTES]) else _by_name(name, binary=True)


def _by_name(name: str, *, binary: bool) -> Kind:
    kind = _BY_EXTENSION.get(extension(name), UNKNOWN)
    return UNKNOWN if binary and kind.group in (Group.TEXT, Group.ARCHIVE, Group.OUTLOOK) else kind


def _compound(file: BinaryIO, name: str) -> Kind:
    try:
        with olefile.OleFileIO(file) as compound:
            at_root = {entry[0].lower() for entry in compound.listdir(streams=True, storages=True)}
    except Exception:  # noqa: BLE001 (a damaged directory is settled by the name)
        at_root = set()
    for stream, kind in _COMPOUND_STREAMS:
        if stream in at_root:
            return kind
    return _BY_EXTENSION.get(extension(name), Kind("application/x-ole-storage", Group.UNKNOWN))


def _package(head: bytes, file: BinaryIO, name: str) -> Kind:
    members = _member_names(head, file)
    if members and members[0] == "mimetype":
        declared = head[38:128].decode("latin-1")
        for promise, kind in _DECLARED_PACKAGES:
            if declared.startswith(promise):
                return kind
    for part, kind in _PACKAGE_PARTS:
        if any(member.startswith(part) for member in members):
            return kind
    named = _BY_EXTENSION.get(extension(name), ZIP)
    return named if "[Content_Types].xml" in members and named.group != Group.MAIL else ZIP


def _member_names(head: bytes, file: BinaryIO) -> list[str]:
    try:
        with zipfile.ZipFile(file) as package:
            return package.namelist()
    except Exception:  # noqa: BLE001 (only the head may be here, or the directory is damaged)
        found = re.finditer(rb"PK\x03\x04.{22}(..)..", head, re.S)
        return [
            head[match.end() : match.end() + int.from_bytes(match[1], "little")].decode("utf-8", "replace")
            for match in found
        ]


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    half = max(1, len(head) // 2)
    zeros = (head[::2].count(0), head[1::2].count(0))
    if len(head) >= 8 and max(zeros) > 0.4 * half and min(zeros) < 0.05 * half:
        return True
    return len(_CONTROL.findall(head)) <= len(head) // 100


def _textual(head: bytes, name: str) -> Kind:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:4096].replace(b"\x00", b"")
    named = _BY_EXTENSION.get(extension(name))
    if start.startswith(b"{\\rtf"):
        return RTF
    if start.startswith(b"BEGIN:VCALENDAR"):
        return _BY_EXTENSION["ics"]
    if start.startswith(b"BEGIN:VCARD"):
        return _BY_EXTENSION["vcf"]
    if start.startswith(b"From ") and named != MAIL and (named == MBOX or _is_mailbox(start)):
        return MBOX
    if named == WEB_ARCHIVE:
        return WEB_ARCHIVE
    if _is_mail(start, name):
        return MAIL
    if start.startswith(b"<?xml") and b"<html" not in start[:2048].lower():
        return XML
    if _HTML_START.search(start[:2048]) and (start.startswith(b"<") or named == HTML):
        return HTML
    return named if named and named.group in (Group.TEXT, Group.HTML, Group.MAIL, Group.MAILBOX) else TEXT


def _is_mailbox(start: bytes) -> bool:
    line, _, following = start.partition(b"\n")
    return bool(_FROM_LINE.match(line)) and _is_mail(following, "")


def _is_mail(start: bytes, name: str) -> bool:
    if not _HEADER_LINE.match(start) and not start.startswith((b">From ", b"From ")):
        return False
    header_block = re.split(rb"\r?\n\r?\n|\r\r", start, maxsplit=1)[0]
    found = {match[1].lower() for match in map(_HEADER_LINE.match, re.split(rb"[\r\n]+", header_block)) if match}
    if extension(name) in ("eml", "emlx"):
        return bool(found)
    if extension(name) in ("txt", "text", "md", "csv", "log"):
        return len(found & _MAIL_HEADERS) >= 3 and bool(found & _TRANSPORT_HEADERS)
    return len(found & _MAIL_HEADERS) >= 2 and bool(found & _TELLING_HEADERS)
