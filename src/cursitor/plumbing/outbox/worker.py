"""The loop that takes messages and runs their handlers."""

import functools
import importlib
import importlib.util
import logging
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.apps import apps
from django.db import OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from cursitor.plumbing.outbox import operations
from cursitor.plumbing.outbox.models import Message

log = logging.getLogger("cursitor.worker")

Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
_timers: set[str] = set()


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register a function of some app's tasks.py as the handler of a topic. It is called with the payload."""

    def register(handler: Handler) -> Handler:
        if topic in _handlers and _handlers[topic] is not handler:
            raise RuntimeError(f"two handlers for topic {topic}")
        _handlers[topic] = handler
        return handler

    return register


def every(interval: timedelta, topic: str) -> Callable[[Handler], Handler]:
    """
    Register a handler that runs at every interval: a timer.

    A timer is a row: a message that, when it is taken, first posts its successor and then does its work. It goes on
    after a crash, and if the work does not succeed the successor comes all the same. The worker posts the first one.
    """

    def register(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def repeat() -> None:
            with transaction.atomic():
                operations.post(topic=topic, at=timezone.now() + interval, key="timer")
            handler()

        handles(topic)(repeat)
        _timers.add(topic)
        return handler

    return register


def arm_timers(*, at: datetime) -> None:
    """Post the first message of every timer that has none waiting."""
    with transaction.atomic():
        for topic in sorted(_timers & load_handlers()):
            operations.post(topic=topic, at=at, key="timer")


def load_handlers() -> frozenset[str]:
    """Import tasks.py of every app and return the topics they handle."""
    for config in apps.get_app_configs():
        if config.name.startswith("cursitor.") and importlib.util.find_spec(f"{config.name}.tasks"):
            importlib.import_module(f"{config.name}.tasks")
    return frozenset(_handlers)


def run_once(topics: frozenset[str]) -> bool:
    """Do the one message that is due. False: nothing was due."""
    message = operations.lease(at=timezone.now(), topics=topics)
    if message is None:
        return False
    heartbeat = _Heartbeat(message)
    heartbeat.start()
    try:
        _handlers[message.topic](**message.payload)
    except Exception as error:
        log.exception("message %s of topic %s did not succeed", message.pk, message.topic)
        lines = "".join(traceback.format_exception_only(error))
        operations.fail(message=message, at=timezone.now(), error=lines[-2000:])
    else:
        operations.finish(message=message, at=timezone.now())
    finally:
        heartbeat.stop()
    return True


def run(*, stop: threading.Event, idle_seconds: float = 0.5) -> None:
    """Work until `stop` is set; a message under way is finished first. A database that is away is waited for."""
    topics = load_handlers()
    armed = False
    while not stop.is_set():
        close_old_connections()
        try:
            if not armed:
                arm_timers(at=timezone.now())
                armed = True
            is_idle = not run_once(topics)
        except OperationalError:
            log.exception("the database does not answer")
            is_idle = True
        if is_idle:
            stop.wait(idle_seconds)


def drain(limit: int = 10_000) -> int:
    """Do everything that is due now, and what that makes due, and return how many messages were done."""
    topics = load_handlers()
    done = 0
    while done < limit and run_once(topics):
        done += 1
    return done


class _Heartbeat(threading.Thread):
    """Renews the lease while a handler runs, so that long work is not taken twice."""

    def __init__(self, message: Message) -> None:
        super().__init__(daemon=True)
        self.message = message
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(operations.LEASE.total_seconds() / 3):
            operations.renew(message=self.message, at=timezone.now())
            connection.close()

    def stop(self) -> None:
        self.stopped.set()
