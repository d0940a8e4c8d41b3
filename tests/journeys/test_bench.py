"""Reading at the bench with nothing but the keyboard. All mail is invented."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from cursitor.lines.review.choices import TaskKind
from cursitor.lines.review.models import Coding, CodingSave, Family
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.audit.models import Entry
from tests.factories import NOW
from tests.journeys.conftest import THEMES, axe
from tests.lines.review import factories

LETTER = """Hugo, you asked me to set out what we knew and when. The first report of
a seal failing under load came in on 3 March, on car 61. I did not
forward it because the reading was inside the tolerance Danube gave us.

The pressure log covers cars 40 to 88, one line a shift.
It was kept by yard control and copied to fleet safety each Friday.
No car was moved out of turn. The wash-out schedule was met.
Two cars were held for paint. One was held for a broken ladder.
The night shift noted rain on the 9th and on the 11th.
Nothing was noted on the 10th.

The surveyor's draft says the seal failed because the gasket batch was
outside the specification. Before he issues the final I would like your
advice on whether the draft has to be kept, and whether he should be
instructed by counsel from here on.

Pella Ostrander"""

HIGHLIGHTS = [
    {"name": "seal w/5 fail*", "style": "TERM", "query": "seal w/5 fail*"},
    {"name": "surveyor", "style": "TERM", "query": "surveyor"},
    {"name": "counsel, advice", "style": "PRIVILEGE", "query": "counsel OR advice"},
    {"name": "Brandvold", "style": "NAME", "query": "brandvold OR hugo"},
]
GUIDANCE = (
    "A message to counsel stays privileged when a third party is copied only if that person was needed for the "
    "advice. If in doubt, code attorney-client and ask; do not release."
)
SUBJECTS = (
    "Car 61 pressure reading",
    "Demurrage invoice March",
    "Wash-out schedule",
    "FW: gasket batch numbers",
    "Bill of lading 22871",
    "Lunch on Thursday",
)
N_LETTERS = 90


@pytest.fixture
def order(live_server, world):
    made = factories.order(world)
    factories.layout(made, highlights=HIGHLIGHTS, guidance=GUIDANCE, fields=factories.layouts.default_fields(ISSUES))
    return made


ISSUES = ("Notice", "Specification", "Gasket batch", "Preservation", "Damages", "Other")


@pytest.fixture
def collection(order):
    return factories.collection(order)


@pytest.fixture
def head(collection):
    """A letter with two attachments, the first in the queue."""
    family = factories.family(
        collection,
        LETTER,
        "Survey report, draft 2.\nThe gasket batch is outside the specification.",
        "Pressure log, cars 40 to 88.",
        sent_at=datetime(2025, 3, 17, 21, 42, tzinfo=UTC),
    )
    letter, survey, log = family.documents.order_by("position")
    letter.subject, letter.sender = "Re: seal failure, tank car survey", "Pella Ostrander <pella@corbel.example>"
    letter.recipients = {
        "to": ["Hugo Brandvold <hugo@brandvold.example>"],
        "cc": ["Emil Lindqvane <emil@surv.example>"],
    }
    letter.save()
    survey.name, survey.kind, survey.n_pages = "Survey report 14 Mar, draft 2.pdf", "pdf", 9
    survey.save()
    log.name, log.kind = "Pressure log, cars 40 to 88.xlsx", "spreadsheet"
    log.save()
    Family.objects.filter(pk=family.pk).update(rank=1)
    return family


@pytest.fixture
def letters(collection):
    return [
        factories.family(
            collection,
            f"Reading {number} of the seal on car {number}.\nNothing to report.",
            subject=f"{SUBJECTS[number % len(SUBJECTS)]}, {number}",
            sender="Emil Lindqvane <emil@surv.example>",
            sent_at=NOW,
        )
        for number in range(N_LETTERS)
    ]


@pytest.fixture
def task(world, order):
    return factories.task(order, world.specialist)


def address(task):
    return f"/review/{task.order.ref}/bench/{task.number}/"


def number_shown(page):
    return page.locator(".reader-bar h2")


class TestReadingByKeyboard:
    def test_codes_twenty_documents_without_a_mouse(self, sign_in, world, task, letters):
        page = sign_in(world.specialist, to=address(task))
        expect(page.locator("[data-ready]")).to_have_text("12")

        for place in range(20):
            expect(number_shown(page)).to_have_text(f"CF-{place + 1:06d}")
            for key in ("1", "n", "q") if place % 3 == 0 else ("2",):
                page.keyboard.press(key)
            page.keyboard.press("Enter")

        expect(number_shown(page)).to_have_text("CF-000021")
        expect(page.locator(".bench-standing")).to_contain_text("20 of 90")
        assert Coding.objects.count() == 20
        assert Coding.objects.filter(values={"responsiveness": "NOT_RESPONSIVE"}).count() == 13
        relevant = {"responsiveness": "RESPONSIVE", "privilege": "NOT_PRIVILEGED", "issues": ["NOTICE"]}
        assert Coding.objects.filter(values=relevant).count() == 7
        seen = Entry.objects.filter(type="review.document.viewed").values_list("data__document", flat=True)
        assert sorted(seen) == [f"CF-{number:06d}" for number in range(1, 22)]

    def test_reads_a_family_hit_by_hit_and_codes_it_at_once(self, sign_in, world, task, head, letters):
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator("[data-hit-count]")).to_have_text("hit 2 of 8")
        expect(page.get_by_text("Two cars were held for paint.")).to_be_hidden()
        page.keyboard.press("Space")
        expect(page.get_by_text("Two cars were held for paint.")).to_be_visible()
        for key in ("1", "a", "x", "b", "f"):
            page.keyboard.press(key)
        expect(page.get_by_text("second reader follows")).to_be_visible()
        page.keyboard.press("Enter")

        expect(number_shown(page)).to_have_text("CF-000004")
        expect(page.locator("[data-saved-line]")).to_be_visible()
        coded = {
            "responsiveness": "RESPONSIVE",
            "privilege": "ATTORNEY_CLIENT",
            "confidentiality": "CONFIDENTIAL",
            "hot": True,
        }
        assert [coding.values for coding in Coding.objects.all()] == [coded] * 3

    def test_does_not_come_back_to_what_was_saved_with_its_family(self, sign_in, world, task, head, letters):
        page = sign_in(world.specialist, to=address(task))
        expect(page.locator("[data-ready]")).to_have_text("12")
        page.route("**/ahead?*", lambda route: route.abort())
        for key in ("1", "a", "f", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("[data-saved-line]")).to_be_visible()
        under_way = []
        page.route("**/save", lambda route: under_way.append(route))

        page.keyboard.press("2")
        page.keyboard.press("Enter")

        expect(number_shown(page)).to_have_text("CF-000005")
        for route in under_way:
            route.continue_()
        expect(page.locator(".bench-standing")).to_contain_text("2 of 91")

    def test_takes_saves_back_one_after_the_other(self, sign_in, world, task, letters):
        page = sign_in(world.specialist, to=address(task))
        for _ in range(3):
            number = number_shown(page).inner_text()
            page.keyboard.press("2")
            page.keyboard.press("Enter")
            expect(number_shown(page)).not_to_have_text(number)

        for number in ("CF-000003", "CF-000002", "CF-000001"):
            page.keyboard.press("u")
            expect(number_shown(page)).to_have_text(number)

        expect(page.get_by_label("Not responsive")).to_be_checked()
        assert not Coding.objects.exists()

    def test_names_the_required_group_that_is_empty(self, sign_in, world, task, letters):
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("1")
        page.keyboard.press("Enter")

        expect(page.get_by_text("Privilege is required.")).to_be_visible()
        expect(number_shown(page)).to_have_text("CF-000001")

    def test_asks_the_attorney_about_the_document(self, sign_in, world, order, task, letters):
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("?")
        expect(page.get_by_label("About")).to_have_value("CF-000001")
        page.get_by_label("Question").fill("Is the surveyor ours?")
        page.get_by_role("button", name="Ask", exact=True).press("Enter")

        expect(page.get_by_text("Question 1 is asked.")).to_be_visible()
        assert order.questions.get().about == "CF-000001"

    def test_shows_the_page_of_a_web_page_without_what_could_run(self, sign_in, world, order, task, collection):
        html = b"<h1>Wash-out schedule</h1><script>document.title = 'ran'</script><img src='https://x.example/a.png'>"
        native = vault.put(scope=order.matter.key, source=html, at=NOW)
        factories.family(collection, "Wash-out schedule", mime="text/html", native=native, size=len(html))
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("p")

        frame = page.frame_locator(".reader-scroll iframe")
        expect(frame.get_by_role("heading", name="Wash-out schedule")).to_be_visible()
        page.keyboard.press("e")
        expect(page.locator(".line")).to_be_visible()

    def test_lists_its_keys(self, sign_in, world, task, letters):
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("Control+/")

        expect(page.get_by_role("dialog")).to_contain_text("Save and next")
        expect(page.get_by_role("dialog")).to_contain_text("Attorney-client")

    def test_leaves_single_keys_alone_when_they_are_switched_off(self, sign_in, world, task, letters):
        world.specialist.has_single_keys = False
        world.specialist.save()
        page = sign_in(world.specialist, to=address(task))

        page.keyboard.press("2")

        expect(page.get_by_label("Not responsive")).not_to_be_checked()


class TestFailure:
    def test_brings_the_document_back_with_its_codes(self, sign_in, world, task, letters):
        # A page that is open already may let a request pass while its network is being taken over.
        page = sign_in(world.specialist, to="/me/")
        page.route("**/save", lambda route: route.abort())
        page.goto(address(task))
        expect(page.locator("[data-ready]")).to_have_text("12")

        page.keyboard.press("2")
        page.keyboard.press("Enter")

        expect(page.get_by_role("alert").filter(has_text="Not saved. Your codes are still here")).to_be_visible()
        expect(number_shown(page)).to_have_text("CF-000001")
        expect(page.get_by_label("Not responsive")).to_be_checked()

        page.unroute("**/save")
        page.keyboard.press("r")

        expect(number_shown(page)).to_have_text("CF-000002")
        expect(page.locator("[data-saved-line]")).to_be_visible()
        assert CodingSave.objects.count() == 1

    def test_works_without_fetching_ahead(self, sign_in, world, task, letters):
        page = sign_in(world.specialist, to="/me/")
        page.route("**/ahead?*", lambda route: route.abort())
        page.goto(address(task))

        for number in ("CF-000002", "CF-000003"):
            page.keyboard.press("2")
            page.keyboard.press("Enter")
            expect(number_shown(page)).to_have_text(number)

    def test_works_without_scripts(self, browser, open_page, live_server, world, task, letters, client):
        client.force_login(world.specialist)
        context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.goto(address(task))

        page.get_by_text("Not responsive", exact=True).click()
        page.get_by_role("button", name="Save and next").click()

        expect(number_shown(page)).to_have_text("CF-000002")
        context.close()
        assert Coding.objects.count() == 1


@pytest.mark.parametrize("theme", THEMES)
class TestLooks:
    def test_is_read_by_everybody(self, sign_in, world, task, head, letters, theme):
        page = sign_in(world.specialist, to=address(task), theme=theme)
        expect(page.locator("[data-ready]")).to_have_text("12")
        page.keyboard.press("j")

        axe(page)

    def test_the_second_reading_is_read_by_everybody(self, sign_in, world, order, head, theme):
        Family.objects.update(needs_privilege=True, first_done_at=NOW, first_doer=world.second_specialist)
        second = factories.task(order, world.specialist, TaskKind.PRIVILEGE)
        page = sign_in(world.specialist, to=address(second), theme=theme)

        expect(page.get_by_text("Second reading on privilege.")).to_be_visible()
        axe(page)
