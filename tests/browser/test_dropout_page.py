"""The dropout page in a real browser: a mask is redrawn, p turns while it is dragged, the average plays by itself."""

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
    history,
    picture,
    press,
    proven,
    serious,
    settled,
)

pytestmark = pytest.mark.browser
PICTURES = {"layer": "bars", "average": "average", "depth": "depth", "networks": "networks"}
GONE = "[data-node] .cross[d^=M]"


def arrived(page: Page, url: str, **given: str) -> Page:
    page.goto(f"{url}/dropout?{urlencode(given)}")
    expect(chart(page, PICTURES[given.get("view", "layer")])).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def lesson(page: Page, url: str) -> Page:
    """The lesson as a newcomer finds it."""
    arrived(page, url)
    expect(layer(page)).to_be_visible()
    expect(page.get_by_role("table").first).to_be_visible()
    return page


def turned(page: Page) -> Locator:
    """The headline knob."""
    return page.get_by_role("slider", name=re.compile("^p · "))


def layer(page: Page) -> Locator:
    return page.locator("[data-network=layer][data-revision]")


def dropped(page: Page) -> list[str]:
    """The numbers of the units that are crossed out in the drawing."""
    return layer(page).locator(GONE).evaluate_all("all => all.map(cross => cross.closest('[data-node]').dataset.node)")


def columns(page: Page) -> dict[str, list[str]]:
    """The table of numbers, a column a name."""
    rows = page.get_by_role("table").first.get_by_role("row").all()
    cells = [row.locator("td, th").all_inner_texts() for row in rows]
    return {name: [row[i] for row in cells[1:]] for i, name in enumerate(cells[0])}


def heights(page: Page) -> list[float]:
    """How long the bars after dropout are, as drawn."""
    return picture(page, "bars").evaluate("plot => Array.from(plot._fullData[1].x)")


# --- the first look ---


def test_the_first_screen_shows_the_classic_with_its_numbers(lesson: Page) -> None:
    formula = lesson.locator(".katex").filter(has_text="3.0055").first
    for part in (turned(lesson), layer(lesson), chart(lesson, "bars"), formula, lesson.get_by_role("table").first):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    assert dropped(lesson) == ["3", "4"]
    assert columns(lesson)["y"] == ["0", "3.0055", "0", "0", "11.5193"]
    assert heights(lesson) == pytest.approx([0, 3.0055, 0, 0, 11.51933333])
    expect(picture(lesson, "bars")).to_have_attribute("aria-label", re.compile("5 units, 3 kept"))
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 1440
    said = lesson.locator("[data-ask='dropout check']")
    proven(said)
    expect(said).to_contain_text("nn.Dropout")


def test_neurons_and_bars_stand_in_the_same_rows(lesson: Page) -> None:
    def apart() -> float:
        units = [layer(lesson).locator(f"[data-node='{i}'] .shape").bounding_box() for i in range(1, 6)]
        ticks = [chart(lesson, "bars").locator(".ytick").nth(i).bounding_box() for i in range(5)]
        middles = [[box["y"] + box["height"] / 2 for box in boxes if box] for boxes in (units, ticks)]
        return max(abs(unit - tick) for unit, tick in zip(*middles, strict=True))

    becomes(lesson, lambda: apart() < 4, True)


# --- the gestures ---


def test_redrawing_draws_another_mask_and_back_brings_the_first_again(lesson: Page) -> None:
    before = columns(lesson)
    lesson.get_by_role("button", name="Redraw").click()
    address_becomes(lesson, seed="17")
    expect(lesson.get_by_role("table").first).not_to_contain_text("0.567")
    settled(lesson)
    after = columns(lesson)
    assert after["u"] != before["u"]
    becomes(lesson, lambda: dropped(lesson), [str(i + 1) for i, u in enumerate(after["u"]) if float(u) < 0.4])
    lesson.go_back()
    address_becomes(lesson)
    expect(lesson.get_by_role("table").first).to_contain_text("0.567")
    settled(lesson)
    assert columns(lesson) == before
    becomes(lesson, lambda: dropped(lesson), ["3", "4"])


def test_units_leave_one_by_one_while_p_is_dragged_and_the_address_waits_for_its_end(lesson: Page) -> None:
    entries, seen = history(lesson), {len(dropped(lesson))}
    box = turned(lesson).bounding_box()
    assert box
    y, start, end = box["y"] + box["height"] / 2, box["x"] + 0.44 * box["width"], box["x"] + 0.8 * box["width"]
    lesson.mouse.move(start, y)
    lesson.mouse.down()
    for i in range(1, 41):
        lesson.mouse.move(start + (end - start) * i / 40, y)
        lesson.wait_for_timeout(40)
        expect(lesson.locator("[data-knob][data-busy]")).to_have_count(0)  # a slow server must not skip a unit
        seen.add(len(dropped(lesson)))
    assert {2, 3, 4, 5} <= seen
    assert address(lesson) == {} and history(lesson) == entries
    lesson.mouse.up()
    lesson.wait_for_url(re.compile("p="))
    settled(lesson)
    assert history(lesson) == entries + 1 and float(address(lesson)["p"]) > 0.65
    becomes(lesson, lambda: heights(lesson), [0] * 5)


