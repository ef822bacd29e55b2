"""The race page in a real browser: place the start, play without the server, change who races, tune fairly."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect
from test_stage import button, data, root, spot, step
from test_stage_solid import CAMERA, COASTING, apart, at_rest
from visitor import (
    address,
    chart,
    choose,
    do,
    downloaded,
    history,
    knob,
    picture,
    press,
    proven,
    rows,
    serious,
    settled,
    write,
)

from lrviz.descend.race import PRESETS, RaceScene
from lrviz.spec import to_address
from lrviz.ui.fair import at_best

pytestmark = pytest.mark.browser
FIRST = "racers.0.schedule.lr"


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/race?{urlencode(given)}")
    expect(page.locator("[data-stage=race][data-revision]")).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def marker(page: Page) -> Locator:
    """The start, which is a slider of two directions."""
    return page.get_by_role("slider", name=re.compile("^Start of the race"))


def place_becomes(page: Page, x: str, y: str) -> None:
    page.wait_for_url(re.compile(f"start_x={re.escape(x)}.*start_y={re.escape(y)}"))


def map_says(page: Page) -> Locator:
    return root(page).locator(".lrviz-stage-map [role=img]")


# --- the first look ---


def test_the_first_screen_shows_claim_knob_map_and_playback(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", level=1), knob(lesson, "lr"), map_says(lesson), button(lesson, "Play")):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    expect(map_says(lesson)).to_have_attribute("aria-label", re.compile("paths of 4 optimizers over 200 steps"))
    assert step(lesson) == 200 and data(lesson, "playing") == "false"
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


# --- the start ---


def test_a_click_places_the_start_and_the_finish_follows(lesson: Page) -> None:
    lesson.mouse.click(*spot(lesson, 0.75, 0.75))
    place_becomes(lesson, "5", "")
    x, y = (float(address(lesson)[name]) for name in ("start_x", "start_y"))
    expect(marker(lesson)).to_have_attribute("aria-valuetext", f"x {x:g}, y {y:g}")
    expect(map_says(lesson)).to_have_attribute("aria-label", re.compile(rf"steps from \({x:g}, {y:g}\)"))
    lesson.go_back()
    expect(map_says(lesson)).not_to_have_attribute("aria-label", re.compile(rf"steps from \({x:g}, {y:g}\)"))


def test_the_start_follows_a_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    box, entries = marker(lesson).bounding_box(), history(lesson)
    assert box
    lesson.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lesson.mouse.down()
    for k in range(25):
        lesson.mouse.move(*spot(lesson, 0.2 + 0.02 * k, 0.3))
        lesson.wait_for_timeout(30)
        if k % 6 == 5:  # a hand that waits for what a slow machine answers
            lesson.wait_for_function(
                "n => +document.querySelector('[data-stage]').dataset.answered >= n", arg=k // 6 + 1
            )
    assert int(data(lesson, "answered")) >= 3, "the paths follow while the start is dragged"
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("start_x="))
    settled(lesson)
    assert history(lesson) == entries + 1


def test_the_keyboard_moves_the_start(lesson: Page) -> None:
    before = marker(lesson).get_attribute("aria-valuetext")
    marker(lesson).press("Shift+ArrowLeft")
    lesson.wait_for_url(re.compile("start_x="))
    expect(marker(lesson)).not_to_have_attribute("aria-valuetext", before or "")
    settled(lesson)
    marker(lesson).press("ArrowUp")
    lesson.wait_for_url(re.compile("start_y="))


# --- playing ---


def test_playing_scrubbing_and_turning_say_nothing_to_the_server(page: Page, url: str) -> None:
    frames: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: frames.append(frame))
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", listen)
    arrived(page, url)
    expect(root(page)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=30_000)
    page.wait_for_timeout(1_000)
    frames.clear()
    button(page, "Back to the start").click()
    assert step(page) == 0
    page.get_by_label("Speed").select_option("0.25")
    button(page, "Play").click()
    page.wait_for_function("() => +document.querySelector('[data-stage]').dataset.step >= 4")
    button(page, "Pause").click()
    stopped = step(page)
    page.wait_for_timeout(300)
    assert step(page) == stopped < 100
    button(page, "One step forward").click()
    assert step(page) == stopped + 1
    root(page).get_by_label("Step", exact=True).fill("120")
    assert step(page) == 120
    button(page, "Anatomy").click()
    expect(root(page).locator(".lrviz-stage-said")).to_contain_text("step 120")
    page.get_by_label("Speed").select_option("16")
    button(page, "Play").click()
    expect(root(page)).to_have_attribute("data-playing", "false")
    assert step(page) == 200
    assert frames == []


def test_what_the_learner_looks_at_is_kept_when_a_rate_changes(lesson: Page) -> None:
    expect(root(lesson)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=30_000)
    box = root(lesson).locator(".lrviz-stage-solid").bounding_box()
    assert box
    middle, before = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), root(lesson).evaluate(CAMERA)
    lesson.mouse.move(*middle)
    lesson.wait_for_timeout(500)
    lesson.mouse.down()
    lesson.mouse.move(middle[0] + 70, middle[1] + 10, steps=6)
    lesson.mouse.up()
    turned = at_rest(lesson, before)
    root(lesson).get_by_label("Step", exact=True).fill("37")
    drawn, fetches = int(data(lesson, "revision")), data(lesson, "fetches")
    knob(lesson, "lr").press("PageDown")
    lesson.wait_for_url(re.compile(re.escape(FIRST)))
    lesson.wait_for_function("n => +document.querySelector('[data-stage]').dataset.revision > n", arg=drawn)
    kept = root(lesson).evaluate(CAMERA)
    assert apart(kept, turned) < apart(before, turned) / COASTING, (before, turned, kept)
    assert step(lesson) == 37 and data(lesson, "fetches") == fetches, "the surface is not sent again"


# --- who races ---


def test_racers_are_added_opened_hidden_and_removed(lesson: Page) -> None:
    choose(lesson, "Add an optimizer", "Lion")
    expect(rows(lesson)).to_have_count(5)
    expect(map_says(lesson)).to_have_attribute("aria-label", re.compile("paths of 5 optimizers.*Lion: ends"))
    do(lesson, "Hide Lion")
    expect(map_says(lesson)).not_to_have_attribute("aria-label", re.compile("Lion"))
    do(lesson, "Remove Lion")
    expect(rows(lesson)).to_have_count(4)
    rows(lesson).nth(3).get_by_role("button", name=re.compile("^Adam")).click()
    expect(lesson.get_by_role("slider", name=re.compile("^beta1"))).to_be_visible()
    write(lesson, "lr", "0.4")
    lesson.wait_for_url(re.compile(re.escape("racers.3.schedule.lr=0.4")))
    lesson.get_by_role("button", name="Undo").click()
    expect(lesson.get_by_role("textbox", name=re.compile("^lr .*typed value"))).to_have_value("0.2")


def test_all_hidden_is_said_and_nothing_breaks(page: Page, url: str) -> None:
    arrived(page, url, **{f"racers.{i}.shown": "false" for i in range(4)})
    expect(page.get_by_text("All optimizers are hidden.")).to_be_visible()
    button(page, "Play").click()
    expect(root(page)).to_have_attribute("data-playing", "true")


def test_an_optimizer_known_by_name_arrives_from_its_worker(lesson: Page) -> None:
    choose(lesson, "Add an optimizer", "By name")
    expect(rows(lesson)).to_have_count(5)
    expect(map_says(lesson)).to_have_attribute("aria-label", re.compile("torch.Adafactor: ends"), timeout=60_000)
    expect(lesson.get_by_text("A worker runs the optimizer itself")).to_have_count(0)
    expect(lesson.get_by_role("row", name=re.compile("torch.Adafactor")).first).to_be_visible()


def test_who_diverges_is_explained_and_saved(page: Page, url: str) -> None:
    arrived(page, url, **{FIRST: "0.3"})
    expect(page.get_by_text("Why it diverged")).to_be_visible()
    expect(page.get_by_text(re.compile(r"lr·λ = 7.5 is above the limit 2"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Use lr = 0.08")).click()
    expect(page.get_by_text("Why it diverged")).to_have_count(0)
    page.wait_for_url(re.compile(re.escape(f"{FIRST}=0.08")))


# --- the fair race, presets, links ---


def test_the_fair_race_shows_its_bands_and_hands_over_the_best_rates(lesson: Page) -> None:
    press(lesson, "Fair race")
    expect(chart(lesson, "fair")).to_be_visible(timeout=60_000)
    expect(picture(lesson, "fair")).to_have_attribute("aria-label", re.compile("SGD: works from .* best at"))
    lesson.get_by_role("button", name="Race at everyone’s best rate").click()
    expect(root(lesson)).to_be_visible()
    lesson.wait_for_url(re.compile(re.escape(FIRST)))
    assert address(lesson) == to_address(at_best(RaceScene()), RaceScene())
    expect(rows(lesson).first).to_contain_text(address(lesson)[FIRST])


def test_a_preset_opens_and_its_surface_is_fetched(lesson: Page) -> None:
    press(lesson, "Local minimum")
    expected = to_address(PRESETS["local_minimum"], RaceScene())
    lesson.wait_for_url(re.compile("formula_2d"))
    settled(lesson)
    assert address(lesson) == expected
    expect(map_says(lesson)).to_have_attribute("aria-label", re.compile("over 150 steps"))
    expect(root(lesson)).not_to_have_attribute("data-failed", "")


def test_a_broken_link_says_what_it_shows_instead(page: Page, url: str) -> None:
    broken = {"start_x": "99", FIRST: "1e30", "steps": "1000000000", "racers.1.optimizer": "adamant"}
    arrived(page, url, **broken)
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said.get_by_role("listitem")).to_have_count(4)


def test_the_table_has_every_racers_path(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert len(table) == 202 and len(table[0]) == 1 + 3 * 4
    assert [float(cell) for cell in table[1][1:3]] == list(RaceScene().begin)


def test_the_open_racer_is_checked_against_pytorch(lesson: Page) -> None:
    proven(lesson.locator("[data-ask='race check']"))


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("优化器赛跑")
    for english in ("Play", "Pause", "Anatomy", "Speed", "Add an optimizer", "Fair race"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)
        expect(page.get_by_label(english, exact=True)).to_have_count(0)


# --- everyone ---


def test_everything_can_be_done_by_keyboard(lesson: Page) -> None:
    map_says(lesson).focus()
    lesson.keyboard.press("Home")
    assert step(lesson) == 0
    lesson.keyboard.press("Shift+ArrowRight")
    assert step(lesson) == 10
    lesson.keyboard.press("Space")
    expect(root(lesson)).to_have_attribute("data-playing", "true")
    lesson.keyboard.press("Space")
    reached: list[str] = []
    lesson.get_by_role("heading", level=1).click()
    for _ in range(70):
        lesson.keyboard.press("Tab")
        reached.append(
            lesson.evaluate(
                """() => { let node = document.activeElement;
                while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
                return node.getAttribute('aria-label') || node.textContent.trim() }"""
            )
        )
    for wanted in ("Play", "Speed", "Anatomy", "Start of the race", "Hide SGD", "Race"):
        assert any(name.startswith(wanted) for name in reached), (wanted, reached)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_on_a_phone_a_tap_places_the_start_and_the_page_scrolls_only_down(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.touchscreen.tap(*spot(phone, 0.5, 0.75))
    phone.wait_for_url(re.compile("start_x="))
    button(phone, "Show in 3-D").tap()
    expect(root(phone)).to_have_attribute("data-solid", re.compile(r"\d"), timeout=30_000)
    phone.get_by_role("radio", name="Fair race", exact=True).tap()
    expect(chart(phone, "fair")).to_be_visible(timeout=60_000)
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language, **{FIRST: "0.3"})
    root(page).get_by_role("button", name={"en": "Anatomy", "zh": "解剖"}[language]).click()
    assert serious(page) == []
    page.goto(f"{url}/race?lang={language}&view=fair")
    expect(chart(page, "fair")).to_be_visible(timeout=30_000)
    settled(page)
    assert serious(page) == []
