"""What a visitor looks at and does, and what axe finds there."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qs, urlencode, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
# The headings that Streamlit puts between the pages of its own menu are no list items, which we cannot change.
STREAMLITS_OWN = {"exclude": [["[data-testid=stSidebarNavItems]"]]}

AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity
)"""
"""Whether nothing fades or moves but what does so for ever."""


def serious(page: Page) -> list[tuple[str, str]]:
    """Return what axe calls serious or critical, the rule and the elements, of the page at rest."""
    page.mouse.move(0, 0)
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)
    page.evaluate("new Promise(requestAnimationFrame)")  # what that changes begins to fade
    page.wait_for_function(AT_REST)
    found = Axe().run(page, context=STREAMLITS_OWN).response["violations"]
    grave = [item for item in found if item["impact"] in ("serious", "critical")]
    return [(item["id"], str([node["target"] for node in item["nodes"]])) for item in grave]


def opened(page: Page, url: str, **address: str) -> Page:
    page.goto(f"{url}/schedules?{urlencode(address)}")
    expect(chart(page)).to_be_visible(timeout=30_000)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until no knob waits for an answer and the server has nothing more to say."""
    expect(page.locator("[data-knob][data-busy]")).to_have_count(0, timeout=30_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def chart(page: Page, name: str = "rates") -> Locator:
    return page.locator(f"[data-chart={name}][data-revision]")


def picture(page: Page, name: str = "rates") -> Locator:
    """The picture, with what it says of itself."""
    return chart(page, name).get_by_role("img").first


def revision(page: Page) -> int:
    return int(chart(page).get_attribute("data-revision") or 0)


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def address_becomes(page: Page, **expected: str) -> None:
    page.wait_for_url(
        lambda now: {k: v[0] for k, v in parse_qs(urlsplit(now).query).items()} == expected, timeout=15_000
    )


def history(page: Page) -> int:
    return page.evaluate("history.length")


def knob(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=re.compile(rf"^{re.escape(name)} .*typed value"))


def write(page: Page, name: str, text: str) -> None:
    field(page, name).fill(text)
    field(page, name).press("Enter")


def choose(page: Page, label: str, option: str) -> None:
    """Look an option up in a list by typing, and take it."""
    page.get_by_role("combobox", name=label).fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def rows(page: Page) -> Locator:
    return page.locator("[data-roster] li")


def do(page: Page, what: str) -> None:
    page.locator("[data-roster]").get_by_role("button", name=what, exact=True).click()


def press(page: Page, choice: str) -> None:
    """Press one of a row of choices: a view, a preset, a tab, a language."""
    page.get_by_role("radio", name=choice, exact=True).click()


def headed(page: Page, title: str) -> None:
    """Wait until a page of this title is there; the one before it may still be on the screen, too."""
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible(timeout=30_000)


def becomes(page: Page, look: Callable[[], object], wanted: object) -> None:
    """Look again until what is seen is as wanted: a part of the page is drawn some time after its message."""
    until = monotonic() + 15
    while look() != wanted and monotonic() < until:
        page.wait_for_timeout(100)
    assert look() == wanted


def pulled(page: Page, slider: Locator, start: float, end: float, follows: Callable[[], bool]) -> None:
    """Pull a slider over shares of its track, the button still down, until what it turns `follows`.

    Where the server is slow the hand goes on, back and forth.
    """
    box = slider.bounding_box()
    assert box

    def to(share: float) -> None:
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(30)

    to(start)
    page.mouse.down()
    for i in range(1, 31):
        to(start + (end - start) * i / 30)
    for i in range(300):
        if follows():
            return
        to(end - (end - start) / 30 * abs(i % 12 - 6))
    assert follows()


def proven(line: Locator) -> None:
    """Wait until the line that compares with PyTorch says that all is well; it gives up by itself after a minute."""
    expect(line).to_have_attribute("data-tone", "ok", timeout=75_000)


def downloaded(page: Page, button: str, folder: Path) -> list[list[str]]:
    """Take a table home, and read it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(folder / "table.csv")
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
