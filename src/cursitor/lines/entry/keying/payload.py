"""What the bench is sent: a record's pages and fields as HTML, where each field stands, how far the pass has come."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cursitor.engines.entry.definition import Field, FieldType
from cursitor.lines.entry import queries
from cursitor.lines.entry.choices import Pass
from cursitor.lines.entry.operations import KeyingFaulty
from cursitor.lines.entry.queries import Bench, Desk, Dispute
from cursitor.plumbing import wording
from cursitor.spine.people import queries as people
from cursitor.spine.people.models import Person
from cursitor.spine.work.models import Task

ACTS = ("save", "undo", "ahead", "ask", "leave", "set_aside")
TITLES = {
    Pass.FIRST: "Key what stands on the page",
    Pass.SECOND: "Second keying: key what stands on the page",
    Pass.ADJUDICATION: "Settle what two keyers read differently",
    Pass.GOLD: "Key the true values",
}
YES_NO = (("true", "Yes"), ("false", "No"))
DATE_ORDERS = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}
LONG_LIST = 40


def record(shown: Bench) -> dict[str, Any]:
    """Return a record of the bench as JSON holds it: panes as HTML, and what the script must know beside them."""
    context = _context(shown)
    return facts(shown) | {
        "reader": render_to_string("entry/keying_reader.html", context),
        "panel": render_to_string(_panel_template(shown), context),
    }


def facts(shown: Bench) -> dict[str, Any]:
    n_fields = len(shown.disputes) if shown.of_pass == Pass.ADJUDICATION else len(shown.form.fields)
    n_pages = len(shown.pages)
    return {
        "record": shown.record.pk,
        "name": shown.record.name,
        "schema": shown.record.schema_id,
        "regions": {key: [place.page, *place.box] for key, place in shown.regions.items()},
        "images": [_image(shown, page.pk) for page in shown.pages],
        "heard": f"{shown.record.name}, {_count(n_pages, 'page')}, {_count(n_fields, 'field')}",
    }


def page(shown: Bench, *, person: Person) -> dict[str, Any]:
    """Return what the template of the whole page needs beside the frame."""
    known = facts(shown)
    latest = {} if shown.of_pass == Pass.ADJUDICATION else queries.latest_values(task=shown.desk, by=person)
    return _context(shown) | {
        "facts_json": json.dumps(known),
        "latest_json": json.dumps(latest),
        "panel_template": _panel_template(shown),
        "draft_owner": f"{person.pk}:{shown.of_pass}",
    }


def frame(desk: Desk, *, person: Person, at: datetime) -> dict[str, Any]:
    """Return what stands around a record: whose desk it is, how far the pass is, and the addresses of its acts."""
    of_pass = queries.pass_of(desk)
    return {
        "desk": desk,
        "order": desk.order,
        "task": desk if isinstance(desk, Task) else None,
        "of_pass": of_pass,
        "title": TITLES[of_pass],
        "desk_name": desk.title if isinstance(desk, Task) else f"Gold set {desk.number}",
        "here": address(desk),
        "guidance": desk.order.brief.get("guidance", ""),
        "urls": {act: address(desk, act) for act in ACTS},
        **_standing(desk, person, at),
    }


def bar(desk: Desk, *, person: Person, at: datetime) -> str:
    """Return how far the pass has come and the keyer's own pace."""
    return render_to_string("entry/keying_bar.html", _standing(desk, person, at))


def local_time(person: Person, at: datetime) -> str:
    """Return "19:41:31 IST", the person's own time of a save."""
    local = timezone.localtime(at, people.zone_of(person))
    return f"{local:%H:%M:%S} {wording.abbreviation(at, zone=person.zone)}"


def faults(faulty: KeyingFaulty) -> dict[str, Any]:
    """Return what stands against saving, field by field."""
    rows = [{"field": each.field, "severity": str(each.severity), "sentence": each.sentence} for each in faulty.faults]
    return {"code": faulty.code, "detail": faulty.sentence, "faults": rows}


def address(desk: Desk, act: str = "") -> str:
    name = "bench" if isinstance(desk, Task) else "gold_bench"
    return reverse(f"entry:{name}_{act}" if act else f"entry:{name}", args=[desk.order.ref, desk.number])


def _standing(desk: Desk, person: Person, at: datetime) -> dict[str, Any]:
    return {"standing": queries.pass_standing(task=desk), "pace": queries.pace(task=desk, by=person, at=at)}


def _panel_template(shown: Bench) -> str:
    is_adjudication = shown.of_pass == Pass.ADJUDICATION
    return "entry/adjudicate_panel.html" if is_adjudication else "entry/keying_panel.html"


def _context(shown: Bench) -> dict[str, Any]:
    pages = [
        {"number": number, "width": page.width, "height": page.height, "image": _image(shown, page.pk)}
        for number, page in enumerate(shown.pages, 1)
    ]
    fields = [_row(field, shown.prefill.get(field.key) or {}) for field in shown.form.fields]
    return {
        "bench": shown,
        "record": shown.record,
        "of_pass": shown.of_pass,
        "pages": pages,
        "rows": [] if shown.of_pass == Pass.ADJUDICATION else fields,
        "disputes": [_dispute(dispute) for dispute in shown.disputes],
        "settled": shown.settled,
        "described": f"{_count(len(pages), 'page')}, {shown.record.file.path.rpartition('/')[2]}",
    }


def _row(field: Field, guess: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field as the form shows it. guess: what the machine read there, with its confidence in per cent."""
    return {
        "field": field,
        "name": field.name,
        "choices": _choices(field),
        "is_long": field.type is FieldType.LONG_TEXT,
        "hint": _hint(field),
        "guess": guess.get("value", ""),
        "per_cent": round(float(guess.get("confidence") or 0) * 100) if guess else None,
    }


def _choices(field: Field) -> list[tuple[str, str]]:
    """Return (value, words) of what can be chosen; none where a value is typed."""
    if field.type is FieldType.BOOLEAN:
        return list(YES_NO)
    if field.type is not FieldType.CHOICE:
        return []
    return [(choice.value, choice.label or choice.value) for choice in field.choices]


def _hint(field: Field) -> str:
    """Return how the field is written, in a few words: the help of the form, or else what the type asks for."""
    if field.help:
        return field.help
    if field.type is FieldType.DATE and field.date_order:
        return DATE_ORDERS[field.date_order]
    return field.currency


def _dispute(dispute: Dispute) -> dict[str, Any]:
    readings = [{"choice": letter, "raw": raw} for letter, raw in zip("AB", dispute.readings, strict=True)]
    name = dispute.field.name
    reason = dispute.reason.removeprefix(f"{name}: ")
    return {"field": dispute.field, "name": name, "reason": reason, "readings": readings}


def _image(shown: Bench, page: int) -> str:
    return reverse("entry:page_image", args=[shown.record.order.ref, page])


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
