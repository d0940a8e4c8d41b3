"""What the first keyer may start from: guesses of the machine among the words it read, each with where it stands."""

from collections.abc import Sequence
from typing import Any

from cursitor.engines.entry import alignment, words
from cursitor.engines.entry.definition import FormDefinition
from cursitor.lines.entry.models import Page
from cursitor.plumbing.vault import operations as vault

DIGITS = 5


def guesses(form: FormDefinition, pages: Sequence[Page]) -> dict[str, dict[str, Any]]:
    """
    Return field -> {value, confidence, page, region} for the fields that were found on the pages of a record.

    pages: in their order; page of a guess is counted from 1 among them. Pages without words give nothing.
    """
    found: list[words.Word] = []
    for number, page in enumerate(pages, 1):
        if page.ocr_words is not None:
            found += words.words_from_tsv(vault.read(page.ocr_words).decode(), page=number)
    guessed = alignment.align(form, found) if found else {}
    return {key: _kept(guess) for key, guess in guessed.items() if guess is not None}


def _kept(guess: alignment.Guess) -> dict[str, Any]:
    box = (guess.region.x, guess.region.y, guess.region.width, guess.region.height)
    return {
        "value": guess.value,
        "confidence": round(guess.confidence, DIGITS),
        "page": guess.page,
        "region": [round(side, DIGITS) for side in box],
    }
