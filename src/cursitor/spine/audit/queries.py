"""Read the log: about one thing, of one matter, and as lines that prove themselves."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from cursitor.engines import merkle
from cursitor.spine.audit.choices import LOG
from cursitor.spine.audit.models import Checkpoint, Entry

ORIGIN = "cursitor"


def about(subject: str) -> QuerySet[Entry]:
    """Return what happened to one thing, latest first. `subject`: its key, e.g. "order:WO-1187"."""
    return Entry.objects.filter(subject=subject).order_by("-sequence")


def of_matter(matter: str) -> QuerySet[Entry]:
    """Return what happened in one matter, latest first. `matter`: its key, e.g. "matter:2026-0031"."""
    return Entry.objects.filter(matter=matter).order_by("-sequence")


def latest_verification() -> Entry | None:
    """Return the entry that tells when the log was last read from end to end, and with what result."""
    types = ("audit.log.verified", "audit.log.did_not_verify")
    return Entry.objects.filter(subject=LOG, type__in=types).order_by("-sequence").first()


def content(entry: Entry) -> dict[str, Any]:
    """Return what a leaf commits to: every column but the hash."""
    return {
        "sequence": entry.sequence,
        "at": instant(entry.at),
        "type": entry.type,
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "subject": entry.subject,
        "matter": entry.matter,
        "data": entry.data,
    }


def instant(at: datetime) -> str:
    """Return the one spelling of an instant that the log signs: UTC, six decimals."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(entry: Entry) -> bytes:
    """Return an entry as one line of JSON, ended by a newline."""
    return _line({"kind": "entry", **content(entry), "leaf_hash": bytes(entry.leaf_hash).hex()})


def lines() -> Iterator[bytes]:
    """
    Yield every entry under the latest checkpoint, in order, and each checkpoint after the entries it covers.

    Two streams are merged, so memory stays flat. A checkpoint whose entries are missing comes out all the same, and
    does not verify.
    """
    checkpoints = Checkpoint.objects.order_by("size").iterator()
    following = next(checkpoints, None)
    for entry in Entry.objects.filter(sequence__lt=_size()).order_by("sequence").iterator(chunk_size=2000):
        while following and following.size <= entry.sequence:
            yield _checkpoint_line(following)
            following = next(checkpoints, None)
        yield line(entry)
    while following:
        yield _checkpoint_line(following)
        following = next(checkpoints, None)


def _size() -> int:
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def _checkpoint_line(checkpoint: Checkpoint) -> bytes:
    origin, size, _root, at = checkpoint.note.splitlines()
    return _line(
        {
            "kind": "checkpoint",
            "origin": origin,
            "size": int(size),
            "root": bytes(checkpoint.root).hex(),
            "at": at,
            "signature": bytes(checkpoint.signature).hex(),
            "public_key": bytes(checkpoint.public_key).hex(),
        }
    )


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def narrowed(
    entries: QuerySet[Entry], *, event: str = "", actor: str = "", day: date | None = None, about: str = "", zone: str
) -> QuerySet[Entry]:
    """
    Return entries narrowed for the log page.

    event: a type, or the beginning of one that ends at a dot ("work.order"). actor: part of a name. day: in `zone`
    (IANA). about: a key of a subject or matter, or part of one.
    """
    if event:
        entries = entries.filter(Q(type=event) | Q(type__startswith=f"{event}."))
    if actor:
        entries = entries.filter(actor_name__icontains=actor)
    if about:
        entries = entries.filter(Q(subject__icontains=about) | Q(matter__icontains=about))
    if day:
        begins = datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))
        ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(zone))
        entries = entries.filter(at__gte=begins, at__lt=ends)
    return entries


def data_text(entry: Entry) -> str:
    """Return the entry's data as the JSON that its leaf commits to."""
    return merkle.canonical_json(entry.data).decode()
