"""Every lesson and every rule has its sources, every source is used, and every link is well-formed."""

from urllib.parse import urlsplit

import pytest

from lrviz.guide.rules import rules
from lrviz.sources import Source, by_lesson, sources
from lrviz.text import LANGUAGES
from lrviz.ui.frame import ENTRIES
from lrviz.ui.sources import behind, using
from tests.lessons import LESSONS
from tests.test_pages import assert_whole, opened, widget

TOPICS = [lesson.name for lesson in LESSONS if lesson.name != "exercises"]


@pytest.mark.parametrize("name", TOPICS)
def test_every_lesson_has_at_least_two_sources(name: str) -> None:
    assert len(behind(name)) >= 2 and len({*behind(name)}) == len(behind(name))


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_source_is_used_and_can_be_found(source: Source) -> None:
    listed = any(source in found for found in by_lesson().values())
    assert listed or any(source.id in rule.sources for rule in rules())
    link = urlsplit(source.url)
    assert link.scheme == "https" and "." in link.netloc and len(link.path) > 0 and " " not in source.url
    assert source.author and source.title and source.where and source.kind in ("paper", "book", "docs")
    assert source.year == 0 if not source.id[-1].isdigit() and source.kind == "docs" else 1900 < source.year < 2030


def test_an_arxiv_number_is_that_of_its_link() -> None:
    of_arxiv = [source for source in sources().values() if source.where.startswith("arXiv ")]
    assert len(of_arxiv) > 40
    assert all(source.url == f"https://arxiv.org/abs/{source.where.removeprefix('arXiv ')}" for source in of_arxiv)


def test_no_link_stands_for_two_sources() -> None:
    urls = [source.url for source in sources().values()]
    assert len({*urls}) == len(urls)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kingma2015", "Kingma & Ba 2015"), ("smith2015", "Smith 2015"), ("goyal2017", "Goyal et al. 2017"),
        ("mosbach2021", "Mosbach et al. 2021"), ("torch_sgd", "PyTorch: SGD"),
    ],
)  # fmt: skip
def test_a_source_is_cited_shortly(name: str, said: str) -> None:
    assert sources()[name].short == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_all_that_is_used_in_both_orders(language: str) -> None:
    app = opened("sources", {"lang": language})
    assert_whole(app, "sources", language)
    shown = {entry.name for entry in ENTRIES if behind(entry.name)}
    assert shown >= {lesson.name for lesson in LESSONS} - {"exercises"}
    by_page = "\n".join(element.value for element in app.markdown)
    assert all(source.url in by_page for source in sources().values() if using(source))
    widget(app, f"sources order {language}").set_value("names").run()
    assert_whole(app, "sources", language)
    by_name = "\n".join(element.value for element in app.markdown)
    assert all(by_name.count(f"({source.url})") == 1 for source in sources().values() if using(source))
