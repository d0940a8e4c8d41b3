"""Workers that may hang, crash, swell or talk: the caller gets an answer or a named exception, in time."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from tests.engines.processing.test_processing_containers import zipped

from cursitor.engines.imaging import PageFailure
from cursitor.engines.processing import items
from cursitor.engines.processing.exceptions import Class, ProcessingException
from cursitor.engines.processing.items import Place, Status
from cursitor.engines.processing.limits import MEBIBYTE, Limits
from cursitor.plumbing.sandbox import frames, isolation, spool
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS = Limits(seconds=1, memory_bytes=1024 * MEBIBYTE, output_bytes=4 * MEBIBYTE)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(LIMITS) as opened:
        yield opened


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_dead(process_id: int) -> bool:
    for _ in range(200):
        if not is_alive(process_id):
            return True
        time.sleep(0.02)
    return False


class TestRun:
    @pytest.mark.parametrize(
        ("call", "class_"),
        [
            (("time:sleep", 600), Class.TIMEOUT),
            (("re:fullmatch", "(a+)+b", "a" * 40), Class.TIMEOUT),
            (("ctypes:string_at", 0), Class.CRASHED),
            (("os:abort",), Class.CRASHED),
            (("os:_exit", 0), Class.CRASHED),
            (("builtins:bytearray", 2048 * MEBIBYTE), Class.MEMORY),
            (("builtins:bytes", 8 * MEBIBYTE), Class.OUTPUT),
            (("operator:truediv", 1, 0), Class.CRASHED),
        ],
        ids=["sleep", "busy", "segfault", "abort", "exit", "memory", "output", "error"],
    )
    def test_turns_a_breach_into_its_exception_and_goes_on(self, sandbox, call, class_):
        with pytest.raises(ProcessingException) as refusal:
            sandbox.run(*call)

        assert refusal.value.class_ is class_
        assert sandbox.run("operator:add", 1, 2) == 3

    def test_hands_on_what_the_function_refused(self, sandbox):
        with pytest.raises(ProcessingException) as refusal:
            sandbox.run("cursitor.engines.processing.rtf:decompress", b"", 10)

        assert refusal.value.class_ is Class.CORRUPT
        assert "shorter than its header" in refusal.value.message

    def test_reuses_a_worker_and_renews_it_after_its_share(self):
        with Sandbox(LIMITS, calls_per_worker=3) as small:
            workers = [small.run("os:getpid") for _ in range(6)]

        assert len(set(workers[:3])) == len(set(workers[3:])) == 1
        assert workers[0] != workers[5]

    def test_starts_anew_when_the_forking_process_was_killed(self):
        with Sandbox(LIMITS) as small:
            first = small.run("os:getppid")
            os.kill(first, signal.SIGKILL)
            assert wait_until_dead(first)
            with pytest.raises(ProcessingException):
                small.run("os:getppid")

            assert small.run("os:getppid") != first

    def test_builds_nothing_from_an_answer_but_values(self, sandbox):
        with pytest.raises(ProcessingException, match="no value"):
            sandbox.run("pathlib:PurePath", "/etc/passwd")

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("cursitor.engines.imaging.bitmaps", "StrEnum"),
            ("cursitor.engines.processing.containers", "Iterator"),
            ("cursitor.engines.money.amounts", "fractions.Fraction"),
            ("cursitor.engines.production.redactions", "accumulate"),
            ("cursitor.engines.processing.limits", "Budget"),
            ("cursitor.plumbing.sandbox.pool", "Sandbox"),
            ("builtins", "bytearray"),
        ],
    )
    def test_builds_no_type_that_is_no_value_of_ours(self, module, name):
        with pytest.raises(pickle.UnpicklingError, match="no value"):
            frames.values(b"\x80\x05" + f"c{module}\n{name}\n".encode() + b".")

    def test_builds_the_values_that_workers_send(self):
        sent = [{1}, frozenset({2}), bytearray(b"x"), date(2026, 3, 4), Class.TIMEOUT, Limits(), range(3)]

        assert frames.values(pickle.dumps(sent, protocol=5)) == sent

    def test_builds_the_error_that_stands_for_a_part(self, sandbox):
        # By a worker: other libraries teach this process other ways of pickling errors.
        received = sandbox.run("tests.plumbing.sandbox.behaviour:failure_of_a_page", 2, "cut off")

        assert received == PageFailure(2, received.exception)
        assert (received.exception.class_, received.exception.message) == (Class.CORRUPT, "cut off")

    def test_keeps_secrets_of_the_environment_from_the_worker(self, monkeypatch):
        monkeypatch.setenv("CURSITOR_SECRET_KEY", "hush")
        with Sandbox(LIMITS) as small:
            assert small.run("os:getenv", "CURSITOR_SECRET_KEY") is None

    def test_reaches_no_network(self, sandbox):
        with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ProcessingException) as refusal:
            sandbox.run("socket:create_connection", server.getsockname(), 0.5)

        assert "OSError" in refusal.value.message or "PermissionError" in refusal.value.message


class TestMap:
    def test_yields_in_order_what_workers_finish_in_any(self, sandbox):
        calls = [("0.05" if n % 4 == 0 else "0", n) for n in range(12)]

        outcomes = list(sandbox.map("tests.plumbing.sandbox.behaviour:wait", calls, workers=2))

        assert [outcome.value for outcome in outcomes] == list(range(12))

    def test_goes_on_after_an_item_that_kills_its_worker(self, sandbox):
        addresses = [(b"a", 1), (1, 1), (b"b", 1)]

        outcomes = list(sandbox.map("ctypes:string_at", addresses))

        assert [outcome.value for outcome in outcomes] == [b"a", None, b"b"]
        assert outcomes[1].exception.class_ is Class.CRASHED

    def test_takes_no_more_ahead_than_it_needs(self, sandbox):
        taken = []

        def endless():
            while True:
                taken.append((1, 2))
                yield taken[-1]

        outcomes = sandbox.map("operator:add", endless(), workers=2)
        next(outcomes)
        outcomes.close()

        assert len(taken) <= 8


class TestProcessing:
    def test_one_item_comes_back_as_from_the_engine(self, sandbox):
        data = zipped({"a.txt": b"a", "b.txt": b"b"})

        assert sandbox.run(items.process_one, data, "x.zip", LIMITS) == items.process_one(data, "x.zip", LIMITS)

    def test_a_file_by_path_spools_its_children(self, sandbox, tmp_path):
        source = tmp_path / "x.zip"
        source.write_bytes(zipped({"../../a.txt": b"alpha", "empty.txt": b""}))

        item, children = sandbox.run(spool.process_file, str(source), "x.zip", LIMITS, Place("7"), str(tmp_path))

        assert item.status is Status.EXCLUDED
        assert [(c.name, Path(c.path).name, c.size) for c in children] == [
            ("../../a.txt", "7.1", 5),
            ("empty.txt", "7.2", 0),
        ]
        assert Path(children[0].path).read_bytes() == b"alpha"

    def test_a_place_cannot_lead_out_of_the_spool(self, tmp_path):
        with pytest.raises(ValueError, match="cannot name files"):
            spool.process_file("x", "x", LIMITS, Place("../x"), str(tmp_path))


PARENT = """
import sys, threading, time
from cursitor.engines.processing.limits import Limits
from cursitor.plumbing.sandbox.pool import Sandbox
with Sandbox(Limits()) as sandbox:
    print(sandbox.run("os:getpid"), sandbox.run("os:getppid"), flush=True)
    threading.Thread(target=sandbox.run, args=("time:sleep", 600), daemon=True).start()
    time.sleep(600)
