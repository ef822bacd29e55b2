"""The parts every lesson's page is put together from: what the link got wrong, presets, a row of tabs, prose."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrviz.exercises import of_lesson
from lrviz.spec import Spec
from lrviz.text import Words, prose
from lrviz.ui import presenter, progress
from lrviz.ui.handed import handed_here
from lrviz.ui.handout import knobs
from lrviz.ui.handout.examples import offered
from lrviz.ui.markdown import plain
from lrviz.ui.mode import bare, mode, on_phone
from lrviz.ui.pages import PAGES
from lrviz.ui.permalink import Desk, touch
from lrviz.ui.problems import sentence, used_instead

Option = TypeVar("Option", bound=str)
MOST_PROBLEMS = 8
DRAWN = "parts drawn"


@dataclass(frozen=True)
class Places:
    """Where the parts of a lesson go: the row of choices, knob and picture, notes, what is beside and below."""

    controls: DeltaGenerator
    picture: DeltaGenerator
    notes: DeltaGenerator
    side: DeltaGenerator
    below: DeltaGenerator
    chart_height: int
    knob_first: bool


def places() -> Places:
    """Lay a lesson out: on a phone the picture comes first and its knob right under it, within the thumb's reach."""
    if mode() == "present":
        return _projected()
    if mode() == "worksheet":
        return _printed()
    if on_phone():
        picture, controls, notes, side, below = (st.container() for _ in range(5))
        return Places(controls, picture, notes, side, below, chart_height=360, knob_first=False)
    controls = st.container()
    wide, side = st.columns([3, 1.25], gap="medium")
    with wide:  # each has a place of its own: what comes and goes in one must not make the next one start over
        picture, notes, below = st.container(), st.container(), st.container()
    return Places(controls, picture, notes, side, below, chart_height=490, knob_first=True)


def _projected() -> Places:
    """Lay a lesson out for a projector: picture and knob alone; what a page draws elsewhere, it draws out of sight."""
    controls = st.container()
    picture = st.container(key="projected").container(key="enlarged")
    away = st.container(key="out of sight")
    return Places(controls, picture, away, away, away, chart_height=440, knob_first=not on_phone())


def _printed() -> Places:
    """Lay a lesson out for paper: its picture alone."""
    picture, away = st.container(key="printed"), st.container(key="out of sight")
    return Places(away, picture, away, away, away, chart_height=350, knob_first=True)


def live(place: Places, knob: Callable[[], None], picture: Callable[[], None], *more: Callable[[], None]) -> None:
    """Draw the headline knob and what answers it as one part, so that a turn is one short run of these alone."""

    def draw() -> None:
        beneath = () if bare() else more
        above = () if mode() == "worksheet" else (knob,)
        for each in (*above, picture, *beneath) if place.knob_first else (picture, *above, *beneath):
            each()

    with place.picture:
        part("picture", draw)


def part(name: str, draw: Callable[[], None]) -> None:
    """Draw a part of the page that a turning knob can have drawn again by itself, without the rest.

    Of a lesson that is handed out the form is what the teacher left to turn, and the parts before it answer.
    """
    drawn: list[str] = [] if name == "picture" else st.session_state.get(DRAWN, [])
    st.session_state[DRAWN] = [*dict.fromkeys([*drawn, name])]  # a page without a picture begins no new list
    if bare() and name != "picture":
        draw = _nothing
    elif name == "form" and handed_here():
        draw = partial(knobs.left, tuple(drawn))
    st.fragment(draw, key=name)()


def _nothing() -> None:
    """Draw nothing: a part that is out of sight can still be named."""


def own(draw: Callable[[], None]) -> None:
    """Draw what a lesson that is handed out leaves out, and one that is projected."""
    if handed_here() is None and not bare():
        draw()


def broken_link(desk: Desk[Any], words: Words) -> None:
    """Say, one sentence a part, what in the address could not be used and what is shown instead."""
    lines = [_line(desk, words, problem) for problem in desk.problems[:MOST_PROBLEMS]]
    if len(desk.problems) > MOST_PROBLEMS:
        lines.append(words.w("problem.more", count=len(desk.problems) - MOST_PROBLEMS))
    # A place of its own, so that the page below stays what it is when the warning goes.
    with st.container():
        if lines:
            said = "\n".join([words.w("problem.heading"), "", *(f"- {line}" for line in lines)])
            st.warning(said, icon=":material/link_off:")


def _line(desk: Desk[Any], words: Words, problem: Any) -> str:
    said, used = sentence(words, problem, desk.scene), used_instead(words, problem, desk.scene)
    return plain(words.w("problem.shown", sentence=said, used=used) if used else said)


def presets(desk: Desk[Any], words: Words, scenes: Mapping[str, Spec]) -> None:
    """Offer the worked examples, one click each; the one that is open is lit.

    Of a lesson that is handed out those are offered that change nothing the teacher locked, and need no file.
    """
    if not (scenes := offered(desk, scenes)):
        return
    key = f"{desk.lesson} preset {words.language}"
    st.session_state[key] = next((name for name, scene in scenes.items() if scene == desk.scene), None)

    def take() -> None:
        if (name := st.session_state[key]) is not None:
            desk.put(scenes[name])

    st.pills(
        words.w(f"page.{desk.lesson}.preset.title"),
        scenes,
        key=key,
        format_func=lambda name: words.w(f"page.{desk.lesson}.preset.{name}.name"),
        on_change=take,
        label_visibility="collapsed",
        wrap=False,
    )


