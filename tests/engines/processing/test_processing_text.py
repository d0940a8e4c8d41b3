"""Types by content, text by the chain of readers, and what hostile files end as."""

import codecs
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.processing.test_processing_containers import zipped
from tests.engines.processing.test_processing_mail import mail

from cursitor.engines.processing import charsets, extraction, kinds
from cursitor.engines.processing.exceptions import Class
from cursitor.engines.processing.items import Status, process_one
from cursitor.engines.processing.kinds import Group
from cursitor.engines.processing.limits import Limits

SAMPLES = Path(__file__).parent / "samples"
# A one-page PDF written by hand after ISO 32000-1, 7.5; readers rebuild the missing cross-reference table.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F<</Type/Font"
    b"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length 40>>stream\n"
    b"BT /F 12 Tf 10 50 Td (Pipeline tariff) Tj ET\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Q3"
    book.active.append(["Counterparty", "Amount"])
    book.active.append(["Acme", 12.5])
    book.save(out)
    return out.getvalue()


class TestIdentify:
    @pytest.mark.parametrize(
        ("data", "name", "group"),
        [
            (b"", "x.doc", Group.EMPTY),
            (PDF, "invoice.docx", Group.PDF),
            (b"\x89PNG\r\n\x1a\n" + bytes(20), "letter.eml", Group.IMAGE),
            (mail().as_bytes(), "letter.txt", Group.MAIL),
            (mail().as_bytes(), "no extension", Group.MAIL),
            (b"From a@x Tue Jan  4 10:00:00 2000\n" + mail().as_bytes(), "archive", Group.MAILBOX),
            (b"Subject: minutes\nTo: all\n\nwe met", "minutes.txt", Group.TEXT),
            (workbook(), "renamed.zip", Group.SPREADSHEET),
            (zipped({"a.txt": b"a"}), "really.docx", Group.ARCHIVE),
            (b"<!DOCTYPE html><title>x</title>", "page.txt", Group.HTML),
            (b"{\\rtf1 x}", "letter.doc", Group.DOCUMENT),
            (bytes(range(256)), "x.txt", Group.UNKNOWN),
            ("Grüße".encode("utf-16"), "x.txt", Group.TEXT),
        ],
    )
    def test_goes_by_content_first(self, data, name, group):
        assert kinds.identify(data, name).group is group

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"From: x\n", b"%PDF-", b"0\x80"]),
        st.binary(max_size=200),
        st.text(max_size=20),
    )
    def test_never_raises(self, magic, noise, name):
        assert kinds.identify(magic + noise, name).mime


class TestCharsets:
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_finds_unicode_without_being_told(self, codec):
        text = "Der Vertrag läuft über drei Jahre. " * 5

        assert charsets.decode(text.encode(codec))[0] == text

    def test_decodes_only_the_beginning_of_what_is_long(self):
        text, codec = charsets.decode_prefix("ä".encode() * 1_000_000, 10)

        assert (text, codec) == ("ä" * 10, "utf-8")

    def test_never_takes_a_codec_that_is_no_charset(self):
        assert charsets.known_codec("base64") == charsets.known_codec("rot13") == ""
        assert codecs.lookup(charsets.known_codec("GB2312")).name == "gb18030"


