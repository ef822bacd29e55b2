"""What a teacher says at the head of a lesson that is handed out, and what about its link could not be used."""

from typing import Any

import streamlit as st

import lrviz
from lrviz.handout import Handout, scene_of
from lrviz.handout.pins import Task
from lrviz.spec import to_address
from lrviz.text import Words
from lrviz.ui import handed
from lrviz.ui.markdown import paragraphs, plain
from lrviz.ui.permalink import REFUSED, Desk, without_handout
from lrviz.ui.problems import sentence

PAGE = "page.teach"
MOST_PROBLEMS = 3


def title(lesson: str, words: Words) -> str:
    """Return the teacher's title, "" where there is none."""
    handout = handed.handed(lesson)
    return plain(handout.sheet(words.language).title) if handout else ""


def text(lesson: str, words: Words) -> str:
    """Return the teacher's text as Markdown, "" where there is none."""
    handout = handed.handed(lesson)
    return paragraphs(handout.sheet(words.language).text) if handout else ""


def notices(words: Words) -> None:
    """Say, a sentence each, why a link hands nothing out, or what of it could not be used."""
    read = handed.read()
    lines = [words.w(f"{PAGE}.link.{read.code}")] if read.code else []
    if read.handout:
        lines += [sentence(words, problem, read.handout) for problem in read.problems[:MOST_PROBLEMS]]
    if read.handout and handed.handed_here() is None:
        name = words.w(f"page.{read.handout.lesson}.title")
        lines = [words.w(f"{PAGE}.link.elsewhere", lesson=name)]
    for line in lines:
        st.warning(plain(line), icon=":material/link_off:")
    if st.session_state.pop(REFUSED, False):
        st.toast(words.w(f"{PAGE}.locked"), icon=":material/lock:")


def drifted(one: Task, handout: Handout, words: Words) -> None:
    """Say that an exercise has changed since the lesson was made, or that there is none of its name any more."""
    said = ""
    if one.state == "gone":
        said = words.w(f"{PAGE}.task.gone", id=one.id)
    elif one.state == "changed":
        name = words.w(f"exercise.{one.id}.name")
        said = words.w(f"{PAGE}.task.changed", name=name, version=handout.made_with)
    if said:
        st.warning(plain(said), icon=":material/history:")


def origin(handout: Handout, words: Words) -> None:
    """Say that a teacher chose what is seen, and lead to the whole page with the same values."""

    def leave() -> None:
        scene = _desk(handout).settled
        without_handout(to_address(scene, scene_of(handout.lesson)))
        _desk(handout).put(scene)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(words.w(f"{PAGE}.origin", version=handout.made_with or lrviz.__version__), width="content")
        label = words.w(f"{PAGE}.leave")
        st.button(label, key="leave handout", icon=":material/open_in_full:", type="tertiary", on_click=leave)


def _desk(handout: Handout) -> Desk[Any]:
    """Return the desk of a handout's page, as long as the address hands it out, and then the page's own."""
    return Desk(handout.lesson, scene_of(handout.lesson))
