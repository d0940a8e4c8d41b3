"""
Documents inside documents: OLE and OOXML embedded objects, and attachments of PDF.

Embedded files and documents are children. Pictures that only decorate a page, equations and the previews of objects
are not: they have no meaning apart from the page and are seen on it.
Sources: MS-OLEDS 2.3.6 (OLENativeStream), MS-DOC 2.1.6 (ObjectPool), MS-XLS 2.1.7.11 (MBD storages), MS-PPT 2.10.34
(ExOleObjStg), ECMA-376 part 2 (embeddings), ISO 32000-1 7.11.4 (embedded files).
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import olefile

from cursitor.engines.processing import charsets, compound, kinds
from cursitor.engines.processing.containers import Child, Means, bounded, held, label
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.kinds import Group, Kind
from cursitor.engines.processing.limits import Budget, Limits

_OFFICE = (Group.DOCUMENT, Group.SPREADSHEET, Group.PRESENTATION)
_EMBEDDINGS = re.compile(r"(?:^|/)embeddings/[^/]+$")
_MBD = re.compile(r"MBD[0-9A-F]{8}", re.I)
_NATIVE, _PACKAGE, _CONTENTS = "\x01ole10native", "package", "contents"
_DOCUMENT_STREAMS = ("worddocument", "workbook", "book", "powerpoint document", "visiodocument",
                     "__properties_version1.0", "encryptedpackage")  # fmt: skip
_EX_OLE_OBJECT = 0x1011
_EQUATION = "Equation Native".encode("utf-16-le")
_CHUNK = 1024 * 1024


def children(kind: Kind, data: bytes, limits: Limits, means: Means) -> Iterator[Child]:
    """
    Yield the documents inside a document, in the order of their names; nothing for kinds that hold none.

    Never raises on account of the document: what cannot be opened for its text says so there.
    :raises LimitHit: when there are more children or bytes than allowed.
    """
    budget = Budget(limits)
    found = _found(kind, data, limits, means)
    while (child := _next(found)) is not None:
        budget.count_child()
        budget.count_bytes(child.size)
        yield child


def _next(found: Iterator[Child]) -> Child | None:
    try:
        return next(found, None)
    except (MemoryError, ProcessingException):
        raise
    except Exception:  # noqa: BLE001 (damage is named by the reader of the text)
        return None


def _found(kind: Kind, data: bytes, limits: Limits, means: Means) -> Iterator[Child]:
    if kind.group is Group.PDF:
        return _of_pdf(data, means) if _may_hold_files(data) else iter(())
    if kind.group not in _OFFICE:
        return iter(())
    if data.startswith(olefile.MAGIC):
        return _of_compound(data, limits)
    return _of_package(data, limits, means) if data.startswith(b"PK") else iter(())


def _of_package(data: bytes, limits: Limits, means: Means) -> Iterator[Child]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for member in sorted(package.infolist(), key=lambda member: member.filename):
            if not _EMBEDDINGS.search(member.filename) or member.flag_bits & 1:
                continue
            name = label(member.filename.rpartition("/")[2])
            try:
                child = held(name, bounded(_pieces(package, member), max(1, member.compress_size), limits), means.spill)
            except ProcessingException as failure:
                yield Child(name, exception=failure)
                continue
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as failure:
                message = f"The embedded object is damaged: {failure}"
                yield Child(name, exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))
                continue
            if _EQUATION not in child.data[:65536]:
                yield _unwrapped(child)


def _pieces(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(member) as packed:
        while piece := packed.read(_CHUNK):
            yield piece


def _unwrapped(child: Child) -> Child:
    """Return what an OLE wrapper holds, the child itself if it is none."""
    if not child.data.startswith(olefile.MAGIC):
        return child
    with contextlib.suppress(Exception), compound.opened(child.data) as inner:
        return _of_storage(inner, [], child.name.removesuffix(".bin")) or child
    return child


def _of_compound(data: bytes, limits: Limits) -> Iterator[Child]:
    with compound.opened(data) as whole:
        for path in sorted(_object_storages(whole)):
            child = _of_storage(whole, path, path[-1].strip("\x01"))
            if child is not None:
                yield child
        if whole.exists("PowerPoint Document"):
            yield from _of_slides(whole.openstream("PowerPoint Document").read(limits.item_bytes), limits)


def _object_storages(whole: Any) -> list[list[str]]:
    return [
        path
        for path in whole.listdir(streams=False, storages=True)
        if (len(path) == 2 and path[0].lower() == "objectpool") or (len(path) == 1 and _MBD.fullmatch(path[0]))
    ]


def _of_storage(whole: Any, path: list[str], name: str) -> Child | None:
    streams = {entry[-1].lower(): entry for entry in whole.listdir() if entry[:-1] == path}
    if _NATIVE in streams:
        return _native(whole.openstream(streams[_NATIVE]).read(), name)
    for wanted in (_PACKAGE, _CONTENTS):
        if wanted in streams:
            data = whole.openstream(streams[wanted]).read()
            return Child(_named(name, data), data) if data else None
    if not any(stream in streams for stream in _DOCUMENT_STREAMS):
        return None
    data = compound.write(tuple(_nodes(whole, path)))
    return Child(_named(name, data), data)


def _nodes(whole: Any, path: list[str]) -> Iterator[compound.Node]:
    depth = len(path)
    entries = [entry for entry in whole.listdir(streams=True, storages=True) if entry[:depth] == path]
    for entry in entries:
        if len(entry) != depth + 1:
            continue
        if whole.get_type(entry) == olefile.STGTY_STREAM:
            yield compound.Node(entry[-1], whole.openstream(entry).read())
        else:
            yield compound.Node(entry[-1], children=tuple(_nodes(whole, entry)))


def _native(stream: bytes, name: str) -> Child | None:
    """Return the file in an OLENativeStream: its name and bytes, or the bare bytes where there is no name."""
    size = int.from_bytes(stream[:4], "little")
    body = stream[4 : 4 + size]
    if body[:2] != b"\x02\x00":
        return Child(_named(name, body), body) if body and kinds.identify(body, "").group is not Group.UNKNOWN else None
    shown, _, rest = body[2:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    path_length = int.from_bytes(rest[4:8], "little")
    at = 8 + path_length
    length = int.from_bytes(rest[at : at + 4], "little")
    data = rest[at + 4 : at + 4 + length]
    if not data:
        return None
    written = charsets.decode(shown)[0]
    return Child(label(re.split(r"[\\/]", written)[-1] or name), data)


def _of_slides(stream: bytes, limits: Limits) -> Iterator[Child]:
    at, position = 0, 0
    while at + 8 <= len(stream):
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        if kind != _EX_OLE_OBJECT:
            # Containers (version 0xF) are walked into, atoms are passed over.
            at += 8 if version & 0xF == 0xF else 8 + size
            continue
        body, at = stream[at + 8 : at + 8 + size], at + 8 + size
        position += 1
        data = body
        if version >> 4 == 1:
            expanded = int.from_bytes(body[:4], "little")
            if expanded > limits.item_bytes:
                continue
            data = zlib.decompressobj().decompress(body[4:], expanded or 1)
        child = _unwrapped(Child(f"object-{position}.bin", data))
        if child.data is not data or _is_document(data):
            yield Child(_named(child.name.removesuffix(".bin"), child.data), child.data)


def _is_document(data: bytes) -> bool:
    return kinds.identify(data, "").group in _OFFICE


_EXTENSIONS = {
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.visio": "vsd",
    "application/vnd.ms-outlook": "msg",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/zip": "zip",
    "image/png": "png",
    "image/jpeg": "jpg",
}


def _named(name: str, data: bytes) -> str:
    """Return a label with the extension that the content asks for, where the name has none."""
    if kinds.extension(name):
        return label(name)
    mime = kinds.identify(data, "").mime
    ending = _EXTENSIONS.get(mime) or {
        "wordprocessingml": "docx",
        "spreadsheetml": "xlsx",
        "presentationml": "pptx",
    }.get(mime.rpartition("officedocument.")[2].partition(".")[0], "bin")
    return label(f"{name}.{ending}")


def _may_hold_files(data: bytes) -> bool:
    # Object streams are compressed and may hide the words; without them the words are there to be seen.
    return b"/EmbeddedFile" in data or b"/FileAttachment" in data or b"/ObjStm" in data


def _of_pdf(data: bytes, means: Means) -> Iterator[Child]:
    with _opened_pdf(data, means.passwords) as pdf:
        seen: set[tuple[int, int]] = set()
        for name, file in pdf.attachments.items():
            seen.add(file.obj.objgen)
            yield _attached_file(name, file)
        for page in pdf.pages:
            for annotation in page.get("/Annots", ()):
                spec = annotation.get("/FS") if annotation.get("/Subtype") == "/FileAttachment" else None
                if spec is None or spec.objgen in seen:
                    continue
                yield _annotated_file(spec)


def _opened_pdf(data: bytes, passwords: tuple[str, ...]) -> Any:
    # Loaded when it is needed: few PDF hold files, and it takes long to load.
    import pikepdf

    for password in ("", *passwords):
        with contextlib.suppress(pikepdf.PasswordError):
            return pikepdf.open(io.BytesIO(data), password=password)
    raise pikepdf.PasswordError


def _attached_file(name: str, file: Any) -> Child:
    shown = label(str(file.filename or name or "attachment"))
    try:
        return Child(shown, file.get_file().read_bytes())
    except Exception as failure:  # noqa: BLE001 (a damaged attachment costs itself, not its neighbours)
        message = f"The attachment of the PDF is damaged: {failure}"
        return Child(shown, exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))


def _annotated_file(spec: Any) -> Child:
    name = label(str(spec.get("/UF") or spec.get("/F") or "attachment"))
    try:
        return Child(name, spec.EF.F.read_bytes())
    except Exception as failure:  # noqa: BLE001 (a damaged attachment costs itself, not its neighbours)
        message = f"The attachment of the PDF is damaged: {failure}"
        return Child(name, exception=ProcessingException(Stage.EXPAND, Class.CORRUPT, message))
