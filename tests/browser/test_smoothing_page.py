"""The smoothing page in a real browser: beta is dragged, days are looked into, and files of every kind are brought."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from tensorboardX import SummaryWriter
from visitor import (
    address,
    address_becomes,
    chart,
    choose,
    downloaded,
    field,
    history,
    knob,
    picture,
    press,
    pulled,
    serious,
    settled,
    write,
)

pytestmark = pytest.mark.browser


def arrived(page: Page, url: str, view: str = "average", **given: str) -> Page:
    page.goto(f"{url}/smoothing?{urlencode({'view': view} | given if view != 'average' else given)}")
    expect(chart(page, view)).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def each_view(page: Page) -> Iterator[str]:
    """Look at the lesson in each of its ways, one after another."""
    for i, view in enumerate(("average", "tradeoff", "connection")):
        page.get_by_role("radiogroup").filter(has=page.get_by_role("radio")).nth(1).get_by_role("radio").nth(i).click()
        expect(chart(page, view)).to_be_visible()
        settled(page)
        yield view


def revision(page: Page, view: str = "average") -> int:
    return int(chart(page, view).get_attribute("data-revision") or 0)


# --- the first look ---


@pytest.mark.parametrize("view", ["average", "tradeoff", "connection"])
def test_the_first_screen_of_every_view_shows_knob_picture_and_numbers(page: Page, url: str, view: str) -> None:
    arrived(page, url, view)
    expect(page.locator(".katex").first).to_be_attached()  # what sets the formulas comes after the page
    formula = page.locator(".katex").last
    for part in (page.get_by_role("heading", level=1), knob(page, "β"), picture(page, view), formula):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    assert page.locator(".katex-error").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_first_picture_says_what_it_shows(lesson: Page) -> None:
    expect(picture(lesson, "average")).to_have_attribute(
        "aria-label", re.compile("^30 values of each day .* β = 0.9, from -11.26 to 0.8503.*newest value has 10 %")
    )
    expect(lesson.get_by_text("half-life 6.58 days").first).to_be_visible()
    expect(lesson.locator("[data-ask='smoothing check']")).to_contain_text("AveragedModel", timeout=75_000)


# --- the knob ---


def test_picture_formula_and_numbers_follow_the_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries, painted = history(lesson), revision(lesson)
    pulled(lesson, knob(lesson, "β"), 0.9, 0.5, lambda: revision(lesson) >= painted + 4)
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("beta="))
    settled(lesson)
    assert history(lesson) == entries + 1
    beta = float(address(lesson)["beta"])
    assert 0.4 < beta < 0.6
    days = f"{1 / (1 - beta):.3g} days"
    expect(lesson.get_by_text(re.compile(f"window 1/\\(1−β\\) {re.escape(days)}")).first).to_be_visible()
    expect(picture(lesson, "average")).to_have_attribute("aria-label", re.compile(re.escape(days)))


def test_beta_1_is_answered_in_a_sentence(lesson: Page) -> None:
    write(lesson, "β", "1")
    expect(
        lesson.get_by_text("At β = 1 nothing new ever enters: the average stays at the first value.")
    ).to_be_visible()
    expect(picture(lesson, "average")).to_have_attribute("aria-label", re.compile("from -11.26 to -11.26"))
    write(lesson, "β", "1.1")
    expect(lesson.get_by_role("alert").filter(has_text="β must be at most 1, got 1.1.")).to_be_visible()


@pytest.mark.parametrize("view", ["tradeoff", "connection"])
def test_the_same_knob_drives_the_other_views(page: Page, url: str, view: str) -> None:
    arrived(page, url, view)
    said, painted = picture(page, view).get_attribute("aria-label"), revision(page, view)
    knob(page, "β").press("PageDown")
    page.wait_for_url(re.compile("beta=0[.]"))
    page.wait_for_function(f"n => +document.querySelector('[data-chart={view}]').dataset.revision > n", arg=painted)
    expect(picture(page, view)).not_to_have_attribute("aria-label", said or "")
    beta = address(page)["beta"]
    press(page, "Average")
    expect(chart(page, "average")).to_be_visible()
    expect(field(page, "β")).to_have_value(beta)


# --- one day ---


def test_a_day_is_opened_by_a_click_and_by_the_keyboard_and_walked_from(lesson: Page) -> None:
    box = picture(lesson, "average").locator(".nsewdrag").first.bounding_box()
    assert box
    x = box["x"] + box["width"] * (10 - 0.4) / (30.6 - 0.4)
    lesson.mouse.move(x, box["y"] + box["height"] / 2)
    lesson.wait_for_timeout(200)
    lesson.mouse.click(x, box["y"] + box["height"] / 2)
    expect(lesson.get_by_text("Day 10 of 30")).to_be_visible()
    address_becomes(lesson, point="10")
    lesson.get_by_role("button", name="Forward").click()
    expect(lesson.get_by_text("Day 11 of 30")).to_be_visible()
    picture(lesson, "average").focus()
    lesson.keyboard.press("Home")
    lesson.keyboard.press("ArrowRight")
    expect(lesson.locator(".lrviz-chart-spoken")).to_contain_text("day 2")
    lesson.keyboard.press("Enter")
    expect(lesson.get_by_text("Day 2 of 30")).to_be_visible()
    expect(picture(lesson, "average")).to_have_attribute("aria-label", re.compile("at point 2, which is -11.28"))


def test_a_preset_shows_the_start_from_0_beside_the_others(lesson: Page) -> None:
    press(lesson, "From 0")
    address_becomes(lesson, start="zero", others="true")
    expect(picture(lesson, "average").get_by_text("From 0, corrected")).to_be_visible()
    expect(picture(lesson, "average").get_by_text("the 0 it starts from: 4.2 %")).to_be_visible()
    lesson.get_by_role("button", name="Undo").click()
    address_becomes(lesson)


# --- a log of one's own ---


@pytest.fixture
def own(page: Page, url: str) -> Page:
    """The page that waits for a log."""
    page.goto(f"{url}/smoothing?series=uploaded&start=tensorboard&beta=0.6")
    expect(page.get_by_text("Choose a log under")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def bring(page: Page, name: str, content: bytes) -> None:
    data = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("[data-upload] input").set_input_files(data)  # type: ignore[arg-type]


def events(folder: Path) -> Path:
    writer = SummaryWriter(str(folder))
    for step in range(200):
        writer.add_scalar("loss/train", math.exp(-step / 50) + 0.1 * math.cos(step), step * 10)
        if step % 20 == 0:
            writer.add_scalar("loss/val", math.exp(-step / 50), step * 10)
    writer.close()
    (path,) = folder.glob("events*")
    return path


def test_an_event_file_is_smoothed_and_taken_home(own: Page, tmp_path: Path) -> None:
    path = events(tmp_path)
    own.locator("[data-upload] input").set_input_files(path)
    expect(chart(own, "average")).to_be_visible(timeout=60_000)
    address_becomes(own, series="uploaded", start="tensorboard", beta="0.6", **{"series.column": "loss/val"})
    expect(own.get_by_role("combobox", name="Curve to smooth")).to_have_value("loss/val")
    choose(own, "Curve to smooth", "loss/train")
    expect(picture(own, "average")).to_have_attribute("aria-label", re.compile("^200 values of loss/train"))
    expect(picture(own, "average").get_by_text("step", exact=True)).to_be_visible()
    expect(own.locator("[data-ask='smoothing check']")).to_contain_text("200 values", timeout=75_000)
    press(own, "Data")
    table = downloaded(own, "Download CSV", tmp_path)
    assert table[0][1:3] == ["step", "loss/train"] and [float(row[1]) for row in table[1:4]] == [0, 10, 20]
    own.get_by_role("button", name="Remove events").click()
    expect(own.get_by_text("Choose a log under")).to_be_visible()


def test_every_bad_file_gets_its_sentence_and_the_log_before_stays(own: Page, tmp_path: Path) -> None:
    bring(own, "run.csv", b"step,loss,note\n0,1.0,x\n1,,x\n2,0.5,x\n")
    expect(chart(own, "average")).to_be_visible(timeout=60_000)
    expect(own.get_by_text("Column “note” is left out: row 1 holds “x”")).to_be_visible()
    alert = own.locator("[data-upload] .alert")
    whole = events(tmp_path).read_bytes()
    for name, content, said in (
        ("million.csv", b"0.5\n" * 1_000_000, "more than 100000 rows"),
        ("run.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "neither a text file nor a TensorBoard event file"),
        ("events.out.tfevents.1", whole[:40], "No scalar could be read"),
        ("poem.txt", b"roses are red", "No column holds only numbers"),
        ("empty.csv", b"", "The file is empty"),
    ):
        bring(own, name, content)
        expect(alert).to_contain_text(said, timeout=60_000)
        expect(own.get_by_role("combobox", name="Curve to smooth")).to_have_value("loss")
    bring(own, "holiday.csv", whole)  # an event file, whatever its name says
    expect(own.get_by_role("combobox", name="Curve to smooth")).to_have_value("loss/val", timeout=60_000)
    expect(alert).to_have_text("")


# --- broken links, languages, everyone ---


def test_a_broken_link_says_what_it_shows_instead(page: Page, url: str) -> None:
    arrived(page, url, beta="2", start="middle")
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said.get_by_role("listitem")).to_have_count(2)
    expect(field(page, "β")).to_have_value("0.9")


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    for _ in each_view(arrived(page, url, lang="zh")):
        expect(page.get_by_role("heading", level=1)).to_have_text("会遗忘的平均")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        seen = page.get_by_role("main").inner_text()
        assert not re.search(r"\b(half-life|noise|window|average|weight|Day|steps?)\b", seen)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_a_phone_shows_every_picture_and_its_knob_and_scrolls_only_down(phone: Page) -> None:
    for view in each_view(phone):
        phone.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        drawn, turned = picture(phone, view).bounding_box(), knob(phone, "β").bounding_box()
        assert drawn and turned
        assert drawn["y"] + drawn["height"] <= turned["y"] + 1 and turned["y"] + turned["height"] < 844
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for _ in each_view(arrived(page, url, lang=language)):
        assert serious(page) == []
