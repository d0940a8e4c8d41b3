"""Post messages, and (for the worker) lease, finish and fail them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from cursitor.plumbing.outbox.models import Message

LEASE = timedelta(seconds=15)
MAX_ATTEMPTS = 8
KEPT = timedelta(days=7)
WORKERS_DIED = "The worker died each time it did this."


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
    """
    Take the message that has been due longest, or None. Two workers never hold one message.

    A message whose lease ran out belonged to a worker that died; it is taken again, eight times at most.
    """
    waiting = Message.objects.filter(topic__in=topics, done_at=None, dead_at=None, due_at__lte=at)
    due = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=at))
    if not due.exists():
        return None
    with transaction.atomic():
        due.filter(attempts__gte=MAX_ATTEMPTS).update(dead_at=at, error=WORKERS_DIED)
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
    """Mark the message done, unless its lease has passed to another worker."""
    _held(message).update(done_at=at, error="")


def fail(*, message: Message, at: datetime, error: str) -> None:
    """
    Put the message back with a growing delay; after eight attempts a person must look at it.

    If another message with the same key already waits, this one is done: the other will do the same work.
    """
    if message.attempts >= MAX_ATTEMPTS:
        _held(message).update(dead_at=at, error=error)
        return
    again = at + timedelta(seconds=2**message.attempts)
    try:
        with transaction.atomic():
            _held(message).update(due_at=again, lease_until=None, lease_token="", error=error)
    except IntegrityError:
        _held(message).update(done_at=at, error=error)


def retry_dead(*, message: Message, at: datetime) -> None:
    """Let a dead message be tried again from the start."""
    Message.objects.filter(pk=message.pk).exclude(dead_at=None).update(
        dead_at=None, attempts=0, due_at=at, lease_until=None, lease_token="", done_at=None
    )


def sweep(*, at: datetime) -> int:
    """Remove messages done more than a week ago and return how many. Dead ones stay until somebody looks."""
    n_removed, _ = Message.objects.filter(done_at__lt=at - KEPT).delete()
    return n_removed


def waiting() -> int:
    """Return how many messages have neither been done nor given up."""
    return Message.objects.filter(done_at=None, dead_at=None).count()


def _held(message: Message):
    return Message.objects.filter(pk=message.pk, lease_token=message.lease_token)
