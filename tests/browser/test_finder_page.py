"""The range-test page in a real browser: it sweeps by itself, is read anew, trained with, cancelled, found."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import address, address_becomes, becomes, knob, press, proven, serious, settled

pytestmark = pytest.mark.browser
PATIENCE = 90_000  # the first sweep of a server waits for its worker
RATE = re.compile(r"[●◆■▲▼] .* [\d.e-]+( \(.*)?$")  # a rule with what it suggests
LONG = {"training.model": "cnn", "test.num_iter": "1000", "training.batch_size": "64"}


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it, once it has swept."""
    return arrived(page, url)


def arrived(page: Page, url: str, *ends: str, **given: str) -> Page:
    page.goto(f"{url}/finder?{urlencode(given)}")
    status(page, *(ends or ("done",)))
    if not ends:  # the page is drawn anew some time after the picture has said that the sweep is done
        expect(page.get_by_role("link", name=RATE)).to_have_count(5, timeout=PATIENCE)
    settled(page)
    return page


def root(page: Page) -> Locator:
    return page.locator("[data-chart=finder]")


def picture(page: Page) -> Locator:
    return root(page).get_by_role("img").first


def status(page: Page, *wanted: str) -> None:
    expect(root(page)).to_have_attribute("data-status", re.compile("|".join(wanted)), timeout=PATIENCE)


def bar(page: Page, name: str) -> Locator:
    return root(page).get_by_role("button", name=name, exact=True)


def write(page: Page, name: str, text: str) -> None:
    field = page.get_by_role("textbox", name=f"{name}, typed value")
    field.fill(text)
    field.press("Enter")


def job(page: Page) -> str:
    return root(page).get_attribute("data-job") or ""


def rules(page: Page) -> dict[str, float]:
    """Every rule's rate, as its link says it."""
    said = [link.inner_text() for link in page.get_by_role("link", name=re.compile(r"^[●◆■▲▼]")).all()]
    found = [re.search(r"[●◆■▲▼] (.*?) ([\d.e-]+)(?: \(|$)", text) for text in said]
    return {match[1]: float(match[2]) for match in found if match}


def test_the_first_screen_shows_a_sweep_with_what_every_rule_reads_off_it(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", level=1), knob(lesson, "smoothing β"), picture(lesson)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    said = lesson.get_by_text(re.compile(r"more than 4 × its lowest.*there a finder stops\. The rules read updates"))
    box = said.bounding_box()
    assert box and box["y"] + box["height"] <= 900
    assert set(rules(lesson)) == {"valley", "slide", "minimum / 10", "steepest", "steepest update"}
    assert rules(lesson)["valley"] == pytest.approx(0.027, rel=0.2)
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("valley 0.027"))
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_losses_come_in_over_the_rates(page: Page, url: str) -> None:
    arrived(page, url, "none", **LONG)
    bar(page, "Train").click()
    script = """() => { const found = document.querySelector('[data-chart=finder] [role=img]')._fullData[0];
      return found.x?.length > 8 && found.x.length === found.y.length && found.x[1] > found.x[0]; }"""
    page.wait_for_function(script, timeout=PATIENCE)
    bar(page, "Cancel").click()
    status(page, "cancelled")


def test_a_turn_of_the_smoothing_reads_the_same_sweep_anew(lesson: Page) -> None:
    before, read = job(lesson), rules(lesson)
    said = picture(lesson).get_attribute("aria-label") or ""
    write(lesson, "smoothing β", "0.98")
    lesson.wait_for_url(re.compile("smoothing=0.98"))
    settled(lesson)
    becomes(lesson, lambda: rules(lesson).get("steepest", 0.0) > 1.3 * read["steepest"], True)
    assert job(lesson) == before
    address_becomes(lesson, job=before, smoothing="0.98")
    lesson.go_back()
    lesson.wait_for_url(lambda now: "smoothing" not in now)
    expect(picture(lesson)).to_have_attribute("aria-label", said, timeout=PATIENCE)
    becomes(lesson, lambda: rules(lesson), read)
    assert job(lesson) == before


def test_a_rules_rate_is_trained_with(lesson: Page) -> None:
    read = rules(lesson)
    lesson.get_by_role("link", name=re.compile("◆ slide")).click()
    lesson.wait_for_url(re.compile(r"/train\?(?=.*training\.task=)(?=.*training\.schedule\.lr=)"))
    here = address(lesson)
    assert here["training.task"] == "digits"
    assert float(here["training.schedule.lr"]) == pytest.approx(read["slide"], rel=0.1)
    expect(lesson.locator("[data-chart=train]")).to_be_visible(timeout=30_000)
    lesson.go_back()
    status(lesson, "done")


def test_it_is_swept_anew_when_asked(lesson: Page) -> None:
    before = job(lesson)
    bar(lesson, "Start again").click()
    expect(root(lesson)).not_to_have_attribute("data-job", before)
    status(lesson, "done")
    address_becomes(lesson, job=job(lesson))


def test_an_example_sweeps_again_and_the_first_one_is_still_there(lesson: Page) -> None:
    before = job(lesson)
    press(lesson, "Linear sweep")
    expect(root(lesson)).not_to_have_attribute("data-job", before, timeout=PATIENCE)
    status(lesson, "done")
    lesson.wait_for_url(re.compile(r"[?&]test\.scale=linear(&|$)"))
    press(lesson, "Digits")
    expect(root(lesson)).to_have_attribute("data-job", before, timeout=PATIENCE)
    status(lesson, "done")


def test_a_long_sweep_is_found_after_a_reload_and_cancelled(page: Page, url: str) -> None:
    arrived(page, url, "none", **LONG, runs="4")
    bar(page, "Train").click()
    status(page, "running")
    known = job(page)
    page.reload()
    status(page, "running")
    assert job(page) == known
    bar(page, "Cancel").click()
    status(page, "cancelled")
    expect(root(page).locator(".lrviz-live p")).to_contain_text("Cancelled.")


def test_it_is_taken_home_and_checked(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    with lesson.expect_download() as download:
        lesson.get_by_role("button", name="CSV").first.click()
    download.value.save_as(tmp_path / "sweep.csv")
    assert len((tmp_path / "sweep.csv").read_text(encoding="utf-8").splitlines()) == 201
    press(lesson, "Code")
    expect(lesson.get_by_text("torch.optim", exact=False).first).to_be_visible()
    proven(lesson.locator("[data-ask='finder check']"))


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("学习率范围测试")
    for english in ("Train", "Pause", "Digits", "What each rule suggests", "Why", "steepest"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)
        expect(page.get_by_label(english, exact=True)).to_have_count(0)


def test_on_a_phone_all_fits_and_the_page_scrolls_only_down(telephone: Page, url: str) -> None:
    page = arrived(telephone, url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    above, below = picture(page).bounding_box(), knob(page, "smoothing β").bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"] <= 844


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language)
    assert serious(page) == []
