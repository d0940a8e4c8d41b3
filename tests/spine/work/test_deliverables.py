"""Deliverables: versions, digests, and downloads that are on the log."""

import hashlib
import io
import zipfile

import pytest

from cursitor.plumbing.refusal import Invalid, NotPermitted
from cursitor.spine.audit.models import Entry
from cursitor.spine.work import operations as work
from cursitor.spine.work import registry

DIGEST = hashlib.sha256(b"inputs").hexdigest()


@pytest.fixture
def deliver(life, world):
    order = life.in_quality()

    def make(files, inputs_digest=DIGEST):
        return work.add_deliverable(
            order=order, files=files, inputs_digest=inputs_digest, summary={}, by=world.qc_lead, at=life.later()
        )

    return make


class TestAddDeliverable:
    def test_keeps_a_digest_of_every_file(self, deliver):
        made = deliver([("texts/one.txt", b"eins", "text/plain"), ("log.csv", io.BytesIO(b"a,b"), "text/csv")])

        assert {(file.path, file.sha256, file.size) for file in made.files.all()} == {
            ("texts/one.txt", hashlib.sha256(b"eins").hexdigest(), 4),
            ("log.csv", hashlib.sha256(b"a,b").hexdigest(), 3),
        }

    def test_gives_the_same_version_for_the_same_inputs(self, deliver):
        made = deliver([("one.txt", b"eins", "text/plain")])

        assert deliver([("one.txt", b"eins", "text/plain")]) == made
        assert deliver([("one.txt", b"zwei", "text/plain")], hashlib.sha256(b"more").hexdigest()).version == 2

    @pytest.mark.parametrize("path", ["../one.txt", "/etc/passwd", "a//b", "a\\b", "a/./b", "", "C:one", "a\nb"])
    def test_refuses_a_path_that_leaves_the_folder(self, deliver, path):
        with pytest.raises(Invalid):
            deliver([(path, b"eins", "text/plain")])

    def test_refuses_a_path_twice_and_no_file_at_all(self, deliver):
        with pytest.raises(Invalid, match="twice"):
            deliver([("one.txt", b"eins", "text/plain"), ("ONE.TXT", b"zwei", "text/plain")])
        with pytest.raises(Invalid, match="at least one file"):
            deliver([])

    def test_refuses_once_the_order_is_delivered(self, life, world):
        order = life.delivered()

        with pytest.raises(work.NotDeliverable):
            work.add_deliverable(
                order=order,
                files=[("late.txt", b"", "text/plain")],
                inputs_digest=DIGEST,
                summary={},
                by=world.delivery_manager,
                at=life.later(),
            )


class TestDownload:
    def test_gives_the_bytes_and_writes_who_took_them_to_the_log(self, life, world):
        order = life.awaiting_sign_off()
        file = order.deliverables.get().files.get()

        taken = b"".join(work.download_file(file=file, by=world.attorney, at=life.later()))

        entry = Entry.objects.get(type="work.deliverable.file_downloaded")
        assert hashlib.sha256(taken).hexdigest() == file.sha256
        assert (entry.actor, entry.data["sha256"]) == (world.attorney.key, file.sha256)

    def test_gives_all_files_as_an_archive(self, life, world, deliver):
        made = deliver([("a/one.txt", b"eins", "text/plain"), ("two.txt", b"zwei" * 100_000, "text/plain")])

        pieces = work.download_all(deliverable=made, by=world.attorney, at=life.later())

        archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a/one.txt": b"eins",
            "two.txt": b"zwei" * 100_000,
        }

    def test_refuses_provider_finance(self, life, world):
        file = life.awaiting_sign_off().deliverables.get().files.get()

        with pytest.raises(NotPermitted):
            work.download_file(file=file, by=world.finance, at=life.later())


def test_the_line_delivers_the_same_version_twice(life, world):
    order = life.in_quality()

    first = registry.line_of(order).deliver(order, world.delivery_manager, life.now)

    assert registry.line_of(order).deliver(order, world.delivery_manager, life.later()) == first
