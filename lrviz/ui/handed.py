"""The lesson that a teacher handed out, where the address holds one."""

from dataclasses import dataclass, field

import streamlit as st

from lrviz.handout import Handout
from lrviz.handout.link import Unreadable, unpacked
from lrviz.spec import Problem

HANDOUT = "handout"
READ = "handout read"


@dataclass(frozen=True)
class Read:
    """What came of reading a handout's part of an address: the handout, or the code that says why there is none."""

    text: str
    handout: Handout | None = None
    problems: list[Problem] = field(default_factory=list)
    code: str = ""


def read() -> Read:
    """Return what the address hands out; it is read once."""
    text = handed_text()
    known = st.session_state.get(READ)
    if known is None or known.text != text:
        known = st.session_state[READ] = _read(text)
    return known


def _read(text: str) -> Read:
    if not text:
        return Read(text)
    try:
        handout, problems = unpacked(text)
    except Unreadable as error:
        return Read(text, code=error.code)
    return Read(text, handout, problems)


def handed_text() -> str:
    """Return the part of the address that is a handout, "" where there is none."""
    return st.query_params.get(HANDOUT) or ""


def handed(lesson: str) -> Handout | None:
    """Return what was handed out, where it is of this lesson."""
    found = read().handout
    return found if found and found.lesson == lesson else None


def handed_here() -> Handout | None:
    """Return what was handed out, where it is of the page that runs."""
    return handed(st.session_state.get("page", ""))
