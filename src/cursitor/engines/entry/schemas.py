"""
Form definitions as JSON: JSON Schema (draft 2020-12) with what it has no word for under `x-cursitor`, or our own form.

A plain schema of a stranger reads sensibly: `format: date` is a date, `enum` a list, `type` a number, an integer or a
boolean, and every other string a plain text. Nothing is guessed from a name: an amount is money only where the schema
says so (`format: money` or `x-cursitor`). What is not understood is told as a warning, never dropped in silence.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from cursitor.engines.entry import definition, options, patterns
from cursitor.engines.entry.definition import Fault, Field, FieldType, FormDefinition, RequiredWhen, Rule

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEEPEST = 12
MOST_NODES = 10_000
EXTENSION = "x-cursitor"

_WITHOUT_MEANING = frozenset({"$schema", "$id", "$comment", "$defs", "definitions", EXTENSION})
_OF_RECORD = _WITHOUT_MEANING | {"type", "title", "properties", "required", "dependentRequired", "items"}
_OF_FIELD = frozenset({"title", "description", "pattern", "minLength", "maxLength"})
_OF_NUMBER = frozenset({"minimum", "maximum"})
_PLACE = "x-region"  # where a field stands on its page, which the line reads: no matter of the form
_READ_APART = _WITHOUT_MEANING | {"type", "format", "enum", "const", "$ref", _PLACE}
_TYPES = {
    "string": FieldType.TEXT,
    "integer": FieldType.INTEGER,
    "number": FieldType.DECIMAL,
    "boolean": FieldType.BOOLEAN,
}
_FORMATS = {"date": FieldType.DATE, "money": FieldType.MONEY, "currency": FieldType.MONEY}
_WRITTEN: dict[FieldType, dict[str, Any]] = {
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.DECIMAL: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
}

Node = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A definition that was read, and what in the document was not understood or not kept, one sentence each."""

    definition: FormDefinition
    warnings: tuple[str, ...]


def from_json_schema(document: object) -> FormDefinition:
    """
    Return the form a JSON document describes, without the warnings; `read` returns both.

    :raises DefinitionFaulty: with every fault, each naming its field.
    """
    return read(document).definition


def read(document: object) -> Imported:
    """
    Return the form a JSON document describes: a JSON Schema of a record or of a list of records, or our own form.

    Our own form is an object with `fields`, a list of objects with `key` and options in camel or snake case. Objects
    inside a record become fields named with points (`address.city`); lists inside a record are no fields.
    :raises DefinitionFaulty: with every fault, each naming its field.

    >>> schema = {"properties": {"filed": {"type": "string", "format": "date", "x-cursitor": {"critical": True}}}}
    >>> field = read(schema).definition.field("filed")
    >>> field.type, field.is_critical, field.is_double_keyed
    (<FieldType.DATE: 'DATE'>, True, True)
    """
    if not isinstance(document, Mapping):
        raise definition.DefinitionFaulty([Fault("", "a definition is a JSON object")])
    reader = _Reader(document)
    form = reader.native() if isinstance(document.get("fields"), list) else reader.schema()
    if reader.faults:
        raise definition.DefinitionFaulty(reader.faults)
    return Imported(definition.check(form), tuple(reader.warnings))


def to_json_schema(form: FormDefinition) -> dict[str, Any]:
    """Return the form as JSON Schema; `from_json_schema` of the result is the form again, to the last option."""
    document: dict[str, Any] = {"$schema": DIALECT, "title": form.title, "type": "object"}
    document["properties"] = {field.key: _property(field) for field in form.fields}
    required = [field.key for field in form.fields if field.is_required]
    if required:
        document["required"] = required
    return document | {EXTENSION: {"rules": [options.rule_as_json(rule) for rule in form.rules]}}


def _property(field: Field) -> dict[str, Any]:
    told = dict(_WRITTEN.get(field.type, {"type": "string"}))
    texts = {"title": field.label, "description": field.help, "pattern": field.pattern}
    lengths = {"minLength": field.n_characters_min, "maxLength": field.n_characters_max}
    told |= {keyword: value for keyword, value in (texts | lengths).items() if value not in ("", None)}
    if field.type is FieldType.CHOICE:
        told["enum"] = [choice.value for choice in field.choices]
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        bounds = {"minimum": field.minimum, "maximum": field.maximum}
        told |= {keyword: float(text) for keyword, text in bounds.items() if text}
    return told | {EXTENSION: options.field_as_json(field)}


