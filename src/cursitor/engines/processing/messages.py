"""The one shape into which every mail format is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from cursitor.engines.processing import charsets

_STRINGS = ("message_id", "in_reply_to", "subject", "sent_original", "body_text", "body_html")

Address = tuple[str, str]
"""Display name and address, each possibly empty, as found."""


@dataclass(frozen=True)
class Attachment:
    """
    One attached file or message; name is a label from the mail and never a path to write to.

    file: at its start, where it is too large to be held (then data is empty).
    """

    name: str
    mime: str
    data: bytes
    file: BinaryIO | None = None


@dataclass(frozen=True)
class Message:
    """
    A read message.

    message_id, references, in_reply_to: with their angle brackets. conversation_index: hexadecimal, may be empty.
    sent: aware, UTC, to the second, or None where the message says nothing usable; sent_original: the string found.
    body_html: as found, never safe to show without cleaning. defects: what was odd about the message and how it was
    read all the same.
    """

    message_id: str = ""
    references: tuple[str, ...] = ()
    in_reply_to: str = ""
    conversation_index: str = ""
    subject: str = ""
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    sent: datetime | None = None
    sent_original: str = ""
    body_text: str = ""
    body_html: str = ""
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make every string one that can be stored, whatever the sender put there."""
        for name in _STRINGS:
            object.__setattr__(self, name, charsets.storable(getattr(self, name)))
        for name in ("from_", "to", "cc", "bcc"):
            pairs = tuple((charsets.storable(who), charsets.storable(where)) for who, where in getattr(self, name))
            object.__setattr__(self, name, pairs)
        for name in ("references", "defects"):
            object.__setattr__(self, name, tuple(charsets.storable(text) for text in getattr(self, name)))


def written(addresses: tuple[Address, ...]) -> str:
    """
    Return addresses as one line for reading and searching.

    >>> written((("Ada Lovelace", "ada@example.org"), ("", "babbage@example.org"), ("MAILER-DAEMON", "")))
    'Ada Lovelace <ada@example.org>; babbage@example.org; MAILER-DAEMON'
    """
    return "; ".join(f"{name} <{address}>" if name and address else name or address for name, address in addresses)
