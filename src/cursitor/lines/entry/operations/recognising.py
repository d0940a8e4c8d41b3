"""Recognition of words, page by page: what the first keyer may start from, and never a value by itself."""

from datetime import datetime
from statistics import fmean

from django.db import transaction
from django.db.models import F, QuerySet

from cursitor.engines.entry import words
from cursitor.engines.processing.exceptions import ProcessingException
from cursitor.lines.entry.choices import OcrState
from cursitor.lines.entry.models import Batch, Page
from cursitor.lines.entry.operations import publishing
from cursitor.lines.entry.reader import Reader
from cursitor.plumbing import ocr, workspace
from cursitor.plumbing.outbox import operations as outbox
from cursitor.plumbing.vault import operations as vault

LANES = 4
"""How many pages of a batch may be recognised at the same time, by as many workers."""


def ask(*, batch: Batch, at: datetime) -> None:
    """
    Leave the recognition of a batch's waiting pages to the workers, in the caller's transaction.

    A message stands for a lane, not for a page: after each page it takes its place at the end of the queue again, so
    that other work need not wait for a whole batch.
    """
    for lane in range(LANES):
        _post(batch.pk, lane, at)


def recognise_next(*, batch: int, lane: int, reader: Reader, at: datetime) -> None:
    """Recognise the next waiting page of a lane and, if there are more, come again. May be killed and run again."""
    page = _waiting(batch, lane).first()
    if page is None:
        return
    recognise(page=page, reader=reader, at=at)
    if _waiting(batch, lane).exists():
        with transaction.atomic():
            _post(batch, lane, at)


def recognise(*, page: int, reader: Reader, at: datetime) -> None:
    """
    Read the words of one page and keep Tesseract's table; a page that fails says why and holds up nothing.

    The page is rendered anew, in grey and at the resolution recognition wants. May be killed and run again.
    """
    found = Page.objects.select_related("file__blob", "file__batch__order__matter").get(pk=page)
    if found.ocr_state != OcrState.WAITING:
        return
    fields = _recognised(found, reader, at)
    with transaction.atomic():
        # The lock lets exactly one of two workers see that nothing is left to be recognised.
        batch = Batch.objects.select_for_update().get(pk=found.file.batch_id)
        if Page.objects.filter(pk=page, ocr_state=OcrState.WAITING).update(**fields):
            publishing.let_go_on(batch=batch, at=at)


def _waiting(batch: int, lane: int) -> QuerySet[Page, int]:
    pages = Page.objects.filter(file__batch=batch, ocr_state=OcrState.WAITING).alias(lane=F("pk") % LANES)
    return pages.filter(lane=lane).order_by("pk").values_list("pk", flat=True)


def _post(batch: int, lane: int, at: datetime) -> None:
    outbox.post(topic="entry.recognise", key=f"batch:{batch}:{lane}", at=at, batch=batch, lane=lane)


def _recognised(page: Page, reader: Reader, at: datetime) -> dict:
    """Return the columns of a page that recognition fills."""
    scope = page.file.batch.order.matter.key
    try:
        with workspace.folder("recognition") as folder:
            source = folder / "source"
            vault.copy(page.file.blob, source)
            asked = {"path": page.file.path, "number": page.number, "folder": folder}
            image, dpi = reader.image_for_recognition(source, **asked)
            tsv = ocr.recognise(image, dpi=dpi).tsv
        found = words.words_from_tsv(tsv)
    except ProcessingException as failure:
        return {"ocr_state": OcrState.FAILED, "ocr_message": failure.message[:300]}
    except words.RecognitionUnreadable as failure:
        return {"ocr_state": OcrState.FAILED, "ocr_message": f"What Tesseract gave cannot be used: {failure}"[:300]}
    kept = vault.put(scope=scope, source=tsv.encode(), at=at)
    confidence = 100 * fmean(word.confidence for word in found) if found else None
    return {"ocr_state": OcrState.DONE, "ocr_words": kept, "ocr_confidence": confidence}
