"""What an exercise is answered with: a number, a choice, a place, knobs, a drawing; and the buttons that go with it."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lrviz.exercises.forms import Bug, Choose, Click, Draw, Exercise, Knobs, Number
from lrviz.spec import value_at
from lrviz.text import Words, number
from lrviz.ui.exercises.sitting import again, arrived, change, give_up, mend, over, run, sitting
from lrviz.ui.form import Form, as_text
from lrviz.ui.permalink import Desk, touch

PAGE = "page.exercises"
WRITTEN = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
LONGEST = 40
EVERY = 0.3
"""Seconds between two looks at whether a worker has finished."""


def show(exercise: Exercise[Any], words: Words) -> None:
    """Draw the way to answer, run, give up, or begin anew."""
    if over(exercise):
        _again(exercise, words)
        return
    if sitting(exercise).found:
        _mend(exercise, words)
        return
    ANSWERS[type(exercise)](exercise, words)


def wait(exercise: Exercise[Any], words: Words) -> None:
    """While a worker is at it, say so and look again now and then; when it is done, the page is drawn anew."""
    if not sitting(exercise).waits:
        return

    def look() -> None:
        if arrived(exercise):
            st.rerun()
        st.caption(f":material/hourglass_top: {words.w(f'{PAGE}.working')}")

    st.fragment(look, run_every=EVERY)()


def read_number(text: str) -> float | None:
    """Read a number as a learner writes it, a fraction too; None for anything else."""
    top, slash, below = text.replace(" ", "")[:LONGEST].partition("/")
    parts = [top, below] if slash else [top]
    if not all(WRITTEN.fullmatch(part) for part in parts):
        return None
    values = [float(part.replace(",", ".")) for part in parts]
    found = values[0] / values[1] if slash and values[1] else values[0] if not slash else math.nan
    return found if math.isfinite(found) else None


# ------------------------------------------------------------------------------------------------------- buttons


def _key(exercise: Exercise[Any], name: str, words: Words) -> str:
    return f"exercise {exercise.id} {name} {words.language}"


def _buttons(exercise: Exercise[Any], words: Words, given: Callable[[], Any], *, ready: bool = True) -> None:
    """Draw what runs the answer, and the way out."""

    def go() -> None:
        touch()
        run(exercise, given())

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            words.w(f"{PAGE}.run"),
            key=_key(exercise, "run", words),
            icon=":material/play_arrow:",
            disabled=not ready or sitting(exercise).waits,
            on_click=go,
        )
        _way_out(exercise, words)


def _way_out(exercise: Exercise[Any], words: Words, button: Callable[..., Any] = st.button) -> None:
    def show_it() -> None:
        touch()
        give_up(exercise)

    key = _key(exercise, "give up", words)
    button(words.w(f"{PAGE}.give_up"), key=key, type="tertiary", on_click=show_it)


def _again(exercise: Exercise[Any], words: Words) -> None:
    def anew() -> None:
        touch()
        again(exercise)
        desk(exercise).put(exercise.scene)

    key = _key(exercise, "again", words)
    st.button(words.w(f"{PAGE}.again"), key=key, icon=":material/replay:", on_click=anew)


def _mend(exercise: Exercise[Any], words: Words) -> None:
    def fix() -> None:
        touch()
        mend(exercise)

    st.markdown(words.w(f"{PAGE}.found"))
    label, key = words.w(f"{PAGE}.fix"), _key(exercise, "fix", words)
    st.button(label, key=key, icon=":material/build:", on_click=fix)


# ------------------------------------------------------------------------------------------------------- answers


def _number(exercise: Exercise[Any], words: Words) -> None:
    key, given = _key(exercise, "number", words), sitting(exercise).given
    st.session_state.setdefault(key, "" if given is None else number(given, 12))

    def go() -> None:
        touch()
        run(exercise, read_number(st.session_state[key]))

    with st.form(_key(exercise, "form", words), border=False):
        st.text_input(words.w(f"exercise.{exercise.id}.ask"), key=key)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.form_submit_button(
                words.w(f"{PAGE}.run"),
                key=_key(exercise, "run", words),
                icon=":material/play_arrow:",
                disabled=sitting(exercise).waits,
                on_click=go,
            )
            _way_out(exercise, words, st.form_submit_button)


def _choose(exercise: Exercise[Any], words: Words) -> None:
    assert isinstance(exercise, Choose | Bug)
    options = exercise.suspects if isinstance(exercise, Bug) else exercise.options
    key, given = _key(exercise, "choice", words), sitting(exercise).given
    st.session_state.setdefault(key, given)

    def take() -> None:
        touch()
        change(exercise, given=st.session_state[key])

    st.radio(
        words.w(f"exercise.{exercise.id}.ask"),
        options,
        key=key,
        index=None,
        format_func=lambda option: words.w(f"exercise.{exercise.id}.option.{option}"),
        on_change=take,
    )
    _buttons(exercise, words, lambda: st.session_state[key], ready=sitting(exercise).given is not None)


def _click(exercise: Exercise[Any], words: Words) -> None:
    given = sitting(exercise).given
    if given is None:
        st.markdown(f":material/touch_app: {words.w(f'exercise.{exercise.id}.ask')}")
    else:
        x, y = (number(v, 3) for v in given)
        st.markdown(f":material/place: {words.w(f'{PAGE}.place', x=x, y=y)}")
    _buttons(exercise, words, lambda: sitting(exercise).given, ready=given is not None)


def desk(exercise: Exercise[Any]) -> Desk[Any]:
    """Return the desk of an exercise's own scene, which no address knows."""
    return Desk(f"exercise {exercise.id}", exercise.scene)


def _knobs(exercise: Exercise[Any], words: Words) -> None:
    assert isinstance(exercise, Knobs)
    own = desk(exercise)
    if sitting(exercise).given != own.scene:
        change(exercise, given=own.scene)
    form = Form(own, words)
    for path in exercise.fields:
        form.at(path)
    _buttons(exercise, words, lambda: desk(exercise).scene)


def answer_words(exercise: Exercise[Any], given: Any, words: Words) -> Mapping[str, str]:
    """Return what an answer is called in sentences: a number, an option, a place, the values of the knobs."""
    if isinstance(exercise, Choose | Bug):
        return {"given": words.w(f"exercise.{exercise.id}.option.{given}") if given else ""}
    if isinstance(exercise, Knobs):
        return {"given": as_text(value_at(given, exercise.fields[0]))}
    if isinstance(exercise, Number):
        return {"given": "" if given is None else number(given, 4)}
    return {"given": ""}


ANSWERS: Mapping[type[Exercise[Any]], Callable[[Exercise[Any], Words], None]] = {
    Number: _number,
    Choose: _choose,
    Bug: _choose,
    Click: _click,
    Knobs: _knobs,
    Draw: _knobs,
}
"""How each form is answered."""
