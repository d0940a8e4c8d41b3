"""A worker that is killed at any moment leaves nothing behind: the end is the same as of an undisturbed run."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from cursitor.lines.review import operations, queries
from cursitor.lines.review.choices import CollectionState
from cursitor.lines.review.models import CollectedInput, Document
from cursitor.plumbing.outbox.models import Message
from tests.factories import NOW, World
from tests.lines.review import factories
from tests.lines.review.test_collecting import archive, mail

N_KILLS = int(os.environ.get("CURSITOR_TEST_KILLS", "3"))
WORKER = """
import django, threading
django.setup()
from django.db import connection
from cursitor.lines.review import tasks
from cursitor.plumbing.outbox import worker
topics = frozenset(t for t in worker._handlers if t.startswith("review."))
while True:
    if not worker.run_once(topics):
        threading.Event().wait(0.05)
"""


def collect(world, order) -> None:
    for custodian in ("Pella Ostrander", "Hugo Brandvold"):
        files = [(f"{n}.eml", mail(f"Seal failure {n}", f"Car {n} failed.")) for n in range(40)]
        packed = {f"in/{n}.eml": mail(f"Packed {n}") for n in range(10)} | {"nothing.doc": b""}
        operations.collect_upload(
            order=order,
            custodian=custodian,
            label="",
            files=[(name, io.BytesIO(data)) for name, data in [*files, ("more.zip", archive(**packed))]],
            by=world.delivery_manager,
            at=NOW,
        )


def state(order) -> list[tuple]:
    """Everything that must not depend on when a worker died."""
    columns = ("control_number", "status", "walk", "sha256", "dedupe_hash", "text__sha256", "family__number")
    more = ("position", "all_custodians", "all_paths", "duplicate_of__control_number", "source__path", "thread")
    rows = Document.objects.filter(order=order).values_list(*columns, *more)
    return sorted(map(repr, rows))


def address() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return (
        f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST'] or 'localhost'}:{found['PORT']}/{found['NAME']}"
    )


@contextmanager
def running_worker() -> Iterator[None]:
    """A worker process that ends by SIGKILL."""
    free_what_the_dead_held()
    environment = os.environ | {
        "CURSITOR_DATA": str(Path(settings.STORAGES["vault"]["OPTIONS"]["location"]).parent),
        "CURSITOR_MASTER_KEY": settings.CURSITOR_MASTER_KEY,
        "CURSITOR_DATABASE_URL": address(),
        "DJANGO_SETTINGS_MODULE": "cursitor.web.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def wait_until(is_reached, seconds: float = 180) -> None:
    ends = time.monotonic() + seconds
    while not is_reached():
        assert time.monotonic() < ends, "the worker did not come so far"
        time.sleep(0.01)


def free_what_the_dead_held() -> None:
    long_ago = NOW.replace(year=2000)
    Message.objects.filter(done_at=None).update(due_at=long_ago)
    Message.objects.filter(done_at=None, lease_until__isnull=False).update(lease_until=long_ago)


@pytest.mark.slow
class TestKilledWorker:
    def test_leaves_the_same_counts_and_digests_as_an_undisturbed_one(self, transactional_db):
        world = World()
        begun = {"state": "ACCEPTED", "issued_at": NOW, "holder": world.delivery_manager, "brief": {"prefix": "CF"}}
        calm, disturbed = (factories.work_order(world, **begun) for _ in range(2))
        collect(world, calm)
        factories.drain()
        collect(world, disturbed)
        rng = random.Random(20261123)
        inputs = CollectedInput.objects.filter(collection__order=disturbed)
        for _kill in range(N_KILLS):
            aim = min(inputs.exclude(processed_at=None).count() + rng.randint(1, 14), inputs.count())
            with running_worker():
                wait_until(lambda aim=aim: inputs.exclude(processed_at=None).count() >= aim)
                time.sleep(rng.uniform(0, 0.05))
        with running_worker():
            wait_until(lambda: not disturbed.collections.exclude(state=CollectionState.PUBLISHED).exists())

        assert state(disturbed) == state(calm)
        assert queries.reconciliation(order=disturbed) == queries.reconciliation(order=calm)
        assert queries.reconciliation(order=disturbed).balanced
