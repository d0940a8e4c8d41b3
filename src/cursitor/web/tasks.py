from datetime import timedelta

from django.utils import timezone

from cursitor.plumbing.outbox.worker import every
from cursitor.web import answers


@every(timedelta(hours=1), "web.sweep_answers")
def sweep_answers() -> None:
    answers.sweep(at=timezone.now())
