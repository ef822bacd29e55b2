"""A drawn network in a real browser: it keeps its elements, hides no number, and is chosen from by pointer and keys."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("network_app.py")
BOXES = """root => [...root.querySelectorAll('.plate[width], .shape')]
    .map(node => node.getBoundingClientRect()).map(({left, top, right, bottom}) => [left, top, right, bottom])"""


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """Both networks, painted."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(root(page)).to_be_visible(timeout=30_000)


def root(page: Page, name: str = "small") -> Locator:
    return page.locator(f"[data-network={name}][data-revision]")


def weight(page: Page, name: str) -> Locator:
    return root(page).get_by_role("button", name=f"{name},")


def glow(page: Page, name: str) -> Locator:
    return root(page).locator(".glow").nth(int(name[1:]) - 1)


def picked(page: Page, *names: str) -> None:
    expect(page.get_by_text(f"picks {list(names)} ")).to_be_visible()


def test_a_click_on_a_plate_lights_its_paths(shown: Page) -> None:
    weight(shown, "w1").click()
    picked(shown, "w1")
    for name, opacity in (("w1", "1"), ("w5", "1"), ("w7", "1"), ("w6", "0")):
        expect(glow(shown, name)).to_have_attribute("opacity", opacity)
    expect(weight(shown, "w1")).to_have_attribute("aria-pressed", "true")
    expect(weight(shown, "w5")).to_have_attribute("aria-pressed", "false")
    expect(root(shown).get_by_role("group", name="A network, w1 chosen")).to_be_visible()


def test_a_click_anywhere_on_a_line_chooses_it(shown: Page) -> None:
    line = root(shown).locator("line.hit").nth(7).bounding_box()
    assert line
    shown.mouse.click(line["x"] + 0.1 * line["width"], line["y"] + line["height"] / 2)
    picked(shown, "w8")


def test_keys_choose_and_move_and_the_focus_stays(shown: Page) -> None:
    weight(shown, "w1").focus()
    shown.keyboard.press("Enter")
    picked(shown, "w1")
    expect(weight(shown, "w1")).to_be_focused()
    shown.keyboard.press("ArrowRight")
    expect(weight(shown, "w5")).to_be_focused()
    shown.keyboard.press(" ")
    picked(shown, "w1", "w5")
    shown.keyboard.press("Tab")
    expect(weight(shown, "w6")).to_be_focused()
    weight(shown, "w4").focus()
    shown.keyboard.press("ArrowDown")
    expect(root(shown).get_by_role("button", name="b1, 0.35")).to_be_focused()


def test_a_unit_can_be_chosen_too_and_what_cannot_is_no_button(shown: Page) -> None:
    root(shown).get_by_role("button", name="b1, 0.35").click()
    picked(shown, "b1")
    root(shown).locator("[data-node=h1] .shape").click(force=True)
    shown.wait_for_timeout(300)
    picked(shown, "b1")
    expect(root(shown).get_by_role("button", name="h1")).to_have_count(0)
    expect(root(shown, "dropped").get_by_role("img", name="Four of twelve hidden units are dropped")).to_be_visible()


def test_an_update_keeps_the_elements(shown: Page) -> None:
    root(shown).evaluate("root => (window.kept = [...root.querySelectorAll('svg *')])")
    shown.get_by_role("button", name="Step").click()
    expect(root(shown).locator("[data-node=i1] .value")).to_have_text("0.1244")
    now = "root => [...root.querySelectorAll('svg *')]"
    assert root(shown).evaluate(f"root => ({now})(root).every((node, i) => node === window.kept[i])")


@pytest.mark.parametrize("width", [1440, 700, 390])
def test_no_plate_lies_on_another_or_on_a_unit_and_no_text_is_tiny(page: Page, serve: Serve, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, serve(APP))
    boxes = root(page).evaluate(BOXES)
    assert len(boxes) == 16
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    sizes = root(page).evaluate("root => [...root.querySelectorAll('text')].map(t => +t.getAttribute('font-size'))")
    assert min(sizes) >= 11


def test_it_follows_its_width(shown: Page) -> None:
    drawn = int(root(shown).get_attribute("data-revision") or 0)
    shown.set_viewport_size({"width": 900, "height": 900})
    inside = """root => { const {right} = root.getBoundingClientRect();
        return [...root.querySelectorAll('.shape')].every(node => node.getBoundingClientRect().right <= right) }"""
    shown.wait_for_function(
        f"([root, drawn]) => +root.dataset.revision > drawn && ({inside})(root)",
        arg=[root(shown).element_handle(), drawn],
    )


def test_a_theme_switch_repaints(shown: Page) -> None:
    colour = "root => root.querySelector('.shape').getAttribute('stroke')"
    before = root(shown).evaluate(colour)
    shown.emulate_media(color_scheme="dark")
    shown.wait_for_function(f"([root, was]) => ({colour})(root) !== was", arg=[root(shown).element_handle(), before])


def test_nothing_moves_where_motion_is_not_wanted(page: Page, serve: Serve) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_page(page, serve(APP))
    moving = "root => getComputedStyle(root.querySelector('.glow')).transitionProperty"
    assert root(page).evaluate(moving) == "none"
    page.emulate_media(reduced_motion="no-preference")
    assert "stroke-dashoffset" in root(page).evaluate(moving)


@pytest.mark.parametrize(("name", "start"), [("PNG", b"\x89PNG\r\n"), ("SVG", b"<svg")])
def test_a_download_has_the_picture(shown: Page, tmp_path: Path, name: str, start: bytes) -> None:
    weight(shown, "w1").click()
    picked(shown, "w1")
    with shown.expect_download() as waiting:
        root(shown).get_by_role("button", name=f"Download {name}").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    content = file.read_bytes()
    assert file.name == f"small.{name.lower()}"
    assert content.startswith(start)
    if name == "SVG":
        assert b"w1 0.15" in content
        assert b"var(--" not in content
    else:
        assert len(content) > 10_000


def test_a_network_that_leaves_is_cleared_and_can_come_back(shown: Page) -> None:
    other = root(shown, "dropped")
    shown.get_by_text("Hide the other").click()
    expect(other).to_have_count(0)
    shown.get_by_text("Hide the other").click()
    expect(other.locator(".shape")).to_have_count(17)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, serve(APP))
    found = Axe().run(page).response["violations"]
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
