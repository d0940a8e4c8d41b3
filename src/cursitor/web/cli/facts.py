"""Personal data in a processed folder, and chronologies from tables of facts; needs no server."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from cursitor.engines import chronology as chronologies
from cursitor.engines import pii as personal
from cursitor.engines.entry.definition import DateOrder
from cursitor.engines.processing import charsets
from cursitor.plumbing import exchange
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.shards import items

COLUMNS = ("id", "kind", "label", "evidence", "start", "end", "shown")
EVIDENCE = {evidence.name.lower(): evidence for evidence in personal.Evidence}
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write every hit, masked.")
@click.option("--kind", "keys", multiple=True, type=click.Choice([kind.key for kind in personal.KINDS]))
@click.option("--evidence", type=click.Choice(list(EVIDENCE)), default="pattern", show_default=True, help="The least.")
@click.option("--json", "as_json", is_flag=True, help="Answer with the counts as one JSON object.")
def pii(*, folder: Path, table: Path | None, keys: tuple[str, ...], evidence: str, as_json: bool) -> None:
    """
    Say which documents of DIR, the output folder of `cursitor process`, hold what looks like personal data.

    Evidence: checksum (a check digit was computed), context (a word beside it names it), pattern (its form alone).
    """
    kinds = [kind for kind in personal.KINDS if not keys or kind.key in keys]
    labels = {kind.key: kind.label for kind in kinds}
    counts, by_document, n_documents = Counter[str](), Counter[str](), 0
    rows: list[tuple[Any, ...]] = []
    for key, text in _texts(folder):
        n_documents += 1
        for hit in personal.screen(text, kinds):
            if hit.evidence < EVIDENCE[evidence]:
                continue
            counts[hit.kind] += 1
            by_document[key] += 1
            shown = personal.masked(text, hit)
            rows.append((key, hit.kind, labels[hit.kind], hit.evidence.name.lower(), hit.start, hit.end, shown))
    if table:
        table.write_bytes(exchange.to_csv(exchange.Table("Personal data", COLUMNS, rows)))
    found = {
        "documents": n_documents,
        "documents_with_hits": len(by_document),
        "hits": counts.total(),
        "by_kind": dict(counts.most_common()),
        "ids": list(by_document),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{len(by_document):,} of {n_documents:,} documents hold what looks like personal data.")
    for key, n in counts.most_common():
        click.echo(f"{n:>8,}  {labels[key]}")


@click.command()
@click.argument("tables", metavar="FACTS...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A .docx, .csv or .xlsx.")
@click.option("--title", default="Chronology", show_default=True)
@click.option("--person", "people", multiple=True, help="Only facts that name one of these.")
@click.option("--issue", "issues", multiple=True, help="Only facts of one of these issues.")
@click.option("--from", "first", type=DAY, help="Only facts that may lie on or after this day.")
@click.option("--to", "last", type=DAY, help="Only facts that may lie on or before this day.")
@click.option("--order", type=click.Choice([order.value for order in DateOrder]), help="Of dates such as 3/4/1999.")
@click.option("--json", "as_json", is_flag=True, help="Answer with the counts as one JSON object.")
def chronology(*, tables: tuple[Path, ...], out: Path, title: str, order: str | None, as_json: bool, **by: Any) -> None:
    """
    Make one chronology of FACTS, tables (CSV, JSON Lines) of date, fact, people, issues, source, passage.

    What is told twice becomes one fact with both sources; the same words at another date are listed as a conflict. A
    row without a fact, or with a date that may be two, is listed and left out.
    """
    if out.suffix.lower() not in (".docx", ".csv", ".xlsx"):
        raise click.BadParameter("It ends in .docx, .csv or .xlsx.", param_hint="--out")
    facts, exceptions = [], []
    for table in tables:
        for name, row in _rows(table):
            try:
                facts.append(chronologies.read(row, name=name, order=DateOrder(order) if order else None))
            except chronologies.FactUnclear as problem:
                exceptions.append({"row": name, "reason": str(problem)})
    days = {name: day.date() if (day := by[name]) else None for name in ("first", "last")}
    made = chronologies.select(chronologies.merge(facts), people=by["people"], issues=by["issues"], **days)
    out.write_bytes(_written(made, out.suffix.lower(), title))
    found = {
        "facts": len(made.facts),
        "merged": made.n_merged,
        "undated": made.n_undated,
        "conflicts": [
            {
                "fact": one.facts[0].text,
                "dates": [str(fact.moment) for fact in one.facts],
                "may_be_one": one.is_possible,
            }
            for one in made.conflicts
        ],
        "exceptions": exceptions,
        "out": str(out),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{len(made.facts):,} facts, {made.n_undated:,} undated, {made.n_merged:,} merged: {out}")
    for one in found["conflicts"]:
        click.echo(f"Conflict: {one['fact']}: {' or '.join(one['dates'])}")
    for one in exceptions:
        click.echo(f"Left out: {one['row']}: {one['reason']}", err=True)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    console = Console(stderr=True)
    try:
        listed = [item for number, _, line in items.lines(folder, 0) if (item := items.read(line, number))]
        searched = [item for item in listed if items.is_searched(item) and item.get("text")]
        for item in track(searched, "Screening", console=console, disable=not console.is_terminal, transient=True):
            yield str(item["id"]), items.text_path(folder, item).read_text(encoding="utf-8", errors="replace")
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal


def _rows(table: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row of a table with its name: the file and the line."""
    data = table.read_bytes()
    text = charsets.decode_prefix(data, len(data) + 1)[0].removeprefix("\ufeff")
    if table.suffix.lower() in (".jsonl", ".json", ".ndjson"):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as problem:
                    row = {"fact": "", "problem": str(problem)}
                yield f"{table.name} line {number}", row if isinstance(row, dict) else {}
        return
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    try:
        for row in reader:
            yield f"{table.name} line {reader.line_num}", row
    except csv.Error as problem:
        raise click.ClickException(f"{table.name} line {reader.line_num}: {problem}") from problem


def _written(made: chronologies.Chronology, ending: str, title: str) -> bytes:
    if ending == ".docx":
        return chronologies.docx(made, title=title)
    rows = [chronologies.row(number, fact) for number, fact in enumerate(made.facts, 1)]
    table = exchange.Table(title[:31], chronologies.COLUMNS, rows)
    return exchange.to_csv(table) if ending == ".csv" else exchange.to_xlsx(table)
