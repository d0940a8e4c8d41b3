"""Ten real scanned forms, from their definition to the delivered table: two keyers, an adjudicator, by keyboard."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cursitor.lines.entry.choices import How, Stage, TaskKind
from cursitor.lines.entry.models import Record, Value
from cursitor.plumbing.outbox import worker
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import operations as people
from cursitor.spine.people.choices import SkillKind
from cursitor.spine.work import operations as work
from tests.journeys.test_sign_in import set_up_totp
from tests.journeys.test_whole_life import Office, heading, said, sign
from tests.lines.entry import factories

pytestmark = pytest.mark.django_db(transaction=True)

FORMS = Path(__file__).parent.parent / "lines" / "entry" / "data"
TYPES = ("Amendment", "Dissemination Report")
DEFINITION = {
    "title": "Registration forms",
    "type": "object",
    "properties": {
        "registrant_name": {"title": "Registrant", "x-cursitor": {"type": "name", "doubleKeyed": True}},
        "registration_number": {
            "title": "Registration number",
            "pattern": "^[0-9]{1,5}$",
            "x-cursitor": {"type": "identifier", "critical": True, "doubleKeyed": True},
        },
        "register_date": {
            "title": "Register date",
            "format": "date",
            "x-cursitor": {"type": "date", "doubleKeyed": True, "dateOrder": "mdy"},
        },
        "form_type": {"title": "Form type", "enum": list(TYPES)},
        "signatory": {"title": "Signatory", "x-cursitor": {"type": "name"}},
    },
    "required": ["registrant_name", "registration_number", "form_type"],
}
DOUBLE = ("registrant_name", "registration_number", "register_date")
FIRST_SLIPS = {
    "fara-6e2b9e289c.pdf": {"registrant_name": "The Office of Tibbet"},
    "fara-e4adfbbfef.pdf": {"registration_number": "658"},
}
SECOND_SLIPS = {
    "fara-0b58fb7c76.pdf": {"registration_number": "2916"},
    "fara-e4adfbbfef.pdf": {"registration_number": "586"},
}


class EntryOffice(Office):
    """An office in which axe judges the pages of data entry; the whole life of a review judges the spine's own."""

    def look(self, page: Page) -> None:
        if "/entry/" in page.url:
            super().look(page)

    @cached_property
    def ines(self) -> Page:
        return self._at(factories.adjudicator(self.world))


def truth() -> dict[str, dict[str, str]]:
    """What stands on the forms, by the name of the file."""
    with (FORMS / "truth.csv").open(newline="") as opened:
        return {row.pop("file"): row for row in csv.DictReader(opened)}


@pytest.fixture
def office(world, sign_in) -> EntryOffice:
    """The people, what they can do, and an order that has been accepted and handed to four of them."""
    world.terms.permitted_lines = ["entry"]
    world.terms.save()
    now = timezone.now()
    keyers = (world.specialist, world.second_specialist, factories.adjudicator(world))
    for keyer in keyers:
        skill = {"kind": SkillKind.SKILL, "name": "Data entry", "evidence": "Test of 12 May 2026"}
        people.add_skill(person=keyer, by=None, at=now, **skill)
    assert world.qc_lead
    made = work.draft_order(
        matter=world.matter,
        engagement=world.engagement,
        line="entry",
        work_kind="entry.records",
        title="Registration forms, first box",
        brief={"subject": "Registration forms", "streams": 1, "split": "FILE", "every": 1},
        fee_basis="UNIT",
        budget_amount=1_000_00,
        by=world.legal_operations,
        at=now,
    )
    by = {"by": world.delivery_manager, "at": now}
    work.issue(order=made, by=world.legal_operations, at=now)
    work.accept(order=made, **by)
    started = work.start(order=made, **by)
    holders = dict(zip((TaskKind.FIRST, TaskKind.SECOND, TaskKind.ADJUDICATE), keyers, strict=True))
    for task in started.tasks.filter(kind__in=holders).order_by("number"):
        work.assign(task=task, to=holders[task.kind], **by)
    return EntryOffice(world, sign_in)


def test_ten_forms_are_keyed_settled_inspected_and_delivered(office, tmp_path, clock):
    codes = set_up_totp(office.nora, clock)

    define(office)
    collect(office)
    key(office, office.kavya, "First keying, stream 1", tuple(next(iter(truth().values()))), FIRST_SLIPS)
    key(office, office.joel, "Second keying, stream 1", DOUBLE, SECOND_SLIPS)
    settle(office)
    submit(office)
    inspect_and_release(office)
    sign(office, codes)
    receive(office, tmp_path / "release.zip")

    assert audit.verify(at=timezone.now(), by=None).is_verified


def define(office: Office) -> None:
    page = office.asha
    office.order(page)
    office.follow(page, "Data entry")
    office.follow(page, "Define the form")
    page.get_by_text("Import JSON Schema").click()
    page.get_by_label("JSON", exact=False).last.fill(json.dumps(DEFINITION))
    office.press(page, "Import")
    office.press(page, "Make version 1")
    expect(heading(page)).to_contain_text("5 fields, 3 of them keyed twice")


