"""A whole volume held against itself: load file, image load file and files must tell the same story."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cursitor.engines.production import numbering, volume
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.images import ImageDocument, ImageFile, ImageRow
from cursitor.engines.production.mapping import Loaded, LoadedDocument
from cursitor.engines.production.volume import VolumeFile

AMBIGUOUS_ZONES = frozenset({"AMT", "AST", "BST", "CST", "ECT", "GST", "IST", "SST", "WST"})
"""Abbreviations of several zones: CST is Chicago, Beijing and Havana, IST is Mumbai, Dublin and Tel Aviv."""

_BARE_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})(?!\d)")
_ZONE = re.compile(r"\b([A-Z]{3,4})\b")


def check(
    loaded: Loaded | None,
    columns: Mapping[str, str],
    image_file: ImageFile | None,
    files: Mapping[str, VolumeFile] | None,
) -> tuple[Finding, ...]:
    """
    Return all that is amiss, what was found on reading first.

    loaded, columns: the load file's documents and the columns they were read by, None where there is no load file.
    image_file: None where there is none. files: path -> facts, None where the volume is not at hand.
    """
    findings = [*(loaded.findings if loaded else ()), *(image_file.findings if image_file else ())]
    if loaded is not None:
        findings += [*_dates(loaded.documents, columns), *_zones(loaded.documents, columns)]
        findings += _page_counts(loaded.documents, columns)
    if loaded is not None and image_file is not None:
        findings += _against_images(loaded.documents, columns, image_file)
    if files is not None:
        findings += _against_files(loaded, columns, image_file, files)
    return tuple(findings)


def with_paths_of(loaded: Loaded, files: Mapping[str, VolumeFile]) -> Loaded:
    """Return the documents with the paths under which the volume holds their files, if one way leads to most."""
    named = (path for one in loaded.documents for path in (one.native_path, one.text_path) if path)
    way = volume.anchored(named, files)
    documents = tuple(
        replace(
            one,
            native_path=way(one.native_path) if one.native_path else None,
            text_path=way(one.text_path) if one.text_path else None,
        )
        for one in loaded.documents
    )
    return replace(loaded, documents=documents)


def images_with_paths_of(image_file: ImageFile, files: Mapping[str, VolumeFile]) -> ImageFile:
    """Return the images with the paths under which the volume holds their files."""
    way = volume.anchored((row.path for one in image_file.documents for row in one.rows if row.path), files)

    def moved(row: ImageRow) -> ImageRow:
        return replace(row, path=way(row.path)) if row.path else row

    documents = tuple(replace(one, rows=tuple(map(moved, one.rows))) for one in image_file.documents)
    return replace(image_file, documents=documents)


def _dates(documents: Sequence[LoadedDocument], columns: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each column of bare dates of which none has a number over twelve."""
    for field in (field for field in columns if field.startswith("DATE_")):
        first: tuple[int, str] | None = None
        for document in documents:
            value = document.metadata.get(field, "")
            parts = _BARE_DATE.match(value)
            if parts is None or parts[1] == parts[2]:
                continue
            if max(int(parts[1]), int(parts[2])) > 12:
                break
            first = first or (document.row, value)
        else:
            if first:
                yield found("DATE_AMBIGUOUS", row=first[0], column=columns[field], value=first[1])


