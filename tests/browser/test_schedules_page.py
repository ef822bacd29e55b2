"""The Schedules page in a real browser: what a visitor does there, from the first look to the file taken home."""

import math
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visitor import (
    address,
    address_becomes,
    chart,
    choose,
    do,
    downloaded,
    field,
    history,
    knob,
    opened,
    picture,
    press,
    proven,
    pulled,
    revision,
    rows,
    serious,
    settled,
    write,
)

from lrviz.schedules import Cosine, Step
from lrviz.schedules.scene import PRESETS, SchedulesScene
from lrviz.spec import to_address

pytestmark = pytest.mark.browser
T_MAX = "curves.0.schedule.T_max"


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return opened(page, url)


# --- the first look ---


def test_the_first_screen_shows_claim_knob_and_picture_without_scrolling(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", name="Schedules"), knob(lesson, "T_max"), picture(lesson)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    box = picture(lesson).bounding_box()
    assert box and box["height"] >= 0.5 * 900
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("^Line chart of 4 .* over 200 steps"))
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_it_is_checked_against_pytorch_with_the_measured_difference(lesson: Page) -> None:
    said = lesson.locator("[data-ask=check]")
    expect(said).to_contain_text("Checked against PyTorch’s CosineAnnealingLR over 200 steps", timeout=75_000)
    (difference,) = re.findall(r"largest difference (\S+) at step", said.inner_text())
    assert 0 <= float(difference) < 1e-15


# --- the headline knob ---


def test_the_keyboard_turns_the_headline_knob_and_back_and_forward_follow(lesson: Page) -> None:
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode]")
    expect(code).to_contain_text("T_max=200")
    code.evaluate("node => { window.kept = node }")
    before, entries = revision(lesson), history(lesson)
    knob(lesson, "T_max").press("PageDown")
    lesson.wait_for_url(re.compile(re.escape(T_MAX)))
    turned = address(lesson)[T_MAX]
    assert int(turned) < Cosine().T_max
    assert history(lesson) == entries + 1
    lesson.wait_for_function("n => +document.querySelector('[data-chart=rates]').dataset.revision > n", arg=before)
    expect(field(lesson, "T_max")).to_have_value(turned)
    expect(code).to_contain_text(f"T_max={turned}")
    assert code.evaluate("node => node === window.kept"), "what comes after the warnings must not start over with them"
    lesson.go_back()
    expect(code).to_contain_text("T_max=200")
    expect(field(lesson, "T_max")).to_have_value(str(Cosine().T_max))
    address_becomes(lesson)
    lesson.go_forward()
    expect(field(lesson, "T_max")).to_have_value(turned)
    address_becomes(lesson, **{T_MAX: turned})


def test_the_picture_follows_a_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries, painted = history(lesson), revision(lesson)
    pulled(lesson, knob(lesson, "T_max"), 0.574, 0.3, lambda: revision(lesson) >= painted + 4)
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile(re.escape(T_MAX)))
    settled(lesson)
    assert history(lesson) == entries + 1
    assert int(address(lesson)[T_MAX]) < 100
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("Cosine annealing: starts at 0.1"))


# --- the list ---


def test_the_list_is_added_to_duplicated_renamed_hidden_and_removed_from(lesson: Page) -> None:
    choose(lesson, "Add a schedule", "One cycle")
    expect(rows(lesson)).to_have_count(5)
    expect(knob(lesson, "max_lr")).to_be_visible()
    do(lesson, "Duplicate One cycle")
    expect(rows(lesson)).to_have_count(6)
    do(lesson, "Rename One cycle 2")
    lesson.get_by_role("textbox", name="Rename One cycle 2").fill("<b>mine</b>")
    lesson.keyboard.press("Enter")
    expect(rows(lesson).nth(5)).to_contain_text("<b>mine</b>")
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("<b>mine</b>: starts"))
    do(lesson, "Hide <b>mine</b>")
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile(r"^Line chart of 5 (?!.*mine)"))
    do(lesson, "Show <b>mine</b>")
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile(r"^Line chart of 6 .*mine"))
    do(lesson, "Remove <b>mine</b>")
    expect(rows(lesson)).to_have_count(5)
    lesson.get_by_role("button", name="Undo").click()
    expect(rows(lesson)).to_have_count(6)
    do(lesson, "Step")
    expect(knob(lesson, "step_size")).to_be_visible()
    lesson.wait_for_url(re.compile("[?&]curves=6(&|$)"))


