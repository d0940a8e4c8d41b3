"""Indexing a processed folder, searching it, and counting what a list of terms hits; needs no server."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Printed

from cursitor.engines.search import terms as term_list
from cursitor.plumbing import exchange
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.shards import indexing, reporting, searching

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
MISTAKE = 2
COLUMNS = (
    *("line", "term", "hits", "hits_with_family", "unique", "unique_with_family", "occurrences", "expansions"),
    *("error", "population_documents", "population_sha256", "counted_at"),
)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--workers", type=click.IntRange(1, 256), default=os.cpu_count() or 2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="End with the counts as one JSON object.")
def index(*, folder: Path, workers: int, as_json: bool) -> None:
    """
    Build the search index of DIR, the output folder of `cursitor process`, anew.

    Searches meanwhile are answered from the index before; the new one takes its place when it is whole.
    """
    started = time.monotonic()
    with _told(), _progress() as told:
        built = indexing.build(folder, workers=workers, told=told)
    found = {
        "documents": built["documents"],
        "shards": len(built["shards"]),
        "not_searched": built["not_searched"],
        "population_sha256": built["population_sha256"],
        "seconds": round(time.monotonic() - started, 2),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{found['documents']:,} documents can be searched.")
    for status, n in found["not_searched"].items():
        click.echo(f"{n:,} items of status {status} are not searched.")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("query")
@click.option("--limit", type=click.IntRange(min=0), help="Give at most so many ids; the total counts all.")
@click.option("--with-families", is_flag=True, help="Find the whole family of every match as well.")
@click.option("--with-threads", is_flag=True, help="Find the whole thread of every match (and member of its family).")
@click.option("--json", "as_json", is_flag=True, help="Answer with total and ids as one JSON object.")
def search(*, folder: Path, query: str, limit: int | None, as_json: bool, **expand: bool) -> None:
    """Give the ids of the documents in DIR that match QUERY, in the order of items.jsonl."""
    relations = [name for name, flag in (("family", "with_families"), ("thread", "with_threads")) if expand[flag]]
    with _told():
        opened = indexing.open_index(folder)
        found = searching.search(opened.shards, query, limit=limit, expand=relations)
    if as_json:
        click.echo(json.dumps({"total": found.total, "ids": list(found.ids)}))
        return
    for key in found.ids:
        click.echo(key)
    click.echo(f"{found.total:,} documents.", err=True)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("terms", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as CSV.")
@click.option("--json", "as_json", is_flag=True, help="End with the report as one JSON object.")
def hits(*, folder: Path, terms: Path, csv_file: Path | None, as_json: bool) -> None:
    """
    Count what each term of TERMS hits in DIR: documents, with families, unique to the term, and occurrences.

    TERMS holds one query a line; lines that begin with # and empty lines are passed over. A .csv is read by its first
    column. A term with a mistake is listed with the mistake, and the others are counted.
    """
    with _told():
        lines = term_list.read(terms.read_bytes(), is_table=terms.suffix.lower() == ".csv")
        report = reporting.report(indexing.open_index(folder), lines, at=datetime.now(UTC))
        if csv_file:
            csv_file.write_bytes(exchange.to_csv(_table(report)))
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(report)


def _table(report: dict[str, Any]) -> exchange.Table:
    population = report["population"]
    frozen = (population["documents"], population["sha256"], population["at"])
    rows = [(*_row(term), *frozen) for term in report["terms"]]
    total = report["total"]
    rows.append((None, "All terms, each document once", total["hits"], total["hits_with_family"], *[None] * 5, *frozen))
    return exchange.Table("Hits", COLUMNS, rows)


def _row(term: dict[str, Any]) -> tuple[Any, ...]:
    words = "; ".join(
        f"{one['pattern']} ({one['words']}): {' '.join(word for word, _ in one['commonest'])}"
        for one in term["expansions"]
    )
    error = term["error"]["caret"] if term["error"] else None
    return (*(term[name] for name in COLUMNS[:7]), words or None, error)


def _print(report: dict[str, Any]) -> None:
    population, total = report["population"], report["total"]
    printed = Printed("Line", "Term", "Hits", "With family", "Unique", "Unique with family", "Occurrences")
    for term in report["terms"]:
        figures = ["" if term[name] is None else f"{term[name]:,}" for name in COLUMNS[2:7]]
        printed.add_row(str(term["line"]), term["term"].replace("[", r"\["), *figures)
    printed.add_section()
    printed.add_row("", "All, each once", f"{total['hits']:,}", f"{total['hits_with_family']:,}")
    Console(width=None if Console().is_terminal else 160).print(printed)
    for term in report["terms"]:
        if term["error"]:
            click.echo(f"Line {term['line']} is not counted:\n{term['error']['caret']}\n")
        for one in term["expansions"]:
            words = " ".join(f"{word} ({n:,})" for word, n in one["commonest"])
            click.echo(f"Line {term['line']}: {one['pattern']} stands for {one['words']:,} words: {words}")
    click.echo(f"Counted in {population['documents']:,} documents ({population['sha256']}) at {population['at']}.")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what is refused into a message: 2 for a query with a mistake, 1 for anything else."""
    try:
        yield
    except (searching.QueryNotUnderstood, searching.QueryTooBroad) as refusal:
        click.echo(refusal.sentence, err=True)
        raise click.exceptions.Exit(MISTAKE) from refusal
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    except (term_list.UnreadableTerms, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _progress() -> Iterator[indexing.Told]:
    columns = (TextColumn("Documents"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("index", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
