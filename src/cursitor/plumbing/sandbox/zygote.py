"""
The worker's side: one small process that has the readers loaded and forks a worker whenever it is asked.

The parent speaks to it over a socket of whole messages: b"F" with a channel to fork a worker that serves it, b"K" and
a process id to kill and bury one. It ends when the parent is gone, and its workers die with it.
"""

from __future__ import annotations

import importlib
import os
import pickle
import select
import signal
import socket
from collections.abc import Callable
from typing import Any, NoReturn

from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.engines.processing.limits import Limits
from cursitor.plumbing.sandbox import frames, isolation

RESULT, REFUSED, OUT_OF_MEMORY, FAILED = b"R", b"X", b"M", b"E"
PRELOADED = (
    "cursitor.engines.processing.items",
    "cursitor.plumbing.sandbox.paging",
    "cursitor.plumbing.sandbox.spool",
)
_PARENT_CHECK_SECONDS = 5.0
_MESSAGE_BYTES = 4096


def main(descriptor: int, parent: int) -> None:
    """Serve the parent (its process id) on an inherited socket until it is gone."""
    control = socket.socket(fileno=descriptor)
    means = isolation.cut_network()
    if not means:
        control.send(b"")
        return
    limits, warm = pickle.loads(control.recv(_MESSAGE_BYTES))  # noqa: S301 (sent by the parent that started this)
    for name in PRELOADED:
        importlib.import_module(name)
    if warm:
        _resolved(warm)()
    control.send(means.encode())
    living: set[int] = set()
    while _has_message(control, parent):
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 1)
        if not message:
            return
        if message == b"F":
            worker = _fork(control, descriptors[0], limits)
            living.add(worker)
            control.send(str(worker).encode())
        else:
            control.send(str(_bury(int(message[1:]), living)).encode())


def _has_message(control: socket.socket, parent: int) -> bool:
    while os.getppid() == parent:
        readable, _, _ = select.select([control], [], [], _PARENT_CHECK_SECONDS)
        if readable:
            return True
    return False


def _fork(control: socket.socket, descriptor: int, limits: Limits) -> int:
    zygote = os.getpid()
    worker = os.fork()
    if worker:
        os.close(descriptor)
        return worker
    try:
        isolation.die_with(zygote)
        control.close()
        isolation.bound(limits)
        _serve(socket.socket(fileno=descriptor))
    finally:
        os._exit(1)


def _bury(worker: int, living: set[int]) -> int:
    # A worker is buried once: its number may by then belong to a stranger.
    if worker not in living:
        return 0
    living.remove(worker)
    os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    return os.waitstatus_to_exitcode(status)


def _serve(channel: socket.socket) -> NoReturn:
    while True:
        try:
            reference, arguments = pickle.loads(frames.receive(channel))  # noqa: S301 (sent by the trusted parent)
            answer = _answer(reference, arguments)
            frames.send(channel, answer)
        except frames.Closed:
            os._exit(0)
        except MemoryError:
            frames.send(channel, OUT_OF_MEMORY)


def _answer(reference: str, arguments: tuple[Any, ...]) -> bytes:
    try:
        return RESULT + pickle.dumps(_resolved(reference)(*arguments), protocol=5)
    except ProcessingException as failure:
        return REFUSED + pickle.dumps((failure.stage.value, failure.class_.value, failure.message))
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as failure:  # noqa: BLE001 (whatever a reader raises is an answer, not the worker's end)
        return FAILED + pickle.dumps(f"{type(failure).__name__}: {failure}"[:1000])


def _resolved(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
