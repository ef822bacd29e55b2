"""The pad and the upload in a real browser: drawn by mouse, finger and keys; a file too big is not sent."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Serve
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from visitor import becomes

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("inputs_app.py")
Curve = list[tuple[float, float]]


@pytest.fixture
def shown(page: Page, serve: Serve) -> Iterator[Page]:
    """The page with both pads and the upload."""
    open_page(page, serve(APP))
    yield page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(points(page)).to_have_count(3, timeout=30_000)
    expect(page.locator("[data-upload=log]")).to_be_visible()
    expect(page.get_by_text("files 0")).to_be_visible()


def pad(page: Page, name: str = "metric") -> Locator:
    return page.locator(f"[data-sketch={name}_pad]")


def points(page: Page, name: str = "metric") -> Locator:
    return pad(page, name).get_by_role("slider")


def drawn(page: Page, draws: int) -> Curve:
    """The metric the server holds after it has been told so many times."""
    line = page.get_by_text(re.compile(rf"^draws {draws} metric"))
    expect(line).to_be_visible()
    return list(ast.literal_eval(line.inner_text().split("metric ")[1]))


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a value of the metric pad lies on the screen."""
    box = pad(page).locator(".frame").bounding_box()
    assert box
    return box["x"] + box["width"] * x / 100, box["y"] + box["height"] * (1 - y / 2.5)


def pull(page: Page, *stops: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *stops[0]))
    page.mouse.down()
    for stop in stops[1:]:
        page.mouse.move(*place(page, *stop), steps=6)


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("[data-upload=log] input").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_a_dragged_point_follows_and_the_server_hears_once(shown: Page) -> None:
    pull(shown, (40, 0.9), (60, 1.5))
    expect(points(shown).nth(1)).to_have_attribute("aria-label", re.compile("point 2 of 3: x 60, y 1.5"))
    assert drawn(shown, 0)[1] == (40, 0.9)
    shown.mouse.up()
    (_, (x, y), _) = drawn(shown, 1)
    assert x == 60 and y == pytest.approx(1.5, abs=0.03)


def test_a_point_stays_between_its_neighbours_and_on_the_pad(shown: Page) -> None:
    pull(shown, (40, 0.9), (140, 9))
    shown.mouse.up()
    assert drawn(shown, 1)[1] == (99, 2.5)


def test_a_tap_adds_a_point_and_a_double_click_on_it_removes_it(shown: Page) -> None:
    shown.mouse.click(*place(shown, 70, 2))
    assert len(drawn(shown, 1)) == 4 and drawn(shown, 1)[2][0] == 70
    for _ in range(9):  # two taps within 350 ms are one gesture
        shown.wait_for_timeout(500)
        shown.mouse.dblclick(*place(shown, 70, 2))
        if points(shown).count() == 3:
            break
    assert drawn(shown, 2) == [(0, 2), (40, 0.9), (100, 0.5)]


def test_a_stroke_replaces_the_curve_below_it(shown: Page) -> None:
    pull(shown, (20, 2.2), (30, 0.2), (50, 2.2), (60, 0.3))
    shown.mouse.up()
    curve = drawn(shown, 1)
    xs = [x for x, _ in curve]
    assert xs == sorted(set(xs)) and len(curve) <= 24
    assert curve[0] == (0, 2) and curve[-1] == (100, 0.5) and (40, 0.9) not in curve
    assert min(y for x, y in curve if 25 <= x <= 35) < 0.4 and max(y for x, y in curve if 45 <= x <= 55) > 2


def test_a_wild_stroke_still_fits_the_limit(shown: Page) -> None:
    pull(shown, (3, 2.3), *((5 + 2 * k, 2.3 if k % 2 else 0.1) for k in range(46)))
    shown.mouse.up()
    curve = drawn(shown, 1)
    assert len(curve) == 24 and max(y for _, y in curve[5:-5]) > 2 and min(y for _, y in curve[5:-5]) < 0.3


