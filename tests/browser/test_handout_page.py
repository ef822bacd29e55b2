"""A lesson made, handed out, opened, printed and projected, in a real browser."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from visitor import address, chart, field, headed, history, knob, press, serious, settled, write

from lrviz.exercises import EXERCISES
from lrviz.handout import DRAFT, Handout, Sheet
from lrviz.handout import file as files
from lrviz.handout.link import packed, unpacked, with_pins
from lrviz.spec import to_address
from lrviz.text import words
from lrviz.ui.handout.address import code
from tests.lessons import BY_NAME
from tests.test_handout import OLD

pytestmark = pytest.mark.browser
LESSON = with_pins(
    Handout(
        scene=BY_NAME["parabola"].base.but(steps=6),  # type: ignore[arg-type]
        free=("schedule.lr",),
        locked=("steps",),
        exercises=("one_step", "largest_rate"),
        en=Sheet(title="Too big a step", text="Turn **lr**.\n\n- Where does it leave?"),
        zh=Sheet(title="一步跨得太大", text="转动学习率。"),
    )
)


def arrived(page: Page, url: str, **given: str) -> Page:
    """Open the lesson as a student does."""
    page.goto(f"{url}/parabola?{urlencode({'handout': packed(LESSON)} | given)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def making(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/teach?{urlencode(given)}")
    expect(page.get_by_alt_text(re.compile("QR code|二维码"))).to_be_visible(timeout=30_000)
    settled(page)
    return page


def take(page: Page, label: str, option: str) -> None:
    """Add an option to a choice of several."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.press_sequentially(option)
    page.get_by_role("option", name=option, exact=True).click()
    box.press("Escape")
    settled(page)


def put(page: Page, label: str, text: str) -> None:
    box = page.get_by_role("textbox", name=label, exact=True).first
    box.fill(text)
    box.press("Tab")
    settled(page)


# --- made and opened ---


def test_a_lesson_is_made_of_a_page_and_opens_as_exactly_that(page: Page, url: str, browser: Browser) -> None:
    page.goto(f"{url}/parabola")
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    settled(page)
    write(page, "a", "5")
    page.wait_for_url(re.compile("surface.a=5"))
    iterations = page.get_by_role("textbox", name="Iterations, typed value")
    iterations.fill("7")
    iterations.press("Enter")
    page.wait_for_url(re.compile("steps=7"))
    page.get_by_role("button", name="Make a lesson").click()
    headed(page, "Make a lesson")
    settled(page)
    take(page, "Knobs that are seen, but locked", "Iterations")
    put(page, "Title", "Too big a step")
    put(page, "What to do", "Turn **lr**.")
    take(page, "Exercises", "Parabola: To the bottom in one step")
    page.wait_for_url(re.compile("exercises=one_step.*en.text="))
    settled(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the lesson’s link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_alt_text("QR code of the lesson’s link")).to_have_attribute("src", code(link) or "")

    student = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    student.goto(link)
    headed(student, "Too big a step")
    expect(chart(student, "walk")).to_be_visible(timeout=30_000)
    settled(student)
    expect(student.get_by_role("slider")).to_have_count(2)
    expect(knob(student, "lr · 学习率")).to_be_enabled()
    expect(knob(student, "迭代次数")).to_be_disabled()
    expect(student.get_by_role("textbox", name=re.compile("迭代次数"))).to_have_value("7")
    expect(student.get_by_text("任务 1")).to_be_visible()
    student.context.close()


def test_a_student_turns_what_was_left_and_cannot_turn_the_rest(page: Page, url: str) -> None:
    arrived(page, url)
    expect(page.get_by_text("A teacher chose what you see and turn here. Made with lrviz")).to_be_visible()
    expect(page.get_by_role("slider", name="Iterations")).to_be_disabled()
    before = chart(page, "walk").get_by_role("img").first.get_attribute("aria-label")
    write(page, "lr", "0.2")
    page.wait_for_url(re.compile("schedule.lr=0.2"))
    expect(chart(page, "walk").get_by_role("img").first).not_to_have_attribute("aria-label", before or "")
    page.reload()
    expect(field(page, "lr")).to_have_value("0.2", timeout=30_000)
    assert address(page)["handout"] == packed(LESSON)
    page.get_by_role("button", name="Undo").wait_for()
    page.get_by_role("button", name="Reset lr · learning rate to 0.3").click()
    page.wait_for_url(lambda now: "schedule.lr" not in now)


