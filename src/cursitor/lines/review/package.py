"""What a review sends back: which documents, under which numbers, and every file of the release."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cursitor.engines import merkle
from cursitor.engines.production import gates, layout, loadfile, manifest, numbering, privilege_log, rows
from cursitor.lines.review import layouts, texts
from cursitor.lines.review.choices import CONFIDENTIALITY, NOTES, PRIVILEGE, DocumentStatus
from cursitor.lines.review.models import Document, Layout
from cursitor.plumbing import exchange
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.work.models import WorkOrder

File = tuple[str, bytes, str]
"""(path, bytes, MIME type)."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BASES = {"WORK_PRODUCT": (privilege_log.Basis.WORK_PRODUCT_FACT, privilege_log.Basis.WORK_PRODUCT_OPINION)}
DESCRIPTIONS = {
    "ATTORNEY_CLIENT": "Confidential communication between client and attorney requesting or reflecting legal advice",
    "WORK_PRODUCT": "Confidential document prepared by or for counsel as attorney work product",
    "COMMON_INTEREST": "Confidential communication between client and counsel",
}
_ANY_BASIS = "Privileged and confidential document"


@dataclass(frozen=True)
class Selected:
    """A published document with its coding (empty when it was not read) and what becomes of it."""

    document: Document
    values: layouts.Values
    coder: str
    coded_at: datetime | None
    disposition: gates.Disposition

    @property
    def key(self) -> str:
        return self.document.control_number


