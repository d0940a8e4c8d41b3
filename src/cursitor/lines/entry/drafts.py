"""
A form definition while somebody makes it: what was typed, as it was typed, sound or not.

A draft is plain JSON: {"title", "prefill", "base": version it began from or 0, "origin": sentence, "warnings": [...],
"fields": [entry, ...], "rules": [entry, ...], "open": id of the entry being edited or 0, "next": next free id}. An
entry keeps the texts of the inputs of a field or a rule by their names, ticks as true or false, and an "id" of its own.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cursitor.engines import entry as engine
from cursitor.engines.entry.definition import NUMBERS, Choice, DateOrder, Field, FieldType, FormDefinition
from cursitor.lines.entry import documents, regions, rule_drafts
from cursitor.lines.entry.models import Schema

TICKS = ("is_required", "is_critical", "is_double_keyed", "accepts_partial")
PLACE = ("region_page", "region_x", "region_y", "region_w", "region_h")
TEXTS = (
    *("label", "key", "type", "help", "pattern", "choices", "n_characters_min", "n_characters_max"),
    *("minimum", "maximum", "date_order", "latest_year", "decimal_mark", "currency", "anchors", *PLACE),
)
LONGEST_KEY = 60
LONGEST_TEXT = 20_000
_BAR = re.compile(r"(?<!\\)\|")  # a bar that is not written \|
_BLAMED = (
    ("the pattern", "pattern"),
    ("a key has", "key"),
    ("the key", "key"),
    ("choice", "choices"),
    ("characters", "n_characters_max"),
    ("decimal mark", "decimal_mark"),
    ("currency", "currency"),
    ("latest year", "latest_year"),
    ("the bound", "minimum"),
    ("the minimum", "minimum"),
)
"""Words of the engine's sentence about a field -> the input that it speaks of; the first that fits."""

Draft = dict[str, Any]
Entry = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft. entry: id of its field or rule, or 0. input: the input's name, or empty."""

    entry: int
    input: str
    name: str
    sentence: str


@dataclass(frozen=True)
class Read:
    """A draft as far as it can be read: the form and the places of its fields, and everything wrong with it."""

    form: FormDefinition
    places: dict[str, regions.Region]
    faults: tuple[Fault, ...]

    @property
    def document(self) -> dict[str, Any]:
        return documents.kept(self.form, self.places)


def empty(*, base: int = 0) -> Draft:
    draft = {"title": "", "prefill": False, "base": base, "origin": "An empty form", "warnings": []}
    return draft | {"fields": [], "rules": [], "open": 0, "next": 1}


def of_form(
    form: FormDefinition,
    places: Mapping[str, regions.Region],
    *,
    origin: str,
    base: int = 0,
    prefill: bool = False,
    warnings: Iterable[str] = (),
) -> Draft:
    """Return a draft that begins with a form."""
    draft = empty(base=base) | {"title": form.title, "prefill": prefill, "origin": origin, "warnings": list(warnings)}
    for field in form.fields:
        _append(draft, "fields", texts_of(field, places.get(field.key)))
    for rule in form.rules:
        _append(draft, "rules", rule_drafts.texts_of(rule))
    draft["warnings"] += _changed_by_typing(form, draft)
    return draft


def of_schema(schema: Schema, *, origin: str, base: int = 0) -> Draft:
    """Return a draft that begins with a version of a form definition."""
    places = regions.of_document(schema.definition)
    form = documents.form(schema.definition)
    return of_form(form, places, origin=origin, base=base, prefill=schema.prefill)


def texts_of(field: Field, place: regions.Region | None) -> Entry:
    """Return the inputs of a field."""
    entry: Entry = {name: _text(getattr(field, name, "")) for name in TEXTS if name not in PLACE}
    entry |= {name: getattr(field, name) for name in TICKS}
    entry["choices"] = "\n".join(_choice_line(choice) for choice in field.choices)
    entry["anchors"] = "\n".join(field.anchors)
    if place:
        entry["region_page"] = str(place.page)
        entry |= {f"region_{side}": f"{share:g}" for side, share in place.per_cent.items()}
    return entry