class TestExtractText:
    def test_reads_sheets_row_by_row(self):
        found = process_one(workbook(), "q3.xlsx", Limits())[0]

        assert found.text == "[Q3]\nCounterparty\tAmount\nAcme\t12.5"
        assert found.extractor == "calamine"

    def test_reads_pdf_with_its_pages(self):
        found = process_one(PDF, "tariff.pdf", Limits())[0]

        assert found.text.strip() == "Pipeline tariff"
        assert found.pages == 1

    def test_reads_headers_that_the_body_does_not_hold(self):
        found = process_one((SAMPLES / "Headers.docx").read_bytes(), "Headers.docx", Limits())[0]

        assert found.status is Status.PUBLISHED
        assert found.text.split("\n") == ["Section 1", "Section 2", "Section 3"]

    @pytest.mark.parametrize(
        "name",
        ["60320-protected.xlsx", "PasswordProtected.doc", "testODTEncrypted.odt", "testPassword4Spaces.pdf"],
    )
    def test_names_what_needs_a_password(self, name):
        found = process_one((SAMPLES / name).read_bytes(), name, Limits())[0]

        assert found.status is Status.EXCEPTION
        assert found.exception.class_ is Class.ENCRYPTED

    @pytest.mark.parametrize(
        ("data", "name", "class_"),
        [
            (b"", "empty.doc", Class.ZERO_BYTE),
            (b"%PDF-1.7 and then nothing", "cut.pdf", Class.CORRUPT),
            (workbook()[:300], "cut.xlsx", Class.CORRUPT),
            (b"\x89PNG\r\n\x1a\n" + bytes(20), "scan.png", Class.NO_TEXT),
            (b"\x7fELF" + bytes(99), "tool", Class.UNSUPPORTED),
            (b"!BDN" + bytes(600), "mail.pst", Class.CORRUPT),
            (b"7z\xbc\xaf\x27\x1c" + bytes(99), "a.7z", Class.CORRUPT),
        ],
    )
    def test_names_what_cannot_be_read(self, data, name, class_):
        item, children = process_one(data, name, Limits())

        assert (item.exception.class_, children) == (class_, ())

    def test_names_a_workbook_at_which_the_reader_panics(self, monkeypatch):
        class Panic(BaseException):
            """What a reader written in Rust raises when it gives up: no Exception."""

        def give_up(*arguments):
            raise Panic("index out of bounds")

        monkeypatch.setattr(extraction.python_calamine.CalamineWorkbook, "from_filelike", give_up, raising=True)

        found = extraction.extract_text(kinds.identify(workbook(), "q3.xlsx"), workbook(), "q3.xlsx", Limits())

        assert found.extractor == "xberg"

    def test_shows_a_page_without_its_scripts_and_fetches_nothing(self, monkeypatch):
        def refuse(*arguments, **keywords):
            raise AssertionError("something was fetched")

        monkeypatch.setattr("socket.socket.connect", refuse)
        page = (
            b"<html><head><script>steal()</script><link rel=stylesheet href='http://evil.example/x.css'></head>"
            b"<body onload=steal()><img src='http://evil.example/pixel.png' alt='our logo'><p>Dear Bob</p>"
            b"<iframe src='http://evil.example'></iframe><style>p{}</style></body></html>"
        )

        item, children = process_one(page, "page.html", Limits())

        assert item.text == "our logo\nDear Bob"
        assert children == ()

    def test_resolves_no_entity(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "%s"><!ENTITY b "&a;&a;">]><x><t>words &b;</t></x>' % (b"z" * 999)
        data = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": bomb})

        found = extraction.extract_text(kinds.identify(data, "x.docx"), data, "x.docx", Limits())

        assert found.text.startswith("words")
        assert "z" not in found.text

    def test_keeps_the_beginning_of_a_text_that_is_too_long_and_says_so(self):
        item, _ = process_one(b"word " * 1000, "long.txt", Limits(text_characters=100))

        assert item.exception.class_ is Class.LIMIT_HIT
        assert item.text == ("word " * 20)

    @pytest.mark.slow
    def test_takes_200_megabytes_of_text(self):
        item, _ = process_one(b"all work and no play\n" * 10_000_000, "long.txt", Limits())

        assert item.size == 210_000_000
        assert item.exception.class_ is Class.LIMIT_HIT
        assert len(item.text) == Limits().text_characters

    @settings(max_examples=60, deadline=None)
    @given(
        st.sampled_from(["Headers.docx", "simple_test_msg.msg", "testPassword4Spaces.pdf", "testZipEncrypted.zip"]),
        st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
        st.floats(0, 1),
    )
    def test_ends_mutated_files_as_items(self, name, mutations, length):
        data = bytearray((SAMPLES / name).read_bytes())
        for place, replacement in mutations:
            at = int(place * (len(data) - len(replacement)))
            data[at : at + len(replacement)] = replacement

        item, _ = process_one(bytes(data[: int(length * len(data))]), name, Limits())

        assert (item.status is Status.EXCEPTION) == (item.exception is not None)
