"""Keying at the bench with nothing but the keyboard: prefill, drafts, undo, what is refused and what fails."""

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from cursitor.lines.entry.choices import Stage, TaskKind
from cursitor.lines.entry.keying import views
from cursitor.lines.entry.models import Keying, Record
from cursitor.plumbing.vault import operations as vault
from cursitor.spine.work.models import Question
from tests.factories import NOW
from tests.journeys.conftest import THEMES, axe
from tests.lines.entry import factories

GUESS = {"value": "March 4, 1990", "confidence": 0.83, "page": 2, "region": [0.2, 0.6, 0.3, 0.04]}


@pytest.fixture
def order(live_server, world):
    made = factories.order(world)
    factories.schema(made, prefill=True)
    return made


@pytest.fixture
def records(order):
    """Nine records of two pages each, so that two are fetched ahead; the machine has read the date of the first."""
    batch, made = factories.batch(order), []
    for number in range(9):
        source = factories.file(batch, n_pages=2)
        for page in (1, 2):
            image = vault.put(scope=order.matter.key, source=drawn(f"Form {number + 1}, page {page}"), at=NOW)
            factories.page(source, number=page, image=image, width=850, height=1100)
        made.append(factories.record(batch, file=source, last_page=2, prefill={"filed": GUESS} if not number else {}))
    return made


@pytest.fixture
def task(world, order, records):
    return factories.task(order, world.specialist)


def drawn(words):
    image = Image.new("L", (850, 1100), 255)
    ImageDraw.Draw(image).text((80, 80), words, fill=0)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def address(task):
    return f"/entry/{task.order.ref}/bench/{task.number}/"


def field(page, key):
    return page.locator(f'[data-field="{key}"] [data-value]')


def shown(page):
    return page.locator(".reader-bar h2")


@pytest.fixture
def page(sign_in, world, task):
    """The bench of the first keyer, its cursor in the first field."""
    opened = sign_in(world.specialist, to=address(task))
    expect(field(opened, "registrant")).to_be_focused()
    return opened


def type_in(page, *values):
    for value in values:
        page.keyboard.type(value)
        page.keyboard.press("Enter")


