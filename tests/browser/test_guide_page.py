"""The guide in a real browser: an answer changes the ranking, the advice is tried, and the sources are listed."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import address_becomes, choose, history, press, serious, settled

pytestmark = pytest.mark.browser
PATIENCE = 90_000  # the first training of a server waits for its worker
CHEAP = {"task": "series", "amount": "little", "seeds": "3"}


def arrived(page: Page, url: str, where: str = "guide", **given: str) -> Page:
    page.goto(f"{url}/{where}?{urlencode(given)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    settled(page)
    return page


def chart(page: Page, name: str) -> Locator:
    return page.locator(f"[data-chart={name}][data-revision]")


def first(page: Page, name: str) -> None:
    """Wait until a schedule is in the first place."""
    expect(page.locator("[data-testid=stMarkdown] p").filter(has_text=re.compile("^1 · "))).to_contain_text(name)


def tried(page: Page, name: str = "Try these") -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("[data-chart=trial]")).to_have_attribute("data-status", "done", timeout=PATIENCE)
    expect(page.get_by_role("table").first).to_be_visible()  # what came of it is said some time after it is done
    settled(page)


def test_the_first_screen_has_questions_an_answer_its_picture_and_the_way_to_try_it(page: Page, url: str) -> None:
    arrived(page, url)
    first(page, "Step")
    parts = (chart(page, "advice"), page.get_by_role("button", name="Try these"), page.get_by_text("1 · Step"))
    for part in (*parts, page.get_by_role("radio", name="sparse")):
        box = part.bounding_box()
        assert box and box["y"] + box["height"] <= 900
    names = chart(page, "advice").get_by_role("img").first.evaluate("plot => plot._fullData.map((trace) => trace.name)")
    assert names == ["Step", "Cosine annealing", "Exponential"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_question_is_answered_the_ranking_changes_and_the_way_back_works(page: Page, url: str) -> None:
    arrived(page, url)
    entries = history(page)
    page.get_by_role("radio", name="deep", exact=True).click()
    first(page, "Cosine annealing")
    address_becomes(page, model="deep")
    choose(page, "Task", "language")
    first(page, "Warmup, then cosine")
    address_becomes(page, model="deep", task="language")
    assert history(page) == entries + 2
    page.go_back()
    first(page, "Cosine annealing")
    page.get_by_role("button", name="Undo").click()
    first(page, "Warmup, then cosine")


def test_the_advice_is_tried_and_what_came_of_it_is_said_drawn_and_found_again(page: Page, url: str) -> None:
    arrived(page, url, **CHEAP)
    expect(page.locator("[data-chart=trial]")).to_have_count(0)
    tried(page)
    expect(page.get_by_text(re.compile("ends lowest: .* of 3 seeds|ends lowest: .* spread"))).to_be_visible()
    picture = chart(page, "trial").get_by_role("img").first
    expect(picture).to_have_attribute("aria-label", re.compile("ends lowest"))
    dots = picture.evaluate("plot => plot._fullData.filter((t) => t.mode === 'markers').map((t) => t.y.length)")
    assert dots == [3, 3, 3, 3]
    known = page.locator("[data-chart=trial]").get_attribute("data-job")
    page.reload()
    expect(page.locator("[data-chart=trial]")).to_have_attribute("data-status", "done", timeout=30_000)
    assert page.locator("[data-chart=trial]").get_attribute("data-job") == known
    press(page, "Data")
    expect(page.get_by_text("A row a seed", exact=False)).to_be_visible()


def test_a_recommended_schedule_opens_where_it_can_be_turned(page: Page, url: str) -> None:
    arrived(page, url)
    first(page, "Step")
    link = page.get_by_role("link", name="Open in Schedules").first
    expect(link).to_have_attribute("href", re.compile("schedule=step"))
    link.click()
    page.wait_for_url(re.compile(r"/schedules\?(?=.*curves\.0\.schedule=step(&|$))(?=.*\bsteps=10000(&|$))"))
    expect(page.locator("[data-chart=rates][data-revision]")).to_be_visible(timeout=30_000)


def test_in_chinese_everything_is(page: Page, url: str) -> None:
    arrived(page, url, lang="zh", **CHEAP)
    expect(page.get_by_role("heading", level=1)).to_have_text("该用哪种学习率调度？")
    tried(page, "试一试它们")
    expect(page.get_by_text(re.compile("种子之间的散布")).first).to_be_visible()
    for english in ("Try these", "Open in Schedules", "Rules", "Model", "Best rate"):
        expect(page.get_by_text(english, exact=True)).to_have_count(0)


def test_the_sources_link_to_their_lessons_and_stand_in_both_orders(page: Page, url: str) -> None:
    arrived(page, url, "sources")
    link = page.get_by_role("link", name="SGDR: Stochastic Gradient Descent with Warm Restarts")
    expect(link.first).to_have_attribute("href", "https://arxiv.org/abs/1608.03983")
    expect(link.nth(1)).to_be_attached()
    press(page, "By author")
    expect(link).to_have_count(1)
    press(page, "By page")
    expect(link.nth(1)).to_be_attached()
    page.get_by_test_id("stMain").get_by_role("link", name="Dropout", exact=True).first.click()
    page.wait_for_url(re.compile("/dropout"))


@pytest.fixture
def phone(telephone: Page) -> Page:
    """A visitor with a telephone."""
    return telephone


def test_on_a_phone_all_fits_and_the_page_scrolls_only_down(phone: Page, url: str) -> None:
    arrived(phone, url, **CHEAP)
    tried(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    arrived(phone, url, "sources")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, url: str, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrived(page, url, lang=language, **CHEAP)
    tried(page, {"en": "Try these", "zh": "试一试它们"}[language])
    assert serious(page) == []
    arrived(page, url, "sources", lang=language)
    assert serious(page) == []
