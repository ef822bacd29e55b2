"""A real server and a real Chromium for the browser tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from find_browser import find_browser
from playwright.sync_api import Browser, Page, expect, sync_playwright
from visitor import PHONE

from tests.running_server import ROOT, running

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
Serve = Callable[[Path], str]
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start `streamlit run` on an app file, once per file, and give its address; all servers end with the session."""
    with ExitStack() as servers:

        @cache
        def address(app: Path) -> str:
            log = tmp_path_factory.mktemp("server") / f"{app.stem}.log"
            return servers.enter_context(running(app, log)).url

        yield address


@pytest.fixture
def url(serve: Serve) -> str:
    """The address of the app itself; a file of tests with an app of its own has a fixture of its own."""
    return serve(ROOT / "app.py")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the whole test session."""
    found = find_browser()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor at 1440 x 900, in English and the light theme, who reports every error of the page's code."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-US", accept_downloads=True
    )
    errors: list[str] = []
    visitor = context.new_page()
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    yield visitor
    context.close()
    assert not errors, errors


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    """A fresh visitor with a telephone, held upright."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, user_agent=PHONE, is_mobile=True, has_touch=True, locale="en-US"
    )
    yield context.new_page()
    context.close()
