"""Labelled documents as lines of JSON: read with the line named where one cannot be used, mail taken apart."""

import email
import email.errors
import email.header
import email.message
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cursitor.engines.ranking.features import Record

_HEADERS = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}\r?\n")
_OF_MAIL = re.compile(r"^(?:from|to|cc|subject|date|message-id|received):", re.IGNORECASE | re.MULTILINE)
PEOPLE = ("from", "sender", "to", "cc", "bcc")
_PEOPLE_OF_HEADERS = ("from", "to", "cc", "bcc", "x-from", "x-to", "x-cc")


class UnusableRecords(ValueError):
    """Raised when the lines cannot be read as labelled documents; names the line."""


class NoSuchLabel(ValueError):
    """Raised when no document carries the label; names those that there are."""


@dataclass(frozen=True)
class Labelled:
    """
    Documents whose labels are known, in the order of their lines. labels: those that each carries. families: a name
    per document, equal for those that belong together. known: every label named anywhere.
    """

    ids: tuple[str, ...]
    records: tuple[Record, ...]
    labels: tuple[frozenset[str], ...]
    families: tuple[str, ...]
    known: frozenset[str]

    def truth(self, label: str) -> npt.NDArray[np.bool_]:
        """
        Return whether each document carries the label: bool (n,).

        :raises NoSuchLabel: if none does.
        """
        found = np.array([label in names for names in self.labels], dtype=bool)
        if not found.any():
            counted = Counter(name for names in self.labels for name in names)
            there_are = ", ".join(f"{name} ({n})" for name, n in sorted(counted.items())) or "none"
            what = "No document carries" if label in self.known else "There is no"
            raise NoSuchLabel(f"{what} label {label!r}. Labels and how many documents carry them: {there_are}.")
        return found

    def family_of(self) -> npt.NDArray[np.int64]:
        """Return each document's family as a number: int (n,), numbered as they first occur."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(name, len(numbers)) for name in self.families], dtype=np.int64)

    def without_text(self) -> list[str]:
        """Return the ids of documents with neither text nor subject; they can only be ranked by their people."""
        return [
            name
            for name, record in zip(self.ids, self.records, strict=True)
            if not record.text.strip() and not record.subject.strip()
        ]


def read(lines: Iterable[bytes]) -> Labelled:
    """
    Return the labelled documents of JSON Lines in UTF-8.

    Each line is an object with `id` (text or number), `text` and `labels`: a list of names, or an object of names and
    whether (or how often) each holds. `subject` or `title`, `from`, `sender`, `to`, `cc`, `bcc` (text or list) and
    `family` are used when there. A text that is a whole message with its headers is taken apart. Empty lines are
    skipped.
    :raises UnusableRecords: naming the first line that cannot be used, or if there is none.
    """
    ids: dict[str, int] = {}
    records, labels, families = [], [], []
    known: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = _entry(line, number)
        name = _name(entry, number)
        if name in ids:
            raise UnusableRecords(f"Line {number} repeats the id {name!r} of line {ids[name]}.")
        ids[name] = number
        own, named = _labels(entry["labels"], number)
        known |= named
        records.append(_record(entry, number))
        labels.append(own)
        families.append(_family(entry, name))
    if not ids:
        raise UnusableRecords("There is no record in the file.")
    return Labelled(tuple(ids), tuple(records), tuple(labels), tuple(families), frozenset(known))


def _entry(line: bytes, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise UnusableRecords(f"Line {number} is not UTF-8: byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise UnusableRecords(f"Line {number} is not JSON: {error.msg} at column {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise UnusableRecords(f"Line {number} is not JSON that can be read: {error}.") from error
    if not isinstance(entry, dict):
        raise UnusableRecords(f"Line {number} is not a JSON object.")
    missing = [key for key in ("id", "text", "labels") if key not in entry]
    if missing:
        raise UnusableRecords(f"Line {number} has no {', '.join(missing)}.")
    return entry


def _name(entry: dict[str, Any], number: int) -> str:
    name = entry["id"]
    if isinstance(name, bool) or not isinstance(name, str | int | float) or name == "":
        raise UnusableRecords(f"Line {number}: the id must be a text or a number, and not empty.")
    return str(name)


def _labels(found: Any, number: int) -> tuple[frozenset[str], set[str]]:
    """Return the labels that hold, and those that are named at all."""
    if found is None:
        return frozenset(), set()
    if isinstance(found, str):
        return frozenset({found}), {found}
    if isinstance(found, dict) and all(held is None or isinstance(held, bool | int | float) for held in found.values()):
        return frozenset(name for name, held in found.items() if held), set(found)
    if isinstance(found, list) and all(isinstance(name, str | int | float) for name in found):
        return frozenset(map(str, found)), set(map(str, found))
    raise UnusableRecords(f"Line {number}: labels must be a list of names, or an object of names and true or false.")


def _family(entry: dict[str, Any], name: str) -> str:
    family = entry.get("family")
    return f"document {name}" if family in (None, "") else f"family {family}"


def _record(entry: dict[str, Any], number: int) -> Record:
    text = entry["text"]
    if not isinstance(text, str | None):
        raise UnusableRecords(f"Line {number}: the text must be a text.")
    subject = entry.get("subject") or entry.get("title")
    subject = subject if isinstance(subject, str) else ""
    people = [person for field in PEOPLE for person in _people(entry.get(field))]
    return message_apart(Record(text or "", subject, tuple(people)))


def _people(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found] if found.strip() else []
    return [person for person in found if isinstance(person, str) and person.strip()] if isinstance(found, list) else []


def message_apart(record: Record) -> Record:
    """
    Return a record whose text is a whole message (RFC 5322) with subject, people and body apart; others unchanged.

    What the record says already is kept, and people are named once.

    >>> message_apart(Record("From: a@danube.test\\nSubject: Seal\\n\\nIt failed."))
    Record(text='It failed.', subject='Seal', people=('a@danube.test',))
    """
    headers = _HEADERS.match(record.text)
    if headers is None or len(_OF_MAIL.findall(headers.group())) < 2:
        return record
    message = email.message_from_string(record.text.lstrip())
    of_headers = (_decoded(value) for name in _PEOPLE_OF_HEADERS for value in message.get_all(name, []))
    people = dict.fromkeys([*record.people, *(person for person in of_headers if person)])
    return Record(_body(message), record.subject or _decoded(message["subject"]), tuple(people))


def _body(message: email.message.Message) -> str:
    return "\n".join(_text(part) for part in message.walk() if part.get_content_maintype() == "text")


def _text(part: email.message.Message) -> str:
    payload = part.get_payload()
    if str(part.get("content-transfer-encoding", "")).strip().lower() not in ("base64", "quoted-printable"):
        return str(payload)
    decoded = part.get_payload(decode=True)
    try:
        return bytes(decoded).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return bytes(decoded).decode("utf-8", "replace")


def _decoded(value: Any) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(value))) if value else ""
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return str(value)
