"""What the worker does for a review. Each handler calls one operation and may run twice."""

from django.utils import timezone

from cursitor.lines.review import operations, reader
from cursitor.plumbing.outbox.worker import handles


@handles("review.gather")
def gather(collection: int) -> None:
    operations.gather(collection=collection, read=reader.shared(), at=timezone.now())


@handles("review.process")
def process(inputs: list[int]) -> None:
    operations.process(inputs=inputs, read=reader.shared(), at=timezone.now())


@handles("review.publish")
def publish(order: int) -> None:
    operations.publish(order=order, at=timezone.now())


@handles("review.retry")
def retry(document: int) -> None:
    operations.read_again(document=document, read=reader.shared(), at=timezone.now())


@handles("review.index")
def build_index(order: int) -> None:
    operations.build_index(order=order, at=timezone.now())


@handles("review.rank")
def rank(order: int) -> None:
    operations.rank(order=order, at=timezone.now())
