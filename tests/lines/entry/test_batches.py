"""Batches: files come in, pages and records come out, and every file is accounted for."""

import io

import pytest
from PIL import Image

from cursitor.lines.entry import operations
from cursitor.lines.entry.choices import BatchState
from cursitor.lines.entry.models import Batch, Page, SourceFile
from cursitor.lines.entry.operations import collecting
from cursitor.plumbing import folders
from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit.models import Entry
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.factories import order as work_order
from tests.lines.entry import batches, factories


def ended(batch: Batch) -> dict[str, str]:
    """Path of every file -> how it ended: number of pages, of children, or class of exception."""
    return {
        row.path: row.exception_class or (f"{row.n_pages} pages" if row.n_pages else f"{row.n_children} inside")
        for row in batch.files.all()
    }


def spans(batch: Batch) -> list[tuple[str, int, int]]:
    rows = batch.records.order_by("number")
    return list(rows.values_list("file__path", "first_page", "last_page"))


class TestCollectUpload:
    def test_makes_pages_and_one_record_for_each_file(self, order):
        batch = batches.read(order, {"one.pdf": batches.form("0766f9d571"), "two.pdf": batches.form("113d82835a")})

        assert batch.state == BatchState.READY
        assert ended(batch) == {"one.pdf": "1 pages", "two.pdf": "2 pages"}
        assert spans(batch) == [("one.pdf", 1, 1), ("two.pdf", 1, 2)]
        assert list(order.records.order_by("number").values_list("number", flat=True)) == [1, 2]

    def test_stores_pages_that_a_browser_can_show(self, order):
        batch = batches.read(order, {"one.pdf": batches.form("0766f9d571")})

        page = Page.objects.get(file__batch=batch)
        with Image.open(io.BytesIO(vault.read(page.image))) as image:
            assert (image.size, f"image/{image.format.lower()}") == ((page.width, page.height), page.mime)
            assert image.getextrema() == (0, 255) or image.mode == "P"
        assert (page.dpi, page.width) == (200, 1696)

    def test_splits_by_page_and_by_so_many_pages(self, order):
        by_page = batches.read(order, {"fax.tif": batches.pages(3)}, split="PAGE", every=1)
        by_two = batches.read(order, {"fax.tif": batches.pages(5)}, split="EVERY", every=2)

        assert spans(by_page) == [("fax.tif", 1, 1), ("fax.tif", 2, 2), ("fax.tif", 3, 3)]
        assert spans(by_two) == [("fax.tif", 1, 2), ("fax.tif", 3, 4), ("fax.tif", 5, 5)]
        assert set(order.records.values_list("number", flat=True)) == set(range(1, 7))

    def test_opens_mail_and_archives_and_names_what_cannot_be_keyed(self, order):
        scan = batches.picture("JPEG")
        inner = batches.mail("Filing", {"form.pdf": batches.form("011775c020"), "note.txt": b"Please key."})
        batch = batches.read(order, {"box.zip": batches.archive({"a/scan.jpg": scan, "b/filing.eml": inner})})

        assert ended(batch) == {
            "box.zip": "2 inside",
            "box.zip/a/scan.jpg": "1 pages",
            "box.zip/b/filing.eml": "2 inside",
            "box.zip/b/filing.eml/form.pdf": "1 pages",
            "box.zip/b/filing.eml/note.txt": "unsupported",
        }
        assert [path for path, *_ in spans(batch)] == ["box.zip/a/scan.jpg", "box.zip/b/filing.eml/form.pdf"]
        assert list(batch.files.order_by("position").values_list("position", flat=True)) == [
            "0001",
            "0001.0001",
            "0001.0002",
            "0001.0002.0001",
            "0001.0002.0002",
        ]

    def test_goes_by_content_and_not_by_name(self, order):
        batch = batches.read(order, {"scan.pdf": batches.picture("PNG"), "form.jpg": batches.form("0766f9d571")})

        assert ended(batch) == {"scan.pdf": "1 pages", "form.jpg": "1 pages"}

    def test_is_on_the_log(self, order):
        batches.read(order, {"scan.png": batches.picture("PNG")})

        types = list(Entry.objects.filter(subject=order.key, type__startswith="entry.").values_list("type", flat=True))
        assert types == ["entry.batch.collected", "entry.batch.ready"]

    def test_refuses_an_order_that_has_no_form_or_is_not_in_work(self, world, order):
        bare = work_order(world, line="entry", state=OrderState.ACCEPTED, issued_at=NOW, holder=world.delivery_manager)
        draft = factories.order(world, state=OrderState.DRAFT)

        for refused, words in ((bare, "Define the form"), (draft, "not in work")):
            with pytest.raises(collecting.BatchRefused, match=words):
                batches.upload(refused, {"scan.png": batches.picture("PNG")})

    def test_refuses_no_file_an_odd_split_and_people_who_may_not(self, world, order):
        scan = {"scan.png": batches.picture("PNG")}

        with pytest.raises(collecting.BatchRefused, match="at least one file"):
            batches.upload(order, {})
        with pytest.raises(Invalid):
            batches.upload(order, scan, split="EVERY", every=0)
        with pytest.raises(Invalid):
            batches.upload(order, scan, split="SIDEWAYS")
        with pytest.raises(NotPermitted):
            batches.upload(order, scan, by=world.specialist)


