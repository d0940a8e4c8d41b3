"""A production as it lies on disk: which files are load files, and everything that is amiss with them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cursitor.engines.production import checking, images, loadfile, mapping
from cursitor.engines.production.findings import Finding, found
from cursitor.engines.production.images import ImageFile
from cursitor.engines.production.loadfile import LoadFile
from cursitor.engines.production.mapping import FieldMap, Loaded
from cursitor.engines.production.volume import VolumeFile
from cursitor.plumbing.refusal import Refusal
from cursitor.plumbing.volumes import opening
from cursitor.plumbing.volumes.opening import Volume

_DATA, _IMAGES, _TABLES = (".dat",), (".opt", ".lfp", ".log"), (".csv", ".txt")
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}


class NoLoadFile(Refusal):
    """Raised when a place holds no load file."""


@dataclass(frozen=True)
class Checked:
    """A load file, its image load file, or both. findings: (name of the file it was found in, finding)."""

    n_documents: int
    n_pages: int
    findings: tuple[tuple[str, Finding], ...]


def check(path: Path, *, field_map: FieldMap | None = None) -> Checked:
    """
    Return what is amiss with a load file, or with every load file of a folder or ZIP.

    Files are looked for where the load file lies, or in the folder above, if any that it names is there. A load file
    and an image load file belong together if they have one name, or if there is one of each.
    :raises NoLoadFile: if there is none. :raises VolumeUnusable: if the path leads to nothing that can be opened.
    """
    if path.is_file() and path.suffix.lower() in (*_DATA, *_IMAGES, *_TABLES):
        return _check_file(path, field_map)
    source = opening.open_volume(path)
    try:
        return _check_volume(source, field_map)
    finally:
        source.close()


def read_data(data: bytes, field_map: FieldMap | None) -> tuple[Loaded, FieldMap, LoadFile]:
    """Return the documents of a load file, the field map they were read by, and the file."""
    file = loadfile.read(data)
    chosen = field_map or mapping.guess_mapping(file.header)
    return mapping.load(file, chosen), chosen, file


def volume_facts(source: Volume, loaded: Loaded | None, image_file: ImageFile | None) -> dict[str, VolumeFile]:
    """Return the facts of a volume's files that a check needs: digests of natives that have one recorded, images."""
    digests: dict[str, set[str]] = {}
    known = {path.casefold(): path for path in source.sizes}
    for document in loaded.documents if loaded else ():
        path = known.get((document.native_path or "").casefold())
        if path and document.recorded_hash:
            digests.setdefault(path, set()).add(_DIGESTS[len(document.recorded_hash)])
    named = {row.path.casefold() for one in image_file.documents for row in one.rows if row.path} if image_file else ()
    looked_at = {known[path] for path in named if path in known}
    return opening.facts(source, digests=digests, images=looked_at)


def _check_file(path: Path, field_map: FieldMap | None) -> Checked:
    data = path.read_bytes()
    is_image_file = images.is_image_file(data) is not None or path.suffix.lower() in _IMAGES
    others = [one for one in path.parent.iterdir() if one.stem == path.stem and one != path and one.is_file()]
    twin = next((one for one in others if one.suffix.lower() in (_DATA if is_image_file else _IMAGES)), None)
    both = {path.name: data} | ({twin.name: twin.read_bytes()} if twin else {})
    for folder in (path.parent, path.parent.parent):
        source = opening.FolderVolume(folder) if _is_small(folder) else None
        if source is None:
            break
        checked = _checked(both, field_map, source)
        if checked is not None:
            # The folder may hold other volumes: only what is named is judged.
            findings = tuple(one for one in checked.findings if one[1].code != "FILE_UNREFERENCED")
            return replace(checked, findings=findings)
    checked = _checked(both, field_map, None)
    assert checked is not None
    return checked


def _is_small(folder: Path) -> bool:
    """Tell whether a folder may be listed for the sake of one load file: not a whole disk."""
    return folder not in (Path("/"), Path.home()) and folder.is_dir()


