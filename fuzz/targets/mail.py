"""Messages and mailboxes."""

from __future__ import annotations

import io

from cursitor.engines.dedupe import quoting, threads
from cursitor.engines.processing import charsets, compound, kinds, mailboxes, mime, outlook, rtf, tnef
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.processing.messages import Message
from fuzz.targets.table import LIMITS, is_storable, target, text_of

LETTER = """From: =?utf-8?q?J=C3=B6rg?= <j@x.example>, "Doe, J." (work) <jd@y.example>
To: undisclosed-recipients:;
Cc: <a@b.example>, MAILER-DAEMON
Date: Mon, 4 Mar 2002 09:07:00 +0100 (CET)
Subject: =?iso-8859-1?b?R3L832U=?= =?iso-8859-1?q?_an?= alle
Message-ID: <1.2@x.example>
References: <0@x.example> <0.1@x.example>
In-Reply-To: <0.1@x.example>
Thread-Index: AcHDdA==
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/plain; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe =
alle
--c
Content-Type: text/html; charset=utf-8

<p>Hi</p>
--c--
--b
Content-Type: application/pdf; name*0*=utf-8''a%20; name*1=b.pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment

JVBERi0xLjQK
--b
Content-Type: message/rfc822

From: x@y.example
Subject: inner

text
--b
Content-Type: text/plain; charset=utf-7
Content-Transfer-Encoding: uuencode

begin 644 a.txt
#0V%T
`
end
--b--
"""
MAIL_WORDS = """Content-Type: Content-Transfer-Encoding: Content-Disposition: multipart/mixed; boundary= message/rfc822
charset= base64 quoted-printable uuencode filename*0*= =?utf-8?q? =?utf-8?b? ?= References: Message-ID: Date: --b --b--
text/html text/plain name= From: To: utf-7 utf-16 idna hz iso-2022-jp"""
RICH = (
    r"{\rtf1\ansi\ansicpg1251\uc1\deff0{\fonttbl{\f0\fnil\fcharset204 Arial;}}\f0\pard Hello \'e4\u1076?\par"
    r"{\*\generator Riched;}{\field{\*\fldinst HYPERLINK}{\fldrslt x}}\tab\{b\}}"
)
FROM_HTML = (
    r"{\rtf1\ansi\fromhtml1 \deff0{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 a\htmlrtf\par}\htmlrtf0{\*\htmltag72 </p>}}"
)
RICH_WORDS = r"""\rtf1 \ansi \ansicpg \uc \u \' \f0 \fonttbl \fcharset204 \deff \plain \fromhtml1 {\*\htmltag64
\htmlrtf \htmlrtf0 \* \par {\pict \bin \~ \lquote -1 9999999999"""


def _hold(message: Message) -> None:
    told = [message.message_id, message.subject, message.body_text, message.body_html, *message.references]
    told += [*message.defects, message.in_reply_to]
    told += [part for pairs in (message.from_, message.to, message.cc, message.bcc) for pair in pairs for part in pair]
    assert all(map(is_storable, told))
    if message.sent:
        assert message.sent.utcoffset() is not None
        assert not message.sent.utcoffset()
        assert message.sent.microsecond == 0


@target(LETTER, LETTER.replace("\n", "\r\n"), "\n", "Subject: x\n\n", longest=8192, words=MAIL_WORDS)
def mail(data: bytes) -> None:
    """A message never raises; its strings can be stored; its instant is UTC to the second."""
    _hold(mime.read_mail(data))


@target(
    '"Doe, J." (x) <JD@x.example>, MAILER-DAEMON, grp: a@b.example;',
    "=?utf-8?q?Gr=C3=BC?= =?utf-8?b?IQ==?= x",
    "Mon, 4 Mar 0002 09:07:00 -0000",
    "4 Mar 99 9:07 EST",
    words='=?utf-8?q? ?= @ < > ( ) : ; , " \\ =?utf-8*de?b? +9999 Mon, Mar',
)
def mail_headers(data: bytes) -> None:
    """Addresses, encoded words and dates never raise."""
    text = text_of(data)
    mime.addresses((text,))
    mime.decode_words(text)
    sent = mime.read_date(text, [])
    assert sent is None or not sent.utcoffset()


