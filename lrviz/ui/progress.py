"""A learner's marks: held by the session, kept by the browser, without an account; taken along as a small file."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lrviz.exercises.progress import MOST_BYTES, Mark, Progress, Unreadable, cleaned, merged, read, written
from lrviz.text import Words
from lrviz.ui.permalink import touch
from lrviz.ui.scripts import component
from lrviz.ui.upload import upload

KEY = "progress"
FILE = "page.exercises.file"
HELD = "progress marks"
FORGET = "progress forget"
ERROR = "progress error"
TAKEN = "progress taken"

_progress = component(KEY)


def held() -> Progress:
    """Return the marks that the session knows of."""
    return st.session_state.get(HELD, {})


def add(marks: Progress) -> None:
    """Take marks up; what is solved stays solved."""
    st.session_state[HELD] = merged(held(), marks)


def mark(id: str, as_: Mark) -> None:
    """Mark one exercise."""
    add({id: as_})


def kept(words: Words, *, told: bool = False) -> None:
    """Have the browser keep the marks, and bring those it kept before; `told` says below whether it does."""
    said = words.group("page.exercises.kept") if told else {}
    data = {"marks": dict(held()), "forget": st.session_state.pop(FORGET, False), "words": said}
    _progress(key=KEY, data=data, on_marks_change=_take)


def _take() -> None:
    """Take up what the browser kept; anything that is no mark of an exercise there is counts as none."""
    touch()
    state = st.session_state.get(KEY)
    sent: Any = state.get("marks") if isinstance(state, Mapping) else None
    add(cleaned(sent))


def _forget() -> None:
    touch()
    st.session_state.update({HELD: {}, FORGET: True})
    st.session_state.pop(TAKEN, None)


# ------------------------------------------------------------------------------------------------------ as a file


def as_file(words: Words) -> None:
    """Offer the marks as a file, take such a file in, and forget them."""
    marks = held()  # whoever saves the file asks for it outside of this session
    with st.popover(words.w(f"{FILE}.title"), icon=":material/save:", key="progress file"):
        st.caption(words.w(f"{FILE}.about"))
        st.download_button(
            words.w(f"{FILE}.save"),
            lambda: written(marks),
            file_name="lrviz-exercises.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="progress save",
            disabled=not marks,
        )
        upload(
            words.w(f"{FILE}.load"),
            key="progress load",
            limit_bytes=MOST_BYTES,
            accept=".json",
            on_file=_load,
            words=words.group("upload") | words.group(f"{FILE}.upload"),
            error=_error(words),
        )
        if (count := st.session_state.get(TAKEN)) is not None:
            st.caption(f":material/check: {words.w(f'{FILE}.taken', count=count)}")
        label = words.w(f"{FILE}.forget")
        st.button(label, key="progress forget all", icon=":material/delete:", disabled=not marks, on_click=_forget)


def _load(_: str, data: bytes) -> None:
    touch()
    st.session_state.pop(ERROR, None)
    st.session_state.pop(TAKEN, None)
    try:
        marks = read(data)
    except Unreadable as error:
        st.session_state[ERROR] = error.code
        return
    add(marks)
    st.session_state[TAKEN] = len(marks)


def _error(words: Words) -> str:
    code = st.session_state.get(ERROR)
    return words.w(f"{FILE}.error.{code}") if code else ""
