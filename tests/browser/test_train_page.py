"""The training page in a real browser: it learns by itself, is turned, steered, cancelled, kept, compared, reloaded."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import (
    address,
    address_becomes,
    becomes,
    choose,
    do,
    history,
    knob,
    press,
    proven,
    rows,
    serious,
    settled,
    write,
)  # fmt: skip

from lrviz.spec import to_address
from lrviz.train.scene import PRESETS, TrainScene
from tests.test_train import TABLE, text

pytestmark = pytest.mark.browser
RATE = "training.schedule.lr"
PATIENCE = 90_000  # the first training of a server waits for its worker


def arrived(page: Page, url: str, *ends: str, **given: str) -> Page:
    page.goto(f"{url}/train?{urlencode(given)}")
    status(page, *ends) if ends else ended(page)
    expect(page.locator("[data-chart=train][data-revision]")).to_be_attached(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it, once it has trained."""
    return arrived(page, url)


def root(page: Page) -> Locator:
    return page.locator("[data-chart=train]")


def status(page: Page, *wanted: str) -> None:
    expect(root(page)).to_have_attribute("data-status", re.compile("|".join(wanted)), timeout=PATIENCE)


def ended(page: Page) -> None:
    """Wait until a training is done and the page has been told: the run that says what came of it is the last one."""
    status(page, "done")
    settled(page)
    expect(page.get_by_text(re.compile("^(Training…|正在训练……)$"))).to_have_count(0)
    settled(page)


def picture(page: Page) -> Locator:
    return root(page).get_by_role("img").first


def bar(page: Page, name: str) -> Locator:
    return root(page).get_by_role("button", name=name, exact=True)


def count(page: Page) -> int:
    found = re.search(r"update (\d+)", root(page).locator("output").inner_text())
    return int(found[1]) if found else -1


def job(page: Page) -> str:
    return root(page).get_attribute("data-job") or ""


def line(page: Page, name: str) -> list[float]:
    """The values of a line of the picture, once it is drawn to the last update."""
    script = """([plot, name, last]) => { const line = plot._fullData?.find((trace) => trace.name === name);
      return line?.x?.length && line.x.at(-1) >= last - 1 && Array.from(line.y); }"""
    last = int(re.findall(r" of (\d+)", root(page).locator("output").inner_text())[0])
    return page.wait_for_function(script, arg=[picture(page).element_handle(), name, last]).json_value()


def vanishes(page: Page, name: str) -> None:
    """Wait until the picture has no line of this name."""
    script = "([plot, name]) => !plot._fullData.some((trace) => trace.name === name && trace.y?.length)"
    page.wait_for_function(script, arg=[picture(page).element_handle(), name])


def another(page: Page, before: str) -> None:
    """Wait until another training has come to its end."""
    expect(root(page)).not_to_have_attribute("data-job", before, timeout=PATIENCE)
    ended(page)


# --- the first look ---