@target(
    "From a@b.example Mon Mar  4 09:07:00 2002\nSubject: x\n\n>From here\n\nFrom - \nSubject: y\nContent-Length: 3\n\nab\n",
    "\n\nFrom x\nA: b\n\n",
    files=["simple.mbox.mbox"],
    words="From >From Content-Length: Subject: 09:07:00 - \\n\\n",
    pumped=1_048_576,
)
def mailbox(data: bytes) -> None:
    """Messages lie one behind the other in the file; begun in the middle, the rest comes out the same."""
    file = io.BytesIO(data)
    try:
        spans = list(mailboxes.spans(file))
        bodies = [child.data for child in mailboxes.read_mbox(file, LIMITS)]
    except ProcessingException:
        return
    assert len(spans) == len(bodies)
    end = 0
    for span in spans:
        assert end <= span.at < span.start <= span.end <= len(data)
        end = span.end
    if len(spans) < 50:
        for place, span in enumerate(spans):
            assert list(mailboxes.spans(file, span.at)) == spans[place:]


@target(files=["one-file.tnef", "triples.tnef", "unicode-mapi-attr.tnef"], longest=16384)
def outlook_transport(data: bytes) -> None:
    """TNEF is a message or corrupt."""
    try:
        message = tnef.read_tnef(data, LIMITS)
    except ProcessingException:
        return
    _hold(message)
    assert sum(len(attachment.data) for attachment in message.attachments) <= len(data) + 65536


@target(
    files=["simple_test_msg.msg", "testMSG_att_msg.msg", "ASCII_CP1251_LCID1049.msg", "RtfWithShortRussianString.msg"],
    longest=65536,
    pumped=262_144,
)
def outlook_message(data: bytes) -> None:
    """MSG is a message or corrupt; an attached message is one again."""
    try:
        message = outlook.read_msg(data, LIMITS)
    except ProcessingException:
        return
    _hold(message)
    for attachment in message.attachments:
        if attachment.mime == "application/vnd.ms-outlook":
            outlook.read_msg(attachment.data, LIMITS)


@target(RICH, FROM_HTML, words=RICH_WORDS)
def rich_text(data: bytes) -> None:
    """RTF is text or HTML, and never more than it is long (a code page may say one byte in two characters)."""
    text, html = rtf.read_rtf(data)
    assert not (text and html)
    assert is_storable(text + html)
    assert len(text) + len(html) <= 3 * len(data)


@target(
    b"\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf8 h\xe5\x6c\x6co\x20\x77\x6f\x72\x6c\x64}\x0a\x80\x0f\xa0",
    b"\x1e\x00\x00\x00\x10\x00\x00\x00MELA\x00\x00\x00\x00{\\rtf1 hello}",
)
def packed_rich_text(data: bytes) -> None:
    """Unpacks to what its head says or less, or is corrupt; the checksum is set right to get past it."""
    head = bytearray(data[:16])
    if head[8:12] == b"LZFu":
        head[12:16] = rtf._checksum(data[16:]).to_bytes(4, "little")
    try:
        plain = rtf.decompress(bytes(head) + data[16:], LIMITS.item_bytes)
    except ProcessingException:
        return
    assert len(plain) <= int.from_bytes(head[4:8], "little")


@target(b"\x01a\x00\x10data\x00b\x00\x02xy\x02c", longest=16384)
def compound_file(data: bytes) -> None:
    """What is written as a compound file is read back by olefile: every stream, every byte."""
    nodes = _nodes(data)
    try:
        written = compound.write(nodes)
    except ValueError:
        assert any(len(node.name.encode("utf-16-le", "surrogatepass")) > 62 for node in _all(nodes))
        return
    with mail_olefile(written) as file:
        for node in nodes:
            if node.data is not None:
                assert file.openstream([node.name]).read() == node.data


