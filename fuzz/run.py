"""
Targets in turn, one process at a time: first guided by coverage, then with inputs that repeat themselves.

    just fuzz [TARGET] [SECONDS]          every target whose name begins so, 60 seconds each if not told

Prints a line for each target: executions, edges reached, inputs kept, repeating inputs tried and the longest time of
one, and what was found. Each finding is a file of `tests/fuzz_cases/TARGET`, which the tests replay from then on: mend
the parser, or, where the finding is the target's own mistake, mend the target and delete the file. The corpus stays in
`var/fuzz`, so that the next run begins where this one ended. Ends with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from fuzz import cases
from fuzz.targets import table

ROOT = Path(__file__).resolve().parent.parent
SHARE_OF_PUMPING = 0.25
NEEDED = (
    "The fuzzer is not installed (Linux, x86-64): .venv/bin/uv pip install --require-hashes -r fuzz/requirements.lock"
)


def guided(name: str, seconds: int, corpus: Path, folder: Path) -> dict[str, object]:
    """Run one target under the fuzzer and return its figures. What kills the process itself is a case too."""
    before = _cases(name, folder)
    log = _run("fuzz.guided", name, seconds, corpus, folder)
    reached = re.findall(r"cov: (\d+)", log)
    runs = re.findall(r"number_of_executed_units: (\d+)", log) or re.findall(r"#(\d+)\t", log) or ["0"]
    return {
        "executions": int(runs[-1]),
        "edges": int(reached[-1]) if reached else 0,
        "inputs": sum(1 for _ in corpus.iterdir()),
        "found": sorted(_cases(name, folder) - before),
    }


def pumped(name: str, seconds: int, corpus: Path, folder: Path) -> dict[str, object]:
    """Run one target with inputs that repeat themselves and return its figures."""
    log = _run("fuzz.pumping", name, seconds, corpus, folder)
    told = json.loads(([line for line in log.splitlines() if line.startswith("{")] or ['{"tried": 0}'])[-1])
    return {
        "pumped": told["tried"],
        "longest": told.get("longest", 0.0),
        "hung": told.get("cases", ["the process ended"]),
    }


def _run(module: str, name: str, seconds: int, corpus: Path, folder: Path) -> str:
    command = [sys.executable, "-m", module, name, str(seconds), str(corpus), str(folder)]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=2 * seconds + 120, check=False
        )
    except subprocess.TimeoutExpired as late:
        return (late.stderr or b"").decode(errors="replace") if isinstance(late.stderr, bytes) else ""
    log = ended.stdout + ended.stderr
    (corpus.parent / f"{name}.{module.rpartition('.')[2]}.log").write_text(log)
    return log


def _cases(name: str, folder: Path) -> set[str]:
    return {path.name for path in (folder / name).glob("*")}


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", default="")
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=ROOT / "var" / "fuzz")
    parser.add_argument("--cases", type=Path, default=cases.FOLDER)
    arguments = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(NEEDED + "\n")
        return 2
    targets = table.all_targets()
    named = [name for name in targets if name == arguments.target]
    names = named or [name for name in targets if name.startswith(arguments.target)]
    if not names:
        sys.stderr.write(f"There is no target {arguments.target}; there are {', '.join(targets)}.\n")
        return 2
    n_found = 0
    for name in names:
        corpus, began = arguments.corpus / name, time.monotonic()
        corpus.mkdir(parents=True, exist_ok=True)
        at_pumping = int(arguments.seconds * SHARE_OF_PUMPING) if targets[name].pumped else 0
        told = guided(name, arguments.seconds - at_pumping, corpus, arguments.cases)
        told |= pumped(name, at_pumping, corpus, arguments.cases) if at_pumping else {}
        n_found += len(told["found"]) + len(told.get("hung", []))  # type: ignore[arg-type]
        print(json.dumps({"target": name, **told, "seconds": round(time.monotonic() - began)}), flush=True)
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
