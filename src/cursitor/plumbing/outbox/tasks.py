from datetime import timedelta

from django.utils import timezone

from cursitor.plumbing.outbox import operations
from cursitor.plumbing.outbox.worker import every


@every(timedelta(hours=1), "outbox.sweep")
def sweep() -> None:
    operations.sweep(at=timezone.now())
