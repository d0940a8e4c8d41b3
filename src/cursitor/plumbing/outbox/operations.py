"""Post messages, and (for the worker) lease, finish and fail them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from cursitor.plumbing.outbox.models import Message

LEASE = timedelta(seconds=15)
MAX_ATTEMPTS = 8


def post(*, topic: str, at: datetime, key: str = "", **payload: Any) -> None:
    """
    Leave work for a worker, in the caller's transaction. `at` is when it falls due.

    With a `key`, a second message with the same topic and key is not added while the first still waits to
    be taken; the earlier due time wins.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.post() must run inside the transaction that decided the work")
    if key:
        waiting = Message.objects.filter(topic=topic, key=key, done_at=None, dead_at=None, lease_until=None)
        if waiting.filter(due_at__lte=at).exists() or waiting.update(due_at=at, payload=payload):
            return
    try:
        with transaction.atomic():
            Message.objects.create(topic=topic, key=key, due_at=at, payload=payload)
    except IntegrityError:
        if not key:
            raise


def lease(*, at: datetime, topics: frozenset[str]) -> Message | None:
    """Take the message that has been due longest, or None. Two workers never hold one message."""
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    with transaction.atomic():
        due = Message.objects.filter(free, topic__in=topics, done_at=None, dead_at=None, due_at__lte=at)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        message = due.order_by("due_at", "pk").first()
        if message is None:
            return None
        message.lease_token = str(uuid.uuid4())
        message.lease_until = at + LEASE
        message.attempts += 1
        message.save(update_fields=["lease_token", "lease_until", "attempts"])
        return message


def renew(*, message: Message, at: datetime) -> bool:
    """Prolong the lease of a long piece of work. False: another worker has it now, so stop."""
    return bool(_held(message).update(lease_until=at + LEASE))


def finish(*, message: Message, at: datetime) -> None:
    _held(message).update(done_at=at, error="")


def fail(*, message: Message, at: datetime, error: str) -> None:
    """Put the message back with a growing delay; after eight attempts a person must look at it."""
    if message.attempts >= MAX_ATTEMPTS:
        _held(message).update(dead_at=at, error=error)
        return
    delay = timedelta(seconds=2**message.attempts)
    if (
        message.key
        and Message.objects.filter(
            topic=message.topic, key=message.key, done_at=None, dead_at=None, lease_until=None
        ).exists()
    ):
        _held(message).update(done_at=at, error=error)
        return
    _held(message).update(due_at=at + delay, lease_until=None, lease_token="", error=error)


def retry_dead(*, message: Message, at: datetime) -> None:
    """Let a dead message be tried again from the start."""
    Message.objects.filter(pk=message.pk).exclude(dead_at=None).update(
        dead_at=None, attempts=0, due_at=at, lease_until=None, lease_token="", done_at=None
    )


def waiting() -> int:
    return Message.objects.filter(done_at=None, dead_at=None).count()


def _held(message: Message):
    return Message.objects.filter(pk=message.pk, lease_token=message.lease_token)
