"""The batch norm page in a real browser: a scale that comes to nothing, a followed number, batches as a film."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect
from visitor import (
    address,
    address_becomes,
    becomes,
    chart,
    downloaded,
    history,
    knob,
    picture,
    press,
    proven,
    pulled,
    serious,
    settled,
)

pytestmark = pytest.mark.browser
SCALE = "Scale of what comes in"
NUMBERS = "plot => plot._fullData.filter(t => t.texttemplate).map(t => Array.from(t.z, row => Array.from(row)))"
STRONG = """plot => plot._fullData.filter(t => t.type === 'heatmap')
    .map(t => t.z.reduce((sum, row) => sum + Array.from(row).filter(v => v > 8).length, 0))"""


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/batchnorm?{urlencode(given)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    expect(chart(page, "batchnorm").or_(page.get_by_role("alert"))).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def formula(page: Page) -> Locator:
    """The formula with the followed number's own, as it is written in LaTeX."""
    return page.locator("[data-testid=stMarkdown] annotation").first


def revision(page: Page) -> int:
    return int(chart(page, "batchnorm").get_attribute("data-revision") or 0)


def click(page: Page, x: float, y: float) -> None:
    """Click into the upper half of the picture, at these shares of it from its upper left."""
    box = page.locator("[data-chart=batchnorm] .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + x * box["width"] - 9, box["y"] + y * box["height"], steps=3)
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
    page.wait_for_timeout(150)
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def root(page: Page) -> Locator:
    return page.locator("[data-chart=batchnorm]")


# --- the four steps ---


def test_the_first_screen_shows_claim_knob_picture_formula_and_gamma(lesson: Page) -> None:
    parts = (
        lesson.get_by_role("heading", level=1), knob(lesson, SCALE), picture(lesson, "batchnorm"),
        lesson.locator(".katex").first, lesson.get_by_role("table").first, knob(lesson, "γ of channel 0"),
    )  # fmt: skip
    for part in parts:
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    assert lesson.locator(".katex-error").count() == 0
    expect(formula(lesson)).to_have_text(re.compile(r"= 0\.4165$"))
    expect(picture(lesson, "batchnorm")).to_have_attribute("aria-label", re.compile("go on as 0 ± 1, 0 ± 1"))
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_scale_is_dragged_and_only_what_comes_in_follows(lesson: Page) -> None:
    entries, painted, before = history(lesson), revision(lesson), picture(lesson, "batchnorm").evaluate(NUMBERS)
    pulled(lesson, knob(lesson, SCALE), 0.5, 0.8, lambda: revision(lesson) >= painted + 3)
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("scale="))
    settled(lesson)
    assert history(lesson) == entries + 1
    scale, numbers = float(address(lesson)["scale"]), picture(lesson, "batchnorm")
    assert scale > 5
    grown = pytest.approx(scale * before[0][0][0], rel=1e-5)
    becomes(lesson, lambda: numbers.evaluate(NUMBERS)[0][0][0], grown)
    after = numbers.evaluate(NUMBERS)
    assert after[3][0] == pytest.approx(before[3][0], abs=1e-4)


def test_gamma_stretches_its_own_channel(lesson: Page) -> None:
    before = picture(lesson, "batchnorm").evaluate(NUMBERS)
    gamma = lesson.get_by_role("textbox", name="γ of channel 0, typed value")
    gamma.fill("3")
    gamma.press("Enter")
    expect(picture(lesson, "batchnorm")).to_have_attribute("aria-label", re.compile("go on as 0 ± 3, 0 ± 1"))
    after = picture(lesson, "batchnorm").evaluate(NUMBERS)
    assert after[3][0][0] == pytest.approx(3 * before[3][0][0], rel=1e-5) and after[3][3] == before[3][3]
    address_becomes(lesson, gamma_0="3.0")


def test_a_number_is_followed_by_click_in_any_step_and_by_keys(lesson: Page) -> None:
    click(lesson, 0.98, 0.08)  # the last column of the last step
    expect(lesson.locator("annotation").first).to_contain_text(r"-0.154 - (-0.4927)")
    click(lesson, 0.03, 0.93)  # channel 1, row 2, in the first
    expect(lesson.locator("annotation").first).to_contain_text("-0.3265 - 0.1542")
    picture(lesson, "batchnorm").focus()
    for key in ("ArrowRight", "Home", "ArrowUp"):
        lesson.keyboard.press(key)
    expect(root(lesson).locator("[aria-live]")).to_contain_text("→")
    lesson.keyboard.press("Enter")
    expect(lesson.locator("annotation").first).not_to_contain_text("-0.3265 - 0.1542")


def test_a_batch_of_one_is_an_error_with_a_way_out_and_back(lesson: Page) -> None:
    press(lesson, "A batch of one")
    error = lesson.get_by_role("alert").filter(has_text="Expected more than 1 value per channel when training")
    expect(error).to_be_visible()
    expect(picture(lesson, "batchnorm")).to_have_count(0)
    expect(lesson.locator("[data-ask='batchnorm check']")).to_contain_text("raises this very error", timeout=75_000)
    lesson.get_by_role("button", name="Use eval mode").click()
    expect(picture(lesson, "batchnorm")).to_be_visible()
    address_becomes(lesson, tensor="vectors", rows="1", mode="eval")
    expect(error).to_have_count(0)
    lesson.go_back()
    expect(error).to_be_visible()


