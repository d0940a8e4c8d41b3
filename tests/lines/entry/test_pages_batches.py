"""Pages of batches through HTTP: who sees and does what, and what a page image tells and does not tell."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cursitor.lines.entry.models import Batch, Page, SourceFile
from cursitor.plumbing.vault import operations as vault
from tests.lines.entry import batches, factories


@pytest.fixture
def manager(client, world):
    client.force_login(world.delivery_manager)
    return client


def collect(client, order, source: str = "upload", **given: object):
    data = {"label": "Box 7", "split": "FILE", "every": "", **given}
    return client.post(reverse("entry:collect", args=[order.ref, source]), data)


def uploaded(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


class TestCollect:
    def test_takes_uploaded_files_with_the_folders_they_were_dropped_in(self, manager, order):
        files = [uploaded("a.png", batches.picture("PNG")), uploaded("b.png", batches.picture("PNG", (90, 90)))]

        answer = collect(manager, order, files=files, paths='["box/one/a.png", "../../etc/passwd"]')

        assert answer.url == reverse("entry:batch", args=[order.ref, 1])
        paths = SourceFile.objects.order_by("position").values_list("path", flat=True)
        assert list(paths) == ["box/one/a.png", "b.png"]

    def test_shows_the_form_again_with_what_is_amiss(self, manager, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path]

        without_files = collect(manager, order)
        outside = collect(manager, order, "folder", folder="/etc")

        assert b"This field is required" in without_files.content
        assert b"Folders that may be collected from lie below" in outside.content
        assert not Batch.objects.exists()

    def test_is_not_for_specialists(self, client, world, order):
        factories.task(order, world.specialist)
        client.force_login(world.specialist)

        answer = collect(client, order, files=[uploaded("a.png", batches.picture("PNG"))])

        assert answer.status_code == 403


class TestBatchPages:
    @pytest.fixture
    def read(self, order) -> Batch:
        files = {
            "form.pdf": batches.form("0766f9d571"),
            "letter.docx": b"PK\x03\x04 no archive",
            "fax.tif": batches.with_damaged_page(3),
        }
        return batches.read(order, files)

    def test_reconcile_their_counts(self, manager, order, read):
        listed = manager.get(reverse("entry:batches", args=[order.ref]))
        shown = manager.get(reverse("entry:batch", args=[order.ref, read.number]))

        (view,) = listed.context["views"]
        assert (view.files, view.rendered, view.exceptions, view.to_settle, view.pages, view.records) == (
            3,
            1,
            2,
            2,
            3,
            1,
        )
        assert view.is_balanced
        assert b"2 files could not be read" in shown.content

    def test_tell_how_far_a_batch_is_while_it_is_read(self, manager, order):
        batch = batches.upload(order, {"form.pdf": batches.form("0766f9d571")})
        address = reverse("entry:batch", args=[order.ref, batch.number])

        before = manager.get(address, headers={"HX-Request": "true"})
        batches.work()
        after = manager.get(address, headers={"HX-Request": "true"})

        assert b"0 of 1 files read" in before.content
        assert "HX-Refresh" not in before.headers
        assert after.headers["HX-Refresh"] == "true"

    def test_settle_exceptions_with_a_reason(self, manager, order, read):
        letter, fax = read.files.exclude(exception_class="").order_by("-position")[::-1]
        address = reverse("entry:settle_batch", args=[order.ref, read.number])

        without_reason = manager.post(address, {"act": "list", "files": [letter.pk], "note": ""})
        manager.post(address, {"act": "list", "files": [letter.pk], "note": "No form."})
        manager.post(address, {"act": "keep", "files": [fax.pk], "note": "The back is empty."})

        assert b"Say why" in without_reason.content
        assert not read.files.filter(disposed_at=None).exclude(exception_class="").exists()
        assert list(read.records.values_list("file__path", flat=True)) == ["form.pdf", "fax.tif"]

    def test_replace_a_file(self, manager, order, read):
        fax = read.files.get(path="fax.tif")
        data = {"file": uploaded("again.tif", batches.pages(3))}

        manager.post(reverse("entry:replace_file", args=[order.ref, fax.pk]), data)
        batches.work()

        assert read.files.get(path="again.tif").n_pages == 3

    def test_hand_out_their_lists(self, manager, order, read):
        listed = manager.get(reverse("entry:export", args=[order.ref, "batches", "csv"])).getvalue().decode()
        files = manager.get(reverse("entry:export", args=[order.ref, "files", "csv"])).getvalue().decode()

        assert "Batch 1" in listed
        assert "fax.tif" in files
        assert "corrupt" in files

    def test_let_specialists_look_and_not_act(self, client, world, order, read):
        factories.task(order, world.specialist)
        client.force_login(world.specialist)
        settling = {"act": "list", "files": [read.files.get(path="fax.tif").pk], "note": "Not mine."}

        shown = client.get(reverse("entry:batch", args=[order.ref, read.number]))
        acted = client.post(reverse("entry:settle_batch", args=[order.ref, read.number]), settling)

        assert b"List as exceptions" not in shown.content
        assert acted.status_code == 403


class TestPageImage:
    @pytest.fixture
    def page(self, order) -> Page:
        batches.read(order, {"form.pdf": batches.form("0766f9d571")})
        return Page.objects.get()

    def test_is_kept_by_the_browser_and_by_nobody_between(self, manager, order, page):
        address = reverse("entry:page_image", args=[order.ref, page.pk])

        answer = manager.get(address)
        again = manager.get(address, headers={"If-None-Match": answer.headers["ETag"]})

        assert answer.content == vault.read(page.image)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["ETag"] == f'"{page.image.sha256}"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith("private,")
        assert "form.pdf" not in str(answer.headers)
        assert (again.status_code, again.content) == (304, b"")

    def test_exists_only_in_its_own_order_and_for_its_people(self, client, world, order, page):
        other = factories.order(world)
        for person, ref in (
            (world.delivery_manager, other.ref),
            (world.outsider, order.ref),
            (world.finance, order.ref),
        ):
            client.force_login(person)

            assert client.get(reverse("entry:page_image", args=[ref, page.pk])).status_code == 404