def test_it_speaks_either_language(page: Page, url: str) -> None:
    arrived(page, url)
    entries = history(page)
    press(page, "中文")
    headed(page, "一步跨得太大")
    expect(page.get_by_text("转动学习率。")).to_be_visible()
    assert address(page) == {"handout": packed(LESSON), "lang": "zh"} and history(page) <= entries + 1


def test_a_task_is_solved_on_the_lessons_own_page(page: Page, url: str) -> None:
    arrived(page, url)
    page.get_by_role("textbox", name="Learning rate", exact=True).fill("0.125")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Worked solution")).to_be_visible(timeout=15_000)
    page.get_by_role("radio", name="Task 2").click()
    expect(page.get_by_role("heading", level=3)).to_have_text(words("en").w("exercise.largest_rate.name"))
    assert address(page)["handout"] == packed(LESSON)


def test_the_whole_page_is_one_press_away_and_the_lesson_one_step_back(page: Page, url: str) -> None:
    arrived(page, url)
    write(page, "lr", "0.2")
    page.wait_for_url(re.compile("schedule.lr=0.2"))
    settled(page)
    page.get_by_role("button", name="Open the whole page").click()
    page.wait_for_url(lambda now: "handout" not in now)
    headed(page, "Descent on a parabola")
    settled(page)
    expect(field(page, "lr")).to_have_value("0.2")
    expect(page.get_by_role("slider", name="Iterations")).to_be_enabled()
    page.go_back()
    headed(page, "Too big a step")
    expect(field(page, "lr")).to_have_value("0.2")


def test_the_start_of_a_race_stays_where_the_teacher_put_it(page: Page, url: str) -> None:
    race = Handout(scene=BY_NAME["race"].base, free=("noise",))  # type: ignore[arg-type]
    page.goto(f"{url}/race?{urlencode({'handout': packed(race)})}")
    start = page.locator(".lrviz-stage-start")
    expect(start).to_have_attribute("aria-disabled", "true", timeout=30_000)
    settled(page)
    said = start.get_attribute("aria-valuetext")
    page.locator(".lrviz-stage-map > canvas").last.click(position={"x": 150, "y": 100}, force=True)
    settled(page)
    assert start.get_attribute("aria-valuetext") == said and "start_x" not in address(page)
    assert page.locator("[data-testid=stToast]").count() == 0


# --- as a file ---


def test_a_file_is_saved_opened_again_and_refused_with_its_line(page: Page, url: str, tmp_path: Path) -> None:
    making(page, url, **to_address(LESSON, DRAFT))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as YAML").click()
    assert saved.value.suggested_filename == "lrviz-parabola.yaml"
    kept = Path(saved.value.path()).read_bytes()
    assert files.read(kept) == LESSON
    door = page.locator("[data-upload='handout load'] input")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_bytes(kept.replace(b"steps: 6", b"steps: -6"))
    door.set_input_files(wrong)
    line = kept[: kept.index(b"steps: 6")].count(b"\n") + 1
    expect(page.locator("[data-upload='handout load'] [role=alert]")).to_contain_text(
        f"Line {line}: Iterations must be at least 1, got -6."
    )
    other = tmp_path / "other.yaml"
    other.write_text(files.written(Handout(scene=BY_NAME["dropout"].base, free=("p",))), encoding="utf-8")  # type: ignore[arg-type]
    door.set_input_files(other)
    page.wait_for_url(re.compile("scene=dropout"))
    expect(page.get_by_text("p · share that is dropped")).to_be_visible()
    expect(page.locator("[data-upload='handout load'] [role=alert]")).to_be_empty()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(lambda now: "scene=dropout" not in now)


# --- on paper and projected ---


PICTURE = ".st-key-printed :is([data-chart], [data-stage], [data-network])[data-revision], .st-key-printed table .katex"


def spread(page: Page, address: str) -> None:
    """Open a worksheet and wait until all of it is there."""
    page.goto(address)
    expect(page.get_by_role("button", name="Print")).to_be_visible(timeout=30_000)
    expect(page.locator(PICTURE).first).to_be_visible(timeout=60_000)
    expect(page.get_by_alt_text("QR code of the lesson’s link")).to_be_visible()
    settled(page)


