"""What finding the relevant documents would have cost, replayed from known labels; needs no server."""

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cursitor.engines.ranking import algorithms, records, replay, stopping

GZIP = b"\x1f\x8b"
KNOWN, DRAWN = 30, 0.25
NAMED = 5
MEASURED_EVERY = 20
SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", required=True, help="The label whose documents are to be found.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of every random draw.")
@click.option("--algorithm", default=algorithms.ALGORITHM, show_default=True, help="Version of the ranking.")
@click.option("--target", type=SHARE, default=0.8, show_default=True, help="Recall that the certificate is for.")
@click.option("--confidence", type=SHARE, default=0.95, show_default=True, help="Confidence of the certificate.")
@click.option(
    "--known",
    type=click.IntRange(min=1),
    default=KNOWN,
    show_default=True,
    help="Relevant documents to know from a random sample before the review; fewer if a quarter of all was drawn.",
)
@click.option("--json", "as_json", is_flag=True, help="End with the figures as one JSON object on the last line.")
def simulate(*, file: Path, label: str, seed: int, algorithm: str, as_json: bool, **certificate: Any) -> None:
    """
    Replay the review of FILE, and say how many documents it takes to find those with a label.

    FILE holds JSON Lines, plain or gzip: id, text, labels. The ranking learns after every decision.
    """
    try:
        figures = _figures(file, label, seed, algorithm, certificate)
    except (records.UnusableRecords, records.NoSuchLabel, algorithms.UnknownAlgorithm, stopping.NoCertificate) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures))
    else:
        _tell(figures)


def _figures(file: Path, label: str, seed: int, algorithm: str, certificate: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of one replayed review."""
    ranks = algorithms.ranker(algorithm)
    stopping.qbcb_j(certificate["known"], certificate["target"], certificate["confidence"])
    labelled = _read(file)
    truth = labelled.truth(label)
    _warn_of_empty(labelled)
    began = time.perf_counter()
    ranker = ranks.of(labelled.records)
    prepare_seconds = time.perf_counter() - began
    timed = Timed(algorithms.learner(ranker, seed=seed))
    with _progress(int(truth.sum())) as tell:
        order = []
        for at in replay.decisions(timed, truth, labelled.family_of(), seed=seed):
            order.append(at)
            tell(int(truth[at]))
    run = replay.of_order(np.array(order), truth)
    return {
        "n": len(truth),
        "relevant": run.n_relevant,
        **{f"effort_{recall}": run.effort(recall / 100) for recall in (80, 95, 100)},
        "knee": _knee(run.to_the_end(truth)),
        "qbcb": _qbcb(run, truth, seed, **certificate),
        "retrain_p95_seconds": round(float(np.quantile(timed.seconds, 0.95)), 6),
        "retrain_max_seconds": round(max(timed.seconds), 6),
        "prepare_seconds": round(prepare_seconds, 3),
        "label": label,
        "seed": seed,
        "algorithm": algorithm,
        "without_text": len(labelled.without_text()),
    }


class Timed:
    """
    A learner, and how long it took to learn from one decision and to rank everything again, in seconds.

    That is measured at the first decision and every twentieth; in between, only the document that ranking would put
    first is asked for, which is the same one.
    """

    def __init__(self, learner: replay.Learns) -> None:
        self.learner = learner
        self.seconds: list[float] = []
        self.n_decisions = 0

    def learn_from(self, at: int, *, is_relevant: bool) -> None:
        began = time.perf_counter()
        self.learner.learn_from(at, is_relevant=is_relevant)
        if self.n_decisions % MEASURED_EVERY == 0:
            np.argsort(-self.learner.scores(), kind="stable")
            self.seconds.append(time.perf_counter() - began)
        self.n_decisions += 1

    def scores(self) -> npt.NDArray[np.float64]:
        return self.learner.scores()

    def best(self, is_open: npt.NDArray[np.bool_]) -> int:
        return self.learner.best(is_open)


def _knee(run: replay.Replay) -> dict[str, Any]:
    reached = run.knee()
    effort, recall = reached or (len(run.order), 1.0)
    return {"effort": effort, "recall": round(recall, 4), "reached": reached is not None}


def _qbcb(
    run: replay.Replay, truth: npt.NDArray[np.bool_], seed: int, *, known: int, target: float, confidence: float
) -> dict[str, Any]:
    terms = {"target": target, "confidence": confidence}
    try:
        found = replay.certified(run, truth, r=known, drawn=DRAWN, seed=seed, **terms)
    except stopping.NoCertificate as none:
        return {"effort": None, "recall": None, "sample": None, "known": None, "reason": str(none), **terms}
    return {**found._asdict(), "recall": round(found.recall, 4), "reason": None, **terms}


def _read(file: Path) -> records.Labelled:
    try:
        with file.open("rb") as raw, _opened(raw) as lines:
            return records.read(lines)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise click.ClickException(f"{file.name} cannot be unpacked: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{file.name} cannot be read: {error.strerror}") from error


def _opened(raw: BinaryIO) -> BinaryIO:
    is_packed = raw.read(len(GZIP)) == GZIP
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if is_packed else raw  # type: ignore[return-value]


def _warn_of_empty(labelled: records.Labelled) -> None:
    empty = labelled.without_text()
    if empty:
        names = ", ".join(empty[:NAMED]) + (", ..." if len(empty) > NAMED else "")
        click.echo(f"Without text, and ranked all the same: {len(empty):,} of {len(labelled.ids):,}: {names}", err=True)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """Yield what is told of relevant documents found and of documents reviewed, shown on the error stream."""
    columns = (
        TextColumn("Relevant found"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[reviewed]:,} reviewed"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        key = shown.add_task("", total=total, reviewed=0)

        def tell(found: int) -> None:
            shown.update(key, advance=found, reviewed=shown.tasks[0].fields["reviewed"] + 1)

        yield tell


def _tell(figures: dict[str, Any]) -> None:
    click.echo(f"{figures['n']:,} documents, {figures['relevant']:,} labelled {figures['label']}")
    for recall in (80, 95, 100):
        effort = figures[f"effort_{recall}"]
        click.echo(f"Reviewed to find {recall:3} %: {effort:,} ({effort / figures['n']:.1%})")
    knee, qbcb = figures["knee"], figures["qbcb"]
    click.echo(f"Knee, a signal: {knee['effort']:,} reviewed, recall {knee['recall']:.1%}")
    if qbcb["reason"]:
        click.echo(f"QBCB, the certificate: none. {qbcb['reason']}")
    else:
        click.echo(
            f"QBCB, the certificate for {qbcb['target']:.0%}: {qbcb['effort']:,} reviewed, "
            f"{qbcb['sample']:,} of them at random; recall {qbcb['recall']:.1%}"
        )
    click.echo(f"Retrained and reranked in {figures['retrain_p95_seconds']:.3f} s (95th percentile)")
