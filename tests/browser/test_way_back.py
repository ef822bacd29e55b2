"""Back, forward and the menu in a real browser: no entry of the history is a trap, and nothing set is lost."""

from pathlib import Path

import pytest
from conftest import Serve
from playwright.sync_api import Page, expect
from visitor import address, address_becomes, field, history, opened, settled, write

from lrviz.text import words

pytestmark = pytest.mark.browser
APP = Path(__file__).resolve().parents[2] / "app.py"
HEADING = {language: words(language).w("page.schedules.heading") for language in ("en", "zh")}


@pytest.fixture
def lesson(page: Page, serve: Serve) -> Page:
    return opened(page, serve(APP))


def test_back_goes_past_a_change_of_language(lesson: Page) -> None:
    lesson.get_by_text("中文").click()
    expect(lesson.locator("h1")).to_have_text(HEADING["zh"])
    entries = history(lesson)
    lesson.go_back()
    expect(lesson.locator("h1")).to_have_text(HEADING["en"])
    settled(lesson)
    assert "lang" not in address(lesson)
    assert history(lesson) == entries, "going back must not add an entry"
    lesson.go_forward()
    expect(lesson.locator("h1")).to_have_text(HEADING["zh"])


def test_a_language_from_the_link_stays_through_the_menu(page: Page, serve: Serve) -> None:
    opened(page, serve(APP), lang="zh")
    page.locator("[data-testid=stSidebarNav] a").first.click()
    expect(page.locator("h1")).to_have_text(words("zh").w("page.home.heading"))
    address_becomes(page, lang="zh")


def test_undo_after_a_refused_value_takes_back_what_the_address_held(lesson: Page) -> None:
    write(lesson, "T_max", "77")
    address_becomes(lesson, **{"curves.0.schedule.T_max": "77"})
    write(lesson, "T_max", "0")
    expect(lesson.get_by_role("alert").filter(has_text="T_max must be at least 1")).to_be_visible()
    assert address(lesson)["curves.0.schedule.T_max"] == "77"
    lesson.get_by_role("button", name="Undo").click()
    expect(field(lesson, "T_max")).to_have_value("200")
