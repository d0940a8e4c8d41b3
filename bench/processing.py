"""
Processing beside the bare extractor, mail by the second, memory of a large mailbox, and runs that are killed.

    .venv/bin/python bench/processing.py DATA [--mailbox-megabytes 300] [--messages 20000] [--kills 5] [--json]

DATA holds `documents-mixed`, `email-mime` and `email-containers`. Prints one JSON object:

documents: files that gave text, ours and xberg's with recognition off, and the time of the whole command (its start,
text, hashes, families, near-duplicates, language, writing) over that of xberg's extraction of the same files, one by
one in one process as it comes. Wall-clock times of one run on one machine; `ratio_cpu` compares processor time, all
processes together, which a busy machine hardly changes. mail: messages a second of the command over a mailbox of real
messages. memory: the largest proportional set of all processes together while a mailbox was read. killed: the outputs
of runs killed at random and resumed, compared to the byte with one that was not.
Bars: at least as many files with text, ratio at most 1.3, 500 messages a second on two cores, 1 GB, all equal.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

XBERG = """
import asyncio, json, sys, time
from pathlib import Path
import xberg
from xberg import options
config = options.ExtractionConfig(disable_ocr=True, use_cache=False)
began, texts = time.perf_counter(), []
for path in map(Path, json.load(sys.stdin)):
    request = options.ExtractInput(kind="bytes", bytes=path.read_bytes(), filename=path.name)
    try:
        result = asyncio.run(xberg.extract(request, config))
        texts.append(bool(result.results) and bool(str(result.results[0].content).strip()))
    except BaseException:
        texts.append(False)
