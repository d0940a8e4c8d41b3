"""Words off a page image: Tesseract as a process of its own, killed when it takes too long or too much."""

from cursitor.plumbing.ocr.tesseract import Recognition, is_installed, languages, recognise

__all__ = ["Recognition", "is_installed", "languages", "recognise"]
