"""The whole life of a piece of outsourced legal work by clicking, every role at its own screen. Mail is invented."""

import hashlib
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from cursitor.engines.money import ledes
from cursitor.plumbing.outbox import worker
from cursitor.spine.audit import operations as audit
from cursitor.spine.people import operations as people
from cursitor.spine.people.choices import SkillKind
from tests.journeys import letters
from tests.journeys.authenticator import Codes
from tests.journeys.conftest import axe
from tests.journeys.test_sign_in import set_up_totp

pytestmark = pytest.mark.django_db(transaction=True)

Name = str | re.Pattern[str]

BRIEF = {
    "Title": "Seal failures, first-level review",
    "Control numbers begin with": "CF",
    "Production numbers begin with": "CORBEL",
    "What is sought": "seal gasket failure pressure counsel advice",
    "Issues": "Notice\nSpecification",
    "Search terms to highlight": "seal w/5 fail*\ngasket*",
    "Privilege terms": "counsel",
    "Attorneys": "Imre Halasz",
    "Protocol": "Responsive: whatever bears on the seals, the gaskets or the money.",
    "Instructions": "Ask before anything with counsel's name on it is called not privileged.",
    "Budget, USD": "400",
}
ASSIGNED = {2: "Kavya Rindani", 3: "Kavya Rindani", 4: "Joel Matibag", 5: "Kavya Rindani"}
OFFER = {
    "State of the work": "Six families are read in stream 1. Stream 2 is untouched.",
    "Action 1": "Read the three likeliest of what is left",
    "Who 1": "Joel Matibag",
    "By when 1": "today 18:00 IST",
    "What may come, and who may decide": "A letter to counsel: code it privileged, ask Asha Verma if in doubt.",
}
TOLD = (
    "Owen Marsh issued the order",
    "Asha Verma accepted the order",
    "Kavya Rindani coded a family",
    "Nora Kessling answered",
    "Joel Matibag accepted",
    "Asha Verma drew",
    "Asha Verma submitted the work to quality",
    "Zofia Brzeska opened a lot and committed its seed",
    "Zofia Brzeska decided a lot",
    "Zofia Brzeska released the deliverable for sign-off",
    "Nora Kessling signed off a release",
    "Owen Marsh downloaded the deliverable",
    "Owen Marsh accepted the delivery",
    "Devika Rao issued an invoice",
    "Owen Marsh approved an invoice",
    "Owen Marsh closed the order",
)


class Office:
    """Everybody at a screen of their own, signed in when first needed. What a page asks to confirm is confirmed."""

    def __init__(self, world: Any, sign_in: Callable[..., Page]) -> None:
        self.world, self.sign_in = world, sign_in
        self.looked_at: set[tuple[int, str]] = set()

    def _at(self, person: Any) -> Page:
        page = self.sign_in(person, to="/")
        page.on("dialog", lambda dialog: dialog.accept())
        page.emulate_media(reduced_motion="reduce")  # a colour on its way to another is not one to be judged
        self.look(page)
        return page

    @cached_property
    def owen(self) -> Page:
        return self._at(self.world.legal_operations)

    @cached_property
    def nora(self) -> Page:
        return self._at(self.world.attorney)

    @cached_property
    def asha(self) -> Page:
        return self._at(self.world.delivery_manager)

    @cached_property
    def kavya(self) -> Page:
        return self._at(self.world.specialist)

    @cached_property
    def joel(self) -> Page:
        return self._at(self.world.second_specialist)

    @cached_property
    def zofia(self) -> Page:
        return self._at(self.world.qc_lead)

    @cached_property
    def devika(self) -> Page:
        return self._at(self.world.finance)

    def look(self, page: Page) -> None:
        """Let axe judge the page, once per kind of page and person: everything in light, the colours again in dark."""
        kind = (id(page), re.sub(r"\d+", "9", page.url))
        if kind in self.looked_at:
            return
        self.looked_at.add(kind)
        axe(page)
        page.emulate_media(color_scheme="dark")
        axe(page, rules=["color-contrast"])
        page.emulate_media(color_scheme="light")

    def go(self, page: Page, control: Locator) -> None:
        """Click what leads to another page, and look at that."""
        with page.expect_navigation(wait_until="load"):
            control.first.click()
        self.look(page)

    def follow(self, page: Page, name: Name) -> None:
        self.go(page, page.get_by_role("main").get_by_role("link", name=name))

    def press(self, page: Page, name: Name) -> None:
        self.go(page, page.get_by_role("button", name=name))

    def turn_to(self, page: Page, name: str) -> None:
        """Choose a place in the side bar."""
        places = page.get_by_role("navigation", name="Main")
        self.go(page, places.get_by_role("link", name=re.compile(f"^{name}")))

    def tab(self, page: Page, name: str) -> None:
        tabs = page.get_by_role("navigation", name="Parts of the order")
        self.go(page, tabs.get_by_role("link", name=re.compile(f"^{name}")))

    def order(self, page: Page) -> None:
        """Find the order as everybody can: in the list of work orders."""
        self.turn_to(page, "Work orders")
        self.follow(page, re.compile(r"^WO-\d+$"))

    def task(self, page: Page, title: str) -> None:
        self.turn_to(page, "Tasks")
        self.follow(page, title)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def said(page: Page) -> Locator:
    return page.locator(".messages")


