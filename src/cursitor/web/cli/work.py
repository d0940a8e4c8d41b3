"""Orders from the command line: list them, and collect documents into them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from cursitor.lines.review import access as review_access
from cursitor.lines.review import operations as review
from cursitor.lines.review.models import Collection
from cursitor.plumbing import wording
from cursitor.plumbing.outbox import worker
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.people.models import Person
from cursitor.spine.work import access, queries
from cursitor.spine.work.choices import OrderState
from cursitor.spine.work.models import WorkOrder
from cursitor.web.cli import people


@click.group()
def orders() -> None:
    """Look at work orders."""


@orders.command("list")
@click.option("--state", type=click.Choice(OrderState.values, case_sensitive=False), help="Only those in this state.")
@click.option("--text", default="", help="Words of number, title, matter or provider.")
@click.option("--as", "email", help="Only what the person with this mail address may see.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def list_orders(*, state: str | None, text: str, email: str | None, as_json: bool) -> None:
    """List orders, the latest first."""
    seen = access.orders(people.known_person(email)) if email else WorkOrder.objects.all()
    found = queries.find_orders(seen.filter(state=state.upper()) if state else seen, text)
    shown = found.select_related("matter", "provider", "holder").order_by("-number")
    if as_json:
        click.echo(json.dumps([_plain(order) for order in shown]))
        return
    table = Table("Order", "Title", "Matter", "Provider", "State", "Carried by", "Due", box=None, pad_edge=False)
    for order in shown:
        due = wording.instant(order.due_at, zone="UTC") if order.due_at else ""
        parties = (order.matter.short_name, order.provider.short_name)
        table.add_row(order.ref, order.title, *parties, order.get_state_display(), order.holder.name, due)
    Console().print(table)


@click.command()
@click.argument("ref")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--custodian", required=True, help="Whose documents these are.")
@click.option("--label", default="", help="Name of the collection.")
@click.option("--load-file", type=click.File("rb"), help="DAT or CSV that names the documents of a volume.")
@click.option("--volume", type=click.File("rb"), help="ZIP of the natives and texts that the load file names.")
@click.option("--as", "email", help="Mail address of who collects; whoever carries the order if left out.")
@click.option("--now", "at_once", is_flag=True, help="Do here what is due for the worker, and wait until it is done.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def collect(
    *,
    ref: str,
    paths: tuple[Path, ...],
    custodian: str,
    label: str,
    load_file: BinaryIO | None,
    volume: BinaryIO | None,
    email: str | None,
    at_once: bool,
    as_json: bool,
) -> None:
    """Collect files, folders or a load file with its volume into the review order REF (WO-1187)."""
    if bool(paths) == bool(load_file) or bool(load_file) != bool(volume):
        raise click.UsageError("Give paths, or --load-file together with --volume.")
    source = {"custodian": custodian, "label": label}
    try:
        order, by = _order(ref, email)
        if load_file and volume:
            source |= {"load_file": load_file, "volume": volume}
            made = review.collect_load_file(order=order, by=by, at=timezone.now(), **source)
        else:
            made = review.collect_upload(order=order, by=by, at=timezone.now(), files=_files(paths), **source)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    if at_once:
        worker.drain()
    _tell(made, as_json)


def _order(ref: str, email: str | None) -> tuple[WorkOrder, Person]:
    if email:
        by = people.known_person(email)
        return review_access.order_for(by, ref, to="collect"), by
    number = ref.upper().removeprefix("WO-")
    found = WorkOrder.objects.filter(number=int(number) if number.isascii() and number.isdigit() else 0)
    order = found.select_related("matter", "provider", "holder").first()
    if order is None:
        raise click.ClickException(f"There is no order {ref}.")
    return order, order.holder


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[str, BinaryIO]]:
    """Yield name and open stream of every file, one open at a time; below a folder the name is its path."""
    for path in paths:
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for file in inside:
            with file.open("rb") as stream:
                yield str(file.relative_to(path.parent)), stream


def _tell(made: Collection, as_json: bool) -> None:  # noqa: FBT001
    made.refresh_from_db()
    told = {
        "order": made.order.ref,
        "collection": made.number,
        "label": made.label,
        "inputs": made.inputs.count(),
        "state": made.state,
    }
    if as_json:
        click.echo(json.dumps(told))
    else:
        words = f"Collection {made.number} of {made.order.ref}, {made.label}: {told['inputs']:,} inputs"
        click.echo(f"{words}, {made.get_state_display().lower()}.")


def _plain(order: WorkOrder) -> dict[str, object]:
    return {
        "ref": order.ref,
        "title": order.title,
        "matter": order.matter.number,
        "provider": order.provider.name,
        "state": order.state,
        "holder": order.holder.name,
        "due_at": order.due_at.isoformat() if order.due_at else None,
    }
