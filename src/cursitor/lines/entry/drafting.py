"""A draft of a form definition as its page shows it, and the ways to begin one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cursitor.engines.entry.definition import NUMBERS, Field, FormDefinition
from cursitor.lines.entry import differences, drafts, forms, imports, queries, regions
from cursitor.lines.entry.models import Schema
from cursitor.plumbing.refusal import Invalid
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import WorkOrder

SHEET = (850, 1100)
"""Width and height that stand for a page while there is none to show: letter paper."""


FOCUS = {"open": "entry", "add": "entry", "add-rule": "entry", "close": "edit", "remove": "add", "make": "errors"}
"""What a button did -> where the focus goes. After a move it stays on the button, which has moved along."""


@dataclass(frozen=True)
class Row:
    """A field as a line of a table. id: of its entry in a draft, or 0. is_wrong: something about it must be mended."""

    number: int
    field: Field
    name: str
    type: str
    how: tuple[str, ...]
    options: tuple[str, ...]
    place: regions.Region | None
    id: int = 0
    is_wrong: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class RuleRow:
    number: int
    words: str
    is_error: bool
    message: str
    id: int = 0
    is_wrong: bool = False
    is_open: bool = False


def rows_of_schema(schema: Schema) -> tuple[Row, ...]:
    """Return the fields of a version as lines of a table."""
    places = queries.regions(schema)
    fields = queries.definition(schema).fields
    return tuple(_row(number, field, places.get(field.key)) for number, field in enumerate(fields, 1))


def rules_of(form: FormDefinition) -> tuple[RuleRow, ...]:
    """Return the rules of a form as lines of a table."""
    return tuple(
        RuleRow(number, differences.rule_in_words(rule, form), rule.severity == "ERROR", rule.message)
        for number, rule in enumerate(form.rules, 1)
    )


def begin(order: WorkOrder, *, person: Person, source: Mapping[str, str]) -> drafts.Draft:
    """
    Return a new draft. source: "source" is empty, current, starter (with "starter") or order (with "order").

    :raises Invalid: if what it would begin with is not there, or not the person's to see.
    """
    current = queries.current_schema(order)
    base = current.version if current else 0
    if source.get("source") == "current" and current:
        return drafts.of_schema(current, origin=f"Version {base}", base=base)
    if source.get("source") == "starter":
        found = imports.starter(source.get("starter", ""))
        return begin_with(order, found, origin=f"The starter {found.form.title}")
    if source.get("source") == "order":
        other = next(
            (one for one in queries.others(order, person=person) if one.order.ref == source.get("order")), None
        )
        if other is None:
            raise Invalid("Choose an order of this firm whose form you may see.", field="order")
        return drafts.of_schema(other, origin=f"The form of {other.order.ref}, version {other.version}", base=base)
    if source.get("source") == "empty":
        return drafts.empty(base=base)
    raise Invalid("Choose what the form begins with.", field="source")


def begin_with(order: WorkOrder, found: imports.Imported, *, origin: str) -> drafts.Draft:
    """Return a new draft that begins with an imported definition."""
    current = queries.current_schema(order)
    base = {"base": current.version if current else 0, "prefill": bool(current and current.prefill)}
    return drafts.of_form(found.form, found.places, origin=origin, warnings=found.warnings, **base)


def shown(order: WorkOrder, draft: drafts.Draft, *, pressed: str = "", on: int = 0) -> dict[str, Any]:
    """
    Return what the page of a draft shows, with where the focus goes after a button and what is said of it aloud.

    pressed: what the button did, as `drafts.act` takes it, or make. on: id of the entry that it was about.
    """
    read = drafts.read(draft)
    faults = [fault for fault in read.faults if _is_told(draft, fault)]
    latest = queries.current_schema(order)
    return {
        "draft": draft,
        "focus": FOCUS.get(pressed, ""),
        "on": on,
        "said": _said(draft, pressed, on),
        "form": read.form,
        "rows": _draft_rows(draft, read, {fault.entry for fault in faults}),
        "rules": _draft_rules(draft, read, {fault.entry for fault in faults}),
        "faults": faults,
        "entry_form": _entry_form(draft, focus=FOCUS.get(pressed) == "entry"),
        "sample": _sample(order, draft, read),
        "latest": latest,
        "over": latest.version if latest else 0,
        "next_version": latest.version + 1 if latest else 1,
        "is_overtaken": bool(latest and latest.version != draft["base"]),
        "changes": _changes(latest, draft, read),
        "versions": queries.versions(order),
        "make_form": forms.MakeForm(),
    }


def _changes(latest: Schema | None, draft: drafts.Draft, read: drafts.Read) -> tuple[differences.Change, ...]:
    if latest is None:
        return ()
    before = differences.Version(queries.definition(latest), queries.regions(latest), latest.prefill)
    return differences.between(before, differences.Version(read.form, read.places, draft["prefill"]))


def _draft_rows(draft: drafts.Draft, read: drafts.Read, wrong: set[int]) -> list[Row]:
    rows = []
    for number, (entry, field) in enumerate(zip(draft["fields"], read.form.fields, strict=True), 1):
        place = read.places.get(field.key)
        rows.append(_row(number, field, place, entry=entry, is_open=entry["id"] == draft["open"], wrong=wrong))
    return rows


def _draft_rules(draft: drafts.Draft, read: drafts.Read, wrong: set[int]) -> list[RuleRow]:
    rows = []
    for number, (entry, rule) in enumerate(zip(draft["rules"], read.form.rules, strict=True), 1):
        words = differences.rule_in_words(rule, read.form)
        about = {"id": entry["id"], "is_wrong": entry["id"] in wrong, "is_open": entry["id"] == draft["open"]}
        rows.append(RuleRow(number, words, rule.severity == "ERROR", rule.message, **about))
    return rows


def _row(
    number: int,
    field: Field,
    place: regions.Region | None,
    *,
    entry: drafts.Entry | None = None,
    is_open: bool = False,
    wrong: Iterable[int] = (),
) -> Row:
    how = [
        words
        for words, holds in (
            ("critical", field.is_critical),
            ("keyed twice", field.is_double_keyed),
            ("required", field.is_required),
        )
        if holds
    ]
    return Row(
        number=number,
        field=field,
        name=drafts.name_of(entry) if entry else field.name,
        type=differences.TYPE_WORDS[field.type],
        how=tuple(how),
        options=differences.options_in_words(field),
        place=place,
        id=entry["id"] if entry else 0,
        is_wrong=bool(entry) and entry["id"] in wrong,
        is_open=is_open,
    )


def _entry_form(draft: drafts.Draft, *, focus: bool) -> Any:
    entry = drafts.opened(draft)
    if entry is None:
        return None
    if "kind" in entry:
        form = forms.rule_form(entry, _choices(draft, entry))
    else:
        form = forms.FieldForm(**({"initial": entry} if entry.get("is_fresh") else {"data": entry}), auto_id="field-%s")
    if focus:
        next(iter(form.fields.values())).widget.attrs["autofocus"] = True
    return form


def _choices(draft: drafts.Draft, rule: drafts.Entry) -> list[tuple[str, str]]:
    """Return (key, name) of the fields that a rule may speak of: only numbers can be added."""
    adds = rule["kind"] == "sum"
    fields = (one for one in draft["fields"] if one.get("key") and (not adds or one.get("type") in NUMBERS))
    return [(one["key"], drafts.name_of(one)) for one in fields]


def _sample(order: WorkOrder, draft: drafts.Draft, read: drafts.Read) -> dict[str, Any]:
    """Return the sample page on which places are drawn: its size, the box of the open field and those of the others."""
    entry = drafts.opened(draft) or {}
    number = str(entry.get("region_page") or "1")
    of_page = int(number) if number.isdecimal() and len(number) < 5 else 1
    page = queries.sample_page(order, of_page)
    width, height = (page.width, page.height) if page else SHEET
    boxes = [
        {
            "x": place.x * width,
            "y": place.y * height,
            "w": place.w * width,
            "h": place.h * height,
            "is_open": bool(entry) and key == entry.get("key"),
        }
        for key, place in read.places.items()
        if place.page == of_page
    ]
    is_first = any(entry.get(name) for name in drafts.PLACE)
    about = {"page": page, "number": of_page, "width": width, "height": height, "boxes": boxes}
    return about | {"is_first": is_first, "is_shown": bool(page or boxes)}


def _said(draft: drafts.Draft, pressed: str, on: int) -> str:
    """Return where a moved entry stands now, or how many are left after one was removed."""
    for entries, words in ((draft["fields"], "field"), (draft["rules"], "rule")):
        place = next((place for place, entry in enumerate(entries, 1) if entry["id"] == on), None)
        if place and pressed in ("up", "down"):
            name = drafts.name_of(entries[place - 1]) if words == "field" else "The rule"
            return f"{name} is now {words} {place} of {len(entries)}."
    return f"Removed. {len(draft['fields'])} fields are left." if pressed == "remove" else ""


def _is_told(draft: drafts.Draft, fault: drafts.Fault) -> bool:
    """Say whether it is time to tell a fault: of what was typed into, and of everything once making it was tried."""
    if not fault.entry:
        return bool(draft.get("is_looked_at"))
    return not any(one["id"] == fault.entry and one.get("is_fresh") for one in (*draft["fields"], *draft["rules"]))