class Package:
    """
    Everything that goes back of one order, from how its documents stand now.

    A family is produced whole when one of its members is responsive; privileged members are withheld: they take a
    number and a record, and go to the privilege log, without native, text, subject or name. All else is excluded.
    """

    def __init__(self, order: WorkOrder, coding_layout: Layout) -> None:
        self.order = order
        self.layout = coding_layout
        self.documents = _selected(order)

    @cached_property
    def leaving(self) -> tuple[Selected, ...]:
        """Return the documents that get a number, in the order of families."""
        return tuple(one for one in self.documents if one.disposition != gates.Disposition.EXCLUDE)

    @cached_property
    def produced(self) -> tuple[Selected, ...]:
        return tuple(one for one in self.leaving if one.disposition == gates.Disposition.PRODUCE)

    @cached_property
    def withheld(self) -> tuple[Selected, ...]:
        return tuple(one for one in self.leaving if one.disposition == gates.Disposition.WITHHOLD)

    @cached_property
    def numbers(self) -> dict[str, numbering.Allocation]:
        """Return the begin number of every leaving document by its control number."""
        form = numbering.Numbering(prefix=self.order.brief.get("production_prefix") or "PROD", separator="-", digits=7)
        families: dict[int, list[numbering.Member]] = {}
        keys = {one.document.pk: one.key for one in self.leaving}
        for one in self.leaving:
            members = families.setdefault(one.document.family_id or 0, [])
            # The head may be excluded or an exception: then the first that leaves takes its place.
            parent = keys.get(one.document.parent_id or 0) if members else None
            head = members[0].document if members else None
            members.append(numbering.Member(one.key, parent or head))
        return {one.document: one for one in numbering.allocate(families.values(), numbering=form)}

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of all that the release is made from: the same state gives the same digest."""
        sample = self.order.elusion_samples.order_by("-pk").first()
        state = {
            "version": "2026.1",
            "brief": self.order.brief,
            "fields": self.layout.fields,
            "elusion": sample.documents if sample else [],
            "documents": [_state(one) for one in self.documents],
            "others": [
                list(row)
                for row in self.order.documents.exclude(status=DocumentStatus.PUBLISHED)
                .order_by("source__collection__number", "source__position", "walk")
                .values_list("control_number", "status", "sha256", "exception_class", "disposition_note")
            ],
        }
        return hashlib.sha256(merkle.canonical_json(state)).hexdigest()

    def blockers(self) -> tuple[gates.Blocker, ...]:
        """Return what the release gates find over the very package that would be written."""
        logged = {entry.document for entry in self.log_entries()}
        gated = [
            gates.GatedDocument(
                document=one.key,
                family=str(one.document.family_id),
                # What is excluded in one family may leave in another; what leaves must leave alike.
                duplicates=one.key if one.disposition == gates.Disposition.EXCLUDE else one.document.sha256 or one.key,
                disposition=one.disposition,
                is_privileged=layouts.is_privileged(one.values),
                is_logged=one.key in logged,
                has_privilege_hit=one.document.has_privilege_terms,
                had_second_look=bool(one.document.family and one.document.family.privilege_done_at),
                must_agree=(str(one.values.get(CONFIDENTIALITY, "")),),
            )
            for one in self.documents
        ]
        n_excluded = sum(one.disposition == gates.Disposition.EXCLUDE for one in self.documents)
        counts = gates.Counts(len(self.documents), len(self.produced), len(self.withheld), n_excluded)
        return gates.blockers(gated, counts=counts)

    def files(self, papers: Sequence[File]) -> Iterator[File]:
        """Yield every file: natives and texts, load files, lists, the papers handed in, and at last the manifest."""
        listed = []
        for path, data, mime in self._contents(papers):
            listed.append(manifest.File(path, len(data), hashlib.sha256(data).hexdigest()))
            yield path, data, mime
        yield "manifest.sha256", manifest.write(listed).encode(), "text/plain"

    def log_entries(self) -> tuple[privilege_log.Entry, ...]:
        attorneys = {line.strip().casefold() for line in str(self.order.brief.get("attorneys", "")).splitlines()} - {""}
        return tuple(self._log_entry(one, attorneys) for one in self.withheld)

    def _contents(self, papers: Sequence[File]) -> Iterator[File]:
        records = []
        for position, one in enumerate(self.leaving):
            record, files = self._produced(one, position)
            records.append(record)
            yield from files
        yield from self._load_files(records)
        yield "DATA/coding.csv", exchange.to_csv(self._coding_table()), "text/csv"
        yield "DATA/exceptions.csv", exchange.to_csv(self._exceptions_table()), "text/csv"
        if self.withheld:
            log = privilege_log.rows(self.log_entries())
            yield (
                "privilege-log.xlsx",
                exchange.to_xlsx(exchange.Table("Privilege log", privilege_log.COLUMNS, log)),
                XLSX,
            )
        yield from papers

    def _produced(self, one: Selected, position: int) -> tuple[rows.ProducedDocument, list[File]]:
        document, numbers = one.document, self.numbers[one.key]
        is_withheld = one.disposition == gates.Disposition.WITHHOLD
        place = layout.place(numbers.begin, position=position, file_name=document.name or "native")
        files: list[File] = []
        if not is_withheld and document.native is not None:
            files.append((place.native or "", vault.read(document.native), document.mime or "application/octet-stream"))
        if not is_withheld and document.text_id:
            files.append((place.text, texts.text_of(document).encode(), "text/plain"))
        paths = {path for path, _, _ in files}
        record = rows.ProducedDocument(
            numbers=numbers,
            custodian=document.custodian,
            all_custodians=document.all_custodians,
            all_paths=document.all_paths,
            document_type=document.kind,
            sender=document.sender,
            to=document.recipients.get("to", ()),
            cc=document.recipients.get("cc", ()),
            bcc=document.recipients.get("bcc", ()),
            subject=document.subject,
            sent_at=document.sent_at,
            time_zone="UTC",
            message_id=document.message_id,
            file_name=document.name,
            file_size=document.size,
            sha256=document.sha256,
            edrm_mih=document.mih,
            page_count=document.n_pages or None,
            confidentiality=layouts.words(self.layout.fields, CONFIDENTIALITY, one.values.get(CONFIDENTIALITY)),
            coding={_column(key): layouts.words(self.layout.fields, key, one.values.get(key)) for key in self._keys},
            is_withheld=is_withheld,
            native_link=layout.as_link(place.native) if place.native in paths else "",
            text_link=layout.as_link(place.text) if place.text in paths else "",
        )
        return record, files

    @property
    def _keys(self) -> list[str]:
        return [field["key"] for field in self.layout.fields if field["key"] not in (CONFIDENTIALITY, NOTES)]

    def _load_files(self, records: Sequence[rows.ProducedDocument]) -> Iterator[File]:
        columns = rows.columns_with([_column(key) for key in self._keys])
        lines = [rows.values_of(record, columns=columns, protocol=rows.Protocol()) for record in records]
        for path, dialect in (("DATA/production.dat", loadfile.CONCORDANCE), ("DATA/production.csv", loadfile.CSV)):
            yield path, loadfile.write(columns, lines, dialect=dialect, may_substitute=True).data, "text/plain"

    def _coding_table(self) -> exchange.Table:
        fields = self.layout.fields
        columns = ("Control number", "Begin number", "Family", "Outcome", *(field["label"] for field in fields))
        return exchange.Table(
            "Coding",
            (*columns, "Coded by", "Coded at"),
            (
                (
                    one.key,
                    str(self.numbers[one.key].begin) if one.key in self.numbers else "",
                    one.document.family.number if one.document.family else None,
                    one.disposition.capitalize() if one.values else "Not read",
                    *(layouts.words(fields, field["key"], one.values.get(field["key"])) for field in fields),
                    one.coder,
                    one.coded_at,
                )
                for one in self.documents
            ),
        )

    def _exceptions_table(self) -> exchange.Table:
        found = self.order.documents.filter(status=DocumentStatus.EXCEPTION).order_by("control_number")
        columns = ("Control number", "Custodian", "Path", "Stage", "Class", "What", "Tries", "Settled", "Note")
        return exchange.Table(
            "Exceptions",
            columns,
            (
                (
                    one.control_number,
                    one.custodian,
                    one.path,
                    one.exception_stage,
                    one.exception_class,
                    one.exception_message,
                    one.exception_tries,
                    one.get_disposition_display(),
                    one.disposition_note,
                )
                for one in found
            ),
        )

    def _log_entry(self, one: Selected, attorneys: set[str]) -> privilege_log.Entry:
        document, numbers = one.document, self.numbers[one.key]
        basis = str(one.values[PRIVILEGE])
        recipients = {name: _people(document.recipients.get(name, ()), attorneys) for name in ("to", "cc", "bcc")}
        author = _people([document.sender], attorneys) if document.sender else ()
        return privilege_log.Entry(
            document=one.key,
            begin=str(numbers.begin),
            end=str(numbers.end),
            family=str(numbers.attach_begin),
            on=document.sent_at.date() if document.sent_at else None,
            document_type=document.kind.capitalize(),
            author=author[0] if author else None,
            description=DESCRIPTIONS.get(basis, _ANY_BASIS),
            bases=_bases(basis),
            treatment=privilege_log.Treatment.WITHHELD,
            subject=document.subject,
            file_name=document.name,
            custodian=document.custodian,
            holder=self.order.matter.client.name,
            reviewer=one.coder,
            **recipients,
        )


def _selected(order: WorkOrder) -> tuple[Selected, ...]:
    found = order.documents.filter(status=DocumentStatus.PUBLISHED, family__isnull=False)
    found = found.select_related("coding__coder", "family", "native").order_by("family__number", "position", "pk")
    decided = [(document, getattr(document, "coding", None)) for document in found]
    responsive = {
        document.family_id
        for document, coding in decided
        if coding is not None and layouts.is_responsive(coding.values)
    }
    return tuple(
        Selected(
            document,
            dict(coding.values) if coding else {},
            coding.coder.name if coding else "",
            coding.coded_at if coding else None,
            _disposition(dict(coding.values) if coding else {}, is_leaving=document.family_id in responsive),
        )
        for document, coding in decided
    )


def _disposition(values: Mapping[str, Any], *, is_leaving: bool) -> gates.Disposition:
    if not is_leaving:
        return gates.Disposition.EXCLUDE
    return gates.Disposition.WITHHOLD if layouts.is_privileged(dict(values)) else gates.Disposition.PRODUCE


def _state(one: Selected) -> list[Any]:
    document = one.document
    at = one.coded_at.astimezone(UTC).isoformat() if one.coded_at else ""
    return [one.key, document.sha256, document.all_custodians, document.all_paths, one.values, one.coder, at]


def _column(key: str) -> str:
    return f"CODING_{key.upper()}"


def _bases(code: str) -> tuple[privilege_log.Basis, ...]:
    if code in BASES:
        return BASES[code]
    known = code in privilege_log.Basis.__members__
    return (privilege_log.Basis(code) if known else privilege_log.Basis.OTHER,)


def _people(names: Sequence[str], attorneys: set[str]) -> tuple[privilege_log.Person, ...]:
    return tuple(
        privilege_log.Person(name, is_attorney=any(known in name.casefold() for known in attorneys)) for name in names
    )
