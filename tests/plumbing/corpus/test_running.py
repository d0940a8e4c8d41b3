"""A folder of files becomes items, texts and counts; whatever is in it, and however often the run is killed."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import Client, LocalCluster
from PIL import Image, ImageDraw, ImageFont

from cursitor.plumbing import ocr
from cursitor.plumbing.corpus import batches, natives, running
from cursitor.plumbing.corpus.running import FolderInUse, OtherRun, Settings
from cursitor.web import cli
from tests.engines.processing.test_processing_containers import SEPARATOR, zipped
from tests.engines.processing.test_processing_opening import seven_zipped

# Put before everything a worker imports: the reader of plain text meets a word that undoes it.
BROKEN = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "cursitor.plumbing.corpus.trees":
            sys.meta_path.remove(self)
            from cursitor.engines.processing import charsets
            decode = charsets.decode_prefix
            def broken(data, *rest):
                if b"kills" in data:
                    {call}
                return decode(data, *rest)
            charsets.decode_prefix = broken
sys.meta_path.insert(0, Finder())
"""
DRIVER = """
import sys
from dataclasses import replace
from pathlib import Path
from cursitor.plumbing import ocr
from cursitor.plumbing.corpus import batches, natives, running
source, out = sys.argv[1:]
running.run(running.Settings((source,)), Path(out), limits=replace(running.LIMITS, seconds=1.5))
"""
_KEYS = """
    id parent family depth custodian all_custodians path all_paths kind mime size sha256 dedupe_hash duplicate_of mih
    thread inclusive near_duplicate_group language subject from to cc bcc sent status exception text pages
"""
KEYS = _KEYS.split()


def mail(number: int, *, sent: str = "Mon, 14 May 2001 16:39:00 -0700") -> str:
    head = f"From: Ann <ann@x.org>\nTo: bob@x.org\nSubject: {number}\nDate: {sent}\nMessage-ID: <{number}@x>\n"
    return f"{head}\nb{number}\n"


def mailbox(n_messages: int) -> str:
    return "".join(f"{SEPARATOR}{mail(number)}\n" for number in range(n_messages))


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "mail"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("Nothing but words.")
    (folder / "b.zip").write_bytes(zipped({"in/x.txt": b"words in a zip", "in/y.bin": bytes(range(256)) * 4}))
    (folder / "box.mbox").write_text(mailbox(3))
    (folder / "deep" / "copy.eml").write_text(mail(1))
    (folder / "empty.doc").write_bytes(b"")
    return folder


def items(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def result(out: Path) -> dict[str, bytes]:
    """Return everything a run leaves but its timings."""
    paths = [path for path in out.rglob("*") if path.is_file() and ".state" not in path.parts]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths if path.name != "reconciliation.json"}