def printed(page: Page) -> list[bytes]:
    return re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))


def fit(page: Page) -> float:
    return float(page.locator("html").get_attribute("data-fit") or 0)


@pytest.mark.parametrize("lesson", ["parabola", "race", "backprop", "schedules", "dropout"])
def test_a_worksheet_is_one_page(page: Page, url: str, lesson: str) -> None:
    spread(page, f"{url}/{lesson}?{urlencode({'handout': OLD['handouts'][lesson]['link'], 'as': 'worksheet'})}")
    headed(page, f"A lesson on {lesson}")
    assert len(printed(page)) == 1 and fit(page) >= 0.6
    assert page.locator("[data-knob]").count() == 0


def test_a_worksheet_that_is_full_is_one_page_too(page: Page, url: str) -> None:
    text = "\n\n".join(["Paragraph of some words here. " * 6] * 4)
    full = LESSON.but(scene=BY_NAME["rules"].base, free=("optimizer", "steps"), locked=(), en=Sheet(text=text))
    full = full.but(exercises=tuple(one.id for one in EXERCISES[:6]))
    spread(page, f"{url}/rules?{urlencode({'handout': packed(full), 'as': 'worksheet'})}")
    expect(page.locator(".st-key-sheet-tasks p").filter(has_text=re.compile(r"^\d\. "))).to_have_count(6)
    assert len(printed(page)) == 1 and 0.6 < fit(page) < 0.9


def test_a_worksheet_has_picture_tasks_and_code_and_is_black_on_white(page: Page, url: str) -> None:
    page.emulate_media(color_scheme="dark")
    arrived(page, url)
    page.goto(f"{page.url}&as=worksheet")
    expect(page.get_by_role("button", name="Print")).to_be_visible(timeout=30_000)
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    for text in ("Which learning rate reaches the minimum in a single step?", "Name ___", "Iterations: 6"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.get_by_alt_text("QR code of the lesson’s link")).to_be_visible()
    dark = "all => all.map(one => getComputedStyle(one).fill)"
    inks = set(page.locator(".st-key-printed .xtick text").evaluate_all(dark))
    assert inks and all(sum(map(int, re.findall(r"\d+", ink)[:3])) < 200 for ink in inks)
    page.evaluate("() => (window.print = () => (window.printed = true))")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("() => window.printed")
    page.get_by_role("button", name="Back to the page").click()
    page.wait_for_url(lambda now: "as=worksheet" not in now)
    expect(page.get_by_text("A teacher chose what you see and turn here. Made with lrviz")).to_be_visible()


def test_it_is_projected_under_the_teachers_title(page: Page, url: str) -> None:
    making(page, url, **to_address(LESSON, DRAFT))
    page.get_by_role("link", name="Present").click()
    page.wait_for_url(re.compile("as=present"))
    headed(page, "Too big a step")
    expect(page.get_by_text("Where does it leave?")).to_be_visible()
    expect(knob(page, "lr")).to_be_visible()
    expect(page.locator("[data-presenter]")).to_be_visible()  # it hears the keys
    assert unpacked(address(page)["handout"])[0] == LESSON
    page.keyboard.press("Escape")
    page.wait_for_url(lambda now: "as=present" not in now)
    headed(page, "Too big a step")


# --- what is wrong ---


def test_a_link_that_lost_a_part_opens_the_page_and_says_so(page: Page, url: str) -> None:
    page.goto(f"{url}/parabola?handout={packed(LESSON)[:60]}")
    expect(page.get_by_text("The link’s lesson cannot be read")).to_be_visible(timeout=30_000)
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)


# --- everyone ---


@pytest.fixture
def phone(telephone: Page) -> Page:
    return telephone


def test_nothing_scrolls_sideways_on_a_phone(phone: Page, url: str) -> None:
    arrived(phone, url)
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390
    making(phone, url, **to_address(LESSON, DRAFT))
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    making(page, url, **(to_address(LESSON, DRAFT) | {"lang": language}))
    assert serious(page) == []
    arrived(page, url, lang=language)
    assert serious(page) == []
    page.goto(f"{page.url}&as=worksheet")
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    settled(page)
    assert serious(page) == []
