"""
Hashes by which messages and files are recognised as the same.

The e-mail hash is SHA-256 over canonical JSON of normalised fields and of the attachments' contents, so that the same
message read from two mailboxes agrees, and two messages that differ only in date or in an attached byte do not.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

VERSION = "2026.1"
"""Version of the normalisation; stored with results, changed whenever a hash would come out differently."""

COMPONENTS = ("sent", "from", "to", "cc", "bcc", "subject", "body", "attachments")

_NOT_A_WORD = re.compile(r"[\W_]+")
_PIECE = 1_000_000
_Address = tuple[str, str]


@dataclass(frozen=True)
class Fingerprint:
    """The e-mail hash and the hash of each component by name (`COMPONENTS`), all SHA-256 in hexadecimal."""

    hash: str
    components: dict[str, str]


def fingerprint(
    *,
    sent: datetime | None,
    sender: Iterable[_Address],
    to: Iterable[_Address],
    cc: Iterable[_Address],
    bcc: Iterable[_Address],
    subject: str,
    body: str,
    attachment_hashes: Iterable[str],
) -> Fingerprint:
    """
    Return the e-mail hash of a message and its parts.

    sent: aware, compared in UTC to the second. Addresses are (name, address) pairs: letter case, order and repetition
    do not count, nor does the name unless there is no address. subject: Unicode NFC. body: letters and digits alone,
    case folded. attachment_hashes: SHA-256 of each attachment's bytes, order does not count, repetition does.
    :raises ValueError: if sent has no zone.
    """
    if sent is not None and sent.tzinfo is None:
        raise ValueError(f"The date sent {sent.isoformat()} has no zone.")
    fields: dict[str, object] = {
        "sent": sent.astimezone(UTC).replace(microsecond=0).isoformat() if sent else None,
        "from": _normal_addresses(sender),
        "to": _normal_addresses(to),
        "cc": _normal_addresses(cc),
        "bcc": _normal_addresses(bcc),
        "subject": unicodedata.normalize("NFC", subject),
        "body": _letters_and_digits(body),
        "attachments": sorted(attachment_hashes),
    }
    components = {name: _sha256(fields[name]) for name in COMPONENTS}
    return Fingerprint(_sha256(fields), components)


def explain(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the names of the components in which two messages differ, in the order of `COMPONENTS`; empty if they agree.

    >>> explain({"sent": "a", "body": "b"}, {"sent": "c", "body": "b"})
    ('sent',)
    """
    return tuple(name for name in COMPONENTS if one.get(name) != other.get(name))


def message_identification_hash(message_id: str) -> str:
    """
    Return the EDRM message identification hash: MD5 of the Message-ID with its angle brackets, letter case kept.

    Empty when there is no Message-ID. Recognises a message across platforms; it is no proof of equal content.
    Source: EDRM, "Cross Platform Email Duplicate Identification", January 2023.

    >>> message_identification_hash("<CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>")
    '1de319c276884bd0c9e2f1621ada26cc'
    """
    if not message_id:
        return ""
    written = message_id if message_id.startswith("<") else f"<{message_id}>"
    return hashlib.md5(written.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def family_hash(head: str, children: Iterable[str]) -> str:
    """
    Return the key by which a file with its children is compared: SHA-256 over the head's hash and the children's.

    head, children: hexadecimal SHA-256; the children's order does not count. For a message the e-mail hash already
    covers its attachments and is the key.
    """
    return _sha256({"head": head, "children": sorted(children)})


def _normal_addresses(addresses: Iterable[_Address]) -> list[str]:
    return sorted({_normal(address or name) for name, address in addresses} - {""})


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split())).casefold()


def _letters_and_digits(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    # In pieces: of a long text the words together take ten times its memory.
    pieces = (normal[at : at + _PIECE].casefold() for at in range(0, len(normal), _PIECE))
    return "".join(_NOT_A_WORD.sub("", piece) for piece in pieces)


def _sha256(value: object) -> str:
    canonical = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
