"""Take the pictures of docs/pictures from a running demo: .venv/bin/python tools/pictures.py http://127.0.0.1:8000"""

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = os.environ.get("CURSITOR_CHROMIUM", "/usr/bin/chromium")
PASSWORD = "Seven seals, one clerk"
LARGEST = 300_000
FIRM, PROVIDER = "aldmere-vance.example", "quillfield.example"


@dataclass(frozen=True)
class Picture:
    """
    name: of the file. email: who looks. theme: light or dark.
    open: brings the page from that person's home to what is shown. Only the invented matter may be opened: no picture
    shows the mail of a real person.
    """

    name: str
    email: str
    theme: str
    open: Callable[[Page], None] = lambda page: None


def order(title: str) -> Callable[[Page], None]:
    """Return what opens the order of this title."""

    def opened(page: Page) -> None:
        page.goto(f"/orders/?text={title}")
        page.locator("tbody tr", has_text=title).get_by_role("link", name=re.compile(r"^WO-\d+$")).first.click()

    return opened


def signed(page: Page) -> None:
    """Open a signed release, its statement unfolded, once every byte has been read again."""
    order("Privilege review, survey and advice")(page)
    page.get_by_role("link", name="Quality", exact=True).click()
    page.get_by_role("link", name="Release 1").click()
    page.get_by_text("The signed statement").click()


def bench(page: Page) -> None:
    """Open the bench of the first-level review, where the page stands at the likeliest family not yet read."""
    page.locator("tr", has_text="sets A to C").get_by_role("link", name=re.compile("^Open")).first.click()
    page.wait_for_url("**/bench/**")
    page.keyboard.press("t")


PICTURES = (
    Picture("attorney", f"nora.kessling@{FIRM}", "light"),
    Picture("order", f"nora.kessling@{FIRM}", "light", order("First-level review, sets A to C")),
    Picture("bench", f"kavya.rindani@{PROVIDER}", "light", bench),
    Picture("bench-dark", f"kavya.rindani@{PROVIDER}", "dark", bench),
    Picture("quality", f"piotr.walenga@{PROVIDER}", "light"),
    Picture("sign-off", f"nora.kessling@{FIRM}", "light", signed),
    Picture("operations", f"anjali.deshkar@{PROVIDER}", "dark"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="where the demo runs, such as http://127.0.0.1:8000")
    parser.add_argument("names", nargs="*", help="pictures to take; all when none is named")
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            if not given.names or picture.name in given.names:
                _take(browser, given.address, picture)
        browser.close()


def _take(browser: Browser, address: str, picture: Picture) -> None:
    size = {"width": 1440, "height": 900}
    context = browser.new_context(base_url=address, color_scheme=picture.theme, viewport=size)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(picture.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    picture.open(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    taken = page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()
    if len(taken) > LARGEST:
        raise SystemExit(f"{picture.name}.png has {len(taken)} bytes, more than {LARGEST}")
    print(f"{picture.name}.png  {len(taken):>7} bytes")


if __name__ == "__main__":
    main()