class _Reader:
    """One reading of one document, collecting what is wrong with it and what was left out."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.warnings: list[str] = []
        self.faults: list[Fault] = []
        self.n_nodes = 0

    def native(self) -> FormDefinition:
        """Read our own form."""
        fields = []
        for position, entry in enumerate(self.document["fields"], 1):
            if isinstance(entry, Mapping):
                name = entry.get("key", entry.get("name"))
                fields.append(self._made(name if isinstance(name, str) else f"field {position}", entry))
            else:
                self.faults.append(Fault("", f"field {position} is not an object"))
        self._warn_of_rest("the form", self.document, {"title", "fields", "rules", "$schema", "$comment"})
        return FormDefinition(
            title=self._title(self.document), fields=tuple(fields), rules=self._rules(self.document.get("rules", []))
        )

    def schema(self) -> FormDefinition:
        """Read a JSON Schema of a record or of a list of records."""
        root = self._resolved(self.document, "the schema")
        title = self._title(root)
        if not isinstance(root.get("properties"), Mapping) and isinstance(root.get("items"), Mapping):
            root = self._resolved(root["items"], "the schema")
        if not isinstance(root.get("properties"), Mapping):
            self.faults.append(Fault("", "the document has neither `properties` (JSON Schema) nor `fields`"))
            return FormDefinition(title=title, fields=())
        fields = tuple(self._fields(root, "", ()))
        rules = (*self._rules(self._extension(root, "").get("rules", [])), *self._dependencies(root))
        return FormDefinition(title=title or self._title(root), fields=fields, rules=rules)

    def _fields(self, record: Node, prefix: str, refs: tuple[str, ...]) -> Iterator[Field]:
        self._warn_of_rest(prefix.rstrip(".") or "the record", record, _OF_RECORD)
        required = record.get("required", [])
        if not isinstance(required, list):
            self.faults.append(Fault(prefix.rstrip("."), "`required` is not a list"))
            required = []
        for key, node in record["properties"].items():
            name = f"{prefix}{key}"
            if node is not True and not isinstance(node, Mapping):
                self.warnings.append(f"{name}: not a schema; left out")
                continue
            told: Node = {} if node is True else node
            yield from self._member(name, told, refs, is_required=key in required)

    def _member(self, name: str, node: Node, refs: tuple[str, ...], *, is_required: bool) -> Iterator[Field]:
        """Yield the field of one property, or the fields of an object in it."""
        ref = str(node.get("$ref", ""))
        if (ref and ref in refs) or len(refs) > DEEPEST:
            self.warnings.append(f"{name}: refers to itself; left out")
            return
        resolved = self._resolved(node, name)
        words = self._type_words(resolved)
        if isinstance(resolved.get("properties"), Mapping):
            yield from self._fields(resolved, f"{name}.", (*refs, ref))
        elif words in (["array"], ["object"]) or "items" in resolved:
            self.warnings.append(f"{name}: a list or a free object inside a record is no field; left out")
        else:
            yield self._field(name, resolved, is_required=is_required)

    def _field(self, name: str, node: Node, *, is_required: bool) -> Field:
        extension = {options.snake(str(option)): value for option, value in self._extension(node, name).items()}
        told: dict[str, Any] = {"key": name, "required": is_required, "type": self._type(name, node)}
        understood = _OF_FIELD | (_OF_NUMBER if told["type"] in definition.NUMBERS else frozenset())
        told |= {keyword: node[keyword] for keyword in sorted(understood) if keyword in node}
        if told["type"] != FieldType.BOOLEAN and self._listed(node):
            told["choices"] = self._listed(node)
        if not extension and not self._is_safe(name, node.get("pattern")):
            del told["pattern"]
        self._warn_of_rest(name, node, understood | _READ_APART)
        return self._made(name, told | extension)

    def _made(self, name: str, told: Node) -> Field:
        made, problems, unknown = options.field_of(told)
        self.faults += [Fault(name, problem) for problem in problems]
        self.warnings += [f"{name}: {option!r} is not understood; left out" for option in unknown]
        return made

    def _type(self, name: str, node: Node) -> FieldType:
        words = self._type_words(node)
        unknown = [word for word in words if word not in _TYPES]
        if unknown:
            self.faults.append(Fault(name, f"{unknown[0]!r} is not a type that can be keyed"))
            return FieldType.TEXT
        if set(words) == {"integer", "number"}:
            words = ["number"]
        if len(words) > 1:
            self.warnings.append(f"{name}: may be {' or '.join(words)}; read as plain text")
            return FieldType.TEXT
        return self._type_by_format(name, node, words[0] if words else "")

    def _type_by_format(self, name: str, node: Node, word: str) -> FieldType:
        form = node.get("format")
        if (
            isinstance(form, str)
            and (found := _FORMATS.get(form))
            and (word in ("", "string") or (word in ("number", "integer") and found is FieldType.MONEY))
        ):
            return found
        if form is not None:
            self.warnings.append(f"{name}: the format {form!r} is not checked")
        listed = self._listed(node)
        plain = _TYPES[word] if word else _type_of_values(listed)
        return FieldType.CHOICE if plain is FieldType.TEXT and listed else plain

    def _type_words(self, node: Node) -> list[str]:
        told = node.get("type", [])
        words = [told] if isinstance(told, str) else told if isinstance(told, list) else [repr(told)]
        return [str(word) for word in words if word != "null"]

    def _listed(self, node: Node) -> list[Any]:
        """Return the values a field is restricted to but for "nothing"; empty where it is not restricted."""
        values = node.get("enum", [node["const"]] if "const" in node else [])
        return [value for value in values if value not in (None, "")] if isinstance(values, list) else [values]

    def _is_safe(self, name: str, pattern: object) -> bool:
        """Say whether the pattern of a foreign schema can be run; where not, it is left out with a warning."""
        if not isinstance(pattern, str):
            return True
        try:
            patterns.compiled(pattern)
        except patterns.PatternRefused as refused:
            self.warnings.append(f"{name}: {refused}; it is not checked")
            return False
        return True

    def _resolved(self, node: Node, name: str) -> Node:
        """Return a schema with its references followed, `allOf` put together and a lone alternative to null taken."""
        resolved = node
        while step := next((word for word in ("$ref", "allOf", "anyOf", "oneOf") if word in resolved), None):
            self.n_nodes += 1
            if self.n_nodes > MOST_NODES:
                raise definition.DefinitionFaulty([Fault(name, "the schema refers to itself without end")])
            rest = {keyword: value for keyword, value in resolved.items() if keyword != step}
            resolved = _merged([*self._parts(step, resolved[step], name), rest])
        return resolved

    def _parts(self, step: str, told: object, name: str) -> list[Node]:
        if step == "$ref":
            return [self._target(told, name)]
        parts = [part for part in told if isinstance(part, Mapping)] if isinstance(told, list) else []
        if step == "allOf":
            return parts
        parts = [part for part in parts if part.get("type") != "null"]
        if parts and all("const" in part for part in parts):
            labelled = [{"value": part["const"], "label": part.get("title", "")} for part in parts]
            return [{"enum": labelled}]
        if [part.get("type") for part in parts] == ["number", "string"] and "pattern" in parts[1]:
            # A number that may also be written as text, as generators of schemas put a decimal.
            parts = parts[:1]
        if len(parts) != 1:
            self.warnings.append(f"{name}: {step!r} is not understood; left out")
        return parts if len(parts) == 1 else []

    def _target(self, ref: object, name: str) -> Node:
        target: Any = self.document
        steps = ref[1:].split("/")[1:] if isinstance(ref, str) and ref.startswith("#") else None
        for step in steps or []:
            key = step.replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, Mapping) else None
        if steps is None or not isinstance(target, Mapping):
            self.warnings.append(f"{name}: the reference {str(ref)[:80]!r} leads nowhere in this document; left out")
            return {}
        return target

    def _dependencies(self, root: Node) -> Iterator[Rule]:
        told = root.get("dependentRequired", {})
        for when, keys in told.items() if isinstance(told, Mapping) else ():
            yield from (RequiredWhen(field=str(key), when=when) for key in (keys if isinstance(keys, list) else ()))

    def _rules(self, told: object) -> tuple[Rule, ...]:
        rules = []
        for rule in options.rules_of(told):
            if isinstance(rule, str):
                self.faults.append(Fault("", rule))
            else:
                rules.append(rule)
        return tuple(rules)

    def _title(self, node: Node) -> str:
        title = node.get("title", "")
        if not isinstance(title, str):
            self.faults.append(Fault("", "the title is not a text"))
            return ""
        return title

    def _extension(self, node: Node, name: str) -> Node:
        told = node.get(EXTENSION, {})
        if not isinstance(told, Mapping):
            self.faults.append(Fault(name, f"`{EXTENSION}` is not an object"))
            return {}
        return told

    def _warn_of_rest(self, name: str, node: Node, understood: frozenset[str] | set[str]) -> None:
        for keyword in node:
            if keyword not in understood:
                self.warnings.append(f"{name}: {keyword!r} is not kept")


def _merged(parts: list[Node]) -> Node:
    """Return schemas that hold together as one: properties and required fields joined, of the rest the later counts."""
    merged: dict[str, Any] = {}
    for part in parts:
        for keyword, value in part.items():
            earlier = merged.get(keyword)
            if keyword == "properties" and isinstance(earlier, Mapping) and isinstance(value, Mapping):
                merged[keyword] = {**earlier, **value}
            elif keyword in ("required", "allOf") and isinstance(earlier, list) and isinstance(value, list):
                merged[keyword] = [*earlier, *value]
            else:
                merged[keyword] = value
    return merged


def _type_of_values(values: list[Any]) -> FieldType:
    if values and all(isinstance(value, bool) for value in values):
        return FieldType.BOOLEAN
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return FieldType.DECIMAL
    return FieldType.TEXT
