"""The worker's side of recognition: which pages have little text, and their pictures."""

from __future__ import annotations

import io
import os
from typing import Any

import pypdfium2
from PIL import Image, ImageSequence

from cursitor.engines.processing import kinds
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.items import ProcessedItem
from cursitor.engines.processing.kinds import Group
from cursitor.plumbing.corpus.batches import Job

LITTLE_TEXT = 25
"""A page with fewer characters than this, spaces left out, is recognised."""
DPI = 300
_MOST_PIXELS = 40_000_000
_LONGEST_SIDE = 10_000


def count(path: str, mime: str) -> int:
    """
    Return how many pages a PDF or a picture has.

    :raises ProcessingException: when it cannot be opened.
    """
    try:
        if mime == kinds.PDF.mime:
            with pypdfium2.PdfDocument(path) as document:
                return len(document)
        with Image.open(path) as picture:
            return int(getattr(picture, "n_frames", 1))
    except Exception as failure:
        raise _failed(f"The picture cannot be opened: {failure}") from failure


def picture(path: str, mime: str, page: int) -> tuple[bytes, int]:
    """
    Return a page (counted from 0) as a PNG in shades of grey, and its dots per inch.

    :raises ProcessingException: when it cannot be drawn.
    """
    try:
        image, dpi = _drawn(path, page) if mime == kinds.PDF.mime else _frame(path, page)
    except Exception as failure:
        raise _failed(f"The page cannot be drawn: {failure}") from failure
    shrink = min(1.0, _LONGEST_SIDE / max(image.size), (_MOST_PIXELS / (image.width * image.height)) ** 0.5)
    if shrink < 1.0:
        image = image.resize((max(1, int(image.width * shrink)), max(1, int(image.height * shrink))))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue(), max(70, round(dpi * shrink))


def _drawn(path: str, page: int) -> tuple[Any, float]:
    with pypdfium2.PdfDocument(path) as document:
        found = document[page]
        width, height = found.get_size()
        scale = min(DPI / 72, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        return found.render(scale=scale, grayscale=True).to_pil().convert("L"), scale * 72


def _frame(path: str, page: int) -> tuple[Any, float]:
    with Image.open(path) as found:
        dpi = float((found.info.get("dpi") or (DPI,))[0] or DPI)
        for position, frame in enumerate(ImageSequence.Iterator(found)):
            if position == page:
                return _flat(frame), min(max(dpi, 70.0), 1200.0)
    raise ValueError(f"there is no page {page + 1}")


def _flat(frame: Any) -> Any:
    """Return a frame in shades of grey, what is transparent as white."""
    if frame.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info:
        behind = Image.new("RGBA", frame.size, "white")
        behind.alpha_composite(frame.convert("RGBA"))
        return behind.convert("L")
    return frame.convert("L")


def wanted(job: Job, item: ProcessedItem) -> list[int] | None:
    """
    Return the pages of an item that are to be recognised, counted from 0; an empty list for all, None for none.
    """
    if not job.ocr or item.size == 0:
        return None
    failed = item.exception.class_ if item.exception else None
    if failed is Class.NO_TEXT and item.kind.group in (Group.IMAGE, Group.PDF):
        return []
    if item.kind.group is not Group.PDF or failed is not None:
        return None
    by_page = item.text.split("\f\n")
    return [page for page, text in enumerate(by_page) if len("".join(text.split())) < LITTLE_TEXT] or None


def keep(job: Job, item: ProcessedItem, file: Any) -> str:
    """Write the bytes of an item where its pages can be drawn from; return the path."""
    path = job.spool / f"{item.place.id}.pages"
    file.seek(0)
    with open(path, "wb") as out:
        while piece := file.read(1024 * 1024):
            out.write(piece)
    return os.fspath(path)


def _failed(message: str) -> ProcessingException:
    return ProcessingException(Stage.OCR, Class.OCR_FAILED, message.splitlines()[0][:300])
