import io
import shutil

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from tests.factories import NOW

from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit.models import Entry
from cursitor.spine.engagements.models import Engagement, MatterEngagement, Wall
from cursitor.spine.files import access, choices, names, queries
from cursitor.spine.files import operations as files
from cursitor.spine.files.models import File, FileVersion


def upload(
    world, *, by=None, name="protocol.docx", text=b"Coding protocol, version 1", mime="application/msword", **more
):
    person = by or world.attorney
    return files.upload(matter=world.matter, name=name, source=io.BytesIO(text), mime=mime, by=person, at=NOW, **more)


def open_to_other_provider(world):
    engagement = Engagement.objects.create(
        number="E-32", client=world.firm, provider=world.other_provider, title="Second", signed_date=NOW.date()
    )
    assert world.outsider.roles_by_organisation
    return MatterEngagement.objects.create(matter=world.matter, engagement=engagement, opened_at=NOW)


class TestUpload:
    def test_keeps_exact_bytes_encrypted_under_their_digest(self, world):
        version = upload(world, text=b"abc")

        assert version.blob.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert version.blob.scope == "matter:2026-0031"
        assert vault.read(version.blob) == b"abc"

    def test_makes_the_next_version_of_a_known_name(self, world):
        upload(world)

        second = upload(world, text=b"Coding protocol, version 2", note="Privilege basis added")

        assert (second.number, File.objects.count()) == (2, 1)
        assert [each.number for each in queries.history(second.file)] == [2, 1]

    def test_refuses_the_bytes_of_the_latest_version(self, world):
        upload(world)

        with pytest.raises(files.SameBytes, match=r"Version 1 of protocol\.docx"):
            upload(world)

        assert FileVersion.objects.count() == 1

    def test_refuses_more_than_one_file_may_have_and_keeps_nothing(self, world, monkeypatch):
        monkeypatch.setattr(files, "LARGEST_FILE", 1000)

        with pytest.raises(files.TooLarge):
            upload(world, text=bytes(1001))

        assert not File.objects.exists()
        assert upload(world, text=bytes(1000)).blob.size == 1000

    def test_writes_name_version_and_digest_into_the_log(self, world):
        version = upload(world, name="../../brief?.txt", order_ref="WO-1187")

        entry = Entry.objects.get(type="files.file.added")
        assert (entry.subject, entry.matter, entry.actor) == (version.file.key, world.matter.key, world.attorney.key)
        assert entry.data == {
            "name": "brief_.txt",
            "given_name": "../../brief?.txt",
            "version": 1,
            "sha256": version.blob.sha256,
            "size": 26,
            "order": "WO-1187",
        }

    def test_does_not_believe_a_type_that_is_none(self, world):
        assert upload(world, mime="text/html; charset=x\r\nX-Evil: 1").mime == "application/octet-stream"

    @pytest.mark.parametrize("who", ["finance", "administrator", "outsider", "other_attorney"])
    def test_is_refused_to_everybody_for_whom_the_room_does_not_exist(self, world, who):
        with pytest.raises(NotVisible):
            upload(world, by=getattr(world, who))

    @pytest.mark.parametrize("who", ["attorney", "legal_operations", "delivery_manager", "qc_lead", "specialist"])
    def test_is_open_to_everybody_at_work_on_the_matter(self, world, who):
        assert upload(world, by=getattr(world, who)).number == 1

    def test_is_refused_to_somebody_of_two_providers_of_the_matter(self, world):
        from tests import factories

        from cursitor.spine.people.choices import Role

        open_to_other_provider(world)
        site = factories.site(world.other_provider, "Cebu", "PH", "Asia/Manila")
        factories.membership(world.delivery_manager, Role.DELIVERY_MANAGER, site)

        with pytest.raises(NotPermitted, match="one provider"):
            upload(world, by=world.delivery_manager)


class TestNames:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("brief.pdf", "brief.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
            ("\\\\server\\share\\mail.pst", "mail.pst"),
            ("C:\\mail\\mail.pst", "mail.pst"),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            ("line\r\nbreak\x00.txt", "linebreak.txt"),
            ("  spaced   out .txt. ", "spaced out .txt"),
            ("Ünïcödé 契約書.docx", "Ünïcödé 契約書.docx"),
            ("cafe\u0301.txt", "caf\u00e9.txt"),
            ('a<b>:"c|d?*.txt', "a_b___c_d__.txt"),
            ("nul", "_nul"),
            ("COM1.txt", "_COM1.txt"),
            ("console.txt", "console.txt"),
        ],
    )
    def test_come_out_safe_and_recognisable(self, given, kept):
        assert names.fit(given) == kept

    @pytest.mark.parametrize("given", ["", ".", "..", "/", "a/..", "\u202e\u200b", " . "])
    def test_are_refused_when_nothing_is_left(self, given):
        with pytest.raises(Invalid, match="no name"):
            names.fit(given)

    def test_keep_their_extension_when_they_are_cut(self):
        assert names.fit("x" * 400 + ".pdf") == "x" * 251 + ".pdf"
        assert len(names.fit("x" * 400)) == choices.LONGEST_NAME


class TestDownload:
    def test_gives_the_bytes_and_says_so_in_the_log(self, world):
        version = upload(world)

        pieces = files.download(version=version, by=world.specialist, at=NOW)

        assert b"".join(pieces) == b"Coding protocol, version 1"
        entry = Entry.objects.get(type="files.file.downloaded")
        assert (entry.actor, entry.data["sha256"]) == (world.specialist.key, version.blob.sha256)

    def test_is_refused_behind_a_wall_and_leaves_no_entry(self, world):
        version, specialist = upload(world), world.specialist
        Wall.objects.create(
            matter=world.matter, person=specialist, reason="Conflict", raised_by=world.attorney, raised_at=NOW
        )

        with pytest.raises(NotVisible):
            files.download(version=version, by=specialist, at=NOW)

        assert not Entry.objects.filter(type="files.file.downloaded").exists()

    def test_refuses_bytes_that_were_altered_and_leaves_no_entry(self, world):
        version, other = upload(world), upload(world, name="other.txt", text=b"something else")
        root = settings.STORAGES["vault"]["OPTIONS"]["location"]
        shutil.copy(f"{root}/{other.blob.stored_as}", f"{root}/{version.blob.stored_as}")

        with pytest.raises(files.FileDamaged, match="not what was put in"):
            files.download(version=version, by=world.attorney, at=NOW)

        assert not Entry.objects.filter(type="files.file.downloaded").exists()


class TestAccess:
    def test_does_not_show_one_provider_what_another_brought(self, world):
        open_to_other_provider(world)
        theirs = upload(world, by=world.delivery_manager, name="pace.xlsx")
        meant_for_one = upload(world, name="terms.pdf", provider=world.provider)
        for_all = upload(world, name="protocol.docx")

        assert set(access.versions(world.attorney)) == {theirs, meant_for_one, for_all}
        assert set(access.versions(world.specialist)) == {theirs, meant_for_one, for_all}
        assert set(access.versions(world.outsider)) == {for_all}

    def test_keeps_equal_names_of_two_providers_apart(self, world):
        open_to_other_provider(world)
        first = upload(world, by=world.delivery_manager, name="notes.txt")

        second = upload(world, by=world.outsider, name="notes.txt")

        assert (first.number, second.number) == (1, 1)
        assert first.file != second.file


class TestDatabase:
    def test_refuses_to_change_a_version(self, world):
        version = upload(world)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            FileVersion.objects.filter(pk=version.pk).update(number=9)