class TestCollectFolder:
    def test_takes_every_file_in_the_order_of_names_and_follows_no_link_outside(self, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path / "in"]
        below = tmp_path / "in" / "box" / "second"
        below.mkdir(parents=True)
        (tmp_path / "secret.png").write_bytes(batches.picture("PNG"))
        (tmp_path / "in" / "box" / "b.png").write_bytes(batches.picture("PNG"))
        (below / "a.png").write_bytes(batches.picture("PNG", (300, 100)))
        (below / "way out.png").symlink_to(tmp_path / "secret.png")

        batch = operations.collect_folder(
            order=order,
            label="Box 7",
            folder=str(tmp_path / "in" / "box"),
            split="FILE",
            every=1,
            by=order.holder,
            at=NOW,
        )
        batches.work()

        assert ended(batch) == {
            "b.png": "1 pages",
            "second/a.png": "1 pages",
            "second/way out.png": "link outside",
        }
        assert spans(batch) == [("b.png", 1, 1), ("second/a.png", 1, 1)]

    def test_refuses_a_folder_outside_and_an_empty_one(self, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path / "in"]
        (tmp_path / "in" / "empty").mkdir(parents=True)
        asked = {"order": order, "label": "", "split": "FILE", "every": 1, "by": order.holder, "at": NOW}

        with pytest.raises(folders.FolderNotOffered):
            operations.collect_folder(folder=str(tmp_path), **asked)
        with pytest.raises(Invalid, match="holds no file"):
            operations.collect_folder(folder=str(tmp_path / "in" / "empty"), **asked)


class TestReadFiles:
    def test_changes_nothing_the_second_time(self, order):
        batch = batches.read(order, {"one.pdf": batches.form("0766f9d571"), "fax.tif": batches.pages(2)})
        before = list(Page.objects.order_by("pk").values_list("pk", "image")), spans(batch)

        with batches.reader() as reader:
            operations.read_files(files=list(batch.files.values_list("pk", flat=True)), reader=reader, at=NOW)
        operations.publish(batch=batch.pk, at=NOW)

        assert (list(Page.objects.order_by("pk").values_list("pk", "image")), spans(batch)) == before

    def test_lists_a_file_with_a_damaged_page_and_makes_no_record_of_it(self, order):
        batch = batches.read(order, {"fax.tif": batches.with_damaged_page(3)})

        (row,) = batch.files.all()
        assert (row.n_pages, row.exception_class) == (2, "corrupt")
        assert row.exception_message.startswith("2 of 3 pages could be rendered. Page 2 is damaged")
        assert spans(batch) == []


class TestExceptions:
    @pytest.fixture
    def damaged(self, order) -> SourceFile:
        return batches.read(order, {"fax.tif": batches.with_damaged_page(3)}).files.get()

    def test_keys_what_is_there_when_somebody_says_why(self, order, damaged):
        asked = {"order": order, "files": [damaged.pk], "by": order.holder, "at": NOW}

        with pytest.raises(Invalid):
            operations.key_what_is_there(note=" ", **asked)
        operations.key_what_is_there(note="The second page is the back.", **asked)

        damaged.refresh_from_db()
        assert damaged.disposition_note == "The second page is the back."
        assert spans(damaged.batch) == [("fax.tif", 1, 3)]
        with pytest.raises(Invalid):
            operations.key_what_is_there(note="Again.", **asked)

    def test_replaces_a_file_and_keeps_the_first_on_the_list(self, order, damaged):
        again = operations.replace_file(
            file=damaged, name="rescan.tif", stream=io.BytesIO(batches.pages(3)), by=order.holder, at=NOW
        )
        batches.work()

        damaged.refresh_from_db()
        assert damaged.disposition_note == "Replaced by 0002, rescan.tif"
        assert spans(damaged.batch) == [("rescan.tif", 1, 3)]
        assert Batch.objects.get(pk=damaged.batch_id).state == BatchState.READY
        with pytest.raises(collecting.NotReplaceable):
            operations.replace_file(file=again, name="x", stream=io.BytesIO(b"x"), by=order.holder, at=NOW)

    def test_reads_again_what_could_not_be_read(self, order, damaged, monkeypatch):
        sound = vault.put(scope=order.matter.key, source=batches.pages(3), at=NOW)
        SourceFile.objects.filter(pk=damaged.pk).update(blob=sound)

        assert operations.retry(order=order, files=[damaged.pk], by=order.holder, at=NOW) == 1
        batches.work()

        damaged.refresh_from_db()
        assert (damaged.n_pages, damaged.exception_class) == (3, "")
        assert spans(damaged.batch) == [("fax.tif", 1, 3)]
        assert Batch.objects.get(pk=damaged.batch_id).state == BatchState.READY

    def test_refuses_to_read_again_what_was_settled(self, order, damaged):
        operations.dispose_files(order=order, files=[damaged.pk], note="Not needed.", by=order.holder, at=NOW)

        with pytest.raises(Invalid):
            operations.retry(order=order, files=[damaged.pk], by=order.holder, at=NOW)
