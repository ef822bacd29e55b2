"""The backpropagation page in a real browser: a pass gone through, a weight taken apart, a rate turned."""

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
    downloaded,
    field,
    knob,
    press,
    proven,
    serious,
    settled,
    write,
)

pytestmark = pytest.mark.browser


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/backprop?{urlencode(given)}")
    expect(net(page)).to_be_visible(timeout=30_000)
    expect(chart(page, "errors")).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    return arrived(page, url)


def net(page: Page) -> Locator:
    return page.locator("[data-network=net][data-revision]")


def weight(page: Page, name: str) -> Locator:
    return net(page).get_by_role("button", name=re.compile(f"^{name}[,，]"))


def glows(page: Page) -> list[str]:
    """The weights and lines that are lit."""
    script = "root => [...root.querySelectorAll('.glow')].map(path => path.getAttribute('opacity'))"
    names = "root => [...root.querySelectorAll('.line')].map(line => line.dataset.edge)"
    lit = zip(net(page).evaluate(names), net(page).evaluate(script), strict=True)
    return [name for name, opacity in lit if opacity == "1"]


def lines(page: Page) -> Locator:
    return page.locator("[data-chain=plates]").get_by_role("listitem")


def line(page: Page, begin: str) -> Locator:
    return lines(page).filter(has_text=begin).locator(".spoken")


# --- the first look ---


def test_the_first_screen_shows_claim_knob_network_path_and_error(lesson: Page) -> None:
    parts = (lesson.get_by_role("heading", level=1), knob(lesson, "lr"), net(lesson), lines(lesson).first)
    for part in (*parts, chart(lesson, "errors"), lesson.get_by_text("0.298371109", exact=True)):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    expect(line(lesson, "∂E/∂w5")).to_have_text(re.compile("= 0.082167041; w5′ = .* = 0.35891648$"))
    assert glows(lesson) == ["w5", "e1"]
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440


# --- the main gesture ---


def test_a_click_on_a_weight_lights_its_paths_and_works_them_out(lesson: Page) -> None:
    weight(lesson, "w1").click()
    expect(line(lesson, "∂E/∂w1 = o1 + o2")).to_contain_text("= 0.00043856773; w1′")
    expect(lines(lesson)).to_have_count(3)
    expect(weight(lesson, "w1")).to_have_attribute("aria-pressed", "true")
    assert sorted(glows(lesson)) == ["e1", "e2", "w1", "w5", "w7"]
    address_becomes(lesson, chosen="w1")
    weight(lesson, "w1").press("Enter")
    expect(lesson.get_by_text("Backward, 9 of 10")).to_be_visible()
    address_becomes(lesson, chosen="none")
    expect(lines(lesson)).to_have_count(4)


def test_the_pass_is_stepped_forward_and_back(lesson: Page) -> None:
    press(lesson, "Step through")
    expect(lesson.get_by_text("Forward, 0 of 10")).to_be_visible()
    expect(lines(lesson)).to_have_count(0)
    forward, back = (lesson.get_by_role("button", name=name) for name in ("Next", "Back"))
    forward.click()
    expect(line(lesson, "net_h1")).to_have_text("net_h1 = w1 · i1 + w2 · i2 + b1 = 0.0075 + 0.02 + 0.35 = 0.3775")
    forward.click()
    expect(net(lesson).locator("[data-node=h1] .value")).to_have_text("0.5933")
    back.click()
    expect(net(lesson).locator("[data-node=h1] .value")).to_have_text("")
    press(lesson, "Update")
    expect(line(lesson, "w5′")).to_have_text("w5′ = 0.4 − 0.5 · 0.08217 = 0.35891648")
    forward.click()
    expect(lesson.get_by_text("Forward, 0 of 10")).to_be_visible()
    expect(lesson.get_by_text("0.291027774", exact=True).first).to_be_visible()
    address_becomes(lesson, done="1", stage="inputs", chosen="none")


def test_the_network_keeps_its_elements_from_stage_to_stage(lesson: Page) -> None:
    net(lesson).evaluate("root => (window.kept = [...root.querySelectorAll('svg *')])")
    press(lesson, "δ o")
    expect(lesson.get_by_text("Backward, 6 of 10")).to_be_visible()
    same = "root => [...root.querySelectorAll('svg *')].every((node, i) => node === window.kept[i])"
    assert net(lesson).evaluate(same)


# --- knobs, training ---


