"""Writing a production volume: selected, gated, numbered, imaged, listed, and read back before anybody says done."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cursitor.engines.processing.limits import Limits
from cursitor.engines.production import (
    gates,
    images,
    layout,
    loadfile,
    manifest,
    numbering,
    redactions,
    rows,
)
from cursitor.engines.production.numbering import Allocation, Member
from cursitor.engines.production.protocol import ImageForm, Protocol
from cursitor.plumbing.corpus import natives, running
from cursitor.plumbing.producing import leaves, likeness, logs, records, selecting
from cursitor.plumbing.producing.leaves import Leaf, Made
from cursitor.plumbing.producing.selecting import Selected
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS = Limits(seconds=600.0)
DIALECTS = {"dat": loadfile.CONCORDANCE, "dat-cp1252": loadfile.CONCORDANCE_CP1252, "csv": loadfile.CSV}
NATIVE_SLIP = "\n\n\n\nThis document is produced in its native format."
WITHHELD_SLIP = "\n\n\n\nThis document is withheld as privileged."
EXCLUDED_SLIP = "\n\n\n\nThis document is not responsive and is not produced."
EMPTY_SLIP = "\n\n\n\nThis file is empty."
UNREADABLE_SLIP = "\n\n\n\nThis document could not be made into pages."
_RASTERED = ("application/pdf", "image/tiff", "image/png", "image/jpeg")
_WARM = "cursitor.plumbing.producing.leaves:font"


class NotReleased(Refusal):
    """Raised when a gate is shut or a page could not be made; nothing was written. Names the documents."""


class VolumeThere(Refusal):
    """Raised when the folder to write to is not empty."""


@dataclass
class Told:
    """What a watcher is told: documents to make, documents and pages made, seconds by stage."""

    n_documents: int = 0
    n_done: int = 0
    n_pages: int = 0
    by_stage: Counter[str] = field(default_factory=Counter)
    say: Callable[[Told], None] = lambda told: None


@dataclass(frozen=True)
class Planned:
    """One document that takes numbers. leaf: what its pages are made of. native: the bytes that go out, if any."""

    one: Selected
    leaf: Leaf
    native: Path | None
    n_pages: int
    numbers: Allocation | None = None
    place: layout.Place | None = None

    @property
    def begin(self) -> str:
        assert self.numbers is not None
        return str(self.numbers.begin)


def produce(
    folder: Path,
    coding: Path,
    protocol: Protocol,
    out: Path,
    *,
    at: datetime,
    workers: int = 2,
    passwords: tuple[str, ...] = (),
    told: Told | None = None,
) -> dict[str, Any]:
    """
    Write the production of what is coded in a processed folder, and return what it holds.

    The volume appears under `out` only when it is whole. What of it is privileged, and which item is which number,
    stays in the folder, under productions/. at: moment that the printed privilege log bears, aware. passwords:
    as `process` was given them, for natives inside what is protected.
    :raises CodingUnusable: NotReleased: LogIncomplete: VolumeThere: SourceChanged: as their sentences say.
    """
    told = told or Told()
    out = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise VolumeThere(f"{out} is not empty.")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    with running.timed(told, "select"):
        selected = selecting.select(folder, coding)
        _require_open(selected, folder, protocol)
    spool = folder / ".state" / "producing"
    shutil.rmtree(spool, ignore_errors=True)
    with Sandbox(LIMITS, warm=_WARM) as sandbox:
        with running.timed(told, "natives"):
            _take_out(selected, folder, protocol, spool, passwords)
        with running.timed(told, "count"):
            planned = _numbered(_planned(selected, folder, protocol, spool, sandbox, workers, passwords), protocol)
        told.n_documents = len(planned)
        with running.timed(told, "pages"):
            made = _made(planned, part, protocol, sandbox, workers, told)
            with _in_time():
                _require_placed(planned, made, folder)
    with running.timed(told, "volume"), _in_time():
        numbers = [document.numbers for document in planned if document.numbers is not None]
        warnings = [*likeness.warnings(selected), *records.numbers_used(folder, numbers)]
        warnings += _fewer_found(planned, made, folder)
        _write(planned, made, folder, protocol, part, at)
        _require_reconciled(selected, planned, protocol, part / "DATA")
        _keep_record(selected, planned, made, warnings, folder, protocol, part)
    shutil.rmtree(spool, ignore_errors=True)
    os.replace(part, out)
    return _summary(selected, planned, made, protocol, told) | {"warnings": warnings}


@contextmanager
def _in_time() -> Iterator[None]:
    """Refuse, rather than wait, where a pattern to be redacted does not come to an end on a text."""
    try:
        yield
    except redactions.RedactionUnclear as problem:
        raise NotReleased(f"Nothing was released. {problem}") from problem


def _require_open(selected: Sequence[Selected], folder: Path, protocol: Protocol) -> None:
    if not any(one.is_produced for one in selected):
        raise NotReleased("No document is coded to be produced.")
    n_produced, n_withheld = sum(one.is_produced for one in selected), sum(one.is_withheld for one in selected)
    counts = gates.Counts(len(selected), n_produced, n_withheld, len(selected) - n_produced - n_withheld)
    _require_gates(selected, counts, frozenset(_privilege_hits(selected, folder, protocol)))


def _require_reconciled(
    selected: Sequence[Selected], planned: Sequence[Planned], protocol: Protocol, data: Path
) -> None:
    """Ask the gates again with counts out of the load file that was written: whatever it lost unbalances them."""
    ending = "csv" if protocol.load_files[0] == "csv" else "dat"
    n_rows = len(loadfile.read((data / f"{protocol.volume}.{ending}").read_bytes()).rows)
    n_withheld = sum(document.one.is_withheld for document in planned)
    n_slips = sum(not document.one.is_produced for document in planned)
    n_excluded = n_slips - n_withheld + len(selected) - len(planned)
    _require_gates(selected, gates.Counts(len(selected), n_rows - n_slips, n_withheld, n_excluded), frozenset())


def _require_gates(selected: Sequence[Selected], counts: gates.Counts, hits: frozenset[str]) -> None:
    shut = gates.blockers(selecting.gated(selected, privilege_hits=hits), counts=counts)
    if shut:
        named = (f"{blocker.sentence} ({', '.join(blocker.ids[:10])})" for blocker in shut)
        raise NotReleased("Nothing was released. " + " ".join(named))


def _privilege_hits(selected: Iterable[Selected], folder: Path, protocol: Protocol) -> Iterator[str]:
    if not protocol.privilege_terms:
        return
    words = "|".join(r"\s+".join(map(re.escape, term.split())) for term in protocol.privilege_terms)
    expression = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    for one in selected:
        text = one.item.get("text")
        if text and expression.search((folder / text).read_text(encoding="utf-8", errors="replace")):
            yield one.id


def _take_out(
    selected: Sequence[Selected], folder: Path, protocol: Protocol, spool: Path, passwords: tuple[str, ...]
) -> None:
    """Write the natives that are needed to the spool, each called by its id in the run."""
    inside = _with_secrets(selected)
    wanted = {
        str(one.item.get("input") or one.id): str(one.item["sha256"])
        for one in selected
        if one.is_produced and one.item.get("sha256") and one.item["size"] and _needs_native(one, protocol, inside)
    }
    if wanted:
        natives.take_out(folder, wanted, spool, passwords=passwords)
    lost = [name for name in wanted if not (spool / name).exists()]
    if lost:
        raise NotReleased(f"The bytes of {len(lost):,} documents are not in the sources: {', '.join(lost[:10])}.")


def _with_secrets(selected: Sequence[Selected]) -> frozenset[str]:
    """Return the documents that hold inside what is withheld, excluded or redacted: no native of them goes out."""
    parents = {one.id: one.item.get("parent") for one in selected}
    found = set()
    for one in selected:
        if one.is_produced and not one.decision.is_redacted:
            continue
        above = parents.get(one.id)
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return frozenset(found)


def _needs_native(one: Selected, protocol: Protocol, inside: frozenset[str]) -> bool:
    goes = _may_go_native(one, inside) and (protocol.goes_native(one.name) or not one.item.get("text"))
    return goes or one.item.get("mime") in _RASTERED


def _may_go_native(one: Selected, inside: frozenset[str]) -> bool:
    return not one.decision.is_redacted and one.id not in inside


def _planned(
    selected: Sequence[Selected],
    folder: Path,
    protocol: Protocol,
    spool: Path,
    sandbox: Sandbox,
    workers: int,
    passwords: tuple[str, ...],
) -> list[Planned]:
    leaving = {one.family for one in selected if one.is_produced or one.is_withheld}
    inside = _with_secrets(selected)
    chosen = [_chosen(one, folder, protocol, spool, inside) for one in selected if one.family in leaving]
    outcomes = sandbox.map(leaves.count, [(leaf,) for _, leaf, _ in chosen], workers)
    planned = []
    for (one, leaf, native), outcome in zip(chosen, outcomes, strict=True):
        n_pages, refusal = outcome.value or (0, outcome.exception.message if outcome.exception else "")
        if not n_pages:
            leaf, native, n_pages = _otherwise(one, leaf, folder, spool, inside, refusal, sandbox, passwords)
        planned.append(Planned(one, leaf, native, n_pages))
    return planned


def _chosen(
    one: Selected, folder: Path, protocol: Protocol, spool: Path, inside: frozenset[str]
) -> tuple[Selected, Leaf, Path | None]:
    """Return what the pages of a document are made of, and its native if that goes out."""
    stamp = protocol.designations.get(one.decision.confidentiality, one.decision.confidentiality)
    leaf = Leaf(one.id, designation=stamp or protocol.default_designation, instructions=one.decision.redactions)
    if one.is_withheld:
        return one, replace(leaf, slip=WITHHELD_SLIP, instructions=()), None
    if not one.is_produced:
        return one, replace(leaf, slip=EXCLUDED_SLIP, instructions=()), None
    if one.item.get("size") == 0:
        return one, replace(leaf, slip=EMPTY_SLIP, instructions=()), None
    native = spool / str(one.item.get("input") or one.id)
    if _may_go_native(one, inside) and protocol.goes_native(one.name) and native.exists():
        return one, replace(leaf, slip=f"{NATIVE_SLIP}\n{one.item.get('mime') or ''}"), native
    if one.item.get("mime") in _RASTERED and native.exists():
        return one, replace(leaf, source=str(native), is_native=True), None
    if one.item.get("text"):
        return one, replace(leaf, source=str(folder / one.item["text"])), None
    if native.exists() and _may_go_native(one, inside):
        return one, replace(leaf, slip=f"{NATIVE_SLIP}\n{UNREADABLE_SLIP}"), native
    return one, replace(leaf, slip=UNREADABLE_SLIP), None


def _otherwise(
    one: Selected,
    leaf: Leaf,
    folder: Path,
    spool: Path,
    inside: frozenset[str],
    refusal: str,
    sandbox: Sandbox,
    passwords: tuple[str, ...],
) -> tuple[Leaf, Path | None, int]:
    """Return another way for a document whose pages cannot be made: its text, else its native behind a slip sheet."""
    if leaf.is_native and one.item.get("text"):
        other = replace(leaf, is_native=False, source=str(folder / one.item["text"]))
        n_pages, _ = sandbox.run(leaves.count, other)
        if n_pages:
            return other, None, n_pages
    native = spool / str(one.item.get("input") or one.id)
    if one.decision.is_redacted or not _may_go_native(one, inside):
        raise NotReleased(f"{one.id} cannot be made into pages, so that nothing of it can be redacted: {refusal}")
    if not native.exists() and one.item.get("sha256"):
        natives.take_out(folder, {native.name: str(one.item["sha256"])}, spool, passwords=passwords)
    slip = replace(
        leaf, is_native=False, source="", slip=f"{NATIVE_SLIP if native.exists() else ''}\n{UNREADABLE_SLIP}"
    )
    return slip, native if native.exists() else None, sandbox.run(leaves.count, slip)[0]


def _numbered(planned: Sequence[Planned], protocol: Protocol) -> list[Planned]:
    families: dict[str, list[Planned]] = {}
    for document in planned:
        families.setdefault(document.one.family, []).append(document)
    members = [
        [Member(one.one.id, _parent(one, family), one.n_pages) for one in family] for family in families.values()
    ]
    try:
        allocated = numbering.allocate(members, numbering=protocol.numbering(), first=protocol.first)
    except (numbering.NumberingExhausted, numbering.FamilyInvalid) as problem:
        raise NotReleased(str(problem)) from problem
    by_id = {document.one.id: document for document in planned}
    return [
        replace(
            by_id[numbers.document],
            numbers=numbers,
            place=layout.place(
                numbers.begin,
                position=position,
                file_name=by_id[numbers.document].one.name if by_id[numbers.document].native else None,
                per_folder=protocol.per_folder,
            ),
        )
        for position, numbers in enumerate(allocated)
    ]


def _parent(document: Planned, family: Sequence[Planned]) -> str | None:
    ids = {one.one.id for one in family}
    parent = document.one.item.get("parent")
    if document.one.id == document.one.family or parent is None:
        return None
    return str(parent) if parent in ids else next(one.one.id for one in family if one.one.id == one.one.family)


def _made(
    planned: Sequence[Planned], part: Path, protocol: Protocol, sandbox: Sandbox, workers: int, told: Told
) -> list[Made]:
    arguments = []
    for document in planned:
        assert document.numbers is not None
        assert document.place is not None
        folder = part / "IMAGES" / document.place.text.split("/")[1]
        text = part / document.place.text
        for needed in (folder, text.parent):
            needed.mkdir(parents=True, exist_ok=True)
        remade = str(text) if document.leaf.instructions else ""
        leaf = replace(document.leaf, folder=str(folder), form=str(protocol.images), text=remade)
        arguments.append((leaf, document.numbers.begin, document.n_pages))
    made = []
    for document, outcome in zip(planned, sandbox.map(leaves.make, arguments, workers), strict=True):
        if outcome.exception is not None:
            raise NotReleased(f"{document.one.id} could not be made into pages: {outcome.exception.message}")
        made.append(Made(**outcome.value))
        told.n_done += 1
        told.n_pages += document.n_pages
        told.say(told)
    return made


def _require_placed(planned: Sequence[Planned], made: Sequence[Made], folder: Path) -> None:
    """Refuse where something was to be redacted, stands in the text, and could not be found on any page."""
    lost = []
    for document, own in zip(planned, made, strict=True):
        instructions, text = document.leaf.instructions, document.one.item.get("text")
        if not instructions or own.redacted_pages:
            continue
        words = " ".join((folder / text).read_text(encoding="utf-8", errors="replace").split()) if text else ""
        if document.one.decision.privilege or redactions.without(words, instructions) != words:
            lost.append(document.one.id)
    if lost:
        raise NotReleased(f"Nothing was found to redact on the pages of {', '.join(lost[:10])}. Nothing was written.")


def _fewer_found(planned: Sequence[Planned], made: Sequence[Made], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield a warning for each document whose text holds a redacted term more often than its pages showed it."""
    for document, own in zip(planned, made, strict=True):
        text = document.one.item.get("text")
        if not document.leaf.instructions or not text:
            continue
        read = (folder / text).read_text(encoding="utf-8", errors="replace")
        n_text = redactions.n_found(read, document.leaf.instructions)
        if n_text > own.n_found:
            begin, id_ = document.begin, document.one.id
            sentence = f"{begin} ({id_}): {n_text} in its text, {own.n_found} found on its pages. Look at it."
            yield {"code": "REDACTIONS_FEWER", "documents": [id_], "sentence": sentence}


