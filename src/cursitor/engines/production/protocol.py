"""What the parties agreed on the form of a production, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from cursitor.engines.production.numbering import Numbering
from cursitor.engines.production.privilege_log import Form
from cursitor.engines.production.rows import COLUMNS, DateOrder


class ImageForm(StrEnum):
    """How pages go out."""

    TIFF = "tiff"
    PDF = "pdf"


class ProtocolFaulty(ValueError):
    """Raised when a protocol cannot be followed. The sentence names the line and what it may be."""


SPREADSHEETS = ("xls", "xlsx", "xlsm", "xlsb", "ods", "csv", "tsv")
SOUND_AND_FILM = ("mp3", "wav", "m4a", "wma", "ogg", "flac", "mp4", "mov", "avi", "wmv", "mkv")
SLIDES = ("ppt", "pptx", "pps", "ppsx", "odp")


@dataclass(frozen=True)
class Protocol:
    """
    The form of a production.

    prefix, separator, digits, first: of control numbers. images: single-page Group IV TIFF at 300 dpi, or one PDF a
    document. natives: extensions of what goes out as it is, with a slip sheet; "*" for everything. designations: what
    a coding says -> what is stamped. default_designation: stamped where the coding says nothing. volume: label of the
    volume. per_folder: files in a folder. load_files: dat, dat-cp1252, csv. columns: of the load file in their order,
    by our names. names: our name -> the name the parties agreed on. date_order, between_values, own_range_if_alone:
    see rows.Protocol. privilege_terms: what must be looked at twice before it goes out. privilege_log: how much the
    log says. producing_party, matter: at the head of the printed log.
    """

    prefix: str = "PROD"
    separator: str = "-"
    digits: int = 7
    first: int = 1
    images: ImageForm = ImageForm.TIFF
    natives: tuple[str, ...] = (*SPREADSHEETS, *SOUND_AND_FILM)
    designations: Mapping[str, str] = field(default_factory=dict)
    default_designation: str = ""
    volume: str = "VOL001"
    per_folder: int = 1000
    load_files: tuple[str, ...] = ("dat",)
    columns: tuple[str, ...] = COLUMNS
    names: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = DateOrder.MONTH_FIRST
    between_values: str = "; "
    own_range_if_alone: bool = True
    privilege_terms: tuple[str, ...] = ()
    privilege_log: Form = Form.DOCUMENT
    producing_party: str = ""
    matter: str = ""

    def numbering(self) -> Numbering:
        """Return the form of its control numbers."""
        return Numbering(self.prefix, self.separator, self.digits)

    def goes_native(self, name: str) -> bool:
        """Tell whether a file of this name goes out as it is."""
        extension = name.rpartition(".")[2].lower() if "." in name else ""
        return "*" in self.natives or extension in self.natives


PRESETS: Mapping[str, Protocol] = {
    "STIPULATED_TIFF": Protocol(digits=9),
    "TIFF_PLUS": Protocol(natives=(*SPREADSHEETS, *SLIDES, *SOUND_AND_FILM), load_files=("dat", "csv")),
    "PDF": Protocol(images=ImageForm.PDF),
    "NATIVE": Protocol(natives=("*",)),
}
"""STIPULATED_TIFF follows the order in Blockchain Innovation v. Franklin Resources, N.D. Cal. 4:21-cv-08787, as far as
it is public: Group IV at 300 dpi, one page a file, nine digits after a dash, one text a document."""

_ALIASES = {"start": "first", "volume_label": "volume", "delimiter": "between_values", "default": "default_designation"}
_TABLES = ("production", "numbering", "images", "natives", "endorsement", "load_file", "volume", "privilege", "text")
_KEYS = {
    ("images", "format"): "images",
    ("natives", "types"): "natives",
    ("natives", "extensions"): "natives",
    ("volume", "label"): "volume",
    ("load_file", "formats"): "load_files",
    ("load_file", "fields"): "columns",
    ("load_file", "columns"): "columns",
    ("privilege", "terms"): "privilege_terms",
    ("privilege", "log"): "privilege_log",
    ("endorsement", "designation"): "default_designation",
}


def read(given: Mapping[str, Any]) -> Protocol:
    """
    Return the protocol that a TOML document (as a mapping) tells.

    Keys stand at the top or in the tables numbering, images, natives, endorsement, load_file, volume, privilege; a
    preset is named by `preset`. What is not said is as in the preset, or as in `Protocol`.
    :raises ProtocolFaulty: at the first key or value that cannot be followed.
    """
    values = _flat(given)
    preset = str(values.pop("preset", "")).upper().replace("-", "_").replace(" ", "_")
    if preset and preset not in PRESETS:
        raise ProtocolFaulty(f"There is no preset {preset}; there are {', '.join(PRESETS)}.")
    known = {one.name: one for one in fields(Protocol)}
    for name in values:
        if name not in known:
            raise ProtocolFaulty(f"The protocol says {name}, which is not known. Known: {', '.join(known)}.")
    base = PRESETS.get(preset, Protocol())
    try:
        made = replace(base, **{name: _value(name, value, base) for name, value in values.items()})
    except RecursionError:
        raise ProtocolFaulty("The protocol is nested too deeply.") from None
    _refuse_impossible(made)
    return made


def _flat(given: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in given.items():
        if name in _TABLES and isinstance(value, Mapping):
            for key, inner in value.items():
                alias = _ALIASES.get(str(key), str(key))
                flat[_KEYS.get((name, str(key)), alias)] = inner
        else:
            flat[_ALIASES.get(name, name)] = value
    return flat


def _value(name: str, value: Any, base: Protocol) -> Any:
    present = getattr(base, name)
    try:
        if isinstance(present, bool):
            return _checked(name, value, bool)
        if isinstance(present, StrEnum):
            return type(present)(value.upper() if isinstance(present, DateOrder) else value.lower())
        if isinstance(present, int | str):
            return _checked(name, value, type(present))
        if isinstance(present, Mapping):
            return {str(key): str(inner) for key, inner in value.items()}
        listed = [value] if isinstance(value, str) else list(value)
        lowered = name in ("natives", "load_files")
        return tuple(str(one).lower().lstrip(".") if lowered else str(one) for one in listed)
    except (TypeError, ValueError, AttributeError):
        allowed = f" It is one of {', '.join(type(present))}." if isinstance(present, StrEnum) else ""
        raise ProtocolFaulty(f"{name} cannot be {value!r}.{allowed}") from None


def _checked(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(name)
    return value


def _refuse_impossible(protocol: Protocol) -> None:
    try:
        protocol.numbering()
    except ValueError as problem:
        raise ProtocolFaulty(str(problem)) from None
    if not re.fullmatch(r"[A-Za-z0-9][\w .-]*", protocol.prefix):
        raise ProtocolFaulty(f"The prefix {protocol.prefix!r} cannot name files.")
    if not re.fullmatch(r"\w[\w-]*", protocol.volume):
        raise ProtocolFaulty(f"The volume label {protocol.volume!r} takes letters, digits, _ and -.")
    if protocol.first < 0 or protocol.per_folder < 1:
        raise ProtocolFaulty("Numbers begin at 0 or later, and a folder holds at least one file.")
    unknown = sorted(set(protocol.columns) - set(COLUMNS)) + sorted(set(protocol.names) - set(COLUMNS))
    if unknown:
        raise ProtocolFaulty(f"No such column: {', '.join(unknown)}. Columns: {', '.join(COLUMNS)}.")
    if "BEGBATES" not in protocol.columns:
        raise ProtocolFaulty("The load file needs BEGBATES.")
    shown = [protocol.names.get(column, column) for column in protocol.columns]
    if len(set(shown)) != len(shown):
        raise ProtocolFaulty("Two columns of the load file bear one name.")
    wrong = sorted(set(protocol.load_files) - {"dat", "dat-cp1252", "csv"})
    if wrong or not protocol.load_files:
        raise ProtocolFaulty("load_files takes dat, dat-cp1252 and csv, at least one.")
