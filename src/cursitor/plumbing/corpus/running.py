"""A whole run: sources in, `items.jsonl`, `text/`, `exceptions.csv` and `reconciliation.json` out."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cursitor.engines.dedupe.suppression import Scope
from cursitor.engines.processing.limits import MEBIBYTE, Limits
from cursitor.engines.processing.walk import Reconciliation
from cursitor.plumbing.corpus import assembly, batches, reading, recognition, retrying, sources
from cursitor.plumbing.corpus.batches import Batch, Job
from cursitor.plumbing.corpus.denist import Known
from cursitor.plumbing.refusal import Refusal

LIMITS = Limits(children=5_000_000, item_bytes=256 * MEBIBYTE)

_AT_ONCE = 64
_FOR_A_RETRY = ("passwords", "ocr")
"""What may differ when failures are tried again: it is why they are."""


class FolderInUse(Refusal):
    """Raised when the folder to write to already holds something and nobody asked to resume."""


class OtherRun(Refusal):
    """Raised when a run is resumed with other settings than it was started with."""


@dataclass(frozen=True)
class Settings:
    """What decides the result of a run; it cannot change when the run is resumed. passwords are kept as a digest."""

    sources: tuple[str, ...]
    custodian: str = ""
    scope: Scope = Scope.GLOBAL
    ocr: str = ""
    nist: str = ""
    passwords: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """Return what is written down to compare with at the next start."""
        digest = hashlib.sha256("\n".join(self.passwords).encode()).hexdigest() if self.passwords else ""
        sources = [str(Path(source).resolve()) for source in self.sources]
        return dataclasses.asdict(self) | {
            "sources": sources,
            "passwords": digest,
            "version": batches.VERSION,
        }


@dataclass
class Told:
    """What a watcher is told while a run goes on: inputs to read, inputs and items read, seconds by stage."""

    n_inputs: int = 0
    n_batches: int = 0
    n_done: int = 0
    n_items: int = 0
    by_stage: dict[str, float] = field(default_factory=dict)
    in_workers: Counter[str] = field(default_factory=Counter)
    say: Callable[[Told], None] = lambda told: None


def run(
    settings: Settings,
    out: Path,
    *,
    workers: int = 2,
    resume: bool = False,
    retry_failed: bool = False,
    limits: Limits = LIMITS,
    executor: Executor | None = None,
    told: Told | None = None,
) -> dict[str, Any]:
    """
    Process sources into a folder and return its reconciliation.

    executor: where batches are read; without one, in `workers` processes of this machine. Results are the same to
    the byte. resume: go on where a run of the same settings ended, however it ended; begin if it never did.
    retry_failed: then read what ended as an exception once more; passwords and recognition may be others by then.
    :raises FolderInUse: if out is not empty and not resumed. :raises OtherRun: if the settings differ.
    :raises NoSuchSource: if a source is not there. :raises NoHashes: if the list of known files is of no use.
    :raises NoRecognition: if pages are to be recognised and cannot be.
    """
    told = told or Told()
    with timed(told, "gather"):
        known = Known(Path(settings.nist) if settings.nist else None)
        job = opened(settings, out.resolve(), limits, known, resume=resume, retry=retry_failed)
        n_inputs = _gathered(settings, job)
    told.n_inputs = n_inputs
    with timed(told, "read"):
        read_all(job, n_inputs, workers, executor, told)
    if retry_failed:
        with timed(told, "retry"), _executor(executor, workers) as chosen:
            retrying.run(job, n_inputs, chosen)
    reading.rest(job)
    with timed(told, "write"):
        found = assembly.write(job, settings.scope, n_inputs, known)
    told_of = reconciliation(found, told)
    batches.write_json(Path(job.out, "reconciliation.json"), told_of)
    return told_of


def reconciliation(found: Reconciliation, told: Told) -> dict[str, Any]:
    """Return the counts of a run with its timings, as `reconciliation.json` has them."""
    return {
        **dataclasses.asdict(found),
        "balanced": found.balanced,
        "seconds": round(sum(told.by_stage.values()), 3),
        "by_stage": {stage: round(spent, 3) for stage, spent in told.by_stage.items()}
        | {f"{stage} (all workers)": round(spent, 3) for stage, spent in sorted(told.in_workers.items())},
    }


@contextlib.contextmanager
def timed(told: Told, stage: str) -> Iterator[None]:
    """Add the time that the block takes to a stage."""
    began = time.perf_counter()
    yield
    told.by_stage[stage] = told.by_stage.get(stage, 0.0) + time.perf_counter() - began


def opened(
    settings: Settings, out: Path, limits: Limits, known: Known | None = None, *, resume: bool, retry: bool = False
) -> Job:
    """
    Return the job of a run whose folder is ready: empty, or resumed with the same settings.

    :raises FolderInUse: OtherRun: NoRecognition: as `run`.
    """
    job = Job(str(out), limits, settings.ocr, settings.passwords, known.digests if known else ())
    _refuse_inside(settings, out)
    if settings.ocr:
        recognition.require(settings.ocr)
    is_used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    if is_used and not resume:
        raise FolderInUse(f"{out} is not empty. Give an empty folder, or --resume to go on with the run in it.")
    if is_used and not job.state.is_dir():
        raise FolderInUse(f"{out} holds no run that could be resumed.")
    job.state.mkdir(parents=True, exist_ok=True)
    run_path = job.state / "run.json"
    if run_path.exists():
        _refuse_other(json.loads(run_path.read_text()), settings.kept(), retry=retry)
    if retry or not run_path.exists():
        batches.write_json(run_path, settings.kept())
    reading.clear_spool(job)
    reading.start(job)
    return job


def _refuse_inside(settings: Settings, out: Path) -> None:
    for source in settings.sources:
        if out.is_relative_to(Path(source).resolve()):
            raise FolderInUse(f"{out} lies inside the source {source}: it would be collected too.")


def _refuse_other(known: dict[str, Any], given: dict[str, Any], *, retry: bool) -> None:
    for name, value in given.items():
        if known.get(name) != value and not (retry and name in _FOR_A_RETRY):
            shown = "other passwords" if name == "passwords" else f"{name} {known.get(name)!r}, not {value!r}"
            raise OtherRun(f"This run was started with {shown}; resume it with the same.")


def _gathered(settings: Settings, job: Job) -> int:
    path = job.state / "inputs.jsonl"
    if not path.exists():
        return batches.write_inputs(
            job.state, sources.gather([Path(source) for source in settings.sources], custodian=settings.custodian)
        )
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def read_all(job: Job, n_inputs: int, workers: int, executor: Executor | None, told: Told) -> None:
    """Read every batch of the listed inputs that is not committed yet."""
    told.n_batches = sum(1 for _ in batches.batches(batches.read_inputs(job.state), n_inputs))
    with _executor(executor, workers) as chosen:
        _drain(job, batches.batches(batches.read_inputs(job.state), n_inputs), chosen, told)


@contextlib.contextmanager
def _executor(given: Executor | None, workers: int) -> Iterator[Executor]:
    if given is not None:
        yield given
        return
    # Threads only wait: each batch is read in a process that can be killed.
    with ThreadPoolExecutor(workers, thread_name_prefix="batch") as threads:
        yield threads


def _drain(job: Job, listed: Iterator[Batch], executor: Executor, told: Told) -> None:
    slices: list[Batch] = []
    running: dict[Future[reading.Done], Batch] = {}
    try:
        while True:
            while len(running) < _AT_ONCE and (batch := slices.pop() if slices else next(listed, None)):
                if batches.rows_path(job, batch).exists():
                    _count(job, batch, slices, told)
                else:
                    running[executor.submit(reading.run_batch, job, batch)] = batch
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done = future.result()
                told.n_items += done.n_items
                told.in_workers.update(done.seconds)
                _count(job, running.pop(future), slices, told)
    except BaseException:
        for future in running:
            future.cancel()
        raise


def _count(job: Job, batch: Batch, waiting: list[Batch], told: Told) -> None:
    slices = list(batches.slices_of(job, batch))
    waiting.extend(reversed(slices))
    told.n_batches += len(slices)
    told.n_done += 1
    told.say(told)