def _write(
    planned: Sequence[Planned], made: Sequence[Made], folder: Path, protocol: Protocol, part: Path, at: datetime
) -> None:
    for document in planned:
        _write_files(document, folder, part)
    data = part / "DATA"
    data.mkdir(parents=True, exist_ok=True)
    _write_load_files(planned, made, protocol, data)
    _write_images(planned, made, protocol, data)
    entries = [
        logs.entry(document.one, document.numbers, own.redacted_pages)
        for document, own in zip(planned, made, strict=True)
        if document.one.is_logged and document.numbers is not None
    ]
    if entries:
        logs.write(entries, protocol, data, at=at, n_documents=len(planned))
    _write_exceptions(planned, made, data / f"{protocol.volume}_exceptions.csv")
    files = [_file(path, part) for path in sorted(part.rglob("*")) if path.is_file()]
    (part / records.MANIFEST).write_text(manifest.write(files), encoding="utf-8")


def _write_files(document: Planned, folder: Path, part: Path) -> None:
    """Write text and native. Of what is not produced there is none; that of a redacted document is there already."""
    assert document.place is not None
    if not document.one.is_produced:
        return
    target = part / document.place.text
    text = document.one.item.get("text")
    if not document.leaf.instructions and text:
        shutil.copyfile(folder / text, target)
    elif not document.leaf.instructions:
        target.write_text(document.leaf.slip.strip() + "\n", encoding="utf-8")
    if document.native and document.place.native:
        path = part / document.place.native
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(document.native, path)


