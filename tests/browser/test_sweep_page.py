"""The Sweep in a real browser: it fills in by itself, is cancelled, found again after a reload, read cell by cell."""

import re
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visitor import address, chart, knob, press, serious, settled

from lrviz.spec import from_address
from lrviz.train.scene import TrainScene
from lrviz.train.sweep import SweepScene

pytestmark = pytest.mark.browser
TINY = (
    "training.task=moons&training.model.width=4&training.steps=40&across.low=0.001&across.high=1&across.count=7"
    "&up.values=sgd,adam&seeds=2"
)
LONG = "training.steps=40000&across.count=9&up.values=sgd,adam"


def opened(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/sweep?{query}")
    expect(chart(page, "sweep")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def root(page: Page) -> Locator:
    return page.locator("[data-chart=sweep]")


def plot(page: Page) -> Locator:
    return root(page).get_by_role("img").first


def status(page: Page, wanted: str) -> None:
    expect(root(page)).to_have_attribute("data-status", wanted, timeout=90_000)


def whole(page: Page) -> None:
    """Wait until the tiny sweep is done and the page has been told: a click before that can be lost in its run."""
    status(page, "done")
    expect(plot(page)).to_have_attribute("aria-label", re.compile("28.*28"))
    settled(page)


def filled(page: Page, is_so: str) -> None:
    """Wait until as many cells of the map have a value: it is drawn a moment after it is described."""
    page.wait_for_function(
        "() => document.querySelector('[data-chart=sweep] [role=img]').data[0].z.flatMap(row => [...row])"
        f".filter(v => Number.isFinite(v) && v !== null).length {is_so}"
    )


def at(page: Page, column: float, row: float) -> tuple[float, float]:
    """Where a cell of the map is on the screen."""
    place = """(p, [x, y]) => {
      const { xaxis, yaxis } = p._fullLayout, box = p.getBoundingClientRect();
      return [box.left + xaxis._offset + xaxis.c2p(x), box.top + yaxis._offset + yaxis.c2p(y)];
    }"""
    x, y = plot(page).evaluate(place, [column, row])
    return x, y


def hovers(page: Page, what: str) -> None:
    """Wait until Plotly knows what the pointer is over: it clicks what it hovers."""
    script = "() => { const plot = document.querySelector('[data-chart=sweep] [role=img]'); return plot._hoverdata && "
    page.wait_for_function(f"{script}{what}; }}")


def click(page: Page, column: float, row: float) -> None:
    page.mouse.move(*at(page, column, row), steps=4)
    hovers(page, "0 in plot._hoverdata")
    page.mouse.click(*at(page, column, row))


def test_a_short_sweep_fills_in_by_itself_and_opens_at_once_for_the_next_visitor(
    page: Page, browser: Browser, url: str
) -> None:
    opened(page, url, TINY)
    status(page, "done")
    expect(root(page).locator("output")).to_have_text("28 of 28 nets")
    expect(plot(page)).to_have_attribute("aria-label", re.compile("Trained: 28 of 28 nets. Best: "))
    filled(page, "=== 14")
    expect(page.get_by_role("cell", name="SGD")).to_be_visible()
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    other = opened(context.new_page(), url, TINY)
    expect(plot(other)).to_have_attribute("aria-label", re.compile("Trained: 28 of 28 nets"))
    filled(other, "=== 14")
    assert "job" not in address(other)
    context.close()


def test_the_knob_moves_the_frames_and_trains_nothing_anew(page: Page, url: str) -> None:
    opened(page, url, TINY)
    whole(page)
    rule = page.get_by_text(re.compile(r"^Good in the row .*0\.1·"))
    expect(rule).to_be_visible()
    frames = plot(page).evaluate(
        "p => JSON.stringify(p.data.filter(t => t.mode === 'lines' && !t.yaxis).map(t => t.x))"
    )
    knob(page, "Tolerance of the good band").focus()
    page.keyboard.press("End")
    expect(rule).to_have_count(0)
    page.wait_for_function(
        "([before]) => JSON.stringify(document.querySelector('[data-chart=sweep] [role=img]').data"
        ".filter(t => t.mode === 'lines' && !t.yaxis).map(t => t.x)) !== before",
        arg=[frames],
    )
    page.wait_for_url(re.compile("tolerance="))
    status(page, "done")
    expect(root(page).locator("output")).to_have_text("28 of 28 nets")


def test_a_cell_is_read_on_the_map_on_its_curve_and_by_keyboard(page: Page, url: str) -> None:
    opened(page, url, TINY)
    whole(page)
    click(page, 3, 1)
    expect(
        page.get_by_text(re.compile(r"^Adam, Learning rate 0\.0316: validation loss 0\.\d+, the middle of 2"))
    ).to_be_visible()
    settled(page)
    curve = "(p) => { const t = p.data.find(t => t.meta?.row === 0); return [t.x[5], t.y[5]]; }"
    x, loss = plot(page).evaluate(curve)
    place = """(p, [x, y]) => {
      const { xaxis, yaxis2 } = p._fullLayout, box = p.getBoundingClientRect();
      return [box.left + xaxis._offset + xaxis.c2p(x), box.top + yaxis2._offset + yaxis2.c2p(y)];
    }"""
    where = plot(page).evaluate(place, [x, loss])
    page.mouse.move(*where, steps=6)
    expect(root(page).locator(".hoverlayer .hovertext")).to_be_visible()
    hovers(page, "plot._hoverdata[0].data.meta?.row === 0")  # and not still the cell before
    page.mouse.click(*where)
    expect(page.get_by_text(re.compile(r"^SGD, Learning rate 0\.316: validation loss"))).to_be_visible()
    plot(page).focus()
    page.keyboard.press("ArrowRight")
    spoken = root(page).locator("[aria-live]")
    expect(spoken).to_contain_text(re.compile(r" · 0\.0\d+, validation loss 0\.\d+"))


def test_a_cells_run_opens_where_one_is_watched(page: Page, url: str) -> None:
    opened(page, url, TINY)
    whole(page)
    click(page, 3, 1)
    page.get_by_role("link", name="Watch this run").click()
    expect(page.get_by_role("heading", name="Watch it learn")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-chart=train]")).to_have_attribute("data-status", "done", timeout=60_000)
    settled(page)
    given = {name: value for name, value in address(page).items() if name.startswith("training.")}
    scene, _ = from_address(dict(parse_qsl(TINY)), SweepScene())
    wanted = scene.cells[7 + 3]
    assert from_address(given, TrainScene()) == (TrainScene(training=wanted), [])


def running(page: Page, url: str) -> None:
    """A long sweep, which waits until it is asked to run."""
    opened(page, url, LONG)
    status(page, "none")
    expect(root(page).locator("output")).to_have_text(re.compile(r"0 of 90 nets · about \d+ s"))
    page.get_by_role("button", name="Run the sweep", exact=True).click()
    page.wait_for_url(re.compile("job="))
    status(page, "running")


def test_a_long_sweep_waits_pauses_and_is_found_again_after_a_reload(page: Page, url: str) -> None:
    running(page, url)
    expect(root(page).locator("output")).to_have_text(re.compile(r"about \d+ s left"), timeout=60_000)
    page.get_by_role("button", name="Pause", exact=True).click()
    status(page, "paused")
    page.get_by_role("button", name="Go on", exact=True).click()
    status(page, "running")
    share = "p => p.querySelector('progress').value"
    before = root(page).evaluate(share)
    page.reload()
    status(page, "running")
    page.wait_for_function(f"before => ({share})(document.querySelector('[data-chart=sweep]')) >= before", arg=before)
    page.get_by_role("button", name="Cancel", exact=True).click()  # who reloads is no stranger
    status(page, "cancelled")


def test_a_sweep_is_cancelled_and_another_experiment_starts(page: Page, url: str) -> None:
    running(page, url)
    page.get_by_role("button", name="Cancel", exact=True).click()
    status(page, "cancelled")
    expect(root(page).locator("p")).to_have_text("Cancelled.")
    old = address(page)["job"]
    press(page, "Schedules")
    page.wait_for_url(lambda now: f"job={old}" not in now and "job=" in now)
    expect(root(page).locator("output")).to_have_text(re.compile(r"^\d+ of 260 nets"))
    press(page, "中文")
    expect(page.get_by_role("heading", name="超参数扫描")).to_be_visible()
    expect(root(page).locator("output")).to_have_text(re.compile("个网络，共 260 个"))
    status(page, "done")
    filled(page, ">= 40")  # what came before the change of language is there too


def test_the_first_screen_shows_claim_knob_and_picture(page: Page, url: str) -> None:
    opened(page, url)
    for part in (page.get_by_role("heading", name="Sweep"), knob(page, "Tolerance of the good band"), plot(page)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    box = plot(page).bounding_box()
    assert box and box["height"] >= 0.42 * 900
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh")])
def test_it_is_accessible(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    opened(page, url, f"{TINY}&lang={language}")
    whole(page)
    assert serious(page) == []


def test_on_a_phone_nothing_scrolls_sideways_and_a_tap_reads_a_cell(telephone: Page, url: str) -> None:
    page = opened(telephone, url, TINY)
    whole(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    above, below = plot(page).bounding_box(), knob(page, "Tolerance of the good band").bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"]
    page.touchscreen.tap(*at(page, 2, 0))
    expect(page.get_by_text(re.compile(r"^SGD, Learning rate 0\.01: "))).to_be_visible()
