"""The race in a real browser: one clock, no words with the server while it runs, a start that follows the hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Locator, Page, WebSocket, expect

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("stage_app.py")
PACE = """root => new Promise((done) => {
    const from = {}; let seconds = 0, last = 0; // the clock counts no frame for more than a tenth of a second
    requestAnimationFrame(function look(now) {
        if (!last) Object.assign(from, root.dataset, { now });
        else seconds += Math.min((now - last) / 1000, 0.1);
        const { step, frames } = root.dataset; last = now;
        if (now - from.now < 2000) requestAnimationFrame(look);
        else done([(step - from.step) / seconds, 1000 * (frames - from.frames) / (now - from.now)]);
    }) })"""


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The stage with three racers over 200 steps, painted."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-stage=race][data-revision]")).to_be_visible(timeout=30_000)


def root(page: Page) -> Locator:
    return page.locator("[data-stage=race]")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def data(page: Page, name: str) -> str:
    return root(page).get_attribute(f"data-{name}") or ""


def step(page: Page) -> int:
    return int(data(page, "step"))


def map_box(page: Page) -> dict[str, float]:
    """Where the plot area of the contour lies on the screen."""
    return root(page).locator(".lrviz-stage-map").evaluate(
        """box => { const {_size: s} = box.querySelector('.js-plotly-plot')._fullLayout;
        const r = box.getBoundingClientRect();
        return {left: r.left + s.l, top: r.top + s.t, width: s.w, height: s.h} }"""
    )  # fmt: skip


def spot(page: Page, right: float, up: float) -> tuple[float, float]:
    """The place on the screen at these shares of the contour's width and height."""
    box = map_box(page)
    return box["left"] + right * box["width"], box["top"] + (1 - up) * box["height"]


def start(page: Page) -> tuple[float, float]:
    """Where the server thinks the start is."""
    x, y = re.findall(r"at (\S+), (\S+)", page.get_by_text("starts ").inner_text())[0]
    return float(x), float(y)


def starts(page: Page) -> int:
    return int(re.findall(r"starts (\d+)", page.get_by_text("starts ").inner_text())[0])


def test_at_rest_the_whole_path_is_shown(shown: Page) -> None:
    assert step(shown) == 200
    assert data(shown, "playing") == "false"
    expect(root(shown).get_by_text("step 200 of 200")).to_be_visible()


def test_playing_shows_true_steps_without_a_word_to_the_server(page: Page, serve: Serve) -> None:
    frames: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: frames.append(frame))
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", listen)
    open_page(page, serve(APP) + "?racers=8&steps=500")
    expect(root(page)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=20_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(800)
    frames.clear()
    button(page, "Back to the start").click()
    assert step(page) == 0
    button(page, "Play").click()
    page.wait_for_function("() => +document.querySelector('[data-stage]').dataset.step > 20")
    page.get_by_label("Speed").select_option("4")
    rate, shown_frames = root(page).evaluate(PACE)
    assert 60 < rate < 180, "120 steps a second were asked for"
    assert shown_frames > 10
    button(page, "Pause").click()
    stopped = step(page)
    page.wait_for_timeout(300)
    assert step(page) == stopped < 500
    root(page).get_by_label("Step", exact=True).press("ArrowLeft")
    assert step(page) == stopped - 1
    page.mouse.move(*spot(page, 1.6, 0.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 1.8, 0.6), steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert frames == []
    print(f"{shown_frames:.0f} frames a second, {data(page, 'cost')} ms a frame, 3-D {data(page, 'solid-cost')} ms")


def test_it_stops_at_the_end_and_plays_again_from_the_start(shown: Page) -> None:
    page = shown
    page.get_by_label("Speed").select_option("16")
    button(page, "Play").click()
    page.wait_for_function("() => +document.querySelector('[data-stage]').dataset.frames > 0")
    expect(root(page)).to_have_attribute("data-playing", "false")
    assert step(page) == 200
    expect(button(page, "Play")).to_be_visible()


def test_the_keys_step_play_and_jump(shown: Page) -> None:
    root(shown).locator(".lrviz-stage-map [role=img]").focus()
    keys = {"Home": 0, "ArrowRight": 1, "Shift+ArrowRight": 11, "ArrowLeft": 10, "End": 200, "Shift+ArrowLeft": 190}
    for key, expected in keys.items():
        shown.keyboard.press(key)
        assert step(shown) == expected
    shown.keyboard.press("Home")
    expect(root(shown).locator("[aria-live]")).to_contain_text("step 0 of 200: lr 0.005")
    shown.keyboard.press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "true")
    shown.keyboard.press("Space")
    expect(root(shown)).to_have_attribute("data-playing", "false")


def test_the_slider_and_the_loss_picture_scrub(shown: Page) -> None:
    root(shown).get_by_label("Step", exact=True).fill("37")
    assert step(shown) == 37
    expect(root(shown).get_by_label("Step", exact=True)).to_have_attribute("aria-valuetext", "step 37 of 200")
    box = root(shown).locator(".lrviz-stage-curve").bounding_box()
    assert box
    shown.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    shown.mouse.down()
    first = step(shown)
    shown.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=4)
    shown.mouse.up()
    assert 0 < first < step(shown) < 200