def _write_load_files(planned: Sequence[Planned], made: Sequence[Made], protocol: Protocol, data: Path) -> None:
    columns = rows.columns_with(("REDACTED",)) if protocol.columns == rows.COLUMNS else protocol.columns
    shape = rows.Protocol(protocol.date_order, protocol.between_values, protocol.own_range_if_alone)
    values = [
        rows.values_of(_row(document, own), columns=columns, protocol=shape)
        for document, own in zip(planned, made, strict=True)
    ]
    shown = [protocol.names.get(column, column) for column in columns]
    for form in protocol.load_files:
        written = loadfile.write(shown, values, dialect=DIALECTS[form], may_substitute=True)
        ending = "csv" if form == "csv" else "dat"
        (data / f"{protocol.volume}.{ending}").write_bytes(written.data)


def _row(document: Planned, made: Made) -> rows.ProducedDocument:
    item, one = document.one.item, document.one
    assert document.numbers is not None
    assert document.place is not None

    def cleaned(text: str) -> str:
        return redactions.without(text, one.decision.redactions)

    def listed(name: str) -> list[str]:
        return [cleaned(value) for value in item.get(name) or ()]

    sent = item.get("sent")
    is_whole = not one.decision.is_redacted
    return rows.ProducedDocument(
        numbers=document.numbers,
        custodian=cleaned(item.get("custodian") or ""),
        all_custodians=listed("all_custodians"),
        all_paths=listed("all_paths"),
        document_type=item.get("kind") or "",
        sender=cleaned(item.get("from") or ""),
        to=listed("to"),
        cc=listed("cc"),
        bcc=listed("bcc"),
        subject=cleaned(item.get("subject") or ""),
        sent_at=datetime.fromisoformat(sent).astimezone(UTC) if sent else None,
        time_zone="UTC",
        message_id=cleaned(item.get("message_id") or ""),
        file_name=cleaned(one.name),
        file_size=item.get("size"),
        # The digest of a redacted document's native would prove a guess of what is under the black.
        sha256=(item.get("sha256") or "") if is_whole else "",
        edrm_mih=(item.get("mih") or "") if is_whole else "",
        page_count=document.n_pages,
        confidentiality=document.leaf.designation,
        coding={"REDACTED": "Y" if made.redacted_pages else "N"},
        is_withheld=not one.is_produced,
        native_link=layout.as_link(document.place.native) if document.native and document.place.native else "",
        text_link=layout.as_link(document.place.text),
    )