# --- presets, language, links ---


def test_a_preset_opens_and_survives_a_change_of_language_and_back(lesson: Page) -> None:
    expected = to_address(PRESETS["cosine30"], SchedulesScene())
    press(lesson, "Cosine, T_max 30")
    address_becomes(lesson, **expected)
    expect(field(lesson, "T_max")).to_have_value("30")
    press(lesson, "中文")
    expect(lesson.get_by_role("heading", level=1)).to_have_text("学习率调度")
    address_becomes(lesson, lang="zh", **expected)
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("90"))
    expect(lesson.get_by_role("textbox", name=re.compile("^T_max"))).to_have_value("30")
    expect(lesson.locator("html")).to_have_attribute("lang", "zh-CN")
    lesson.get_by_role("slider", name=re.compile("^T_max")).press("ArrowUp")
    address_becomes(lesson, lang="zh", **{**expected, T_MAX: "31"})
    lesson.go_back()
    expect(lesson.get_by_role("textbox", name=re.compile("^T_max"))).to_have_value("30")
    expect(lesson.get_by_role("heading", level=1)).to_have_text("学习率调度")


def test_a_scene_is_kept_while_another_page_is_visited(lesson: Page) -> None:
    press(lesson, "One cycle")
    expect(knob(lesson, "max_lr")).to_be_visible()
    lesson.get_by_role("link", name="Home").click()
    door = lesson.locator("a[data-lesson=schedules]").first
    expect(door).to_be_visible()
    door.click()
    expect(knob(lesson, "max_lr")).to_be_visible()
    address_becomes(lesson, **to_address(PRESETS["one_cycle"], SchedulesScene()))


def test_a_broken_link_says_what_it_shows_instead_until_the_first_change(page: Page, url: str) -> None:
    opened(page, url, steps="0", **{T_MAX: "80", "colour": "red"})
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said).to_contain_text("must be at least 2, got 0. Shown instead: 200.")
    expect(said).to_contain_text("“colour”")
    expect(field(page, "T_max")).to_have_value("80")
    write(page, "T_max", "90")
    expect(said).to_have_count(0)
    address_becomes(page, **{T_MAX: "90"})


# --- what is typed ---


@pytest.mark.parametrize(
    ("kind", "name", "typed", "said"),
    [
        ("step", "step_size", "0", "step_size must be at least 1, got 0."),
        ("step", "gamma", "1.5", "gamma must be at most 1, got 1.5."),
        ("cosine", "lr", "1e400", "lr must be a finite number, got 1e400."),
        ("multi_step", "milestones", "80, 50", "milestones must rise from entry to entry, but 50 comes after 80."),
        ("formula", "expression", "__import__('os')", "is not allowed in this formula. Use t, T"),
    ],
)
def test_what_cannot_be_is_said_in_its_place_and_changes_nothing(
    page: Page, url: str, kind: str, name: str, typed: str, said: str
) -> None:
    start = {"curves.0.schedule": kind} if kind != "cosine" else {}
    opened(page, url, **start)
    drawn = picture(page).get_attribute("aria-label")
    box = page.get_by_role("textbox", name=re.compile(rf"^{name}\b")).first
    box.fill(typed)
    box.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    expect(box).to_have_value(typed)
    settled(page)
    assert address(page) == start
    assert picture(page).get_attribute("aria-label") == drawn


def test_a_formula_that_divides_by_zero_is_drawn_where_it_can_be_and_the_rest_is_said(page: Page, url: str) -> None:
    opened(page, url, **{"curves.0.schedule": "formula"})
    box = page.get_by_role("textbox", name=re.compile("^expression"))
    box.fill("1 / t")
    box.press("Enter")
    expect(page.get_by_text("the rate is not a finite number at step 0")).to_be_visible()
    expect(picture(page)).to_have_attribute("aria-label", re.compile("Formula: starts at ∞, peaks at 1 at step 1"))


