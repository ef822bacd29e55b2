"""The surface of the race in 3-D, in a real browser: a camera that stays where it was put, a click that places."""

import math
import re

import pytest
from conftest import Serve
from playwright.sync_api import Page, expect
from test_stage import APP, data, open_page, root, spot, start, starts

pytestmark = pytest.mark.browser
CAMERA = "root => root.querySelector('.lrviz-stage-solid .js-plotly-plot')._fullLayout.scene._scene.getCamera().eye"
COASTING = 4
"""A camera that coasts on is put back to where it was let go: a tenth of its way was seen, a reset is all of it."""


@pytest.fixture
def stage(page: Page, serve: Serve) -> Page:
    """The stage with three racers over 200 steps, painted, its surface in 3-D too."""
    open_page(page, serve(APP))
    expect(root(page)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=20_000)
    return page


def apart(one: dict[str, float], other: dict[str, float]) -> float:
    """How far two places of the camera are from each other."""
    return math.dist(one.values(), other.values())


def at_rest(page: Page, before: dict[str, float]) -> dict[str, float]:
    """The camera's place once it has moved and come to rest: on a slow machine it follows late, and coasts."""
    while (seen := root(page).evaluate(CAMERA)) == before:
        page.wait_for_timeout(200)
    while seen != (seen := _later(page)):
        pass
    return seen


def _later(page: Page) -> dict[str, float]:
    page.wait_for_timeout(1500)
    return root(page).evaluate(CAMERA)


def test_the_camera_stays_where_it_was_turned_to(stage: Page) -> None:
    before = root(stage).evaluate(CAMERA)
    stage.mouse.move(*spot(stage, 1.6, 0.5))
    stage.mouse.down()
    stage.mouse.move(*spot(stage, 1.9, 0.6), steps=8)
    stage.mouse.up()
    turned = at_rest(stage, before)
    drawn = int(data(stage, "solid"))
    stage.get_by_role("slider", name="Rate").press("PageUp")
    stage.wait_for_function("n => +document.querySelector('[data-stage]').dataset.solid > n", arg=drawn, timeout=20_000)
    stage.emulate_media(color_scheme="dark")  # draws all of it anew
    stage.wait_for_function(
        "n => +document.querySelector('[data-stage]').dataset.solid > n + 1", arg=drawn, timeout=20_000
    )
    kept = root(stage).evaluate(CAMERA)
    assert apart(kept, turned) < apart(before, turned) / COASTING, (before, turned, kept)


def test_a_click_on_the_solid_places_the_start_and_turning_it_does_not(stage: Page) -> None:
    box = root(stage).locator(".lrviz-stage-solid").bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.5
    stage.mouse.move(*middle)
    stage.wait_for_timeout(500)
    stage.mouse.down()
    stage.mouse.move(middle[0] + 60, middle[1], steps=5)
    stage.mouse.up()
    stage.wait_for_timeout(500)
    assert starts(stage) == 0
    root(stage).locator(".lrviz-stage-solid .js-plotly-plot").evaluate(
        "plot => ['hover', 'click'].forEach(what => plot.on(`plotly_${what}`, () => (window[what] = true)))"
    )
    stage.mouse.move(*middle)
    stage.wait_for_function("() => window.hover")
    stage.mouse.down()
    stage.wait_for_function("() => window.click")  # a slow machine sees a press late, and one that is over never
    stage.mouse.up()
    expect(stage.get_by_text(re.compile(r"starts 1 last \[True\]"))).to_be_visible()
    assert start(stage) != (-9, 2)
