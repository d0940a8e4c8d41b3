"""What the bench is sent: a document as HTML with its codes, and how far the reading has come."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cursitor.lines.review import layouts, queries
from cursitor.lines.review.choices import PRIVILEGE, FieldKind, Stage
from cursitor.lines.review.models import Layout
from cursitor.lines.review.queries import Bench, Member
from cursitor.lines.review.workbench import forms, pages
from cursitor.plumbing import wording
from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task

KINDS = {
    "mail": ("mail", "e-mail"),
    "outlook": ("mail", "e-mail"),
    "spreadsheet": ("file-spreadsheet", "spreadsheet"),
    "pdf": ("file-text", "PDF"),
    "image": ("scan", "image"),
}
"""Kind of a document -> icon and words."""


def document(shown: Bench, *, person: Person) -> dict[str, Any]:
    """Return a document of the bench as JSON holds it: the panes as HTML, the codes it opens with."""
    values = opening_values(shown)
    context = _context(shown, person)
    return facts(shown, values) | {
        "reader": render_to_string("review/bench_reader.html", context),
        "strip": render_to_string("review/bench_strip.html", context),
    }


def facts(shown: Bench, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script must know of the document beside its panes."""
    current = shown.current.document
    return {
        "document": current.pk,
        "family": shown.family.pk,
        "number": current.control_number,
        "heard": f"{current.control_number}, {describe(shown)}, {count(shown.view.n_hits, 'hit')}",
        "values": dict(values),
        "siblings": [member.document.pk for member in shown.undecided],
        "n_codable": len(shown.codable),
        "has_privilege_terms": any(member.document.has_privilege_terms for member in shown.documents),
        "layout": shown.layout.pk,
    }


def page(shown: Bench, *, person: Person) -> dict[str, Any]:
    """Return what the template of the whole page needs."""
    values = opening_values(shown)
    known = facts(shown, values)
    return _context(shown, person) | {
        "facts": known,
        "facts_json": json.dumps(known),
        "panel": panel(shown.layout, values),
        "latest_json": json.dumps(queries.latest_values(task=shown.task, by=person)),
        "standing": queries.standing(task=shown.task, layout=shown.layout, by=person),
        "waiting": [],
    }


def state(*, task: Task, layout: Layout, person: Person, at: datetime) -> dict[str, Any]:
    """Return how far the reading has come, and the reader's own time of the save."""
    standing = queries.standing(task=task, layout=layout, by=person)
    local = timezone.localtime(at, people.zone_of(person))
    return {
        "bar": render_to_string("review/bench_bar.html", {"standing": standing}),
        "saved": f"{local:%H:%M:%S} {wording.abbreviation(at, zone=person.zone)}",
    }


def queue(waiting: Sequence[Member]) -> str:
    return render_to_string("review/bench_queue.html", {"waiting": [_row(member) for member in waiting]})


def opening_values(shown: Bench) -> dict[str, Any]:
    """
    Return the codes a document opens with: as it stands coded at this stage.

    At the second reading the first reader's codes stand, but the call on privilege is made anew.
    """
    values = dict(shown.current.values)
    if shown.stage == Stage.PRIVILEGE and shown.current.stage != Stage.PRIVILEGE:
        values.pop(PRIVILEGE, None)
    return values


def panel(layout: Layout, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the layout's fields for the coding panel, with what is chosen."""
    return [_field(field, values.get(field["key"])) for field in layout.fields]


def describe(shown: Bench) -> str:
    """Return "e-mail, 2 attachments, 74 lines"."""
    parts = [kind_words(shown.current)]
    if shown.attachments:
        parts.append(count(len(shown.attachments), "attachment"))
    parts.append(count(len(shown.view.lines), "line"))
    return ", ".join(parts)


def kind_words(member: Member) -> str:
    return KINDS.get(member.document.kind, ("file-text", member.document.kind))[1]


def count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _context(shown: Bench, person: Person) -> dict[str, Any]:
    current = shown.current
    return {
        "bench": shown,
        "view": shown.view,
        "current": current,
        "described": describe(shown),
        "family": [_row(member, current) for member in shown.documents],
        "place_in_family": shown.documents.index(current) + 1,
        "thread": [_row(member, current) for member in shown.thread],
        "attachments": [_row(member) for member in shown.attachments],
        "headers": _headers(shown),
        "first_reading": _first_reading(shown),
        "page_url": _page_url(shown),
        "zone": person.zone,
    }


def _row(member: Member, current: Member | None = None) -> dict[str, Any]:
    document = member.document
    icon, _ = KINDS.get(document.kind, ("file-text", ""))
    return {
        "pk": document.pk,
        "number": document.control_number,
        "title": document.subject or document.name or document.control_number,
        "icon": icon,
        "mark": member.mark,
        "sent_at": document.sent_at,
        "sender": document.sender.partition("<")[0].strip(' "') or document.sender,
        "n_pages": document.n_pages,
        "is_head": document.parent_id is None,
        "is_current": current is not None and document.pk == current.document.pk,
        "can_be_coded": member.can_be_coded,
    }


def _headers(shown: Bench) -> list[tuple[str, Any]]:
    """Return the address lines with the instant of sending before the subject, where a letter has it."""
    rows = list(shown.view.headers)
    at = next((place for place, (label, _) in enumerate(rows) if label == "Subject"), len(rows))
    return [*rows[:at], ("Sent", None), *rows[at:]] if shown.current.document.sent_at else rows


def _first_reading(shown: Bench) -> list[tuple[str, str]]:
    """Return (field, words) of how the document stands, for the second reader; nothing at another stage."""
    if shown.stage != Stage.PRIVILEGE:
        return []
    fields, values = shown.layout.fields, shown.current.values
    return [
        (field["label"], layouts.words(fields, field["key"], values[field["key"]]))
        for field in fields
        if field["key"] in values and field["kind"] != FieldKind.TEXT
    ]


def _page_url(shown: Bench) -> str:
    current = shown.current.document
    if not pages.has_page(current):
        return ""
    return reverse("review:bench_page", args=[shown.task.order.ref, shown.task.number, current.control_number])


def _field(field: Mapping[str, Any], value: Any) -> dict[str, Any]:
    chosen = value if isinstance(value, list) else [value]
    choices = [choice | {"is_chosen": choice["key"] in chosen} for choice in field.get("choices", [])]
    is_wide = field["kind"] == FieldKind.CHOICE and len(choices) > 2
    return {
        **field,
        "name": forms.code_name(dict(field)),
        "value": value or "",
        "choices": choices,
        "rule_json": json.dumps(field.get("required_when") or {}),
        "has_columns": not is_wide and any(len(choice["label"]) < 16 for choice in choices),
        "is_privilege": field["key"] == PRIVILEGE,
    }
