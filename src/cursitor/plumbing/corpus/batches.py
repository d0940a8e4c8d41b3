"""
What is done at a time, and what has been done: the state of a run on disk.

A batch is committed by renaming one file. Whatever is killed, at most the batches under way are done again, and they
come out the same: their names, their order and what they hold depend on the inputs alone.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.limits import MEBIBYTE, Limits
from cursitor.plumbing.corpus.sources import Input

VERSION = "2026.2"
BATCH_FILES, BATCH_BYTES = 32, 8 * MEBIBYTE
"""A batch ends with so many files or bytes, whichever comes first."""


@dataclass(frozen=True)
class Job:
    """
    What holds for a whole run and travels to every worker.

    out: folder of the run. digests: names of hashes needed besides SHA-256. ocr: language of recognition, empty for
    none. passwords: to try, in their order.
    """

    out: str
    limits: Limits
    ocr: str = ""
    passwords: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()

    @property
    def state(self) -> Path:
        """Return the folder of what is needed to resume."""
        return Path(self.out, ".state")

    @property
    def spool(self) -> Path:
        """Return the folder of files that live no longer than a batch."""
        return self.state / "spool"

    def text_of(self, id_: str) -> Path:
        """Return where the text of an item lies."""
        return Path(self.out, "text", f"{id_}.txt")


@dataclass(frozen=True)
class Unit:
    """
    One input, or a slice of a large one: its children from first, counted from 1, so many (count).

    id: of the input. kind: media type of what is sliced; begin: where in a mailbox file the first message lies.
    wanted: ids of the items to read, those in them included; empty for all.
    """

    id: str
    path: str
    name: str
    size: int
    exception: ProcessingException | None = None
    first: int = 0
    count: int = 0
    begin: int = 0
    kind: str = ""
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Units that are committed together; key orders batches as their items are ordered."""

    key: str
    units: tuple[Unit, ...]
    is_alone: bool = False
    """A single large input, which may be taken apart into slices."""


def write_inputs(folder: Path, inputs: Iterable[Input]) -> int:
    """Write the list of inputs, whole or not at all; return how many they are."""
    n_inputs = 0
    part = folder / "inputs.part"
    with part.open("w", encoding="ascii") as out:
        for entry in inputs:
            trouble = list(map(str, entry.exception.args)) if entry.exception else None
            json.dump([entry.path, entry.shown, entry.name, entry.custodian, entry.size, trouble], out)
            out.write("\n")
            n_inputs += 1
    part.replace(folder / "inputs.jsonl")
    return n_inputs


def read_inputs(folder: Path) -> Iterator[Input]:
    """Yield the inputs in their order."""
    with (folder / "inputs.jsonl").open(encoding="ascii") as lines:
        for line in lines:
            path, shown, name, custodian, size, trouble = json.loads(line)
            yield Input(path, shown, name, custodian, size, exception_of(trouble))


def exception_of(columns: list[str] | None) -> ProcessingException | None:
    """Return the exception with a stage, a class and a message."""
    return ProcessingException(Stage(columns[0]), Class(columns[1]), columns[2]) if columns else None


def input_id(position: int, n_inputs: int) -> str:
    """
    Return the id of the input at a position counted from 1.

    >>> input_id(7, 467), input_id(7, 123456)
    ('0007', '000007')
    """
    return str(position).zfill(max(4, len(str(n_inputs))))


def batches(inputs: Iterable[Input], n_inputs: int) -> Iterator[Batch]:
    """Yield the batches of a run; large inputs are alone."""
    units: list[Unit] = []
    n_bytes = n_batches = 0
    for position, entry in enumerate(inputs, 1):
        unit = Unit(input_id(position, n_inputs), entry.path, entry.name, entry.size, entry.exception)
        is_large = entry.size > BATCH_BYTES
        if units and (is_large or len(units) == BATCH_FILES or n_bytes + entry.size > BATCH_BYTES):
            n_batches += 1
            yield Batch(f"{n_batches:08}", tuple(units))
            units, n_bytes = [], 0
        units.append(unit)
        n_bytes += entry.size
        if is_large:
            n_batches += 1
            yield Batch(f"{n_batches:08}", tuple(units), is_alone=True)
            units, n_bytes = [], 0
    if units:
        yield Batch(f"{n_batches + 1:08}", tuple(units))


def slices_of(job: Job, batch: Batch) -> Iterator[Batch]:
    """Yield the batches into which a committed batch was taken apart; none for most."""
    path = job.state / f"{batch.key}.slices"
    if batch.is_alone and path.exists():
        kind, slices = json.loads(path.read_text())
        for number, (first, count, begin) in enumerate(slices, 1):
            unit = dataclasses.replace(batch.units[0], first=first, count=count, begin=begin, kind=kind)
            yield Batch(f"{batch.key}-{number:08}", (unit,))


def rows_path(job: Job, batch: Batch) -> Path:
    """Return the file whose presence says that a batch is done."""
    return job.state / f"{batch.key}.rows"


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, indent=1), encoding="utf-8")
    os.replace(part, path)
