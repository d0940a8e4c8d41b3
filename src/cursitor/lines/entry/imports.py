"""Where a form definition may come from besides the page: a JSON document somebody has, or one of the starters."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cursitor.engines import entry as engine
from cursitor.engines.entry.definition import DefinitionFaulty, FormDefinition
from cursitor.lines.entry import documents, regions
from cursitor.plumbing.refusal import Invalid

DATA = Path(__file__).parent / "data"
STARTERS = ("fara", "invoice", "contract")
LARGEST = 2_000_000


class ImportRefused(Invalid):
    """Raised when a document holds no definition that can be keyed by. `faults` lists it item by item."""

    def __init__(self, sentence: str, faults: tuple[str, ...] = ()) -> None:
        self.head, self.faults = sentence, faults
        super().__init__(" ".join((sentence, *faults)), field="")


@dataclass(frozen=True)
class Imported:
    """A form with the places of its fields, and what of the document was not understood, one sentence each."""

    form: FormDefinition
    places: dict[str, regions.Region]
    warnings: tuple[str, ...]


def read(data: bytes) -> Imported:
    """
    Return the definition in a JSON document: JSON Schema, one exported here, or the short form with a list of fields.

    data: UTF-8, at most 2 MB, with or without a byte order mark.
    :raises ImportRefused: naming every item that cannot be used.
    """
    if len(data) > LARGEST:
        raise ImportRefused(f"The document is larger than {LARGEST // 1_000_000} MB; a form definition is smaller.")
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ImportRefused(f"This is not UTF-8 text: byte {error.start + 1} does not fit.") from error
    except RecursionError as error:
        raise ImportRefused("The document is nested too deeply.") from error
    except ValueError as error:
        raise ImportRefused(f"This is not JSON: {error}.") from error
    return of_document(document)


def of_document(document: Any) -> Imported:
    """Return the definition in a parsed document. :raises ImportRefused:"""
    plain, places = document, {}
    try:
        if not documents.is_writable(document):
            raise ImportRefused("A text of the document holds a character that cannot be kept, such as NUL.")
        if isinstance(document, dict):
            places = regions.of_document(document)
            plain = _without_ours(document)
        made = engine.read(plain)
    except DefinitionFaulty as faulty:
        told = tuple(
            f"{fault.field}: {fault.sentence}." if fault.field else f"{fault.sentence}." for fault in faulty.faults
        )
        raise ImportRefused("The definition cannot be keyed by.", told) from faulty
    except RecursionError as error:
        raise ImportRefused("The document is nested too deeply.") from error
    known = {field.key for field in made.definition.fields}
    return Imported(made.definition, {key: place for key, place in places.items() if key in known}, made.warnings)


def starters() -> tuple[tuple[str, str], ...]:
    """Return (key, title) of the definitions that come with the product."""
    return tuple((key, starter(key).form.title) for key in STARTERS)


@lru_cache(maxsize=len(STARTERS))
def starter(key: str) -> Imported:
    """Return a definition that comes with the product. :raises Invalid: for a key that is none of them."""
    if key not in STARTERS:
        raise Invalid("There is no such starter.", field="starter")
    return read((DATA / f"{key}.json").read_bytes())


def _without_ours(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the engine does not know: the places, and the order where the properties already stand in it."""
    plain = {name: value for name, value in document.items() if name != documents.ORDER}
    properties = plain.get("properties")
    if isinstance(properties, dict):
        plain["properties"] = {
            key: {name: value for name, value in about.items() if name != regions.KEYWORD}
            if isinstance(about, dict)
            else about
            for key, about in properties.items()
        }
    return plain


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
