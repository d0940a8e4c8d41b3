"""
How published items relate: threads, near-duplicates, language. The one seam between reading and `engines.dedupe`.

`features` runs in the worker, where the text is at hand and many run side by side; what it returns is kept with the
item. `columns` runs once over all published items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cursitor.engines.processing.items import ProcessedItem


@dataclass(frozen=True)
class Summary:
    """
    What is known of one published item when relations are told.

    mail: None for what is no message, else subject, from, to, cc, bcc (lists of name and address), sent (ISO 8601 or
    None), message_id, in_reply_to, references, conversation_index. features: what `features` returned. text: reads
    the text from disk.
    """

    id: str
    family: str
    kind: str
    sha256: str
    mail: dict[str, Any] | None
    features: dict[str, Any]
    text: Callable[[], str]


@dataclass(frozen=True)
class Columns:
    """The columns of one item; None where there is nothing to say. details go to `metadata.jsonl`."""

    thread: str | None = None
    inclusive: bool | None = None
    near_duplicate_group: str | None = None
    language: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def features(item: ProcessedItem) -> dict[str, Any]:
    """Return what is computed from one item alone, small and fit for JSON."""
    return {}


def columns(summaries: Callable[[], Iterable[Summary]]) -> Mapping[str, Columns]:
    """Return columns by id. summaries: may be called again, each time for all published items in their order."""
    return {}
