"""
One target under libFuzzer, which keeps every input that reaches code not reached before.

    .venv/bin/python -m fuzz.guided TARGET SECONDS CORPUS CASES

What a target raises is written down as a case, once for each place, and the search goes on. The bytecode of engines and shards is
instrumented, no library's.
"""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path

import atheris

SECONDS_OF_ONE, MEMORY_MIB = 4.0, 2048


def signature(failure: BaseException) -> str:
    """Return a name for what went wrong and where: the exception and the last frame of our own."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "cursitor" in frame.filename] or frames
    place = f"{Path(ours[-1].filename).stem}-{ours[-1].name}-{ours[-1].lineno}"
    return re.sub(r"[^\w-]", "", f"{type(failure).__name__}-{place}")


def main() -> None:
    """Fuzz one target."""
    name, seconds, corpus, cases_folder = sys.argv[1:5]
    with atheris.instrument_imports(
        include=["cursitor.engines", "cursitor.plumbing.shards"], enable_loader_override=False
    ):
        from fuzz import cases
        from fuzz.targets import table

        target, found = table.named(name), set()

    def one(data: bytes) -> None:
        try:
            with cases.seconds_at_most(SECONDS_OF_ONE):
                target.read(data)
        except (Exception, cases.Hung) as failure:  # noqa: BLE001 (this is what is looked for)
            told = signature(failure)
            if told not in found:
                found.add(told)
                cases.keep(name, told, data, Path(cases_folder))
                sys.stderr.write(f"FOUND {name} {told}\n{traceback.format_exc()}\n")

    Path(corpus).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (Path(corpus) / f"seed-{number}").write_bytes(seed)
    words = Path(f"{corpus}.words")
    words.write_text(
        "".join('"' + "".join(f"\\x{byte:02X}" for byte in word.encode()) + '"\n' for word in target.words)
    )
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={target.longest}",
        f"-timeout={2 * SECONDS_OF_ONE:.0f}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-artifact_prefix={cases_folder}/{name}/",
        "-print_final_stats=1",
        "-use_value_profile=1",
        *([f"-dict={words}"] if target.words else []),
    ]
    (Path(cases_folder) / name).mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
