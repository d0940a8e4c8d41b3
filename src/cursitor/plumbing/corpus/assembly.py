"""From rows to what people and programs read; equal rows give equal bytes."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from cursitor.engines.dedupe import compact, suppression
from cursitor.engines.dedupe.compact import Firsts
from cursitor.engines.dedupe.suppression import Head, Scope, Verdict
from cursitor.engines.processing import messages
from cursitor.engines.processing.exceptions import Class
from cursitor.engines.processing.items import Status
from cursitor.engines.processing.walk import Reconciliation
from cursitor.plumbing.corpus import batches, relating
from cursitor.plumbing.corpus.batches import Job
from cursitor.plumbing.corpus.denist import Known
from cursitor.plumbing.corpus.shelf import Shelf

EXCEPTION_COLUMNS = (
    "id", "parent", "family", "custodian", "path", "kind", "mime", "size",
    "stage", "class", "message", "retries", "disposition",
)  # fmt: skip
_KEY_BYTES = 16
_AT_ONCE = 10_000
_PUBLISHED, _DUPLICATE = str(Status.PUBLISHED), str(Status.DUPLICATE)
_DISPOSITIONS = {
    Class.ENCRYPTED: "needs a password",
    Class.NO_TEXT: "to be looked at as it is",
    Class.ZERO_BYTE: "nothing to read",
    Class.CORRUPT: "ask for another copy",
    Class.UNSUPPORTED: "to be looked at as it is",
    Class.UNREADABLE: "collect again",
}

Row = dict[str, Any]


@dataclass(frozen=True)
class _Kept:
    job: Job
    known: Known
    rows: Callable[[Job], Iterator[Row]]


def write(
    job: Job,
    scope: Scope,
    n_inputs: int,
    known: Known | None = None,
    *,
    told: Callable[[Job], Iterator[Row]] | None = None,
) -> Reconciliation:
    """Write the items, their details and the exceptions of a finished run, and return the counts over them.

    known: files to exclude. told: gives the rows, each time anew, where they are not those of the batches as they are.
    """
    kept = _Kept(job, known or Known(None), told or rows)
    verdicts = _Verdicts(kept, scope)
    relations = relating.columns(
        _summaries(kept, verdicts), lambda name: job.text_of(name).read_text(encoding="utf-8"), job.spool
    )
    counts = _Counts()
    with _Written(job) as written:
        for row, verdict in _judged(kept, verdicts):
            is_published = row["status"] == _PUBLISHED
            columns = relations.of(counts.n_published, row["features"]) if is_published else relating.Columns()
            counts.add(row)
            written.add(row, verdict, columns)
    _sweep(job, written.texts)
    return counts.reconciliation(n_inputs)


def rows(job: Job) -> Iterator[Row]:
    """Yield the rows of all committed batches in the order of items, with custodian and path."""
    n_inputs = sum(1 for _ in batches.read_inputs(job.state))
    above: list[tuple[str, str]] = []
    inputs = batches.read_inputs(job.state)
    shown = custodian = ""
    for path in _row_files(job, n_inputs):
        for row in _in_order(path):
            if row["depth"] == 0:
                entry = next(inputs)
                shown, custodian = entry.shown, entry.custodian
            while above and above[-1][0] != row["parent"]:
                above.pop()
            row["custodian"] = custodian
            row["path"] = f"{above[-1][1]}/{row['name']}" if above else shown
            above.append((row["id"], row["path"]))
            yield row


def _row_files(job: Job, n_inputs: int) -> Iterator[Path]:
    for batch in batches.batches(batches.read_inputs(job.state), n_inputs):
        yield batches.rows_path(job, batch)
        for part in batches.slices_of(job, batch):
            yield batches.rows_path(job, part)


def _in_order(path: Path) -> Iterator[Row]:
    places: list[tuple[tuple[int, ...], int]] = []
    with path.open("rb") as lines:
        at = 0
        for line in lines:
            id_ = line[7 : line.index(b'"', 7)]
            places.append((tuple(map(int, id_.split(b"."))), at))
            at += len(line)
        places.sort()
        for _, at in places:
            lines.seek(at)
            yield json.loads(lines.readline().decode("utf-8"))


class _Verdicts:
    """Which families have an equal, and what that means for each; their heads are on disk."""

    def __init__(self, kept: _Kept, scope: Scope) -> None:
        self._scope = scope
        self._heads = Shelf(kept.job.spool)
        digests = bytearray()
        for row in _without_known(kept):
            if key := _key(row):
                self._heads.append((row["id"], key, row["custodian"], row["path"]))
                digests += _digest(key, row["custodian"], scope)
        order, bounds = compact.runs(np.frombuffer(digests, dtype=f"S{_KEY_BYTES}"))
        sizes = np.diff(bounds)
        self._order = array("i", order[np.repeat(sizes > 1, sizes)].astype(np.int32).tobytes())
        self._bounds = array("i", np.append(0, np.cumsum(sizes[sizes > 1])).astype(np.int32).tobytes())
        self._known = Firsts()
        for at, head in enumerate(self._order):
            self._known.setdefault(compact.number(self._heads[head][0]), at)
        self._latest: tuple[str, Verdict | None] = ("", None)

    def of(self, family: str) -> Verdict | None:
        """Return what becomes of a family that has an equal, None of any other."""
        if family != self._latest[0]:
            at = self._known.get(compact.number(family))
            self._latest = (family, None if at is None else self._verdict(at))
        return self._latest[1]

    def _verdict(self, at: int) -> Verdict:
        run = bisect_right(self._bounds, at) - 1
        first, end = self._bounds[run : run + 2]
        # What is said of a copy needs no other than the one that stands for it.
        chosen = self._order[first:end] if at == first else (self._order[first], self._order[at])
        verdicts = suppression.suppress((Head(*self._heads[head]) for head in chosen), self._scope)
        return verdicts[0] if at == first else verdicts[1]


def _without_known(kept: _Kept) -> Iterator[Row]:
    """Yield the rows; a known file that heads its family is excluded, with all that is in it."""
    excluded = ""
    for row in kept.rows(kept.job):
        if row["id"] == row["family"] and row["mail"] is None and kept.known.has(row["sha256"], row["digests"]):
            excluded = row["family"]
        if row["family"] == excluded:
            row["status"], row["exception"] = str(Status.EXCLUDED), None
        yield row


def _key(row: Row) -> str:
    """Return what a family head is compared by; empty for what is no head or could not be read whole."""
    is_compared = row["id"] == row["family"] and row["status"] == _PUBLISHED
    return (row["hash"] or row["sha256"]) if is_compared else ""


def _digest(key: str, custodian: str, scope: Scope) -> bytes:
    whose = custodian if scope is Scope.CUSTODIAL else ""
    return hashlib.sha256(f"{whose}\n{key}".encode()).digest()[:_KEY_BYTES]


def _judged(kept: _Kept, verdicts: _Verdicts) -> Iterator[tuple[Row, Verdict | None]]:
    for row in _without_known(kept):
        verdict = verdicts.of(row["family"])
        if verdict is not None and verdict.duplicate_of is not None:
            row["status"] = _DUPLICATE
            row["exception"] = None
        yield row, verdict


def _summaries(kept: _Kept, verdicts: _Verdicts) -> Iterator[relating.Summary]:
    for row, _ in _judged(kept, verdicts):
        if row["status"] == _PUBLISHED:
            known = (row["id"], row["family"], row["kind"], row["sha256"], row["mail"], row["features"])
            yield relating.Summary(*known, characters=row["characters"], file=row.get("file", ""))


@dataclass
class _Counts:
    ended: Counter[str] = field(default_factory=Counter)
    n_children: int = 0

    @property
    def n_published(self) -> int:
        return self.ended[_PUBLISHED]

    def add(self, row: Row) -> None:
        self.ended[row["status"]] += 1
        # Counted where they came out, not where they arrived: a child lost on the way unbalances the counts.
        self.n_children += row["children"]

    def reconciliation(self, n_inputs: int) -> Reconciliation:
        published, duplicates, excluded, exceptions = (self.ended[str(status)] for status in Status)
        return Reconciliation(n_inputs, self.n_children, published, duplicates, excluded, exceptions)


class _Written:
    """The three files of a run, each put in its place when it is whole."""

    names = ("items.jsonl", "metadata.jsonl", "exceptions.csv")

    def __init__(self, job: Job) -> None:
        self.folder = Path(job.out)
        self.texts = array("Q")
        self.files: list[TextIO] = []

    def __enter__(self) -> _Written:
        self.files = [(self.folder / f"{name}.part").open("w", encoding="utf-8", newline="") for name in self.names]
        self.exceptions = csv.writer(self.files[2])
        self.exceptions.writerow(EXCEPTION_COLUMNS)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for name, file in zip(self.names, self.files, strict=True):
            file.close()
            if kind is None:
                os.replace(self.folder / f"{name}.part", self.folder / name)

    def add(self, row: Row, verdict: Verdict | None, columns: relating.Columns) -> None:
        if row["characters"]:
            self.texts.append(compact.number(_text_name(row)))
        for file, value in ((self.files[0], _item(row, verdict, columns)), (self.files[1], _details(row, columns))):
            file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
            file.write("\n")
        if row["exception"]:
            self.exceptions.writerow(_exception_row(row))


def _item(row: Row, verdict: Verdict | None, columns: relating.Columns) -> Row:
    mail = row["mail"] or {}
    is_head = row["id"] == row["family"]
    return {
        "id": row["id"],
        "parent": row["parent"],
        "family": row["family"],
        "depth": row["depth"],
        "custodian": row["custodian"],
        "all_custodians": list(verdict.all_custodians) if verdict else [row["custodian"]],
        "path": row["path"],
        "all_paths": list(verdict.all_paths) if verdict and is_head else [row["path"]],
        "kind": row["kind"],
        "mime": row["mime"],
        "size": row["size"],
        "sha256": row["sha256"] or None,
        "dedupe_hash": row["hash"] or row["sha256"] or None,
        "duplicate_of": verdict.duplicate_of if verdict else None,
        "mih": row["mih"] or None,
        "thread": columns.thread,
        "inclusive": columns.inclusive,
        "near_duplicate_group": columns.near_duplicate_group,
        "language": columns.language,
        "subject": mail.get("subject"),
        "from": messages.written(_pairs(mail["from"])) if mail else None,
        **{name: [messages.written((pair,)) for pair in _pairs(mail.get(name, ()))] for name in ("to", "cc", "bcc")},
        "sent": _utc(mail.get("sent")),
        "status": row["status"],
        "exception": _exception(row["exception"]),
        "text": f"text/{_text_name(row)}" if row["characters"] else None,
        "pages": row["pages"],
    }


def _text_name(row: Row) -> str:
    """Return what the text is called: by the item, or by its input where the item bears a name that no file may."""
    return f"{row.get('file', row['id'])}.txt"


def _pairs(addresses: Any) -> tuple[messages.Address, ...]:
    return tuple((name, address) for name, address in addresses)


def _utc(sent: str | None) -> str | None:
    if sent is None:
        return None
    at = datetime.fromisoformat(sent).astimezone(UTC)
    return f"{at.year:04}-{at:%m-%dT%H:%M:%S}Z"


def _exception(columns: list[str] | None) -> Row | None:
    return dict(zip(("stage", "class", "message"), columns, strict=True)) if columns else None


def _exception_row(row: Row) -> list[Any]:
    stage, class_, message = row["exception"]
    settled = _DISPOSITIONS.get(Class(class_), "to be tried again with higher limits")
    place = [row[name] for name in ("id", "parent", "family", "custodian", "path", "kind", "mime", "size")]
    return [*place, stage, class_, message, row.get("retries", 0), settled]


def _details(row: Row, columns: relating.Columns) -> Row:
    mail = row["mail"] or {}
    kept = ("sent_original", "message_id", "in_reply_to", "references", "conversation_index", "defects")
    return {
        "id": row["id"],
        "name": row["name"],
        "extractor": row["extractor"],
        "metadata": row["metadata"],
        "components": row["components"],
        **({"ocr": row["ocr"]} if "ocr" in row else {}),
        **({"input": row["file"]} if "file" in row else {}),
        "retries": row.get("retries", 0),
        **{name: mail[name] for name in kept if mail},
        **columns.details,
    }


def _sweep(job: Job, texts: array[int]) -> None:
    """Remove the texts that no item names (by number): left by a batch that was killed or read differently at first."""
    named = np.sort(np.asarray(texts))
    with os.scandir(Path(job.out, "text")) as entries:
        while some := list(itertools.islice(entries, _AT_ONCE)):
            found = np.array([compact.number(entry.name) for entry in some], np.uint64)
            for at in np.flatnonzero(~np.isin(found, named)):
                os.unlink(some[at].path)