def test_the_first_screen_shows_a_net_that_has_learned_by_itself(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", level=1), knob(lesson, "lr"), picture(lesson), bar(lesson, "Train")):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    came_of_it = re.compile("After 2000 updates: validation loss .* 100.0 % of the validation")
    expect(lesson.get_by_text(came_of_it)).to_be_visible()
    assert len(line(lesson, "training")) > 900 and min(line(lesson, "validation")) < 0.05
    shades = picture(lesson).evaluate("plot => plot._fullData[0].z.flatMap((row) => Array.from(row))")
    assert len({shade // 51 for shade in shades}) == 2 and len(set(shades)) > 20
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440
    alt = re.compile("Multilayer perceptron learning Spirals .*After 2000")
    expect(picture(lesson)).to_have_attribute("aria-label", alt)


# --- the headline knob ---


def test_a_turn_of_the_rate_trains_again_and_is_one_step_of_the_way_back(lesson: Page) -> None:
    entries, before = history(lesson), job(lesson)
    assert address(lesson) == {"job": before}
    write(lesson, "lr", "0.005")
    another(lesson, before)
    address_becomes(lesson, **{"job": job(lesson), RATE: "0.005"})
    assert history(lesson) == entries + 1
    becomes(lesson, lambda: min(line(lesson, "validation")) > 0.4, True)
    lesson.go_back()
    expect(root(lesson)).to_have_attribute("data-job", before)
    status(lesson, "done")
    becomes(lesson, lambda: min(line(lesson, "validation")) < 0.05, True)  # shown again, not trained again


def test_while_the_knob_is_dragged_the_picture_never_empties(lesson: Page) -> None:
    lesson.evaluate(
        """() => { const plot = document.querySelector('[data-chart=train] [role=img]'); window.seen = [];
        const look = () => {
          window.seen.push(plot._fullData.find((t) => t.name === 'training')?.y?.length ?? -1);
          setTimeout(look, 20); }; look(); }"""
    )
    before, jobs = job(lesson), list[str]()
    knob(lesson, "lr").focus()
    while len(jobs) < 8 or (len(jobs) < 100 and len(set(jobs)) < 2):  # a slow machine begins the next training later
        lesson.keyboard.press("ArrowLeft")
        lesson.wait_for_timeout(120)
        jobs.append(job(lesson))
    another(lesson, before)
    assert min(lesson.evaluate("window.seen")) > 0 and len(set(jobs)) > 1


@pytest.mark.parametrize("name", ["Start again", "Train"])
def test_what_has_been_trained_is_trained_anew_when_asked(lesson: Page, name: str) -> None:
    before = job(lesson)
    bar(lesson, name).click()
    another(lesson, before)
    address_becomes(lesson, job=job(lesson))
    assert min(line(lesson, "validation")) < 0.05


# --- steering ---


def test_it_is_paused_stepped_sped_up_steered_by_hand_and_its_rates_are_kept(page: Page, url: str) -> None:
    scene = PRESETS["steer"]
    longer = scene.but(training=scene.training.but(steps=1500))  # a quarter of a minute at this speed
    told: list[str] = []
    page.on("requestfinished", lambda request: told.append(request.post_data or ""))
    arrived(page, url, "running", **to_address(longer, TrainScene()))
    assert root(page).get_by_label("Speed").input_value() == "100"
    bar(page, "Pause").click()
    status(page, "paused")
    stopped = -1
    while stopped != (stopped := count(page)):  # what was on its way when it halted still comes
        page.wait_for_timeout(700)
    bar(page, "One step").click()
    expect(root(page).locator("output")).to_have_text(f"update {stopped + 1} of 1500")
    hand = root(page).get_by_role("slider", name="Rate by hand")
    hand.focus()
    for _ in range(4):
        page.keyboard.press("PageUp")
    expect(hand).to_have_attribute("aria-valuetext", re.compile(r"0[.]\d+"))
    wanted = float(hand.get_attribute("aria-valuetext") or 0)
    assert wanted > 0.05
    becomes(page, lambda: any(f'"rate":{wanted:g},' in body for body in told), True)
    bar(page, "Go on").click()
    root(page).get_by_label("Speed").select_option("0")
    status(page, "done")
    settled(page)
    rates = line(page, "rate in force")
    assert rates[stopped - 2] == pytest.approx(0.03) and rates[-1] == pytest.approx(wanted, rel=0.01)
    ended, before = line(page, "validation")[-1], job(page)
    page.get_by_role("button", name="Keep the rates you set as the schedule").click()
    another(page, before)
    page.wait_for_url(re.compile("training[.]schedule=points(&|$)"))
    assert line(page, "validation")[-1] == ended


def test_a_long_training_waits_for_its_button_is_found_after_a_reload_and_cancelled(page: Page, url: str) -> None:
    arrived(page, url, "none", **{"training.steps": "100000", "training.model.width": "64"})
    expect(page.get_by_text(re.compile("it waits for you: press Train"))).to_be_visible()
    bar(page, "Train").click()
    status(page, "running")
    expect(root(page).locator("output")).to_have_text(re.compile(r"update [1-9]\d{2,}"), timeout=PATIENCE)
    seen, known = count(page), job(page)
    page.reload()
    status(page, "running")
    expect(root(page).locator("output")).to_have_text(re.compile(r"update [1-9]\d{2,}"), timeout=PATIENCE)
    assert job(page) == known and count(page) >= seen
    bar(page, "Cancel").click()
    status(page, "cancelled")
    expect(root(page).locator(".lrviz-live p")).to_contain_text("Cancelled.")
    assert job(page) == known


def test_a_training_that_diverges_says_where(page: Page, url: str) -> None:
    scene = {"training.task": "sine", "training.model": "linear_model", RATE: "500"}
    arrived(page, url, **scene)
    expect(page.get_by_text(re.compile(r"Diverged: at update \d+ the loss is no number"))).to_be_visible()
    marks = "plot => (plot.layout.annotations ?? []).map((note) => note.text)"
    becomes(page, lambda: any(re.search(r"from update \d", mark) for mark in picture(page).evaluate(marks)), True)


# --- the inside, seeds, the ledger ---


def test_the_inside_and_the_seeds_are_shown_without_a_new_training_where_none_is_needed(lesson: Page) -> None:
    before = job(lesson)
    press(lesson, "Inside")
    expect(picture(lesson)).to_have_attribute("aria-label", re.compile("^Inside"))
    assert job(lesson) == before and len(line(lesson, "layer 1: 2 → 16")) > 100
    press(lesson, "Learning")
    lesson.get_by_role("button", name="10 seeds").click()
    another(lesson, before)
    expect(lesson.get_by_text(re.compile("10 seeds, 2000 updates: validation loss .* in the middle"))).to_be_visible()
    bands = "plot => plot._fullData.filter((trace) => trace.fill === 'tonexty').length"
    becomes(lesson, lambda: picture(lesson).evaluate(bands) == 3, True)


def test_two_runs_are_kept_overlaid_renamed_and_compared(lesson: Page) -> None:
    before = job(lesson)
    lesson.get_by_role("button", name="Keep run").click()
    expect(rows(lesson)).to_have_count(1)
    press(lesson, "Optimizer")
    choose(lesson, "Optimizer", "Adam")
    another(lesson, before)
    lesson.get_by_role("button", name="Keep run").click()
    expect(rows(lesson)).to_have_count(2)
    do(lesson, "Rename Adam · Cosine annealing 0.1")
    lesson.locator("[data-roster] input").fill("mine")
    lesson.keyboard.press("Enter")
    expect(rows(lesson).nth(1)).to_contain_text("mine")
    assert len(line(lesson, "Momentum · Cosine annealing 0.1")) == len(line(lesson, "mine")) == 201
    press(lesson, "Compare")
    expect(lesson.get_by_role("row", name=re.compile("^Optimizer Momentum Adam"))).to_be_visible()
    do(lesson, "Hide mine")
    vanishes(lesson, "mine")
    rows(lesson).nth(0).get_by_role("button", name=re.compile("^Momentum")).click()
    lesson.wait_for_url(lambda now: "optimizer" not in now)
    status(lesson, "done")
    do(lesson, "Remove Momentum · Cosine annealing 0.1")
    expect(rows(lesson)).to_have_count(1)


# --- a table of one's own, what is taken home ---


def test_a_table_is_brought_in_trained_on_and_forgotten(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/train?training.task=own")
    expect(page.get_by_text("Choose a CSV file on the right", exact=False)).to_be_visible(timeout=30_000)
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "mine.csv").write_text(text(TABLE), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "broken.csv")
    expect(page.get_by_text("Only 1 rows are complete; at least 20 are needed")).to_be_visible()
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.csv")
    status(page, "done")
    page.wait_for_url(lambda now: "training.task.column=c" in now and "table" not in now)
    ended(page)
    before = job(page)
    page.get_by_role("combobox", name="Column to predict").scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list that opens while the page still scrolls closes again
    choose(page, "Column to predict", "b")
    another(page, before)
    page.get_by_role("button", name="Remove mine.csv").click()
    expect(page.get_by_text("Choose a CSV file on the right", exact=False)).to_be_visible()


def test_it_is_taken_home_as_program_notebook_and_numbers_and_checked(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Code")
    for label, holds in (("Program (.py)", "torch.optim.SGD"), ("Notebook (.ipynb)", '"nbformat": 4')):
        with lesson.expect_download() as download:
            lesson.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / "taken")
        assert holds in (tmp_path / "taken").read_text(encoding="utf-8")
    press(lesson, "Data")
    with lesson.expect_download() as download:
        lesson.get_by_role("button", name="Measurements (CSV)").click()
    download.value.save_as(tmp_path / "table.csv")
    table = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    assert table[0].startswith("step,loss,accuracy,loss_val,accuracy_val,weight_layer1") and len(table) == 202
    press(lesson, "Check")
    said = lesson.locator("[data-ask='train check']")
    proven(said)
    expect(said).to_contain_text("Checked against PyTorch over 200 updates")


def test_the_digits_are_shown_with_what_the_net_takes_them_for(page: Page, url: str) -> None:
    arrived(page, url, **to_address(PRESETS["digits"], TrainScene()))
    script = """plot => {
      const [right, wrong] = plot._fullData.filter((t) => t.mode === 'text').map((t) => Array.from(t.text));
      return right.length === 35 && wrong.length === 35 && right.every((one, i) => Boolean(one) !== Boolean(wrong[i]))
        && wrong.some((one) => /^\\d → \\d$/.test(one)); }"""
    page.wait_for_function(script, arg=picture(page).element_handle())


# --- everyone ---


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("看着它学")
    for english in ("Train", "Pause", "Speed", "Rate by hand", "Keep run", "Learning", "Inside"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)
        expect(page.get_by_label(english, exact=True)).to_have_count(0)
    expect(page.get_by_text(re.compile("2000 次更新之后：验证损失"))).to_be_visible()


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_on_a_phone_all_fits_and_the_page_scrolls_only_down(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    press(phone, "Inside")
    expect(picture(phone)).to_have_attribute("aria-label", re.compile("^Inside"))
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language)
    page.get_by_role("button", name={"en": "Keep run", "zh": "留下这次"}[language]).click()
    expect(rows(page)).to_have_count(1)
    settled(page)
    assert serious(page) == []
