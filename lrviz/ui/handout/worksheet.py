"""A lesson that is handed out as a sheet to print: what is to do, the picture, the tasks, the code that opens it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lrviz.exercises import BY_ID
from lrviz.exercises.forms import Bug, Choose, Exercise
from lrviz.handout import Handout
from lrviz.handout.pins import task
from lrviz.text import Words
from lrviz.ui import mode
from lrviz.ui.handed import handed_here
from lrviz.ui.handout import knobs, sheet
from lrviz.ui.handout.address import address_here, code
from lrviz.ui.markdown import plain
from lrviz.ui.permalink import Desk
from lrviz.ui.scripts import component

PAGE = "page.teach"
SHEET_WIDTH, CODE_WIDTH, WIDE_CODE, LONG_LINK = 688, 150, 210, 900
"""In pixels; and the letters of a link beyond which its code is the wide one, so that a telephone can read it."""
LINE = "\\_" * 24
BOX = "☐"
LONG = 80
"""Letters of all options beyond which each has a line of its own."""

_printer = component("printer")


def head(lesson: str, words: Words) -> None:
    """Draw the way to paper and back, title, text, code and lines for a name and a date; the picture comes below."""
    handout = handed_here()
    with st.container(key="sheet bar", horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.button(words.w(f"{PAGE}.back"), key="sheet back", icon=":material/arrow_back:", on_click=mode.leave)
        with st.container(width="content"):
            _printer(key="printer", data={"key": "printer", "label": words.w(f"{PAGE}.print")})
    drawn = address_here(handout) if handout else ""
    width = WIDE_CODE if len(drawn) > LONG_LINK else CODE_WIDTH
    wide, narrow = st.columns([SHEET_WIDTH - width - 20, width], gap="medium")
    with wide:
        st.title(sheet.title(lesson, words) or words.w(f"page.{lesson}.heading"), anchor=False)
        name, date = (words.w(f"{PAGE}.sheet_{one}") for one in ("name", "date"))
        st.markdown(f"{name} {LINE} &emsp; {date} {LINE[:24]}")
        st.markdown(sheet.text(lesson, words) or words.w(f"page.{lesson}.claim"))
    if handout:
        with narrow:
            _code(drawn, width, words)
    sheet.notices(words)


def foot(words: Words) -> None:
    """Draw the tasks."""
    if (handout := handed_here()) is None:
        return
    st.markdown(_values(handout, words))
    found = [task(pinned) for pinned in handout.exercises]
    known = [one for one in found if one.state != "gone"]
    with st.container(key="sheet tasks", gap="small"):
        for index, one in enumerate(known, 1):
            st.markdown(_asked(index, BY_ID[one.id], words))
    for one in found:
        sheet.drifted(one, handout, words)


def _values(handout: Handout, words: Words) -> str:
    """Write what the knobs that are seen stand at in the picture."""
    scene = Desk(handout.lesson, handout.scene).scene
    found = {knobs.label(scene, path, words): knobs.value(scene, path, words) for path in handout.knobs}
    return " &emsp; ".join(f"{plain(label)}: **{plain(value)}**" for label, value in found.items() if value)


def _asked(index: int, exercise: Exercise[Any], words: Words) -> str:
    """Write a task with room for its answer: boxes to tick, or lines to write on."""
    block = f"exercise.{exercise.id}"
    question = words.w(f"{block}.question", **exercise.told)
    return f"**{index}.** {question}\n\n{_room(block, exercise, words)}"


def _room(block: str, exercise: Exercise[Any], words: Words) -> str:
    options: Sequence[str] = ()
    if isinstance(exercise, Choose | Bug):
        options = exercise.suspects if isinstance(exercise, Bug) else exercise.options
    if options:
        boxes = [f"{BOX} {words.w(f'{block}.option.{option}')}" for option in options]
        return (" &emsp; " if sum(map(len, boxes)) < LONG else "  \n").join(boxes)
    return f"{words.w(f'{PAGE}.answer')} {LINE}{LINE}"


def _code(link: str, width: int, words: Words) -> None:
    if picture := code(link):
        alt = words.w(f"{PAGE}.share.code")
        st.html(f'<img alt="{alt}" src="{picture}" width="{width}" height="{width}">')
        st.caption(words.w(f"{PAGE}.scan"))