@pytest.fixture
def office(world, sign_in) -> Office:
    """The people, their matter and its terms, and what the readers can do; all the rest is done in the pages."""
    for reader in (world.specialist, world.second_specialist):
        skill = {"kind": SkillKind.SKILL, "name": "Document review", "evidence": "Test of 12 May 2026"}
        people.add_skill(person=reader, by=None, at=timezone.now(), **skill)
    for name in ("qc_lead", "finance"):
        getattr(world, name)
    return Office(world, sign_in)


def test_an_order_lives_its_whole_life_by_clicking(office, tmp_path, clock):
    codes = set_up_totp(office.nora, clock)

    instruct(office)
    accept(office)
    collect(office)
    read_first(office)
    ask_and_answer(office)
    hand_off(office)
    sample_what_is_left(office)
    read_second(office)
    submit(office)
    inspect_and_release(office)
    sign(office, codes)
    receive(office, tmp_path / "release.zip")
    bill(office)
    close(office)

    assert_told_by_the_log(office.nora)
    assert audit.verify(at=timezone.now(), by=None).is_verified


def instruct(office: Office) -> None:
    """Legal operations drafts the order, sees what policy says of it, and issues it."""
    page = office.owen
    office.turn_to(page, "Work orders")
    office.follow(page, "New order")
    page.get_by_label("Matter").select_option(label="2026-0031 Corbel v. Danube")
    page.get_by_label("Provider and engagement").select_option(index=1)
    page.get_by_label("Kind of work").select_option(value="review.first_level")
    office.press(page, "Continue")
    for label, words in BRIEF.items():
        page.get_by_label(label).fill(words)
    office.press(page, "Keep as draft and test policy")
    expect(heading(page)).to_contain_text("Nothing")
    office.press(page, re.compile("^Issue"))
    expect(said(page)).to_contain_text("is issued to Quillfield")


def accept(office: Office) -> None:
    page = office.asha
    office.order(page)
    office.press(page, "Accept the order")
    office.press(page, "Start work")
    office.tab(page, "Tasks")
    for number, name in ASSIGNED.items():
        office.follow(page, f"Assign task {number}")
        page.get_by_label("Person").select_option(label=name)
        office.press(page, "Assign")
        expect(page.get_by_role("row").nth(number)).to_contain_text(name)


def collect(office: Office) -> None:
    page = office.asha
    office.follow(page, re.compile("^Collect and process"))
    page.get_by_label("Custodian").first.fill("Pella Ostrander")
    page.get_by_label("Files", exact=True).set_input_files(letters.files())
    office.press(page, "Collect")
    expect(said(page)).to_contain_text("Collected")
    worker.drain()
    page.reload()
    office.look(page)
    expect(heading(page)).to_have_text("13 documents published from 1 collection")


