"""A slider that says where its value stands, and charts that answer to a click, a zoom box and the keyboard."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("map_app.py")
TRACK = "slider => getComputedStyle(slider).getPropertyValue('--bands')"


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The page with everything on it painted."""
    yield opened(page, serve(APP))


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    for name in ("map", "curve"):
        expect(page.locator(f"[data-chart={name}][data-revision]")).to_be_visible(timeout=30_000)
    return page


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def band(page: Page, knob: str, name: str) -> Locator:
    return page.locator(f"[data-knob={knob}] .label").filter(has_text=name)


def plot(page: Page, name: str = "map") -> Locator:
    return page.locator(f"[data-chart={name}] [role=img]")


def spoken(page: Page) -> Locator:
    return page.locator("[data-chart=map] [aria-live]")


def ranges(page: Page) -> list[float]:
    return plot(page).evaluate("p => [p._fullLayout.xaxis, p._fullLayout.yaxis].flatMap(a => a.range)")


def numbers(page: Page, what: str) -> list[float]:
    """What the server was told: the numbers after a word."""
    text = page.get_by_text(re.compile(rf"^{what} \(")).inner_text()
    return [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]


def area(page: Page) -> dict[str, float]:
    box = plot(page).locator(".nsewdrag").first.bounding_box()
    assert box
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def zoom(page: Page) -> None:
    """Pull a box over the middle of the map: x from a quarter to three quarters, y from 0.4 to 0.8 of the height."""
    box = area(page)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.6, steps=8)
    page.mouse.up()


# --- the ruled knob ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.05", "0.05, settles"),
        ("0.125", "0.125, one step"),
        ("0.13", "0.13, swings around the minimum"),
        ("0.25", "0.25, bound"),
        ("0.26", "0.26, diverges"),
        ("0.9", "0.9, diverges"),
    ],
)
def test_the_slider_says_in_which_band_its_value_is(shown: Page, typed: str, said: str) -> None:
    field = shown.get_by_role("textbox", name="Type Learning rate")
    field.fill(typed)
    field.press("Enter")
    expect(slider(shown, "Learning rate")).to_have_attribute("aria-valuetext", said)
    here = shown.locator("[data-knob=rate_knob] .label.here")
    expect(here).to_have_text(said.partition(", ")[2])
    expect(here).to_be_visible()
    assert int(here.evaluate("node => getComputedStyle(node).fontWeight")) >= 600


def test_the_bands_lie_on_the_track_in_the_colours_of_the_theme(shown: Page) -> None:
    light = slider(shown, "Learning rate").evaluate(TRACK)
    assert [light.count(color) for color in ("#3c45d8", "#2f91aa", "#e14465")] == [1, 1, 1]
    shares = [float(s) for s in re.findall(r"([\d.]+) \* \(100%", light)]
    assert shares[::2] == pytest.approx([0.125 / 0.3, 0.25 / 0.3]) and shares[::2] == shares[1::2]
    shown.emulate_media(color_scheme="dark")
    expect(slider(shown, "Learning rate")).to_have_attribute("style", re.compile("#5977ff"))


def test_on_a_log_scale_the_bands_are_as_long_as_their_decades(shown: Page) -> None:
    track = slider(shown, "Rate on a log scale").evaluate(TRACK)
    first, second = [float(s) for s in re.findall(r"([\d.]+) \* \(100%", track)][::2]
    assert (first, second) == pytest.approx([math.log10(125) / 3, math.log10(250) / 3])


def test_a_name_without_room_is_hidden_but_known(shown: Page) -> None:
    expect(band(shown, "log_knob", "swings around the minimum")).to_be_hidden()
    expect(band(shown, "log_knob", "settles")).to_be_visible()
    assert shown.locator("[data-knob=log_knob] [title='swings around the minimum']").count() == 1
    expect(slider(shown, "Rate on a log scale")).to_have_accessible_description(
        "settles ≤ 0.125, swings around the minimum ≤ 0.25, diverges"
    )