def test_the_rate_moves_the_update_while_it_is_dragged(lesson: Page) -> None:
    before = line(lesson, "∂E/∂w5").inner_text()
    box = knob(lesson, "lr").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    lesson.mouse.move(box["x"] + 0.43 * box["width"], y)
    lesson.mouse.down()
    for i in range(12):
        lesson.mouse.move(box["x"] + (0.43 + 0.02 * i) * box["width"], y)
        lesson.wait_for_timeout(40)
    expect(line(lesson, "∂E/∂w5")).not_to_have_text(before)
    assert address(lesson) == {}
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("lr="))
    settled(lesson)
    lr = float(address(lesson)["lr"])
    new = pytest.approx(0.4 - lr * 0.08216704056, rel=1e-6)
    becomes(lesson, lambda: float(line(lesson, "∂E/∂w5").inner_text().split(" = ")[-1]), new)


def test_the_chosen_weight_has_its_own_knob(lesson: Page) -> None:
    write(lesson, "w5", "0.41")
    address_becomes(lesson, w5="0.41")
    expect(net(lesson).locator("[data-edge=w5] .value")).to_have_text("w5 0.41")
    weight(lesson, "w8").click()
    expect(field(lesson, "w8")).to_have_value("0.55")


def test_training_goes_on_by_button_and_by_a_click_into_the_curve(lesson: Page) -> None:
    lesson.get_by_role("button", name="Update all weights").click()
    address_becomes(lesson, done="1")
    lesson.get_by_role("button", name="+100", exact=True).click()
    address_becomes(lesson, done="101")
    settled(lesson)
    plot = chart(lesson, "errors").locator(".nsewdrag").first.bounding_box()
    assert plot
    lesson.mouse.move(plot["x"] + 0.5 * plot["width"], plot["y"] + 0.5 * plot["height"])
    lesson.wait_for_timeout(200)
    lesson.mouse.click(plot["x"] + 0.5 * plot["width"], plot["y"] + 0.5 * plot["height"])
    lesson.wait_for_url(re.compile("done=[45]"))
    settled(lesson)
    lesson.get_by_role("button", name="Begin again").click()
    address_becomes(lesson)


def test_the_rate_that_is_too_large_is_said_and_lowered(lesson: Page) -> None:
    press(lesson, "Large lr")
    expect(lesson.get_by_text("makes the error grow from")).to_be_visible()
    expect(knob(lesson, "lr")).to_have_attribute("aria-valuetext", re.compile("error grows"))
    lesson.get_by_role("button", name=re.compile("^Use lr = 0.5")).click()
    expect(lesson.get_by_text("makes the error grow from")).to_have_count(0)
    expect(knob(lesson, "lr")).to_have_attribute("aria-valuetext", re.compile("error falls"))


# --- what is taken home, the check ---


def test_errors_and_code_are_taken_home(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert [float(number) for number in table[2][1:]] == pytest.approx([0.29102777369, 0.2910279239], rel=1e-9)
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode] code")
    expect(code).to_contain_text("torch.optim.SGD([hidden, output], lr=0.5)")
    compile(code.inner_text(), "code", "exec")


def test_it_is_checked_against_pytorch(lesson: Page) -> None:
    said = lesson.locator("[data-ask='backprop check']")
    proven(said)
    expect(said).to_contain_text(re.compile("autograd.*torch.optim.SGD.*finite differences"))
    press(lesson, "New first")
    expect(said).to_contain_text("this is not gradient descent", timeout=75_000)


# --- broken links, languages, everyone ---


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh", done="7")
    expect(page.get_by_role("heading", level=1)).to_have_text("反向传播")
    expect(net(page).get_by_role("group", name=re.compile("已更新 7 次"))).to_be_visible()
    weight(page, "w1").click()
    expect(page.get_by_text("有 2 条路")).to_be_visible()
    for english in ("Back", "Next", "Update", "Weights", "all at once", "error falls"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return arrived(telephone, url)


def test_a_phone_shows_the_network_lights_by_tap_and_scrolls_only_down(phone: Page) -> None:
    box = net(phone).bounding_box()
    assert box and box["y"] + box["height"] <= 844
    weight(phone, "w4").tap()
    expect(line(phone, "∂E/∂w4 = o1 + o2")).to_be_attached()
    settled(phone)
    for row in lines(phone).all():
        box = row.bounding_box()
        assert box and box["x"] + box["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language, chosen="w1")
    assert serious(page) == []
    arrived(page, url, lang=language, stage="update", chosen="none", hidden="relu_unit", lr="200")
    assert serious(page) == []
