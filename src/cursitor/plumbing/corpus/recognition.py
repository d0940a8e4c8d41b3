"""Recognition of pages with little text: drawn in the sandbox, read by Tesseract, each page under its own limits."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.items import Status
from cursitor.plumbing import ocr
from cursitor.plumbing.corpus import pages, relating
from cursitor.plumbing.corpus.batches import Job
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.sandbox.pool import Sandbox

_WORD_LEVEL = "5"
Row = dict[str, Any]


class NoRecognition(Refusal):
    """Raised when recognition is asked for and Tesseract, or its data for the language, is not there."""


def require(language: str) -> None:
    """
    Make sure that pages can be recognised in a language.

    :raises NoRecognition: if they cannot.
    """
    if not ocr.is_installed():
        raise NoRecognition("Recognition needs Tesseract, which is not installed: install it or leave --ocr out.")
    missing = set(language.split("+")) - set(ocr.languages())
    if missing:
        raise NoRecognition(f"Tesseract has no data for the language {', '.join(sorted(missing))}.")


@dataclass
class _Read:
    """What recognition gave of one item: text by page, confidences of the words, the first thing that went wrong."""

    texts: dict[int, str]
    confidences: list[float]
    failure: ProcessingException | None = None


def recognise(job: Job, sandbox: Sandbox, row: Row) -> Row:
    """
    Return the row of an item with the text of its pages that had little; rows that want no recognition as they are.

    An item without any word before becomes published with the first word found. What failed on the way ends as its
    exception, and the text of the other pages is kept.
    """
    kept = row.pop("ocr", None)
    if kept is None:
        return row
    try:
        return _recognised(job, sandbox, row, kept["path"], kept["pages"])
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(kept["path"])


def _recognised(job: Job, sandbox: Sandbox, row: Row, path: str, wanted: list[int]) -> Row:
    try:
        n_pages = len(wanted) or sandbox.run(pages.count, path, row["mime"])
    except ProcessingException as failure:
        return row | _exception(failure)
    read = _Read({}, [])
    for page in wanted or range(n_pages):
        _read_page(job, sandbox, row["mime"], path, page, read)
    if not wanted:
        row["pages"] = n_pages
    text = _text(job, row, read, n_pages if not wanted else None)
    confidence = round(sum(read.confidences) / len(read.confidences), 1) if read.confidences else None
    row["ocr"] = {"pages": len(read.texts), "confidence": confidence, "language": job.ocr}
    if not text.strip():
        message = "There are no words in this file, and recognition found none."
        return row | _exception(read.failure or ProcessingException(Stage.OCR, Class.NO_TEXT, message))
    job.text_of(row["id"]).write_text(text, encoding="utf-8", newline="")
    row |= {"characters": len(text), "status": str(Status.PUBLISHED), "exception": None, "extractor": "tesseract"}
    row["features"] = sandbox.run(relating.features_of_text, text)
    return row | _exception(read.failure) if read.failure else row


def _read_page(job: Job, sandbox: Sandbox, mime: str, path: str, page: int, read: _Read) -> None:
    try:
        image, dpi = sandbox.run(pages.picture, path, mime, page)
        found = ocr.recognise(image, language=job.ocr, dpi=dpi, seconds=job.limits.seconds)
    except ProcessingException as failure:
        read.failure = read.failure or failure
        return
    text, confidences = words(found.tsv)
    read.texts[page] = text
    read.confidences.extend(confidences)


def words(tsv: str) -> tuple[str, list[float]]:
    """
    Return the text of Tesseract's table, line by line with an empty line between paragraphs, and words' confidences.
    """
    out: list[str] = []
    confidences: list[float] = []
    paragraph = line = None
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = (row.get("text") or "").strip()
        if row.get("level") != _WORD_LEVEL or not word:
            continue
        at = (row["block_num"], row["par_num"])
        if line is not None:
            out.append("\n\n" if at != paragraph else "\n" if row["line_num"] != line else " ")
        out.append(word)
        paragraph, line = at, row["line_num"]
        confidences.append(float(row["conf"]))
    return "".join(out), confidences


def _text(job: Job, row: Row, read: _Read, n_pages: int | None) -> str:
    """Return the text of all pages: what was recognised where it is more than what was there."""
    if n_pages is not None:
        by_page = [read.texts.get(page, "") for page in range(n_pages)]
    else:
        by_page = job.text_of(row["id"]).read_text(encoding="utf-8").split("\f\n")
        for page, text in read.texts.items():
            by_page[page] = text if len(text) > len(by_page[page].strip()) else by_page[page]
    return "\f\n".join(by_page)


def _exception(failure: ProcessingException) -> Row:
    return {"status": str(Status.EXCEPTION), "exception": list(map(str, failure.args))}


def of_rows(job: Job, sandbox: Sandbox, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows, those that want it with their pages recognised."""
    for row in rows:
        yield recognise(job, sandbox, row)
