import io
import zipfile
from pathlib import Path

import pytest

from cursitor.lines import review
from cursitor.lines.review import operations, queries
from cursitor.lines.review.choices import CollectionState, DocumentStatus
from cursitor.lines.review.models import CollectedInput, Document, Family
from cursitor.lines.review.operations import collecting
from cursitor.plumbing import folders
from cursitor.plumbing.refusal import NotPermitted
from cursitor.spine.audit.models import Entry
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.factories import order as work_order
from tests.lines.review import factories

DATA = Path(review.__file__).parent / "data"


@pytest.fixture
def order(world):
    return work_order(
        world, state=OrderState.ACCEPTED, issued_at=NOW, holder=world.delivery_manager, brief={"prefix": "CF"}
    )


def mail(subject: str, body: str = "The seal failed.", **headers: str) -> bytes:
    named = {
        "From": "Pella Ostrander <pella@corbel.example>",
        "To": "Hugo Brandvold <hugo@brandvold.example>",
        "Date": "Mon, 17 Mar 2025 21:42:00 +0000",
        "Message-ID": f"<{subject.replace(' ', '-')}@corbel.example>",
        "Subject": subject,
        **headers,
    }
    return ("".join(f"{name}: {value}\r\n" for name, value in named.items()) + f"\r\n{body}\r\n").encode()


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def collect(world, order, *files, custodian="Pella Ostrander"):
    made = operations.collect_upload(
        order=order,
        custodian=custodian,
        label="Mailbox",
        files=[(name, io.BytesIO(data)) for name, data in files],
        by=world.delivery_manager,
        at=NOW,
    )
    factories.drain()
    made.refresh_from_db()
    return made


class TestUpload:
    def test_publishes_what_an_archive_holds_and_accounts_for_every_item(self, world, order):
        packed = archive(**{"a.eml": mail("Seal failure"), "b.txt": b"Survey of car 61", "empty.doc": b""})

        collection = collect(world, order, ("mail.zip", packed))

        counts = queries.reconciliation(order=order)
        assert collection.state == CollectionState.PUBLISHED
        assert (counts.inputs, counts.children) == (1, 3)
        assert (counts.published, counts.excluded, counts.exceptions) == (2, 1, 1)
        assert counts.balanced
        assert sorted(Document.objects.exclude(control_number="").values_list("control_number", flat=True)) == [
            "CF-000001",
            "CF-000002",
            "CF-000003",
        ]
        assert Entry.objects.get(type="review.collection.published").data["published"] == 2

    def test_suppresses_a_copy_and_keeps_both_custodians(self, world, order):
        collect(world, order, ("a.eml", mail("Seal failure")))

        collect(world, order, ("sent/b.eml", mail("Seal failure")), custodian="Hugo Brandvold")

        kept = Document.objects.get(status=DocumentStatus.PUBLISHED)
        assert kept.all_custodians == ["Pella Ostrander", "Hugo Brandvold"]
        assert kept.all_paths == ["a.eml", "sent/b.eml"]
        assert Document.objects.get(status=DocumentStatus.DUPLICATE).duplicate_of == kept
        assert Family.objects.count() == 1

    def test_joins_an_answer_to_its_thread(self, world, order):
        first = ("a.eml", mail("Seal failure"))
        answer = ("b.eml", mail("Re: Seal failure", "Noted.", **{"In-Reply-To": "<Seal-failure@corbel.example>"}))

        collect(world, order, first, answer, ("c.eml", mail("Lunch")))

        threads = dict(Document.objects.values_list("subject", "thread"))
        assert threads["Seal failure"] == threads["Re: Seal failure"] != threads["Lunch"]

    def test_refuses_those_who_may_not_collect(self, world, order):
        with pytest.raises(NotPermitted, match="delivery manager"):
            operations.collect_upload(order=order, custodian="X", label="", files=[], by=world.specialist, at=NOW)

    def test_refuses_when_the_order_is_not_in_work(self, world, order):
        order.state = OrderState.CLOSED

        with pytest.raises(collecting.CollectionRefused, match="not in work"):
            collect(world, order, ("a.eml", mail("Seal failure")))


