"""Measure keyed data. Needs no server: nothing here knows the database."""

import dataclasses
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import click

from cursitor.engines.entry import accuracy, definition, schemas, tables

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=pathlib.Path)
MOST_SHOWN = 20
WIDEST = 40


class Unusable(click.ClickException):
    """Raised when a file cannot be used. The sentence names the file, and the row or the field."""

    exit_code = 2


@click.group()
def entry() -> None:
    """Measure keyed data."""


@entry.command()
@click.argument("truth", type=FILE)
@click.argument("keyed", type=FILE)
@click.option("--schema", type=FILE, required=True, help="JSON Schema of a record, or a form definition.")
@click.option("--key", help="Column that matches records; `id` if both files have it, else the order of the rows.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def score(*, truth: pathlib.Path, keyed: pathlib.Path, schema: pathlib.Path, key: str | None, as_json: bool) -> None:
    """Compare KEYED with TRUTH field by field, by the types of the schema; plain texts exactly."""
    form = _form(schema)
    try:
        right, told = (tables.read(file.read_bytes(), name=file.name) for file in (truth, keyed))
        found = accuracy.score(form.definition, right, told, key=key)
    except (tables.TableUnreadable, accuracy.TablesCannotBeScored) as problem:
        raise Unusable(str(problem)) from None
    except OSError as problem:
        raise Unusable(f"{problem.filename}: {problem.strerror}") from None
    for note in (*(f"{schema.name}: {warning}" for warning in form.warnings), *found.notes):
        click.echo(f"Note: {note}", err=True)
    lines = [json.dumps(_plain(found))] if as_json else _lines(found)
    for line in lines:
        click.echo(line)


def _form(schema: pathlib.Path) -> schemas.Imported:
    try:
        return schemas.read(json.loads(schema.read_bytes().decode("utf-8-sig")))
    except definition.DefinitionFaulty as faulty:
        raise Unusable(f"{schema.name}: {faulty}") from None
    except (ValueError, RecursionError) as problem:
        raise Unusable(f"{schema.name} is not JSON: {problem}") from None
    except OSError as problem:
        raise Unusable(f"{problem.filename}: {problem.strerror}") from None


def _plain(found: accuracy.Score) -> dict[str, Any]:
    total = dataclasses.asdict(found.total)
    return {
        "records": found.records,
        "fields": total["fields"],
        "errors": total["errors"],
        "errors_by_field": {name: rate.errors for name, rate in found.by_field.items()},
        "rate": total["rate"],
        "low": total["low"],
        "high": total["high"],
        "key": found.key,
        "missing_records": list(found.missing),
        "extra_records": list(found.extra),
    }


def _lines(found: accuracy.Score) -> Iterator[str]:
    total = found.total
    yield f"{total.errors:,} of {total.fields:,} fields are wrong: {_share(total)}, in {found.records:,} records."
    for words, names in (("not keyed", found.missing), ("not in the truth", found.extra)):
        if names:
            told = ", ".join(names[:MOST_SHOWN]) + (" and more" if len(names) > MOST_SHOWN else "")
            yield f"{len(names):,} records are {words}: {told}"
    yield ""
    width = max(map(len, found.by_field))
    for name, rate in found.by_field.items():
        yield f"{name:<{width}}  {rate.errors:>7,} of {rate.fields:>9,}  {_share(rate)}"
    if found.differences:
        yield ""
    for wrong in found.differences[:MOST_SHOWN]:
        yield f"{wrong.record}, {wrong.field}: {_short(wrong.truth)} was keyed as {_short(wrong.keyed)}"
    if len(found.differences) > MOST_SHOWN:
        yield f"and {len(found.differences) - MOST_SHOWN:,} more"


def _share(rate: accuracy.Rate) -> str:
    return f"{rate.rate or 0:.3%} ({rate.low:.3%} to {rate.high:.3%} at 95 %)"


def _short(text: str) -> str:
    return repr(text if len(text) <= WIDEST else text[: WIDEST - 1] + "\u2026")