def field_of(entry: Mapping[str, Any]) -> tuple[Field, regions.Region | None, dict[str, str]]:
    """Return the field and the place that the inputs describe, and what is wrong with them by input."""
    wrong: dict[str, str] = {}
    given = {name: str(entry.get(name) or "").strip() for name in TEXTS}
    given["pattern"] = str(entry.get("pattern") or "")
    kind = FieldType(given["type"]) if given["type"] in FieldType.__members__ else FieldType.TEXT
    if given["type"] and given["type"] not in FieldType.__members__:
        wrong["type"] = f"{given['type']} is not a type of field."
    if not given["label"] and not given["key"]:
        wrong["label"] = "Give the field a label."
    if len(given["key"]) > LONGEST_KEY:
        wrong["key"] = f"A key has at most {LONGEST_KEY} characters."
    options = _options(given, kind, wrong)
    is_critical = bool(entry.get("is_critical"))
    field = Field(
        key=given["key"],
        label=given["label"],
        type=kind,
        help=given["help"],
        is_required=bool(entry.get("is_required")),
        is_critical=is_critical,
        is_double_keyed=is_critical or bool(entry.get("is_double_keyed")),
        accepts_partial=kind is FieldType.DATE and bool(entry.get("accepts_partial")),
        **options,
    )
    place = _place(given, wrong)
    if given["key"]:
        for fault in engine.faults(FormDefinition(title="", fields=(field,))):
            wrong.setdefault(_blamed(fault.sentence), _sentence(fault.sentence))
    return field, place, wrong


def read(draft: Draft) -> Read:
    """Return the form a draft describes with everything that is wrong with it, in the order of the page."""
    faults, fields, places = [], [], {}
    for entry in draft["fields"]:
        field, place, wrong = field_of(entry)
        faults += [Fault(entry["id"], name, name_of(entry), sentence) for name, sentence in wrong.items()]
        fields.append(field)
        if place:
            places[field.key] = place
    rules = []
    for number, entry in enumerate(draft["rules"], 1):
        rule, wrong = rule_drafts.rule_of(entry)
        faults += [Fault(entry["id"], name, f"Rule {number}", sentence) for name, sentence in wrong.items()]
        rules.append(rule)
    form = FormDefinition(title=draft["title"].strip(), fields=tuple(fields), rules=tuple(rules))
    return Read(form, places, (*faults, *_of_the_whole(draft, form, faults)))


def _changed_by_typing(form: FormDefinition, draft: Draft) -> list[str]:
    """Return a sentence for each field or rule that inputs cannot hold to the last character: blanks at an end, say."""
    typed = read(draft).form
    fields, rules = (zip(*pair, strict=True) for pair in ((form.fields, typed.fields), (form.rules, typed.rules)))
    changed = [f"The field {before.name}" for before, after in fields if before != after]
    changed += [f"Rule {number}" for number, (before, after) in enumerate(rules, 1) if before != after]
    return [f"{name} could not be taken over to the last character." for name in changed]


def name_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("label") or entry.get("key") or "").strip() or "Field without a label"


def key_from(label: str, taken: Iterable[str]) -> str:
    """
    Return a key made from a label: small letters, digits and underscores, and none of the taken.

    >>> key_from("Date of filing (stamp)", []), key_from("Name", ["name"]), key_from("???", [])
    ('date_of_filing_stamp', 'name_2', 'field')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: LONGEST_KEY - 5].rstrip("_") or "field"
    used = set(taken)
    return next(key for n in range(1, len(used) + 2) if (key := base if n == 1 else f"{base}_{n}") not in used)


def apply(draft: Draft, posted: Mapping[str, Any]) -> Draft:
    """Take over what was typed: the form's own inputs, and those of the entry that is open."""
    posted = {name: documents.writable(value) if isinstance(value, str) else value for name, value in posted.items()}
    draft["title"] = str(posted.get("title", draft["title"]))[:300]
    draft["prefill"] = bool(posted.get("prefill"))
    entry = opened(draft)
    if entry is None or str(posted.get("entry")) != str(entry["id"]):
        return draft
    if "kind" in entry:
        entry |= rule_drafts.taken(entry["kind"], posted)
        return draft
    before = entry.get("key", "")
    entry |= {name: str(posted.get(name, ""))[:LONGEST_TEXT] for name in TEXTS}
    entry |= {name: bool(posted.get(name)) for name in TICKS}
    entry["key"] = entry["key"].strip()
    entry["is_fresh"] = False
    if not entry["key"] and entry["label"].strip():
        entry["key"] = key_from(entry["label"], (other.get("key", "") for other in draft["fields"]))
    if before and entry["key"] and before != entry["key"]:
        rule_drafts.rename(draft["rules"], before, entry["key"])
    return draft


def act(draft: Draft, verb: str, on: str = "") -> Draft:
    """
    Do what a button says: open, up, down, remove (of an entry, by its id), close, add, add-rule (of a kind).

    A button of an entry that is gone changes nothing: it was pressed twice.
    """
    if verb == "add":
        draft["open"] = _append(draft, "fields", {"type": FieldType.TEXT.value, "is_fresh": True})
    elif verb == "add-rule" and on in rule_drafts.KINDS:
        draft["open"] = _append(draft, "rules", rule_drafts.fresh(on))
    elif verb == "close":
        draft["open"] = 0
    elif verb in ("open", "up", "down", "remove"):
        _act_on_entry(draft, verb, on)
    return draft