def choices(
    desk: Desk[Any],
    words: Words,
    scenes: Mapping[str, Spec],
    view: Callable[[], None] | None = None,
    wide: float = 1.6,
) -> None:
    """Show one row: how to look (where there is more than one way), the worked examples, and the way back.

    `wide` is the width of the ways to look, where the worked examples have 7; the way back always has its words' room.
    Where only picture and knob are to be seen, the worked examples are the slides.
    """
    if mode() == "present":
        presenter.show(desk, words, scenes)
    if bare():
        return
    view = None if desk.handout else view  # of a lesson that is handed out, its form has what may be chosen
    room = [wide, 7.0] if view else [8.6]
    *ways, examples, back = st.columns([*room, 0.9 / 8.6 * sum(room)], vertical_alignment="center")
    if view:
        with ways[0]:
            view()
    with examples:
        presets(desk, words, scenes)
    with back:
        undo(desk, words)
    if desk.handout is None:
        st.caption(story(desk, words, scenes) or words.w("frame.own_settings"))  # always a line: nothing jumps


def story(desk: Desk[Any], words: Words, scenes: Mapping[str, Spec]) -> str:
    """Return the sentence that goes with the preset that is open, or nothing."""
    name = next((name for name, scene in scenes.items() if scene == desk.scene), None)
    return words.w(f"page.{desk.lesson}.preset.{name}.story") if name else ""


def tabs(lesson: str, words: Words, bodies: Mapping[str, Callable[[], None]]) -> None:
    """Show a row of choices and only the chosen one's body; what is hidden is not computed.

    In a lesson that is handed out they wait under a lid, or are left out; in one that is projected they are left out.
    """
    if bare():
        return
    if (handout := handed_here()) is None:
        _open_tab(lesson, words, bodies)
    elif handout.explained:
        lid = st.expander(words.w("page.teach.explanations"), icon=":material/school:", key="lid", on_change="rerun")
        with lid:
            if lid.open:
                _open_tab(lesson, words, bodies)


def _open_tab(lesson: str, words: Words, bodies: Mapping[str, Callable[[], None]]) -> None:
    chosen = remembered(f"{lesson} tab", tuple(bodies), words, f"page.{lesson}.tab")
    bodies[chosen]()
    if chosen == "try":
        exercises(lesson, words)


def exercises(lesson: str, words: Words) -> None:
    """Lead to the exercises of a lesson, each with the mark it has by now."""
    found = of_lesson(lesson)
    if not found:
        return
    st.markdown(f"**{words.w('page.exercises.of_lesson')}**")
    progress.kept(words)
    with st.container(horizontal=True, gap="small", key="exercises of a lesson"):
        for one in found:
            label, icon = words.w(f"exercise.{one.id}.name"), mark_icon(one.id)
            st.page_link(PAGES / "exercises.py", label=label, icon=icon, query_params={"exercise": one.id})


def mark_icon(id: str) -> str:
    """Return the icon of an exercise's mark, or of having none."""
    icons = {"solved": ":material/check_circle:", "shown": ":material/visibility:"}
    return icons.get(progress.held().get(id, ""), ":material/radio_button_unchecked:")


def remembered(name: str, options: Sequence[Option], words: Words, group: str) -> Option:
    """Offer a choice that the session remembers through a change of language, in the words of `group`."""
    return chosen(name, options, words, words.w(f"{group}.title"), lambda option: words.w(f"{group}.{option}"))


def chosen(
    name: str,
    options: Sequence[Option],
    words: Words,
    title: str,
    said: Callable[[Option], str],
    label_visibility: Literal["visible", "collapsed"] = "collapsed",
) -> Option:
    """Offer such a choice under a title, each option as it is `said`."""
    key = f"{name} {words.language}"
    now = st.session_state.get(name)
    st.session_state[key] = now if now in options else options[0]

    def take() -> None:
        touch()
        st.session_state[name] = st.session_state[key]

    found = st.segmented_control(
        title,
        options,
        key=key,
        required=True,
        format_func=said,
        label_visibility=label_visibility,
        on_change=take,
    )
    return found or options[0]


def distinct(wanted: Sequence[str]) -> list[str]:
    """Return names that can be told apart: those that stand more than once are numbered, and none takes another's."""
    found: list[str] = []
    for name in wanted:
        tries = (f"{name} {i}" for i in count(1)) if wanted.count(name) > 1 else iter([name])
        found.append(next(text for text in tries if text not in found and (text == name or text not in wanted)))
    return found


def text(words: Words, lesson: str, sections: Iterable[str]) -> None:
    """Show sections of a lesson's prose side by side."""
    found = [prose(words.language, lesson)[name] for name in sections]
    for column, body in zip(st.columns(len(found), gap="large"), found, strict=True):
        column.markdown(body)


def undo(desk: Desk[Any], words: Words) -> None:
    """Offer to take the last change back."""
    st.button(
        words.w("frame.undo"),
        key=f"{desk.lesson} undo",
        icon=":material/undo:",
        type="tertiary",
        disabled=not desk.can_undo,
        on_click=desk.undo,
    )


def readouts(shown: Mapping[str, str]) -> None:
    """Show numbers under one another, each behind its name."""
    with st.container(border=True, gap="small"):
        st.markdown("  \n".join(f"{plain(name)} **{plain(value)}**" for name, value in shown.items()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a small table of plain text."""
    lines = [head, ["---"] * len(head), *rows]
    st.markdown("\n".join(f"| {' | '.join(plain(cell) for cell in line)} |" for line in lines))
