"""The bytes of items as they were collected, taken out of the sources again; a run keeps no copy of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.plumbing.corpus import batches, reading, running, trees
from cursitor.plumbing.corpus.batches import Batch, Job, Unit
from cursitor.plumbing.refusal import Refusal


class SourceChanged(Refusal):
    """Raised when a source no longer gives the bytes that an item was processed from."""


def take_out(folder: Path, wanted: Mapping[str, str], to: Path, *, passwords: tuple[str, ...] = ()) -> None:
    """
    Write the bytes of items to a folder, each in a file called by its id.

    folder: of a finished run. wanted: SHA-256 by id, as `items.jsonl` has them. passwords: as the run was given them.
    :raises SourceChanged: if a source is gone or gives other bytes.
    :raises FolderInUse: if the folder holds no run.
    """
    job = Job(str(folder.resolve()), running.LIMITS, passwords=passwords)
    to.mkdir(parents=True, exist_ok=True)
    job.spool.mkdir(parents=True, exist_ok=True)
    for unit in _units(job, wanted):
        try:
            written: dict[str, str] = reading.sandbox(job.limits).run(trees.take_out, job, unit, str(to.resolve()))
        except ProcessingException as failure:
            raise SourceChanged(f"The source {unit.path} cannot be read again: {failure.message}") from failure
        for id_ in unit.wanted:
            if written.get(id_) != wanted[id_]:
                raise SourceChanged(f"Item {id_} is no longer in {unit.path} as it was when that was processed.")


def _units(job: Job, wanted: Mapping[str, str]) -> Iterator[Unit]:
    """Yield inputs and slices with the items that lie in them."""
    by_input: dict[str, list[str]] = {}
    for id_ in wanted:
        by_input.setdefault(id_.partition(".")[0], []).append(id_)
    for batch in _batches(job):
        for unit in batch.units:
            inside = tuple(id_ for id_ in by_input.get(unit.id, ()) if _is_in(unit, id_, batch, job))
            if inside:
                yield replace(unit, wanted=inside)


def _batches(job: Job) -> Iterator[Batch]:
    try:
        n_inputs = sum(1 for _ in batches.read_inputs(job.state))
    except FileNotFoundError as failure:
        raise running.FolderInUse(f"{job.out} holds no run: its folder .state is gone.") from failure
    for batch in batches.batches(batches.read_inputs(job.state), n_inputs):
        yield batch
        yield from batches.slices_of(job, batch)


def _is_in(unit: Unit, id_: str, batch: Batch, job: Job) -> bool:
    parts = id_.split(".")
    if unit.first:
        return len(parts) > 1 and unit.first <= int(parts[1]) < unit.first + unit.count
    return len(parts) == 1 or not (batch.is_alone and (job.state / f"{batch.key}.slices").exists())


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every item of a finished run that has bytes, by id."""
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        items = map(json.loads, lines)
        return {item["id"]: item["sha256"] for item in items if item["sha256"]}
