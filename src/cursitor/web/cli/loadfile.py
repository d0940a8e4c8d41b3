"""Load files of other programs: taken in, checked, written anew; needs no server."""

import json
import os
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import click

from cursitor.engines.production import images, mapping
from cursitor.engines.production import loadfile as delimited
from cursitor.engines.production.findings import Finding
from cursitor.engines.production.loadfile import Dialect
from cursitor.engines.production.mapping import FieldMap
from cursitor.plumbing.corpus import imported
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.volumes import productions
from cursitor.web.cli.process import progress

SHOWN = 40
DIALECTS = {
    "dat": delimited.CONCORDANCE,
    "dat-cp1252": delimited.CONCORDANCE_CP1252,
    "dat-utf16": Dialect("CONCORDANCE", "utf-16-le", delimited.CONCORDANCE.delimiter, "\u00fe", "\u00ae", bom=True),
    "csv": delimited.CSV,
    "pipe": delimited.PIPE,
}
PATH = click.Path(exists=True, path_type=Path)


@click.group()
def loadfile() -> None:
    """Take in, check and convert load files (DAT, CSV, OPT, LFP)."""


@loadfile.command(name="import")
@click.argument("load_file", metavar="LOADFILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--volume", required=True, type=PATH, help="Folder or ZIP of the natives and texts that it names.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="An empty folder.")
@click.option("--map", "map_file", type=PATH, help="TOML with the columns, where their names are not the usual ones.")
@click.option("--custodian", default="", help="Of records that name none; without it, the volume's name.")
@click.option("--workers", type=click.IntRange(1, 256), default=os.cpu_count() or 2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="End with the reconciliation as one JSON object.")
def take_in(*, load_file: Path, volume: Path, out: Path, map_file: Path | None, as_json: bool, **chosen: Any) -> None:
    """
    Take in somebody else's production: every record of LOADFILE, under the parent that it names.

    Writes what `cursitor process` writes. Recorded digests are verified, and each text is made anew from the native
    and compared with the one that was delivered: see findings.csv and texts.csv.
    """
    field_map = read_map(map_file)
    with progress() as reading:
        answer = _or_refused(
            lambda: imported.take_in(load_file, volume, out, field_map=field_map, told=reading, **chosen)
        )
    if as_json:
        click.echo(json.dumps(answer))
        return
    n = {
        name: answer[name] for name in ("documents", "attachments", "rejected", "published", "duplicates", "exceptions")
    }
    click.echo(", ".join(f"{count:,} {name}" for name, count in n.items()) + ".")
    click.echo("Digests: " + ", ".join(f"{count:,} {name}" for name, count in answer["hashes"].items()) + ".")
    click.echo(
        "Texts: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in answer["texts"].items()) + "."
    )
    for code, count in answer["findings"].items():
        click.echo(f"{count:>8,}  {code}")
    click.echo("Every record is accounted for." if answer["balanced"] else "The counts do not balance.")


@loadfile.command()
@click.argument("path", type=PATH)
@click.option("--map", "map_file", type=PATH, help="TOML with the columns, where their names are not the usual ones.")
@click.option("--strict", is_flag=True, help="End with code 1 if anything is an error.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def check(*, path: Path, map_file: Path | None, strict: bool, as_json: bool) -> None:
    """
    Say what is amiss with the load file PATH, or with every load file of the volume PATH, a folder or a ZIP.

    Files that it names are looked for beside it. Each finding has a stable code, a severity, row, column and value.
    """
    checked = _or_refused(lambda: productions.check(path, field_map=read_map(map_file)))
    if as_json:
        findings = [told(name, finding) for name, finding in checked.findings]
        click.echo(json.dumps({"documents": checked.n_documents, "pages": checked.n_pages, "findings": findings}))
    else:
        _tell(checked)
    if strict and any(finding.severity == "ERROR" for _, finding in checked.findings):
        raise click.exceptions.Exit(1)


@loadfile.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to", "form", type=click.Choice([*DIALECTS, "opt", "lfp"]), help="Form; by the ending of TARGET if not."
)
@click.option("--substitute", is_flag=True, help="Replace what the form cannot carry, and say what; refuse if not.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def convert(*, source: Path, target: Path, form: str | None, substitute: bool, as_json: bool) -> None:
    """Write the load file SOURCE in another form to TARGET: DAT, CSV and pipe, or OPT and LFP, to each other."""
    chosen = form or target.suffix.lower().removeprefix(".")
    data = source.read_bytes()
    if target.exists() and target.samefile(source):
        raise click.ClickException("Source and target are one file; nothing was written.")
    try:
        written, n_rows, findings = _converted(data, chosen, may_substitute=substitute)
    except (ValueError, delimited.NotRepresentable) as failure:
        raise click.ClickException(f"{source.name} was not converted. {failure}") from failure
    target.write_bytes(written)
    if as_json:
        click.echo(json.dumps({"rows": n_rows, "findings": [told(source.name, finding) for finding in findings]}))
        return
    click.echo(f"{n_rows:,} rows written to {target}.")
    for finding in findings[:SHOWN]:
        click.echo(_line(finding))


def read_map(path: Path | None) -> FieldMap | None:
    """
    Return the field map of a TOML file: `preset = "RELATIVITY"`, or [columns] with CONTROL = "DOCID" and so on.

    :raises ClickException: if the file is no such TOML.
    """
    if path is None:
        return None
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as failure:
        raise click.ClickException(f"{path} cannot be read as TOML: {failure}") from failure
    presets = {preset.name: preset for preset in mapping.PRESETS}
    name = str(given.get("preset", "")).upper()
    if name and name not in presets:
        raise click.ClickException(f"{path}: there is no preset {name}; there are {', '.join(presets)}.")
    columns = given.get("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(column, str) for column in columns.values()):
        raise click.ClickException(f'{path}: [columns] takes lines such as CONTROL = "DOCID".')
    unknown = sorted({field.upper() for field in columns} - mapping.names.FIELDS.keys())
    if unknown:
        raise click.ClickException(
            f"{path}: no such field: {', '.join(unknown)}. Fields: {', '.join(mapping.names.FIELDS)}."
        )
    base = presets[name].columns if name else {}
    return FieldMap(name or path.stem, {**base, **{field.upper(): column for field, column in columns.items()}})


def told(name: str, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "sentence": finding.sentence,
        "file": name,
    }


def _converted(data: bytes, form: str, *, may_substitute: bool) -> tuple[bytes, int, tuple[Finding, ...]]:
    if form in ("opt", "lfp"):
        if images.is_image_file(data) is None:
            raise ValueError("It is no image load file; OPT and LFP are made from each other.")
        file = images.read(data)
        write = images.write_opticon if form == "opt" else images.write_lfp
        return write(file.documents), sum(len(one.rows) for one in file.documents), file.findings
    if form not in DIALECTS:
        raise ValueError(f"{form or 'A file without an ending'} is no form; there are {', '.join(DIALECTS)}, opt, lfp.")
    if images.is_image_file(data):
        raise ValueError("It is an image load file; those become opt or lfp.")
    table = delimited.read(data)
    if not table.header:
        raise ValueError("It holds no record.")
    surplus = max((len(row.surplus) for row in table.rows), default=0)
    columns = (*table.header, *(f"Surplus {number}" for number in range(1, surplus + 1)))
    rows = ((*row.values, *row.surplus, *[""] * (surplus - len(row.surplus))) for row in table.rows)
    written = delimited.write(columns, rows, dialect=DIALECTS[form], may_substitute=may_substitute)
    return written.data, len(table.rows), (*table.findings, *written.findings)


def _tell(checked: productions.Checked) -> None:
    n_errors = sum(finding.severity == "ERROR" for _, finding in checked.findings)
    found = f"{len(checked.findings):,} findings, {n_errors:,} of them errors" if checked.findings else "nothing amiss"
    click.echo(f"{checked.n_documents:,} documents, {checked.n_pages:,} pages: {found}.")
    for code, n in Counter(finding.code for _, finding in checked.findings).most_common():
        click.echo(f"{n:>8,}  {code}")
    for name, finding in checked.findings[:SHOWN]:
        click.echo(f"{name}: {_line(finding)}" if name else _line(finding))
    if len(checked.findings) > SHOWN:
        click.echo(f"... and {len(checked.findings) - SHOWN:,} more; --json names them all.")


def _line(finding: Finding) -> str:
    place = f"row {finding.row}" if finding.row else "file"
    column = f", {finding.column}" if finding.column else ""
    value = f" [{finding.value[:80]}]" if finding.value else ""
    return f"{finding.severity} {finding.code} {place}{column}: {finding.sentence}{value}"


def _or_refused(act: Any) -> Any:
    try:
        return act()
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
