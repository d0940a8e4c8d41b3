from django.db import models, transaction

from cursitor.plumbing.series.models import Series


def take(*, name: str, count: int = 1) -> int:
    """
    Take `count` consecutive numbers of the series and return the first, starting from 1.

    Gap-free: the number belongs to the caller's transaction, so a rollback gives it back, and a second
    taker waits. Call it as late in the transaction as can be.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("series.take() must run inside the transaction that uses the number")
    Series.objects.get_or_create(name=name)
    Series.objects.filter(name=name).update(latest=models.F("latest") + count)
    return Series.objects.get(name=name).latest - count + 1
