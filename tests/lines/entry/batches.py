"""Files for batches, made here or taken from the scanned forms, and the worker that reads them."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from PIL import Image

from cursitor.lines.entry import operations, tasks
from cursitor.lines.entry.models import Batch
from cursitor.lines.entry.reader import LIMITS, Reader
from cursitor.plumbing.outbox import worker
from cursitor.plumbing.outbox.models import Message
from cursitor.plumbing.sandbox.pool import Sandbox
from cursitor.spine.work.models import WorkOrder
from tests.factories import NOW

FORMS = Path(__file__).parent / "data"
TOPICS = frozenset(f"entry.{topic}" for topic in ("gather", "read", "retry", "recognise", "publish"))
LONG_AGO = NOW.replace(year=2000)
assert tasks


def form(name: str) -> bytes:
    """A scanned form: form("0766f9d571")."""
    return (FORMS / f"fara-{name}.pdf").read_bytes()


def picture(kind: str, size: tuple[int, int] = (200, 100), mode: str = "L", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **options)
    return out.getvalue()


def pages(n: int) -> bytes:
    """A TIFF of so many pages, each of another size."""
    out = io.BytesIO()
    first, *others = (Image.new("1", (100 + number, 140), 1) for number in range(n))
    first.save(out, "TIFF", save_all=True, append_images=others, dpi=(200, 200))
    return out.getvalue()


def mail(subject: str, attached: Mapping[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "clerk@example.org", "desk@example.org"
    message["Message-ID"] = f"<{subject.replace(' ', '')}@example.org>"
    message["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    message.set_content("See the attached.")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def archive(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def upload(order: WorkOrder, files: Mapping[str, bytes], **changes: object) -> Batch:
    """Collect files as the order's holder does, before anything is read."""
    streams = [(name, io.BytesIO(data)) for name, data in files.items()]
    asked = {"label": "", "split": "FILE", "every": 1, "by": order.holder, "at": NOW, **changes}
    return operations.collect_upload(order=order, files=streams, **asked)


def work() -> None:
    """Let the worker do all that data entry left for it; a message that does not succeed fails the test."""
    worker.load_handlers()
    mine = Message.objects.filter(topic__in=TOPICS, done_at=None)
    while mine.exists():
        mine.update(due_at=LONG_AGO)
        assert worker.run_once(TOPICS)
        assert not Message.objects.filter(topic__in=TOPICS).exclude(error="").exists()


def read(order: WorkOrder, files: Mapping[str, bytes], **changes: object) -> Batch:
    """Collect files and have them read."""
    batch = upload(order, files, **changes)
    work()
    batch.refresh_from_db()
    return batch


def with_damaged_page(n: int) -> bytes:
    """A TIFF of so many packed pages, whose second cannot be unpacked."""
    out = io.BytesIO()
    noise = [Image.frombytes("L", (60, 60), bytes((x * x * (n + 7)) % 251 for x in range(3600))) for n in range(n)]
    noise[0].save(out, "TIFF", save_all=True, append_images=noise[1:], compression="tiff_deflate")
    data = bytearray(out.getvalue())
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        at = image.tag_v2[273][0]
    data[at : at + 40] = bytes(40)
    return bytes(data)


@contextmanager
def reader() -> Iterator[Reader]:
    """A reader of its own."""
    with Sandbox(LIMITS) as sandbox:
        yield Reader(sandbox)


def with_text_layer(words: str) -> bytes:
    """A PDF of one empty page under which invisible text lies, as recognition leaves it."""
    content = f"BT /F1 24 Tf 3 Tr 72 600 Td ({words}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n"
