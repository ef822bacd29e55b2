"""A presentation in a real browser: led by keys, as large as the screen, and answering where it is touched."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import address, address_becomes, becomes, chart, field, headed, knob, picture, serious, settled, write

from lrviz.descend.parabola import PRESETS
from lrviz.ui.presenter import LESSONS

pytestmark = pytest.mark.browser
LR = "schedule.lr"
READABLE = 20
"""The least that letters of a projected picture may measure."""
LAST = len(PRESETS) - 1
# Letters in a picture, but for exponents and indices; the canvases of a race have theirs from 12 px too.
LETTERS = """() => {
    const scale = Number(document.documentElement.dataset.fitted), found = [];
    const look = (root) => root.querySelectorAll("*").forEach((node) => {
        if (node.shadowRoot) look(node.shadowRoot);
        if (node.tagName === "text" && node.getClientRects().length && node.textContent.trim()) found.push(node);
    });
    look(document.querySelector(".st-key-enlarged"));
    return found.map((node) => [node.textContent, parseFloat(getComputedStyle(node).fontSize) * scale]);
}"""


def presented(page: Page, url: str, lesson: str = "parabola", **given: str) -> Page:
    page.goto(f"{url}/{lesson}?{urlencode(given | {'as': 'present'})}")
    fitted(page)
    return page


def fitted(page: Page) -> None:
    """Wait until the picture is there, as large as it will be."""
    page.wait_for_selector("html[data-fitted]", state="attached", timeout=30_000)
    drawn = page.locator(".st-key-enlarged").locator("[data-revision], table").first
    expect(drawn).to_be_visible(timeout=30_000)
    settled(page)
    page.wait_for_function(
        """() => new Promise((done) => {
            const size = () => JSON.stringify(document.querySelector(".st-key-enlarged").getBoundingClientRect());
            const before = size();
            setTimeout(() => done(size() === before), 150);
        })"""
    )


def bar(page: Page) -> Locator:
    return page.locator("[data-presenter]")


def slide_is(page: Page, lesson: str, index: int) -> None:
    expect(page.locator(f"[data-presenter={lesson}][data-at='{index}']")).to_be_visible(timeout=60_000)
    settled(page)


def button(page: Page, name: str) -> Locator:
    return bar(page).get_by_role("button", name=name, exact=True)


def fits(page: Page, height: int) -> bool:
    """Say whether knob and picture end above the lower edge of the screen, and nothing is wider than it."""
    box = page.locator(".st-key-enlarged").bounding_box()
    assert box
    wide = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide and box["y"] + box["height"] <= height and box["height"] > height / 2


def small(page: Page) -> list[tuple[str, float]]:
    """The letters of the picture that are too small to be read, and how large they are."""
    return [(text, size) for text, size in page.evaluate(LETTERS) if size < READABLE - 0.01]


def readable_and_whole(page: Page, name: str, height: int) -> None:
    """Wait until all of the lesson of that name is on the screen, in letters that can be read."""
    becomes(page, lambda: (name, small(page)), (name, []))
    becomes(page, lambda: (name, fits(page, height)), (name, True))


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The parabola as it is projected, at its eighth worked example."""
    return presented(page, url)


# --- in and out ---


def test_the_button_begins_and_escape_leaves_with_the_scene_as_it_stands(page: Page, url: str) -> None:
    page.goto(f"{url}/parabola")
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    settled(page)
    page.get_by_role("button", name="Present").click()
    slide_is(page, "parabola", 7)
    fitted(page)
    expect(page.locator("[data-testid=stSidebar], [data-testid=stHeader]").locator("visible=true")).to_have_count(0)
    expect(page.get_by_role("radio")).to_have_count(0)
    write(page, "lr", "0.2")
    address_becomes(page, **{"as": "present", LR: "0.2"})
    page.keyboard.press("Escape")
    field(page, "lr").blur()
    page.keyboard.press("Escape")
    address_becomes(page, **{LR: "0.2"})
    expect(field(page, "lr")).to_have_value("0.2")
    expect(page.get_by_role("radio", name="0.2", exact=True)).to_be_visible()
    # Nothing stays enlarged.
    becomes(page, lambda: (picture(page, "walk").bounding_box() or {"width": 900})["width"] < 900, True)


def test_a_reload_stays_on_the_slide(lesson: Page) -> None:
    lesson.keyboard.press("PageDown")
    slide_is(lesson, "parabola", 8)
    lesson.reload()
    fitted(lesson)
    slide_is(lesson, "parabola", 8)
    headed(lesson, "Descent on a parabola · 0.4")


