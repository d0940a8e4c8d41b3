"""A form definition is made by the keyboard alone, with its preview beside it, in both themes."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cursitor.lines.entry import queries
from tests.journeys.conftest import THEMES, axe
from tests.lines.entry import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world):
    return factories.bare_order(world)


def press(page: Page, button: str) -> None:
    """Press a button by the keyboard and wait for what it brings."""
    page.get_by_role("button", name=button, exact=True).focus()
    with page.expect_response("**/definition/draft"):
        page.keyboard.press("Enter")


def test_a_form_is_made_by_the_keyboard(world, order, sign_in):
    page = sign_in(world.delivery_manager, to=reverse("entry:definition", args=[order.ref]))
    page.get_by_role("button", name="An empty form").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The form has no field yet")

    press(page, "Add a field")
    expect(page.locator("#field-label")).to_be_focused()
    page.keyboard.type("Date filed")
    expect(page.locator("#preview")).to_contain_text("Date filed")
    page.locator("#field-type").select_option("DATE")
    page.locator("#field-is_critical").focus()
    page.keyboard.press("Space")
    press(page, "Add a field")
    expect(page.locator("#field-label")).to_have_value("")
    expect(page.locator("#field-label")).to_be_focused()
    page.keyboard.type("Name of registrant")
    press(page, "Move Field without a label up")
    expect(page.locator("[data-announcer]")).to_have_text("Name of registrant is now field 1 of 2.")
    page.locator("#field-pattern").evaluate("(input) => { input.closest('details').open = true }")
    page.locator("#field-pattern").fill("(a")
    press(page, "Make version 1")
    expect(page.get_by_role("alert")).to_be_focused()
    page.locator("#field-pattern").fill("")
    page.get_by_role("button", name="Make version 1").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("The form has 2 fields, 1 of them keyed twice")
    form = queries.definition(order.schemas.get())
    assert [field.key for field in form.fields] == ["name_of_registrant", "date_filed"]
    assert form.field("date_filed").is_critical


# Types into the field's label in the very turn in which it comes onto the page, as fast fingers on a busy machine do.
TYPES_AT_ONCE = """() => new MutationObserver((_changes, observer) => {
  const label = document.querySelector("#field-label");
  if (!label) return;
  observer.disconnect();
  label.value = "Date filed";
  label.dispatchEvent(new InputEvent("input", { bubbles: true }));
}).observe(document.body, { childList: true, subtree: true })"""


def test_what_is_typed_the_moment_a_field_is_there_is_previewed(world, order, sign_in):
    page = sign_in(world.delivery_manager, to=reverse("entry:definition", args=[order.ref]))
    page.get_by_role("button", name="An empty form").click()
    expect(page.get_by_role("button", name="Add a field")).to_be_visible()
    page.evaluate(TYPES_AT_ONCE)
    press(page, "Add a field")
    expect(page.locator("#preview")).to_contain_text("Date filed")


@pytest.mark.parametrize("theme", THEMES)
def test_its_pages_are_clean(world, order, sign_in, theme):
    manager = world.delivery_manager
    page = sign_in(manager, to=reverse("entry:definition", args=[order.ref]), theme=theme)
    axe(page)
    page.get_by_role("button", name="Contract cover sheet").click()
    page.get_by_role("button", name="Edit Agreement date").click()
    expect(page.locator("#field-label")).to_be_focused()
    axe(page)
    page.get_by_role("button", name="Make version 1").click()
    expect(page.get_by_role("status").first).to_contain_text("Version 1 is made.")
    axe(page)
    page.goto(reverse("entry:order", args=[order.ref]))
    axe(page)