def look_at_all(draft: Draft) -> Draft:
    """Let everything that is wrong be told, of entries too that nobody has typed into yet."""
    for entry in (*draft["fields"], *draft["rules"]):
        entry["is_fresh"] = False
    draft["is_looked_at"] = True
    return draft


def opened(draft: Draft) -> Entry | None:
    """Return the entry that is being edited."""
    return next((entry for entry in (*draft["fields"], *draft["rules"]) if entry["id"] == draft["open"]), None)


def _act_on_entry(draft: Draft, verb: str, on: str) -> None:
    for entries in (draft["fields"], draft["rules"]):
        place = next((place for place, entry in enumerate(entries) if str(entry["id"]) == on), None)
        if place is None:
            continue
        other = place + {"up": -1, "down": 1}.get(verb, 0)
        if verb == "remove":
            del entries[place]
        elif verb == "open":
            draft["open"] = entries[place]["id"]
        elif 0 <= other < len(entries):
            entries[place], entries[other] = entries[other], entries[place]


def _append(draft: Draft, kind: str, entry: Entry) -> int:
    number = draft["next"]
    draft[kind].append({**entry, "id": number})
    draft["next"] = number + 1
    return number


def _options(given: Mapping[str, str], kind: FieldType, wrong: dict[str, str]) -> dict[str, Any]:
    """Return the options that a field of this type has; those of other types are let go."""
    is_bounded = kind in NUMBERS or kind is FieldType.DATE
    options: dict[str, Any] = {
        "pattern": given["pattern"],
        "n_characters_min": _whole(given, "n_characters_min", wrong),
        "n_characters_max": _whole(given, "n_characters_max", wrong),
        "minimum": given["minimum"] if is_bounded else "",
        "maximum": given["maximum"] if is_bounded else "",
        "anchors": tuple(_lines(given["anchors"])),
    }
    if kind is not FieldType.BOOLEAN:
        options["choices"] = tuple(map(_choice, _lines(given["choices"])))
    if kind is FieldType.DATE:
        known = given["date_order"] in DateOrder.__members__
        options["date_order"] = DateOrder(given["date_order"]) if known else None
        options["latest_year"] = _whole(given, "latest_year", wrong)
    if kind in NUMBERS:
        options["decimal_mark"] = given["decimal_mark"] or "."
    if kind is FieldType.MONEY:
        options["currency"] = given["currency"].upper()
    return options


def _place(given: Mapping[str, str], wrong: dict[str, str]) -> regions.Region | None:
    if not any(given[name] for name in PLACE):
        return None
    try:
        sides = {side: float(given[f"region_{side}"]) / 100 for side in "xywh"}
        return regions.read("", {"page": int(given["region_page"] or 1), **sides})
    except ValueError:
        wrong["region_x"] = "A place is a page and four numbers, in per cent of the page."
    except regions.RegionOff:
        wrong["region_x"] = "The place lies off the page: left plus width, and top plus height, are at most 100."
    return None


def _of_the_whole(draft: Draft, form: FormDefinition, told: list[Fault]) -> Iterable[Fault]:
    """Yield what the engine finds in the form that no single field showed: keys used twice, rules that do not fit."""
    known = {(fault.name, fault.sentence) for fault in told}
    ids = {entry.get("key"): entry for entry in reversed(draft["fields"])}
    for fault in engine.faults(form):
        entry = ids.get(fault.field)
        sentence = _sentence(fault.sentence)
        rule = re.match(r"rule (\d+) (.*)", fault.sentence)
        if rule and int(rule[1]) <= len(draft["rules"]):
            of_rule = draft["rules"][int(rule[1]) - 1]["id"]
            if not any(one.entry == of_rule for one in told):
                yield Fault(of_rule, "", f"Rule {rule[1]}", f"It {rule[2]}: {fault.field}.")
        elif entry is None:
            if fault.field or not told:
                yield Fault(0, "", "", sentence)
        elif (name_of(entry), sentence) not in known and fault.field:
            yield Fault(entry["id"], _blamed(fault.sentence), name_of(entry), sentence)


def _blamed(sentence: str) -> str:
    return next((name for words, name in _BLAMED if words in sentence), "label")


def _sentence(told: str) -> str:
    return f"{told[:1].upper()}{told[1:]}."


def _whole(given: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    if not given[name]:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", given[name]):
        wrong[name] = "A whole number."
        return None
    return int(given[name])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _choice(line: str) -> Choice:
    value, label = (*_BAR.split(line, maxsplit=1), "")[:2]
    return Choice(value.strip().replace(r"\|", "|"), label.strip().replace(r"\|", "|"))


def _choice_line(choice: Choice) -> str:
    value, label = choice.value.replace("|", r"\|"), choice.label.replace("|", r"\|")
    return f"{value} | {label}" if label else value


def _text(value: object) -> str:
    return "" if value is None else str(value)
