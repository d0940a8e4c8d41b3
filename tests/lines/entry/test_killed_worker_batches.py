"""A worker that is killed at any moment leaves nothing behind: pages and records are those of an undisturbed run."""

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

from cursitor.lines.entry.choices import BatchState
from cursitor.lines.entry.models import Batch, Page
from cursitor.plumbing.outbox.models import Message
from tests.factories import NOW, World
from tests.lines.entry import batches, factories

N_KILLS = int(os.environ.get("CURSITOR_TEST_KILLS", "2"))
WORKER = """
import django, threading
django.setup()
from cursitor.lines.entry import tasks
from cursitor.plumbing.outbox import worker
topics = frozenset(t for t in worker._handlers if t.startswith("entry."))
while True:
    if not worker.run_once(topics):
        threading.Event().wait(0.05)
"""


def files() -> dict[str, bytes]:
    scans = {f"{n}.png": batches.picture("PNG", (300 + n, 400)) for n in range(18)}
    inside = {f"{n}.tif": batches.pages(2 + n) for n in range(3)}
    return scans | {"more.zip": batches.archive(inside), "form.pdf": batches.form("0766f9d571"), "empty.pdf": b""}


def state(batch: Batch) -> tuple[list, list]:
    """Everything that must not depend on when a worker died."""
    pages = Page.objects.filter(file__batch=batch).order_by("file__position", "number")
    records = batch.records.order_by("number").values_list("file__position", "first_page", "last_page")
    return list(pages.values_list("file__position", "number", "image__sha256", "ocr_state")), list(records)


def address() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    place = f"{found['HOST'] or 'localhost'}:{found['PORT']}/{found['NAME']}"
    return f"postgres://{found['USER']}:{found['PASSWORD']}@{place}"


@contextmanager
def running_worker() -> Iterator[None]:
    """A worker process that ends by SIGKILL."""
    long_ago = NOW.replace(year=2000)
    Message.objects.filter(done_at=None).update(due_at=long_ago)
    Message.objects.filter(done_at=None, lease_until__isnull=False).update(lease_until=long_ago)
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


@pytest.mark.slow
class TestKilledWorker:
    def test_leaves_the_same_pages_and_records_as_an_undisturbed_one(self, transactional_db):
        world = World()
        calm = batches.read(factories.order(world), files())
        disturbed = batches.upload(factories.order(world), files())
        rng = random.Random(20261122)
        read = disturbed.files.filter(parent=None).exclude(read_at=None)
        for _kill in range(N_KILLS):
            aim = min(read.count() + rng.randint(1, 6), 20)
            with running_worker():
                wait_until(lambda aim=aim: read.count() >= aim)
                time.sleep(rng.uniform(0, 0.05))
        with running_worker():
            wait_until(lambda: Batch.objects.get(pk=disturbed.pk).state == BatchState.READY)

        assert state(disturbed) == state(calm)
        assert len(state(calm)[0]) == 18 + 9 + 1
