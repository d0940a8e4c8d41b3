"""A folder of files becomes items, texts and counts; whatever is in it, and however often the run is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cursitor.plumbing.corpus import running
from cursitor.plumbing.corpus.running import FolderInUse, OtherRun, Settings
from tests.engines.processing.test_processing_containers import SEPARATOR, zipped

KEYS = """
    id parent family depth custodian all_custodians path all_paths kind mime size sha256 dedupe_hash duplicate_of mih
    thread inclusive near_duplicate_group language subject from to cc bcc sent status exception text pages
""".split()


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


@pytest.mark.slow
class TestResume:
    def test_ends_the_same_after_being_killed_at_any_time(self, source, tmp_path):
        (source / "large.mbox").write_text(mailbox(15_000))
        (source / "many").mkdir()
        for number in range(200):
            (source / "many" / f"{number}.eml").write_text(mail(number))
        running.run(Settings((str(source),)), tmp_path / "whole")

        out = tmp_path / "killed"
        for seconds in (0.3, 0.9, 1.6, 2.5):
            command = [sys.executable, "-c", "from cursitor.web.cli import main; main()", "process", str(source)]
            process = subprocess.Popen([*command, "--out", str(out), "--resume", "--json"], stdout=subprocess.DEVNULL)
            time.sleep(seconds)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        running.run(Settings((str(source),)), out, resume=True)

        assert result(out) == result(tmp_path / "whole")