class TestRun:
    def test_accounts_for_every_input_and_child(self, source, tmp_path):
        found = running.run(Settings((str(source),)), tmp_path / "out")

        assert {name: found[name] for name in ("inputs", "children", "balanced")} == {
            "inputs": 5,
            "children": 5,
            "balanced": True,
        }
        written = items(tmp_path / "out")
        assert [list(item) for item in written] == [KEYS] * 10
        assert [item["path"] for item in written] == [
            "mail/a.txt",
            "mail/b.zip",
            "mail/b.zip/in/x.txt",
            "mail/b.zip/in/y.bin",
            "mail/box.mbox",
            "mail/box.mbox/message-000001.eml",
            "mail/box.mbox/message-000002.eml",
            "mail/box.mbox/message-000003.eml",
            "mail/deep/copy.eml",
            "mail/empty.doc",
        ]

    def test_suppresses_copies_and_keeps_where_they_were(self, source, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        (other / "again.eml").write_text(mail(1))

        running.run(Settings((str(source), str(other))), tmp_path / "out")

        by_path = {item["path"]: item for item in items(tmp_path / "out")}
        survivor = by_path["mail/box.mbox/message-000002.eml"]
        assert survivor["status"] == "published"
        assert survivor["all_custodians"] == ["mail", "other"]
        assert survivor["all_paths"] == [survivor["path"], "mail/deep/copy.eml", "other/again.eml"]
        assert by_path["other/again.eml"]["status"] == "duplicate"
        assert by_path["other/again.eml"]["duplicate_of"] == survivor["id"]

    def test_writes_dates_in_utc_and_texts_where_it_says(self, source, tmp_path):
        running.run(Settings((str(source),)), tmp_path / "out")

        item = next(item for item in items(tmp_path / "out") if item["kind"] == "mail")
        assert item["sent"] == "2001-05-14T23:39:00Z"
        assert "b0" in (tmp_path / "out" / item["text"]).read_text()

    def test_refuses_a_folder_in_use(self, source, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")

        with pytest.raises(FolderInUse, match="not empty"):
            running.run(Settings((str(source),)), tmp_path / "out")

    def test_refuses_to_resume_with_other_settings(self, source, tmp_path):
        running.run(Settings((str(source),)), tmp_path / "out")

        with pytest.raises(OtherRun, match="custodian"):
            running.run(Settings((str(source),), custodian="ann"), tmp_path / "out", resume=True)

    def test_gives_the_same_bytes_whatever_the_number_of_workers(self, source, tmp_path):
        for workers in (1, 3):
            running.run(Settings((str(source),)), tmp_path / f"out{workers}", workers=workers)

        assert result(tmp_path / "out1") == result(tmp_path / "out3")

    def test_excludes_known_files_but_never_attachments(self, source, tmp_path):
        known = tmp_path / "NSRLFile.txt"
        sha1, md5 = (hashlib.new(name, b"Nothing but words.").hexdigest().upper() for name in ("sha1", "md5"))
        known.write_text(f'"SHA-1","MD5","FileName"\n"{sha1}","{md5}","a.txt"\n')

        running.run(Settings((str(source),), nist=str(known)), tmp_path / "out")

        assert [item["path"] for item in items(tmp_path / "out") if item["status"] == "excluded"] == [
            "mail/a.txt",
            "mail/b.zip",
            "mail/box.mbox",
        ]

    def test_reads_a_large_mailbox_in_slices_as_a_whole_one(self, source, tmp_path, monkeypatch):
        whole = running.run(Settings((str(source),)), tmp_path / "whole")
        monkeypatch.setattr(batches, "BATCH_BYTES", 300)

        sliced = running.run(Settings((str(source),)), tmp_path / "sliced")

        assert result(tmp_path / "sliced") == result(tmp_path / "whole")
        assert list((tmp_path / "sliced" / ".state").glob("*.slices"))
        assert sliced["children"] == whole["children"]


class TestHostileInput:
    def test_ends_every_entry_of_a_folder_as_an_item(self, tmp_path):
        source = tmp_path / "odd"
        (source / "empty").mkdir(parents=True)
        (source / "loop").symlink_to(source)
        (source / "gone").symlink_to("/nowhere")
        os.mkfifo(source / "pipe")
        (source / "a\nb.txt").write_text("words")
        Path(os.fsdecode(os.fsencode(source) + b"/caf\xe9.txt")).write_text("more words")
        (source / "none").write_bytes(b"")

        found = running.run(Settings((str(source),)), tmp_path / "out")

        assert (found["inputs"], found["balanced"]) == (6, True)
        by_path = {item["path"]: item["exception"] and item["exception"]["class"] for item in items(tmp_path / "out")}
        assert by_path == {
            "odd/a\\x0ab.txt": None,
            "odd/caf\\xe9.txt": None,
            "odd/gone": "unsupported",
            "odd/loop": "unsupported",
            "odd/none": "zero byte",
            "odd/pipe": "unsupported",
        }

    def test_recognises_a_maildir_by_its_folders(self, tmp_path):
        new = tmp_path / "Maildir" / "new"
        new.mkdir(parents=True)
        (new / "1189437000.M5P2.host").write_text("Subject: hello\n\nwords\n")

        running.run(Settings((str(tmp_path / "Maildir"),)), tmp_path / "out")

        assert [(item["kind"], item["subject"]) for item in items(tmp_path / "out")] == [("mail", "hello")]

    @pytest.mark.parametrize(
        ("call", "class_"), [("__import__('time').sleep(60)", "timeout"), ("__import__('os').abort()", "crashed")]
    )
    def test_blames_one_item_for_what_it_does_to_its_reader(self, source, tmp_path, call, class_):
        # The worker imports this in place of the reader of plain text.
        broken = tmp_path / "broken"
        broken.mkdir()
        (broken / "sitecustomize.py").write_text(BROKEN.format(call=call))
        (source / "bad.txt").write_text("a word that kills")
        source_of_reader = subprocess.run(
            [sys.executable, "-c", DRIVER, str(source), str(tmp_path / "out")],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(broken), *sys.path])},
            capture_output=True,
            text=True,
            check=False,
        )

        assert source_of_reader.returncode == 0, source_of_reader.stderr
        exceptions = {item["path"]: item["exception"]["class"] for item in items(tmp_path / "out") if item["exception"]}
        assert exceptions["mail/bad.txt"] == class_
        assert set(exceptions) == {"mail/bad.txt", "mail/b.zip/in/y.bin", "mail/empty.doc"}


