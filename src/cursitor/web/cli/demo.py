"""The demo and the tour."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cursitor.web.demo import practice, story
from cursitor.web.demo import tour as played

WORDS = {
    "items": "Items collected",
    "families": "Families",
    "reviewed": "Documents read",
    "relevant_found": "Relevant found",
    "effort_at_80": "Share read when 80 % of the relevant was found",
    "lot": "Lot: sample, defective, accepted",
    "signed_off": "Signature holds",
    "deliverable_files": "Files delivered",
    "invoice_total": "Invoice, USD",
    "ledes_valid": "LEDES 1998B valid",
    "audit_verified": "Log verifies",
    "seconds": "Seconds",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="End with the figures as one JSON object on the last line.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a messages.jsonl.gz of labelled messages to play instead: id, text, labels.",
)
@click.option("--relevant", default=practice.RELEVANT, show_default=True, help="The label that counts as responsive.")
def tour(*, as_json: bool, data: Path | None, relevant: str) -> None:
    """Play one whole order, from instruction to invoice, on real mail with published human labels."""
    if data and not (data / "messages.jsonl.gz").is_file():
        raise click.BadParameter("the folder holds no messages.jsonl.gz", param_hint="--data")
    with _progress() as stage:
        figures = played.run(stage=stage, folder=data, relevant=relevant)
    ref = figures.pop("order")
    if as_json:
        click.echo(json.dumps(figures))
    else:
        _tell(figures)
        click.echo(f"Everything stays to be looked at: /orders/{ref}/")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def demo(*, as_json: bool) -> None:
    """Make the demo if this installation is empty, and say who may sign in."""
    is_made = story.make_if_empty(say=lambda words: click.echo(words, err=True))
    if as_json:
        click.echo(json.dumps({"made": is_made, "sign_ins": story.who(), "password": story.PASSWORD}))
    else:
        click.echo(story.sign_ins())


@contextmanager
def _progress() -> Iterator[Callable[[str, int | None], Callable[[int], None]]]:
    """Yield what begins a stage and returns what is told of its steps, shown as bars on the error stream."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:

        def stage(words: str, total: int | None) -> Callable[[int], None]:
            for task in shown.tasks:
                shown.update(task.id, total=task.completed or 1, completed=task.completed or 1)
            key = shown.add_task(words, total=total or 1)
            return lambda n: shown.advance(key, n)

        yield stage


def _tell(figures: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None)
    for key, value in figures.items():
        said = ", ".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)
        table.add_row(WORDS[key], said)
    Console().print(table)
