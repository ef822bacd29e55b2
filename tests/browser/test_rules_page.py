"""The update rules page in a real browser: the knob is live, the steps are walked, a convention is switched."""

import math
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import (
    address,
    address_becomes,
    chart,
    choose,
    field,
    history,
    knob,
    picture,
    press,
    pulled,
    serious,
    settled,
)

pytestmark = pytest.mark.browser
WIDEST = ("adam", "adadelta", "nadam", "radam", "rprop", "asgd", "schedule_free")


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/rules?{urlencode(given)}")
    expect(chart(page, "weights")).to_be_visible(timeout=30_000)
    settled(page)
    expect(page.locator(".katex-html").first).to_be_attached()  # what sets the formulas comes after the page
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def table(page: Page) -> Locator:
    return page.get_by_role("table").filter(has_text="with numbers")


def cells(page: Page, row: int) -> list[str]:
    """What a row of the derivation says: value and flipped value, the last rows being -2 (weight) and -1 (step)."""
    rows = table(page).get_by_role("row").all()
    return [cell.inner_text() for cell in rows[row].get_by_role("cell").all()[3:]]


def says(page: Page, row: int, *wanted: str) -> None:
    """Wait until a row of the derivation says this: it comes after the line that says which step it is."""
    found = table(page).get_by_role("row").nth(row).get_by_role("cell")
    for place, text in enumerate(wanted, 3):
        expect(found.nth(place)).to_have_text(text, use_inner_text=True)


def test_the_first_screen_shows_knob_derivation_and_picture_without_scrolling(lesson: Page) -> None:
    expect(table(lesson).locator(".katex").nth(7 * 3 - 1)).to_be_attached()
    for part in (knob(lesson, "lr"), table(lesson), picture(lesson, "weights")):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    assert table(lesson).locator(".katex").count() >= 7 * 3 and table(lesson).locator(".katex-error").count() == 0
    value, flipped = cells(lesson, -2)
    assert (value, flipped) == ("0.99", "0.968377 −0.0216")
    assert cells(lesson, -1)[1].endswith("×3.16")
    expect(picture(lesson, "weights")).to_have_attribute(
        "aria-label", re.compile("^Line chart of the weight over 5 steps, with 16 other .*Adam: from 1 to 0.950046")
    )
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_numbers_and_the_picture_follow_a_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries, seen = history(lesson), {cells(lesson, -2)[0]}
    painted = int(chart(lesson, "weights").get_attribute("data-revision") or 0)

    def follows() -> bool:
        seen.add(table(lesson).inner_text())
        return len(seen) >= 5 and int(chart(lesson, "weights").get_attribute("data-revision") or 0) >= painted + 3

    pulled(lesson, knob(lesson, "lr"), 0.6, 0.9, follows)
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("schedule.lr"))
    settled(lesson)
    rate = float(address(lesson)["schedule.lr"])
    assert history(lesson) == entries + 1 and rate > 0.05
    assert float(cells(lesson, -2)[0]) == pytest.approx(1 - rate, abs=1e-5)


def test_steps_are_walked_by_keyboard_and_by_a_click_into_the_picture(lesson: Page) -> None:
    lesson.get_by_role("button", name="Next").focus()
    lesson.keyboard.press("Enter")
    address_becomes(lesson, step="2")
    expect(lesson.get_by_text("Step 2 of 5")).to_be_visible()
    says(lesson, -2, "0.980003")
    point = chart(lesson, "weights").locator(".scatterlayer .trace.scatter").nth(-2).locator(".point").nth(4)
    box = point.bounding_box()
    assert box
    lesson.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    address_becomes(lesson, step="4")
    expect(lesson.get_by_text("Step 4 of 5")).to_be_visible()
    lesson.go_back()
    expect(lesson.get_by_text("Step 2 of 5")).to_be_visible()


def test_a_switched_convention_marks_the_numbers_it_changes(lesson: Page) -> None:
    choose(lesson, "Optimizer", "Momentum")
    address_becomes(lesson, optimizer="momentum")
    expect(table(lesson)).to_contain_text("average (EMA)")
    assert cells(lesson, -2) == ["0.99", "0.999 +0.009"]
    press(lesson, "clipping")
    address_becomes(lesson, optimizer="momentum", switch="clip_norm")
    expect(table(lesson)).to_contain_text("clip_norm = 0.5")
    assert cells(lesson, -1)[1].endswith("×0.5")
    lesson.get_by_role("button", name="Undo").click()
    address_becomes(lesson, optimizer="momentum")
    expect(table(lesson)).to_contain_text("average (EMA)")


def test_a_field_of_the_rule_turns_the_derivation(lesson: Page) -> None:
    field(lesson, "beta2").fill("0.99")
    field(lesson, "beta2").press("Enter")
    address_becomes(lesson, **{"optimizer.beta2": "0.99"})
    says(lesson, -2, "0.99", "0.99 +9e-10")
    assert len(cells(lesson, -2)) == 2


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return telephone


@pytest.mark.parametrize("kind", WIDEST)
def test_no_derivation_is_wider_than_a_telephone(phone: Page, url: str, kind: str) -> None:
    arrived(phone, url, optimizer=kind, step="2")
    assert math.isclose(phone.evaluate("document.documentElement.scrollWidth"), 390, abs_tol=1)
    right = "Math.max(...[...document.querySelectorAll('.katex-html')].map(n => n.getBoundingClientRect().right))"
    assert 0 < phone.evaluate(right) <= 390
    assert phone.locator(".katex-error").count() == 0


@pytest.mark.parametrize("kind", WIDEST)
def test_no_derivation_leaves_its_column(page: Page, url: str, kind: str) -> None:
    arrived(page, url, optimizer=kind, step="2")
    drawn, beside = table(page).bounding_box(), chart(page, "weights").bounding_box()
    assert drawn and beside and drawn["x"] + drawn["width"] <= beside["x"]
    assert page.locator(".katex-error").count() == 0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language)
    assert serious(page) == []