def test_a_unit_chosen_by_pointer_or_keys_shows_its_formula(lesson: Page) -> None:
    layer(lesson).get_by_role("button", name="Unit 5: 6.9116, kept").click()
    address_becomes(lesson, unit="5")
    expect(lesson.locator(".katex").filter(has_text="11.5193").first).to_be_visible()
    lesson.keyboard.press("ArrowUp")
    lesson.keyboard.press("Enter")
    address_becomes(lesson, unit="4")
    expect(layer(lesson).get_by_role("button", name="Unit 4: 4.5189, dropped")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_evaluation_crosses_nothing_out(lesson: Page) -> None:
    press(lesson, "Evaluation")
    address_becomes(lesson, mode="eval")
    expect(layer(lesson).locator(GONE)).to_have_count(0)
    becomes(lesson, lambda: heights(lesson), [0, 1.8033, 1.4608, 4.5189, 6.9116])
    expect(lesson.get_by_role("button", name="Redraw")).to_be_disabled()


# --- the other ways of looking ---


def test_the_average_plays_from_data_sent_once(page: Page, url: str) -> None:
    messages: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda _: messages.append(1)))
    arrived(page, url, view="average")
    film = page.locator("[data-chart=average]")
    expect(film.locator("p")).to_contain_text("Mask 200 makes x₅")
    film.get_by_role("button", name="Back to the start").click()
    expect(film).to_have_attribute("data-step", "0")
    expect(film.locator("p")).to_contain_text("makes x₅ –")
    for mask in (1, 2, 3):
        film.get_by_role("button", name="One step forward").click()
        expect(film).to_have_attribute("data-step", str(mask))
    lengths = (
        "plot => plot._fullData.filter(t => t.mode === 'lines' && t.name === 'average so far').map(t => t.x.length)"
    )
    assert picture(page, "average").evaluate(lengths) == [3] * 5
    heard = len(messages)
    film.get_by_label("Speed").select_option(index=3)
    film.get_by_role("button", name="Play", exact=True).click()
    expect(film).to_have_attribute("data-step", "200", timeout=20_000)
    assert len(messages) == heard
    press(page, "nowhere")
    address_becomes(page, view="average", scaling="never")
    expect(page.get_by_text("1/(1 − p) = 1.667 times what the next layer was trained on")).to_be_visible()


def test_depth_and_sub_networks_say_what_they_show(lesson: Page) -> None:
    press(lesson, "Depth")
    address_becomes(lesson, view="depth")
    expect(picture(lesson, "depth")).to_have_attribute("aria-label", re.compile("8 layers"))
    expect(lesson.get_by_text("theory says 59.54")).to_be_visible()
    press(lesson, "Sub-networks")
    address_becomes(lesson, view="networks")
    expect(picture(lesson, "networks")).to_have_attribute("aria-label", re.compile("its 16 sub-networks"))
    expect(lesson.get_by_text("exactly what the whole network gives")).to_be_visible()
    press(lesson, "two of two")
    address_becomes(lesson, view="networks", hidden="two")
    expect(lesson.get_by_text("is an approximation")).to_be_visible()


def test_the_numbers_are_taken_home_and_the_code_is_python(lesson: Page, tmp_path: Path) -> None:
    press(lesson, "Data")
    table = downloaded(lesson, "Download CSV", tmp_path)
    assert [row[0] for row in table] == ["unit", "1", "2", "3", "4", "5"]
    assert [float(row[4]) for row in table[1:]] == pytest.approx([0, 3.0055, 0, 0, 11.51933333])
    press(lesson, "Code")
    code = lesson.locator("[data-testid=stCode] code")
    expect(code).to_contain_text("torch.nn.Dropout(p)")
    compile(code.inner_text(), "code", "exec")
    press(lesson, "Where it goes")
    expect(chart(lesson, "recipes")).to_be_visible()


# --- broken links, languages, everyone ---


def test_a_broken_link_says_what_it_shows_instead_and_p_1_is_a_sentence(page: Page, url: str) -> None:
    arrived(page, url, p="1.5", values="1,2,3,4,5,6,7,8,9", seed="-3")
    said = page.get_by_role("alert").filter(has_text="Part of this link could not be used.")
    expect(said.get_by_role("listitem")).to_have_count(3)
    field(page, "p").fill("1")
    field(page, "p").press("Enter")
    expect(page.get_by_text("PyTorch gives 0, and so does this page")).to_be_visible()
    address_becomes(page, p="1.0")


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh", view="average", scaling="never")
    expect(page.get_by_role("heading", level=1)).to_have_text("随机失活")
    expect(picture(page, "average")).to_have_attribute("aria-label", re.compile("200 个掩码"))
    for english in ("Redraw", "Many masks", "average", "Presets", "mask 200 of 200"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    """A visitor with a telephone."""
    return telephone


def test_a_phone_shows_picture_and_knob_and_scrolls_only_down(phone: Page, url: str) -> None:
    arrived(phone, url)
    drawn, knob = chart(phone, "bars").bounding_box(), turned(phone).bounding_box()
    assert drawn and knob
    assert drawn["y"] + drawn["height"] <= knob["y"] + 1 and knob["y"] + knob["height"] < 844
    for view in ("average", "depth", "networks"):
        arrived(phone, url, view=view)
        box = turned(phone).bounding_box()
        assert box and box["y"] + box["height"] < 844
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language)
    assert serious(page) == []
    arrived(page, url, lang=language, view="average")
    assert serious(page) == []
