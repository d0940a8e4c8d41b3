"""What a monitor asks, without a web server."""

import json
import sys

import click

from cursitor.web import health as state


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def health(*, as_json: bool) -> None:
    """Say whether database, schema and worker are in order; exit 1 if not."""
    found = state.found()
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, value in found.items():
            click.echo(f"{name:<9} {value}")
    sys.exit(0 if found["status"] == "ok" else 1)