def test_the_table_follows_the_cursor(shown: Page) -> None:
    cells = root(shown).locator("tbody tr").first.locator("td")
    shown.locator(".lrviz-stage-map [role=img]").focus()
    shown.keyboard.press("Home")
    expect(cells.nth(1)).to_have_text("9.22")  # sqrt(9² + 2²)
    shown.keyboard.press("End")
    expect(cells.nth(1)).not_to_have_text("9.22")


def test_a_click_places_the_start(shown: Page) -> None:
    shown.mouse.click(*spot(shown, 0.75, 0.5))
    expect(shown.get_by_text("last [True] at 5, 0")).to_be_visible()
    expect(shown.get_by_role("slider", name="Start")).to_have_attribute("aria-valuetext", "x 5, y 0")
    expect(shown.get_by_role("img", name="3 racers from 5, 0")).to_be_visible()


def test_a_dragged_start_answers_before_it_is_let_go_and_never_asks_twice_at_once(shown: Page) -> None:
    shown.evaluate("""() => {
        window.story = [];
        const root = document.querySelector('[data-stage]');
        new MutationObserver(changes => changes.forEach(change =>
            window.story.push([change.attributeName, +root.getAttribute(change.attributeName)])))
            .observe(root, {attributes: true, attributeFilter: ['data-sent', 'data-answered']});
    }""")
    shown.mouse.move(*spot(shown, 0.05, 2 / 6 + 0.5))  # the marker at -9, 2
    shown.mouse.down()
    for k in range(400):
        shown.mouse.move(*spot(shown, 0.05 + 0.02 * min(k, 29 - (k + 1) % 2), 0.8))
        shown.wait_for_timeout(25)
        if k >= 29 and k % 2 and starts(shown) >= 3:  # a slow machine is given more of the drag
            break
    marker = shown.get_by_role("slider", name="Start").bounding_box()
    assert marker
    assert marker["x"] + marker["width"] / 2 == pytest.approx(spot(shown, 0.05 + 0.02 * 29, 0.8)[0], abs=2)
    assert starts(shown) >= 3, "the race should follow while the button is still down"
    shown.mouse.up()
    expect(shown.get_by_text(re.compile(r"last \[True\]"))).to_be_visible()
    told = "document.querySelector('[data-stage]').dataset"
    shown.wait_for_function(f"() => {told}.answered === {told}.sent")
    shown.wait_for_timeout(400)
    story = shown.evaluate("window.story")
    sent = max(n for what, n in story if what == "data-sent")
    assert story == [[what, n] for n in range(1, sent + 1) for what in ("data-sent", "data-answered")]
    assert start(shown) == (pytest.approx(-10 + 20 * (0.05 + 0.02 * 29), abs=0.05), pytest.approx(1.8, abs=0.03))
    assert data(shown, "fetches") == "1"