def test_keys_move_add_and_remove_points(shown: Page) -> None:
    points(shown).nth(1).focus()
    shown.keyboard.press("ArrowRight")
    assert drawn(shown, 1)[1] == (41, 0.9)
    shown.keyboard.press("Shift+ArrowDown")
    assert drawn(shown, 2)[1] == (41, 0.6)
    expect(points(shown).nth(1)).to_be_focused()
    pad(shown).get_by_role("button", name="Add point").focus()
    shown.keyboard.press("Enter")
    assert drawn(shown, 3)[2][0] in (70, 71)
    expect(points(shown).nth(2)).to_be_focused()
    shown.keyboard.press("Delete")
    assert len(drawn(shown, 4)) == 3
    shown.keyboard.press("End")
    expect(points(shown).nth(2)).to_be_focused()


def test_a_held_key_is_one_message(shown: Page) -> None:
    points(shown).nth(1).focus()
    for _ in range(5):
        shown.keyboard.down("ArrowUp")
    shown.keyboard.up("ArrowUp")
    assert drawn(shown, 1)[1] == (40, 1.05)


def test_two_points_are_left_whatever_is_removed(shown: Page) -> None:
    pad(shown).get_by_role("button", name="Clear").click()
    assert drawn(shown, 1) == [(0, 2), (100, 0.5)]
    points(shown).first.focus()
    shown.keyboard.press("Delete")
    remove = pad(shown).get_by_role("button", name="Remove point")
    expect(remove).to_have_attribute("aria-disabled", "true")
    remove.click(force=True)
    expect(points(shown)).to_have_count(2)


def test_the_server_s_points_win(shown: Page) -> None:
    pull(shown, (40, 0.9), (60, 1.5))
    shown.mouse.up()
    drawn(shown, 1)
    shown.get_by_role("button", name="Reset").click()
    expect(points(shown)).to_have_count(2)
    expect(points(shown).first).to_have_attribute("aria-valuenow", "1")


def test_a_drawing_that_is_not_taken_springs_back(page: Page, serve: Serve) -> None:
    open_page(page, serve(APP) + "/?stubborn")
    points(page).nth(1).focus()
    page.keyboard.press("Shift+ArrowUp")
    assert drawn(page, 1)[1] == (40, 0.9)
    expect(points(page).nth(1)).to_have_attribute("aria-valuenow", "0.9")


def test_a_log_pad_moves_by_a_factor(shown: Page) -> None:
    points(shown, "rate").nth(1).focus()
    shown.keyboard.press("Shift+ArrowDown")
    expect(shown.get_by_text("(50.0, 0.0316)")).to_be_visible()