def collect(office: Office) -> None:
    page = office.asha
    page.goto(page.url.replace("definition/", "batches/"))
    page.get_by_label("Files", exact=True).set_input_files(sorted(FORMS.glob("*.pdf")))
    office.press(page, "Collect")
    worker.drain()
    page.reload()
    office.look(page)
    assert Record.objects.filter(stage=Stage.FIRST).count() == 10


def key(office: Office, page: Page, task: str, fields: tuple[str, ...], slips: Mapping[str, Mapping[str, str]]) -> None:
    """Key every record that waits at a task, field by field, with nothing but the keyboard."""
    office.task(page, task)
    for place in range(10):
        expect(page.locator(".reader-bar h2")).to_have_text(f"R{place + 1:05d}")
        name = page.locator(".reader-bar .cut").inner_text().rpartition(", ")[2]
        values = truth()[name] | slips.get(name, {})
        if fields != DOUBLE and values["register_date"]:
            year, month, day = values["register_date"].split("-")
            values["register_date"] = f"{int(month)}/{int(day)}/{year}"
        for field in fields:
            focused = page.locator(f'[data-field="{field}"] [data-value]')
            expect(focused).to_be_focused()
            page.keyboard.type(values[field][:1] if field == "form_type" else values[field])
            page.keyboard.press("Enter")
    expect(heading(page)).to_contain_text("Nothing is left to key")
    office.look(page)


def settle(office: EntryOffice) -> None:
    """The adjudicator takes the right one of two readings by its digit, or types what neither has."""
    page = office.ines
    office.task(page, "Adjudication")
    for _ in range(3):
        shown = page.locator(".reader-bar h2").inner_text()
        name = page.locator(".reader-bar .cut").inner_text().rpartition(", ")[2]
        dispute = page.locator(".dispute")
        expect(dispute).to_be_focused()
        assert dispute.locator("input:checked").count() == 0
        right = truth()[name][dispute.get_attribute("data-field")]
        readings = dispute.locator("[data-typed]").all_inner_texts()
        page.keyboard.press(str(readings.index(right) + 1) if right in readings else "3")
        if right not in readings:
            page.keyboard.type(right)
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("Enter")
        expect(page.get_by_text(shown, exact=True)).to_have_count(0)
    expect(heading(page)).to_contain_text("Nothing is left to key")
    told = {(value.record.file.path, value.field): value for value in Value.objects.filter(how=How.ADJUDICATED)}
    assert {place: (value.first_wrong, value.second_wrong) for place, value in told.items()} == {
        ("fara-6e2b9e289c.pdf", "registrant_name"): (True, False),
        ("fara-0b58fb7c76.pdf", "registration_number"): (False, True),
        ("fara-e4adfbbfef.pdf", "registration_number"): (True, True),
    }
    assert Record.objects.filter(stage=Stage.DONE).count() == 10


def submit(office: Office) -> None:
    page = office.asha
    office.order(page)
    office.tab(page, "Tasks")
    for number in (1, 2, 3, 4):
        office.press(page, f"Done : task {number}")
    office.press(page, "Submit to quality")


def inspect_and_release(office: Office) -> None:
    """The QC lead commits to a draw, keys the sample blind, accepts the lot, and releases."""
    page = office.zofia
    office.order(page)
    office.tab(page, "Quality")
    office.follow(page, "Open a lot")
    page.get_by_role("spinbutton", name="Limiting quality").fill("50")
    office.press(page, "Commit the seed")
    office.follow(page, re.compile(r"^\d+-1$"))
    office.press(page, "Draw the sample")
    office.follow(page, "Inspect")
    while page.get_by_text("You have read all that you may of this lot.").count() == 0:
        record = Record.objects.get(number=int(page.locator("p.mono").first.inner_text()[1:6]))
        for field, value in truth()[record.file.path].items():
            control = page.locator(f'[name="reading-value-{field}"]')
            control.select_option(value) if field == "form_type" else control.fill(value)
        office.press(page, re.compile("^Save"))
    office.turn_to(page, "Lots")
    office.follow(page, re.compile(r"^\d+-1$"))
    office.press(page, "Decide: accept")
    office.order(page)
    office.tab(page, "Quality")
    office.follow(page, "Release for sign-off")
    office.press(page, "Release for sign-off")
    expect(said(page)).to_contain_text("waits for the signature of Nora Kessling")


def receive(office: Office, package: Path) -> None:
    """Legal operations takes the table home: what it says is what stands on the forms."""
    page = office.owen
    office.order(page)
    office.tab(page, "Files")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all as ZIP").click()
    download.value.save_as(package)
    with zipfile.ZipFile(package) as opened:
        table = csv.DictReader(io.StringIO(opened.read("records.csv").decode("utf-8-sig")))
        delivered = {row["Source file"]: row for row in table}
        lineage = list(csv.DictReader(io.StringIO(opened.read("lineage.csv").decode("utf-8-sig"))))
    expected = truth()
    assert {name: {field: delivered[name][field] for field in row} for name, row in expected.items()} == expected
    assert len(lineage) == 10 * len(DEFINITION["properties"])
