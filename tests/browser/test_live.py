"""A training watched live in a real browser: it streams in, is steered, cancelled, and found again after a reload."""

import math
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Serve
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("live_app.py")
LONG = "?steps=100000"


@pytest.fixture
def url(serve: Serve) -> str:
    return serve(APP)


def arrived(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/{query}")
    expect(root(page)).to_have_attribute("data-revision", re.compile(r"\d"), timeout=30_000)
    return page


def root(page: Page) -> Locator:
    return page.locator("[data-chart=live]")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def status(page: Page, *wanted: str) -> None:
    expect(root(page)).to_have_attribute("data-status", re.compile("|".join(wanted)), timeout=60_000)


def update(page: Page) -> int:
    found = re.search(r"update (\d+)", root(page).locator("output").inner_text())
    return int(found[1]) if found else -1


def lines(page: Page) -> list[int]:
    """How many points each line of the picture has."""
    return root(page).locator("[role=img]").first.evaluate("plot => plot._fullData.slice(1).map(t => t.y?.length ?? 0)")


def drawn_to(page: Page, step: int) -> None:
    """Wait until the picture's first line ends at a step: what has come is drawn a frame later."""
    page.wait_for_function(
        "([plot, step]) => plot._fullData[1].x?.at(-1) === step",
        arg=[root(page).locator("[role=img]").first.element_handle(), step],
    )


def at_rest(page: Page) -> int:
    """The update at which it stands still: the last ones are told after a pause has been."""
    seen = update(page)
    while True:
        page.wait_for_timeout(1_000)
        if seen == (seen := update(page)):
            return seen


def test_a_training_streams_in_to_its_end_without_a_rerun(page: Page, url: str) -> None:
    arrived(page, url)
    status(page, "none")
    press(page, "Train")
    page.wait_for_url(re.compile("job="))
    frames: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", frames.append))
    status(page, "done")
    expect(root(page).locator("output")).to_have_text("update 400 of 400")
    expect(root(page).locator(".lrviz-live p")).to_contain_text(re.compile(r"loss 0\.\d+, validation 0\.\d+"))
    expect(page.get_by_text("ended 1 times")).to_be_visible()
    drawn_to(page, 399)
    raw, smooth, validation, middle = lines(page)
    assert raw == smooth == 400 and validation == middle == 201
    assert frames == []


def test_it_pauses_goes_one_step_and_on(page: Page, url: str) -> None:
    arrived(page, url, LONG)
    press(page, "Train")
    status(page, "running")
    press(page, "Pause")
    status(page, "paused")
    before = at_rest(page)
    press(page, "One step")
    expect(root(page).locator("output")).to_have_text(f"update {before + 1} of 100000")
    press(page, "Go on")
    status(page, "running")
    press(page, "Cancel")
    status(page, "cancelled")
    expect(root(page).locator(".lrviz-live p")).to_contain_text("Cancelled.")


def test_a_reload_in_the_middle_finds_it_again(page: Page, url: str) -> None:
    arrived(page, url, LONG)
    press(page, "Train")
    page.wait_for_url(re.compile("job="))
    expect(root(page).locator("output")).to_have_text(re.compile(r"update \d{4}"), timeout=30_000)
    seen = update(page)
    page.reload()
    page.wait_for_function(
        """seen => {
            const said = document.querySelector("[data-chart=live] output")?.textContent ?? "";
            return Number(said.match(/update (\\d+)/)?.[1]) >= seen;
        }""",
        arg=seen,
    )
    page.wait_for_function(  # what came before the reload is drawn too
        """() => document.querySelector("[data-chart=live] [role=img]")?._fullData?.[1].y?.length > 500"""
    )
    press(page, "Cancel")
    status(page, "cancelled")


def test_a_slow_speed_is_kept(page: Page, url: str) -> None:
    arrived(page, url, LONG)
    press(page, "Train")
    status(page, "running")
    page.get_by_label("Speed").select_option("10")
    for _ in range(20):  # until it has heard, and what it had done before has come
        before = update(page)
        page.wait_for_timeout(700)
        if 0 < update(page) - before < 50:
            break
    before, began = update(page), time.monotonic()
    page.wait_for_timeout(2_000)
    assert 10 <= (update(page) - before) * 2 / (time.monotonic() - began) <= 35
    press(page, "Cancel")


def test_who_only_watches_cannot_steer_and_who_reloads_still_can(page: Page, browser: Browser, url: str) -> None:
    arrived(page, url, LONG)
    press(page, "Train")
    page.wait_for_url(re.compile("job="))
    (job,) = parse_qs(urlsplit(page.url).query)["job"]
    told = page.request.post(f"{url}/api/jobs/{job}", data={"cancel": True, "key": "x"})
    assert told.status == 403
    watcher = browser.new_page()
    arrived(watcher, url, f"{LONG}&plain=1&again=no&job={job}")
    status(watcher, "running")
    for name in ("Pause", "One step", "Cancel"):
        expect(watcher.get_by_role("button", name=name, exact=True)).to_be_disabled()
    watcher.close()
    arrived(page, url, f"{LONG}&plain=1&job={job}")
    status(page, "running")
    press(page, "Cancel")
    status(page, "cancelled")


def test_an_axis_widens_in_round_steps_as_far_as_it_may_and_a_reset_keeps_to_it(page: Page, url: str) -> None:
    arrived(page, url, "?steps=3000")
    plot = root(page).locator("[role=img]").first
    given = plot.evaluate("plot => plot._fullLayout.yaxis.range")
    assert given == [-0.5, 0.5]
    press(page, "Train")
    status(page, "done")
    drawn_to(page, 2_999)
    low, high = plot.evaluate("plot => plot._fullLayout.yaxis.range")
    assert high == 0.5 and low in [math.log10(step * power) for step in (1, 2, 5) for power in (0.01, 0.1)]
    expect(page.get_by_role("button", name="Reset zoom")).to_be_hidden()


def test_naming_the_job_adds_nothing_to_the_way_back(page: Page, url: str) -> None:
    arrived(page, url)
    entries = page.evaluate("history.length")
    press(page, "Train")
    page.wait_for_url(re.compile("job="))
    status(page, "done")
    assert page.evaluate("history.length") == entries


def test_a_training_that_is_gone_says_so(page: Page, url: str) -> None:
    arrived(page, url, "?job=0123456789ab")
    expect(root(page).locator(".lrviz-live p")).to_have_text(
        "This training is no longer here. Start it again.", timeout=60_000
    )
    press(page, "Start again")
    status(page, "done")