@pytest.fixture
def phone(browser: Browser, serve: Serve) -> Iterator[Page]:
    """The page on a phone, in portrait."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, serve(APP))
    yield page
    context.close()


def swipe(page: Page, *stops: tuple[float, float]) -> None:
    touch = page.context.new_cdp_session(page)
    for kind, stop in [("touchStart", stops[0]), *(("touchMove", stop) for stop in stops[1:])]:
        x, y = place(page, *stop)
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_adds_draws_and_moves(phone: Page) -> None:
    phone.touchscreen.tap(*place(phone, 70, 2))
    assert len(drawn(phone, 1)) == 4
    swipe(phone, (10, 0.3), (15, 0.3), (20, 0.3), (24, 1.2), (28, 2.2), (32, 2.2))
    assert max(y for x, y in drawn(phone, 2) if 15 < x < 35) > 2
    swipe(phone, (100, 0.5), (100, 0.7), (100, 1.2), (100, 1.6))
    assert drawn(phone, 3)[-1][1] == pytest.approx(1.6, abs=0.05)


def test_a_finger_that_scrolls_the_page_draws_nothing(phone: Page) -> None:
    before = place(phone, 60, 2)
    swipe(phone, (60, 0.1), (60, 0.5), (60, 1.0), (60, 1.5), (60, 2.0), (60, 2.4))
    becomes(phone, lambda: place(phone, 60, 2)[1] < before[1] - 40, True)
    phone.wait_for_timeout(600)
    assert drawn(phone, 0) == [(0, 2), (40, 0.9), (100, 0.5)]
    expect(points(phone)).to_have_count(3)


def test_buttons_fit_a_finger_and_the_page_a_phone(phone: Page) -> None:
    for button in phone.get_by_role("button", name=re.compile("point|Clear|Choose")).all():
        box = button.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_file_arrives_once_and_can_be_removed(shown: Page) -> None:
    choose(shown, "run.csv", b"epoch,loss\r\n1,0.5\r\n")
    expect(shown.get_by_text(r"files 1 name 'run.csv' text 'epoch,loss\r\n1,0.5\r\n' length 19")).to_be_visible()
    points(shown).nth(1).focus()
    shown.keyboard.press("ArrowUp")
    drawn(shown, 1)
    expect(shown.get_by_text("files 1 ")).to_be_visible()
    choose(shown, "run.csv", b"epoch,loss\r\n1,0.5\r\n")
    expect(shown.get_by_text("files 2 ")).to_be_visible()
    shown.get_by_role("button", name="Remove run.csv").click()
    expect(shown.get_by_text("files 2 name ''")).to_be_visible()
    expect(shown.get_by_role("button", name="Choose a file")).to_be_focused()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_read(shown: Page, encoding: str) -> None:
    choose(shown, "run.csv", "epoch,损失\n1,0.5\n2,0.25\n".encode(encoding))
    expect(shown.get_by_text(r"text 'epoch,损失\n1,0.5\n2,0.25\n'")).to_be_visible()


def test_fifty_megabytes_are_refused_without_being_sent(page: Page, serve: Serve, tmp_path: Path) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: watch_socket(socket, sent))
    open_page(page, serve(APP))
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(50_000_000)
    before = sum(sent)
    page.locator("[data-upload=log] input").set_input_files(big)
    expect(
        page.get_by_role("alert").filter(has_text="big.csv is 50 MB; at most 1 MB can be read here.")
    ).to_be_visible()
    page.wait_for_timeout(500)
    assert before > 0 and sum(sent) == before
    expect(page.get_by_text("files 0 ")).to_be_visible()


def watch_socket(socket: WebSocket, sent: list[int]) -> None:
    socket.on("framesent", lambda frame: sent.append(len(frame)))


def test_the_server_refuses_what_a_browser_should_not_have_sent(shown: Page) -> None:
    shown.evaluate("() => Object.defineProperty(File.prototype, 'size', { get: () => 1 })")
    choose(shown, "sly.csv", b"1,2\n" * 500_000)
    expect(
        shown.get_by_role("alert").filter(has_text="sly.csv is 2 MB; at most 1 MB can be read here.")
    ).to_be_visible()
    expect(shown.get_by_text("files 0 ")).to_be_visible()


def test_a_file_that_is_no_log_says_so_and_one_that_is_clears_it(shown: Page) -> None:
    alert = shown.get_by_role("alert").filter(has_text="Not a training log (no_numbers).")
    choose(shown, "poem.txt", b"roses are red")
    expect(alert).to_be_visible()
    choose(shown, "run.csv", b"1,2\n")
    expect(alert).to_have_count(0)


def test_a_file_can_be_dropped(shown: Page) -> None:
    transfer = shown.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['1,2'], 'dropped.csv')); return t; }"
    )
    shown.locator("[data-upload=log] .zone").dispatch_event("drop", {"dataTransfer": transfer})
    expect(shown.get_by_text("name 'dropped.csv'")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["", "/?zh"])
def test_axe_finds_nothing_serious(page: Page, serve: Serve, theme: str, query: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    open_page(page, serve(APP) + query)
    choose(page, "big.csv", b"1" * 1_000_001)
    expect(page.get_by_role("alert").filter(has_text="big.csv")).to_contain_text("1.01 MB")
    choose(page, "run.csv", b"1,2\n")
    expect(page.get_by_text("files 1 ")).to_be_visible()
    points(page).nth(1).focus()
    found = Axe().run(page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []


def test_a_theme_switch_repaints_the_curve(shown: Page) -> None:
    before = stroke(shown)
    shown.emulate_media(color_scheme="dark")
    expect(pad(shown)).to_be_visible()
    becomes(shown, lambda: stroke(shown) != before, True)


def stroke(page: Page) -> str:
    return pad(page).locator(".curve").evaluate("node => getComputedStyle(node).stroke")
