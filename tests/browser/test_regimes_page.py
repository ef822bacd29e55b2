"""The Regime map in a real browser: a cell leads to its run, a box zooms in, a knob turns all cells at once."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect
from visitor import address, chart, knob, press, serious, settled

pytestmark = pytest.mark.browser
MOST_BYTES = 60_000
"""What one interaction may send: DESIGN's budget."""


@pytest.fixture
def lesson(page: Page, url: str) -> Iterator[Page]:
    """The lesson as a newcomer finds it."""
    yield opened(page, url)


def opened(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/regimes?{query}")
    expect(chart(page, "regimes")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def plot(page: Page) -> Locator:
    return page.locator("[data-chart=regimes] [role=img]")


def cells(page: Page) -> int:
    return plot(page).evaluate("p => p.data[0].z.length")


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the map, given as shares from its lower left, is on the screen."""
    box = plot(page).locator(".nsewdrag").first.bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def click(page: Page, x: float, y: float) -> None:
    place = at(page, x, y)
    page.mouse.move(*place, steps=4)
    page.mouse.click(*place)


def zoom(page: Page, low: tuple[float, float], high: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *low))
    page.mouse.down()
    page.mouse.move(*at(page, *high), steps=8)
    page.mouse.up()


def test_the_first_screen_shows_claim_knob_and_map_without_scrolling(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", name="Regime map"), knob(lesson, "Steps"), plot(lesson)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    box = plot(lesson).bounding_box()
    assert box and box["height"] >= 0.45 * 900
    expect(plot(lesson)).to_have_attribute("aria-label", re.compile("^Map of 200 by 200 runs over learning rate"))
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_clicked_cell_opens_on_the_parabola(lesson: Page) -> None:
    click(lesson, 0.9, 0.1)
    said = lesson.get_by_text(re.compile(r"^learning rate 0\.5\d+, momentum 0\.1\d*: diverges at step \d+"))
    expect(said).to_be_visible()
    steps = re.findall(r"step (\d+)", said.inner_text())[0]
    lesson.get_by_role("link", name="Open this run on the parabola").click()
    expect(chart(lesson, "walk")).to_be_visible(timeout=30_000)
    here = address(lesson)
    assert here["optimizer"] == "momentum" and here["steps"] == "200"
    assert 0.5 < float(here["schedule.lr"]) < 0.6 and 0.09 < float(here["optimizer.momentum"]) < 0.11
    expect(lesson.get_by_text(re.compile(rf"\bstep {steps}\b"))).to_be_visible()


def test_a_start_of_the_basins_opens_in_the_race(lesson: Page) -> None:
    press(lesson, "Basins of attraction")
    expect(plot(lesson)).to_have_attribute("aria-label", re.compile("coloured by the minimum"))
    settled(lesson)
    click(lesson, 0.25, 0.75)
    expect(
        lesson.get_by_text(re.compile(r"^starting x -2\.\d+, starting y 2\.\d+: arrives .* minimum 2"))
    ).to_be_visible()
    lesson.get_by_role("link", name="Open this run in the race").click()
    lesson.wait_for_url(re.compile(r"/race\?.*surface="))
    here = address(lesson)
    assert here["surface"] == "himmelblau" and here["racers"] == "1" and here["racers.0.optimizer"] == "momentum"
    assert -2.6 < float(here["start_x"]) < -2.4 and 2.4 < float(here["start_y"]) < 2.6
    expect(lesson.get_by_role("heading", name="Race")).to_be_visible()
    lesson.go_back()
    expect(plot(lesson)).to_have_attribute("aria-label", re.compile("coloured by the minimum"), timeout=60_000)


def test_the_keyboard_chooses_a_cell_and_reads_it(lesson: Page) -> None:
    plot(lesson).focus()
    lesson.keyboard.press("ArrowRight")
    spoken = lesson.locator("[data-chart=regimes] [aria-live]")
    expect(spoken).to_contain_text(re.compile(r"learning rate 0\.\d+, momentum 0\.\d+, arrives after \d+"))
    lesson.keyboard.press("Shift+ArrowRight")
    lesson.keyboard.press("Enter")
    expect(lesson.get_by_role("link", name="Open this run on the parabola")).to_be_visible()


def test_a_box_zooms_in_at_full_resolution_and_the_way_back_is_the_whole(lesson: Page) -> None:
    zoom(lesson, (0.4, 0.1), (0.6, 0.5))
    lesson.wait_for_url(re.compile("across_low"))
    expect(plot(lesson)).to_have_attribute("aria-label", re.compile(r"over learning rate from 0\.2[34]\d* to 0\.3"))
    lesson.wait_for_function("() => document.querySelector('[data-chart=regimes] [role=img]').data[0].x[0] > 0.2")
    assert cells(lesson) == 200
    low, high = (float(address(lesson)[f"across_{end}"]) for end in ("low", "high"))
    assert (low, high) == pytest.approx((0.24, 0.36), abs=0.01)
    assert plot(lesson).evaluate("p => p._fullLayout.xaxis.range") == pytest.approx([low, high])
    lesson.get_by_role("button", name="Back to the whole map").click()
    lesson.wait_for_url(lambda now: "across_low" not in now)
    lesson.wait_for_function("() => document.querySelector('[data-chart=regimes] [role=img]').data[0].x[0] < 0.01")


def test_while_the_knob_turns_the_map_is_coarse_and_full_when_it_rests(lesson: Page) -> None:
    box = knob(lesson, "Steps").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    lesson.mouse.move(box["x"] + 0.9 * box["width"], y)
    lesson.mouse.down()
    for i in range(12):
        lesson.mouse.move(box["x"] + (0.9 - 0.04 * i) * box["width"], y)
        lesson.wait_for_timeout(60)
    lesson.wait_for_function("() => document.querySelector('[data-chart=regimes] [role=img]').data[0].z.length === 60")
    assert "steps" not in address(lesson)
    lesson.mouse.up()
    lesson.wait_for_function("() => document.querySelector('[data-chart=regimes] [role=img]').data[0].z.length === 200")
    lesson.wait_for_url(re.compile("steps="))
    typed = lesson.get_by_role("textbox", name="Steps, typed value")
    expect(typed).to_have_value(address(lesson)["steps"])


@pytest.mark.parametrize("preset", ["Basins of attraction", "lr × noise", "Beyond the parabola"])
def test_a_new_map_sends_no_more_than_the_budget(page: Page, url: str, preset: str) -> None:
    sent: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sent.append(len(frame)))

    page.on("websocket", listen)
    opened(page, url)
    before = plot(page).get_attribute("aria-label") or ""
    sent.clear()
    press(page, preset)
    expect(plot(page)).not_to_have_attribute("aria-label", before, timeout=60_000)
    settled(page)
    assert 10_000 < sum(sent) <= MOST_BYTES


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("preset", ["momentum_map", "basins"])
def test_it_is_accessible(page: Page, url: str, scheme: str, preset: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    opened(page, url, "surface=himmelblau&across=x&up=y&schedule.lr=0.003" if preset == "basins" else "")
    click(page, 0.3, 0.3)
    expect(page.get_by_role("link", name=re.compile("Open this run"))).to_be_visible()
    settled(page)  # what is about to be drawn anew is pale meanwhile
    assert serious(page) == []


def test_on_a_phone_nothing_scrolls_sideways_and_the_knob_is_under_the_map(telephone: Page, url: str) -> None:
    page = opened(telephone, url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    above, below = plot(page).bounding_box(), knob(page, "Steps").bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"] <= 844
    x, y = at(page, 0.2, 0.3)
    page.touchscreen.tap(x, y)
    expect(page.get_by_role("link", name="Open this run on the parabola")).to_be_visible()
