"""A real Chromium that visits a page at desktop size, the way a learner's does."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.find_browser import find_browser

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
IDLE = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"


@contextmanager
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the length of a block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """A page of a visitor who was never here: nothing in the cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-US")
    return context.new_page()
