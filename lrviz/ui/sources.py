"""The list of sources: what stands behind every lesson, or all of it from A to Z."""

from collections.abc import Iterable

import streamlit as st

from lrviz.guide.rules import rules
from lrviz.sources import Source, by_lesson, sources
from lrviz.text import Words
from lrviz.ui import lesson
from lrviz.ui.frame import ENTRIES, Entry
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES

PAGE = "page.sources"


def behind(name: str) -> tuple[Source, ...]:
    """Return what stands behind a page: what its lesson lists; behind the guide all that its rules cite."""
    if name != "guide":
        return by_lesson().get(name, ())
    return tuple(source for name, source in sources().items() if any(name in rule.sources for rule in rules()))


def shown(words: Words) -> None:
    """Show the sources in one of two orders."""
    order = lesson.remembered("sources order", ("lessons", "names"), words, f"{PAGE}.order")
    by_name(words) if order == "names" else by_page(words)


def by_page(words: Words) -> None:
    """Show what stands behind every page, with a link to the page."""
    for entry in ENTRIES:
        if found := behind(entry.name):
            with st.container(border=True, gap="small"):
                label = words.w(f"page.{entry.name}.heading")
                st.page_link(PAGES / f"{entry.name}.py", label=f"**{label}**", icon=entry.icon, width="content")
                st.markdown(listed(found))


def by_name(words: Words) -> None:
    """Show every source once, by author, with the pages that rest on it."""
    lines = [
        f"- {written(source)} {words.w(f'{PAGE}.used', pages=words.listed(*pages))}"
        for source in sorted(sources().values(), key=lambda one: (one.author.casefold(), one.year))
        if (pages := [words.w(f"page.{entry.name}.title") for entry in using(source)])
    ]
    st.markdown("\n".join(lines))


def using(source: Source) -> list[Entry]:
    """Return the pages that rest on a source."""
    return [entry for entry in ENTRIES if source in behind(entry.name)]


def listed(found: Iterable[Source]) -> str:
    """Return sources as a list, as Markdown."""
    return "\n".join(f"- {written(source)}" for source in found)


def written(source: Source) -> str:
    """Return a source as Markdown: who, when, what, where, the title its link."""
    when = f" ({source.year})" if source.year else ""
    return f"{plain(source.author)}{when}: [{plain(source.title)}]({source.url}). {plain(source.where)}."