def mail_olefile(data: bytes):
    import olefile

    return olefile.OleFileIO(io.BytesIO(data))


def _nodes(data: bytes) -> tuple[compound.Node, ...]:
    """Return nodes by a small language: kind, length of the name, name, length of the data (two bytes), data."""
    found: dict[str, compound.Node] = {}
    at = 0
    while at + 2 <= len(data) and len(found) < 300:
        size = data[at + 1] % 40
        name = data[at + 2 : at + 2 + size].decode("ascii", "ignore").translate({ord(c): "_" for c in "/\\:!\0"})
        at += 2 + size
        if data[at - size - 2] % 8 == 2:
            node = compound.Node(name or "s", children=(compound.Node("in", data[at : at + 5]),))
        else:
            length = int.from_bytes(data[at : at + 2], "little")
            node = compound.Node(name or "s", data[at + 2 : at + 2 + length])
            at += 2 + length
        found.setdefault((name or "s").upper(), node)
    return tuple(found.values())


def _all(nodes: tuple[compound.Node, ...]) -> list[compound.Node]:
    return [*nodes, *(child for node in nodes for child in node.children or ())]


@target(
    "utf-8\nGr\u00fc\u00dfe",
    b"shift_jis\n\x82\xa0\x82\xa2",
    b"utf-7\n+AOQ-",
    b"x-unknown\n\xff\xfea\0b\0",
    b"\n" + bytes(range(256)),
    words="utf-7 utf-16 hz iso-2022-jp-2 punycode idna unicode_escape raw_unicode_escape cp65001 gb18030 johab hex zip",
    pumped=65_536,
)
def characters(data: bytes) -> None:
    """Bytes are always read, in a codec that exists; a prefix is no longer than asked."""
    declared, _, rest = data.partition(b"\n")
    label = declared[:60].decode("latin-1")
    text, codec = charsets.decode(rest, label)
    rest.decode(codec, "replace")
    assert is_storable(charsets.storable(text))
    assert len(charsets.decode_prefix(rest, 10, label)[0]) <= 10


@target(
    "Re: x\nI agree.\n\nOn 4 March, Ann <ann@x.example> wrote:\n> Shall we?\n> Ann\nRegards",
    "-----Original Message-----\nFrom: A\nSent: Monday\nTo: B\nSubject: x\n\nbody",
    "Am 4.3.2002 schrieb Ann:\n>> x",
    words="wrote: On schrieb > From: Sent: Subject: -----Original Message----- Begin forwarded message: Fwd: RE: AW: [x]",
)
def quotations(data: bytes) -> None:
    """Messages are taken apart, whatever they hold, and a subject is bared."""
    text = text_of(data)
    parts = quoting.take_apart(text)
    assert len(parts.own) + sum(map(len, parts.quoted)) <= len(text)
    letter = threads.Letter("1", subject=text[:500])
    assert (letter.bare_subject, letter.is_forward, letter.is_answer) is not None
    threads.place(
        [letter, threads.Letter("2", subject="re: " + text[:500], message_id=text[:50], references=(text[:50],))]
    )


@target(
    LETTER,
    RICH,
    "<html><p>x",
    "PK\x03\x04",
    "%PDF-1.4",
    "BEGIN:VCARD",
    files=["simple_test_msg.msg", "Headers.docx"],
    longest=16384,
)
def recognition(data: bytes) -> None:
    """Every file is of some kind; its first byte and its name do not matter for that."""
    name = data[-8:].decode("latin-1")
    assert kinds.identify(data, name)
    assert kinds.identify(data[: kinds.HEAD_BYTES], "x" + name, io.BytesIO(data))
