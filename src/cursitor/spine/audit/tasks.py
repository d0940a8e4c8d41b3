import logging
from datetime import timedelta

from django.utils import timezone

from cursitor.plumbing.outbox.worker import every
from cursitor.spine.audit import operations

log = logging.getLogger("cursitor.audit")


@every(timedelta(minutes=5), "audit.checkpoint")
def make_checkpoint() -> None:
    operations.make_checkpoint(at=timezone.now())


@every(timedelta(days=1), "audit.verify")
def verify() -> None:
    report = operations.verify(at=timezone.now(), by=None)
    if not report.is_verified:
        log.critical("the log does not verify: %s", report.failure)
