"""The page on which a teacher makes a lesson from one of ours: what is seen of it, what is said, and the way to it."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lrviz.exercises import EXERCISES, of_lesson
from lrviz.handout import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_EXERCISES,
    MOST_KNOBS,
    SCENES,
    Handout,
    Sheet,
    scene_of,
    shows_own_data,
)
from lrviz.handout.paths import named
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, Words
from lrviz.ui.handout import knobs
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk

PAGE = "page.teach"
MOST_VALUES = 8
Teach = Desk[Handout]


def show(desk: Teach, words: Words) -> None:
    """Draw what a lesson is made of."""
    with st.container(border=True, gap="small"):
        _lesson(desk, words)
        _knobs(desk, words)
    with st.container(border=True, gap="small"):
        _sheet(desk, words, words.language)
        others = [language for language in LANGUAGES if language != words.language]
        for language in others:
            said = getattr(desk.scene, language) != Sheet()
            with st.expander(words.w(f"{PAGE}.in.{language}"), icon=":material/translate:", expanded=said):
                _sheet(desk, words, language)
    with st.container(border=True, gap="small"):
        _exercises(desk, words)
        _switch(desk, words)


def _lesson(desk: Teach, words: Words) -> None:
    key, handout = f"teach lesson {words.language}", desk.scene
    st.session_state[key] = handout.lesson

    def take() -> None:
        desk.put(desk.scene.on(scene_of(st.session_state[key])))

    st.selectbox(
        words.label("handout", "scene"),
        SCENES,
        key=key,
        format_func=lambda name: words.w(f"page.{name}.title"),
        help=words.help("handout", "scene"),
        on_change=take,
    )
    if shows_own_data(handout.scene):
        st.warning(words.w(f"{PAGE}.own_data"), icon=":material/upload_file:")
    default = scene_of(handout.lesson)
    st.caption(_values(handout, list(to_address(handout.scene, default)), words))
    st.page_link(
        PAGES / f"{handout.lesson}.py",
        label=words.w(f"{PAGE}.change_values", lesson=words.w(f"page.{handout.lesson}.title")),
        icon=":material/tune:",
        query_params=named(handout.scene, default),
    )


def _values(handout: Handout, paths: Sequence[str], words: Words) -> str:
    """Say what differs from the page's own values."""
    if not paths:
        return words.w(f"{PAGE}.values.default")
    said = [
        f"{knobs.label(handout.scene, path, words)}: {knobs.value(handout.scene, path, words)}"
        for path in paths[:MOST_VALUES]
    ]
    more = words.w(f"{PAGE}.values.more", count=len(paths) - MOST_VALUES) if len(paths) > MOST_VALUES else ""
    return plain(words.w(f"{PAGE}.values.changed", values="; ".join(said)) + more)


# ------------------------------------------------------------------------------------------------------------ parts


def _knobs(desk: Teach, words: Words) -> None:
    handout = desk.scene
    named = {path: knobs.label(handout.scene, path, words) for path in handout.turnable}
    for name, other in (("free", "locked"), ("locked", "free")):
        taken = getattr(handout, other)
        _several(desk, words, name, [path for path in named if path not in taken], named.__getitem__, MOST_KNOBS)


def _exercises(desk: Teach, words: Words) -> None:
    own = of_lesson(desk.scene.lesson)
    ids = [one.id for one in (*own, *(one for one in EXERCISES if one not in own))]
    lessons = {one.id: words.w(f"page.{one.lesson}.title") for one in EXERCISES}

    def name(id: str) -> str:
        return f"{lessons[id]}: {words.w(f'exercise.{id}.name')}"

    _several(desk, words, "exercises", ids, name, MOST_EXERCISES)


def _several(
    desk: Teach, words: Words, name: str, options: Sequence[str], said: Callable[[str], str], most: int
) -> None:
    """Draw a choice of several that keeps the order in which they were chosen."""
    key = f"teach {name} {words.language} {desk.scene.lesson}"
    chosen = [one.partition("@")[0] for one in getattr(desk.scene, name)]
    st.session_state[key] = [one for one in chosen if one in options]

    def take() -> None:
        desk.put(desk.scene.but(**{name: tuple(st.session_state[key])}))

    st.multiselect(
        words.label("handout", name),
        options,
        key=key,
        format_func=said,
        help=words.help("handout", name),
        max_selections=most,
        placeholder=words.w(f"{PAGE}.none.{name}"),
        on_change=take,
    )


def _switch(desk: Teach, words: Words) -> None:
    key = "teach explained"
    st.session_state[key] = desk.scene.explained

    def take() -> None:
        desk.put(desk.scene.but(explained=st.session_state[key]))

    st.toggle(words.label("handout", "explained"), key=key, help=words.help("handout", "explained"), on_change=take)


def _sheet(desk: Teach, words: Words, language: str) -> None:
    _text(st.text_input, desk, words, language, "title", LONGEST_TITLE)
    _text(st.text_area, desk, words, language, "text", LONGEST_TEXT, height=150)


def _text(
    draw: Callable[..., Any], desk: Teach, words: Words, language: str, name: str, most: int, **look: int
) -> None:
    """Draw a field for what is said; a character that no text may hold counts as a space."""
    key = f"teach {name} {language} {words.language}"
    st.session_state[key] = getattr(getattr(desk.scene, language), name)

    def take() -> None:
        kept = "".join(
            c if c >= " " and c != "\x7f" or c == "\n" and name == "text" else " " for c in st.session_state[key]
        )
        sheet: Sheet = getattr(desk.scene, language)
        desk.put(desk.scene.but(**{language: sheet.but(**{name: kept})}))

    help = words.help("sheet", name)
    draw(words.label("sheet", name), key=key, max_chars=most, help=help, on_change=take, **look)
