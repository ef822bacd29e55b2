"""The list of exercises with what is done of it, and the one that is open: predict, run, explain."""

from typing import Any

import streamlit as st

from lrviz.exercises import BY_ID, EXERCISES, of_lesson
from lrviz.exercises.forms import Bug, Draw, Exercise
from lrviz.exercises.scene import ExercisesScene
from lrviz.spec import kind_of, to_address
from lrviz.text import Words
from lrviz.ui import lesson, progress
from lrviz.ui.exercises import answers, pictures
from lrviz.ui.exercises.sitting import over, sitting
from lrviz.ui.frame import ENTRIES
from lrviz.ui.markdown import plain
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk

PAGE = "page.exercises"
LESSONS = tuple(entry for entry in ENTRIES if of_lesson(entry.name))


def done(words: Words) -> None:
    """Say how much is solved, and offer to take it along."""
    marks = progress.held()
    solved = sum(mark == "solved" for mark in marks.values())
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(words.w(f"{PAGE}.done", solved=solved, count=len(EXERCISES)), width="content")
        progress.as_file(words)
    progress.kept(words, told=True)


def choose(desk: Desk[ExercisesScene], words: Words) -> None:
    """List the exercises by lesson, each with its mark; on a phone they open in one list."""
    if lesson.on_phone():
        _in_one_list(desk, words)
        return
    here = BY_ID[desk.scene.exercise].lesson
    with st.container(gap="xsmall"):
        for entry in LESSONS:
            found = of_lesson(entry.name)
            solved = sum(progress.held().get(one.id) == "solved" for one in found)
            said = words.w(
                f"{PAGE}.in_lesson", lesson=words.w(f"page.{entry.name}.title"), solved=solved, count=len(found)
            )
            with st.expander(said, icon=entry.icon, expanded=entry.name == here), st.container(gap="xxsmall"):
                for exercise in found:
                    _entry(desk, exercise, words)


def _entry(desk: Desk[ExercisesScene], exercise: Exercise[Any], words: Words) -> None:
    is_open, mark = exercise.id == desk.scene.exercise, progress.held().get(exercise.id)
    st.button(
        words.w(f"exercise.{exercise.id}.name"),
        key=f"exercise open {exercise.id}",
        icon=lesson.mark_icon(exercise.id),
        type="secondary" if is_open else "tertiary",
        help=words.w(f"{PAGE}.mark.{mark}") if mark else None,
        on_click=_open,
        args=(desk, exercise.id),
    )


def _open(desk: Desk[ExercisesScene], id: str) -> None:
    desk.put(desk.scene.but(exercise=id))


def _in_one_list(desk: Desk[ExercisesScene], words: Words) -> None:
    key = f"exercise list {words.language}"
    st.session_state[key] = desk.scene.exercise
    marks = {"solved": "✓ ", "shown": "· "}

    def name(id: str) -> str:
        said = f"{words.w(f'page.{BY_ID[id].lesson}.title')}: {words.w(f'exercise.{id}.name')}"
        return f"{marks.get(progress.held().get(id, ''), '')}{said}"

    def take() -> None:
        _open(desk, st.session_state[key])

    options = [one.id for one in EXERCISES]
    st.selectbox(words.w(f"{PAGE}.choose"), options, key=key, format_func=name, on_change=take)


# ------------------------------------------------------------------------------------------------------ the open one


def show(exercise: Exercise[Any], words: Words) -> None:
    """Draw the open exercise: what is asked, the answer beside what is said of it, the picture, the explanation."""
    _head(exercise, words)
    st.markdown(words.w(f"exercise.{exercise.id}.question", **exercise.told))
    beside = isinstance(exercise, Draw) and not over(exercise)  # what is drawn belongs beside what is wanted
    answer, said = st.columns([1, 1.15], gap="medium")
    with answer:
        answers.show(exercise, words)
    with said:
        _said(exercise, words)
        answers.wait(exercise, words)
    with said if beside else st.container():
        pictures.show(exercise, words, 380 if beside else pictures.HEIGHT)
    if over(exercise):
        _explained(exercise, words)


def _head(exercise: Exercise[Any], words: Words) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(words.w(f"exercise.{exercise.id}.name"), anchor=False, width="content")
        st.badge(words.w(f"{PAGE}.form.{exercise.form}"), color="gray")
        if mark := progress.held().get(exercise.id):
            st.badge(words.w(f"{PAGE}.mark.{mark}"), icon=lesson.mark_icon(exercise.id), color="blue")


def _said(exercise: Exercise[Any], words: Words) -> None:
    """Say what is right or wrong about what was run, with the hint of the mistake that was made."""
    now = sitting(exercise)
    if now.broke:
        st.warning(words.w(f"{PAGE}.broke.{now.broke}"), icon=":material/error:")
    if now.shown:
        st.info(words.w(f"{PAGE}.verdict.shown"), icon=":material/visibility:")
    elif now.verdict is not None:
        said = plain(hint(exercise, now.verdict.code, now.verdict.values, now.ran, words))
        if now.found:
            st.success(said, icon=":material/check_circle:")
        else:
            st.info(said, icon=":material/lightbulb:")
    elif not now.waits:
        st.caption(words.w(f"{PAGE}.predict.{exercise.form}"))


def hint(exercise: Exercise[Any], code: str, values: Any, given: Any, words: Words) -> str:
    """Return the sentence for a verdict: the exercise's own, else the one that all share."""
    filled = dict(exercise.told) | dict(values) | dict(answers.answer_words(exercise, given, words))
    if words.has(f"exercise.{exercise.id}.hint.{code}"):
        return words.w(f"exercise.{exercise.id}.hint.{code}", **filled)
    return words.w(f"{PAGE}.verdict.{code}", **filled)


def way(exercise: Exercise[Any]) -> dict[str, str] | None:
    """Return the address at which the lesson shows the exercise's scene; None where the scene is another lesson's."""
    scene = exercise.scene
    return (to_address(scene, type(scene)()) or None) if kind_of(scene) == exercise.lesson else None


def _explained(exercise: Exercise[Any], words: Words) -> None:
    """Work the solution out, and lead to the lesson."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{words.w(f'{PAGE}.explained')}**")
        st.markdown(words.w(f"exercise.{exercise.id}.solution", **exercise.told))
        if isinstance(exercise, Bug):
            st.code(exercise.fix, language="python")
        entry = next(entry for entry in ENTRIES if entry.name == exercise.lesson)
        label = words.w(f"{PAGE}.to_lesson", lesson=words.w(f"page.{entry.name}.title"))
        st.page_link(PAGES / f"{entry.name}.py", label=label, icon=entry.icon, query_params=way(exercise))
