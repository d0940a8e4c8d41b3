"""Files that were made to do harm, or are merely broken: each ends as a named exception and costs itself alone."""

import io
import struct
import zlib

import pikepdf
import pytest
from PIL import Image

from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import BatchState
from cursitor.lines.entry.models import Page, Record, SourceFile
from cursitor.plumbing.outbox.models import Message
from tests.factories import NOW
from tests.lines.entry import batches


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(batches.form("0766f9d571"))) as document:
        document.save(out, encryption=pikepdf.Encryption(user="secret", owner="other"))
    return out.getvalue()


def vast_picture() -> bytes:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def nested(levels: int) -> bytes:
    data = batches.archive({"scan.png": batches.picture("PNG")})
    for level in range(levels):
        data = batches.archive({f"{level}.zip": data})
    return data


class TestHostileUpload:
    @pytest.mark.slow
    def test_ends_as_named_exceptions_beside_what_can_be_read(self, order):
        sound = batches.picture("JPEG", (300, 200))
        encrypted_member = bytearray(batches.archive({"a.png": batches.picture("PNG")}))
        encrypted_member[6] |= 1
        encrypted_member[encrypted_member.rindex(b"PK\x01\x02") + 8] |= 1
        noise = io.BytesIO()
        Image.effect_noise((300, 300), 90).save(noise, "JPEG")
        files = {
            "empty.pdf": b"",
            "locked.pdf": locked(),
            "cut.pdf": batches.form("0766f9d571")[:5000],
            "vast.png": vast_picture(),
            "cut.jpg": noise.getvalue()[:10_000],
            "cut.tif": batches.pages(2)[:200],
            "letter.docx": batches.archive({"word/document.xml": b"<w/>"}),
            "broken.zip": b"PK\x03\x04" + bytes(200),
            "locked.zip": bytes(encrypted_member),
            "bare.eml": batches.mail("Nothing attached", {}),
            "nothing.zip": batches.archive({}),
            "bomb.zip": batches.archive({"zeros.png": bytes(64 * 1024 * 1024)}),
            "deep.zip": nested(12),
            "sound.jpg": sound,
        }

        batch = batches.read(order, files)

        classes = dict(batch.files.filter(parent=None).values_list("path", "exception_class"))
        assert classes == {
            "empty.pdf": "zero byte",
            "locked.pdf": "encrypted",
            "cut.pdf": "corrupt",
            "vast.png": "limit hit",
            "cut.jpg": "corrupt",
            "cut.tif": "corrupt",
            "letter.docx": "unsupported",
            "broken.zip": "corrupt",
            "locked.zip": "",
            "bare.eml": "unsupported",
            "nothing.zip": "unsupported",
            "bomb.zip": "",
            "deep.zip": "",
            "sound.jpg": "",
        }
        inside = batch.files.exclude(parent=None).exclude(exception_class="")
        assert sorted(inside.values_list("path", "exception_class"))[0] == ("bomb.zip/zeros.png", "limit hit")
        assert ("locked.zip/a.png", "encrypted") in inside.values_list("path", "exception_class")
        assert inside.filter(path__startswith="deep.zip", exception_class="limit hit").count() == 1
        assert all(row.exception_message for row in inside)
        assert list(Record.objects.values_list("file__path", flat=True)) == ["sound.jpg"]
        assert batch.state == BatchState.READY

    def test_never_leaves_its_place_by_its_name(self, order, tmp_path):
        names = ("../../../../etc/cron.d/x.png", "/etc/x.png", "a\x00b.png", "..", "é\udcff.png", "x" * 3000 + ".png")
        packed = batches.archive({name.replace("\udcff", "?"): batches.picture("PNG") for name in names[:4]})

        batch = batches.read(order, {name: batches.picture("PNG") for name in names} | {"all.zip": packed})

        assert Page.objects.filter(file__batch=batch).count() == len(names) + 4
        assert all(len(path) <= 1000 and "\x00" not in path for path in batch.files.values_list("path", flat=True))

    def test_counts_every_file_once(self, order):
        batch = batches.read(order, {"a.zip": batches.archive({"b.png": b"", "c.png": batches.picture("PNG")})})

        files = list(batch.files.order_by("position"))
        assert [(row.n_pages, row.n_children, row.exception_class) for row in files] == [
            (0, 2, ""),
            (0, 0, "zero byte"),
            (1, 0, ""),
        ]


class TestReader:
    def test_keeps_nothing_of_what_it_wrote_for_a_file(self, order, settings):
        batches.read(order, {"fax.tif": batches.pages(3), "a.zip": batches.archive({"b.png": batches.picture("PNG")})})

        assert list((settings.CURSITOR_DATA / "work").iterdir()) == []


class TestGather:
    def test_ends_with_the_same_files_when_it_is_repeated(self, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path]
        for number in range(11):
            (tmp_path / f"{number:02d}.png").write_bytes(batches.picture("PNG", (50 + number, 50)))
        asked = {"label": "", "split": "FILE", "every": 1, "by": order.holder, "at": NOW}
        batch = operations.collect_folder(order=order, folder=str(tmp_path), **asked)

        operations.gather(batch=batch.pk, at=NOW)
        SourceFile.objects.filter(batch=batch, position__gt="0008").delete()
        Message.objects.filter(topic="entry.read").delete()
        operations.gather(batch=batch.pk, at=NOW)
        batches.work()

        positions = list(batch.files.order_by("position").values_list("position", "path"))
        assert positions == [(f"{number + 1:04d}", f"{number:02d}.png") for number in range(11)]
        assert batch.records.count() == 11