def test_own_numbers_are_typed(lesson: Page) -> None:
    press(lesson, "Your own")
    box = lesson.get_by_role("textbox", name=re.compile("^Your numbers"))
    box.fill("1, 2, six")
    box.press("Enter")
    expect(lesson.get_by_role("alert").filter(has_text="six")).to_be_visible()
    box.fill("10, 20")
    box.press("Enter")
    expect(lesson.get_by_role("alert")).to_have_count(0)
    expect(picture(lesson, "batchnorm")).to_have_attribute(
        "aria-label", re.compile("come in as 15 ± 5 and go on as 0 ± 1")
    )


# --- the stream ---


def test_the_batches_play_without_a_word_to_the_server_and_the_frame_stays_while_the_knob_turns(
    page: Page, url: str
) -> None:
    words: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: words.append(frame))
        socket.on("framereceived", lambda frame: words.append(frame))

    page.on("websocket", listen)
    arrived(page, url, view="running")
    expect(page.locator("[data-ask='batchnorm check']")).to_contain_text("100 batches", timeout=75_000)
    page.wait_for_timeout(800)
    words.clear()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => +document.querySelector('[data-chart=batchnorm]').dataset.step >= 8")
    page.get_by_role("button", name="Pause", exact=True).click()
    step = int(root(page).get_attribute("data-step") or 0)
    shown = "plot => plot._fullData.find(t => t.mode === 'markers').x.filter(x => x !== null).length"
    assert picture(page, "batchnorm").evaluate(shown) == step < 100
    expect(root(page).locator("p")).to_contain_text(f"After {step} batches: running_mean")
    assert words == []
    painted = revision(page)
    knob(page, "Batch size").press("PageUp")
    page.wait_for_function("n => +document.querySelector('[data-chart=batchnorm]').dataset.revision > n", arg=painted)
    page.wait_for_url(re.compile("batch="))
    settled(page)
    assert int(root(page).get_attribute("data-step") or 0) == step
    assert int(address(page)["batch"]) > 8


# --- who shares a mean ---


def test_a_cell_shows_whose_mean_it_shares(page: Page, url: str) -> None:
    arrived(page, url, view="axes")
    assert picture(page, "batchnorm").evaluate(STRONG) == [16, 24, 12, 4]
    click(page, 0.62, 0.6)
    expect(page.get_by_text(re.compile("Sample 2, channel 3: batch norm"))).to_be_visible()
    knob(page, "Batch size N").press("End")
    expect(page.get_by_text("N·H·W = 8·2·2 = 32")).to_be_visible()
    becomes(page, lambda: picture(page, "batchnorm").evaluate(STRONG), [32, 24, 12, 4])


# --- what is taken home, and everyone ---


def test_the_table_is_the_picture_the_code_runs_and_pytorch_agrees(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert table[0] == ["value", "sample", "channel", "x", "x - mean", "x_hat", "y"] and len(table) == 25
    assert float(table[1][6]) == pytest.approx(0.4165100451331401, rel=1e-15)
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode] code")
    expect(code).to_contain_text("torch.nn.BatchNorm2d")
    compile(code.inner_text(), "code", "exec")
    found = lesson.locator("[data-ask='batchnorm check']")
    proven(found)
    expect(found).to_contain_text("BatchNorm2d")


def test_a_broken_link_says_what_it_shows_instead(page: Page, url: str) -> None:
    arrived(page, url, eps="0", view="nonsense", rows="99")
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said.get_by_role("listitem")).to_have_count(3)
    expect(formula(page)).to_have_text(re.compile(r"= 0\.4165$"))


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh", tensor="vectors", rows="1")
    expect(page.get_by_role("heading", level=1)).to_have_text("批量归一化")
    page.get_by_role("button", name="看看不需要批的层归一化").click()
    expect(picture(page, "batchnorm")).to_have_attribute("aria-label", re.compile("层归一化有 1 个均值，6 个值"))
    for english in ("Presets", "Layer norm", "channel", "sample", "yes", "no"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_a_phone_shows_picture_and_knob_and_scrolls_only_down(phone: Page) -> None:
    drawn, turned = picture(phone, "batchnorm").bounding_box(), knob(phone, SCALE).bounding_box()
    assert drawn and turned
    assert drawn["y"] + drawn["height"] <= turned["y"] + 1 and turned["y"] + turned["height"] < 844
    for view in ("Running", "Axes"):
        phone.get_by_role("radio", name=view, exact=True).tap()
        phone.wait_for_url(re.compile(f"view={view.lower()}"))
        expect(phone.get_by_role("slider", name=re.compile("Batch size"))).to_be_visible()
        settled(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    first = ({}, {"view": "running"})
    other = ({"view": "axes"}, {"tensor": "vectors", "rows": "1"})
    for given in first if (scheme, language) in (("light", "en"), ("dark", "zh")) else other:
        arrived(page, url, lang=language, **given)
        assert serious(page) == [], given