def read(page: Page, n: int, *, is_second: bool = False) -> list[str]:
    """Code n families by keyboard as a careful reader does, a second reader privilege only; return their subjects."""
    subjects = []
    for _ in range(n):
        shown = page.locator(".reader-bar h2").inner_text()
        letter = letters.BY_SUBJECT[page.locator(".doc-head b").inner_text()]
        codes = letter.codes[1:] if is_second else letter.codes
        for key in codes + ("f" if letter.attachment else ""):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(page.get_by_text(shown, exact=True)).to_have_count(0)
        subjects.append(letter.subject)
    return subjects


def read_first(office: Office) -> None:
    page = office.kavya
    office.task(page, "First-level review, stream 1")
    assert "Advice on the survey" in read(page, 6)


def ask_and_answer(office: Office) -> None:
    page = office.kavya
    number = page.locator(".reader-bar h2").inner_text()
    page.keyboard.press("?")
    page.get_by_label("Question").fill("Is the yard's parking within the scope?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Question 1 is asked.")).to_be_visible()

    office.turn_to(office.nora, "Questions")
    office.follow(office.nora, "Question 1")
    office.follow(office.nora, number)
    office.follow(office.nora, number)
    expect(office.nora.locator(".document").first).to_be_visible()
    office.turn_to(office.nora, "Questions")
    office.follow(office.nora, "Question 1")
    office.nora.get_by_label("Answer").fill("No. Nothing that concerns parking is sought.")
    office.press(office.nora, "Answer")

    office.press(page, "Leave")
    office.turn_to(page, "My queue")
    office.follow(page, re.compile("question 1"))
    expect(page.get_by_text("Nothing that concerns parking is sought.")).to_be_visible()


def hand_off(office: Office) -> None:
    """Kavya gives her second stream to Joel; he carries it once he has said in his own words what it is."""
    giver, receiver = office.kavya, office.joel
    office.task(giver, "First-level review, stream 2")
    office.go(giver, giver.get_by_role("link", name="Hand off", exact=True))
    for label, words in OFFER.items():
        giver.get_by_label(label).fill(words)
    giver.get_by_label("To", exact=True).select_option(label="Joel Matibag")
    giver.get_by_label("Urgent").check()
    office.press(giver, "Offer")

    office.turn_to(receiver, "My queue")
    office.follow(receiver, re.compile("Read and restate"))
    receiver.get_by_label("In your own words").fill("Three letters are left; I read them today and ask if in doubt.")
    office.press(receiver, "Accept and carry it")
    office.task(receiver, "First-level review, stream 2")
    read(receiver, 3)


def sample_what_is_left(office: Office) -> None:
    page = office.asha
    office.order(page)
    office.follow(page, "Review")
    page.get_by_label("Documents in the sample").fill("2")
    office.press(page, "Draw a sample")
    expect(page.get_by_text("0 of 2 drawn documents read, of 3")).to_be_visible()

    office.task(office.kavya, "Elusion sample")
    read(office.kavya, 2)
    office.look(office.kavya)
    office.press(office.kavya, "This task is done")
    page.reload()
    expect(page.get_by_text("2 of 2 drawn documents read, of 3")).to_be_visible()


def read_second(office: Office) -> None:
    page = office.joel
    office.task(page, "Privilege, second level")
    assert read(page, 1, is_second=True) == ["Advice on the survey"]
    office.press(page, "This task is done")


def submit(office: Office) -> None:
    page = office.asha
    office.order(page)
    office.tab(page, "Tasks")
    for number in (1, 2, 3, 6):
        office.press(page, f"Done : task {number}")
    office.press(page, "Submit to quality")