def _check_volume(source: Volume, field_map: FieldMap | None) -> Checked:
    groups = _groups(source, field_map)
    if not groups:
        raise NoLoadFile("No load file (.dat, .csv, .txt, .opt, .lfp) was found there.")
    n_documents = n_pages = 0
    findings: list[tuple[str, Finding]] = []
    for names in groups:
        found_here = _checked({name: _bytes(source, name) for name in names}, field_map, source, is_whole=True)
        assert found_here is not None
        n_documents += found_here.n_documents
        n_pages += found_here.n_pages
        findings += found_here.findings
    if len(groups) > 1:
        # What one load file leaves out another may name.
        findings = [(name, finding) for name, finding in findings if finding.code != "FILE_UNREFERENCED"]
    findings += [("", found(code, value=name)) for name, code in source.refused]
    return Checked(n_documents, n_pages, tuple(findings))


def _groups(source: Volume, field_map: FieldMap | None) -> list[tuple[str, ...]]:
    """Return the names of load files that belong together."""
    data = sorted(name for name in source.sizes if name.lower().endswith(_DATA))
    pages = sorted(name for name in source.sizes if name.lower().endswith(_IMAGES))
    pages = [name for name in pages if not name.lower().endswith(".log") or images.is_image_file(_bytes(source, name))]
    if not data:
        tables = sorted(name for name in source.sizes if name.lower().endswith(_TABLES))
        data = [name for name in tables if _names_documents(source, name, field_map)]
    if len(data) == 1 and len(pages) == 1:
        return [(data[0], pages[0])]
    by_stem: dict[str, list[str]] = {}
    for name in (*data, *pages):
        by_stem.setdefault(PurePosixPath(name).stem.casefold(), []).append(name)
    return [tuple(names) for names in by_stem.values()]


def _names_documents(source: Volume, name: str, field_map: FieldMap | None) -> bool:
    """Tell whether a table has a column of control numbers and one of files: a text of a document has not."""
    with source.open(name) as file:
        head = loadfile.read(file.read(1 << 16))
    columns = (field_map or mapping.guess_mapping(head.header)).columns
    return "CONTROL" in columns and bool({"NATIVE", "TEXT", "CONTROL_END"} & columns.keys())


def _bytes(source: Volume, name: str) -> bytes:
    with source.open(name) as file:
        return file.read()


def _checked(
    files: Mapping[str, bytes], field_map: FieldMap | None, source: Volume | None, *, is_whole: bool = False
) -> Checked | None:
    """Return what is amiss, or None where the volume holds nothing that is named and may thus be another's."""
    loaded: Loaded | None = None
    image_file: ImageFile | None = None
    columns: Mapping[str, str] = {}
    data_name = image_name = ""
    for name, data in files.items():
        if images.is_image_file(data) or name.lower().endswith(_IMAGES):
            image_name, image_file = name, images.read(data)
        else:
            data_name = name
            loaded, chosen, file = read_data(data, field_map)
            columns = {field: column for field, column in chosen.columns.items() if column in file.header}
    known: dict[str, VolumeFile] | None = None
    if source is not None:
        sizes = {name: VolumeFile(size, {}) for name, size in source.sizes.items()}
        loaded = checking.with_paths_of(loaded, sizes) if loaded else None
        image_file = checking.images_with_paths_of(image_file, sizes) if image_file else None
        if not is_whole and not _holds_any(_named(loaded, image_file), source):
            return None
        known = volume_facts(source, loaded, image_file)
        for name in files:
            known.pop(name, None)
    findings = checking.check(loaded, columns, image_file, known)
    of_images = {id(finding) for finding in image_file.findings} if image_file else set()
    told = [
        (image_name if id(finding) in of_images or finding.column in ("ImageKey", "Path") else data_name, finding)
        for finding in findings
    ]
    n_documents = len(loaded.documents) if loaded else len(image_file.documents) if image_file else 0
    return Checked(n_documents, image_file.n_pages if image_file else _pages_told(loaded), tuple(told))


def _named(loaded: Loaded | None, image_file: ImageFile | None) -> Iterable[str]:
    for document in loaded.documents if loaded else ():
        yield from (path for path in (document.native_path, document.text_path) if path)
    for one in image_file.documents if image_file else ():
        yield from (row.path for row in one.rows if row.path)


def _holds_any(named: Iterable[str], source: Volume) -> bool:
    known = {name.casefold() for name in source.sizes}
    return any(path.casefold() in known for path in named)


def _pages_told(loaded: Loaded | None) -> int:
    """Return the sum of the page counts that a load file records; without images nobody can count them."""
    counts = (document.metadata.get("PAGE_COUNT", "") for document in (loaded.documents if loaded else ()))
    return sum(int(count) for count in counts if count.isascii() and count.isdigit() and len(count) < 10)
