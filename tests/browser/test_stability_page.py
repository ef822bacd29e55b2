"""The stability page in a real browser: what comes in live, the zoomed and kept map, the slice one can race on."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visitor import address, address_becomes, becomes, knob, press, proven, serious, settled

pytestmark = pytest.mark.browser
PATIENCE = 90_000  # the first job of a server waits for its worker
MAP = {"rates.cells": "64"}
LARGE = {"rates.cells": "256", "rates.steps": "200"}
UNDER_WAY = re.compile("is under way|being (computed|measured)|正在(训练|计算|测量)")


def arrived(page: Page, url: str, view: str = "edge", /, *ends: str, **given: str) -> Page:
    page.goto(f"{url}/stability?{urlencode({'view': view} | given)}")
    if ends:
        status(page, view, *ends)
    else:
        ended(page, view)
    expect(page.locator(f"[data-chart={view}][data-revision]")).to_be_attached(timeout=30_000)
    settled(page)
    return page


def root(page: Page, view: str) -> Locator:
    return page.locator(f"[data-chart={view}]")


def picture(page: Page, view: str) -> Locator:
    return root(page, view).get_by_role("img").first


def status(page: Page, view: str, *wanted: str) -> None:
    expect(root(page, view)).to_have_attribute("data-status", re.compile("|".join(wanted)), timeout=PATIENCE)


def ended(page: Page, view: str) -> None:
    """Wait until a job is done and the page has been told: the run that says what came of it is the last one."""
    status(page, view, "done")
    expect(picture(page, view)).not_to_have_attribute("aria-label", UNDER_WAY, timeout=30_000)
    settled(page)


def bar(page: Page, view: str, name: str) -> Locator:
    return root(page, view).get_by_role("button", name=name, exact=True)


def write(page: Page, name: str, text: str) -> None:
    field = page.get_by_role("textbox", name=f"{name}, typed value")
    field.fill(text)
    field.press("Enter")


def job(page: Page, view: str) -> str:
    return root(page, view).get_attribute("data-job") or ""


def line(page: Page, name: str) -> list[float]:
    """The values of a line of the picture, once that is drawn to its last step."""
    whole = """() => { const plot = document.querySelector('[data-chart=edge] [role=img]');
      const loss = plot?._fullData?.find((trace) => trace.name === 'loss');
      return loss?.x?.length && loss.x.at(-1) >= plot._fullLayout.xaxis.range[1] - 1; }"""
    page.wait_for_function(whole)
    script = "(plot, name) => Array.from(plot._fullData.find((trace) => trace.name === name)?.y ?? [])"
    return picture(page, "edge").evaluate(script, name)


def cells(page: Page) -> list[list[float | None]]:
    """The map's cells as they are drawn, a row a list; None where none is yet."""
    script = "p => Array.from(p._fullData[0].z, (r) => Array.from(r, (v) => (Number.isFinite(v) ? v : null)))"
    return picture(page, "boundary").evaluate(script)


