"""A pool of killable workers; whatever happens in them, the caller gets an answer or a named exception in time."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage
from cursitor.engines.processing.limits import Limits
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.sandbox import frames, zygote

_START_SECONDS = 60.0
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
_START = "from cursitor.plumbing.sandbox import zygote; zygote.main({descriptor}, {parent})"


class SandboxUnavailable(Refusal):
    """Raised when no worker can be started, or none that is cut off from the network."""


@dataclass(frozen=True)
class Outcome:
    """What became of one call in `Sandbox.map`: its value, or the exception that stands for it, and its wall time."""

    value: Any = None
    exception: ProcessingException | None = None
    seconds: float = 0.0


@dataclass
class _Worker:
    process_id: int
    channel: socket.socket
    n_calls: int = 0


class Sandbox:
    """
    Workers with limits, used as a context manager; may be shared between threads.

    Each call is bounded in wall time (`limits.seconds`), address space (`limits.memory_bytes`) and size of its answer
    (`limits.output_bytes`). A worker that breaks a bound or dies is killed and replaced; the call ends as a
    `ProcessingException` of class timeout, memory, output or crashed. Workers are reused, and renewed after
    `calls_per_worker` calls, so that what leaks in a reader does not gather.

    Workers run without network (see `isolation`), with an environment cleared of everything but paths and locale, and
    die with this process, even if it is killed. They can read what this process's user can read. Answers are unpacked
    as plain values only, so that a worker that was taken over cannot run code here.
    """

    def __init__(self, limits: Limits, *, calls_per_worker: int = 500, warm: str = "") -> None:
        """
        Keep the limits; nothing is started before the first call.

        warm: "package.module:function" to call once in the process from which workers are forked, so that what it
        loads is loaded once and shared; it must not start threads.
        """
        self.limits = limits
        self._warm = warm
        self._calls_per_worker = calls_per_worker
        self._idle: list[_Worker] = []
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        self.network = ""

    def __enter__(self) -> Self:
        """Start the process from which workers are forked."""
        with self._lock:
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill every worker."""
        self.close()

    def close(self) -> None:
        """Kill every worker and forget them; a later call starts anew."""
        with self._lock:
            self._stop()

    def run(self, function: Callable[..., Any] | str, *arguments: Any) -> Any:
        """
        Return what a function returns when a worker calls it.

        function: a function of a module, or its name as "package.module:function". Arguments are pickled; the answer
        must consist of plain values, dates and the engines' own classes.
        :raises ProcessingException: what the function raised as such, or the breach that ended it.
        :raises SandboxUnavailable: if no worker can be started.
        """
        payload = pickle.dumps((_reference(function), arguments), protocol=5)
        worker = self._take()
        try:
            answer = self._asked(worker, payload)
            worker.n_calls += 1
            is_spent = answer[:1] == zygote.OUT_OF_MEMORY or worker.n_calls >= self._calls_per_worker
        except BaseException:
            self._discard(worker)
            raise
        if is_spent:
            self._discard(worker)
        else:
            with self._lock:
                self._idle.append(worker)
        return self._read(answer)

    def map(
        self, function: Callable[..., Any] | str, items: Iterable[tuple[Any, ...]], workers: int = 2
    ) -> Iterator[Outcome]:
        """
        Yield the outcome of a call for each tuple of arguments, in their order, several at a time.

        At most four calls per worker are taken from items ahead of what has been yielded.
        """
        waiting: deque[Future[Outcome]] = deque()
        threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
        try:
            for arguments in items:
                waiting.append(threads.submit(self._outcome, function, arguments))
                if len(waiting) >= 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)

    def _outcome(self, function: Callable[..., Any] | str, arguments: tuple[Any, ...]) -> Outcome:
        began = time.monotonic()
        try:
            value = self.run(function, *arguments)
        except ProcessingException as failure:
            return Outcome(exception=failure, seconds=time.monotonic() - began)
        return Outcome(value, seconds=time.monotonic() - began)

    def _asked(self, worker: _Worker, payload: bytes) -> bytes:
        deadline = time.monotonic() + self.limits.seconds
        try:
            frames.send(worker.channel, payload, deadline)
            return frames.receive(worker.channel, self.limits.output_bytes, deadline)
        except TimeoutError:
            message = f"The reader was stopped after {self.limits.seconds:g} seconds."
            raise LimitHit(Stage.SANDBOX, Class.TIMEOUT, message) from None
        except frames.TooLarge:
            message = f"The reader gave more than {self.limits.output_bytes:,} bytes."
            raise LimitHit(Stage.SANDBOX, Class.OUTPUT, message) from None
        except frames.Closed:
            raise ProcessingException(Stage.SANDBOX, Class.CRASHED, self._last_words(worker)) from None

    def _last_words(self, worker: _Worker) -> str:
        status = self._bury(worker)
        ended = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return f"The reader died ({ended})."

    def _read(self, answer: bytes) -> Any:
        kind, payload = answer[:1], answer[1:]
        if kind == zygote.OUT_OF_MEMORY:
            message = f"The reader needed more than {self.limits.memory_bytes:,} bytes of memory."
            raise LimitHit(Stage.SANDBOX, Class.MEMORY, message)
        try:
            value = frames.values(payload)
        except Exception as failure:
            message = f"The reader's answer cannot be used: {failure}"
            raise ProcessingException(Stage.SANDBOX, Class.CRASHED, message) from failure
        if kind == zygote.REFUSED:
            stage, class_, message = value
            raise ProcessingException(Stage(stage), Class(class_), message)
        if kind == zygote.FAILED:
            raise ProcessingException(Stage.SANDBOX, Class.CRASHED, f"The reader failed: {value}")
        return value

    def _take(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            try:
                return self._forked()
            except (OSError, ValueError):
                # The forking process itself is gone or stuck; a second failure is the machine's.
                self._stop()
            try:
                return self._forked()
            except (OSError, ValueError) as failure:
                self._stop()
                raise SandboxUnavailable(f"No worker could be started: {failure}") from failure

    def _forked(self) -> _Worker:
        self._start()
        here, there = socket.socketpair()
        with there:
            answer = self._command(b"F", [there.fileno()])
        return _Worker(int(answer), here)

    def _discard(self, worker: _Worker) -> None:
        worker.channel.close()
        self._bury(worker)

    def _bury(self, worker: _Worker) -> int:
        with self._lock:
            try:
                return int(self._command(b"K%d" % worker.process_id))
            except (OSError, ValueError):
                self._stop()
                return 0

    def _command(self, message: bytes, descriptors: list[int] | None = None) -> bytes:
        if self._control is None:
            raise OSError("the sandbox is closed")
        if descriptors:
            socket.send_fds(self._control, [message], descriptors)
        else:
            self._control.send(message)
        return self._control.recv(64)

    def _start(self) -> None:
        if self._zygote is not None:
            return
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        # Workers run side by side; threads of numerical libraries inside them would only fight, and not survive a fork.
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
        code = _START.format(descriptor=there.fileno(), parent=os.getpid())
        with there:
            self._zygote = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[there.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = here
        here.settimeout(_START_SECONDS)
        try:
            here.send(pickle.dumps((self.limits, self._warm)))
            self.network = here.recv(64).decode()
        except OSError:
            self.network = ""
        if not self.network:
            self._stop()
            raise SandboxUnavailable("No worker could be cut off from the network; files are not read without that.")

    def _stop(self) -> None:
        for worker in self._idle:
            worker.channel.close()
        self._idle.clear()
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            # Its workers die with it: the kernel kills them when their parent is gone.
            self._zygote.kill()
            self._zygote.wait()
        self._zygote = self._control = None


def _reference(function: Callable[..., Any] | str) -> str:
    if isinstance(function, str):
        return function
    return f"{function.__module__}:{function.__qualname__}"
