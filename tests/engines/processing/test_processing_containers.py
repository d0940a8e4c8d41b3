"""Children of mailboxes, archives and messages, and the families they make."""

import io
import mailbox
import zipfile
from pathlib import Path

import pytest
from tests.engines.processing.test_processing_mail import mail

from cursitor.engines.processing import archives, containers, mailboxes, walk
from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException
from cursitor.engines.processing.items import Place, Status, process_one
from cursitor.engines.processing.limits import MEBIBYTE, Limits

SAMPLES = Path(__file__).parent / "samples"
MESSAGE = "From: a@x.org\nSubject: {}\nDate: Tue, 04 Jan 2000 10:00:00 +0000\n\nbody {}\n"
SEPARATOR = "From a@x.org Tue Jan  4 10:00:00 2000\n"


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def messages(written: str, limits: Limits | None = None) -> list[bytes]:
    return [child.data for child in mailboxes.read_mbox(io.BytesIO(written.encode()), limits or Limits())]


def expanded(name: str, data: bytes, limits: Limits | None = None) -> dict[str, object]:
    items = list(walk.expand(walk.Item(Place("0007"), name, data), limits or Limits()))
    assert walk.reconcile(items, inputs=1).balanced
    assert len({item.place.id for item in items}) == len(items)
    return {item.place.id: item for item in items}


class TestMbox:
    def test_splits_at_from_lines_as_the_standard_library_does(self):
        path = SAMPLES / "simple.mbox.mbox"

        with path.open("rb") as file:
            found = [child.data for child in mailboxes.read_mbox(file, Limits())]

        oracle = mailbox.mbox(path)
        assert found == [oracle.get_bytes(key) for key in oracle.iterkeys()]

    def test_takes_the_quoting_of_mboxrd_back(self):
        written = SEPARATOR + MESSAGE.format(1, "\n>From here\n>>From there") + "\n" + SEPARATOR + MESSAGE.format(2, "")

        first, second = messages(written)

        assert first == MESSAGE.format(1, "\nFrom here\n>From there").encode()
        assert second == MESSAGE.format(2, "").encode()

    def test_believes_a_content_length_that_holds(self):
        body = f"see:\n\n{SEPARATOR}To: nobody\n\nend\n"
        head = f"From: a@x.org\nSubject: 1\nContent-Length: {len(body)}\n\n"

        found = messages(SEPARATOR + head + body + "\n" + SEPARATOR + MESSAGE.format(2, ""))

        assert len(found) == 2
        assert found[0].decode().rstrip() == (head + body).rstrip()

    def test_disbelieves_a_content_length_that_does_not_hold(self):
        head = "From: a@x.org\nSubject: 1\nContent-Length: 9000000000\n\nbody\n\n"

        assert len(messages(SEPARATOR + head + SEPARATOR + MESSAGE.format(2, ""))) == 2

    def test_leaves_sentences_that_begin_with_from_alone(self):
        assert len(messages(SEPARATOR + MESSAGE.format(1, "\n\nFrom 2009 to 2010 we sold\nmuch."))) == 1

    def test_yields_a_message_that_is_too_large_as_an_exception(self):
        written = SEPARATOR + MESSAGE.format(1, "x" * 5000) + "\n" + SEPARATOR + MESSAGE.format(2, "")

        large, small = mailboxes.read_mbox(io.BytesIO(written.encode()), Limits(item_bytes=1000))

        assert large.exception.class_ is Class.LIMIT_HIT
        assert small.exception is None

    def test_refuses_what_is_no_mailbox(self):
        with pytest.raises(ProcessingException) as refusal:
            messages("Hello\n")

        assert refusal.value.class_ is Class.CORRUPT


class TestZip:
    def test_keeps_names_as_labels_only(self):
        names = ["../../etc/passwd", "/root/.ssh/id", "C:\\Windows\\x.txt", "a\r\nb.txt"]

        found = list(containers.read_zip(io.BytesIO(zipped(dict.fromkeys(names, b"x"))), Limits()))

        assert [child.name for child in found] == ["../../etc/passwd", "/root/.ssh/id", "C:\\Windows\\x.txt", "a b.txt"]

    def test_stops_a_bomb_at_the_ratio(self):
        bomb = zipped({"bomb.txt": bytes(40 * MEBIBYTE), "fine.txt": b"fine"})

        burst, fine = containers.read_zip(io.BytesIO(bomb), Limits())

        assert burst.exception.class_ is Class.LIMIT_HIT
        assert "200 times" in burst.exception.message
        assert fine.data == b"fine"

    def test_names_an_encrypted_member(self):
        children = list(containers.read_zip(io.BytesIO((SAMPLES / "testZipEncrypted.zip").read_bytes()), Limits()))

        assert [c.exception.class_ for c in children if c.exception] == [Class.ENCRYPTED]

    def test_names_a_damaged_member(self):
        data = bytearray(zipped({"a.txt": b"0123456789" * 50}))
        data[35:40] = b"\xff" * 5

        (child,) = containers.read_zip(io.BytesIO(bytes(data)), Limits())

        assert child.exception.class_ is Class.CORRUPT

    def test_stops_at_the_number_of_children_after_yielding_the_allowed_ones(self):
        found = containers.read_zip(io.BytesIO(zipped({str(n): b"x" for n in range(9)})), Limits(children=5))

        assert [next(found).name for _ in range(5)] == ["0", "1", "2", "3", "4"]
        with pytest.raises(LimitHit, match="More than 5 children"):
            next(found)