class TestFolder:
    def test_takes_in_a_maildir_and_names_what_leads_out_of_it(self, world, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path]
        for folder in ("cur", "new", "tmp"):
            (tmp_path / "box" / folder).mkdir(parents=True)
        (tmp_path / "box" / "cur" / "1.M5.host:2,S").write_bytes(mail("Seal failure"))
        (tmp_path / "box" / "tmp" / "unfinished").write_bytes(b"half")
        (tmp_path / "box" / "leak").symlink_to("/etc/hostname")

        operations.collect_folder(
            order=order,
            custodian="Pella Ostrander",
            label="",
            folder=str(tmp_path / "box"),
            by=world.delivery_manager,
            at=NOW,
        )
        factories.drain()

        assert sorted(CollectedInput.objects.values_list("path", flat=True)) == ["cur/1.M5.host:2,S", "leak"]
        assert Document.objects.get(status=DocumentStatus.EXCEPTION).exception_class == "link outside"
        assert Document.objects.get(status=DocumentStatus.PUBLISHED).subject == "Seal failure"

    def test_refuses_a_folder_outside_those_offered(self, world, order, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = [tmp_path / "offered"]

        with pytest.raises(folders.FolderNotOffered):
            operations.collect_folder(
                order=order,
                custodian="X",
                label="",
                folder=str(tmp_path / "offered" / ".."),
                by=world.delivery_manager,
                at=NOW,
            )


class TestLoadFile:
    def test_ties_attachments_held_as_natives_to_their_message(self, world, order):
        rows = "DocID|Parent|NATIVE|MD5\n1||n/1.eml|\n2|1|n/2.txt|00000000000000000000000000000000\n3||n/3.txt|\n"
        mapped = {"CONTROL": "DocID", "PARENT": "Parent", "NATIVE": "NATIVE", "HASH": "MD5"}

        operations.collect_load_file(
            order=order,
            custodian="Pella Ostrander",
            label="",
            load_file=io.BytesIO(rows.encode()),
            volume=io.BytesIO(archive(**{"n/1.eml": mail("Seal failure"), "n/2.txt": b"Survey"})),
            columns=mapped,
            by=world.delivery_manager,
            at=NOW,
        )
        factories.drain()

        head, attached, missing = Document.objects.order_by("source__position")
        assert attached.family == head.family
        assert (attached.parent, attached.exception_class) == (head, "hash mismatch")
        assert missing.exception_class == "missing"
        assert {finding["code"] for finding in order.collections.get().findings} >= {"HASH_MISMATCH", "FILE_MISSING"}

    def test_refuses_a_load_file_that_names_no_document(self, world, order):
        with pytest.raises(collecting.LoadFileUnusable):
            operations.collect_load_file(
                order=order,
                custodian="X",
                label="",
                load_file=io.BytesIO(b""),
                volume=io.BytesIO(archive()),
                by=world.delivery_manager,
                at=NOW,
            )

    @pytest.mark.slow
    def test_brings_the_enron_production_in_whole(self, world, order):
        folder = DATA / "enron_custodian"

        operations.collect_load_file(
            order=order,
            custodian="Susan Bailey",
            label="Bailey",
            load_file=io.BytesIO((folder / "loadfile.csv").read_bytes()),
            volume=io.BytesIO((folder / "volume.zip").read_bytes()),
            by=world.delivery_manager,
            at=NOW,
        )
        factories.drain()

        counts = queries.reconciliation(order=order)
        assert (counts.inputs, counts.balanced) == (548, True)
        assert Document.objects.exclude(parent=None).filter(walk="1").count() == 119
        assert Document.objects.get(status=DocumentStatus.EXCEPTION, walk="1").exception_class == "missing"
        assert Document.objects.filter(sent_raw__contains="0002").exists()
        assert Family.objects.count() + _n_copied_families(order) == 429


def _n_copied_families(order) -> int:
    return Document.objects.filter(order=order, status=DocumentStatus.DUPLICATE, parent=None).count()
