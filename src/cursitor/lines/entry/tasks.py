"""What the worker does for data entry. Each handler calls one operation and may run twice."""

from django.utils import timezone

from cursitor.lines.entry import operations, reader
from cursitor.plumbing.outbox.worker import handles


@handles("entry.gather")
def gather(batch: int) -> None:
    operations.gather(batch=batch, at=timezone.now())


@handles("entry.read")
def read_files(files: list[int]) -> None:
    operations.read_files(files=files, reader=reader.shared(), at=timezone.now())


@handles("entry.retry")
def read_again(file: int) -> None:
    operations.read_again(file=file, reader=reader.shared(), at=timezone.now())


@handles("entry.recognise")
def recognise(batch: int, lane: int) -> None:
    operations.recognise_next(batch=batch, lane=lane, reader=reader.shared(), at=timezone.now())


@handles("entry.publish")
def publish(batch: int) -> None:
    operations.publish(batch=batch, at=timezone.now())
