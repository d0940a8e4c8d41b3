"""
Mutated real files through the reader: whatever the bytes are, every item ends as read or as a named exception.

    .venv/bin/python -m bench.fuzz_processing DATA [--rounds 2000] [--seed 1] [--seconds 60]

DATA is a folder of files to begin with (`email-mime`, `email-containers`, `documents-mixed`). Guided by coverage of our
own readers: a mutant that runs lines not run before joins the files to mutate. Each is read as it is in a run, in a
worker under limits of 5 seconds and 1 GiB. Prints one JSON object: mutants read, exceptions by class, lines of our
readers run, what broke a worker (file, number of the mutant, and how) and what did not balance.
Bar: nothing unbalanced; nothing read ends a worker but libraries that are named here.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from cursitor.engines.processing import walk
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.processing.items import Place
from cursitor.engines.processing.limits import MEBIBYTE, Limits
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS = Limits(seconds=5, memory_bytes=1024 * MEBIBYTE, item_bytes=32 * MEBIBYTE, total_bytes=256 * MEBIBYTE)
OURS = "cursitor/engines/processing/"
MOST_BYTES = 300_000
_seen: set[tuple[str, int]] = set()


def read(name: str, data: bytes) -> tuple[bool, dict[str, int], list[tuple[str, int]]]:
    """Read one mutant in a worker; return whether it balances, its exceptions by class, and lines not run before."""
    fresh: set[tuple[str, int]] = set()

    def local(frame, event, _):
        at = (frame.f_code.co_filename.rpartition("/")[2], frame.f_lineno)
        if event == "line" and at not in _seen:
            fresh.add(at)
        return local

    def trace(frame, event, _):
        return local if OURS in frame.f_code.co_filename else None

    sys.settrace(trace)
    try:
        items = list(walk.expand(walk.Item(Place("1"), name, data), LIMITS))
    finally:
        sys.settrace(None)
    _seen.update(fresh)
    counts = Counter(str(item.exception.class_) for item in items if item.exception)
    return walk.reconcile(items, inputs=1).balanced, dict(counts), sorted(fresh)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with some flipped, removed, repeated or moved, or cut off."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not out:
            return bytes(out)
        at, size = chance.randrange(len(out)), chance.choice((1, 1, 2, 4, 64, 512))
        kind = chance.randrange(6)
        if kind == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            out[at : at + size] = chance.randbytes(size)
        elif kind == 2:
            del out[at : at + size]
        elif kind == 3:
            out[at:at] = out[at : at + size] * chance.choice((1, 2, 50))
        elif kind == 4:
            out[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\r\n\r\n")
            )
        else:
            del out[at:]
    return bytes(out)


def main() -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.data.rglob("*") if path.is_file() and path.stat().st_size < MOST_BYTES)
    pool = [(path.name, path.read_bytes()) for path in files]
    told: dict[str, object] = {"files": len(pool), "mutants": 0, "kept": 0, "broken": [], "unbalanced": []}
    classes: Counter[str] = Counter()
    lines: set[tuple[str, int]] = set()
    end = time.monotonic() + arguments.seconds
    with Sandbox(LIMITS, calls_per_worker=10_000) as sandbox:
        for number in range(arguments.rounds):
            if time.monotonic() > end:
                break
            chance = random.Random(f"{arguments.seed}:{number}")
            name, data = chance.choice(pool)
            mutant = mutated(data, chance)
            told["mutants"] += 1
            try:
                balanced, found, fresh = sandbox.run("bench.fuzz_processing:read", name, mutant)
            except ProcessingException as failure:
                told["broken"].append([name, number, str(failure)])
                continue
            classes.update(found)
            if not balanced:
                told["unbalanced"].append([name, number])
            fresh = {tuple(at) for at in fresh} - lines
            if fresh:
                lines |= fresh
                pool.append((name, mutant))
                told["kept"] += 1
    return told | {"lines": len(lines), "exceptions": dict(classes)}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    print(json.dumps(main()))