def inspect_and_release(office: Office) -> None:
    """The QC lead commits to a draw, reads the sample blind, decides, and releases."""
    page = office.zofia
    office.order(page)
    office.tab(page, "Quality")
    office.follow(page, "Open a lot")
    page.get_by_role("spinbutton", name="Limiting quality").fill("20")
    office.press(page, "Commit the seed")
    office.follow(page, re.compile(r"^\d+-1$"))
    office.press(page, "Draw the sample")
    expect(page.get_by_text("the seed is the committed one and gives exactly this sample")).to_be_visible()
    office.follow(page, "Inspect")
    n_read = 0
    while page.get_by_text("You have read all that you may of this lot.").count() == 0:
        expect(page.get_by_text(f"{n_read} of ")).to_be_visible()
        found = [letter for letter in letters.LETTERS if page.get_by_text(letter.subject).count()]
        for key in found[0].codes if found else letters.RESPONSIVE:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        n_read += 1
        expect(page.get_by_text(f"{n_read} of ")).to_be_visible()
    assert n_read > 3
    office.look(page)
    office.turn_to(page, "Lots")
    office.follow(page, re.compile(r"^\d+-1$"))
    office.press(page, "Decide: accept")
    office.order(page)
    office.tab(page, "Quality")
    office.follow(page, "Release for sign-off")
    office.press(page, "Release for sign-off")
    expect(said(page)).to_contain_text("waits for the signature of Nora Kessling")


def sign(office: Office, codes: Codes) -> None:
    page = office.nora
    office.turn_to(page, "Sign-off")
    office.follow(page, "Review and sign")
    page.get_by_label("I have supervised this work").check()
    office.press(page, "Sign release 1")
    page.get_by_label("Code of your authenticator app, or a recovery code").fill(codes.next())
    office.press(page, "Confirm")
    page.get_by_label("I have supervised this work").check()
    office.press(page, "Sign release 1")
    expect(said(page)).to_contain_text("is signed and delivered")
    expect(page.get_by_text("Signed by Nora Kessling", exact=True)).to_be_visible()


def receive(office: Office, package: Path) -> None:
    """Legal operations takes the release home: every byte is in the manifest, and nothing privileged went out."""
    page = office.owen
    office.order(page)
    office.tab(page, "Files")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all as ZIP").click()
    download.value.save_as(package)
    with zipfile.ZipFile(package) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    lines = held.pop("manifest.sha256").decode().splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines if not line.startswith("#"))
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    texts = [held[name].decode() for name in held if name.startswith("TEXT/")]
    wanted = [letter for letter in letters.LETTERS if letter.codes == letters.RESPONSIVE]
    assert len(texts) == len(wanted) + 1
    assert all(any(letter.text in text for text in texts) for letter in wanted)
    assert not any("advice" in text for text in texts)
    office.press(page, "Accept the delivery")


def bill(office: Office) -> None:
    """Provider finance drafts and issues, takes both papers; the client approves. Twelve documents were read."""
    page = office.devika
    office.turn_to(page, "Invoices")
    office.follow(page, "Draft invoices")
    page.get_by_label("Engagement").select_option(index=1)
    today = timezone.now().date()
    page.get_by_label("From").fill((today - timedelta(days=1)).isoformat())
    page.get_by_label("To and with").fill(today.isoformat())
    office.press(page, "Draft")
    expect(page.get_by_text("$11.40").first).to_be_visible()
    office.press(page, "Issue")
    papers = {}
    for paper in ("PDF", "LEDES"):
        with page.expect_download() as download:
            page.get_by_role("link", name=paper, exact=True).click()
        papers[paper] = Path(download.value.path()).read_bytes()
    assert papers["PDF"].startswith(b"%PDF-")
    assert not ledes.validate_1998b(papers["LEDES"].decode("ascii"), currency="USD")

    page = office.owen
    office.turn_to(page, "Invoices")
    office.follow(page, re.compile(r"^\d{4}-\d{5}$"))
    office.press(page, "Approve all")
    expect(heading(page)).to_contain_text("is approved")


def close(office: Office) -> None:
    page = office.owen
    office.order(page)
    office.press(page, "Close the order")
    expect(page.get_by_role("button", name="Close the order")).to_have_count(0)


def assert_told_by_the_log(page: Page) -> None:
    """Every step that was clicked stands in the log as the attorney reads it, by whoever took it, in its order."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Log").click()
    page.wait_for_url("**/log/")
    told = ""
    while True:
        told = " ".join(reversed(page.locator("tbody tr").all_inner_texts())) + told
        onward = page.get_by_role("link", name="Next")
        if not onward.count():
            break
        with page.expect_navigation():
            onward.first.click()
    at = [told.find(words) for words in TOLD]
    assert -1 not in at, TOLD[at.index(-1)]
    assert at == sorted(at)
