"""The privilege log of a production: its entries out of items and decisions, written as CSV, XLSX and PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cursitor.engines.production import privilege_log
from cursitor.engines.production.numbering import Allocation
from cursitor.engines.production.privilege_log import Basis, Entry, Form, Person, Treatment
from cursitor.engines.production.protocol import Protocol
from cursitor.plumbing import exchange
from cursitor.plumbing.pdf import documents, rendering
from cursitor.plumbing.producing.selecting import Selected
from cursitor.plumbing.refusal import Refusal

PRINTED_ROWS = 2_000
_PRINTED = {
    Form.DOCUMENT: (
        *("Log no.", "Begin", "End", "Date", "Type", "From", "To", "CC", "BCC"),
        *("Description", "Basis", "Treatment"),
    ),
    Form.METADATA: ("Log no.", "Begin", "End", "Date", "Type", "From", "To", "CC", "BCC", "Basis", "Treatment"),
    Form.CATEGORICAL: privilege_log.CATEGORICAL_COLUMNS,
}
_WIDE = {"From": 1.2, "To": 1.6, "CC": 1.2, "BCC": 1.0, "Description": 2.2, "Basis": 1.2, "Numbers": 3.0}
_TITLES = {
    Form.DOCUMENT: "Privilege log",
    Form.METADATA: "Privilege log, metadata",
    Form.CATEGORICAL: "Privilege log by category",
}


class LogIncomplete(Refusal):
    """Raised when an entry says too little or too much. Names the document and what to mend."""


def entry(one: Selected, numbers: Allocation, redacted_pages: Sequence[int]) -> Entry:
    """Return the entry of one document that is withheld or redacted as privileged. redacted_pages: places, from 0."""
    item, decision = one.item, one.decision
    kind = "E-mail" if item.get("kind") in ("mail", "outlook") else "Document"
    sent = item.get("sent")
    first = numbers.begin
    return Entry(
        document=one.id,
        begin=str(first),
        end=str(numbers.end),
        family=str(numbers.attach_begin),
        on=datetime.fromisoformat(sent).date() if sent else None,
        document_type=kind,
        author=Person(item["from"]) if item.get("from") else None,
        to=[Person(name) for name in item.get("to") or ()],
        cc=[Person(name) for name in item.get("cc") or ()],
        bcc=[Person(name) for name in item.get("bcc") or ()],
        description=decision.description or f"{kind} regarding legal advice",
        bases=[_basis(decision.privilege)],
        treatment=Treatment.REDACTED if one.is_produced else Treatment.WITHHELD,
        subject=item.get("subject") or "",
        file_name=one.name,
        redacted_pages=[str(replace(first, number=first.number + place)) for place in redacted_pages],
        custodian=item.get("custodian") or "",
        reviewer=decision.reviewer,
        approver=decision.approver,
    )


def write(entries: Sequence[Entry], protocol: Protocol, data: Path, *, at: datetime, n_documents: int) -> None:
    """
    Write the log of a volume into its DATA folder. n_documents: that bear numbers.

    :raises LogIncomplete: see `privilege_log.table`.
    """
    try:
        columns, rows = privilege_log.table(entries, protocol.privilege_log)
    except (privilege_log.EntryIncomplete, privilege_log.DescriptionReveals) as problem:
        raise LogIncomplete(f"The privilege log cannot be written. {problem}") from problem
    table = exchange.Table("Privilege log", columns, rows)
    stem = f"{protocol.volume}_privilege_log"
    (data / f"{stem}.csv").write_bytes(exchange.to_csv(table))
    (data / f"{stem}.xlsx").write_bytes(exchange.to_xlsx(table))
    facts = [
        documents.Fact("Volume", protocol.volume),
        documents.Fact("Logged", f"{len(entries):,} of {n_documents:,} numbered documents"),
    ]
    (data / f"{stem}.pdf").write_bytes(_printed(columns, rows, protocol, facts, at))


def _printed(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    protocol: Protocol,
    facts: Sequence[documents.Fact],
    at: datetime,
) -> bytes:
    form = protocol.privilege_log
    places = [columns.index(name) for name in _PRINTED[form]]
    note = "Times in UTC."
    if len(rows) > PRINTED_ROWS:
        note += f" The first {PRINTED_ROWS:,} of {len(rows):,} entries; all stand in the XLSX and the CSV."
    title = _TITLES[form]
    frame = documents.Frame(
        issuer=protocol.producing_party or protocol.prefix,
        reference=protocol.volume,
        title=title,
        caption=protocol.matter,
        created_at=at,
    )
    shown = [documents.Column(name, share=_WIDE.get(name)) for name in _PRINTED[form]]
    printed = [[row[place] for place in places] for row in rows[:PRINTED_ROWS]]
    return rendering.render("privilege_log", documents.PrivilegeLog(frame, shown, printed, facts=facts, note=note))


def _basis(text: str) -> Basis:
    word = re.sub(r"[^a-z]", "", text.casefold())
    known = (
        (("ac", "attorneyclient", "attorneyclientprivilege", "legaladvice", "acp"), Basis.ATTORNEY_CLIENT),
        (("wpo", "workproductopinion", "opinion"), Basis.WORK_PRODUCT_OPINION),
        (("wp", "awp", "workproduct", "attorneyworkproduct", "wpf", "workproductfact"), Basis.WORK_PRODUCT_FACT),
        (("ci", "commoninterest"), Basis.COMMON_INTEREST),
        (("jd", "jointdefence", "jointdefense"), Basis.JOINT_DEFENCE),
    )
    return next((basis for words, basis in known if word in words), Basis.OTHER)