def _write_images(planned: Sequence[Planned], made: Sequence[Made], protocol: Protocol, data: Path) -> None:
    documents = []
    for document, own in zip(planned, made, strict=True):
        assert document.numbers is not None
        assert document.place is not None
        folder = f"IMAGES/{document.place.text.split('/')[1]}"
        listed = tuple(
            images.ImageRow(
                0,
                Path(name).stem,
                protocol.volume,
                f"{folder}/{name}",
                "",
                starts=place == 0,
                page_count=document.n_pages if place == 0 else None,
            )
            for place, name in enumerate(own.files)
        )
        documents.append(images.ImageDocument(document.begin, listed))
    (data / f"{protocol.volume}.opt").write_bytes(images.write_opticon(documents))
    if protocol.images is ImageForm.TIFF:
        (data / f"{protocol.volume}.lfp").write_bytes(images.write_lfp(documents))


def _write_exceptions(planned: Sequence[Planned], made: Sequence[Made], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("begin", "what"))
        for document, own in zip(planned, made, strict=True):
            for failure in own.failures:
                writer.writerow((document.begin, failure))
            if UNREADABLE_SLIP in document.leaf.slip:
                writer.writerow((document.begin, "No pages could be made of it; a slip sheet stands for it."))


def _file(path: Path, part: Path) -> manifest.File:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return manifest.File(path.relative_to(part).as_posix(), path.stat().st_size, digest.hexdigest())


