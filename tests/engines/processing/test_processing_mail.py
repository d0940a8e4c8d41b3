"""Reading of RFC 5322 messages and Outlook files."""

import base64
import email.utils
import io
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.processing import compound, mime, outlook, rtf
from cursitor.engines.processing.exceptions import Class, ProcessingException
from cursitor.engines.processing.limits import Limits

SAMPLES = Path(__file__).parent / "samples"


def mail(**headers: str) -> EmailMessage:
    """Return a complete small message; keywords replace or add headers, underscores standing for hyphens."""
    message = EmailMessage()
    written = {"From": "Ann Lee <ann@example.org>", "To": "bob@example.org", "Subject": "Pipeline"}
    written |= {"Date": "Tue, 04 Jan 2000 10:00:00 -0600", "Message-ID": "<one@example.org>"}
    for name, value in (written | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        message[name] = value
    message.set_content("Dear Bob,\n\nsee attached.\n")
    return message


class TestReadMail:
    def test_takes_headers_body_and_attachments(self):
        message = mail(Cc='"Doe, Jane" <jane@example.org>', References="<a@x> <b@x>", In_Reply_To="<b@x>")
        message.add_attachment(b"\x00\x01", maintype="application", subtype="pdf", filename="Q3 report.pdf")

        read = mime.read_mail(message.as_bytes())

        assert read.from_ == (("Ann Lee", "ann@example.org"),)
        assert read.cc == (("Doe, Jane", "jane@example.org"),)
        assert read.references == ("<a@x>", "<b@x>")
        assert read.in_reply_to == "<b@x>"
        assert read.sent == datetime(2000, 1, 4, 16, 0, tzinfo=UTC)
        assert read.body_text == "Dear Bob,\n\nsee attached.\n"
        assert [(a.name, a.mime, a.data) for a in read.attachments] == [
            ("Q3 report.pdf", "application/pdf", b"\x00\x01")
        ]

    def test_keeps_year_two_as_year_two(self):
        read = mime.read_mail(b"From: a@x.org\nDate: Sat, 1 Jan 0002 08:00:00 +0000\n\nx")

        assert read.sent == datetime(2, 1, 1, 8, 0, tzinfo=UTC)

    def test_names_a_date_that_cannot_be_read(self):
        read = mime.read_mail(b"From: a@x.org\nDate: yesterday, more or less\n\nx")

        assert read.sent is None
        assert read.sent_original == "yesterday, more or less"
        assert "date not readable: yesterday, more or less" in read.defects

    def test_keeps_a_sender_without_an_address(self):
        read = mime.read_mail(b"From: MAILER-DAEMON (Mail Delivery)\nTo: a@x.org\n\nx")

        assert read.from_ == (("Mail Delivery", "MAILER-DAEMON"),)

    def test_guesses_the_charset_when_the_declared_one_is_false(self):
        raw = b"From: a@x.org\nContent-Type: text/plain; charset=x-unknown\n\nGr\xfc\xdfe"

        assert mime.read_mail(raw).body_text == "Grüße"

    @pytest.mark.parametrize("charset", [b'"utf\x00-8"', b"*=utf-8''\xe9", b"*0=ut; charset*1=f-8"])
    def test_reads_a_body_whose_charset_is_nonsense(self, charset):
        raw = b"From: a@x.org\nContent-Type: text/plain; charset=" + charset + b"\n\ncaf\xc3\xa9"

        assert mime.read_mail(raw.replace(b"=*", b"*")).body_text == "café"

    def test_hands_out_an_attached_message_byte_for_byte(self):
        inner, outer = mail(Subject="inner"), mail(Subject="outer")
        outer.add_attachment(inner)

        read = mime.read_mail(outer.as_bytes())

        assert [a.mime for a in read.attachments] == ["message/rfc822"]
        assert read.attachments[0].data.rstrip() == inner.as_bytes().rstrip()

    def test_reads_a_message_cut_off_inside_a_part(self):
        message = mail()
        message.add_attachment(b"a" * 3000, maintype="application", subtype="pdf", filename="long.pdf")
        whole = message.as_bytes()

        read = mime.read_mail(whole[: len(whole) // 2])

        assert read.subject == "Pipeline"
        assert 0 < len(read.attachments[0].data) < 3000
        assert "CloseBoundaryNotFoundDefect" in read.defects

    def test_reads_the_head_of_mail_nested_beyond_reason(self):
        depth = 2000
        opening = "".join(f"Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n" for n in range(depth))

        read = mime.read_mail(b"Subject: deep\nFrom: a@x.org\n" + opening.encode() + b"\nx")

        assert read.subject == "deep"
        assert any(defect.startswith("body structure not followed") for defect in read.defects)

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=400))
    def test_never_raises(self, noise):
        whole = b"From: a@x.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + noise

        for data in (noise, whole, whole.replace(b"\n", b"\r\n")):
            read = mime.read_mail(data)
            assert "\x00" not in read.body_text + read.subject
            (read.body_text + read.subject).encode("utf-8")


class TestReadMsg:
    def test_agrees_with_what_outlook_shows(self):
        read = outlook.read_msg((SAMPLES / "simple_test_msg.msg").read_bytes(), Limits())

        assert read.subject == "test message"
        assert read.from_ == (("Travis Ferguson", "travis@overwrittenstack.com"),)
        assert read.to == (("travis@overwrittenstack.com", "travis@overwrittenstack.com"),)
        assert read.sent == datetime(2007, 7, 6, 5, 27, 17, tzinfo=UTC)
        assert read.body_text.strip() == "This is a test message."

    def test_takes_the_code_page_of_the_body(self):
        read = outlook.read_msg((SAMPLES / "ASCII_CP1251_LCID1049.msg").read_bytes(), Limits())

        assert read.body_text == "Body автоматически Body"

    def test_unpacks_html_from_rich_text(self):
        read = outlook.read_msg((SAMPLES / "RtfWithShortRussianString.msg").read_bytes(), Limits())

        assert "Имя пользователя" in read.body_html
        assert read.body_html.startswith("<html")

    def test_makes_an_attached_message_a_file_of_its_own(self):
        outer = outlook.read_msg((SAMPLES / "testMSG_att_msg.msg").read_bytes(), Limits())
        attached = next(a for a in outer.attachments if a.mime == "application/vnd.ms-outlook")

        inner = outlook.read_msg(attached.data, Limits())

        assert outer.subject == "test email"
        assert inner.subject == "Test Attachment"
        assert inner.sent == datetime(2010, 6, 17, 23, 52, 19, tzinfo=UTC)
        assert [a.name for a in outer.attachments if a is not attached]

    @pytest.mark.parametrize("n_bytes", [0, 100, 1000, 8000])
    def test_refuses_a_file_cut_off(self, n_bytes):
        data = (SAMPLES / "simple_test_msg.msg").read_bytes()[:n_bytes]

        with pytest.raises(ProcessingException) as refusal:
            outlook.read_msg(data, Limits())

        assert refusal.value.class_ is Class.CORRUPT


class TestRichText:
    # Worked example of MS-OXRTFCP section 4.1.
    PACKED = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )

    def test_decompresses_the_published_example(self):
        assert rtf.decompress(self.PACKED, 1000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"

    def test_refuses_a_broken_checksum(self):
        with pytest.raises(ProcessingException, match="checksum"):
            rtf.decompress(self.PACKED[:-1] + b"\x00", 1000)

    def test_refuses_what_says_it_is_too_large(self):
        with pytest.raises(ProcessingException, match="limit hit"):
            rtf.decompress(self.PACKED, 10)

    def test_reads_words_in_their_code_pages(self):
        rich = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}caf\'e9 {\f1 \'c4\'e0} \u8364?\par x}"

        assert rtf.read_rtf(rich) == ("café Да €\nx", "")

    def test_joins_surrogate_pairs(self):
        assert rtf.read_rtf(rb"{\rtf1 \u-10179?\u-8704?}") == ("😀", "")

    def test_loses_no_word_to_a_fallback_of_less_than_nothing(self):
        assert rtf.read_rtf(rb"{\rtf1\uc-5 \u1076 hello world}") == ("дhello world", "")

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=300))
    def test_never_raises_on_noise(self, noise):
        text, html = rtf.read_rtf(b"{\\rtf1\\fromhtml1 " + noise)

        assert not text
        html.encode("utf-8")


