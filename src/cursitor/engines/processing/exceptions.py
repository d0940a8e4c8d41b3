"""What may stand between a collected file and its place in the review: one exception, with stage and class."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where in processing an exception arose."""

    COLLECT = "collect"
    IDENTIFY = "identify"
    EXPAND = "expand"
    READ = "read"
    TEXT = "text"
    OCR = "ocr"
    SANDBOX = "sandbox"


class Class(StrEnum):
    """What kind of exception it is; the codes of the exceptions report, never renamed."""

    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    UNSUPPORTED = "unsupported"
    ZERO_BYTE = "zero byte"
    NO_TEXT = "no text"
    LIMIT_HIT = "limit hit"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"
    OCR_FAILED = "OCR failed"
    UNREADABLE = "unreadable"


class ProcessingException(Exception):
    """Raised when a file, or a part of it, cannot be read; carries stage, class and a sentence for the report."""

    def __init__(self, stage: Stage, class_: Class, message: str) -> None:
        """Keep the three columns of the exceptions report; message is one sentence that names the item's trouble."""
        super().__init__(stage, class_, message)
        self.stage = stage
        self.class_ = class_
        self.message = message

    def __str__(self) -> str:
        """Return the sentence that a person may read."""
        return f"{self.class_.value} ({self.stage.value}): {self.message}"

    def __eq__(self, other: object) -> bool:
        """Tell whether both name the same trouble; needed because an exception travels inside frozen values."""
        return isinstance(other, ProcessingException) and self.args == other.args

    def __hash__(self) -> int:
        """Hash by the three columns."""
        return hash(self.args)


class LimitHit(ProcessingException):
    """Raised when a bound of `Limits` stops the reading of an item."""
