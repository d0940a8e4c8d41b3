"""From files and folders to items, texts and counts; needs no server."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cursitor.engines.dedupe.suppression import Scope
from cursitor.plumbing.corpus import running
from cursitor.plumbing.refusal import Refusal

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
WORDS = {
    "inputs": "Inputs",
    "children": "Children",
    "published": "Published",
    "duplicates": "Duplicates",
    "excluded": "Excluded",
    "exceptions": "Exceptions",
    "seconds": "Seconds",
}


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for items.jsonl, text/, exceptions.csv and reconciliation.json; empty, unless --resume.",
)
@click.option("--custodian", default="", help="Whose everything is; without it, each source names its custodian.")
@click.option("--workers", type=click.IntRange(1, 256), default=os.cpu_count() or 2, show_default=True)
@click.option(
    "--dedup",
    type=click.Choice([scope.value for scope in Scope]),
    default=Scope.GLOBAL.value,
    show_default=True,
    help="Compare families across all custodians, or inside each.",
)
@click.option("--ocr", is_flag=True, help="Recognise pages with little or no text; needs Tesseract.")
@click.option("--ocr-language", default="eng", show_default=True, help="Tesseract's code, several joined by +.")
@click.option("--passwords", type=EXISTING, help="File of passwords to try on what is protected, one a line.")
@click.option("--nist", type=EXISTING, help="Hashes of known files to exclude: one a line, or NSRL's CSV.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder, however it ended.")
@click.option("--retry-failed", is_flag=True, help="With --resume: read again what ended as an exception.")
@click.option(
    "--dask", metavar="ADDRESS", help="Read on the workers of this Dask scheduler, which see the same folders."
)
@click.option("--json", "as_json", is_flag=True, help="End with the reconciliation as one JSON object.")
def process(*, sources: tuple[Path, ...], out: Path, as_json: bool, workers: int, resume: bool, **chosen: Any) -> None:
    """
    Read every SOURCE (a file or a folder) into items, texts and counts that account for each of them.

    Mailboxes, archives and messages are opened to the last attachment. Whatever cannot be read ends as an exception
    that names why; nothing is lost and nothing stops the run.
    """
    if chosen["retry_failed"] and not resume:
        raise click.UsageError("--retry-failed goes with --resume.")
    try:
        settings = _settings(sources, chosen)
        with progress() as told, _executor(chosen["dask"]) as executor:
            found = running.run(
                settings,
                out,
                workers=workers,
                resume=resume,
                retry_failed=chosen["retry_failed"],
                executor=executor,
                told=told,
            )
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, words in WORDS.items():
            click.echo(f"{words:12}{found[name]:>12,}")
        click.echo("Every item is accounted for." if found["balanced"] else "The counts do not balance.")
    if not found["balanced"]:
        raise click.exceptions.Exit(1)


def _settings(sources: tuple[Path, ...], chosen: dict[str, Any]) -> running.Settings:
    passwords = chosen["passwords"]
    lines = passwords.read_text(encoding="utf-8-sig", errors="replace").splitlines() if passwords else []
    return running.Settings(
        tuple(str(source) for source in sources),
        chosen["custodian"],
        Scope(chosen["dedup"]),
        chosen["ocr_language"] if chosen["ocr"] else "",
        str(chosen["nist"] or ""),
        tuple(dict.fromkeys(line for line in lines if line)),
    )


@contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    """Yield where to read: nothing for this machine, else the workers of a Dask scheduler."""
    if address is None:
        yield None
        return
    from distributed import Client

    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as failure:
        raise click.ClickException(f"There is no Dask scheduler at {address}: {failure}") from failure
    with client:
        yield client.get_executor(pure=False)


@contextmanager
def progress() -> Iterator[running.Told]:
    """Show how far a run is, where somebody can see it."""
    columns = (
        TextColumn("Batches read"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[items]:,} items"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        key = shown.add_task("", total=None, items=0)

        def say(told: running.Told) -> None:
            shown.update(key, total=told.n_batches, completed=told.n_done, items=told.n_items)

        yield running.Told(say=say)
