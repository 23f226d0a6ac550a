"""The pictures in the README, and screenshots of the desk to check, taken from a running demo (`make run`).

python -m tests.browser.pictures http://127.0.0.1:8000 desk PASSWORD
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import CHROMIUM, CHROMIUM_ARGS

FOLDER = Path(__file__).parent / "pictures"
LARGEST = 200_000  # bytes
TO_LOOK_AT = Path("test-results/desk")
SCREENS = {
    "queue": "", "request": "", "to-call": "?view=to-call", "answered": "?view=answered", "search": "search/",
    "finder": "book/?reason=broken-bone", "day": "day/", "day-by-practitioner": "day/?by=practitioner",
    "calendar": "calendar/?span=week", "calendar-day": "calendar/?span=day",
}  # fmt: skip


def main(site: str, name: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1180, "height": 700})
        risks(page, site)
        times(page, site)
        sign_in(page, site, name, password)
        page.goto(f"{site}/admin/desk/")
        take(page, "queue")
        desk(page, site)
        browser.close()


def risks(page: Page, site: str) -> None:
    page.goto(f"{site}/procedures/kyphoplasty/risks/")
    take(page, "risks", from_="#pairs")


def times(page: Page, site: str) -> None:
    page.goto(f"{site}/request/")
    page.get_by_role("button", name="None of these: start").click()
    answer(page, {"for_whom": 0, "reason": 0, "returning": 0})
    page.get_by_role("link", name="Later days").first.click()
    for time in (0, -1):
        page.locator(".clocks summary").nth(time).click()
        page.locator("button[name=add]:visible").first.click()
        page.wait_for_load_state()
    take(page, "times")


def answer(page: Page, choices: dict[str, int]) -> None:
    for name, place in choices.items():
        page.locator(f"input[name={name}]").nth(place).check()
    page.get_by_role("button", name="Continue").click()


def sign_in(page: Page, site: str, name: str, password: str) -> None:
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def desk(page: Page, site: str) -> None:
    """Every page of the desk in the usual width, to look at: these are not kept."""
    TO_LOOK_AT.mkdir(parents=True, exist_ok=True)
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        for name, path in SCREENS.items():
            page.goto(f"{site}/admin/desk/{path}")
            if name == "request":
                page.locator("a.on-top[href*='/requests/']").first.click()
                page.wait_for_url("**/requests/*/")
            page.screenshot(path=TO_LOOK_AT / f"{name}-{width}.png", full_page=True)


def take(page: Page, name: str, from_: str = "body") -> None:
    """A screenful of the page: the first one, or the one that begins with an element."""
    page.evaluate("selector => document.querySelector(selector).scrollIntoView()", from_)
    picture = page.screenshot(path=FOLDER / f"{name}.png")
    if len(picture) > LARGEST:
        raise SystemExit(f"{name}.png is larger than {LARGEST} bytes")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    main(*sys.argv[1:])
