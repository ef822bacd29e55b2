"""How a lesson is shown: as usual, projected with its picture and its knob alone, or as a sheet to print."""

from typing import Literal

import streamlit as st

from lrviz.ui.permalink import MODE, touch

Mode = Literal["", "present", "worksheet"]
SLIDES = "slides"
_LESSON = "is a lesson"


def on_phone() -> bool:
    """Say whether the browser calls itself a phone's."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def asked() -> Mode:
    """Return the mode the address asks for; what it can't name is no mode."""
    given = st.query_params.get(MODE)
    return given if given in ("present", "worksheet") else ""


def mode() -> Mode:
    """Return the mode of the page that is open: only a lesson has another one than the usual."""
    return asked() if st.session_state.get(_LESSON) else ""


def bare() -> bool:
    """Say whether nothing of the page is to be seen but its picture and, of a projected one, its knob."""
    return mode() != ""


def begin_page(*, is_lesson: bool) -> None:
    """Say, before a page runs, whether it is a lesson; elsewhere the address loses a mode that can't be had there."""
    st.session_state[_LESSON] = is_lesson
    if asked() and not is_lesson:
        del st.query_params[MODE]
        st.rerun()


def present() -> None:
    """Project the lesson from here on, beginning with the scene as it stands."""
    touch()
    st.session_state.pop(SLIDES, None)
    st.query_params[MODE] = "present"


def leave() -> None:
    """Go back to the usual page, with the scene as it stands."""
    touch()
    st.query_params.pop(MODE, None)


def style() -> str:
    """Return the name of the style sheet of the page as it is shown."""
    return {"": "frame.css", "present": "projected.css", "worksheet": "worksheet.css"}[mode()]
