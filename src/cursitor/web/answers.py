"""Answer a write of the API once: a repetition with the same key gets the first answer and changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpResponse

from cursitor.plumbing.refusal import Invalid, Refusal
from cursitor.spine.people.models import ApiToken
from cursitor.web.models import KeptAnswer

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


class KeyUsedOtherwise(Invalid):
    """Raised when a key comes again with another request than the one it was first used for."""


class KeyUnderWay(Refusal):
    """Raised when the first request with a key has not been answered yet."""


def once(
    *, token: ApiToken, key: str, request_digest: str, answer: Callable[[], HttpResponse], at: datetime
) -> HttpResponse:
    """
    Return the answer kept under the key, or make it now and keep it in the transaction of the change itself.

    answer: makes the response; a refusal is a response too, and is kept. An error of the server keeps nothing.
    :raises KeyUsedOtherwise: if the key was used for another request. :raises KeyUnderWay: if that one still runs.
    :raises Invalid: for a key of more than 200 characters.
    """
    if not key.isprintable() or len(key) > LONGEST_KEY:
        raise Invalid(f"An Idempotency-Key is printable and has at most {LONGEST_KEY} characters.")
    if (known := _known(token, key, at)) is not None:
        return _repeated(known, request_digest)
    with transaction.atomic():
        KeptAnswer.objects.filter(token=token, key=key, at__lt=at - KEPT).delete()
        try:
            with transaction.atomic():
                kept = KeptAnswer.objects.create(token=token, key=key, request_digest=request_digest, at=at)
        except IntegrityError:
            raise KeyUnderWay("A request with this key is under way. Ask again in a moment.") from None
        response = answer()
        kept.status, kept.body = response.status_code, response.content.decode()
        kept.mime = response.headers["Content-Type"]
        kept.save(update_fields=["status", "body", "mime"])
    return response


def sweep(*, at: datetime) -> int:
    """Forget the answers that are older than a day and return how many."""
    n_forgotten, _ = KeptAnswer.objects.filter(at__lt=at - KEPT).delete()
    return n_forgotten


def _known(token: ApiToken, key: str, at: datetime) -> KeptAnswer | None:
    return KeptAnswer.objects.filter(token=token, key=key, at__gte=at - KEPT).first()


def _repeated(known: KeptAnswer, request_digest: str) -> HttpResponse:
    if known.request_digest != request_digest:
        raise KeyUsedOtherwise("This Idempotency-Key was used for another request. Take a new key for a new request.")
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(known.body, status=known.status, content_type=known.mime, headers=headers)
