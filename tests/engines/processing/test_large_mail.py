"""A message read with its large attachments taken out first is the message read whole."""

import base64
import dataclasses
import io
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines.processing import items, mailboxes, mime, parcels
from cursitor.engines.processing.exceptions import LimitHit
from cursitor.engines.processing.limits import Limits

SIZES = st.lists(st.integers(0, 900), max_size=4)
HEAD = b"From: ann@x.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
PART = b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
PACKED = base64.encodebytes(bytes(range(256)) * 2)


@pytest.fixture(autouse=True)
def _large_is_small(monkeypatch):
    monkeypatch.setattr(parcels, "_LARGE", 300)


def large(data: bytes) -> mime.Message:
    """Return a message read as a large one, its attachments in memory for comparison."""
    read = mime.read_large(io.BytesIO(data), io.BytesIO, 10**6)
    held = (
        dataclasses.replace(one, data=one.file.read() if one.file else one.data, file=None) for one in read.attachments
    )
    return dataclasses.replace(read, attachments=tuple(held))


class TestReadLarge:
    @given(SIZES, st.booleans(), st.sampled_from(["\n", "\r\n"]))
    @settings(max_examples=60, deadline=None)
    def test_is_the_same_message(self, sizes, is_nested, ending):
        message = EmailMessage()
        message["From"], message["Subject"] = "ann@x.example", "Pictures"
        message.set_content("See attached.\n" * 30)
        for number, size in enumerate(sizes):
            message.add_attachment(bytes([number]) * size, maintype="image", subtype="png", filename=f"{number}.png")
        if is_nested:
            inner, message = message, EmailMessage()
            message.set_content("Forwarded.")
            message.add_attachment(inner)
        data = message.as_bytes(policy=message.policy.clone(linesep=ending))

        assert large(data) == mime.read_mail(data)

    @pytest.mark.parametrize(
        "part",
        [
            PART + PACKED,
            b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + PACKED,
            b"Content-Type: text/plain\n\n" + PACKED,
            PART + b"no base64\n" + PACKED,
            PART + PACKED + PACKED,
            PART + PACKED[:-9],
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + PACKED,
        ],
        ids=["attached", "a text", "not said to be packed", "words before it", "twice", "cut off", "a message"],
    )
    def test_is_the_same_where_base64_is_not_what_it_seems(self, part):
        data = HEAD + part + b"--b--\n"

        assert large(data) == mime.read_mail(data)

    def test_believes_no_line_that_pretends_to_stand_for_an_attachment(self):
        whole = HEAD + PART + PACKED + b"--b\n"
        (line,) = parcels.taken_out(io.BytesIO(whole), io.BytesIO).by_line
        data = whole + PART + line + b"\n--b--\n"

        assert large(data) == mime.read_mail(data)

    def test_refuses_what_is_too_long_without_its_attachments(self):
        with pytest.raises(LimitHit, match="beside its large attachments"):
            mime.read_large(io.BytesIO(HEAD + b"\n" + b"words " * 900), io.BytesIO, 1000)

    @pytest.mark.parametrize("width", [76, 74, 61])
    @pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
    def test_holds_none_of_an_attached_message_either(self, width, ending):
        signs = PACKED.replace(b"\n", b"")
        lines = ending.join(signs[at : at + width] for at in range(0, len(signs), width))
        inner = HEAD + PART + lines.replace(ending, b"\n") + b"\n--b--\n"
        data = (
            HEAD.replace(b"=b", b"=a").replace(b"--b", b"--a")
            + b"Content-Type: message/rfc822\n\n"
            + inner
            + b"--a--\n"
        )
        data = data.replace(b"\n", ending)

        (attachment,) = mime.read_large(io.BytesIO(data), io.BytesIO, 10**6).attachments

        assert attachment.data == b""
        assert attachment.file.read() == mime.read_mail(data).attachments[0].data

    def test_holds_no_attachment_in_memory(self):
        data = HEAD + PART + PACKED + b"--b--\n"

        (attachment,) = mime.read_large(io.BytesIO(data), io.BytesIO, 10**6).attachments

        assert attachment.data == b""
        assert attachment.file.read() == bytes(range(256)) * 2


class TestLargeMessageOfAMailbox:
    @pytest.mark.parametrize("body", [b"words\n", b">From here on it is quoted\n"])
    def test_is_the_message_that_is_held_otherwise(self, monkeypatch, body):
        box = b"".join(b"From a@x Mon May 14 16:39:00 2001\nSubject: %d\n\n%s\n" % (n, body * 50) for n in range(3))
        expected = [child.opened().read() for child in mailboxes.read_mbox(io.BytesIO(box), Limits())]
        monkeypatch.setattr(mailboxes, "HELD_BYTES", 100)

        found = list(mailboxes.read_mbox(io.BytesIO(box), Limits()))

        assert [child.opened().read() for child in found] == expected
        assert [child.size for child in found] == list(map(len, expected))
        assert all(bool(child.file) == (b">From" not in body) for child in found)

    def test_gives_the_same_items(self, monkeypatch):
        data = HEAD + PART + PACKED + b"--b--\n"
        whole, children = items.process_one(data, "a.eml", Limits())
        monkeypatch.setattr(items.containers, "HELD_BYTES", 100)

        taken, others = items.process_one(data, "a.eml", Limits())

        assert taken == whole
        assert [child.opened().read() for child in others] == [child.data for child in children]
