"""
A form definition as a document: kept in the database, read back, handed out.

It is JSON Schema as engines.entry.schemas writes it, with two things more: the place of a field under `x-region`, and
the order of the fields under `x-order`, because PostgreSQL keeps the members of a JSON object in an order of its own.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from cursitor.engines.entry import schemas
from cursitor.engines.entry.definition import FormDefinition
from cursitor.lines.entry import regions

ORDER = "x-order"
_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")  # as JSON writes it; a backslash that is text of its own stands doubled


def kept(form: FormDefinition, places: Mapping[str, regions.Region]) -> dict[str, Any]:
    """Return the document to be kept of a form and the places of its fields: plain JSON, the same for equal forms."""
    document = regions.into_document(schemas.to_json_schema(form), places)
    return json.loads(json.dumps({**document, ORDER: [field.key for field in form.fields]}))


def writable(text: str) -> str:
    """Return a text without what a database cannot keep: the character NUL, and halves of a character."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def is_writable(document: object) -> bool:
    """Say whether a document holds only texts that a database can keep."""
    text = json.dumps(document, ensure_ascii=False)
    return text == writable(text) and not _NUL.search(text)


def handed_out(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kept document as JSON Schema whose properties stand in the order of the form."""
    plain = {name: value for name, value in document.items() if name != ORDER}
    properties = plain.get("properties")
    order = document.get(ORDER)
    if isinstance(properties, Mapping) and isinstance(order, list):
        known = [key for key in order if isinstance(key, str) and key in properties]
        plain["properties"] = {key: properties[key] for key in (*known, *properties)}
    return plain


def form(document: Mapping[str, Any]) -> FormDefinition:
    """Return the form of a kept document. :raises engines.entry.definition.DefinitionFaulty:"""
    return schemas.from_json_schema(regions.into_document(handed_out(document), {}))
