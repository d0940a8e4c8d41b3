"""What ended as an exception, read once more; everything else stays as it is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.items import Status
from cursitor.plumbing.corpus import batches, reading, trees
from cursitor.plumbing.corpus.batches import Batch, Job, Unit

_EXCEPTION = str(Status.EXCEPTION)
_NO_FILE = [str(Stage.COLLECT), str(Class.UNSUPPORTED)]


def run(job: Job, n_inputs: int, executor: Executor) -> None:
    """
    Read every exception of a finished run again, with all that is in it, and put the new rows in place of the old.

    A round that was killed is gone on with by the next: what it had read again is not read twice.
    """
    path = job.state / "retry.json"
    known = json.loads(path.read_text()) if path.exists() else {"round": 0, "is_finished": True}
    number = known["round"] + 1 if known["is_finished"] else known["round"]
    batches.write_json(path, {"round": number, "is_finished": False})
    futures = [
        executor.submit(retry_batch, job, batch, number)
        for batch in _committed(job, n_inputs)
        if _failed(reading.rows_of(batches.rows_path(job, batch)), number)
    ]
    for future in futures:
        future.result()
    batches.write_json(path, {"round": number, "is_finished": True})


def retry_batch(job: Job, batch: Batch, number: int) -> None:
    """Read the exceptions of a committed batch again and commit it anew; may run in any process."""
    path = batches.rows_path(job, batch)
    tried = _failed(reading.rows_of(path), number)
    part = f"{path}.retry"
    units = tuple(
        replace(unit, wanted=wanted, exception=_standing(unit))
        for unit in batch.units
        if (wanted := tuple(id_ for id_ in tried if id_.partition(".")[0] == unit.id))
    )
    reading.read_into(job, replace(batch, units=units), part)
    with open(f"{part}.whole", "w", encoding="utf-8") as out:
        for row in reading.rows_of(path):
            if not _is_below(row["id"], tried):
                out.write(trees.line(row))
        for row in reading.rows_of(Path(part)):
            if row["id"] in tried:
                row |= {"retries": tried[row["id"]] + 1, "round": number}
            out.write(trees.line(row))
    os.replace(f"{part}.whole", path)
    os.unlink(part)


def _standing(unit: Unit) -> ProcessingException | None:
    """Return the exception that an input was listed with, unless it may have become readable since."""
    is_unreadable = unit.exception is not None and unit.exception.class_ is Class.UNREADABLE
    return None if is_unreadable else unit.exception


def _committed(job: Job, n_inputs: int) -> Iterator[Batch]:
    for batch in batches.batches(batches.read_inputs(job.state), n_inputs):
        yield batch
        yield from batches.slices_of(job, batch)


def _failed(rows: Iterator[dict[str, Any]], number: int) -> dict[str, int]:
    """Return the topmost exceptions that this round has not read, each with how often it was tried again."""
    found: dict[str, int] = {}
    for row in rows:
        if row["status"] == _EXCEPTION and row["exception"][:2] != _NO_FILE and row.get("round", 0) < number:
            found[row["id"]] = row.get("retries", 0)
    return {id_: retries for id_, retries in found.items() if not _is_below(id_.rpartition(".")[0], found)}


def _is_below(id_: str, tried: dict[str, int]) -> bool:
    while id_:
        if id_ in tried:
            return True
        id_ = id_.rpartition(".")[0]
    return False
