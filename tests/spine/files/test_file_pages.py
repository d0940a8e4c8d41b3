import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cursitor.plumbing import answers
from cursitor.spine.audit.models import Entry
from cursitor.spine.files.models import FileVersion
from cursitor.spine.people.models import Person

ROOM = reverse("files:room", args=["2026-0031"])
UPLOAD = reverse("files:upload", args=["2026-0031"])
SCRIPT = b"<script>alert(document.cookie)</script>"


@pytest.fixture
def room(world, client):
    client.force_login(world.attorney)
    return client


def bring(room, *files, **values):
    return room.post(UPLOAD, {"files": list(files), **values})


def given(name="protocol.docx", text=b"Coding protocol", mime="application/msword"):
    return SimpleUploadedFile(name, text, mime)


def download(page):
    return page.get(reverse("files:download", args=[FileVersion.objects.get().pk]))


class TestFileRoom:
    def test_takes_several_files_at_once(self, room):
        answer = bring(room, given("a.txt", b"a"), given("b.txt", b"b"), note="First set")

        assert answer.headers["Location"] == ROOM
        content = room.get(ROOM).content.decode()
        assert "a.txt" in content
        assert "b.txt" in content

    def test_tells_why_one_was_not_kept_and_keeps_the_others(self, room):
        bring(room, given("a.txt", b"a"))

        answer = room.post(UPLOAD, {"files": [given("a.txt", b"a"), given("b.txt", b"b")]}, follow=True)

        assert "Version 1 of a.txt has exactly these bytes" in answer.content.decode()
        assert set(FileVersion.objects.values_list("file__name", flat=True)) == {"a.txt", "b.txt"}

    def test_says_that_nothing_was_chosen(self, room):
        answer = room.post(UPLOAD, {"note": "forgot the file"})

        assert answer.status_code == 422
        assert "This field is required" in answer.content.decode()

    def test_takes_an_empty_file(self, room):
        bring(room, given("empty.txt", b""))

        assert FileVersion.objects.get().blob.size == 0

    @pytest.mark.parametrize("who", ["finance", "administrator", "outsider", "other_attorney"])
    def test_does_not_exist_for_others(self, world, room, who):
        bring(room, given())
        version = FileVersion.objects.get()
        room.force_login(getattr(world, who))

        pages = [
            ROOM,
            reverse("files:export", args=["2026-0031", "csv"]),
            reverse("files:history", args=[version.file_id]),
            reverse("files:download", args=[version.pk]),
        ]
        assert [room.get(page).status_code for page in pages] == [404] * 4
        assert bring(room, given("b.txt")).status_code == 404

    def test_lists_every_version(self, room):
        bring(room, given(text=b"one"))
        bring(room, given(text=b"two"), note="Privilege basis added")

        content = room.get(reverse("files:history", args=[FileVersion.objects.first().file_id])).content.decode()

        assert content.count("Download version") == 2
        assert "Privilege basis added" in content

    def test_leaves_as_csv(self, room):
        bring(room, given("=cmd.txt", b"a"))

        text = room.get(reverse("files:export", args=["2026-0031", "csv"])).getvalue().decode("utf-8-sig")

        assert text.splitlines()[1].startswith("'=cmd.txt,1,,1,ca978112")


class TestDownload:
    def test_gives_exact_bytes_as_something_to_save(self, room, world):
        bring(room, given())

        answer = download(room)

        assert answer.getvalue() == b"Coding protocol"
        assert answer.headers["Content-Length"] == "15"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert Entry.objects.get(type="files.file.downloaded").actor == world.attorney.key

    def test_never_lets_a_page_run_whatever_type_it_claims(self, room):
        bring(room, given("page.html", SCRIPT, "text/html"))

        answer = download(room)

        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("attachment;")

    def test_lets_no_name_end_the_header(self):
        name = 'a"; filename=evil.exe\r\nX-Evil: 1; 契約.txt'

        header = answers.attachment([b""], name=name).headers["Content-Disposition"]

        plain, _, exact = header.partition("; filename*=")
        assert plain.count('"') == 2
        assert "\n" not in header
        assert exact == "UTF-8''a%22%3B%20filename%3Devil.exe%0D%0AX-Evil%3A%201%3B%20%E5%A5%91%E7%B4%84.txt"

    def test_is_not_given_to_a_person_behind_a_wall(self, room, world):
        from tests.factories import NOW

        from cursitor.spine.engagements import operations as engagements

        bring(room, given())
        specialist: Person = world.specialist
        engagements.raise_wall(matter=world.matter, person=specialist, reason="Conflict", by=world.attorney, at=NOW)
        room.force_login(specialist)

        assert download(room).status_code == 404
