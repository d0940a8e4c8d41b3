"""Messages between parent and worker: eight bytes of length, then that many bytes; and what may be read from them."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import io
import pickle
import socket
import time
from typing import Any

_HEADER = 8
_CHUNK = 1024 * 1024
_PLAIN = {("builtins", name) for name in ("complex", "range", "slice")}
_VALUES = (
    enum.Enum,
    tuple,
    Exception,
    complex,
    range,
    slice,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
)
_TRUSTED_PACKAGES = ("cursitor.engines.", "cursitor.plumbing.sandbox.")


class TooLarge(Exception):
    """Raised when the other side announces more bytes than allowed."""


class Closed(Exception):
    """Raised when the other side is gone, before or in the middle of a message."""


def send(channel: socket.socket, payload: bytes, deadline: float | None = None) -> None:
    """
    Send one message.

    deadline: on the monotonic clock, None to wait for ever.
    :raises TimeoutError: at the deadline.
    :raises Closed: if the other side is gone.
    """
    channel.settimeout(_left(deadline))
    try:
        channel.sendall(len(payload).to_bytes(_HEADER, "big"))
        channel.sendall(payload)
    except (BrokenPipeError, ConnectionError) as failure:
        raise Closed from failure


def receive(channel: socket.socket, at_most: int | None = None, deadline: float | None = None) -> bytes:
    """
    Return the next message.

    :raises TooLarge: if it is announced with more than at_most bytes.
    :raises TimeoutError: at the deadline. :raises Closed: if the other side is gone.
    """
    size = int.from_bytes(_exactly(channel, _HEADER, deadline), "big")
    if at_most is not None and size > at_most:
        raise TooLarge(size)
    return _exactly(channel, size, deadline)


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < size:
        channel.settimeout(_left(deadline))
        try:
            piece = channel.recv(min(_CHUNK, size - len(received)))
        except ConnectionError as failure:
            raise Closed from failure
        if not piece:
            raise Closed
        received += piece
    return bytes(received)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _ValuesOnly(pickle.Unpickler):
    """A worker that a hostile file has taken over must not run code in its parent: only our own values are built."""

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if self._is_trusted(module, name) else None
        # Defined there and not merely imported there: `itertools.count` is a type too, and fills whatever takes it.
        if isinstance(found, type) and found.__module__ == module and _is_value(found):
            return found
        raise pickle.UnpicklingError(f"A worker sent something that is no value: {module}.{name}")

    def _is_trusted(self, module: str, name: str) -> bool:
        is_value = module.startswith(_TRUSTED_PACKAGES) or (module, name) in _PLAIN or module == "datetime"
        return is_value and "." not in name


def _is_value(found: type) -> bool:
    return dataclasses.is_dataclass(found) or issubclass(found, _VALUES)


def values(payload: bytes) -> Any:
    """
    Return the values in a worker's answer: plain types, dates, and the engines' dataclasses, enumerations, errors and
    named tuples; nothing that acts.

    :raises pickle.UnpicklingError: for anything else.
    """
    return _ValuesOnly(io.BytesIO(payload)).load()
