"""The front door in a real browser: a picture that moves at once, cards that lead into lessons, a way to every page."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import headed, serious, settled

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
MOVING = "[data-demonstration][data-step]"


def arrived(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/{query}")
    expect(page.locator(MOVING)).to_be_visible(timeout=30_000)
    settled(page)
    return page


@pytest.fixture
def home(page: Page, url: str) -> Page:
    return arrived(page, url)


def card(page: Page, name: str) -> Locator:
    return page.locator(f"a[data-lesson={name}]").first


def step(page: Page) -> int:
    return int(page.locator(MOVING).get_attribute("data-step") or 0)


def test_the_picture_moves_by_itself_until_it_is_paused(home: Page) -> None:
    seen = step(home)
    expect(home.locator(MOVING)).not_to_have_attribute("data-step", str(seen))
    home.get_by_role("button", name="Pause").click()
    seen = step(home)
    home.wait_for_timeout(400)
    assert step(home) == seen
    home.get_by_role("button", name="Play").click()
    expect(home.locator(MOVING)).not_to_have_attribute("data-step", str(seen))


def test_the_net_is_trained_meanwhile(home: Page) -> None:
    expect(home.get_by_text("handwritten digits it has never seen")).to_be_visible(timeout=90_000)
    share = int("".join(filter(str.isdigit, home.locator("figcaption span").last.inner_text())))
    assert 80 < share < 100
    # A net's answer takes the place of its rows: areas behind the dots.
    expect(card(home, "train").locator("path[fill]:not([fill=none])").first).to_be_attached(timeout=90_000)


def test_who_prefers_stillness_sees_the_end(page: Page, url: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    arrived(page, url)
    seen = step(page)
    page.wait_for_timeout(400)
    assert step(page) == seen == 80
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_card_opens_its_lesson_in_place_and_keeps_the_language(page: Page, url: str) -> None:
    arrived(page, url, "?lang=zh")
    page.evaluate("() => (window.same = true)")
    card(page, "parabola").click()
    headed(page, "抛物线上的下降")
    page.wait_for_url(re.compile(r"/parabola\?(.*&)?lang=zh(&|$)"))
    assert page.evaluate("() => window.same"), "the app was not loaded anew"


def linked(home: Page, url: str) -> set[str]:
    links = home.locator("a").evaluate_all("(all) => all.map((link) => link.href)")
    inner = home.locator("a[data-lesson]").evaluate_all("(all) => all.map((link) => link.href)")
    return {urlsplit(link).path.strip("/") for link in (*links, *inner) if link.startswith(url)}


def test_every_page_is_reached_from_here_by_links_alone(home: Page, url: str) -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"}
    for _ in range(150):  # menu and cards come one by one
        if pages <= linked(home, url):
            break
        home.wait_for_timeout(100)
    assert pages <= linked(home, url)
    for name in sorted(pages):
        home.goto(f"{url}/{name}")
        expect(home.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
        expect(home.locator("[data-testid=stSidebarNavLink]").first).to_be_attached()


# --- everyone ---


@pytest.fixture
def phone(telephone: Page, url: str) -> Page:
    return arrived(telephone, url)


def test_nothing_scrolls_sideways_on_a_phone(phone: Page) -> None:
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390
    bottom = phone.locator(MOVING).bounding_box()
    assert bottom and bottom["y"] + bottom["height"] < 844, "what moves is on the first screen"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, f"?lang={language}")
    assert serious(page) == []