class TestRetry:
    def test_reads_what_failed_again_and_nothing_else(self, tmp_path):
        source = tmp_path / "locked"
        source.mkdir()
        (source / "a.7z").write_bytes(seven_zipped({"a.txt": b"secret words"}, password="right"))
        (source / "b.txt").write_text("open words")
        out = tmp_path / "out"
        running.run(Settings((str(source),)), out)

        settings = Settings((str(source),), passwords=("right",))
        found = running.run(settings, out, resume=True, retry_failed=True)

        assert (found["exceptions"], found["children"], found["balanced"]) == (0, 1, True)
        assert [item["text"] for item in items(out)] == [None, "text/0001.1.txt", "text/0002.txt"]
        assert running.run(settings, out, resume=True)["exceptions"] == 0

    def test_counts_how_often_it_was_tried(self, source, tmp_path):
        out = tmp_path / "out"
        running.run(Settings((str(source),)), out)

        for _ in range(2):
            running.run(Settings((str(source),)), out, resume=True, retry_failed=True)

        with (out / "exceptions.csv").open(newline="") as lines:
            assert {row["path"]: row["retries"] for row in csv.DictReader(lines)} == {
                "mail/b.zip/in/y.bin": "2",
                "mail/empty.doc": "2",
            }


class TestCommand:
    def test_hands_every_option_on(self, tmp_path):
        source, passwords, known = tmp_path / "a.7z", tmp_path / "words.txt", tmp_path / "known.txt"
        source.write_bytes(seven_zipped({"a.txt": b"secret words"}, password="right"))
        passwords.write_text("wrong\nright\n")
        known.write_text(hashlib.sha256(b"other").hexdigest())
        command = ["process", str(source), "--out", str(tmp_path / "out"), "--custodian", "Ann", "--dedup", "custodial"]
        command += ["--nist", str(known), "--passwords", str(passwords), "--workers", "1", "--json"]

        told = CliRunner().invoke(cli.main, command)
        again = CliRunner().invoke(cli.main, [*command, "--resume", "--retry-failed"])

        assert json.loads(told.stdout.splitlines()[-1])["published"] == 1
        assert again.exit_code == 0, again.output
        assert (tmp_path / "out" / ".state" / "retry.json").exists()
        kept = json.loads((tmp_path / "out" / ".state" / "run.json").read_text())
        assert (kept["custodian"], kept["scope"], kept["nist"]) == ("Ann", "custodial", str(known))
        assert "right" not in json.dumps(kept)

    def test_asks_for_recognition(self, source, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", "")

        told = CliRunner().invoke(cli.main, ["process", str(source), "--out", str(tmp_path / "out"), "--ocr"])

        assert told.exit_code == 1
        assert "Recognition needs Tesseract" in told.output

    def test_refuses_a_retry_of_nothing(self, source, tmp_path):
        told = CliRunner().invoke(cli.main, ["process", str(source), "--out", str(tmp_path / "out"), "--retry-failed"])

        assert told.exit_code == 2


class TestNatives:
    @pytest.mark.parametrize("slice_bytes", [batches.BATCH_BYTES, 300])
    def test_take_the_bytes_of_every_item_out_again(self, source, tmp_path, monkeypatch, slice_bytes):
        monkeypatch.setattr(batches, "BATCH_BYTES", slice_bytes)
        running.run(Settings((str(source),)), tmp_path / "out")
        wanted = natives.hashes_of(tmp_path / "out")

        natives.take_out(tmp_path / "out", wanted, tmp_path / "natives")

        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "natives").iterdir()}
        assert found == wanted
        assert len(found) == 10

    def test_refuse_a_source_that_has_changed(self, source, tmp_path):
        running.run(Settings((str(source),)), tmp_path / "out")
        (source / "a.txt").write_text("Other words.")

        with pytest.raises(natives.SourceChanged, match="0001"):
            natives.take_out(tmp_path / "out", natives.hashes_of(tmp_path / "out"), tmp_path / "natives")


