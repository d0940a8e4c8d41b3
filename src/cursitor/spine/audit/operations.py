"""Write to the log. Everyone may; nobody may change what was written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from cursitor.engines import merkle
from cursitor.spine.audit.models import Checkpoint, Entry

ORIGIN = "cursitor"
LOG_LOCK = 0x43555253


class Actor(Protocol):
    """Whoever acts: a person of the people app, known here by key and name only."""

    @property
    def key(self) -> str: ...

    name: str


def record(
    *, event: str, at: datetime, by: Actor | None, subject: str, matter: str = "", data: Mapping[str, Any] | None = None
) -> Entry:
    """
    Append one entry in the caller's transaction: it commits with the change it tells of, or not at all.

    Appends are serialised until that transaction ends, so call it last. `by=None` is the system. `data` is JSON
    without floats and never holds the content of a document.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record() must run inside the transaction it tells of")
    _lock()
    latest = Entry.objects.aggregate(latest=Max("sequence"))["latest"]
    entry = Entry(
        sequence=0 if latest is None else latest + 1,
        at=at,
        type=event,
        actor=by.key if by else "system",
        actor_name=by.name if by else "",
        subject=subject,
        matter=matter,
        data=dict(data or {}),
    )
    entry.leaf_hash = merkle.leaf_hash(merkle.canonical_json(content(entry)))
    entry.save(force_insert=True)
    return entry


def content(entry: Entry) -> dict[str, Any]:
    """Return what a leaf commits to: every column but the hash, the time in UTC to the microsecond."""
    return {
        "sequence": entry.sequence,
        "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "type": entry.type,
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "subject": entry.subject,
        "matter": entry.matter,
        "data": entry.data,
    }


def make_checkpoint(*, at: datetime) -> Checkpoint | None:
    """Sign the root over every entry so far. None: nothing has been added since the last one."""
    with transaction.atomic():
        _lock()
        latest = Checkpoint.objects.order_by("-size").first()
        frontier = merkle.Frontier.from_json(latest.frontier) if latest else merkle.Frontier()
        fresh = Entry.objects.filter(sequence__gte=frontier.size).order_by("sequence")
        for leaf in fresh.values_list("leaf_hash", flat=True).iterator(chunk_size=5000):
            frontier = frontier.append(bytes(leaf))
        if frontier.size == (latest.size if latest else 0):
            return None
        note = merkle.checkpoint_note(ORIGIN, frontier.size, frontier.root())
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.CURSITOR_SIGNING_KEY))
        return Checkpoint.objects.create(
            size=frontier.size,
            root=frontier.root(),
            frontier=frontier.to_json(),
            at=at,
            note=note.decode(),
            signature=key.sign(note),
            public_key=key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw),
        )


def _lock() -> None:
    # SQLite's IMMEDIATE transaction already excludes every other writer.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
