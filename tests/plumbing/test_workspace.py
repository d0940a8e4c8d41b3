"""What lies in the clear is gone with the work, also when the work was killed."""

import os
import signal

import pytest
from django.conf import settings

from cursitor.plumbing import workspace


@pytest.fixture
def killed():
    """Return a function that works in a folder in another process and is killed there."""

    def work():
        child = os.fork()
        if not child:
            with workspace.folder("reading") as path:
                (path / "letter.txt").write_text("Privileged")
                os.kill(os.getpid(), signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

    return work


def left():
    return sorted(path.name.partition("-")[0] for path in (settings.CURSITOR_DATA / "work").iterdir())


class TestFolder:
    def test_is_nobody_elses_and_gone_at_the_end(self):
        with workspace.folder("index") as path:
            (path / "shard").mkdir()
            assert path.stat().st_mode & 0o077 == 0
            assert path.parent.stat().st_mode & 0o077 == 0

        assert left() == []

    def test_of_the_dead_is_removed_by_whoever_works_next_and_of_the_living_kept(self, killed):
        with workspace.folder("pages") as path:
            killed()
            assert left() == ["pages", "reading"]

            with workspace.folder("index"):
                assert left() == ["index", "pages"]
            (path / "still").write_text("here")