def test_a_knob_without_bands_keeps_its_track(shown: Page) -> None:
    assert slider(shown, "Only marks").evaluate(TRACK) == ""
    expect(slider(shown, "Only marks")).to_have_attribute("aria-valuetext", "0.01")


# --- picking -------------------------------------------------------------------------------------------------------


def test_a_click_on_the_map_picks_the_cell_under_it(shown: Page) -> None:
    box = area(shown)
    shown.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25, steps=3)
    shown.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    expect(shown.get_by_text(re.compile(r"^picked \("))).to_be_visible()
    assert numbers(shown, "picked") == pytest.approx([10**-1.5, 0.75])


def test_the_arrow_keys_go_through_the_cells_and_enter_picks(shown: Page) -> None:
    plot(shown).focus()
    shown.keyboard.press("ArrowRight")
    expect(spoken(shown)).to_have_text("learning rate 0.0316, momentum 0.5, 0.0969 decades away")
    ring = shown.locator("[data-chart=map] .lrviz-chart-cell")
    expect(ring).to_be_visible()
    middle = ring.bounding_box()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        shown.keyboard.press(key)
    expect(spoken(shown)).to_have_text(re.compile("^learning rate 0.0376, momentum 0.6, "))
    moved = ring.bounding_box()
    assert middle and moved and moved["x"] > middle["x"] and moved["y"] < middle["y"]
    shown.keyboard.press("Enter")
    expect(shown.get_by_text(re.compile(r"^picked \("))).to_be_visible()
    assert numbers(shown, "picked") == pytest.approx([10 ** (-3 + 3 * 21 / 40), 0.6])
    expect(ring).to_be_visible()
    shown.keyboard.press("Shift+ArrowDown")
    expect(spoken(shown)).to_contain_text("momentum 0.1,")
    shown.keyboard.press("End")
    expect(spoken(shown)).to_contain_text("learning rate 1,")
    shown.keyboard.press("Escape")
    expect(ring).to_be_hidden()
    expect(spoken(shown)).to_have_text("")


def test_a_point_of_a_line_is_picked_by_its_cursor(shown: Page) -> None:
    plot(shown, "curve").focus()
    shown.keyboard.press("ArrowRight")
    expect(shown.locator("[data-chart=curve] [aria-live]")).to_have_text(re.compile(r"\S"))
    shown.keyboard.press("Enter")
    expect(shown.get_by_text("picked (-2.0, 16.0)")).to_be_visible()


# --- zooming -------------------------------------------------------------------------------------------------------


def test_a_zoom_asks_for_its_part_in_the_units_of_the_data_and_can_be_undone(shown: Page) -> None:
    zoom(shown)
    expect(shown.get_by_role("img", name=re.compile("^A map from 0.005"))).to_be_visible()
    x0, x1, y0, y1 = numbers(shown, "shown")
    assert [math.log10(x0), math.log10(x1)] == pytest.approx([-2.25, -0.75], abs=0.02)
    assert [y0, y1] == pytest.approx([0.4, 0.8], abs=0.02)
    assert ranges(shown) == pytest.approx([math.log10(x0), math.log10(x1), y0, y1])
    assert plot(shown).evaluate("p => p._fullData[0].x.length") == 41
    shown.locator("[data-chart=map]").get_by_role("button", name="Reset zoom").click()
    expect(shown.get_by_text("shown None")).to_be_visible()
    expect(shown.get_by_role("img", name="A map from 0.001 to 1")).to_be_visible()
    shown.wait_for_function("() => document.querySelector('[role=img]')._fullLayout.xaxis.range[0] === -3")
    expect(shown.locator("[data-chart=map]").get_by_role("button", name="Reset zoom")).to_be_hidden()


def double_click(page: Page) -> None:
    """Click twice: on a busy machine the clicks can be too far apart for Plotly to be a pair, then once more."""
    for _ in range(8):
        page.wait_for_timeout(400)
        plot(page).locator(".nsewdrag").first.dblclick()
        page.wait_for_timeout(1_000)
        if page.get_by_text("shown None").is_visible():
            return