class TestCompound:
    @settings(max_examples=25, deadline=None)
    @given(st.dictionaries(st.from_regex(r"[A-Za-z_]{1,12}", fullmatch=True), st.binary(max_size=9000), max_size=8))
    def test_is_read_back_by_olefile(self, streams):
        streams = {name.lower(): data for name, data in streams.items()}
        nodes = [compound.Node(name, data) for name, data in streams.items()]

        written = compound.write([compound.Node("Inner storage", children=tuple(nodes))])

        with olefile.OleFileIO(io.BytesIO(written), raise_defects=olefile.DEFECT_INCORRECT) as file:
            found = {path[1]: file.openstream(path).read() for path in file.listdir()}
        assert found == streams

    def test_holds_more_than_the_header_can_list(self):
        # 109 tables of 128 sectors are what fits without a second level: a little over 7 MB.
        data = bytes(range(256)) * 4 * 9000

        written = compound.write([compound.Node("big", data)])

        with olefile.OleFileIO(io.BytesIO(written), raise_defects=olefile.DEFECT_INCORRECT) as file:
            assert file.openstream("big").read() == data

    def test_refuses_a_name_that_does_not_fit(self):
        with pytest.raises(ValueError, match="longer than 31"):
            compound.write([compound.Node("n" * 32, b"")])


def test_an_attached_message_in_base64_that_is_cut_off_comes_out_as_far_as_it_goes():
    inner = base64.b64encode(b"Subject: inside\n\nwords of the inner message\n")
    head = b"Subject: outside\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"

    found = mime.read_mail(head + inner[:-3] + b"\n")

    assert found.attachments[0].data.startswith(b"Subject: inside\n\nwords of the inner")
    assert "base64 of an attached message cut off" in found.defects


_ATOM = st.text(alphabet="abZ09_+=-", min_size=1, max_size=5)
_WHERE = st.builds("{}.{}@{}.example".format, _ATOM, _ATOM, st.sampled_from(["a", "x-1"]))
_WORD = st.text(alphabet="abZ0_'-", min_size=1, max_size=5)
_WHO = st.lists(_WORD, max_size=3).map("  ".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds("{} <{}>".format, _WHO, _WHERE) | _WHERE | st.text(max_size=12), min_size=1, max_size=4))
def test_plain_addresses_come_out_as_the_library_gives_them(pieces):
    header = ", ".join(pieces)
    plain = all("@" in piece and piece.isascii() for piece in pieces)

    found = mime.addresses((header,))

    if plain and header.isprintable():
        expected = [(who.strip(), where.strip()) for who, where in email.utils.getaddresses([header]) if who or where]
        assert list(found) == expected
