"""The exercises of a lesson that is handed out, one open at a time, below its picture."""

import streamlit as st

from lrviz.exercises import BY_ID
from lrviz.handout.pins import Task, task
from lrviz.text import Words
from lrviz.ui import frame, lesson, progress
from lrviz.ui.exercises import page
from lrviz.ui.handed import handed_here
from lrviz.ui.handout import sheet

PAGE = "page.teach"


def below() -> None:
    """Draw the tasks that were handed out, where there are any."""
    handout, words = handed_here(), frame.words()
    if handout is None or not handout.exercises:
        return
    tasks = [task(pinned) for pinned in handout.exercises]
    with st.container(border=True, key="tasks"):
        progress.kept(words)
        open_ = _choose(tasks, words)
        sheet.drifted(open_, handout, words)
        if open_.state != "gone":
            page.show(BY_ID[open_.id], words)


def _choose(tasks: list[Task], words: Words) -> Task:
    """Offer the tasks by their numbers, each with its mark; the session remembers which is open."""
    ids = [one.id for one in tasks]

    def said(id: str) -> str:
        return f"{lesson.mark_icon(id)} {words.w(f'{PAGE}.task.number', index=ids.index(id) + 1)}"

    return tasks[ids.index(lesson.chosen("task", ids, words, words.w(f"{PAGE}.task.title"), said, "visible"))]
