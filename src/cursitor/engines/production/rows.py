"""The records of a production's load file, and what of a withheld document may stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cursitor.engines.production.numbering import Allocation

COLUMNS = (
    "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PARENTID", "ATTACHCOUNT", "CUSTODIAN", "ALLCUSTODIANS",
    "ALLPATHS", "DOCTYPE", "FROM", "TO", "CC", "BCC", "SUBJECT", "DATESENT", "TIMESENT", "TIMEZONE", "MESSAGEID",
    "FILENAME", "FILEEXT", "FILESIZE", "SHA256HASH", "EDRMMIH", "PAGECOUNT", "CONFIDENTIALITY", "WITHHELD",
    "NATIVELINK", "TEXTLINK",
)  # fmt: skip
"""The columns of every production, in order; coding columns follow CONFIDENTIALITY."""

WITHHELD_COLUMNS = frozenset(
    (
        "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PARENTID", "ATTACHCOUNT", "CUSTODIAN", "DOCTYPE",
        "CONFIDENTIALITY", "WITHHELD",
    )
)  # fmt: skip
"""All that a withheld document's record says. Everything else, coding included, is blank: a list of what is allowed,
so that a column added later cannot leak. Who wrote to whom belongs in the privilege log."""


class DateOrder(StrEnum):
    """How DATESENT is written: YEAR_FIRST 2026-11-24, MONTH_FIRST 11/24/2026, DAY_FIRST 24/11/2026."""

    YEAR_FIRST = "YEAR_FIRST"
    MONTH_FIRST = "MONTH_FIRST"
    DAY_FIRST = "DAY_FIRST"


@dataclass(frozen=True)
class Protocol:
    """
    What the parties agreed on form. between_values: separates several values in one field. own_range_if_alone:
    whether a document without attachments gives its own range as BEGATTACH and ENDATTACH, or leaves them blank.
    """

    date_order: DateOrder = DateOrder.YEAR_FIRST
    between_values: str = "; "
    own_range_if_alone: bool = True


@dataclass(frozen=True)
class ProducedDocument:
    """
    One document as it goes out.

    numbers: its allocation. sent_at: aware, in the zone the production shows; time_zone: that zone's name. file_size:
    bytes. sha256, edrm_mih: lower-case hexadecimal. page_count: None where the document has no pages. coding: coding
    column -> value. is_withheld: nothing of its content goes out. native_link, text_link: paths inside the volume.
    """

    numbers: Allocation
    custodian: str = ""
    all_custodians: Sequence[str] = ()
    all_paths: Sequence[str] = ()
    document_type: str = ""
    sender: str = ""
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    subject: str = ""
    sent_at: datetime | None = None
    time_zone: str = ""
    message_id: str = ""
    file_name: str = ""
    file_size: int | None = None
    sha256: str = ""
    edrm_mih: str = ""
    page_count: int | None = None
    confidentiality: str = ""
    coding: Mapping[str, str] = field(default_factory=dict)
    is_withheld: bool = False
    native_link: str = ""
    text_link: str = ""


def columns_with(coding: Sequence[str]) -> tuple[str, ...]:
    """
    Return the columns of a production with these coding columns.

    :raises ValueError: if a coding column repeats another column.
    """
    at = COLUMNS.index("CONFIDENTIALITY") + 1
    columns = COLUMNS[:at] + tuple(coding) + COLUMNS[at:]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise ValueError(f"Columns come twice: {', '.join(repeated)}.")
    return columns


def values_of(document: ProducedDocument, *, columns: Sequence[str], protocol: Protocol) -> tuple[str, ...]:
    """
    Return the values of one document, in the order of `columns`.

    :raises KeyError: if a column is neither one of COLUMNS nor in the document's coding.
    :raises ValueError: if sent_at has no time zone.
    """
    values = _numbers(document.numbers, protocol) | _metadata(document, protocol)
    allowed = WITHHELD_COLUMNS if document.is_withheld else frozenset(columns)
    full = {**document.coding, **values}
    return tuple(full[column] if column in allowed else "" for column in columns)


def _numbers(numbers: Allocation, protocol: Protocol) -> dict[str, str]:
    shows_range = protocol.own_range_if_alone or numbers.family_size > 1
    return {
        "BEGBATES": str(numbers.begin),
        "ENDBATES": str(numbers.end),
        "BEGATTACH": str(numbers.attach_begin) if shows_range else "",
        "ENDATTACH": str(numbers.attach_end) if shows_range else "",
        "PARENTID": "" if numbers.parent_begin is None else str(numbers.parent_begin),
        "ATTACHCOUNT": str(numbers.n_attachments),
    }


def _metadata(document: ProducedDocument, protocol: Protocol) -> dict[str, str]:
    join = protocol.between_values.join
    date_sent, time_sent = _moment(document.sent_at, protocol.date_order)
    _, dot, extension = document.file_name.rpartition(".")
    return {
        "CUSTODIAN": document.custodian,
        "ALLCUSTODIANS": join(document.all_custodians),
        "ALLPATHS": join(document.all_paths),
        "DOCTYPE": document.document_type,
        "FROM": document.sender,
        "TO": join(document.to),
        "CC": join(document.cc),
        "BCC": join(document.bcc),
        "SUBJECT": document.subject,
        "DATESENT": date_sent,
        "TIMESENT": time_sent,
        "TIMEZONE": document.time_zone if document.sent_at else "",
        "MESSAGEID": document.message_id,
        "FILENAME": document.file_name,
        "FILEEXT": extension.lower() if dot else "",
        "FILESIZE": "" if document.file_size is None else str(document.file_size),
        "SHA256HASH": document.sha256,
        "EDRMMIH": document.edrm_mih,
        "PAGECOUNT": "" if document.page_count is None else str(document.page_count),
        "CONFIDENTIALITY": document.confidentiality,
        "WITHHELD": "Y" if document.is_withheld else "N",
        "NATIVELINK": document.native_link,
        "TEXTLINK": document.text_link,
    }


def _moment(at: datetime | None, order: DateOrder) -> tuple[str, str]:
    if at is None:
        return "", ""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone, so nobody could tell when that was.")
    # strftime("%Y") does not pad years before 1000 everywhere, and mail with such years exists.
    year, month, day = f"{at.year:04d}", f"{at.month:02d}", f"{at.day:02d}"
    written = {
        DateOrder.YEAR_FIRST: f"{year}-{month}-{day}",
        DateOrder.MONTH_FIRST: f"{month}/{day}/{year}",
        DateOrder.DAY_FIRST: f"{day}/{month}/{year}",
    }
    return written[order], f"{at.hour:02d}:{at.minute:02d}:{at.second:02d}"
