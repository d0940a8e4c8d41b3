"""
Memory of a mailbox of any size: a generated MBOX through `cursitor process`, all of its processes together.

    .venv/bin/python bench/mailbox_memory.py DATA --megabytes 5000 [--message-kilobytes 30] [--folder FOLDER]

DATA holds `email-enron-custodian`. The mailbox is written as it is made: each message has words of several real
messages, people, identifier and date of its own, three in ten answer an earlier one and quote it, and real attachments
are put on until messages have the size asked for on average (`--message-kilobytes 4`: hardly any). One in forty is
collected twice.

Prints one JSON object: bytes and messages of the mailbox, children and whether all are accounted for, seconds by stage,
and the largest memory of all processes of the command together, looked at twice a second: `megabytes_together` is the
sum of their proportional sets (PSS: what processes share counts once), `megabytes_resident` that of their resident sets
(RSS: what is shared counts once for each), `megabytes_main` the resident set of the command's own process.
Bars: balanced, and together less than 1,000 MB; ends with 1 if one is not kept.
"""

import argparse
import base64
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import deque
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import format_datetime
from pathlib import Path

import processing

BAR = 1000
PEOPLE = [
    f"{name}.{house}@{where}.example"
    for name in ("ann", "bob", "cy", "di", "eve", "flo", "gus", "hal")
    for house in ("reed", "stone", "wood", "field", "marsh", "hill", "ford", "lake")
    for where in ("north", "south", "bank")
]
NOTICE = re.compile(r"\n\*{8,}.*", re.DOTALL)


def main() -> None:
    arguments = read_arguments()
    place = Path(tempfile.mkdtemp(dir=arguments.folder))
    try:
        mailbox = place / "mail.mbox"
        told = write_mailbox(mailbox, arguments.data, arguments.megabytes * 10**6, arguments.message_kilobytes * 1000)
        found, memory = process(mailbox, place / "out", trace=arguments.trace)
    finally:
        if not arguments.keep:
            shutil.rmtree(place)
    names = ("children", "published", "duplicates", "exceptions", "balanced", "seconds", "by_stage")
    told |= {name: found[name] for name in names} | memory
    told["children_per_second"] = round(found["children"] / found["seconds"])
    print(json.dumps(told))
    sys.exit(not (found["balanced"] and memory["megabytes_together"] < BAR))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--message-kilobytes", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="where the mailbox and the run are put while they are needed")
    parser.add_argument("--keep", action="store_true", help="leave them there")
    parser.add_argument("--trace", action="store_true", help="tell the memory of every fifth second on the way")
    return parser.parse_args()


def write_mailbox(path: Path, data: Path, n_bytes: int, message_bytes: int) -> dict[str, int]:
    """Write a mailbox of at least so many bytes; return how many bytes and messages it has."""
    written = Written(data)
    n_messages = 0
    with path.open("wb") as out:
        while out.tell() < n_bytes:
            one = written.message(n_messages, may_attach=out.tell() < n_messages * message_bytes)
            for _ in range(1 + (n_messages % 40 == 0)):
                out.write(b"From sender@example.org Mon May 14 16:39:00 2001\n" + one + b"\n\n")
                n_messages += 1
        return {"bytes": out.tell(), "messages": n_messages}


