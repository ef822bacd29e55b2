"""The components in a real browser: a chart that stays, a knob that answers while it turns."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Locator, Page, expect
from visitor import pulled

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("components_app.py")
RANGES = "plot => [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range].map(r => r.map(v => +v.toPrecision(6)))"

NEAR = """edge => Math.abs(
    /update t (\\d+)/.exec(document.querySelector('[data-chart=curves] [aria-live]').textContent)?.[1] - edge) <= 1"""
FITS = "() => (plot => plot.querySelector('svg').clientWidth <= plot.clientWidth)(document.querySelector('[role=img]'))"
# A knob sends its next turn unasked where no answer has come for 1.5 s, which a busy machine may well need.
PATIENT = "const begin = setTimeout; window.setTimeout = (go, ms, ...all) => begin(go, ms === 1500 ? 6e4 : ms, ...all)"


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The page with every component, painted."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-chart=curves][data-revision]")).to_be_visible(timeout=30_000)


def plot(page: Page) -> Locator:
    return page.locator("[data-chart=curves] [role=img]")


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=f"Type {name}")


def revision(page: Page) -> int:
    return int(page.locator("[data-chart=curves]").get_attribute("data-revision") or 0)


def turns(page: Page) -> int:
    return int(re.findall(r"turns (\d+)", page.get_by_text("turns ").inner_text())[0])


def zoom(page: Page) -> None:
    box = plot(page).locator(".nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()
    expect(page.get_by_role("button", name="Reset zoom")).to_be_visible()


def test_an_update_keeps_the_node_and_the_zoom(shown: Page) -> None:
    zoom(shown)
    before = plot(shown).evaluate(RANGES)
    plot(shown).evaluate("plot => { window.kept = plot; window.svg = plot.querySelector('svg') }")
    painted = revision(shown)
    slider(shown, "Power of the decay").press("PageUp")
    shown.wait_for_function("n => +document.querySelector('[data-chart=curves]').dataset.revision > n", arg=painted)
    assert plot(shown).evaluate(RANGES) == before
    assert plot(shown).evaluate("plot => plot === window.kept && plot.querySelector('svg') === window.svg")


@pytest.mark.parametrize("way", ["button", "double click"])
def test_the_zoom_can_be_reset_and_follows_the_data_again(shown: Page, way: str) -> None:
    whole = plot(shown).evaluate(RANGES)
    zoom(shown)
    assert plot(shown).evaluate(RANGES) != whole
    if way == "button":
        shown.get_by_role("button", name="Reset zoom").click()
    for _ in range(9 if way == "double click" else 0):  # Plotly takes two clicks within 300 ms for one gesture
        if not shown.get_by_role("button", name="Reset zoom").is_visible():
            break
        plot(shown).locator(".nsewdrag").first.dblclick()
        shown.wait_for_timeout(400)
    expect(shown.get_by_role("button", name="Reset zoom")).to_be_hidden()
    assert plot(shown).evaluate(RANGES) == whole
    field(shown, "Steps").fill("500")
    field(shown, "Steps").press("Enter")
    shown.wait_for_function("() => document.querySelector('[role=img]')._fullLayout.xaxis.range[1] < 510")
    expect(shown.get_by_role("button", name="Reset zoom")).to_be_hidden()


@pytest.mark.parametrize("query", ["", "?slow=1"])
def test_a_drag_answers_before_release_and_never_asks_twice_at_once(page: Page, serve: Serve, query: str) -> None:
    page.add_init_script(PATIENT)
    open_page(page, serve(APP) + query)
    page.evaluate("""() => {
        window.story = [];
        const root = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
            .map(host => host.shadowRoot.querySelector('[data-knob=rate_knob]')).find(Boolean);
        new MutationObserver(changes => changes.forEach(change =>
            window.story.push([change.attributeName, +root.getAttribute(change.attributeName)])))
            .observe(root, {attributes: true, attributeFilter: ['data-sent', 'data-answered']});
    }""")
    painted = revision(page)
    pulled(page, slider(page, "Learning rate"), 0.8, 0.31, lambda: revision(page) >= painted + 3)
    page.mouse.up()
    expect(page.get_by_text(re.compile("turns .* True"))).to_be_visible()
    expect(page.locator("[data-knob=rate_knob][data-busy]")).to_have_count(0)
    page.wait_for_timeout(400)
    story = page.evaluate("window.story")
    sent = max(n for what, n in story if what == "data-sent")
    assert story == [[what, n] for n in range(1, sent + 1) for what in ("data-sent", "data-answered")]
    assert turns(page) == sent >= 4
    shown_rate = field(page, "Learning rate").input_value()
    assert f"rate {float(shown_rate):g} " in page.get_by_text("turns ").inner_text()


def test_an_arrow_right_after_a_typed_number_steps_from_that_number(page: Page, serve: Serve) -> None:
    open_page(page, serve(APP) + "?slow=1")
    field(page, "Learning rate").fill("0.5")
    field(page, "Learning rate").press("Enter")
    slider(page, "Learning rate").press("ArrowRight")
    expect(page.locator("[data-knob=rate_knob][data-busy]")).to_have_count(0)
    expect(field(page, "Learning rate")).to_have_value("0.524")


def test_the_thumb_stays_under_the_hand(page: Page, serve: Serve) -> None:
    open_page(page, serve(APP) + "?slow=1")
    pulled(page, slider(page, "Learning rate"), 0.8, 0.2, lambda: True)
    seen = set()
    for _ in range(20):
        seen.add(slider(page, "Learning rate").input_value())
        page.wait_for_timeout(30)
    page.mouse.up()
    assert len(seen) == 1, "an old answer must not pull the thumb back"


def test_arrow_keys_turn_it_and_speak_the_value(shown: Page) -> None:
    steps = slider(shown, "Steps")
    steps.press("ArrowRight")
    expect(steps).to_have_attribute("aria-valuetext", "1001")
    expect(shown.get_by_text("steps 1001")).to_be_visible()
    steps.press("PageDown")
    expect(shown.get_by_text("steps 991")).to_be_visible()
    steps.press("Home")
    expect(shown.get_by_text("steps 1", exact=False).filter(has_text=re.compile(r"steps 1$"))).to_be_visible()
    rate = slider(shown, "Learning rate")
    rate.press("ArrowUp")
    expect(rate).to_have_attribute("aria-valuetext", "0.105")
    rate.press("ArrowDown")
    expect(shown.get_by_text("rate 0.1 ")).to_be_visible()


def test_a_typed_value_is_taken_exactly_and_widens_the_range(shown: Page) -> None:
    field(shown, "Learning rate").fill("12.3456")
    field(shown, "Learning rate").press("Enter")
    expect(shown.get_by_text("rate 12.3456")).to_be_visible()
    expect(slider(shown, "Learning rate")).to_have_attribute("aria-valuetext", "12.3456")
    assert float(slider(shown, "Learning rate").get_attribute("max") or 0) == pytest.approx(1.0915, abs=1e-3)
    shown.get_by_role("button", name="Reset Learning rate to 0.1").click()
    expect(shown.get_by_text("rate 0.1 ")).to_be_visible()
    expect(slider(shown, "Learning rate")).to_be_focused()
    expect(shown.get_by_role("button", name="Reset Learning rate")).to_be_hidden()


@pytest.mark.parametrize("typed", ["abc", "1e400", "<b>x</b>"])
def test_a_wrong_text_stays_with_its_sentence_until_corrected(shown: Page, typed: str) -> None:
    field(shown, "Steps").fill(typed)
    slider(shown, "Learning rate").focus()
    expect(shown.get_by_role("alert")).to_have_text(f"{typed} is not a number.")
    expect(field(shown, "Steps")).to_have_value(typed)
    expect(field(shown, "Steps")).to_have_attribute("aria-invalid", "true")
    slider(shown, "Steps").press("ArrowRight")
    expect(shown.get_by_role("alert")).to_have_count(0)
    expect(field(shown, "Steps")).to_have_value("1001")


def test_touching_nothing_sends_nothing(shown: Page) -> None:
    for name in ("Learning rate", "Steps", "Power of the decay"):
        field(shown, name).focus()
        slider(shown, name).focus()
    shown.wait_for_timeout(300)
    assert turns(shown) == 0


def test_a_disabled_knob_cannot_be_turned(shown: Page) -> None:
    expect(slider(shown, "Fixed")).to_be_disabled()
    expect(field(shown, "Fixed")).to_be_disabled()


def test_a_theme_switch_repaints_and_keeps_the_zoom(shown: Page) -> None:
    colour = "plot => [plot._fullData[0].line.color, plot._fullLayout.font.color]"
    zoom(shown)
    ranges, light = plot(shown).evaluate(RANGES), plot(shown).evaluate(colour)
    shown.emulate_media(color_scheme="dark")
    shown.wait_for_function(
        "before => document.querySelector('[role=img]')._fullLayout.font.color !== before", arg=light[1]
    )
    dark = plot(shown).evaluate(colour)
    assert dark[0] != light[0]
    assert plot(shown).evaluate(RANGES) == ranges


def test_a_learners_own_text_is_never_a_colour(shown: Page) -> None:
    assert plot(shown).evaluate("plot => plot._fullData[2].name") == "@text"


@pytest.mark.parametrize(("name", "start"), [("PNG", b"\x89PNG\r\n"), ("SVG", b"<svg")])
def test_a_download_has_the_picture(shown: Page, tmp_path: Path, name: str, start: bytes) -> None:
    with shown.expect_download() as waiting:
        shown.get_by_role("button", name=f"Download {name}").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == f"curves.{name.lower()}"
    content = file.read_bytes()
    assert content.startswith(start)
    assert len(content) > 10_000
    if name == "PNG":
        box = plot(shown).bounding_box()
        assert box
        assert int.from_bytes(content[16:20], "big") == pytest.approx(2 * box["width"], abs=4)


def test_the_arrow_keys_read_the_chart_aloud(shown: Page) -> None:
    spoken = shown.locator("[data-chart=curves] [aria-live]")
    plot(shown).focus()
    shown.keyboard.press("ArrowRight")
    expect(spoken).to_have_text("update t 0: polynomial 0.1, cosine 0.1, @text 0.1")
    for key in ("Shift+ArrowRight", "ArrowLeft"):
        shown.keyboard.press(key)
    expect(spoken).to_contain_text("update t 9:")
    expect(shown.locator("[data-chart=curves] .hoverlayer .legend")).to_be_visible()
    shown.keyboard.press("End")
    expect(spoken).to_have_text("update t 999: polynomial 1e-7, cosine 2.467e-7, @text 0.05")
    shown.keyboard.press("Escape")
    expect(spoken).to_have_text("")
    expect(shown.locator("[data-chart=curves] .hoverlayer .legend")).to_have_count(0)


def test_an_escaped_name_is_read_aloud_as_it_was_typed(page: Page, serve: Serve) -> None:
    open_page(page, f"{serve(APP)}?escaped=1")
    plot(page).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-chart=curves] [aria-live]")).to_have_text(
        "update t 0: polynomial 0.1, cosine 0.1, a <b> &amp; 0.1"
    )


def test_without_the_chart_library_a_sentence_says_so_and_the_next_figure_tries_again(page: Page, serve: Serve) -> None:
    page.route("**/vendor/plotly*", lambda route: route.abort())
    page.goto(serve(APP))
    alert = page.locator("[data-chart=curves]").get_by_role("alert")
    expect(alert).to_have_text("No picture.", timeout=30_000)
    expect(plot(page)).to_be_hidden()
    page.unroute("**/vendor/plotly*")
    slider(page, "Learning rate").press("End")
    expect(page.locator("[data-chart=curves][data-revision] .main-svg").first).to_be_visible(timeout=30_000)
    expect(alert).to_have_count(0)
    expect(page.get_by_role("button", name="Download PNG")).to_be_visible()


def test_the_keys_stay_in_the_part_that_is_zoomed(shown: Page) -> None:
    zoom(shown)
    low, high = plot(shown).evaluate("plot => plot._fullLayout.xaxis.range")
    plot(shown).focus()
    spoken = shown.locator("[data-chart=curves] [aria-live]")
    for key, edge in (("Home", low), ("End", high)):
        shown.keyboard.press(key)
        shown.wait_for_function(NEAR, arg=edge)
        step = int(re.findall(r"update t (\d+)", spoken.inner_text())[0])
        assert low <= step <= high
        assert abs(step - edge) <= 1


def test_the_chart_says_what_it_shows_now(shown: Page) -> None:
    expect(shown.get_by_role("img", name="Three schedules that start at 0.1")).to_be_visible()
    slider(shown, "Learning rate").press("End")
    expect(shown.get_by_role("img", name="Three schedules that start at 1")).to_be_visible()


def test_the_chart_follows_its_width(shown: Page) -> None:
    wide = plot(shown).evaluate("plot => plot._fullLayout.width")
    shown.set_viewport_size({"width": 1000, "height": 900})
    shown.wait_for_function("wide => document.querySelector('[role=img]')._fullLayout.width < wide - 100", arg=wide)
    shown.wait_for_function(FITS)


def test_the_chart_follows_its_height(shown: Page) -> None:
    before = plot(shown).evaluate("plot => plot._fullLayout.height")
    shown.get_by_text("Tall picture").click()
    shown.wait_for_function("was => document.querySelector('[role=img]')._fullLayout.height === was + 140", arg=before)


def test_a_chart_that_leaves_is_cleared_and_can_come_back(shown: Page) -> None:
    plot(shown).evaluate("plot => (window.old = plot)")
    shown.get_by_text("Hide the picture").click()
    expect(plot(shown)).to_have_count(0)
    shown.wait_for_function("() => window.old._fullLayout === undefined && !window.old.isConnected")
    shown.get_by_text("Hide the picture").click()
    expect(shown.locator("[data-chart=curves][data-revision]")).to_be_visible()
    assert plot(shown).evaluate("plot => plot !== window.old && plot._fullData.length === 3")


def test_the_help_opens_on_focus(shown: Page) -> None:
    tip = shown.get_by_role("tooltip").filter(has_text="The size of one update.")
    expect(tip).to_be_hidden()
    shown.get_by_role("button", name="About Learning rate").focus()
    expect(tip).to_be_visible()


def test_an_update_carries_data_and_no_code(page: Page, serve: Serve) -> None:
    received: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(frame)))
    open_page(page, serve(APP))
    page.wait_for_timeout(500)
    received.clear()
    slider(page, "Learning rate").press("ArrowRight")
    expect(page.get_by_text("rate 0.105")).to_be_visible()
    page.wait_for_timeout(300)
    assert 20_000 < sum(map(len, received)) < 60_000 * 2, "two runs, each with four arrays of 1000 doubles"
    assert not any("WeakMap" in str(frame) for frame in received)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, serve(APP))
    field(page, "Steps").fill("abc")
    field(page, "Steps").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
