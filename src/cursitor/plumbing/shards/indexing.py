"""
The search index of a processed folder: immutable shards beside `items.jsonl`, and one file that names the current ones.

`index/index.json` names a folder of shards, and the size and SHA-256 of the items.jsonl that it was built from; it is
replaced in one step when a new folder is whole. `population.tsv` in that folder lists what is searched: id, tab,
SHA-256 of the text. Everything here can be built again.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cursitor.engines.search import reading
from cursitor.engines.search.schema import ITEMS
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.shards import building, items, opening

FOLDER, CURRENT, POPULATION = "index", "index.json", "population.tsv"
TOLD_EVERY = 500

Told = Callable[[int, int], None]
"""Called with (documents read so far, documents in all)."""


class NoIndex(Refusal):
    """Raised when a folder has no search index yet."""


class StaleIndex(Refusal):
    """Raised when items.jsonl is no longer the one that the index was built from."""


class IndexBusy(Refusal):
    """Raised when another process is building the index of the same folder."""


@dataclass(frozen=True)
class Index:
    """An opened index. description: what `build` returned."""

    shards: tuple[opening.Shard, ...]
    description: dict[str, Any]


def build(folder: Path, *, workers: int = 1, told: Told = lambda done, total: None) -> dict[str, Any]:
    """
    Build the search index of a processed folder anew and return its description.

    What is searched meanwhile is answered from the index before. The shards do not depend on the number of workers.
    Description: folder (of the shards), shards, documents, population_sha256 (of population.tsv), not_searched (items
    by status), items {size, sha256}.

    :raises items.UnreadableItems: if items.jsonl or a text cannot be used. :raises IndexBusy.
    """
    plan = items.plan(folder)
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    with _locked(place):
        target = Path(tempfile.mkdtemp(prefix="shards-", dir=place))
        try:
            names = [f"{number:04}" for number in range(len(plan.slices))]
            jobs = [
                _Job(folder, target / name, part, plan.parents) for name, part in zip(names, plan.slices, strict=True)
            ]
            _run(jobs, workers, told)
            description = _describe(target, names, plan)
            _replace(place / CURRENT, json.dumps(description))
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        for old in place.glob("shards-*"):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)
    return description


def open_index(folder: Path) -> Index:
    """
    Open the current index of a processed folder.

    :raises NoIndex: if there is none. :raises StaleIndex: if items.jsonl has changed since it was built.
    :raises opening.UnreadableShard: if it is damaged, or of another version.
    """
    try:
        description = json.loads((folder / FOLDER / CURRENT).read_text(encoding="utf-8"))
    except OSError as error:
        raise NoIndex(f"{folder} has no search index. Build it: cursitor index {folder}") from error
    except ValueError as error:
        raise opening.UnreadableShard(f"The index is damaged. Build it again: cursitor index {folder}") from error
    _refuse_stale(folder, description)
    place = folder / FOLDER / description["folder"]
    return Index(tuple(opening.open_folder(place / name) for name in description["shards"]), description)


def _refuse_stale(folder: Path, description: dict[str, Any]) -> None:
    known = description["items"]
    try:
        with (folder / items.ITEMS).open("rb") as stream:
            is_same = os.fstat(stream.fileno()).st_size == known["size"]
            is_same = is_same and hashlib.file_digest(stream, "sha256").hexdigest() == known["sha256"]
    except OSError as error:
        raise StaleIndex(f"There is no {items.ITEMS} in {folder} any more.") from error
    if not is_same:
        again = f"Build it again: cursitor index {folder}"
        raise StaleIndex(f"The index is stale: {items.ITEMS} has changed since it was built. {again}")


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with (place / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise IndexBusy(f"Another process is building the index in {place}.") from error
        yield


@dataclass(frozen=True)
class _Job:
    folder: Path
    target: Path
    part: items.Slice
    parents: frozenset[str]


def _run(jobs: list[_Job], workers: int, told: Told) -> None:
    total = sum(job.part.n_items for job in jobs)
    done = 0
    if workers == 1 or len(jobs) == 1:
        for job in jobs:
            _build_shard(job, lambda n, before=done: told(before + n, total))
            done += job.part.n_items
        return
    with ProcessPoolExecutor(min(workers, len(jobs))) as pool:
        for job, _ in zip(jobs, pool.map(partial(_build_shard, told=_silent), jobs), strict=True):
            done += job.part.n_items
            told(done, total)


def _silent(n_documents: int) -> None:
    pass


def _build_shard(job: _Job, told: Callable[[int], None]) -> None:
    with job.target.with_suffix(".tsv").open("w", encoding="utf-8", errors="surrogatepass") as population:
        building.build(_documents(job, population.write, told), job.target, schema=ITEMS)


def _documents(job: _Job, enter: Callable[[str], Any], told: Callable[[int], None]) -> Iterable[reading.Document]:
    for number, (item, text) in enumerate(items.texts(job.folder, job.part), 1):
        enter(f"{item['id']}\t{hashlib.sha256(text).hexdigest()}\n")
        yield items.document(item, text, job.parents)
        if number % TOLD_EVERY == 0 or number == job.part.n_items:
            told(number)


def _describe(target: Path, names: list[str], plan: items.Plan) -> dict[str, Any]:
    with (target / POPULATION).open("wb") as out:
        for name in names:
            part = target / f"{name}.tsv"
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, out)
            part.unlink()
    with (target / POPULATION).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "folder": target.name,
        "shards": names,
        "documents": plan.counts.get(items.SEARCHED, 0),
        "population_sha256": digest,
        "not_searched": {name: n for name, n in sorted(plan.counts.items()) if name != items.SEARCHED},
        "items": {"size": plan.size, "sha256": plan.sha256},
    }


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".part")
    with beside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)
