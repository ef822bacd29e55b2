"""A chart that plays, in a real browser: true frames from data sent once, and not a word with the server meanwhile."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Locator, Page, WebSocket, expect
from visitor import becomes

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("film_app.py")
LAST = 60
PLAYED = """() => {
    const root = document.querySelector('[data-chart=film]'), step = +root.dataset.step;
    const [grows] = root.querySelector('[role=img]')._fullData;
    return step >= 5 && [step, grows.x.filter(x => x !== null).length];
}"""
# From when the speed is chosen, at every picture of the screen: the time, the film's frame, how many were counted.
WATCH = """() => {
    const { dataset } = document.querySelector('[data-chart=film]');
    const look = (now) => {
        window.seen.push([now, +dataset.step, +dataset.frames]);
        if (dataset.playing === 'true') requestAnimationFrame(look);
    };
    window.seen = [];
    document.querySelector('[data-chart=film] select').addEventListener('change', () => requestAnimationFrame(look));
}"""


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The film of 61 frames, painted."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-chart=film][data-revision]")).to_be_visible(timeout=30_000)


def root(page: Page) -> Locator:
    return page.locator("[data-chart=film]")


def plot(page: Page) -> Locator:
    return root(page).locator("[role=img]")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def scrub(page: Page) -> Locator:
    return page.get_by_role("slider", name="Step", exact=True)


def step(page: Page) -> int:
    return int(root(page).get_attribute("data-step") or -1)


def drawn(page: Page) -> list[float]:
    """What the picture shows: how many points of the first line, and the fifth height of the second."""
    return plot(page).evaluate(
        "plot => { const [one, two] = plot._fullData; return [one.x.filter(x => x !== null).length, two.y[4]]; }"
    )  # fmt: skip


def caption(page: Page) -> Locator:
    return root(page).locator("p")


def revision(page: Page) -> int:
    return int(root(page).get_attribute("data-revision") or 0)


def turn(page: Page, key: str) -> None:
    """Turn the knob and wait for the new picture."""
    before = revision(page)
    page.get_by_role("slider", name="Size").press(key)
    page.wait_for_function("n => +document.querySelector('[data-chart=film]').dataset.revision > n", arg=before)


def test_at_rest_the_last_frame_is_shown(shown: Page) -> None:
    assert step(shown) == LAST
    expect(caption(shown)).to_have_text("After 60 of 60 it is 1 high.")
    assert drawn(shown) == [40, pytest.approx(0.6184, abs=1e-4)]  # sin(4 / 6)


def test_it_begins_where_it_is_told(page: Page, serve: Serve) -> None:
    open_page(page, serve(APP) + "?begin=3&cells=1")
    assert step(page) == 3 and drawn(page)[0] == 3
    cells = "plot => Array.from(plot._fullData[2].z, row => Array.from(row))"
    assert plot(page).evaluate(cells) == [[0, 0, 0], [1, 0, 0]]


def test_it_plays_to_the_end_without_a_word_to_the_server(page: Page, serve: Serve) -> None:
    said: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: said.append(frame))
        socket.on("framereceived", lambda frame: said.append(frame))

    page.on("websocket", listen)
    open_page(page, serve(APP))
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(800)
    said.clear()
    button(page, "Play").click()
    reached, points = page.wait_for_function(PLAYED).json_value()
    assert 5 <= reached < LAST and points == pytest.approx(reached, abs=2)
    page.evaluate(WATCH)
    page.get_by_label("Speed").select_option("4")
    expect(root(page)).to_have_attribute("data-playing", "false")
    seen = page.evaluate("window.seen")[:-2]  # the last step is cut off at the end
    ticks = [min(after[0] - before[0], 100) / 1000 for before, after in pairwise(seen)]  # a slow machine plays slower
    assert 20 * sum(ticks) <= seen[-1][1] - seen[0][1] <= 60 * sum(ticks), "40 frames a second were asked for"
    assert seen[-1][2] - seen[0][2] == len(ticks) > 5, "each picture of the screen has a frame of its own"
    assert step(page) == LAST and drawn(page)[0] == 40
    expect(button(page, "Play")).to_be_visible()
    assert said == []
    print(f"a frame costs {root(page).get_attribute('data-cost')} ms")


def test_it_is_scrubbed_and_stepped_from_its_bar(shown: Page) -> None:
    scrub(shown).fill("37")
    assert step(shown) == 37 and drawn(shown) == [37, pytest.approx(37 / 60 * 0.6184, abs=1e-4)]
    expect(scrub(shown)).to_have_attribute("aria-valuetext", "37 of 60")
    for key, expected in {"Home": 0, "ArrowRight": 1, "Shift+ArrowRight": 11, "ArrowLeft": 10, "End": LAST}.items():
        scrub(shown).press(key)
        assert step(shown) == expected
    expect(root(shown).locator("[aria-live]")).to_have_text("After 60 of 60 it is 1 high.")
    button(shown, "One step back").click()
    assert step(shown) == LAST - 1
    button(shown, "Back to the start").click()
    assert step(shown) == 0 and drawn(shown) == [0, 0]
    scrub(shown).press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "true")
    scrub(shown).press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "false")


def test_on_the_picture_the_arrows_read_the_frame_and_space_plays(shown: Page) -> None:
    scrub(shown).fill("37")
    plot(shown).focus()
    for _ in range(2):
        shown.keyboard.press("ArrowRight")
    assert step(shown) == 37
    expect(root(shown).locator("[aria-live]")).to_have_text("x 1: grows 0.025, bends 0.1023")
    shown.keyboard.press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "true")
    shown.keyboard.press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "false")


def test_the_frame_is_kept_while_the_data_change(shown: Page) -> None:
    scrub(shown).fill("30")
    turn(shown, "Home")
    becomes(shown, lambda: drawn(shown), [30, pytest.approx(0.05 * 0.6184, abs=1e-4)])
    assert step(shown) == 30
    expect(caption(shown)).to_have_text("After 30 of 60 it is 0.05 high.")
    shown.get_by_text("Short").click()
    expect(caption(shown)).to_contain_text("After 20 of 20")
    shown.get_by_text("Short").click()  # at the end it stays at the end, however far that is
    expect(caption(shown)).to_contain_text("After 60 of 60")
    shown.get_by_label("Speed").select_option("0.25")  # so slow that it still plays when the answer comes
    button(shown, "Play").click()
    turn(shown, "End")
    assert root(shown).get_attribute("data-playing") == "true" and step(shown) < LAST


def test_a_zoom_is_kept_from_frame_to_frame(shown: Page) -> None:
    ranges = "plot => plot._fullLayout.xaxis.range.map(Math.round)"
    box = plot(shown).locator(".nsewdrag").first.bounding_box()
    assert box
    shown.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    shown.mouse.down()
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    shown.mouse.up()
    expect(button(shown, "Reset zoom")).to_be_visible()
    assert plot(shown).evaluate(ranges) == [10, 20]
    scrub(shown).press("Shift+ArrowLeft")
    assert step(shown) == LAST - 10 and plot(shown).evaluate(ranges) == [10, 20]


def test_without_its_film_the_chart_stands_still_and_whole(shown: Page) -> None:
    scrub(shown).fill("10")
    shown.get_by_text("Still").click()
    expect(button(shown, "Play")).to_be_hidden()
    shown.wait_for_function("() => document.querySelector('[role=img]')._fullData[0].x.length === 40")
    shown.get_by_text("Still").click()
    expect(button(shown, "Play")).to_be_visible()
    assert step(shown) == LAST


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, serve(APP))
    found = Axe().run(page).response["violations"]
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
