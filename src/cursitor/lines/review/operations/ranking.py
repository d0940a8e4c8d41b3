"""Learning from what was coded, and putting the likeliest families first."""

import time
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from cursitor.engines.ranking import stopping, v2026_1
from cursitor.lines.review import index, layouts
from cursitor.lines.review.choices import RESPONSIVENESS, UNREADABLE, DocumentStatus, Stage
from cursitor.lines.review.models import Coding, CodingSave, Document, Family, IndexShard, Ranking
from cursitor.lines.review.operations import protocol
from cursitor.spine.work.models import WorkOrder

BATCH = 200


def rank(*, order: int, at: datetime) -> Ranking | None:
    """
    Rank the families that wait to be read by what has been coded so far, and keep what was learnt from.

    None: there is no index yet, or nothing responsive was coded and the brief does not say what is sought. May run
    twice. The seed is the number of labels, so that the same codes give the same order.
    """
    shard = index.current(order)
    if shard is None:
        return None
    began = time.monotonic()
    labels = _labels(order)
    scores = _scores(shard, labels)
    if scores is None:
        return None
    _write(order, scores)
    return Ranking.objects.create(
        order_id=order,
        algorithm=shard.algorithm,
        n_labels=len(labels),
        n_relevant=sum(labels.values()),
        knee_reached=_knee(order).is_reached,
        seconds=time.monotonic() - began,
        at=at,
    )


def _labels(order: int) -> dict[int, bool]:
    coded = Coding.objects.filter(document__order=order).exclude(**{f"values__{RESPONSIVENESS}": UNREADABLE})
    return {pk: layouts.is_responsive(values) for pk, values in coded.values_list("document", "values")}


def _scores(shard: IndexShard, labels: Mapping[int, bool]) -> dict[int, float] | None:
    ids = index.opened(shard).ids
    places = {pk: place for place, pk in enumerate(ids)}
    known = {places[pk]: is_responsive for pk, is_responsive in labels.items() if pk in places}
    ranker = index.ranker(shard.features_id, shard.algorithm)
    brief = WorkOrder.objects.values_list("brief", flat=True).get(pk=shard.order_id)
    sought = " ".join(protocol.lines_of(f"{brief.get('sought', '')}\n{brief.get('issues', '')}"))
    try:
        scores = ranker.fit_rank(known, seed=len(known), description=sought)
    except v2026_1.NothingToLearnFrom:
        return None
    return {int(pk): float(score) for pk, score in zip(ids, scores, strict=True)}


def _write(order: int, scores: Mapping[int, float]) -> None:
    """Give every family that waits the score of its best member, in short transactions that let saves through."""
    waiting = Document.objects.filter(
        order=order, status=DocumentStatus.PUBLISHED, family__first_done_at=None, family__isnull=False
    )
    best: dict[int, float] = {}
    for pk, family in waiting.values_list("pk", "family"):
        best[family] = max(best.get(family, 0.0), scores.get(pk, 0.0))
    rows = [Family(pk=family, rank=score) for family, score in sorted(best.items())]
    for start in range(0, len(rows), BATCH):
        Family.objects.bulk_update(rows[start : start + BATCH], ["rank"])


def _knee(order: int) -> stopping.Knee:
    """Return how far the gain curve has bent over the documents read first, in the order they were read."""
    saves = CodingSave.objects.filter(order=order, stage=Stage.FIRST, undoes=None, undone_by=None).order_by("pk")
    read = list(dict.fromkeys(pk for documents in saves.values_list("documents", flat=True) for pk in documents))
    labels = _labels(order)
    return stopping.knee(np.cumsum([labels.get(pk, False) for pk in read], dtype=np.int64))
