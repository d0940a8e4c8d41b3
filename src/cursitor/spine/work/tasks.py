"""What the worker does for this app."""

from django.utils import timezone

from cursitor.plumbing.outbox import worker
from cursitor.spine.work import operations


@worker.handles(operations.SWEEP)
def sweep_leases() -> None:
    operations.sweep_leases(at=timezone.now())
