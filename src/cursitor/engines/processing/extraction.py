"""
Text out of every kind of file, behind one function.

A chain per group: the first reader that finds words wins; when none does, the file ends as a named exception. Nothing
is fetched, no macro or script runs, no picture is read (that is OCR, a separate step).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import lxml.etree
import olefile
import pypdfium2
import python_calamine
import xberg
from xberg import options

from cursitor.engines.processing import charsets, compound, kinds, markup, mime, protection, rtf, unlocking
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.kinds import RTF, WEB_ARCHIVE, Group, Kind
from cursitor.engines.processing.limits import Limits
from cursitor.engines.processing.messages import Message, written

_PDF_PASSWORD_ERROR = 4
_PACKAGE_TEXT_SUFFIXES = (".xml", ".fpage", ".apxl", ".html", ".htm")
_WORD_TAGS = ("{*}t", "{*}v", "{*}Text", "{*}Glyphs", "{http://developer.apple.com/namespaces/sf}p")
_PROTECTION_SIGNS = ("password", "encrypted")


@dataclass(frozen=True)
class Extraction:
    """
    Text of one file, with what the file says about itself.

    pages: number of pages where the format has them. language: None until language is told. is_truncated: the text
    reached `text_characters` and the rest is missing. extractor: the reader that found the text.
    """

    text: str
    metadata: dict[str, str] = field(default_factory=dict)
    pages: int | None = None
    language: str | None = None
    extractor: str = ""
    is_truncated: bool = False


Reader = Callable[[Kind, bytes, str, Limits], Extraction]


def extract_text(kind: Kind, data: bytes, name: str, limits: Limits, passwords: tuple[str, ...] = ()) -> Extraction:
    """
    Return the text of a file; name is a hint for readers and a label for messages.

    passwords: to try on what is protected, in their order.

    :raises ProcessingException: encrypted, corrupt, unsupported, zero byte or no text (stage text).
    """
    if not data:
        raise ProcessingException(Stage.TEXT, Class.ZERO_BYTE, "The file is empty.")
    if kind.group is Group.PDF:
        return _first_with_text((functools.partial(_pdf, passwords=passwords),), kind, data, name, limits)
    if kind.group is Group.PROTECTED or protection.needs_password(data):
        opened = unlocking.unlocked(data, passwords, limits)
        return extract_text(kinds.identify(opened, name), opened, name, limits)
    readers = _CHAINS.get(kind.group, ())
    if not readers:
        raise ProcessingException(Stage.TEXT, Class.UNSUPPORTED, f"No reader takes files of type {kind.mime}.")
    return _first_with_text(readers, kind, data, name, limits)


def _first_with_text(readers: tuple[Reader, ...], kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    failure: ProcessingException | None = None
    for reader in readers:
        try:
            extraction = reader(kind, data, name, limits)
        except ProcessingException as trouble:
            failure = failure or trouble
            if trouble.class_ is Class.ENCRYPTED:
                raise
            continue
        if extraction.text.strip():
            return _within(extraction, limits)
    if failure is not None:
        raise failure
    raise ProcessingException(Stage.TEXT, Class.NO_TEXT, f"There are no words in this file ({kind.mime}).")


def _within(extraction: Extraction, limits: Limits) -> Extraction:
    text = charsets.storable(extraction.text).replace("\r\n", "\n")
    is_cut = extraction.is_truncated or len(text) > limits.text_characters
    return Extraction(
        text[: limits.text_characters],
        {key: charsets.storable(value) for key, value in extraction.metadata.items()},
        extraction.pages,
        extraction.language,
        extraction.extractor,
        is_cut,
    )


def message_text(message: Message) -> str:
    """Return what is searched of a message: its header lines, the names of its attachments, its body."""
    lines = [
        ("From", written(message.from_)),
        ("To", written(message.to)),
        ("Cc", written(message.cc)),
        ("Bcc", written(message.bcc)),
        ("Sent", message.sent.isoformat() if message.sent else message.sent_original),
        ("Subject", message.subject),
        ("Attachments", "; ".join(attachment.name for attachment in message.attachments)),
    ]
    head = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return f"{head}\n\n{body_of(message)}".strip() + "\n"


def body_of(message: Message) -> str:
    """Return the body of a message as text, from its HTML where there is no plain text."""
    return message.body_text if message.body_text.strip() else markup.html_text(message.body_html)


def _plain(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    text, codec = charsets.decode_prefix(data, limits.text_characters + 1)
    return Extraction(text, {"charset": codec}, extractor="plain text")


def _html(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    if kind == WEB_ARCHIVE:
        saved = mime.read_mail(data)
        return Extraction(markup.html_text(saved.body_html) or saved.body_text, extractor="web archive")
    html, codec = charsets.decode_prefix(data, 4 * limits.text_characters, _declared_charset(data))
    return Extraction(markup.html_text(html), {"charset": codec}, extractor="lxml")


def _declared_charset(data: bytes) -> str | None:
    _, found, rest = data[:2048].lower().partition(b"charset=")
    label = rest.lstrip(b"\"' ")[:40].split(b'"')[0].split(b"'")[0].split(b">")[0].split(b";")[0]
    return label.decode("ascii", "replace") if found else None


def _pdf(kind: Kind, data: bytes, name: str, limits: Limits, passwords: tuple[str, ...] = ()) -> Extraction:
    with _opened_pdf(data, passwords) as document:
        pages: list[str] = []
        n_characters = 0
        for number in range(len(document)):
            pages.append(_pdf_page(document, number))
            n_characters += len(pages[-1])
            if n_characters > limits.text_characters:
                break
        metadata = {key.lower(): value for key, value in document.get_metadata_dict(skip_empty=True).items()}
        text = "\f\n".join(pages) if any(page.strip() for page in pages) else ""
        return Extraction(text, metadata, pages=len(document), extractor="pdfium")


def _opened_pdf(data: bytes, passwords: tuple[str, ...]) -> Any:
    for password in (None, *passwords):
        try:
            return pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError as failure:
            if getattr(failure, "err_code", None) != _PDF_PASSWORD_ERROR:
                message = f"The PDF cannot be opened: {failure}"
                raise ProcessingException(Stage.TEXT, Class.CORRUPT, message) from failure
    tried = ", and none of those given opens it" if passwords else ""
    raise ProcessingException(Stage.TEXT, Class.ENCRYPTED, f"The PDF needs a password{tried}.")


def _pdf_page(document: Any, number: int) -> str:
    try:
        page = document[number]
        text_page = page.get_textpage()
        return str(text_page.get_text_bounded())
    except pypdfium2.PdfiumError:
        # A damaged page leaves the words of the other pages readable.
        return ""


@contextlib.contextmanager
def _naming(what: str) -> Iterator[None]:
    """Turn whatever a reader raises into a named exception; a reader's panic is no Exception, but it is no more."""
    try:
        yield
    except (ProcessingException, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except python_calamine.PasswordError as failure:
        raise ProcessingException(Stage.TEXT, Class.ENCRYPTED, f"The {what} needs a password.") from failure
    except BaseException as failure:
        raise _named(failure, what) from failure


def _spreadsheet(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    with _naming("workbook"), python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        text = "\n".join(_lines(workbook, limits))
    return Extraction(text, _properties(data), extractor="calamine")


def _lines(workbook: Any, limits: Limits) -> Iterator[str]:
    n_characters = 0
    for sheet_name in workbook.sheet_names:
        try:
            rows = workbook.get_sheet_by_name(sheet_name).iter_rows()
        except Exception:  # noqa: BLE001, S112 (a chart or macro sheet has no cells; the other sheets have)
            continue
        named = False
        for row in rows:
            line = "\t".join("" if cell == "" else str(cell) for cell in row).rstrip("\t")
            if not line:
                continue
            if not named:
                yield f"[{sheet_name}]"
                named = True
            yield line
            n_characters += len(line)
            if n_characters > limits.text_characters:
                return


def _office(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    request = options.ExtractInput(kind="bytes", bytes=data, filename=name, mime_type=kind.mime)
    with _naming("document"):
        result = asyncio.run(xberg.extract(request, _office_options(limits)))
    if not result.results:
        raise _named(Exception(str(result.errors[0]) if result.errors else "nothing came out"), "document")
    document = result.results[0]
    return Extraction(str(document.content), _about(document.metadata), _page_count(document), extractor="xberg")


def _office_options(limits: Limits) -> Any:
    everything = options.ContentFilterConfig(
        include_headers=True, include_footers=True, include_footnotes=True, strip_repeating_text=False
    )
    return options.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        disable_ocr=True,
        max_archive_depth=0,
        content_filter=everything,
        concurrency=options.ConcurrencyConfig(max_threads=1),
        security_limits=options.SecurityLimits(
            max_archive_size=limits.item_bytes,
            max_compression_ratio=max(limits.ratio, 1000),
            max_content_size=limits.item_bytes,
        ),
    )


def _about(metadata: Any) -> dict[str, str]:
    found = {
        "title": metadata.title,
        "subject": metadata.subject,
        "author": "; ".join(metadata.authors or ()),
        "keywords": "; ".join(metadata.keywords or ()),
        "created": metadata.created_at,
        "modified": metadata.modified_at,
        "created by": metadata.created_by,
        "modified by": metadata.modified_by,
    }
    return {key: str(value) for key, value in found.items() if value}


def _page_count(document: Any) -> int | None:
    pages = document.metadata.pages
    return int(pages.total_count) if pages is not None else None


def _package_parts(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    """Second opinion for packages: the words of every XML part, headers, notes, charts and drawings included."""
    words: list[str] = []
    n_bytes = 0
    if not data.startswith(b"PK"):
        return Extraction("", extractor="package parts")
    with _naming("package"), zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in sorted(package.infolist(), key=lambda part: part.filename):
            if not part.filename.endswith(_PACKAGE_TEXT_SUFFIXES) or part.flag_bits & 1:
                continue
            n_bytes += part.file_size
            if n_bytes > limits.item_bytes:
                raise LimitHit(Stage.TEXT, Class.LIMIT_HIT, f"The package expands beyond {limits.item_bytes:,} bytes.")
            words.extend(_part_words(part.filename, package.read(part)))
    return Extraction(markup.tidy("\n".join(words)), _properties(data), extractor="package parts")


def _part_words(name: str, data: bytes) -> Iterator[str]:
    if name.endswith((".html", ".htm")):
        yield markup.html_text(charsets.decode(data, _declared_charset(data))[0])
        return
    try:
        root = markup.xml_root(data)
    except (lxml.etree.XMLSyntaxError, ValueError):
        return
    # A paragraph's runs are pieces of one line, and of one word where formatting changes inside it.
    for _, runs in itertools.groupby(root.iter(*_WORD_TAGS), key=_paragraph):
        line = "".join(_run_words(run) for run in runs)
        if line.strip():
            yield line


def _paragraph(run: Any) -> Any:
    return next(run.iterancestors("{*}p", "{*}si"), run)


def _run_words(run: Any) -> str:
    # A cell of type s holds the number of a shared string, which is listed in a part of its own.
    is_reference = run.getparent() is not None and run.getparent().get("t") == "s"
    return "" if is_reference else run.get("UnicodeString") or "".join(run.itertext())


def _properties(data: bytes) -> dict[str, str]:
    if olefile.isOleFile(data=data):
        return _compound_properties(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            root = markup.xml_root(package.read("docProps/core.xml"))
    except Exception:  # noqa: BLE001 (a package without properties says nothing about itself)
        return {}
    names = {"creator": "author", "lastModifiedBy": "modified by"}
    return {
        names.get(local, local): element.text.strip()
        for element in root
        if isinstance(element.tag, str) and element.text and (local := lxml.etree.QName(element).localname)
    }


def _compound_properties(data: bytes) -> dict[str, str]:
    try:
        with compound.opened(data) as whole:
            found = whole.get_metadata()
    except Exception:  # noqa: BLE001 (damaged properties say nothing; the text is judged by its own reader)
        return {}
    fields = {"title": found.title, "subject": found.subject, "author": found.author}
    fields |= {"modified by": found.last_saved_by, "created": found.create_time, "modified": found.last_saved_time}
    return {
        key: charsets.decode(value)[0] if isinstance(value, bytes) else str(value)
        for key, value in fields.items()
        if value
    }


def _named(failure: BaseException, what: str) -> ProcessingException:
    said = str(failure).splitlines()[0][:300] if str(failure) else type(failure).__name__
    lowered = said.lower()
    if any(sign in lowered for sign in _PROTECTION_SIGNS):
        return ProcessingException(Stage.TEXT, Class.ENCRYPTED, f"The {what} is protected: {said}")
    if "unsupported format" in lowered:
        return ProcessingException(Stage.TEXT, Class.UNSUPPORTED, f"No reader takes this {what}: {said}")
    if "security" in lowered:
        return ProcessingException(Stage.TEXT, Class.LIMIT_HIT, f"The {what} goes beyond a limit: {said}")
    return ProcessingException(Stage.TEXT, Class.CORRUPT, f"The {what} cannot be read: {said}")


def _rich_text(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    text, html = rtf.read_rtf(data) if kind == RTF else ("", "")
    return Extraction(text or markup.html_text(html), extractor="rich text")


def _image(kind: Kind, data: bytes, name: str, limits: Limits) -> Extraction:
    return Extraction("", extractor="none")


_CHAINS: dict[Group, tuple[Reader, ...]] = {
    Group.TEXT: (_plain,),
    Group.HTML: (_html,),
    Group.SPREADSHEET: (_spreadsheet, _office, _package_parts),
    Group.DOCUMENT: (_office, _package_parts, _rich_text),
    Group.PRESENTATION: (_office, _package_parts),
    Group.IMAGE: (_image,),
}
