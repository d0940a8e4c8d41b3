"""A batch from outside the worker: asked again without the item that broke it, until it is whole, then committed."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Limits
from cursitor.engines.processing.walk import Stop
from cursitor.plumbing.corpus import batches, recognition, trees
from cursitor.plumbing.corpus.batches import Batch, Job
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.sandbox.pool import Sandbox

_BACKSTOP_SECONDS = 6 * 3600.0
_ALARM = "SIGALRM"


class ReaderFails(Refusal):
    """Raised when the reader breaks again on what it was told to leave alone."""


@dataclass(frozen=True)
class Done:
    """A committed batch: how many items, how long each stage took, and the slices it was taken apart into."""

    key: str
    n_items: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    is_taken_apart: bool = False


def run_batch(job: Job, batch: Batch) -> Done:
    """
    Read a batch and commit it; may run in any process of any machine that sees the run's folders.

    :raises ReaderFails: if an item cannot even be left out. :raises SandboxUnavailable: if no worker starts.
    """
    began = time.perf_counter()
    rows = batches.rows_path(job, batch)
    part = f"{rows}.part"
    kind, slices = _taken_apart(job, batch, part) if batch.is_alone else ("", [])
    if slices:
        batches.write_json(job.state / f"{batch.key}.slices", (kind, slices))
        n_items = 1
    else:
        n_items = _read(job, batch, part)
    read = time.perf_counter()
    if job.ocr:
        _recognise(job, part)
    os.replace(part, rows)
    _forget_progress(part)
    seconds = {"read": read - began} | ({"ocr": time.perf_counter() - read} if job.ocr else {})
    return Done(batch.key, n_items, seconds, bool(slices))


def read_into(job: Job, batch: Batch, part: str) -> None:
    """Write the rows of a batch to a file, without committing it."""
    _read(job, batch, part)
    if job.ocr:
        _recognise(job, part)
    _forget_progress(part)


def _forget_progress(part: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(trees.progress_path(part))


@lru_cache(maxsize=2)
def sandbox(limits: Limits) -> Sandbox:
    """Return the workers of this process."""
    # Each step's own limit is kept inside the worker; this one only ends what even that does not.
    started = Sandbox(
        dataclasses.replace(limits, seconds=_BACKSTOP_SECONDS), warm="cursitor.plumbing.corpus.trees:warm"
    )
    atexit.register(started.close)
    return started


def start(job: Job) -> None:
    """Start the process from which workers are forked, so that it loads the readers while inputs are gathered."""
    sandbox(job.limits).__enter__()


def rest(job: Job) -> None:
    """End the workers: what follows needs their memory more than them. They start anew when something is to be read."""
    sandbox(job.limits).close()


def _taken_apart(job: Job, batch: Batch, part: str) -> tuple[str, list[trees.Slice]]:
    try:
        found: tuple[str, list[trees.Slice]] = sandbox(job.limits).run(trees.take_apart, job, batch.units[0], part)
    except ProcessingException:
        # Whatever ended it will end the reading of the whole too, and be named there.
        return "", []
    return found


def _read(job: Job, batch: Batch, part: str) -> int:
    stops: dict[str, Stop] = {}
    while True:
        try:
            n_items: int = sandbox(job.limits).run(trees.read, job, batch.units, part, stops)
            return n_items
        except ProcessingException as failure:
            _blame(job, part, _named(job, failure), stops)


def _recognise(job: Job, part: str) -> None:
    """Rewrite the rows of a batch with the words of its pages that had few."""
    recognised = f"{part}.ocr"
    with open(recognised, "w", encoding="utf-8") as out:
        for row in recognition.of_rows(job, sandbox(job.limits), rows_of(Path(part))):
            out.write(trees.line(row))
    os.replace(recognised, part)


def _named(job: Job, failure: ProcessingException) -> ProcessingException:
    if failure.class_ is Class.CRASHED and _ALARM in failure.message:
        message = f"The reader was stopped after {job.limits.seconds:g} seconds."
        return LimitHit(Stage.SANDBOX, Class.TIMEOUT, message)
    return failure


def _blame(job: Job, part: str, failure: ProcessingException, stops: dict[str, Stop]) -> None:
    """Note where the reading has to stop next time: at the step the worker was at when it ended."""
    try:
        id_, n_children = Path(trees.progress_path(part)).read_text().partition("\n")[0].rsplit(" ", 1)
    except (OSError, ValueError):
        raise ReaderFails(f"No batch can be read: {failure}") from failure
    known = stops.get(id_)
    if known is not None and known.n_children == 0:
        raise ReaderFails(f"Item {id_} cannot be left out: {failure}") from failure
    stops[id_] = Stop(0 if known else int(n_children), failure)


def clear_spool(job: Job) -> None:
    """Remove what killed batches left behind and make the folders anew."""
    shutil.rmtree(job.spool, ignore_errors=True)
    for folder in (job.spool, Path(job.out, "text")):
        folder.mkdir(parents=True, exist_ok=True)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a committed batch."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