def zoom(page: Page, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Pull a box over the map, its corners as shares from the lower left."""
    box = picture(page, "boundary").locator(".nsewdrag").first.bounding_box()
    assert box
    ends = [(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]) for x, y in (low, high)]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=8)
    page.mouse.up()


# --- the edge ---


def test_the_first_screen_shows_the_sharpness_come_to_the_edge_and_hover_there(page: Page, url: str) -> None:
    page.goto(f"{url}/stability")
    ended(page, "edge")
    said = page.get_by_text(re.compile("The sharpness comes to the bound at step 7920 and hovers there"))
    for part in (page.get_by_role("heading", level=1), knob(page, "rate η"), picture(page, "edge"), said):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    sharpness, loss = line(page, "sharpness"), line(page, "loss")
    assert sharpness[0] < 5 and min(sharpness[-50:]) > 18 and max(sharpness) < 25
    assert len(loss) > 500 and loss[-1] < loss[0] / 50
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_turn_of_the_rate_moves_the_bound_at_once_and_then_trains_again(page: Page, url: str) -> None:
    arrived(page, url)
    before = job(page, "edge")
    write(page, "rate η", "0.2")
    expect(root(page, "edge")).not_to_have_attribute("data-job", before, timeout=20_000)
    ended(page, "edge")
    address_becomes(page, **{"job": job(page, "edge"), "edge.eta": "0.2"})
    becomes(page, lambda: line(page, "2/η = 10") == [10, 10] and 9 < line(page, "sharpness")[-1] < 12, True)
    page.go_back()
    expect(root(page, "edge")).to_have_attribute("data-job", before, timeout=20_000)
    status(page, "edge", "done")


def test_a_long_run_is_found_after_a_reload_paused_and_cancelled(page: Page, url: str) -> None:
    long = {"edge.width": "100", "edge.steps": "40000"}
    arrived(page, url, "edge", "running", **long)
    known = job(page, "edge")
    page.reload()
    status(page, "edge", "running")
    assert job(page, "edge") == known
    bar(page, "edge", "Pause").click()
    status(page, "edge", "paused")
    bar(page, "edge", "Cancel").click()
    status(page, "edge", "cancelled")
    settled(page)
    expect(page.get_by_text(re.compile("sharpness", re.IGNORECASE)).first).to_be_visible()


# --- the catapult ---


def test_the_catapult_answers_its_knob_without_any_job(page: Page, url: str) -> None:
    page.goto(f"{url}/stability?view=catapult")
    expect(root(page, "catapult")).to_be_visible(timeout=30_000)
    settled(page)
    write(page, "η·λ₀", "4.1")
    expect(page.get_by_text(re.compile("η·λ₀ = 4.1: the loss grows without end"))).to_be_visible()
    write(page, "η·λ₀", "1.5")
    expect(page.get_by_text(re.compile("is below 2: the loss falls from the first step on"))).to_be_visible()
    proven(page.locator("[data-ask='stability check catapult']"))


# --- the boundary ---


def test_a_map_fills_coarse_to_fine_is_cancelled_and_gone_on_with(page: Page, url: str) -> None:
    arrived(page, url, "boundary", "running", **LARGE)
    script = """() => { const z = document.querySelector('[data-chart=boundary] [role=img]')._fullData?.[0].z;
      const known = z && Array.from(z, (r) => Array.from(r)).flat().filter(Number.isFinite).length;
      return known > 0 && known; }"""
    page.wait_for_function(script, timeout=PATIENCE)
    bar(page, "boundary", "Cancel").click()
    status(page, "boundary", "cancelled")
    settled(page)
    known = [value for row in cells(page) for value in row if value is not None]
    assert 0 < len(known) <= 256**2
    before = job(page, "boundary")
    seen = int(re.findall(r"\d+", root(page, "boundary").locator("output").inner_text())[0])
    bar(page, "boundary", "Compute").click()
    expect(root(page, "boundary")).not_to_have_attribute("data-job", before, timeout=20_000)
    expect(root(page, "boundary").locator("output")).to_have_text(re.compile(r"cell [1-9]"), timeout=20_000)
    assert int(re.findall(r"\d+", root(page, "boundary").locator("output").inner_text())[0]) >= seen
    bar(page, "boundary", "Cancel").click()
    status(page, "boundary", "cancelled", "done")


def test_a_box_zooms_in_and_the_whole_is_kept_also_for_the_next_visitor(page: Page, url: str, browser: Browser) -> None:
    arrived(page, url, "boundary", **MAP)
    before = job(page, "boundary")
    becomes(page, lambda: None not in [value for row in cells(page) for value in row], True)
    zoom(page, (0.3, 0.4), (0.6, 0.7))
    page.wait_for_url(re.compile("rates.across_low"))
    expect(root(page, "boundary")).not_to_have_attribute("data-job", before, timeout=20_000)
    status(page, "boundary", "done")
    settled(page)
    low, high = (float(address(page)[f"rates.across_{end}"]) for end in ("low", "high"))
    assert (low, high) == pytest.approx((-0.3, 2.4), abs=0.1)
    expect(page.get_by_text(re.compile(r"^magnified 3"))).to_be_visible()
    page.get_by_role("button", name="Back to the whole map").click()
    expect(root(page, "boundary")).to_have_attribute("data-job", before, timeout=20_000)
    status(page, "boundary", "done")
    other = browser.new_context(locale="en-US")
    visitor = arrived(other.new_page(), url, "boundary", **MAP)
    assert job(visitor, "boundary") == before
    becomes(visitor, lambda: None not in cells(visitor)[0], True)
    other.close()


def test_the_map_without_a_net_zooms_without_a_job(page: Page, url: str) -> None:
    page.goto(f"{url}/stability?view=boundary&rates=cosine_map")
    expect(page.locator("[data-chart=boundary][data-revision]")).to_be_visible(timeout=30_000)
    settled(page)
    assert len(cells(page)) == 220
    zoom(page, (0.5, 0.5), (0.75, 0.75))
    page.wait_for_url(re.compile("rates.across_low"))
    page.wait_for_function("() => document.querySelector('[data-chart=boundary] [role=img]').data[0].x[0] > 0.9")
    assert len(cells(page)) == 220 and root(page, "boundary").get_attribute("data-job") in (None, "")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Back to the whole map").click()
    page.wait_for_url(lambda now: "across_low" not in now)


# --- the landscape ---


def test_one_races_on_a_slice_and_opens_its_training(page: Page, url: str) -> None:
    arrived(page, url, "landscape")
    expect(page.get_by_text(re.compile(r"The two directions hold 98\.\d+ % of the variance"))).to_be_visible()
    race = page.get_by_role("link", name="Race on this surface")
    box = race.bounding_box()
    assert box and box["y"] + box["height"] <= 900
    race.click()
    page.wait_for_url(re.compile("/race.*surface="))
    assert address(page)["surface"] == "slice" and len(page.url) < 6_000
    expect(page.locator("[data-stage=race]")).to_be_visible(timeout=30_000)
    settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-stage=race]")).to_be_visible(timeout=30_000)
    page.go_back()
    status(page, "landscape", "done")
    page.get_by_role("link", name="Open this training").click()
    page.wait_for_url(re.compile("/train.*training.task="))
    assert address(page)["training.task"] == "moons"


def test_the_reach_is_framed_while_it_turns_and_then_measured_anew(page: Page, url: str) -> None:
    arrived(page, url, "landscape")
    before, script = job(page, "landscape"), "p => p._fullLayout.xaxis.range[1] - p._fullLayout.xaxis.range[0]"
    wide = picture(page, "landscape").evaluate(script)
    write(page, "reach", "2")
    expect(root(page, "landscape")).not_to_have_attribute("data-job", before, timeout=20_000)
    ended(page, "landscape")
    becomes(page, lambda: picture(page, "landscape").evaluate(script) > 1.5 * wide, True)


def test_a_net_trained_in_the_first_lesson_of_the_lab_shows_its_landscape(page: Page, url: str) -> None:
    page.goto(f"{url}/train?training.task=moons&training.steps=300")
    expect(page.locator("[data-chart=train]")).to_have_attribute("data-status", "done", timeout=PATIENCE)
    settled(page)
    way = page.get_by_role("link", name="Its landscape")
    box = way.bounding_box()
    assert box and box["y"] + box["height"] <= 900
    way.click()
    page.wait_for_url(re.compile("/stability"))
    status(page, "landscape", "done")
    page.wait_for_url(re.compile("slice.training.steps="))
    assert address(page)["slice.training.steps"] == "300"
    expect(page.get_by_text(re.compile(r"The two directions hold .* of the variance"))).to_be_visible()


# --- everyone ---


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("稳定性")
    for view in ("稳定边缘", "弹射", "可训练边界", "损失地形"):
        press(page, view)
        settled(page)
        for english in ("Edge", "Catapult", "Boundary", "Landscape", "Train", "Pause", "Steps", "Seed", "Why"):
            expect(page.get_by_text(english, exact=True)).to_have_count(0)
            expect(page.get_by_label(english, exact=True)).to_have_count(0)


@pytest.mark.parametrize(("view", "headline"), [("edge", "rate η"), ("boundary", "Steps per cell")])
def test_on_a_phone_all_fits_and_the_page_scrolls_only_down(
    telephone: Page, url: str, view: str, headline: str
) -> None:
    page = arrived(telephone, url, view)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    above, below = picture(page, view).bounding_box(), knob(page, headline).bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"] <= 844


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["edge", "catapult", "boundary", "landscape"])
def test_axe_finds_nothing_serious(page: Page, url: str, view: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{url}/stability?view={view}&lang={language}")
    if view == "catapult":
        expect(picture(page, view)).to_be_visible(timeout=30_000)
    else:
        ended(page, view)
    settled(page)
    assert serious(page) == []
