"""Stores, transport files, archives and documents that hold documents."""

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
from pathlib import Path

import libarchive
import pikepdf
import py7zr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.processing.test_processing_containers import zipped

from cursitor.engines.processing import archives, items, stores, tnef, walk
from cursitor.engines.processing.containers import Means
from cursitor.engines.processing.exceptions import Class, ProcessingException
from cursitor.engines.processing.items import Place, Status
from cursitor.engines.processing.limits import Limits

SAMPLES = Path(__file__).parent / "samples"


def expanded(name: str, data: bytes, passwords: tuple[str, ...] = (), **limits: int) -> dict[str, object]:
    means = Means(passwords=passwords)
    found = list(walk.expand(walk.Item(Place("1"), name, data), Limits(**limits), means))
    assert walk.reconcile(found, inputs=1).balanced
    return {item.place.id: item for item in found}


def sample(name: str) -> bytes:
    data = (SAMPLES / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def tarred(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def seven_zipped(members: dict[str, bytes], password: str | None = None) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return out.getvalue()


def locked_zip(members: dict[str, bytes], encryption: str) -> bytes:
    written = bytearray()

    def write(piece) -> int:
        written.extend(piece)
        return len(piece)

    with libarchive.custom_writer(write, "zip", options=f"encryption={encryption}", passphrase="right") as out:
        for name, data in members.items():
            out.add_file_from_memory(name, len(data), data)
    return bytes(written)


def pdf_with(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(out)
    return out.getvalue()


class TestStores:
    def test_give_every_message_with_sender_recipients_and_date(self):
        found = expanded("testPST.pst", sample("testPST.pst.gz"))

        mail = found["1.1"]
        assert (mail.message.subject, mail.message.from_) == (
            "Re: Feature Generators",
            (("Jörn Kottmann", "kottmann@gmail.com"),),
        )
        assert mail.message.sent.isoformat() == "2014-02-26T07:50:04+00:00"
        assert sum(item.place.depth == 1 for item in found.values()) == 7

    def test_open_messages_attached_to_messages(self):
        found = expanded("testPST.pst", sample("testPST.pst.gz"))

        assert found["1.7.1"].name == "First email.msg"
        assert found["1.7.1.1"].text == "This is a docx attachment."
        assert found["1.7.1.1"].place.family == "1.7"

    def test_tell_what_appointments_and_contacts_say(self):
        found = expanded("dist-list.pst", sample("dist-list.pst.gz"))

        appointment, contact = found["1.1"].text, found["1.3"].text
        assert "This is a complete test" in appointment
        assert "Pacific" in appointment
        assert "contact1@rjohnson.id.au" in contact

    def test_give_the_same_items_in_slices(self):
        data = sample("testPST.pst.gz")
        whole = list(stores.read_store(io.BytesIO(data), Limits()))

        sliced = [
            child
            for first in range(1, 8, 3)
            for child in stores.read_store(io.BytesIO(data), Limits(), first=first, at_most=3)
        ]

        assert stores.count(io.BytesIO(data)) == len(whole) == 7
        assert sliced == whole

    @pytest.mark.parametrize("kept", [0.02, 0.5])
    def test_name_damage(self, kept):
        data = sample("dist-list.pst.gz")

        found = expanded("cut.pst", data[: int(len(data) * kept)])

        assert any(item.exception and item.exception.class_ is Class.CORRUPT for item in found.values())


class TestTnef:
    def test_reads_the_message_and_its_attachment(self):
        found = expanded("winmail.dat", sample("one-file.tnef"))

        assert found["1"].message.subject == "one-file"
        assert found["1"].message.sent.isoformat() == "1999-10-14T02:47:44+00:00"
        assert found["1.1"].name == "AUTHORS"
        assert "Thomas Boll" in found["1.1"].text

    def test_reads_senders_kept_as_triples(self):
        found = expanded("winmail.dat", sample("triples.tnef"))

        assert found["1"].message.from_ == (("Martin Rakhmanoff", "rakhmanoff@sundance.spb.ru"),)

    @settings(max_examples=60, deadline=None)
    @given(st.integers(6, 5788), st.binary(max_size=12))
    def test_survives_damage_anywhere(self, at, junk):
        data = sample("unicode-mapi-attr.tnef")

        for damaged in (data[:at] + junk + data[at + len(junk) :], data[:at]):
            with contextlib.suppress(ProcessingException):
                assert tnef.read_tnef(damaged, Limits()).from_ is not None


class TestArchives:
    MEMBERS = {"a/one.txt": b"words of one", "../two.txt": b"words of two"}

    def test_give_members_of_tar_and_name_links(self):
        found = expanded("x.tar", tarred(self.MEMBERS))

        assert [found[f"1.{n}"].text for n in (1, 2)] == ["words of one", "words of two"]
        assert found["1.3"].exception.class_ is Class.UNSUPPORTED

    @pytest.mark.parametrize(
        ("name", "pack"), [("x.tar.gz", gzip.compress), ("x.tar.bz2", bz2.compress), ("x.txz", lzma.compress)]
    )
    def test_unpack_one_layer_at_a_time(self, name, pack):
        found = expanded(name, pack(tarred(self.MEMBERS)))

        assert (found["1"].status, found["1.1"].status) == (Status.EXCLUDED, Status.EXCLUDED)
        assert found["1.1"].name == "x.tar"
        assert found["1.1.1"].place.family == "1.1.1"

    def test_name_a_packed_file_that_is_cut(self):
        found = expanded("x.gz", gzip.compress(b"words" * 999)[:-12])

        assert found["1"].exception.class_ is Class.CORRUPT

    def test_stop_a_packed_bomb(self):
        found = expanded("x.gz", gzip.compress(bytes(2_000_000)), ratio=10, ratio_free_bytes=1000)

        assert found["1.1"].exception.class_ is Class.LIMIT_HIT

    def test_give_members_of_7z(self):
        found = expanded("x.7z", seven_zipped({"a/one.txt": b"words of one", "b.txt": b"words of two"}))

        assert [found[f"1.{n}"].text for n in (1, 2)] == ["words of one", "words of two"]

    @pytest.mark.parametrize(("passwords", "text"), [((), None), (("wrong",), None), (("wrong", "right"), "words")])
    def test_try_the_passwords_given(self, passwords, text):
        found = expanded("x.7z", seven_zipped({"a.txt": b"words"}, password="right"), passwords)

        if text is None:
            assert found["1"].exception.class_ is Class.ENCRYPTED
        else:
            assert found["1.1"].text == text

    @pytest.mark.parametrize("encryption", ["zipcrypt", "aes128", "aes256"])
    def test_try_the_passwords_given_on_zip(self, encryption):
        data = locked_zip({"a.txt": b"words " * 999, "b.txt": b""}, encryption)

        opened = expanded("x.zip", data, ("wrong", "right"))
        locked = expanded("x.zip", data, ("wrong",))

        assert opened["1.1"].text == "words " * 999
        assert locked["1.1"].exception.class_ is Class.ENCRYPTED

    @pytest.mark.parametrize(
        ("name", "password", "words"),
        [
            ("60320-protected.xlsx", "Test001!!", "created with Excel for Mac 2011"),
            ("testPassword4Spaces.pdf", "    ", "Just some text."),
        ],
    )
    def test_try_the_passwords_given_on_documents(self, name, password, words):
        opened = expanded(name, sample(name), ("wrong", password))
        locked = expanded(name, sample(name), ("wrong",))

        assert words in opened["1"].text
        assert locked["1"].exception.class_ is Class.ENCRYPTED

    def test_names_come_from_the_archive_file(self):
        assert archives.unpacked_name("old/mail.tbz2") == "mail.tar"


class TestEmbedded:
    def test_documents_come_out_of_packages_and_compound_files(self):
        in_word = expanded("a.docx", sample("EmbeddedDocument.docx"))
        in_excel = expanded("a.xls", sample("testExcel_embeddedPDF.xls"))

        assert in_word["1.1"].kind.mime == "application/vnd.ms-excel"
        assert in_word["1.1"].text == "[Sheet1]\n1.0\t2.0\t3.0\t4.0"
        assert in_excel["1.1"].text.strip() == "Hello World!"
        assert in_excel["1.1"].place.family == "1"

    def test_documents_come_out_of_one_without_words(self):
        found = expanded("a.xls", sample("testExcel_embeddedPDF.xls"))

        assert found["1"].exception.class_ is Class.NO_TEXT
        assert found["1"].n_children == 1

    def test_attachments_come_out_of_pdf(self):
        found = expanded("a.pdf", pdf_with("list.csv", b"name,sum\nann,3\n"))

        assert found["1.1"].name == "list.csv"
        assert found["1.1"].text == "name,sum\nann,3\n"

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 38399), st.binary(min_size=1, max_size=64))
    def test_survive_damage_anywhere(self, at, junk):
        data = sample("testExcel_embeddedPDF.xls")

        found = expanded("a.xls", data[:at] + junk + data[at + len(junk) :])

        assert "1" in found


def test_large_members_spill(tmp_path):
    spilled = []

    def spill():
        spilled.append((tmp_path / str(len(spilled))).open("w+b"))
        return spilled[-1]

    data = zipped({"large.txt": b"all work and no play\n" * 500_000})
    reading = items.Reading(io.BytesIO(data), len(data), "x.zip", Limits(), Place("1"), Means(spill))

    (child,) = reading

    assert child.file is spilled[0]
    assert child.size == 10_500_000
