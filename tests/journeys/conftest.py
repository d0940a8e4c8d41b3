"""A real Chromium in front of the running site, light or dark, and axe on the page that stands open."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import allauth.mfa.totp.internal.auth
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.urls import get_resolver
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests import factories
from tests.journeys.authenticator import Clock

# Playwright's synchronous interface runs an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CURSITOR_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERIOUS = {"serious", "critical"}
THEMES = ("light", "dark")
WAIT_MS = 10_000
LOAD_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in item.nodeid:
            item.add_marker(pytest.mark.slow)
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.browser)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(allauth.mfa.totp.internal.auth, "time", standing)
    return standing


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys of this process; skipped where none is installed, but never in CI."""
    if not os.path.exists(CHROMIUM):
        missing = f"no Chromium at {CHROMIUM}; say where it is in CURSITOR_CHROMIUM"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, settings: Any) -> Iterator[Callable[..., Page]]:
    """
    Return a function that opens a page of its own session: open_page("/me/", theme="dark", width=1440, height=900).

    A script error, a breach of the content policy, a request to anywhere but the site or an answer that says the site
    broke fails the test that caused it.
    """
    get_resolver().url_patterns  # noqa: B018 - imports every room now, so that the first page need not wait for it
    cache.clear()  # the counts of sign-in attempts live there
    settings.CURSITOR_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    contexts, complaints = [], []

    def opened(path: str = "/accounts/login/", *, theme: str = "light", width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=live_server.url, color_scheme=theme, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        context.set_default_navigation_timeout(LOAD_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("console", lambda message: _listen(message.text, complaints))
        page.on("request", lambda request: _watch(request.url, live_server.url, complaints))
        page.on("response", lambda answer: _hear(answer, complaints))
        page.goto(path)
        return page

    expect.set_options(timeout=WAIT_MS)
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Return a function that signs a person in by typing: sign_in(world.attorney, to="/", theme="dark")."""

    def signed_in(person: Any, *, to: str = "/me/", **looks: Any) -> Page:
        page = open_page(f"/accounts/login/?next={to}", **looks)
        type_password(page, person)
        page.wait_for_url(f"**{to}")
        return page

    return signed_in


def type_password(page: Page, person: Any, password: str = factories.PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def axe(page: Page, *, rules: Sequence[str] = ()) -> None:
    """
    Assert that axe finds nothing serious or critical on the page as it stands. Call it once per page and theme.

    rules: the only ones to ask, by the names axe gives them; all of them if left out.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = [each for each in Axe().run(page, options=options).response["violations"] if each["impact"] in SERIOUS]
    told = [
        f"{each['id']}: {each['help']}: " + "; ".join(node["html"][:160] for node in each["nodes"]) for each in found
    ]
    assert told == [], f"{page.url}\n" + "\n".join(told)


def _listen(text: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)


def _hear(answer: Response, complaints: list[str]) -> None:
    if answer.status >= 500:
        complaints.append(f"answered {answer.status}: {answer.url}")


def _watch(url: str, own: str, complaints: list[str]) -> None:
    if not url.startswith((own, "data:", "blob:", "about:")):
        complaints.append(f"request outside: {url}")
