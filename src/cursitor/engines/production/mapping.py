"""Take documents out of a load file: which column is which, paths, families, ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cursitor.engines.production import moments, names, numbering, paths
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.loadfile.reading import LoadFile, Record


@dataclass(frozen=True)
class FieldMap:
    """
    Which column holds which field.

    columns: field (a key of names.FIELDS) -> column name in the file's header. Columns not mentioned are kept under
    their own names.
    """

    name: str
    columns: Mapping[str, str]


PRESETS: tuple[FieldMap, ...] = (
    FieldMap(
        "FREEEED",
        {
            "CONTROL": "UPI",
            "PARENT": "attachment_parent",
            "CUSTODIAN": "Custodian",
            "NATIVE": "native_link",
            "TEXT": "text_link",
            "HASH": "Hash",
            "FILE_NAME": "File Name",
            "SOURCE_PATH": "Source Path",
            "FROM": "From",
            "TO": "To",
            "CC": "CC",
            "BCC": "BCC",
            "SUBJECT": "Subject",
            "DATE_SENT": "Date Sent",
            "TIME_SENT": "Time Sent",
            "DATE_RECEIVED": "Date Received",
            "TIME_RECEIVED": "Time Received",
            "DATE_CREATED": "Creation Date",
            "DATE_MODIFIED": "Modified Date",
            "TIME_ZONE": "Time Offset Value",
            "MESSAGE_ID": "message_id",
            "REFERENCES": "references",
        },
    ),
    FieldMap(
        "RELATIVITY",
        {
            "CONTROL": "Control Number",
            "PARENT": "Parent Document ID",
            "CUSTODIAN": "Custodian",
            "NATIVE": "FILE_PATH",
            "TEXT": "Extracted Text",
            "HASH": "MD5 Hash",
            "FILE_NAME": "Filename",
            "FILE_EXTENSION": "Document Extension",
            "FILE_SIZE": "Filesize",
            "SOURCE_PATH": "Folder Path",
            "FROM": "Email From",
            "TO": "Email To",
            "CC": "Email CC",
            "BCC": "Email BCC",
            "SUBJECT": "Email Subject",
            "TITLE": "Title",
            "DATE_SENT": "Date Sent",
            "DATE_RECEIVED": "Date Received",
            "DATE_CREATED": "Date Created",
            "DATE_MODIFIED": "Date Last Modified",
        },
    ),
    FieldMap(
        "CURSITOR",
        {
            "CONTROL": "BEGBATES",
            "CONTROL_END": "ENDBATES",
            "ATTACH_BEGIN": "BEGATTACH",
            "ATTACH_END": "ENDATTACH",
            "PARENT": "PARENTID",
            "CUSTODIAN": "CUSTODIAN",
            "NATIVE": "NATIVELINK",
            "TEXT": "TEXTLINK",
            "HASH": "SHA256HASH",
            "ALL_CUSTODIANS": "ALLCUSTODIANS",
            "ALL_PATHS": "ALLPATHS",
            "FILE_NAME": "FILENAME",
            "FILE_EXTENSION": "FILEEXT",
            "FILE_SIZE": "FILESIZE",
            "DOCUMENT_TYPE": "DOCTYPE",
            "FROM": "FROM",
            "TO": "TO",
            "CC": "CC",
            "BCC": "BCC",
            "SUBJECT": "SUBJECT",
            "DATE_SENT": "DATESENT",
            "TIME_SENT": "TIMESENT",
            "TIME_ZONE": "TIMEZONE",
            "MESSAGE_ID": "MESSAGEID",
            "PAGE_COUNT": "PAGECOUNT",
            "CONFIDENTIALITY": "CONFIDENTIALITY",
        },
    ),
)


@dataclass(frozen=True)
class LoadedDocument:
    """
    One document as the load file tells it.

    row: line of its record. control, control_end: as written; control_end equals control where the file gives none.
    parent: control number of the document it is attached to, None for a head. family: control number of the head.
    native_path, text_path: safe, relative, forward slashes; None where empty or unsafe. recorded_hash: lower-case
    hexadecimal MD5, SHA-1 or SHA-256, None where empty or none of these. metadata: mapped field -> value, empty ones
    left out. fields: column -> value as found, every column, and surplus values as 'Surplus 1' and so on.
    """

    row: int
    control: str
    control_end: str
    parent: str | None
    family: str
    custodian: str
    native_path: str | None
    text_path: str | None
    recorded_hash: str | None
    metadata: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Loaded:
    """
    Documents in the order of the file, records no document could be made of, and all that is amiss.

    len(documents) + len(rejected) is the number of records of the file.
    """

    documents: tuple[LoadedDocument, ...]
    rejected: tuple[Record, ...]
    findings: tuple[Finding, ...]


def guess_mapping(header: Sequence[str]) -> FieldMap:
    """
    Return the field map that fits a header best.

    A preset fits if its control column and at least three in four of its columns are there (the rest is left out of
    the map); the one with most columns wins. Otherwise each field takes the first column with one of its usual names.
    The guess may lack CONTROL: `load` then says so.
    """
    fitting = [preset for preset in PRESETS if _fits(preset, header)]
    if fitting:
        best = max(fitting, key=lambda preset: sum(column in header for column in preset.columns.values()))
        return FieldMap(best.name, {f: c for f, c in best.columns.items() if c in header})
    by_bare_name: dict[str, str] = {}
    for column in header:
        by_bare_name.setdefault(names.bare(column), column)
    guessed = {
        field: next((by_bare_name[alias] for alias in aliases if alias in by_bare_name), "")
        for field, aliases in names.FIELDS.items()
    }
    return FieldMap("GUESSED", {field: column for field, column in guessed.items() if column})


def _fits(preset: FieldMap, header: Sequence[str]) -> bool:
    n_there = sum(column in header for column in preset.columns.values())
    return preset.columns["CONTROL"] in header and n_there * 4 >= len(preset.columns) * 3


def load(file: LoadFile, mapping: FieldMap) -> Loaded:
    """
    Return the documents of a load file with their families.

    A record without a control number or with one already taken is rejected, never dropped. A parent comes from the
    parent column, else from the begin of the attachment range. A document whose parent is not in the file, or that is
    its own ancestor, stands alone. file.findings are repeated in front of the new ones.
    """
    findings = [*file.findings, *_bad_columns(file, mapping)]
    columns = {field: column for field, column in mapping.columns.items() if column in file.header}
    drafts: dict[str, LoadedDocument] = {}
    rejected: list[Record] = []
    for record in file.rows:
        draft, amiss = _document(record, file.header, columns)
        code = "CONTROL_MISSING" if not draft.control else "CONTROL_DUPLICATE"
        if draft.control and draft.control not in drafts:
            drafts[draft.control] = draft
            findings += amiss
        else:
            rejected.append(record)
            findings.append(_at(record, columns, "CONTROL", code, draft.control))
    documents, amiss = _with_families(drafts, columns)
    return Loaded(documents, tuple(rejected), (*findings, *amiss, *_ranges(documents, columns)))


def _bad_columns(file: LoadFile, mapping: FieldMap) -> list[Finding]:
    unknown = [c for c in mapping.columns.values() if c not in file.header]
    findings = [found("COLUMN_UNKNOWN", column=column) for column in unknown]
    return findings if "CONTROL" in mapping.columns else [*findings, found("CONTROL_UNMAPPED")]


def _at(row: Record | LoadedDocument, columns: Mapping[str, str], field: str, code: str, value: str) -> Finding:
    return found(code, row=row.row, column=columns.get(field, ""), value=value)


def _document(
    record: Record, header: Sequence[str], columns: Mapping[str, str]
) -> tuple[LoadedDocument, list[Finding]]:
    fields = dict(zip(header, record.values, strict=True))
    fields |= {f"Surplus {n}": value for n, value in enumerate(record.surplus, 1)}
    metadata = {field: fields[column].strip() for field, column in columns.items() if fields[column].strip()}
    amiss: list[Finding] = []
    safe: dict[str, str | None] = {"NATIVE": None, "TEXT": None}
    for field in safe:
        try:
            safe[field] = paths.inside_volume(metadata.get(field, "")) or None
        except paths.UnsafePath as unsafe:
            amiss.append(_at(record, columns, field, unsafe.code, metadata[field]))
    digest = _digest(metadata.get("HASH", ""))
    if "HASH" in metadata and digest is None:
        amiss.append(_at(record, columns, "HASH", "HASH_UNREADABLE", metadata["HASH"]))
    amiss += [
        _at(record, columns, field, "DATE_IMPOSSIBLE", value)
        for field, value in metadata.items()
        if field.startswith(("DATE_", "TIME_")) and not moments.is_possible(value)
    ]
    control = metadata.get("CONTROL", "")
    document = LoadedDocument(
        row=record.row,
        control=control,
        control_end=metadata.get("CONTROL_END", control),
        parent=None,
        family=control,
        custodian=metadata.get("CUSTODIAN", ""),
        native_path=safe["NATIVE"],
        text_path=safe["TEXT"],
        recorded_hash=digest,
        metadata=metadata,
        fields=fields,
    )
    return document, amiss


def _digest(text: str) -> str | None:
    lowered = text.lower()
    is_hexadecimal = len(lowered) in (32, 40, 64) and not lowered.strip("0123456789abcdef")
    return lowered if is_hexadecimal else None


def _with_families(
    drafts: Mapping[str, LoadedDocument], columns: Mapping[str, str]
) -> tuple[tuple[LoadedDocument, ...], list[Finding]]:
    findings: list[Finding] = []
    parents: dict[str, str] = {}
    for draft in drafts.values():
        parent, amiss = _parent(draft, drafts, columns)
        findings += amiss
        if parent:
            parents[draft.control] = parent
    for control in _on_a_cycle(parents):
        findings.append(_at(drafts[control], columns, "PARENT", "FAMILY_CYCLE", parents.pop(control)))
    documents = tuple(
        replace(draft, parent=parents.get(draft.control), family=_head(draft.control, parents))
        for draft in drafts.values()
    )
    return documents, findings


def _parent(
    draft: LoadedDocument, drafts: Mapping[str, LoadedDocument], columns: Mapping[str, str]
) -> tuple[str, list[Finding]]:
    named, begin = draft.metadata.get("PARENT", ""), draft.metadata.get("ATTACH_BEGIN", "")
    field = "PARENT" if named else "ATTACH_BEGIN"
    parent = named or begin
    if parent in ("", draft.control):
        return "", []
    if parent not in drafts:
        return "", [_at(draft, columns, field, "FAMILY_PARENT_MISSING", parent)]
    named_begin = drafts[parent].metadata.get("ATTACH_BEGIN", "")
    if begin and named_begin and begin != named_begin:
        return parent, [_at(draft, columns, "ATTACH_BEGIN", "FAMILY_SPAN_MISMATCH", begin)]
    return parent, []


def _on_a_cycle(parents: Mapping[str, str]) -> list[str]:
    settled: set[str] = set()
    cyclic: list[str] = []
    for start in parents:
        trail: dict[str, None] = {}
        control = start
        while control in parents and control not in settled and control not in trail:
            trail[control] = None
            control = parents[control]
        if control in trail:
            walked = list(trail)
            cyclic += walked[walked.index(control) :]
        settled.update(trail)
    return cyclic


def _head(control: str, parents: Mapping[str, str]) -> str:
    while control in parents:
        control = parents[control]
    return control


def _ranges(documents: Sequence[LoadedDocument], columns: Mapping[str, str]) -> list[Finding]:
    if "CONTROL_END" not in columns:
        return []
    findings: list[Finding] = []
    latest: numbering.ControlNumber | None = None
    for document in documents:
        try:
            begin, end = numbering.parse(document.control), numbering.parse(document.control_end)
        except numbering.NotAControlNumber:
            continue
        code = _range_fault(begin, end, latest)
        if code:
            findings.append(_at(document, columns, "CONTROL", code, f"{document.control} to {document.control_end}"))
        latest = end if latest is None or not end.shares_form(latest) else max(latest, end)
    return findings


def _range_fault(
    begin: numbering.ControlNumber, end: numbering.ControlNumber, latest: numbering.ControlNumber | None
) -> str:
    if not begin.shares_form(end):
        return "RANGE_FORM_CHANGES"
    if end < begin:
        return "RANGE_REVERSED"
    if latest is None or not begin.shares_form(latest):
        return ""
    if begin <= latest:
        return "RANGE_OVERLAP"
    return "" if latest.precedes(begin) else "RANGE_GAP"
