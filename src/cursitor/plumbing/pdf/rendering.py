"""Structured data to PDF/A through typst, with the data never becoming markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

import cursitor
from cursitor.plumbing.refusal import Refusal

_ROOT = Path(cursitor.__file__).parent
_HERE = Path(__file__).parent
_STANDARDS = ["a-2a", "ua-1"]
_LACKING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_BOX = "\u25a1"
# Line separators, marks that turn the direction of text and other characters without a form of their own: they would
# let a name in the data rearrange the line it stands in.
_FORMLESS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_HALVES = re.compile("[\ud800-\udfff]")


class TemplateFailed(Refusal):
    """Raised when a document could not be set: a template is at fault, or the data are not those it takes."""

    status = 500


def render(template: str | Path, data: Any) -> bytes:
    """
    Return the document as PDF/A-2a and PDF/UA-1, the same bytes for the same data.

    template: name of a ready template ('privilege_log', 'review_report', 'invoice'), or the path of an app's own .typ
    file inside the package, which imports '/plumbing/pdf/templates/parts.typ'. data: a dataclass of
    plumbing.pdf.documents, or a mapping of strings, numbers, booleans, lists and mappings; either holds `frame`, whose
    fields are handed to the template beside the others, with an aware `created_at` (datetime or ISO 8601).

    Characters none of the fonts holds stand as a box, and a note at the end of the document names them. Characters
    without a form (control characters, marks that turn the direction of text) are left out of the page.

    :raises TemplateFailed: if the template is not there or outside the package, or does not take the data.
    """
    path = _path_of(template)
    values = asdict(data) if is_dataclass(data) and not isinstance(data, type) else dict(data)
    frame = values.pop("frame", {})
    values = {**values, **frame}
    created_at = _moment(values.pop("created_at", None))
    text = json.dumps(_printable(values), ensure_ascii=False, allow_nan=False, sort_keys=True)
    missing: dict[str, None] = {}
    # A second attempt can only lack what the first hid, such as a character of a cluster; each takes some away.
    while True:
        try:
            return _compile(path, text, list(missing), created_at)
        except typst.TypstError as error:
            lacking = _lacking(error) & set(text)
            if not lacking:
                raise TemplateFailed(f"{path.name} could not be set: {error.message}") from error
        missing |= dict.fromkeys(f"U+{ord(character):04X}" for character in sorted(lacking))
        text = text.translate(dict.fromkeys(map(ord, lacking), _BOX))


def _path_of(template: str | Path) -> Path:
    path = template if isinstance(template, Path) else _HERE / "templates" / f"{template}.typ"
    path = path.resolve()
    if not path.is_relative_to(_ROOT.resolve()) or not path.is_file():
        raise TemplateFailed(f"There is no template {template}.")
    return path


def _moment(value: datetime | str | None) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment is None or moment.tzinfo is None:
        raise TemplateFailed("A document needs created_at, a moment with its time zone.")
    return moment


def _printable(value: Any) -> Any:
    """Return the value with every text as it can stand on a page."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", _FORMLESS.sub("", value))
    if isinstance(value, Mapping):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TemplateFailed(f"{type(value).__name__} cannot be printed; write it out as text first.")


def _compile(path: Path, text: str, missing: list[str], created_at: datetime) -> bytes:
    compiler = typst.Compiler(
        path,
        root=_ROOT,
        font_paths=_fonts(),
        sys_inputs={"data": text, "missing": json.dumps(missing)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARDS, timestamp=int(created_at.timestamp()))
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    # System fonts stay out: they would make the bytes depend on the machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[_HERE / "fonts"])


def _lacking(error: typst.TypstError) -> set[str]:
    quoted: Iterable[str] = _LACKING.findall(error.diagnostic + "\n" + error.message)
    return {character for text in quoted for character in _ESCAPE.sub(_unescaped, text)}


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _SHORT_ESCAPES.get(found[2], found[2])
