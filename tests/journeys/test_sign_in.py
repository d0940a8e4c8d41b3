"""Signing in by every means there is, in a browser."""

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cursitor.spine.audit.models import Entry
from tests import factories
from tests.journeys.authenticator import Clock, Codes, totp
from tests.journeys.conftest import THEMES, axe, type_password

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_oracle_agrees_with_rfc_6238():
    assert totp(base64.b32encode(b"12345678901234567890").decode(), 59) == "287082"


def set_up_totp(page: Page, clock: Clock) -> Codes:
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    confirm_by_password(page)
    codes = Codes(page.get_by_label("Secret, if the picture cannot be scanned").input_value(), clock)
    page.get_by_label("Code", exact=True).fill(codes.next())
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("recovery codes")
    return codes


def confirm_by_password(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def recovery_codes(page: Page) -> list[str]:
    return page.locator(".recovery-codes li").all_inner_texts()


def events_of(person) -> list[str]:
    return list(Entry.objects.filter(subject=person.key).order_by("sequence").values_list("type", flat=True))


class TestPassword:
    def test_signs_in_and_leads_where_one_wanted_to_go(self, world, open_page):
        page = open_page("/people/")

        type_password(page, world.attorney)

        expect(page).to_have_url(re.compile("/people/$"))
        expect(page.get_by_role("link", name="Nora Kessling").first).to_be_visible()
        assert events_of(world.attorney) == ["people.session.opened"]

    def test_refuses_a_wrong_one_in_words_and_in_the_log(self, world, open_page):
        page = open_page()

        type_password(page, world.attorney, "not this sentence")

        expect(page.get_by_role("alert")).to_be_visible()
        assert events_of(world.attorney) == ["people.session.refused"]

    def test_is_changed_and_the_old_one_ends(self, world, sign_in, open_page):
        page = sign_in(world.attorney, to="/accounts/password/change/")
        page.get_by_label("Current Password").fill(factories.PASSWORD)
        page.get_by_label("New Password", exact=True).fill("quite another sentence")
        page.get_by_label("New Password (again)").fill("quite another sentence")
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("status").first).to_contain_text("changed")

        again = open_page()
        type_password(again, world.attorney, "quite another sentence")

        expect(again).not_to_have_url(re.compile("login"))
        assert "people.password.changed" in events_of(world.attorney)


class TestAuthenticatorApp:
    def test_is_set_up_and_then_asked_for(self, world, sign_in, open_page, clock):
        codes = set_up_totp(sign_in(world.attorney), clock)

        again = open_page("/accounts/login/?next=/me/")
        type_password(again, world.attorney)
        expect(again.get_by_role("heading", level=1)).to_have_text("Second factor")
        again.get_by_label("Code").fill(codes.next())
        again.get_by_role("button", name="Sign in").click()

        expect(again).to_have_url(re.compile("/me/$"))
        assert "people.factor.added" in events_of(world.attorney)

    def test_alone_confirms_a_sensitive_act_once_it_is_set_up(self, world, sign_in, clock):
        page = sign_in(world.administrator)
        codes = set_up_totp(page, clock)

        page.goto(f"/people/organisations/{world.firm.pk}/invite")

        expect(page.get_by_label("Code of your authenticator app, or a recovery code")).to_be_visible()
        expect(page.get_by_label("Password")).to_have_count(0)
        page.get_by_label("Code of your authenticator app, or a recovery code").fill(codes.next())
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Invite to Aldmere Vance")

    def test_gives_recovery_codes_that_work_once(self, world, sign_in, open_page, clock):
        page = sign_in(world.attorney)
        set_up_totp(page, clock)
        spare = recovery_codes(page)[0]

        for expected in ("/me/$", "2fa/authenticate"):
            again = open_page("/accounts/login/?next=/me/")
            type_password(again, world.attorney)
            again.get_by_label("Code").fill(spare)
            again.get_by_role("button", name="Sign in").click()
            expect(again).to_have_url(re.compile(expected))


@pytest.fixture
def authenticator() -> Iterator[dict]:
    """The options of a virtual authenticator that keeps passkeys and always finds the right finger."""
    return {
        "options": {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
    }


class TestPasskey:
    def test_is_added_and_signs_in_without_a_password(self, world, sign_in, authenticator):
        page = sign_in(world.attorney)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", authenticator)
        page.goto("/accounts/2fa/webauthn/add/")
        confirm_by_password(page)
        page.get_by_label("What you call it").fill("Laptop")
        page.get_by_label("It may sign me in without a password").check()
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("recovery codes")

        page.goto("/accounts/logout/")
        page.get_by_role("button", name="Sign out").click()
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()

        expect(page).not_to_have_url(re.compile("accounts"))
        page.goto("/me/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Nora Kessling")


class TestSessions:
    def test_are_listed_and_the_others_signed_out(self, world, sign_in):
        other = sign_in(world.attorney)
        page = sign_in(world.attorney, to="/accounts/sessions/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Signed in 2 times")

        page.get_by_role("button", name="Sign the others out").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Signed in here only")
        other.goto("/me/")
        expect(other).to_have_url(re.compile("login"))


class TestPages:
    def test_are_judged_by_an_axe_that_bites(self, open_page, db):
        page = open_page()
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")

        with pytest.raises(AssertionError, match="image-alt"):
            axe(page)

    @pytest.mark.parametrize("theme", THEMES)
    def test_can_be_read_by_everybody_before_signing_in(self, open_page, db, theme):
        page = open_page(theme=theme)
        for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"):
            page.goto(path)
            axe(page)

    @pytest.mark.parametrize("theme", THEMES)
    def test_can_be_read_by_everybody_after_signing_in(self, world, sign_in, theme):
        page = sign_in(world.administrator, theme=theme)
        firm, attorney = world.firm.pk, world.attorney.pk
        for path in (
            "/me/",
            "/me/notices/",
            "/people/",
            f"/people/{attorney}/",
            f"/people/{attorney}/licences/new",
            "/people/organisations/",
            f"/people/organisations/{firm}/",
            f"/people/organisations/{firm}/invite",
            f"/people/organisations/{firm}/sites/new",
            "/people/999/",
            "/accounts/2fa/",
            "/accounts/sessions/",
            "/accounts/password/change/",
            "/accounts/reauthenticate/",
            "/parts/",
            "/search?q=nora",
        ):
            page.goto(path)
            axe(page)

    def test_have_a_palette_that_finds_people_by_keyboard_alone(self, world, sign_in):
        page = sign_in(world.attorney)

        page.keyboard.press("Control+k")
        page.keyboard.type("asha")
        expect(page.get_by_role("link", name="Asha Verma")).to_be_visible()
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Asha Verma")

    def test_lead_to_places_by_two_keys_unless_single_keys_are_off(self, world, sign_in):
        page = sign_in(world.attorney)

        page.keyboard.press("g")
        page.keyboard.press("p")
        expect(page).to_have_url(re.compile("/people/$"))

        page.goto("/me/")
        page.get_by_label("Single keys").uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").first).to_contain_text("Saved.")
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_timeout(300)
        expect(page).to_have_url(re.compile("/me/$"))

    @pytest.mark.parametrize("width", [390, 1100])
    def test_fit_narrow_windows_without_scrolling_sideways(self, world, sign_in, width):
        page = sign_in(world.attorney, to="/people/", width=width)

        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

        assert overflow <= 0
        axe(page)