class Written:
    """Messages put together of the paragraphs, subjects and attachments of real ones."""

    def __init__(self, data: Path) -> None:
        self.chance = random.Random(1)
        self.earlier: deque[tuple[str, str, str, list[str], str]] = deque(maxlen=2000)
        self.paragraphs: list[str] = []
        self.subjects: list[str] = []
        self.files: list[tuple[str, bytes]] = []
        with zipfile.ZipFile(data / "email-enron-custodian" / "volume.zip") as volume:
            for member in sorted(volume.namelist()):
                if member.startswith("native/") and member.endswith(".eml"):
                    self.learn(volume.read(member))
                elif member.startswith("native/") and not member.endswith("/"):
                    wrapped = base64.encodebytes(volume.read(member))
                    self.files.append((member.partition("/")[2], wrapped))

    def learn(self, data: bytes) -> None:
        parsed = message_from_bytes(data)
        self.subjects.append(re.sub(r"(?i)^\s*(?:(?:re|fw|fwd):\s*)+", "", str(parsed["subject"] or "").strip()))
        for part in parsed.walk():
            if part.get_content_type() == "text/plain":
                text = (part.get_payload(decode=True) or b"").decode("ascii", "replace").replace("\r", "")
                found = (one.strip() for one in re.split(r"\n\s*\n", NOTICE.sub("", text)))
                self.paragraphs += [one for one in found if 20 < len(one) < 4000]

    def message(self, number: int, *, may_attach: bool) -> bytes:
        chance = self.chance
        sender, *others = chance.sample(PEOPLE, chance.randint(2, 6))
        sent = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=number, seconds=chance.randrange(60))
        own, head, references, quoted = f"{number}.{chance.getrandbits(48)}@example.org", "", "", ""
        subject = f"{chance.choice(self.subjects)} {chance.randrange(10**5)}"
        if self.earlier and chance.random() < 0.3:
            above, named, subject, people, body = chance.choice(self.earlier)
            subject = subject if subject.startswith("RE: ") else f"RE: {subject}"
            sender, *others = chance.sample(people, len(people))
            references = f"{named} <{above}>".strip()
            head = f"In-Reply-To: <{above}>\nReferences: {references}\n"
            quoted = "\n\n -----Original Message-----\nFrom: " + f"{people[0]}\nSubject: {subject}\n\n{body}"[:6000]
        wanted = min(20_000, chance.lognormvariate(7.3, 0.9))
        text = f"Our number {number} of {chance.getrandbits(32)}.\n"
        while len(text) < wanted:
            text += "\n" + self.varied(chance.choice(self.paragraphs)) + "\n"
        self.earlier.append((own, references, subject, [sender, *others], text))
        head = (
            f"Message-ID: <{own}>\nDate: {format_datetime(sent)}\nFrom: <{sender}>\nTo: {', '.join(others)}\n"
            f"Subject: {subject}\n{head}MIME-Version: 1.0\n"
        )
        body = (text + quoted).replace("\nFrom ", "\n>From ").encode("utf-8", "replace")
        if not may_attach:
            return head.encode("utf-8", "replace") + b"Content-Type: text/plain; charset=utf-8\n\n" + body
        name, wrapped = chance.choice(self.files)
        return b"".join(
            (
                head.encode("utf-8", "replace"),
                b'Content-Type: multipart/mixed; boundary="=-=%d"\n\n--=-=%d\n' % (number, number),
                b"Content-Type: text/plain; charset=utf-8\n\n" + body + b"\n--=-=%d\n" % number,
                f'Content-Type: application/octet-stream; name="{name}"\n'.encode(),
                f'Content-Disposition: attachment; filename="{name}"\n'.encode(),
                b"Content-Transfer-Encoding: base64\n\n" + wrapped + b"--=-=%d--\n" % number,
            )
        )

    def varied(self, paragraph: str) -> str:
        """Return a paragraph with a word in twelve replaced by a number, so that hardly two are the same."""
        words = paragraph.split(" ")
        for _ in range(len(words) // 12):
            words[self.chance.randrange(len(words))] = str(self.chance.randrange(10**6))
        return " ".join(words)


def process(mailbox: Path, out: Path, *, trace: bool) -> tuple[dict, dict[str, int]]:
    """Return the reconciliation of the command over a mailbox, and the largest memory of its processes."""
    command = [*processing.COMMAND, str(mailbox), "--out", str(out), "--workers", "2", "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    largest, stop = {"megabytes_together": 0, "megabytes_resident": 0, "megabytes_main": 0}, threading.Event()
    watcher = threading.Thread(target=watch, args=(child.pid, largest, stop, trace))
    watcher.start()
    told, _ = child.communicate()
    stop.set()
    watcher.join()
    if not told:
        raise SystemExit(f"{command} ended with {child.returncode}")
    return json.loads(told.splitlines()[-1]), largest


def watch(process_id: int, largest: dict[str, int], stop: threading.Event, trace: bool) -> None:
    began, turn = time.perf_counter(), 0
    while not stop.wait(0.5):
        sizes = [rollup(one) for one in (process_id, *processing.descendants(process_id))]
        found = (sum(pss for pss, _ in sizes), sum(rss for _, rss in sizes), sizes[0][1])
        for name, size in zip(largest, found, strict=True):
            largest[name] = max(largest[name], round(size / 10**6))
        turn += 1
        if trace and turn % 10 == 0:
            seconds = round(time.perf_counter() - began)
            print(seconds, *(round(size / 10**6) for size in found), file=sys.stderr, flush=True)


def rollup(process_id: int) -> tuple[int, int]:
    """Return the proportional and the resident set of a process in bytes, nothing of one that is gone."""
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: 1024 * int(line.split()[1]) for line in lines[1:]}
    return sizes.get("Pss", 0), sizes.get("Rss", 0)


if __name__ == "__main__":
    main()
