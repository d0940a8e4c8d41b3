"""From a processed folder and its codes to a production volume that was read back; needs no server."""

import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cursitor.engines.production import protocol as protocols
from cursitor.plumbing.producing import verifying, volumes
from cursitor.plumbing.refusal import Refusal

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
SHOWN = 40


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--coding", required=True, type=EXISTING)
@click.option("--protocol", "protocol_file", required=True, type=EXISTING)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="An empty folder, or none."
)
@click.option("--workers", type=click.IntRange(1, 256), default=os.cpu_count() or 2, show_default=True)
@click.option("--passwords", type=EXISTING, help="The file of passwords that the folder was processed with.")
@click.option("--json", "as_json", is_flag=True, help="End with the counts as one JSON object.")
def produce(
    *, folder: Path, coding: Path, protocol_file: Path, out: Path, workers: int, passwords: Path | None, as_json: bool
) -> None:
    """
    Write the production volume of what is coded in DIR, the output folder of `cursitor process` or `loadfile import`.

    Families stay together, every page is stamped with its number, redactions are burnt into the page, and what was
    written is read back and compared before it is called done.
    """
    try:
        protocol = protocols.read(tomllib.loads(protocol_file.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError) as problem:
        raise click.ClickException(f"{protocol_file.name} cannot be followed. {problem}") from problem
    lines = passwords.read_text(encoding="utf-8-sig", errors="replace").splitlines() if passwords else []
    try:
        with _progress() as told:
            made = volumes.produce(
                folder,
                coding,
                protocol,
                out,
                at=datetime.now(UTC),
                workers=workers,
                passwords=tuple(line for line in lines if line),
                told=told,
            )
        checked = verifying.verify(out, folder)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    answer = made | {"verified": checked["verified"], "findings": checked["findings"]}
    if as_json:
        click.echo(json.dumps(answer))
    else:
        n = {name: answer[name] for name in ("produced", "withheld", "excluded", "redacted", "pages", "natives")}
        click.echo(
            f"{answer['begin']} to {answer['end']}: " + ", ".join(f"{count:,} {name}" for name, count in n.items())
        )
        for warning in answer["warnings"][:SHOWN]:
            click.echo(f"Look at: {warning['sentence']}")
        _tell(checked)
    if not checked["verified"]:
        raise click.exceptions.Exit(1)


@click.group()
def production() -> None:
    """Look at production volumes."""


@production.command()
@click.argument("volume", metavar="PROD", type=FOLDER)
@click.option("--against", required=True, type=FOLDER, help="The processed folder that it was produced from.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def verify(*, volume: Path, against: Path, as_json: bool) -> None:
    """Read a volume back and hold every number, page, text, native and redaction against what was decided."""
    try:
        checked = verifying.verify(volume, against)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    if as_json:
        click.echo(json.dumps(checked))
    else:
        _tell(checked)
    if not checked["verified"]:
        raise click.exceptions.Exit(1)


def _tell(checked: dict[str, Any]) -> None:
    found = "It is what was decided." if checked["verified"] else f"{len(checked['findings']):,} faults."
    click.echo(f"{checked['documents']:,} documents, {checked['pages']:,} pages read back. {found}")
    for one in checked["findings"][:SHOWN]:
        click.echo(f"{one['code']} {one['document']}: {one['sentence']}")


@contextmanager
def _progress() -> Iterator[volumes.Told]:
    columns = (
        TextColumn("Documents"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pages]:,} pages"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        key = shown.add_task("", total=None, pages=0)

        def say(told: volumes.Told) -> None:
            shown.update(key, total=told.n_documents, completed=told.n_done, pages=told.n_pages)

        yield volumes.Told(say=say)