print(json.dumps([sum(texts), time.perf_counter() - began]))
"""
COMMAND = [sys.executable, "-c", "from cursitor.web.cli import main; main()", "process"]


def main() -> dict[str, object]:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        told: dict[str, object] = {"documents": documents(arguments.data / "documents-mixed", place / "documents")}
        for name in ("email-mime", "email-containers"):
            told[name] = counts(process(arguments.data / name, place / name)[0])
        mailbox = write_mailbox(place / "mail.mbox", arguments.data, n_messages=arguments.messages)
        told["mail"] = mail(mailbox, place / "mail", arguments.messages)
        if arguments.kills:
            told["killed"] = killed(mailbox, place / "killed", place / "mail", arguments.kills)
        large = write_mailbox(place / "large.mbox", arguments.data, n_bytes=arguments.mailbox_megabytes * 10**6)
        told["memory"] = memory(large, place / "large")
    return told


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--mailbox-megabytes", type=int, default=300)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the answer is JSON anyway")
    return parser.parse_args()


def process(source: Path, out: Path, *extra: str) -> tuple[dict, "Watched"]:
    """Return the reconciliation of the command over a source, and what it took."""
    command = [*COMMAND, str(source), "--out", str(out), "--workers", "2", "--json", *extra]
    told, watched = run(command)
    return json.loads(told.splitlines()[-1]), watched


class Watched:
    """Wall time, processor time and memory of a process and its descendants, looked at twenty times a second."""

    def __init__(self, process_id: int) -> None:
        self.process_id = process_id
        self.ticks: dict[int, int] = {}
        self.together = self.largest = 0
        self.began = time.perf_counter()
        self.seconds = 0.0

    @property
    def cpu(self) -> float:
        return sum(self.ticks.values()) / os.sysconf("SC_CLK_TCK")

    def look(self, *, at_memory: bool) -> None:
        found = [self.process_id, *descendants(self.process_id)]
        for process_id in found:
            self.ticks[process_id] = max(self.ticks.get(process_id, 0), ticks(process_id))
        if at_memory:
            sizes = [proportional(process_id) for process_id in found]
            self.together, self.largest = max(self.together, sum(sizes)), max(self.largest, *sizes)


def run(command: list[str], given: str = "") -> tuple[str, Watched]:
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    watched, stop = Watched(child.pid), threading.Event()
    watcher = threading.Thread(target=watch, args=(watched, stop))
    watcher.start()
    told, _ = child.communicate(given)
    watched.seconds = time.perf_counter() - watched.began
    stop.set()
    watcher.join()
    if child.returncode:
        raise SystemExit(f"{command} ended with {child.returncode}")
    return told, watched


def watch(watched: Watched, stop: threading.Event) -> None:
    turn = 0
    while not stop.wait(0.05):
        turn += 1
        watched.look(at_memory=turn % 10 == 0)


def counts(found: dict) -> dict[str, object]:
    return {name: found[name] for name in ("inputs", "children", "published", "exceptions", "balanced")}


def documents(source: Path, out: Path) -> dict[str, object]:
    files = sorted(path for path in source.rglob("*") if path.is_file())
    # Whoever comes second would find the files in memory: both do.
    for path in files:
        path.read_bytes()
    found, ours = process(source, out)
    told, bare = run([sys.executable, "-c", XBERG], json.dumps(list(map(str, files))))
    n_texts, seconds = json.loads(told.splitlines()[-1])
    return counts(found) | {
        "files": len(files),
        "with_text": with_text(out),
        "with_text_xberg": n_texts,
        "seconds": round(ours.seconds, 2),
        "seconds_xberg": round(seconds, 2),
        "ratio": round(ours.seconds / seconds, 2),
        "ratio_cpu": round(ours.cpu / bare.cpu, 2),
    }


def with_text(out: Path) -> int:
    """Return how many inputs gave text, their own or that of something inside them."""
    items = [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    return len({item["id"].partition(".")[0] for item in items if item["text"]})


def write_mailbox(path: Path, data: Path, *, n_messages: int = 0, n_bytes: int = 0) -> Path:
    """Write a mailbox of real messages, each made different by its Message-ID, subject and date."""
    bodies = [found.read_bytes() for found in sorted((data / "email-mime").rglob("*.eml"))]
    bodies = [body for body in bodies if 300 < len(body) < 200_000]
    with path.open("wb") as out:
        number = 0
        while number < n_messages or out.tell() < n_bytes:
            body = bodies[number % len(bodies)].replace(b"\nFrom ", b"\n>From ")
            out.write(b"From sender@example.org Mon May 14 16:39:00 2001\n")
            out.write(b"Message-ID: <%d@example.org>\nX-Number: %d\nSubject: letter %d\n" % (number, number, number))
            out.write(body.rstrip(b"\r\n") + b"\n\n")
            number += 1
    return path


def mail(mailbox: Path, out: Path, n_messages: int) -> dict[str, object]:
    found, watched = process(mailbox, out)
    return counts(found) | {
        "bytes": mailbox.stat().st_size,
        "messages_per_second": round(n_messages / watched.seconds),
        "messages_per_cpu_second": round(n_messages / watched.cpu),
    }


def killed(mailbox: Path, out: Path, whole: Path, n_kills: int) -> dict[str, object]:
    chance = random.Random(4)
    for _ in range(n_kills):
        child = subprocess.Popen(
            [*COMMAND, str(mailbox), "--out", str(out), "--workers", "2", "--json", "--resume"],
            stdout=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 6))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    process(mailbox, out, "--resume")
    return {"kills": n_kills, "equal": digest(out) == digest(whole)}


def digest(out: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(out.rglob("*")):
        if path.is_file() and ".state" not in path.parts and path.name != "reconciliation.json":
            found.update(f"{path.relative_to(out)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def memory(mailbox: Path, out: Path) -> dict[str, object]:
    found, watched = process(mailbox, out)
    shutil.rmtree(out)
    return counts(found) | {
        "bytes": mailbox.stat().st_size,
        "megabytes_together": round(watched.together / 2**20),
        "megabytes_largest_process": round(watched.largest / 2**20),
        "seconds": round(watched.seconds, 1),
    }


def ticks(process_id: int) -> int:
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def descendants(process_id: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found, waiting = [], [process_id]
    while waiting:
        above = waiting.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found.extend(below)
        waiting.extend(below)
    return found


def proportional(process_id: int) -> int:
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    print(json.dumps(main()))