class TestKeyingByKeyboard:
    def test_goes_from_field_to_field_and_from_record_to_record(self, page):
        type_in(page, "Akin, Gump & Co.", "A-0431/7")
        expect(field(page, "filed")).to_have_value("March 4, 1990")
        expect(page.get_by_text("read by machine, 83 %")).to_be_visible()
        page.keyboard.press("End")
        page.keyboard.press("Backspace")
        type_in(page, "9", "S", "Stamped twice.")
        expect(shown(page)).to_have_text("R00002")
        page.keyboard.press("Alt+l")
        expect(field(page, "registrant")).to_have_value("Akin, Gump & Co.")
        page.keyboard.type("B-2")
        page.keyboard.press("Tab")
        page.keyboard.press("Alt+u")
        page.keyboard.press("Control+Enter")

        expect(shown(page)).to_have_text("R00003")
        expect(page.locator("[data-saved-line]")).to_be_visible()
        expect(page.locator(".bench-standing")).to_contain_text("2 of 9")
        first, second = Keying.objects.order_by("pk")
        assert {key: value["raw"] for key, value in first.values.items()} == {
            "registrant": "Akin, Gump & Co.", "number": "A-0431/7", "filed": "March 4, 1999", "kind": "SUPPLEMENT",
            "note": "Stamped twice.",
        }  # fmt: skip
        assert (first.values["filed"]["shown"], first.values["filed"]["prefilled"]) == ("March 4, 1990", True)
        assert second.values["filed"]["unreadable"]
        assert first.effort["keystrokes"] > 40
        assert first.effort["by_field"]["note"]["keystrokes"] == 15

    def test_asks_to_look_at_what_the_machine_read(self, page):
        type_in(page, "Akin", "A-1")

        page.keyboard.press("Tab")
        page.keyboard.press("Control+Enter")

        expect(page.get_by_text("Read by machine: compare it with the page, then Enter.")).to_be_visible()
        expect(field(page, "filed")).to_be_focused()
        assert not Keying.objects.exists()
        page.keyboard.press("Enter")
        page.keyboard.press("Control+Enter")
        expect(page.locator("[data-saved-line]")).to_be_visible()
        assert Keying.objects.get().values["filed"]["raw"] == "March 4, 1990"

    def test_tells_on_leaving_a_field_and_at_the_save_what_is_wrong(self, page):
        type_in(page, "Akin", "A-1")
        page.keyboard.type("some day")
        page.keyboard.press("Tab")

        expect(page.get_by_text("Filed holds no digit.")).to_be_visible()
        page.keyboard.press("Shift+Tab")
        type_in(page, "31 February 1999")
        page.keyboard.press("Control+Enter")

        expect(page.get_by_text("Filed cannot be read")).to_have_count(2)
        expect(shown(page)).to_have_text("R00001")
        page.keyboard.press("Enter")
        expect(field(page, "filed")).to_be_focused()
        assert not Keying.objects.exists()

    def test_loses_nothing_by_a_reload_nor_by_a_failure(self, page):
        type_in(page, "Akin", "A-1", "March 4, 1999", "S")
        page.keyboard.type("Half a rem")
        page.route("**/save", lambda route: route.abort())
        page.reload()
        expect(field(page, "note")).to_have_value("Half a rem")

        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Not saved. Your entries are still here.")).to_be_visible()
        expect(shown(page)).to_have_text("R00001")
        expect(field(page, "note")).to_have_value("Half a rem")
        page.unroute("**/save")
        page.keyboard.press("r")

        expect(shown(page)).to_have_text("R00002")
        expect(field(page, "registrant")).to_have_value("")
        expect(page.locator("[data-saved-line]")).to_be_visible()
        assert Keying.objects.get().values["note"]["raw"] == "Half a rem"
        assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('cursitor'))") == []

    def test_takes_back_with_what_was_typed(self, page):
        type_in(page, "Akin", "A-1", "March 4, 1999", "S", "Once")
        expect(shown(page)).to_have_text("R00002")

        page.keyboard.press("Alt+z")

        expect(shown(page)).to_have_text("R00001")
        expect(field(page, "note")).to_have_value("Once")
        assert Record.objects.get(number=1).stage == Stage.FIRST

    def test_fetches_nothing_twice_while_a_save_is_under_way(self, page, monkeypatch):
        # A save that the server has not had yet leaves the record among those held: asking for it again and again
        # would stand in the way of that save.
        page.wait_for_load_state("networkidle")
        monkeypatch.setattr(views, "N_PER_REQUEST", 1)
        asked, saves = [], []

        def second_is_late(route):
            asked.append(route)
            if len(asked) != 2:
                route.continue_()

        page.route("**/ahead?*", second_is_late)
        page.route("**/save", lambda route: saves.append(route))
        page.reload()
        expect(page.locator("[data-ready]")).to_have_text("1")
        type_in(page, "Akin", "A-1", "March 4, 1999", "S", "Once")
        expect(shown(page)).to_have_text("R00002")
        asked[1].continue_()
        expect(page.locator("[data-ready]")).to_have_text("1")
        page.wait_for_timeout(500)

        assert len(asked) == 3
        saves[0].continue_()
        expect(page.locator("[data-saved-line]")).to_be_visible()

    def test_asks_again_when_what_it_asked_is_refused_since_a_save_came_before(self, page):
        page.wait_for_load_state("networkidle")
        asked = []

        def first_is_late(route):
            asked.append(route)
            if len(asked) > 1:
                route.continue_()

        page.route("**/ahead?*", first_is_late)
        page.reload()
        expect(field(page, "registrant")).to_be_focused()
        type_in(page, "Akin", "A-1", "March 4, 1999", "S", "Once")
        expect(shown(page)).to_have_text("R00002")
        with page.expect_response(lambda answer: answer.status == 409):
            asked[0].continue_()

        expect(page.locator(".bench-standing")).to_contain_text("1 of 9")

    def test_moves_the_pages_while_typing(self, page):
        scroll = "document.querySelector('[data-scroll]').scrollTop"
        expect(page.locator('[data-page="1"] img')).to_be_visible()

        page.keyboard.press("Alt+ArrowDown")
        panned = page.evaluate(scroll)
        page.keyboard.press("Alt+PageDown")
        expect(page.locator("[data-page-words]")).to_have_text("page 2 of 2")
        page.keyboard.press("Alt+=")
        expect(page.locator("[data-zoom-words]")).to_have_text("125 %")
        page.keyboard.press("Alt+0")
        expect(page.locator("[data-zoom-words]")).to_have_text("100 %")

        assert panned > 100
        expect(field(page, "registrant")).to_be_focused()
        expect(field(page, "registrant")).to_have_value("")

    def test_shows_where_the_field_stands(self, page):
        type_in(page, "Akin", "A-1")

        expect(page.locator('[data-page="2"] .region')).to_be_in_viewport()
        expect(page.locator('[data-page="1"] .region')).to_be_hidden()

    def test_asks_and_sets_aside(self, page):

        page.keyboard.press("Alt+q")
        page.keyboard.type("Which of the two names is meant?")
        page.get_by_role("button", name="Ask", exact=True).press("Enter")
        expect(page.get_by_text("Question 1 is asked.")).to_be_visible()
        page.keyboard.press("Alt+x")
        page.keyboard.type("Another form")
        page.keyboard.press("Enter")

        expect(shown(page)).to_have_text("R00002")
        question, record = Question.objects.get(), Record.objects.get(number=1)
        assert (question.about, question.is_blind) == ("R00001", True)
        assert (record.stage, record.set_aside_reason) == (Stage.SET_ASIDE, "Another form")


class TestItsLooks:
    @pytest.mark.parametrize("theme", THEMES)
    def test_are_clean_to_axe_for_every_pass(self, sign_in, world, order, task, records, theme):
        second = factories.task(order, world.second_specialist, TaskKind.SECOND)
        third = factories.task(order, factories.adjudicator(world), TaskKind.ADJUDICATE)
        factories.key(records[1], task, factories.RIGHT)
        factories.key(records[2], task, factories.RIGHT)
        factories.key(records[2], second, factories.RIGHT | {"number": "A-0481/7", "registrant": "Akin"})

        for desk in (task, second, third):
            page = sign_in(desk.holder, to=address(desk), theme=theme)
            expect(page.locator(".region, .keyed.on, .dispute.on").first).to_be_attached()
            axe(page)