def test_f_fills_the_screen_and_the_window(lesson: Page) -> None:
    lesson.keyboard.press("f")
    lesson.wait_for_function("() => Boolean(document.fullscreenElement)")
    expect(button(lesson, "Leave full screen")).to_be_visible()
    lesson.keyboard.press("f")
    lesson.wait_for_function("() => !document.fullscreenElement")
    expect(button(lesson, "Full screen")).to_be_visible()


# --- from slide to slide ---


def test_keys_lead_on_and_back_and_the_slide_is_said_aloud(lesson: Page) -> None:
    lesson.keyboard.press("PageDown")
    slide_is(lesson, "parabola", 8)
    address_becomes(lesson, **{"as": "present", LR: "0.4"})
    headed(lesson, "Descent on a parabola · 0.4")
    expect(lesson.locator(".st-key-presenter-head [aria-live=polite]")).to_have_text("Slide 9 of 13: 0.4")
    lesson.keyboard.press("ArrowLeft")
    slide_is(lesson, "parabola", 7)
    lesson.keyboard.press("End")
    slide_is(lesson, "parabola", LAST)
    lesson.keyboard.press("Home")
    slide_is(lesson, "parabola", 0)


def test_page_keys_lead_on_from_a_knob_whose_arrows_stay_its_own(lesson: Page) -> None:
    knob(lesson, "lr").focus()
    lesson.keyboard.press("ArrowRight")
    headed(lesson, "Descent on a parabola · from “0.3”")
    slide_is(lesson, "parabola", 7)
    assert float(address(lesson)[LR]) > 0.3
    lesson.keyboard.press("PageDown")
    slide_is(lesson, "parabola", 8)
    expect(field(lesson, "lr")).to_have_value("0.4")
    lesson.keyboard.press("PageUp")
    slide_is(lesson, "parabola", 7)
    expect(field(lesson, "lr")).to_have_value("0.3")


def test_every_press_is_one_slide_however_fast_and_into_the_next_lesson(lesson: Page) -> None:
    for _ in range(7):  # from the eighth of thirteen to the second of the next
        lesson.keyboard.press("PageDown", delay=20)
    slide_is(lesson, "rules", 1)
    assert address(lesson)["as"] == "present"
    for _ in range(2):
        lesson.keyboard.press("PageUp", delay=20)
    slide_is(lesson, "parabola", LAST)


def test_the_bar_keeps_the_focus_over_the_end_of_a_lesson(lesson: Page) -> None:
    lesson.keyboard.press("End")
    slide_is(lesson, "parabola", LAST)
    button(lesson, "Next").focus()
    lesson.keyboard.press("Enter")
    slide_is(lesson, "rules", 0)
    expect(button(lesson, "Next")).to_be_focused()
    lesson.keyboard.press("Enter")
    slide_is(lesson, "rules", 1)
    expect(button(lesson, "Next")).to_be_focused()


def test_the_very_ends_are_ends(page: Page, url: str) -> None:
    presented(page, url, "schedules")
    expect(button(page, "Previous")).to_be_disabled()
    page.keyboard.press("PageUp")
    page.keyboard.press("PageDown")
    slide_is(page, "schedules", 1)
    expect(button(page, "Previous")).to_be_enabled()


def test_settings_of_ones_own_are_found_again_before_the_first(page: Page, url: str) -> None:
    presented(page, url, start="1.5")
    headed(page, "Descent on a parabola · Your own settings")
    page.keyboard.press("PageDown")
    slide_is(page, "parabola", 1)
    headed(page, "Descent on a parabola · 0.01")
    page.keyboard.press("PageUp")
    slide_is(page, "parabola", 0)
    address_becomes(page, **{"as": "present", "start": "1.5"})


# --- what is enlarged answers where it is touched ---


def test_the_knob_follows_the_hand(lesson: Page) -> None:
    box = knob(lesson, "lr").bounding_box()
    painted = int(chart(lesson, "walk").get_attribute("data-revision") or 0)
    assert box
    y, right = box["y"] + box["height"] / 2, box["x"] + 0.95 * box["width"]
    lesson.mouse.move(box["x"] + box["width"] / 2, y)
    lesson.mouse.down()
    seen = painted
    for i in range(20):
        lesson.mouse.move(right - (19 - i) * 8, y)
        lesson.wait_for_timeout(30)
        if i % 7 == 5:  # a hand that waits for what a slow machine draws
            lesson.wait_for_function("n => +document.querySelector('[data-chart=walk]').dataset.revision > n", arg=seen)
            seen = int(chart(lesson, "walk").get_attribute("data-revision") or 0)
    thumb = knob(lesson, "lr").evaluate("node => (node.value - node.min) / (node.max - node.min)")
    assert thumb == pytest.approx(0.95, abs=0.03)
    assert int(chart(lesson, "walk").get_attribute("data-revision") or 0) >= painted + 3
    lesson.mouse.up()
    lesson.wait_for_url(re.compile(re.escape(LR)))