"""


class TestLife:
    def test_no_worker_outlives_a_parent_that_was_killed(self):
        parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
        worker, zygote = (int(word) for word in parent.stdout.readline().split())
        assert is_alive(worker)

        parent.kill()
        parent.communicate()

        assert wait_until_dead(worker)
        assert wait_until_dead(zygote)

    def test_closing_leaves_no_process(self):
        with Sandbox(LIMITS) as small:
            worker, zygote = small.run("os:getpid"), small.run("os:getppid")

        assert wait_until_dead(worker)
        assert wait_until_dead(zygote)


FILTERED = """
import socket
from cursitor.plumbing.sandbox import isolation
assert isolation._filter_sockets()
socket.socketpair()
socket.socket(socket.AF_UNIX)
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
    try:
        socket.socket(family)
    except PermissionError:
        print("refused")
"""


AS_NOBODY = """
import os
from cursitor.plumbing.sandbox import isolation
os.setgid(65534)
os.setuid(65534)
print(isolation.cut_network())
"""


class TestIsolation:
    @pytest.mark.skipif(os.uname().machine not in isolation._ARCHITECTURES, reason="no filter for this processor")
    def test_the_filter_refuses_every_socket_that_is_not_local(self):
        said = subprocess.run([sys.executable, "-c", FILTERED], capture_output=True, text=True, timeout=30)

        assert said.stdout.split() == ["refused"] * 3, said.stderr

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
    def test_an_ordinary_user_gets_a_namespace_or_the_filter(self):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

        said = subprocess.run(
            [sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, timeout=30, env=environment
        )

        assert said.stdout.strip() in ("namespace", "filter"), said.stderr
