"""The exercises page in a real browser: one exercise of each form, progress that stays, and the way it travels."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visitor import address_becomes, chart, press, serious, settled, write

from lrviz.exercises import BY_ID, EXERCISES
from lrviz.exercises.progress import written

pytestmark = pytest.mark.browser


def arrived(page: Page, url: str, id: str = "", **given: str) -> Page:
    page.goto(f"{url}/exercises?{urlencode(({'exercise': id} if id else {}) | given)}")
    expect(page.get_by_role("heading", level=3)).to_be_visible(timeout=30_000)
    settled(page)
    return page


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def said(page: Page) -> Locator:
    """What is said of the answer."""
    return page.get_by_test_id("stAlert")


def solved(page: Page, count: int = 1) -> None:
    expect(page.get_by_text(f"{count} of {len(EXERCISES)} solved")).to_be_visible()


def click_at(page: Page, across: float, down: float) -> None:
    """Click into the plot, at shares of its width and height."""
    expect(chart(page, "exercise")).to_be_visible(timeout=30_000)
    box = page.locator("[data-chart=exercise] .nsewdrag").first.bounding_box()
    assert box
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    page.mouse.move(x - 4, y)
    page.mouse.move(x, y, steps=4)
    page.mouse.click(x, y)


def click_elsewhere(page: Page, across: float, down: float) -> None:
    """Click, and wait until that place is the chosen one: what is run is what the server knows to be chosen."""
    chosen = page.get_by_text("Chosen:")
    before = chosen.inner_text()
    click_at(page, across, down)
    expect(chosen).not_to_have_text(before)


# --- one of each form ---


def test_a_number_is_predicted_run_and_explained(page: Page, url: str) -> None:
    arrived(page, url, "one_step")
    expect(page.get_by_text("Answer first; then the run appears here.")).to_be_visible()
    page.get_by_role("textbox", name="Learning rate").fill("0.25")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("2/λ")
    expect(chart(page, "exercise")).to_be_visible()
    page.get_by_role("textbox", name="Learning rate").fill("1/8")
    run(page)
    expect(page.get_by_text("Worked solution")).to_be_visible()
    solved(page)


def test_a_choice_between_two_maps(page: Page, url: str) -> None:
    arrived(page, url, "widest_band")
    for name in ("momentum", "rmsprop"):
        expect(chart(page, f"exercise {name}".replace(" ", "\\ "))).to_be_visible()
    press_choice(page, "RMSprop")
    run(page)
    expect(said(page)).to_contain_text("gaps")
    press_choice(page, "Momentum")
    run(page)
    solved(page)


def press_choice(page: Page, name: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(name, exact=True).click()


def test_a_place_on_a_map_that_shows_itself_only_then(page: Page, url: str) -> None:
    arrived(page, url, "fast_cell")
    expect(chart(page, "exercise")).to_be_visible(timeout=30_000)
    expect(chart(page, "exercise").get_by_role("img").first).to_have_attribute("aria-label", re.compile("An empty map"))
    click_at(page, 0.9, 0.9)
    expect(page.get_by_text("Chosen:")).to_be_visible()
    run(page)
    expect(said(page)).to_contain_text("diverges")
    expect(chart(page, "exercise").get_by_role("img").first).not_to_have_attribute("aria-label", re.compile("empty"))
    click_elsewhere(page, 0.2, 0.98)
    run(page)
    solved(page)


def test_a_place_on_a_curve(page: Page, url: str) -> None:
    arrived(page, url, "over_the_hill")
    click_at(page, 0.25, 0.5)
    run(page)
    expect(said(page)).to_contain_text("not enough speed")
    box = page.locator("[data-chart=exercise] .nsewdrag").first.bounding_box()
    assert box
    click_elsewhere(page, (BY_ID["over_the_hill"].solution[0] + 2) / 4, 0.5)
    run(page)
    solved(page)


def test_knobs_are_set_and_the_walk_is_played(page: Page, url: str) -> None:
    arrived(page, url, "cross_the_plateau")
    run(page)
    expect(said(page)).to_contain_text("still on the plain")
    write(page, "momentum", "0.85")
    settled(page)
    run(page)
    solved(page)


def test_a_curve_is_drawn(page: Page, url: str) -> None:
    arrived(page, url, "draw_warmup")
    run(page)
    expect(said(page)).to_contain_text("warmup is missing")
    points = BY_ID["draw_warmup"].solution.curves[1].schedule.points
    field = page.get_by_role("textbox", name=re.compile("^points"))
    field.fill("; ".join(f"{t}:{rate:.4f}" for t, rate in points))
    field.press("Enter")
    settled(page)
    run(page)
    solved(page)


def test_a_bug_is_hunted_found_and_mended(page: Page, url: str) -> None:
    arrived(page, url, "forgotten_zero_grad")
    before = chart(page, "exercise").get_by_role("img").first.get_attribute("aria-label")
    press_choice(page, "The update adds the gradient in place of taking it off")
    run(page)
    expect(said(page)).to_contain_text("grows")
    assert before and "suspected" not in before
    press_choice(page, "optimizer.zero_grad() is missing")
    run(page)
    page.get_by_role("button", name="Fix it and run again").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("zero_grad")
    solved(page)


def test_a_training_is_beaten_in_a_worker(page: Page, url: str) -> None:
    arrived(page, url, "beat_the_steps")
    run(page)
    expect(said(page)).to_contain_text("the step schedule itself", timeout=90_000)
    write(page, "step_size", "200")
    settled(page)
    run(page)
    expect(said(page)).to_contain_text("more than chance", timeout=90_000)
    solved(page)


# --- progress ---


def test_progress_stays_in_the_browser_and_shows_in_the_lesson(page: Page, url: str) -> None:
    arrived(page, url, "kept_unit")
    page.get_by_role("textbox", name="Output").fill("5")
    run(page)
    solved(page)
    page.wait_for_function("() => localStorage.getItem('lrviz.exercises')?.includes('solved')")
    kept = page.evaluate("localStorage.getItem('lrviz.exercises')")
    assert json.loads(kept) == {"version": 1, "marks": {"kept_unit": "solved"}}
    page.reload()
    expect(page.get_by_role("heading", level=3)).to_be_visible(timeout=30_000)
    solved(page)
    page.goto(f"{url}/dropout")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    settled(page)
    press(page, "Try")
    link = page.get_by_role("link", name="What a kept unit becomes")
    expect(link).to_contain_text("check_circle")
    assert serious(page) == []
    link.click()
    expect(page.get_by_role("heading", level=3)).to_have_text("What a kept unit becomes")
    page.wait_for_url(re.compile(r"[?&]exercise=kept_unit(&|$)"))


def test_what_the_browser_holds_may_be_damaged(page: Page, url: str) -> None:
    page.goto(url)
    page.evaluate('localStorage.setItem(\'lrviz.exercises\', \'{"marks": {"one_step": "won", "no": "solved"}, \')')
    arrived(page, url)
    solved(page, 0)
    page.evaluate('localStorage.setItem(\'lrviz.exercises\', \'{"marks": {"one_step": "won", "no": "solved"}}\')')
    arrived(page, url)
    solved(page, 0)


def test_progress_travels_as_a_file_and_is_forgotten(page: Page, url: str, tmp_path: Path) -> None:
    arrived(page, url)
    (tmp_path / "mine.json").write_bytes(written({"one_step": "solved", "kept_unit": "shown"}))
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    page.get_by_role("button", name="Progress").click()
    door = page.locator("[data-upload='progress load'] input")
    door.set_input_files(tmp_path / "bad.json")
    expect(page.locator("[data-upload='progress load'] [role=alert]")).to_contain_text("holds no progress")
    door.set_input_files(tmp_path / "mine.json")
    expect(page.get_by_text("Marks taken from the file: 2")).to_be_visible()
    solved(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    download.value.save_as(tmp_path / "saved.json")
    assert (tmp_path / "saved.json").read_bytes() == (tmp_path / "mine.json").read_bytes()
    page.get_by_role("button", name="Forget my progress").click()
    solved(page, 0)
    page.reload()
    solved(page, 0)


# --- the list, the address, the languages ---


def test_the_list_opens_an_exercise_and_the_address_names_it(page: Page, url: str) -> None:
    arrived(page, url)
    page.get_by_text("Dropout · 0/3").click()
    page.get_by_role("button", name="How many networks?").click()
    expect(page.get_by_role("heading", level=3)).to_have_text("How many networks?")
    address_becomes(page, exercise="sub_networks")
    page.go_back()
    expect(page.get_by_role("heading", level=3)).to_have_text("Draw a schedule")


def test_a_broken_link_gets_a_sentence(page: Page, url: str) -> None:
    arrived(page, url, "nothing")
    expect(said(page)).to_contain_text("There is no exercise “nothing”.")


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    return telephone


def test_on_a_phone_nothing_scrolls_sideways_and_the_list_is_one_choice(phone: Page, url: str) -> None:
    for id in ("one_step", "draw_warmup", "tripled_rate"):
        arrived(phone, url, id)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    expect(phone.get_by_role("combobox", name="Exercise")).to_be_visible()


@pytest.mark.parametrize(("scheme", "language", "id"), [
    ("light", "en", "runaway_scheduler"), ("dark", "en", "fast_cell"), ("light", "zh", "one_step"),
    ("dark", "zh", "draw_warmup"),
])  # fmt: skip
def test_axe_finds_nothing_serious(browser: Browser, url: str, scheme: str, language: str, id: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = arrived(context.new_page(), url, id, lang=language)
    assert serious(page) == []
    page.get_by_role("button", name={"en": "Show the solution", "zh": "查看解答"}[language]).click()
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    settled(page)
    page.get_by_role("button", name={"en": "Progress", "zh": "进度"}[language]).click()
    expect(page.locator("[data-upload]")).to_be_visible()
    assert serious(page) == []
    context.close()