def test_a_box_on_a_map_zooms_to_what_it_was_drawn_around_and_a_click_chooses_its_cell(page: Page, url: str) -> None:
    presented(page, url, "regimes")
    box = picture(page, "regimes").locator(".nsewdrag").first.bounding_box()
    assert box
    x, y = (lambda share: box["x"] + share * box["width"]), (lambda share: box["y"] + share * box["height"])
    page.mouse.move(x(0.7), y(0.3), steps=4)
    page.mouse.click(x(0.7), y(0.3))
    page.wait_for_function(
        "() => document.querySelector('[data-chart=regimes] [role=img]').data.at(-1).name === 'chosen'"
    )
    chosen = picture(page, "regimes").evaluate("p => [p.data.at(-1).x[0], p.data.at(-1).y[0]]")
    assert chosen == pytest.approx([0.7 * 0.6, 0.7 * 0.99], abs=0.01)
    page.mouse.move(x(0.4), y(0.9))
    page.mouse.down()
    page.mouse.move(x(0.6), y(0.5), steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile("across_low"))
    ends = [float(address(page)[f"{axis}_{end}"]) for axis in ("across", "up") for end in ("low", "high")]
    assert ends == pytest.approx([0.24, 0.36, 0.1, 0.5], abs=0.015)


def test_a_click_places_the_start_of_a_race_and_the_film_keeps_its_keys(page: Page, url: str) -> None:
    presented(page, url, "race")
    stage = page.locator("[data-stage=race]")
    x, y = stage.locator(".lrviz-stage-map").evaluate(
        """box => {
            const { _size: { l, t, w, h } } = box.querySelector(".js-plotly-plot")._fullLayout;
            const { left, top, width } = box.getBoundingClientRect(), scale = width / box.offsetWidth;
            return [left + scale * (l + 0.75 * w), top + scale * (t + 0.25 * h)];
        }"""
    )
    page.mouse.click(x, y)
    page.wait_for_url(re.compile("start_x="))
    assert float(address(page)["start_x"]) == pytest.approx(5, abs=0.15)
    assert float(address(page)["start_y"]) == pytest.approx(1.5, abs=0.05)
    settled(page)
    stage.get_by_role("button", name="Back to the start").click()
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "1")
    page.keyboard.press("PageDown")
    slide_is(page, "race", 1)


# --- how large ---


def test_every_lesson_is_readable_and_whole_on_the_screen(page: Page, url: str) -> None:
    presented(page, url, LESSONS[0])
    for name in LESSONS:
        page.goto(f"{url}/{name}?as=present")
        fitted(page)
        readable_and_whole(page, name, 900)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_another_projector_shows_all_of_it_too(page: Page, url: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for name in ("parabola", "race", "backprop"):
        presented(page, url, name)
        readable_and_whole(page, name, height)


def test_a_window_that_changes_its_size_is_filled_again(lesson: Page) -> None:
    before = float(lesson.evaluate("document.documentElement.dataset.fitted"))
    lesson.set_viewport_size({"width": 1920, "height": 1080})
    lesson.wait_for_function(f"() => document.documentElement.dataset.fitted > {before}")
    fitted(lesson)
    becomes(lesson, lambda: fits(lesson, 1080), True)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return presented(telephone, url)


def test_a_phone_shows_it_too_and_scrolls_only_down(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    button(phone, "Next").tap()
    slide_is(phone, "parabola", 8)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("Previous", "Next", "Leave"):
        box = button(phone, name).bounding_box()
        assert box and min(box["width"], box["height"]) >= 44


# --- everyone ---


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    presented(page, url, lang="zh")
    headed(page, "抛物线上的下降 · 0.3")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(bar(page)).to_have_text(re.compile("上一张.*下一张.*结束投影"))
    for english in ("Previous", "Next", "Leave"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    presented(page, url, lang=language)
    assert serious(page) == []
    presented(page, url, "race", lang=language)
    assert serious(page) == []
