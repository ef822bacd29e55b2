"""The parabola page in a real browser: the rate on its ruler, the walk that follows it, the way back from the edge."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import (
    address,
    address_becomes,
    becomes,
    chart,
    choose,
    downloaded,
    field,
    history,
    knob,
    picture,
    press,
    proven,
    serious,
    settled,
    write,
)

pytestmark = pytest.mark.browser
LR = "schedule.lr"


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/parabola?{urlencode(given)}")
    expect(chart(page, "walk")).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def regime(page: Page) -> Locator:
    """The sentence that names the regime."""
    return page.locator("strong").first


def row(page: Page, name: str) -> list[str]:
    """A row of the table of iterations."""
    return page.get_by_role("row", name=re.compile(f"^{name}")).first.locator("td, th").all_inner_texts()


def revision(page: Page) -> int:
    return int(chart(page, "walk").get_attribute("data-revision") or 0)


# --- the first look ---


def test_the_first_screen_shows_claim_knob_picture_and_regime(lesson: Page) -> None:
    for part in (lesson.get_by_role("heading", level=1), knob(lesson, "lr"), picture(lesson, "walk"), regime(lesson)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    expect(regime(lesson)).to_have_text("exploding")
    becomes(lesson, lambda: row(lesson, "iteration")[1:], ["0", "1", "2", "3", "4"])
    becomes(lesson, lambda: row(lesson, "position")[1:], ["2", "-2.8", "3.92", "-5.488", "7.6832"])
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_ruler_says_its_regimes_aloud(lesson: Page) -> None:
    slider = knob(lesson, "lr")
    described = slider.evaluate(
        """node => node.getAttribute('aria-describedby').split(' ')
        .map(id => node.getRootNode().getElementById(id).textContent).join(' ')"""
    )
    assert "creeping ≤ 0.0125, converging ≤ 0.125, oscillating ≤ 0.25, exploding" in described
    assert "0.125 1/λ" in described and "0.25 2/λ" in described
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0.3, exploding"))
    write(lesson, "lr", "0.2")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0.2, oscillating"))


# --- the knob ---


def test_picture_table_and_regime_follow_the_drag_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries, painted = history(lesson), revision(lesson)
    lesson.evaluate("""() => {
        window.said = [];
        const look = () => { const now = document.querySelector('strong')?.textContent;
            if (now && now !== window.said.at(-1)) window.said.push(now); requestAnimationFrame(look); };
        look();
    }""")
    box = knob(lesson, "lr").bounding_box()
    assert box
    y, start, end = box["y"] + box["height"] / 2, box["x"] + 0.22 * box["width"], box["x"] + 0.85 * box["width"]
    lesson.mouse.move(start, y)
    lesson.mouse.down()
    seen, passed = painted, {1: "converging", 20: "oscillating", 40: "exploding"}
    for i in range(1, 41):
        lesson.mouse.move(start + (end - start) * i / 40, y)
        lesson.wait_for_timeout(30)
        if i in passed:  # a hand that waits for what a slow machine says
            expect(regime(lesson)).to_have_text(passed[i])
        if i % 10 == 0:
            lesson.wait_for_function("n => +document.querySelector('[data-chart=walk]').dataset.revision > n", arg=seen)
            seen = revision(lesson)
    assert revision(lesson) >= painted + 4
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile(re.escape(LR)))
    settled(lesson)
    assert history(lesson) == entries + 1
    expect(regime(lesson)).to_have_text("exploding")
    assert {"converging", "oscillating", "exploding"} <= set(lesson.evaluate("window.said"))
    lr = float(address(lesson)[LR])
    second = pytest.approx([2 * (1 - 8 * lr)], rel=1e-3)
    becomes(lesson, lambda: [float(x.replace("−", "-")) for x in row(lesson, "position")[2:3]], second)
    expect(picture(lesson, "walk")).to_have_attribute("aria-label", re.compile("exploding|away"))


def test_the_keyboard_turns_the_knob_and_back_takes_it_back(lesson: Page) -> None:
    knob(lesson, "lr").press("PageUp")
    lesson.wait_for_url(re.compile(re.escape(LR)))
    turned = address(lesson)[LR]
    assert float(turned) > 0.3
    expect(field(lesson, "lr")).to_have_value(turned)
    lesson.go_back()
    address_becomes(lesson)
    expect(field(lesson, "lr")).to_have_value("0.3")


# --- presets, rescue, what else can walk ---


@pytest.mark.parametrize(
    ("name", "regime_said", "last"),
    [
        ("0.01", "creeping", "1.4328"),
        ("0.125", "one step", "0"),
        ("0.25", "bouncing", "2"),
        ("0.4", "exploding", "46.851"),
    ],
)
def test_a_preset_shows_its_walk(lesson: Page, name: str, regime_said: str, last: str) -> None:
    press(lesson, name)
    address_becomes(lesson, **{LR: name})
    expect(regime(lesson)).to_have_text(regime_said)
    becomes(lesson, lambda: row(lesson, "position")[-1:], [last])


def test_a_walk_that_explodes_is_explained_and_saved_in_one_click(lesson: Page) -> None:
    press(lesson, "0.4")
    expect(lesson.get_by_text("lr·λ = 3.2 is above the limit 2.")).to_be_visible()
    lesson.get_by_role("button", name=re.compile("^Use lr = 0.2")).click()
    expect(regime(lesson)).to_have_text("oscillating")
    expect(lesson.get_by_text("Why it diverged")).to_have_count(0)
    lesson.wait_for_url(re.compile(re.escape(f"{LR}=0.2")))
    assert 0.24 < float(address(lesson)[LR]) < 0.25


def test_a_typed_curve_is_walked_and_a_wrong_one_said_in_its_place(lesson: Page) -> None:
    press(lesson, "Your formula")
    box = lesson.get_by_role("textbox", name=re.compile("^expression"))
    box.fill("x**2 + q")
    box.press("Enter")
    expect(lesson.get_by_role("alert").filter(has_text="q")).to_be_visible()
    expect(box).to_have_value("x**2 + q")
    box.fill("x**2")
    box.press("Enter")
    expect(lesson.get_by_role("alert")).to_have_count(0)
    expect(lesson.get_by_text("is measured at the minimum")).to_be_visible()
    becomes(lesson, lambda: address(lesson).get("surface.expression"), "x**2")
    becomes(lesson, lambda: row(lesson, "position")[1:3], ["4", "3.2"])  # 1 - 0.1 * 2 of 4


def test_another_curve_and_another_rule_are_chosen(lesson: Page) -> None:
    choose(lesson, "Curve", "Double well")
    expect(lesson.get_by_text("is measured at the minimum")).to_be_visible()
    choose(lesson, "Optimizer", "Adam")
    expect(lesson.get_by_text("theory has no fixed bound")).to_be_visible()
    becomes(lesson, lambda: address(lesson), {"surface": "double_well", "optimizer": "adam"})


def test_momentum_moves_the_bound_on_the_ruler(lesson: Page) -> None:
    choose(lesson, "Optimizer", "Momentum")
    expect(lesson.get_by_text("0.475").first).to_be_visible()
    settled(lesson)
    write(lesson, "lr", "0.4")
    expect(regime(lesson)).to_have_text("oscillating")


# --- what is taken home ---


def test_the_table_is_the_walk_and_the_code_runs(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "0.3")
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert [float(line[1]) for line in table[1:]] == pytest.approx([2, -2.8, 3.92, -5.488, 7.6832])
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode] code")
    expect(code).to_contain_text("torch.optim.SGD")
    compile(code.inner_text(), "code", "exec")


def test_it_is_checked_against_pytorch(lesson: Page) -> None:
    said = lesson.locator("[data-ask='parabola check']")
    proven(said)
    expect(said).to_contain_text("SGD")


# --- broken links, languages, everyone ---


def test_a_broken_link_says_what_it_shows_instead(page: Page, url: str) -> None:
    arrived(page, url, start="9", **{LR: "1e30", "steps": "1000000000"})
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said.get_by_role("listitem")).to_have_count(3)
    expect(regime(page)).to_have_text("exploding")


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh", **{LR: "0.4"})
    expect(page.get_by_role("heading", level=1)).to_have_text("抛物线上的下降")
    expect(picture(page, "walk")).to_have_attribute("aria-label", re.compile("46.9|46.85"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    for english in ("Why it diverged", "exploding", "iteration", "Presets"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_a_phone_shows_picture_and_knob_and_scrolls_only_down(phone: Page) -> None:
    drawn, turned = picture(phone, "walk").bounding_box(), knob(phone, "lr").bounding_box()
    assert drawn and turned
    assert drawn["y"] + drawn["height"] <= turned["y"] + 1 and turned["y"] + turned["height"] < 844
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("radio", name="0.4", exact=True).tap()
    address_becomes(phone, **{LR: "0.4"})
    expect(regime(phone)).to_have_text("exploding")
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language)
    assert serious(page) == []
    page.get_by_role("radio", name="0.4", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("lr = 0.2"))).to_be_visible()
    settled(page)
    assert serious(page) == []
