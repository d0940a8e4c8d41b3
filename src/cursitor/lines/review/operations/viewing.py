"""Who opened which document. What was only fetched ahead is another event: nobody has seen it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from cursitor.lines.review.models import Document
from cursitor.spine.audit import operations as audit
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task


def record_viewed(*, task: Task, document: Document, form: str = "TEXT", by: Person, at: datetime) -> None:
    """Write to the log that the person opened a document at the bench, as TEXT or as PAGE."""
    _record("review.document.viewed", task, by, at, document=document.control_number, form=form)


def record_fetched_ahead(*, task: Task, documents: Iterable[Document], by: Person, at: datetime) -> None:
    """Write to the log that documents were sent to the person's bench before their turn. It says nothing of reading."""
    _record("review.document.fetched_ahead", task, by, at, documents=[each.control_number for each in documents])


def _record(event: str, task: Task, by: Person, at: datetime, **data: Any) -> None:
    order = task.order
    with transaction.atomic():
        audit.record(
            event=event,
            at=at,
            by=by,
            subject=order.key,
            matter=order.matter.key,
            data={"task": task.number, **data},
        )
