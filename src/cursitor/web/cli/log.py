"""Prove the log, and hand it out."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import click
from django.utils import timezone

from cursitor.engines import merkle
from cursitor.spine.audit import operations


@click.group()
def audit() -> None:
    """Verify and export the append-only log."""


@audit.command()
@click.option("--file", type=click.File("rb"), help="An export to verify instead of the log of this installation.")
@click.option("--key", multiple=True, help="Public key to trust, hexadecimal; with --file. May be given again.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(*, file: BinaryIO | None, key: tuple[str, ...], as_json: bool) -> None:
    """Read every entry, every root and every signature; exit 1 at the first that does not verify."""
    if key and file is None:
        raise click.UsageError("--key belongs to --file: this installation trusts its own key.")
    if file is None:
        report = operations.verify(at=timezone.now(), by=None)
    else:
        report = merkle.verify_export(file, trusted_keys=key or None)
    _tell(report, as_json)
    sys.exit(0 if report.is_verified else 1)


@audit.command()
@click.argument("file", type=click.File("wb"))
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def export(*, file: BinaryIO, as_json: bool) -> None:
    """Write the whole log as JSON Lines to FILE (- for the output), verifiable from these lines alone."""
    n_entries = operations.export(file, at=timezone.now(), by=None)
    told = {"entries": n_entries, "public_key": operations.public_key()}
    words = f"{n_entries:,} entries. Public key, to be handed over apart from the file: {told['public_key']}"
    click.echo(json.dumps(told) if as_json else words, err=file.name in ("-", "<stdout>"))


def _tell(report: merkle.ExportReport, as_json: bool) -> None:  # noqa: FBT001
    if as_json:
        click.echo(json.dumps({**_plain(report), "is_verified": report.is_verified}))
        return
    for line in _lines(report):
        click.echo(line)


def _plain(report: merkle.ExportReport) -> dict[str, Any]:
    return {**dataclasses.asdict(report), "failure": str(report.failure) if report.failure else None}


def _lines(report: merkle.ExportReport) -> Iterator[str]:
    if report.failure:
        yield f"Does not verify. {report.failure}"
    else:
        yield "Verifies." if report.is_verified else "Nothing is proved: entries stand after the last signed root."
    yield f"Entries {report.n_entries:,}, signed roots {report.n_checkpoints:,}, covered {report.covered:,}"
    if report.n_withheld:
        yield f"Withheld {report.n_withheld:,}: their hash stands in the tree, their content is not in the file"
    yield f"Root {report.root}"
    for key in report.public_keys:
        yield f"Signed by {key}"