@pytest.mark.slow
@pytest.mark.skipif(not ocr.is_installed(), reason="needs Tesseract")
class TestRecognition:
    def test_gives_pictures_and_scanned_pages_their_words(self, tmp_path):
        source = tmp_path / "scans"
        source.mkdir()
        page = Image.new("L", (1200, 400), "white")
        font = ImageFont.load_default(60)
        ImageDraw.Draw(page).text((60, 120), "Release of all claims", font=font, fill="black")
        page.save(source / "page.png", dpi=(150, 150))
        page.save(source / "scan.pdf", resolution=150, save_all=True, append_images=[page])

        running.run(Settings((str(source),), ocr="eng"), tmp_path / "out")

        picture, scan = items(tmp_path / "out")
        assert (picture["status"], picture["exception"]) == ("published", None)
        assert "Release of all claims" in (tmp_path / "out" / picture["text"]).read_text()
        assert (tmp_path / "out" / scan["text"]).read_text().count("Release of all claims") == scan["pages"] == 2
        details = [json.loads(line) for line in (tmp_path / "out" / "metadata.jsonl").read_text().splitlines()]
        assert all(detail["ocr"]["confidence"] > 60 for detail in details)


@pytest.mark.slow
class TestManyMachines:
    def test_gives_the_same_bytes_on_two_workers_of_a_cluster(self, source, tmp_path):
        running.run(Settings((str(source),)), tmp_path / "here")

        with (
            LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            running.run(Settings((str(source),)), tmp_path / "there", executor=client.get_executor(pure=False))

        assert result(tmp_path / "there") == result(tmp_path / "here")


@pytest.mark.slow
class TestResume:
    def test_ends_the_same_after_being_killed_at_any_time(self, source, tmp_path):
        (source / "large.mbox").write_text(mailbox(6_000))
        (source / "many").mkdir()
        for number in range(200):
            (source / "many" / f"{number}.eml").write_text(mail(number))
        running.run(Settings((str(source),)), tmp_path / "whole")

        out = tmp_path / "killed"
        for seconds in (0.9, 1.6, 2.5):
            command = [sys.executable, "-c", "from cursitor.web.cli import main; main()", "process", str(source)]
            process = subprocess.Popen([*command, "--out", str(out), "--resume", "--json"], stdout=subprocess.DEVNULL)
            time.sleep(seconds)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        running.run(Settings((str(source),)), out, resume=True)

        assert result(out) == result(tmp_path / "whole")
