"""Run the suite: static checks first, then the engines without Django, then everything else on both databases."""

import argparse
import contextlib
import ctypes.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
# What asks no database, or asks it only by what the rooms' own tests ask, tells the same beside either: it runs once,
# with SQLite.
RUN_ONCE = (
    "tests/architecture/test_every_address.py",
    "tests/journeys",
    "tests/lines/entry/test_reader_limits.py",
    *(f"tests/plumbing/{room}" for room in ("corpus", "producing", "sandbox", "shards", "volumes", "test_ocr.py")),
    *(f"tests/web/test_{name}.py" for name in ("entry_score", "facts", "loadfile", "search", "simulate")),
)
# What makes pages, starts processes or plays whole lives: the fast run is about engines, operations and queries.
NOT_FAST = (
    *(f"tests/*{word}*" for word in ("page", "workbench", "conformance", "hostile")),
    *("tests/journeys", "tests/plumbing", "tests/web"),
)
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def main() -> int:
    options, rest = _options()
    os.chdir(ROOT)
    _need_system_packages(fast=options.fast)
    started = time.monotonic()
    failed = [name for name, command in _static_checks() if not _passes(name, command)]
    selection = ["-m", "not slow and not browser"] if options.fast else []
    left_out = [f"--ignore-glob={pattern}" for pattern in NOT_FAST] if options.fast else []
    # Whole files, so that what a module makes for its tests is made once.
    workers = ["-n", os.environ.get("CURSITOR_TEST_PROCESSES", "2"), "--dist", "loadfile"]
    alone = ["-p", "tests.without_django", "-p", "no:django", "-o", "addopts=-q", "--noconftest"]
    engines = [str(BIN / "python"), "-m", "pytest", *alone, *workers, *selection, "tests/engines"]
    if not rest and not _passes("engines, Django not importable", engines):
        failed.append("engines")
    # In the order of the tree: the longest file stands at its beginning.
    pytest = [str(BIN / "pytest"), *workers, "--no-loadscope-reorder", *selection]
    pytest += rest or ["--ignore=tests/engines", *left_out]
    if options.database in {"sqlite", "both"} and not _passes("everything on SQLite", pytest):
        failed.append("SQLite")
    if options.database in {"postgresql", "both"} and not options.fast:
        # A browser tells the same of a page whatever database stands behind it: it walks once, on SQLite.
        with postgresql() as address:
            command = [*pytest, "-m", "not browser", *(f"--ignore={path}" for path in RUN_ONCE)]
            if not _passes("everything but the browser on PostgreSQL", command, CURSITOR_DATABASE_URL=address):
                failed.append("PostgreSQL")
    _say(f"{'FAILED: ' + ', '.join(failed) if failed else 'All passed'} in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="./test", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="engines, operations and queries: no pages, no processes")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    return parser.parse_known_args()


def _static_checks() -> list[tuple[str, list[str]]]:
    return [
        ("style", [str(BIN / "ruff"), "check", "--quiet", "."]),
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        ("layers", [str(BIN / "lint-imports"), "--no-cache"]),
        ("types of the engines", [str(BIN / "mypy")]),
    ]


def _need_system_packages(*, fast: bool) -> None:
    """Install what is missing of the system, or say so in one line; a CI run does not go on without it."""
    if fast:
        return
    wanted = {
        "chromium": bool(shutil.which("chromium")),
        "postgresql": bool(POSTGRES),
        "tesseract-ocr": bool(shutil.which("tesseract")),
        "libarchive13": bool(ctypes.util.find_library("archive")),
    }
    missing = [name for name, present in wanted.items() if not present]
    if not missing:
        return
    install = f"source tools/setup.sh && install_packages {' '.join(missing)}"
    if subprocess.run(["bash", "-c", install], check=False).returncode and os.environ.get("CI"):
        sys.exit(f"CI needs these system packages: {' '.join(missing)}")
    POSTGRES.extend(sorted(Path("/usr/lib/postgresql").glob("*/bin")))


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL of our own in a temporary folder and yield its address; nothing of it stays."""
    if not POSTGRES:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="cursitor-postgresql-") as folder:
        Path(folder).chmod(0o755)
        data, user = Path(folder) / "data", _database_user()
        data.mkdir()
        if user:
            shutil.chown(data, user)
        _as(user, POSTGRES[-1] / "initdb", "-D", data, "-U", "cursitor", "-A", "trust", "-E", "UTF8", "--no-sync")
        port = _free_port()
        options = (
            f"-p {port} -k {data} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
        )
        _as(user, POSTGRES[-1] / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start")
        try:
            yield f"postgres://cursitor@127.0.0.1:{port}/postgres"
        finally:
            _as(user, POSTGRES[-1] / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _database_user() -> str | None:
    """PostgreSQL refuses to run as root: use the account its package made."""
    return None if os.getuid() else pwd.getpwnam("postgres").pw_name


def _as(user: str | None, *command: object) -> None:
    words = [str(word) for word in command]
    subprocess.run(
        ["runuser", "-u", user, "--", *words] if user else words, check=True, stdout=subprocess.DEVNULL, cwd="/"
    )


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _passes(name: str, command: list[str], **environment: str) -> bool:
    _say(f"== {name}")
    started = time.monotonic()
    result = subprocess.run(command, check=False, env={**os.environ, **environment})
    _say(f"== {name}: {'passed' if result.returncode == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s")
    return result.returncode == 0


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