def _zones(documents: Sequence[LoadedDocument], columns: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for the first use of each name of a zone that has several meanings."""
    told: set[str] = set()
    for document in documents:
        for field, value in document.metadata.items():
            if not field.startswith(("DATE_", "TIME_")):
                continue
            for name in set(_ZONE.findall(value)) & AMBIGUOUS_ZONES - told:
                told.add(name)
                yield found("ZONE_UNRESOLVED", row=document.row, column=columns[field], value=value)


def _page_counts(documents: Sequence[LoadedDocument], columns: Mapping[str, str]) -> Iterator[Finding]:
    for document in documents:
        value = document.metadata.get("PAGE_COUNT", "")
        if value and not (value.isascii() and value.isdigit()):
            yield found("PAGE_COUNT_UNREADABLE", row=document.row, column=columns["PAGE_COUNT"], value=value)


def _against_images(
    documents: Sequence[LoadedDocument], columns: Mapping[str, str], image_file: ImageFile
) -> Iterator[Finding]:
    imaged = {one.key: one for one in image_file.documents}
    controls = {document.control for document in documents}
    for one in image_file.documents:
        if one.key and one.key not in controls:
            yield found("IMAGE_WITHOUT_DOCUMENT", row=one.rows[0].row, column="ImageKey", value=one.key)
    for document in documents:
        own = imaged.get(document.control)
        if own is None:
            if document.native_path is None:
                value = document.control
                yield found("DOCUMENT_WITHOUT_IMAGE", row=document.row, column=columns.get("CONTROL", ""), value=value)
            continue
        yield from _pages_of(document, own, columns)


def _pages_of(document: LoadedDocument, own: ImageDocument, columns: Mapping[str, str]) -> Iterator[Finding]:
    recorded = document.metadata.get("PAGE_COUNT", "")
    # One image of a document that comes as a native is its slip sheet: the count is the native's own.
    is_slip_sheet = document.native_path is not None and own.n_pages == 1
    is_number = recorded.isascii() and recorded.isdigit()
    if is_number and recorded.lstrip("0") != str(own.n_pages) and not is_slip_sheet:
        yield found("PAGE_COUNT_DIFFERS", row=document.row, column=columns["PAGE_COUNT"], value=recorded)
    if "CONTROL_END" not in columns:
        return
    try:
        begin, end = numbering.parse(document.control), numbering.parse(document.control_end)
    except numbering.NotAControlNumber:
        return
    if begin.shares_form(end) and end >= begin and end.number - begin.number + 1 != own.n_pages:
        value = f"{document.control} to {document.control_end}"
        yield found("RANGE_PAGES_DIFFER", row=document.row, column=columns["CONTROL_END"], value=value)


def _against_files(
    loaded: Loaded | None, columns: Mapping[str, str], image_file: ImageFile | None, files: Mapping[str, VolumeFile]
) -> Iterator[Finding]:
    used: dict[str, list[tuple[int, str]]] = defaultdict(list)
    if loaded is not None:
        located, findings = volume.locate(loaded.documents, files)
        for finding in findings:
            yield replace(finding, column=columns.get(finding.column, finding.column))
        for document, place in zip(loaded.documents, located, strict=True):
            for field, path in (("NATIVE", place.native_path), ("TEXT", place.text_path)):
                if path:
                    used[path].append((document.row, columns.get(field, field)))
    for path, rows in used.items():
        for row, column in rows[1:]:
            yield found("FILE_SHARED", row=row, column=column, value=path)
    if image_file is not None:
        by_folded: dict[str, list[str]] = defaultdict(list)
        for path in files:
            by_folded[path.casefold()].append(path)
        for one in image_file.documents:
            yield from _image_files(one, files, by_folded, used)
    yield from _unreferenced(files, used)


def _image_files(
    one: ImageDocument,
    files: Mapping[str, VolumeFile],
    by_folded: Mapping[str, list[str]],
    used: dict[str, list[tuple[int, str]]],
) -> Iterator[Finding]:
    for row in one.rows:
        if row.path is None:
            continue
        path, code = volume.find(row.path, files, by_folded)
        if code:
            yield found(code, row=row.row, column="Path", value=row.raw)
        if path is None:
            continue
        used[path].append((row.row, "Path"))
        facts = files[path]
        if facts.image == "" or (facts.image == "tiff" and facts.n_pages < 0):
            yield found("FILE_NOT_AN_IMAGE", row=row.row, column="Path", value=row.raw)
        elif facts.n_pages > 0 and row.offset == 0:
            expected = one.n_pages if len(one.rows) == 1 else 1
            if facts.n_pages != expected:
                yield found("IMAGE_PAGES_DIFFER", row=row.row, column="Path", value=f"{row.raw}: {facts.n_pages}")


def _unreferenced(files: Mapping[str, VolumeFile], used: Iterable[str]) -> Iterator[Finding]:
    """Yield the files that lie among files that are named, and are not; elsewhere lie load files and manifests."""
    named = set(used)
    folders = {path.rpartition("/")[0] for path in named if "/" in path}
    for path in sorted(files):
        if path not in named and path.rpartition("/")[0] in folders:
            yield found("FILE_UNREFERENCED", value=path)
