"""The two practice sets: real mail of the Enron corpus, with published labels and as a production. See data/README.md
of the review line for sources and licences."""

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cursitor.lines.review
from cursitor.lines.review import operations as review
from cursitor.lines.review.choices import TaskKind
from cursitor.spine.work import operations as work
from cursitor.spine.work.models import WorkOrder
from cursitor.web.demo.orders import TEAMS, Desk
from cursitor.web.demo.scene import CUSTODIAN, OWEN, TOPICS

DATA = Path(cursitor.lines.review.__file__).parent / "data"
RELEVANT = "3.6"
PRIVILEGED = frozenset({"3.10", "2.8"})
BRIEF = {
    "prefix": "ENR",
    "production_prefix": "ENRON",
    "streams": 2,
    "deduplicate": "global",
    "sought": "California energy crisis, power prices, the governor, blackouts, refunds",
    "terms": "California\nblackout*\nprice w/3 cap*",
    "privilege_terms": "privileged\n(attorney w/3 client)\n(legal w/3 advice)",
    "guidance": "Responsive: the California energy crisis and California politics (published label 3.6).",
    "pace_low": 40,
    "pace_high": 95,
}


def messages(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a folder with a messages.jsonl.gz: id, text (the raw message), labels, and more."""
    with gzip.open(folder / "messages.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def files(records: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, io.BytesIO]]:
    """Return every message as a file named by its id."""
    return [(f"{key}.eml", io.BytesIO(record["text"].encode())) for key, record in records.items()]


def collect_topics(desk: Desk) -> WorkOrder:
    """Order a review of the labelled messages and collect them; the worker reads them."""
    order = _begun(desk, TOPICS, "Quillfield", "Labelled messages, first-level review", desk.now - timedelta(hours=5))
    records = {record["id"]: record for record in messages(DATA / "enron_topics")}
    source = {"custodian": "Enron corpus", "label": "Labelled messages", "files": files(records)}
    review.collect_upload(order=order, by=order.holder, at=desk.now, **source)
    return order


def collect_custodian(desk: Desk) -> WorkOrder:
    """Order a review of one custodian's production and collect it; the worker reads it."""
    order = _begun(desk, CUSTODIAN, "Tamarind", "Production of one custodian, first-level review", desk.now)
    folder = DATA / "enron_custodian"
    with (folder / "loadfile.csv").open("rb") as load_file, (folder / "volume.zip").open("rb") as volume:
        source = {"custodian": "Bailey, Susan", "label": "Production volume", "load_file": load_file}
        review.collect_load_file(order=order, volume=volume, by=order.holder, at=desk.now, **source)
    return order


def begin(desk: Desk, *, matter: str, provider: str, title: str, brief: Mapping[str, Any], at: datetime) -> WorkOrder:
    """Draft, issue, accept and start an order, and give its tasks to the provider's people."""
    manager, readers, second, _inspector = TEAMS[provider]
    owen = desk.cast[OWEN]
    order = work.draft_order(
        matter=desk.scene.matters[matter],
        engagement=desk.scene.engagements[provider],
        line="review",
        work_kind="review.first_level",
        title=title,
        brief=dict(brief),
        fee_basis="UNIT",
        budget_amount=5_000_00,
        by=owen,
        at=at,
    )
    order = work.issue(order=order, by=owen, at=at)
    order = work.accept(order=order, by=desk.cast[manager], at=at)
    order = work.start(order=order, by=desk.cast[manager], at=at)
    holders = {TaskKind.FIRST: readers, TaskKind.PRIVILEGE: (second,)}
    for task in order.tasks.select_related("order__matter", "order__provider").order_by("number"):
        to = holders.get(task.kind, (manager,))
        work.assign(task=task, to=desk.cast[to[task.number % len(to)]], by=desk.cast[manager], at=at)
    return order


def _begun(desk: Desk, matter: str, provider: str, title: str, at: datetime) -> WorkOrder:
    return begin(desk, matter=matter, provider=provider, title=title, brief=BRIEF, at=at)
