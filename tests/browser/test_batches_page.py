"""The batches page in a real browser: the size that is turned, the paths that play, the views, what is measured."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
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
    proven,
    pulled,
    serious,
    settled,
    write,
)

pytestmark = pytest.mark.browser
NAME = "batch_size"


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/batches?{urlencode(given)}")
    expect(chart(page, "batches")).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def film(page: Page) -> int:
    return int(chart(page, "batches").get_attribute("data-step") or -1)


def formula(page: Page) -> Locator:
    """The arithmetic with the learner's own numbers."""
    return page.get_by_text(re.compile("^[⌈⌊]N / B[⌉⌋]")).first


def rows(page: Page) -> list[list[str]]:
    """The table beside the picture, without its head."""
    return [row.split("\t") for row in page.locator("table").first.locator("tbody tr").all_inner_texts()]


def points(page: Page, name: str) -> int:
    """How many points of a path are drawn now."""
    count = "(plot, name) => plot._fullData.find(t => t.name === name).x.filter(v => v !== null).length"
    return picture(page, "batches").evaluate(count, name)


# --- the first look ---


def test_the_first_screen_shows_claim_knob_picture_and_numbers(lesson: Page) -> None:
    parts = (lesson.get_by_role("heading", level=1), knob(lesson, NAME), picture(lesson, "batches"), formula(lesson))
    for part in (*parts, lesson.locator("table").first, lesson.get_by_role("button", name="Play", exact=True)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    expect(formula(lesson)).to_contain_text("⌈442 / 32⌉ = 14 updates an epoch")
    assert [row[:2] for row in rows(lesson)] == [["1", "2,210"], ["32", "70"], ["442", "5"]]
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


# --- the main gesture ---


def test_picture_and_numbers_follow_the_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries = history(lesson)
    lesson.evaluate("""() => {
        window.said = new Set();
        const look = () => { const now = document.querySelector('tbody tr:nth-child(2) td')?.textContent;
            if (now) window.said.add(now); requestAnimationFrame(look); };
        look();
    }""")
    pulled(lesson, knob(lesson, NAME), 0.3, 0.7, lambda: lesson.evaluate("window.said.size") >= 4)
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile(NAME))
    settled(lesson)
    assert history(lesson) == entries + 1
    size = int(address(lesson)[NAME])
    assert 30 < size < 150 and len(lesson.evaluate("[...window.said]")) >= 4
    expect(formula(lesson)).to_contain_text(f"⌈442 / {size}⌉ = {-(-442 // size)} updates")
    expect(picture(lesson, "batches")).to_have_attribute("aria-label", re.compile(f"batches of {size}"))


def test_the_paths_play_and_the_caption_counts(lesson: Page) -> None:
    root = chart(lesson, "batches")
    expect(root.locator("p")).to_have_text(
        "After 2210 samples: 2210 updates with 1 sample each, 70 with 32, 5 with all 442."
    )
    lesson.get_by_role("button", name="Back to the start", exact=True).click()
    assert film(lesson) == 0 and points(lesson, "B = 32") == 1
    expect(root.locator("p")).to_contain_text("After 0 samples: 0 updates")
    lesson.get_by_label("Speed").select_option("4")
    lesson.get_by_role("button", name="Play", exact=True).click()
    lesson.wait_for_function("() => +document.querySelector('[data-chart=batches]').dataset.step >= 10")
    assert points(lesson, "B = 32") > 5
    expect(root).to_have_attribute("data-playing", "false", timeout=15_000)
    assert film(lesson) == 60 and points(lesson, "B = 32") == 71


def test_bad_sizes_are_said_and_taken(lesson: Page) -> None:
    write(lesson, NAME, "0")
    expect(lesson.get_by_text("must be at least 1")).to_be_visible()
    write(lesson, NAME, "1")
    expect(formula(lesson)).to_contain_text("⌈442 / 1⌉ = 442")
    write(lesson, NAME, "1000")
    expect(lesson.get_by_text("B is larger than N")).to_be_visible()
    lesson.get_by_text("drop_last · leave out").click()
    expect(lesson.get_by_text("nothing is trained")).to_be_visible()
    expect(field(lesson, NAME)).to_have_value("1000")


# --- the views ---


@pytest.mark.parametrize(
    ("view", "name", "preset", "said"),
    [
        ("Counting", "count", "50,000 at 256", "= 196 updates an epoch"),
        ("Noise", "noise", "at the start", "= 3.69"),
        ("Scaling the rate", "scaling", "linear rule", "= 0.01087"),
        ("Growing", "growth", "double the batch", "420 instead of 896"),
    ],
)
def test_a_view_and_its_example_show_their_numbers_and_their_check(
    lesson: Page, view: str, name: str, preset: str, said: str
) -> None:
    press(lesson, view)
    press(lesson, preset)
    expect(lesson.get_by_text(said).first).to_be_visible()
    lesson.wait_for_url(re.compile(rf"(?=.*[?&]view={name}(&|$))(?=.*[?&]{NAME}=)"))
    check = lesson.locator("[data-ask='batches check']")
    proven(check)
    expect(check).to_contain_text("PyTorch’s")
    assert address(lesson)["view"] == name and NAME in address(lesson)
    lesson.go_back()
    address_becomes(lesson, view=name)


def test_another_growth_is_chosen(lesson: Page) -> None:
    press(lesson, "Growing")
    choose(lesson, "Batch-size schedule", "By performance")
    expect(lesson.get_by_text("each decides by its own loss")).to_be_visible()
    address_becomes(lesson, view="growth", growth="by_performance")


# --- what is taken home, and what is measured ---


def test_table_and_code_are_those_of_the_view(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert len(table) == 72 and float(table[-1][1]) == 2210
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode] code")
    expect(code).to_contain_text("DataLoader(dataset, batch_size=32")
    compile(code.inner_text(), "code", "exec")


def test_a_worker_measures_what_a_step_costs_and_the_page_goes_on(lesson: Page) -> None:
    press(lesson, "What it costs here")
    knob(lesson, NAME).press("PageUp")
    lesson.wait_for_url(re.compile(NAME))
    expect(chart(lesson, "cost")).to_be_visible(timeout=60_000)
    expect(lesson.get_by_text(re.compile("Measured here, on .*4,096 times the samples"))).to_be_visible()


# --- languages, everyone ---


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    for view in ("paths", "growth"):
        arrived(page, url, lang="zh", view=view)
        expect(page.get_by_role("heading", level=1)).to_have_text("批量大小")
        for english in ("updates", "loss above the lowest", "batch grows", "Paths", "Why", "Play"):
            expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_a_phone_shows_knob_and_picture_and_scrolls_only_down(phone: Page) -> None:
    turned, drawn = knob(phone, NAME).bounding_box(), picture(phone, "batches").bounding_box()
    assert drawn and turned
    assert turned["y"] + turned["height"] <= drawn["y"] + 1 < 500
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("radio", name="1 sample", exact=True).tap()
    expect(formula(phone)).to_contain_text("= 442")
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("scheme", "language", "view"),
    [("light", "en", "paths"), ("dark", "zh", "paths"), ("light", "zh", "noise"), ("dark", "en", "growth")],
)
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str, view: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language, view=view)
    assert serious(page) == []