def test_the_start_moves_by_keys(shown: Page) -> None:
    marker = shown.get_by_role("slider", name="Start")
    marker.press("ArrowRight")
    expect(shown.get_by_text("at -8.8, 2")).to_be_visible()
    marker.press("Shift+ArrowDown")
    expect(shown.get_by_text("last [True] at -8.8, 1.4")).to_be_visible()
    assert step(shown) == 200


def test_a_start_stays_on_the_surface(shown: Page) -> None:
    shown.mouse.move(*spot(shown, 0.9, 0.5))
    shown.mouse.down()
    shown.mouse.move(*spot(shown, 1.3, 0.5), steps=4)
    shown.mouse.up()
    expect(shown.get_by_text("last [True] at 10, 0")).to_be_visible()


def test_a_scrubbed_step_stays_when_the_data_change(shown: Page) -> None:
    root(shown).get_by_label("Step", exact=True).fill("42")
    revision = int(data(shown, "revision"))
    shown.get_by_role("slider", name="Rate").press("ArrowRight")
    shown.wait_for_function("n => +document.querySelector('[data-stage]').dataset.revision > n", arg=revision)
    assert step(shown) == 42
    assert data(shown, "fetches") == "1"


def test_the_anatomy_of_a_step_is_the_rules_own_numbers(shown: Page) -> None:
    button(shown, "Anatomy").click()
    root(shown).get_by_label("Step", exact=True).fill("0")
    line = root(shown).locator(".lrviz-stage-said")
    expect(line).to_contain_text("lr 0.01 momentum · step 0")
    expect(line).to_contain_text("−gradient (9, −50)")
    expect(line).to_contain_text("direction (9, −50)")
    expect(line).to_contain_text("update (0.09, −0.5)")
    button(shown, "Anatomy").click()
    expect(line).to_have_text("Click or drag to place the start.")


def test_what_diverges_says_when(page: Page, serve: Serve) -> None:
    open_page(page, serve(APP))
    page.get_by_role("textbox", name="Type Rate").fill("0.5")
    page.get_by_role("textbox", name="Type Rate").press("Enter")
    cells = root(page).locator("tbody tr").first.locator("td")
    expect(cells.nth(1)).to_have_text(re.compile(r"diverged at step \d+"))


def test_a_surface_that_does_not_come_is_said(page: Page, serve: Serve) -> None:
    page.goto(serve(APP) + "?grid=api/surface?surface=nonsense")
    expect(page.get_by_role("alert").filter(has_text="The picture could not be loaded.")).to_be_visible(timeout=30_000)


def test_without_the_chart_library_a_sentence_says_so(page: Page, serve: Serve) -> None:
    page.route("**/vendor/plotly*", lambda route: route.abort())
    page.goto(serve(APP))
    expect(page.get_by_role("alert").filter(has_text="The picture could not be loaded.")).to_be_visible(timeout=30_000)
    page.unroute("**/vendor/plotly*")
    page.get_by_role("slider", name="Rate").press("ArrowRight")
    expect(page.locator("[data-stage=race][data-revision]")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("alert").filter(has_text="The picture")).to_have_count(0)


def test_a_download_has_the_pictures(shown: Page, tmp_path: Path) -> None:
    with shown.expect_download() as waiting:
        button(shown, "Download PNG").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == "lrviz.png"
    assert file.read_bytes().startswith(b"\x89PNG\r\n")
    assert file.stat().st_size > 20_000


def test_on_a_phone_the_solid_waits_behind_its_button_and_a_tap_places_the_start(page: Page, serve: Serve) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    open_page(phone, serve(APP))
    solid = root(phone).locator(".lrviz-stage-solid .lrviz-stage-plot")
    expect(button(phone, "Show in 3-D")).to_be_visible()
    expect(solid).to_be_hidden()
    phone.touchscreen.tap(*spot(phone, 0.75, 0.5))
    expect(phone.get_by_text(re.compile(r"last \[True\] at (4\.9|5|5\.0)\d*, "))).to_be_visible()
    button(phone, "Show in 3-D").tap()
    expect(solid).to_be_visible()
    expect(root(phone)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=20_000)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, serve(APP))
    button(page, "Anatomy").click()
    found = Axe().run(page).response["violations"]
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