def test_a_double_click_shows_all_again(shown: Page) -> None:
    zoom(shown)
    expect(shown.get_by_text(re.compile(r"^shown \("))).to_be_visible()
    double_click(shown)
    expect(shown.get_by_text("shown None")).to_be_visible()
    shown.wait_for_function("() => document.querySelector('[role=img]')._fullLayout.xaxis.range[0] === -3")


def test_the_zoomed_picture_stays_until_the_new_one_comes(shown: Page) -> None:
    plot(shown).evaluate("""plot => {
        window.seen = [];
        const look = () => {
            window.seen.push([plot._fullLayout.xaxis.range[0], plot.querySelectorAll('.heatmaplayer image').length]);
            requestAnimationFrame(look);
        };
        look();
    }""")
    drawn = int(shown.locator("[data-chart=map]").get_attribute("data-revision") or 0)
    zoom(shown)
    expect(shown.get_by_text(re.compile(r"^shown \("))).to_be_visible()
    shown.wait_for_function("n => +document.querySelector('[data-chart=map]').dataset.revision > n", arg=drawn)
    shown.wait_for_timeout(500)
    seen = shown.evaluate("window.seen")
    assert {images for _, images in seen} == {1}
    starts = [start for start, _ in seen]
    changed = next(i for i, start in enumerate(starts) if start != -3)
    assert all(start == pytest.approx(starts[-1]) for start in starts[changed:])


def test_the_keyboard_zooms_round_the_cell(shown: Page) -> None:
    plot(shown).focus()
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("+")
    expect(shown.get_by_text(re.compile(r"^shown \("))).to_be_visible()
    x0, x1, y0, y1 = numbers(shown, "shown")
    assert [math.log10(x0), math.log10(x1), y0, y1] == pytest.approx([-2.25, -0.75, 0.25, 0.75])
    expect(shown.get_by_role("img", name=re.compile("^A map from 0.005"))).to_be_visible()
    shown.keyboard.press("-")
    expect(shown.get_by_text("shown None")).to_be_visible()


def test_a_chart_without_a_zoom_callback_sends_nothing(page: Page, serve: Serve) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    opened(page, serve(APP))
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    plot(page, "curve").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    sent.clear()
    box = plot(page, "curve").locator(".nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 150, steps=5)
    page.mouse.up()
    page.locator("[data-chart=curve]").get_by_role("button", name="Reset zoom").click()
    page.wait_for_timeout(300)
    assert sent == []
    page.mouse.click(box["x"] + 150, box["y"] + 100)
    expect(page.get_by_text(re.compile(r"^picked \("))).to_be_visible()
    assert sent, "the count above sees what is sent"


def test_colours_inside_a_colour_scale_are_those_of_the_theme(shown: Page) -> None:
    scale = plot(shown).evaluate("plot => plot._fullData[0].colorscale.map(([, colour]) => colour)")
    assert scale == ["#3c45d8", "#ffffff", "#985300"]


# --- for everyone --------------------------------------------------------------------------------------------------


def test_arrows_for_runaways_stay_on_the_picture(shown: Page) -> None:
    for width in (1440, 390):
        shown.set_viewport_size({"width": width, "height": 900})
        shown.wait_for_function(f"""() => {{
            const plot = document.querySelector("[data-chart=curve] [role=img]");
            const [drawn, wide] = [plot._fullLayout.width, plot.clientWidth];
            return innerWidth === {width} && drawn === wide && wide < innerWidth;
        }}""")
        shown.wait_for_timeout(500)
        shown.wait_for_function(  # the page around it may still have been about to change
            "plot => plot._fullLayout.width === plot.clientWidth", arg=plot(shown, "curve").element_handle()
        )
        inside = plot(shown, "curve").evaluate("""plot => {
            const frame = plot.getBoundingClientRect();
            return [...plot.querySelectorAll('.annotation .bg')].map(node => node.getBoundingClientRect()).map(
                r => r.left >= frame.left && r.right <= frame.right && r.top >= frame.top && r.bottom <= frame.bottom,
            );
        }""")
        assert len(inside) >= 2 and all(inside)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, serve(APP))
    found = Axe().run(page).response["violations"]
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
