"""The exercises of a lesson that is handed out, one open at a time, below its picture."""

import streamlit as st

from lrviz.exercises import BY_ID
from lrviz.handout.pins import Task, task
from lrviz.text import Words
from lrviz.ui import frame, lesson, progress
from lrviz.ui.exercises import page
from lrviz.ui.handed import handed_here
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import touch

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
        if open_.state == "gone":
            st.warning(plain(words.w(f"{PAGE}.task.gone", id=open_.id)), icon=":material/history:")
            return
        if open_.state == "changed":
            name = words.w(f"exercise.{open_.id}.name")
            said = words.w(f"{PAGE}.task.changed", name=name, version=handout.made_with)
            st.warning(plain(said), icon=":material/history:")
        page.show(BY_ID[open_.id], words)


def _choose(tasks: list[Task], words: Words) -> Task:
    """Offer the tasks by their numbers, each with its mark; the session remembers which is open."""
    ids, kept, key = [one.id for one in tasks], "task open", f"task {words.language}"
    now = st.session_state.get(kept)
    st.session_state[key] = now if now in ids else ids[0]

    def take() -> None:
        touch()
        st.session_state[kept] = st.session_state[key]

    chosen = st.segmented_control(
        words.w(f"{PAGE}.task.title"),
        ids,
        key=key,
        required=True,
        format_func=lambda id: f"{lesson.mark_icon(id)} {words.w(f'{PAGE}.task.number', index=ids.index(id) + 1)}",
        on_change=take,
    )
    return tasks[ids.index(chosen)] if chosen in ids else tasks[0]
