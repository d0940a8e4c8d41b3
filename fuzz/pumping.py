"""
Inputs that repeat themselves: a parser whose time grows with the square of its input is found by its processor time.

    .venv/bin/python -m fuzz.pumping TARGET SECONDS CORPUS CASES

Takes an input of the corpus, repeats a piece of it until it is long, and gives the parser a few seconds. The last line
printed is a JSON object: inputs tried, the longest time of one, names of the cases.
"""

from __future__ import annotations

import json
import random
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

from fuzz import cases
from fuzz.targets import table
from fuzz.targets.table import Target

SECONDS_OF_ONE = 3.0
LONGER = 8
"""A case is kept as an input so much longer than the one that was too slow: no machine is quick enough for it then."""


def pumped(pool: list[bytes], size: int, chance: random.Random) -> cases.Pump:
    """Return an input of which a piece is repeated; the piece is mostly short, and sometimes the whole."""
    unit = chance.choice(pool)[:2000] or b"a"
    length = min(len(unit), chance.choice((1, 1, 2, 2, 3, 4, 6, 10, 20, 60, 2000)))
    at = chance.randrange(len(unit) - length + 1)
    head = unit[:at] if chance.random() < 0.7 else b""
    tail = unit[at + length :] if chance.random() < 0.7 else b"!"
    return cases.Pump(*(part.decode("latin-1") for part in (head, unit[at : at + length], tail)), size)


def search(target: Target, pool: list[bytes], seconds: float, folder: Path) -> dict[str, object]:
    """Try such inputs for a time; each place in which one hangs becomes a case."""
    chance, end = random.Random(target.name), time.monotonic() + seconds
    found: dict[str, str] = {}
    tried, longest = 0, 0.0
    while target.pumped and time.monotonic() < end:
        pump = pumped(pool, target.pumped, chance)
        tried += 1
        began = time.process_time()
        try:
            with cases.seconds_at_most(SECONDS_OF_ONE):
                target.read(pump.data())
        except (Exception, cases.Hung) as failure:  # noqa: BLE001 (this is what is looked for)
            frames = [one for one in traceback.extract_tb(failure.__traceback__) if "cursitor" in one.filename]
            place = f"{Path(frames[-1].filename).stem}-{frames[-1].name}" if frames else "elsewhere"
            told = f"{type(failure).__name__}-{place}"
            if told not in found:
                found[told] = cases.keep(target.name, told, replace(pump, size=LONGER * pump.size), folder).name
                sys.stderr.write(f"FOUND {target.name} {told} {str(pump)[:300]}\n{traceback.format_exc()[-1500:]}\n")
        longest = max(longest, time.process_time() - began)
    return {"tried": tried, "longest": round(longest, 2), "cases": sorted(found.values())}


def main() -> None:
    """Pump one target."""
    name, seconds, corpus, folder = sys.argv[1:5]
    target = table.named(name)
    pool = [*target.seeds, *(path.read_bytes() for path in sorted(Path(corpus).glob("*")))]
    print(json.dumps(search(target, pool, float(seconds), Path(folder))))


if __name__ == "__main__":
    main()