class TestFamilies:
    def test_put_attachments_under_their_message_and_loose_files_on_their_own(self):
        letter = mail()
        letter.add_attachment(zipped({"deep.txt": b"deep"}), maintype="application", subtype="zip", filename="in.zip")

        items = expanded("out.zip", zipped({"letter.eml": letter.as_bytes(), "note.txt": b"note"}))

        assert {key: (item.place.parent, item.place.family) for key, item in items.items()} == {
            "0007": (None, "0007"),
            "0007.1": ("0007", "0007.1"),
            "0007.1.1": ("0007.1", "0007.1"),
            "0007.1.1.1": ("0007.1.1", "0007.1"),
            "0007.2": ("0007", "0007.2"),
        }
        assert items["0007.1.1.1"].text == "deep"

    def test_count_archives_as_excluded_and_the_rest_as_published(self):
        items = expanded("out.zip", zipped({"a.txt": b"a", "b.eml": mail().as_bytes(), "empty.txt": b""}))

        assert [item.status for _, item in sorted(items.items())] == [
            Status.EXCLUDED,
            Status.PUBLISHED,
            Status.PUBLISHED,
            Status.EXCEPTION,
        ]

    def test_follow_twenty_levels_of_archives(self):
        data, name = b"treasure", "treasure.txt"
        for _ in range(20):
            data, name = zipped({name: data}), "level.zip"

        items = expanded(name, data)

        assert len(items) == 21
        assert items["0007" + ".1" * 20].text == "treasure"

    def test_follow_twenty_levels_of_mail(self):
        letter = mail(Subject="level 0")
        for level in range(1, 21):
            outer = mail(Subject=f"level {level}")
            outer.add_attachment(letter)
            letter = outer

        items = expanded("deep.eml", letter.as_bytes())

        assert [items["0007" + ".1" * level].message.subject for level in (0, 20)] == ["level 20", "level 0"]
        assert {item.place.family for item in items.values()} == {"0007"}

    def test_stop_at_the_depth_allowed(self):
        data = zipped({"2.zip": zipped({"3.zip": zipped({"4.txt": b"x"})})})

        items = expanded("1.zip", data, Limits(depth=2))

        assert sorted(items) == ["0007", "0007.1", "0007.1.1"]
        assert items["0007.1.1"].exception.class_ is Class.LIMIT_HIT

    def test_bound_the_bytes_of_the_whole_tree(self):
        inner = zipped({f"{n}.txt": bytes([65 + n]) * 4000 for n in range(5)})

        items = expanded("o.zip", zipped({f"{n}.zip": inner for n in range(5)}), Limits(total_bytes=30_000))

        assert any(i.exception and i.exception.class_ is Class.LIMIT_HIT for i in items.values())
        assert sum(item.size for item in items.values() if item.text) <= 30_000


class TestReconciliation:
    def test_is_unbalanced_when_a_child_is_lost(self):
        items = list(walk.expand(walk.Item(Place("1"), "o.zip", zipped({"a.txt": b"a", "b.txt": b"b"})), Limits()))

        assert walk.reconcile(items, inputs=1).balanced
        assert not walk.reconcile(items[1:], inputs=1).balanced

    def test_maildir_names_are_told_by_their_folder(self):
        assert containers.is_maildir_message("u/Maildir/new/1.M2.h")
        assert not containers.is_maildir_message("u/Maildir/dovecot.index")


def test_limits_refuse_what_can_never_be_met():
    with pytest.raises(ValueError, match="depth"):
        Limits(depth=0)


def test_process_one_returns_children_in_order():
    item, children = process_one(zipped({"b.txt": b"2", "a.txt": b"1"}), "x.zip", Limits())

    assert [child.name for child in children] == ["b.txt", "a.txt"]
    assert item.n_children == 2


def test_what_a_library_says_is_the_same_at_every_run():
    failure = OSError("RAR encryption support unavailable. (errno=84, retcode=-30, archive_p=94238407798880)")

    assert archives.said(failure) == "RAR encryption support unavailable."
