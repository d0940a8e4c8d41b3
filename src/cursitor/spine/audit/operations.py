"""Write to the log. Everyone may; nobody may change what was written."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from cursitor.engines import merkle
from cursitor.plumbing.refusal import Refusal
from cursitor.spine.audit import queries
from cursitor.spine.audit.choices import LOG
from cursitor.spine.audit.models import Checkpoint, Entry

LOG_LOCK = 0x43555253


class SigningKeyChanged(Refusal):
    """Raised when the log would be signed with a key that is not the one it has been signed with."""


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
    :raises NotCanonical: when the data cannot be written as JSON in exactly one way.
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
    _refuse_floats(entry.data, "data")
    entry.leaf_hash = merkle.leaf_hash(merkle.canonical_json(queries.content(entry)))
    entry.save(force_insert=True)
    return entry


def make_checkpoint(*, at: datetime) -> Checkpoint | None:
    """
    Sign the root over every entry so far. None: nothing has been added since the last one.

    :raises SigningKeyChanged: under another key than the latest checkpoint's, which would spoil the log for good.
    """
    with transaction.atomic():
        _lock()
        latest = Checkpoint.objects.order_by("-size").first()
        if latest and bytes(latest.public_key).hex() != public_key():
            raise SigningKeyChanged(
                "The log was signed with another key than this installation's. Put the right CURSITOR_SIGNING_KEY back."
            )
        frontier = merkle.Frontier.from_json(latest.frontier) if latest else merkle.Frontier()
        fresh = Entry.objects.filter(sequence__gte=frontier.size).order_by("sequence")
        for leaf in fresh.values_list("leaf_hash", flat=True).iterator(chunk_size=5000):
            frontier = frontier.append(bytes(leaf))
        if frontier.size == (latest.size if latest else 0):
            return None
        note = merkle.checkpoint_note(queries.ORIGIN, frontier.size, frontier.root(), queries.instant(at))
        return Checkpoint.objects.create(
            size=frontier.size,
            root=frontier.root(),
            frontier=frontier.to_json(),
            at=at,
            note=note.decode(),
            signature=_signing_key().sign(note),
            public_key=bytes.fromhex(public_key()),
        )


def verify(*, at: datetime, by: Actor | None) -> merkle.ExportReport:
    """
    Read the whole log and return what it proves: every leaf, the sequence, the root and signature of every checkpoint.

    It runs the verifier that a recipient of an export runs, over the same lines, trusting this installation's key
    alone. The result is itself an entry of the log.
    """
    with suppress(SigningKeyChanged):  # the report then names the first signature that is not trusted
        make_checkpoint(at=at)
    report = merkle.verify_export(queries.lines(), trusted_keys=[public_key()])
    found = {"size": report.n_entries, "root": report.root, "failure": str(report.failure or "")}
    with transaction.atomic():
        event = "audit.log.verified" if report.is_verified else "audit.log.did_not_verify"
        record(event=event, at=at, by=by, subject=LOG, data=found)
    return report


def export(stream: BinaryIO, *, at: datetime, by: Actor | None) -> int:
    """
    Write the whole log as JSON Lines, verifiable from these lines alone, and return how many entries there are.

    Each checkpoint stands after the entries that it covers; the last line is a checkpoint over all of them.
    :raises SigningKeyChanged: before anything is written.
    """
    make_checkpoint(at=at)
    n_entries = 0
    for line in queries.lines():
        n_entries += line.startswith(b'{"kind":"entry"')
        stream.write(line)
    with transaction.atomic():
        record(event="audit.log.exported", at=at, by=by, subject=LOG, data={"size": n_entries})
    return n_entries


def public_key() -> str:
    """Return the installation's public key (Ed25519, hexadecimal). Give it to whoever shall verify an export."""
    raw = _signing_key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.CURSITOR_SIGNING_KEY))


def _refuse_floats(value: Any, path: str) -> None:
    # The two databases do not give back the same float in every case, and then the leaf would not verify.
    if isinstance(value, float):
        raise merkle.NotCanonical(f"{path} is a float; write it as an integer or as text")
    if isinstance(value, Mapping):
        for name, member in value.items():
            _refuse_floats(member, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")


def _lock() -> None:
    # SQLite's IMMEDIATE transaction already excludes every other writer.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
