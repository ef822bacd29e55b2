"""The line that asks for itself and the link that copies itself, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Serve
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("components_app.py")


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The page with every component, painted."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-chart=curves][data-revision]")).to_be_visible(timeout=30_000)


def test_an_answer_comes_by_itself_and_a_late_one_is_dropped(shown: Page) -> None:
    status = shown.get_by_role("status").filter(has_text=re.compile("Agrees|Checking"))
    expect(status).to_contain_text("Agrees over 1000 steps.")
    shown.get_by_role("slider", name="Steps").press("End")
    expect(status).to_contain_text("Checking…")
    shown.wait_for_timeout(600)
    shown.get_by_role("slider", name="Steps").press("ArrowLeft")
    expect(status).to_contain_text("Agrees over 1999 steps.")
    shown.wait_for_timeout(2200)
    expect(status).to_contain_text("Agrees over 1999 steps.")


def test_no_answer_is_said(page: Page, serve: Serve) -> None:
    page.route("**/api/answer**", lambda route: route.abort())
    open_page(page, serve(APP))
    expect(page.get_by_role("status").filter(has_text="No answer.")).to_be_visible()


def test_the_link_is_copied_and_the_language_set(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, serve(APP) + "?zh=1")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith("?zh=1")
    expect(page.get_by_text("Copied")).to_be_hidden()


def test_the_link_is_copied_without_a_clipboard_interface(page: Page, serve: Serve) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    open_page(page, serve(APP))
    page.evaluate("document.addEventListener('copy', () => (window.copied = getSelection().toString()))")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("window.copied").startswith("http://127.0.0.1")