# --- a log of one's own ---

LOG = "epoch,val_loss,note\n" + "".join(f"{i},{1.0 if i < 3 else 0.5},warm\n" for i in range(30))


def test_a_log_is_uploaded_explained_and_taken_home(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "By metric")
    expect(chart(lesson, "reaction")).to_be_visible()
    choose(lesson, "Metric", "Your own log")
    expect(lesson.get_by_text("Choose a log under")).to_be_visible()
    sent: list[int] = []
    lesson.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")))
    refuse_a_file_too_big(lesson, tmp_path)
    assert sum(sent) < 10_000
    data = {"name": "run.csv", "mimeType": "text/csv", "buffer": LOG.encode()}
    lesson.locator("[data-upload] input").set_input_files(data)  # type: ignore[arg-type]
    expect(lesson.get_by_text("Column “note” is left out: row 1 holds “warm”")).to_be_visible()
    expect(lesson.get_by_role("combobox", name="Column to watch")).to_have_value("val_loss")
    expect(lesson.get_by_text("After epoch 9 the rate is cut from 0.1 to 0.01")).to_be_visible()
    expect(picture(lesson, "reaction")).to_have_attribute("aria-label", re.compile("^Two charts over 30 epochs"))
    expect(lesson.locator("[data-ask='check plateau']")).to_contain_text("ReduceLROnPlateau", timeout=75_000)
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert [float(row[1]) for row in table[1:]] == [1.0] * 3 + [0.5] * 27
    assert [float(row[2]) for row in table[1:]][8:12] == pytest.approx([0.1, 0.1, 0.01, 0.01])


def refuse_a_file_too_big(page: Page, folder: Path) -> None:
    big = folder / "big.csv"
    with big.open("wb") as file:
        file.truncate(50_000_000)
    page.locator("[data-upload] input").set_input_files(big)
    expect(
        page.get_by_role("alert").filter(has_text="big.csv has 50 MB, but at most 5 MB can be read.")
    ).to_be_visible()


# --- what is taken home ---


def test_the_table_the_picture_and_the_code_are_those_on_the_screen(page: Page, url: str, tmp_path: Path) -> None:
    opened(page, url, curves="2", steps="120", **{T_MAX: "60"})
    press(page, "Data")
    table = downloaded(page, "Download CSV", tmp_path)
    assert table[0] == ["step", "Cosine annealing", "Step"]
    rates = [[float(cell) for cell in row] for row in table[1:]]
    assert [row[1] for row in rates] == Cosine(T_max=60).table(120).tolist()
    assert [row[2] for row in rates] == Step().table(120).tolist()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG\r\n")
    press(page, "Code")
    for library, sign in (("PyTorch", "CosineAnnealingLR"), ("Optax", "optax"), ("Keras 3", "keras")):
        press(page, library)
        code = page.locator("[data-testid=stCode] code").filter(has_text=sign)
        expect(code).to_be_visible()
        compile(code.inner_text(), library, "exec")


# --- everyone ---


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return opened(telephone, url)


def test_a_phone_shows_the_knob_under_the_picture_and_scrolls_only_down(phone: Page) -> None:
    drawn, turned = picture(phone).bounding_box(), knob(phone, "T_max").bounding_box()
    assert drawn and turned
    assert drawn["y"] + drawn["height"] <= turned["y"] + 1 and turned["y"] + turned["height"] < 844
    assert math.isclose(phone.evaluate("document.documentElement.scrollWidth"), 390, abs_tol=1)
    press(phone, "By metric")
    expect(chart(phone, "reaction")).to_be_visible()
    assert math.isclose(phone.evaluate("document.documentElement.scrollWidth"), 390, abs_tol=1)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    opened(page, url, lang=language)
    proven(page.locator("[data-ask=check]"))
    assert serious(page) == []
    page.get_by_role("radio", name={"en": "By metric", "zh": "按指标"}[language]).click()
    expect(chart(page, "reaction")).to_be_visible()
    settled(page)
    assert serious(page) == []