def _keep_record(
    selected: Sequence[Selected],
    planned: Sequence[Planned],
    made: Sequence[Made],
    warnings: Sequence[Mapping[str, Any]],
    folder: Path,
    protocol: Protocol,
    part: Path,
) -> None:
    """Keep in the folder what the volume must not say: which item is which number, and what stands under the black."""
    documents = [
        {
            "begin": document.begin,
            "id": document.one.id,
            "parent": str(document.numbers.parent_begin)
            if document.numbers and document.numbers.parent_begin
            else None,
            "pages": document.n_pages,
            "disposition": str(document.one.decision.disposition),
            "native": document.place.native if document.place and document.native else None,
            "text": document.place.text if document.place else None,
            "redactions": [asdict(one) | {"kind": type(one).__name__} for one in document.leaf.instructions],
            "covered_alone": own.covered,
        }
        for document, own in zip(planned, made, strict=True)
    ]
    kept = {
        "volume": protocol.volume,
        "manifest_sha256": hashlib.sha256((part / records.MANIFEST).read_bytes()).hexdigest(),
        "names": dict(protocol.names),
        "documents": documents,
        "warnings": list(warnings),
        "not_numbered": [one.id for one in selected if one.id not in {document.one.id for document in planned}],
    }
    records.keep(folder, kept)


def _summary(
    selected: Sequence[Selected], planned: Sequence[Planned], made: Sequence[Made], protocol: Protocol, told: Told
) -> dict[str, Any]:
    first, last = planned[0].numbers, planned[-1].numbers
    assert first is not None
    assert last is not None
    return {
        "volume": protocol.volume,
        "begin": str(first.begin),
        "end": str(last.end),
        "selected": len(selected),
        "produced": sum(one.is_produced for one in selected),
        "withheld": sum(one.is_withheld for one in selected),
        "excluded": sum(not one.is_produced and not one.is_withheld for one in selected),
        "redacted": sum(bool(own.redacted_pages) for own in made),
        "documents": len(planned),
        "pages": sum(document.n_pages for document in planned),
        "natives": sum(document.native is not None for document in planned),
        "seconds": round(sum(told.by_stage.values()), 3),
        "by_stage": {stage: round(spent, 3) for stage, spent in told.by_stage.items()},
    }
