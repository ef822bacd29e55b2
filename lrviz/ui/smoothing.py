"""What the three views of the Smoothing page share: the knob, numbers in words, the check, the tabs."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.smoothing import average_code
from lrviz.smoothing.averages import Array, Start, window
from lrviz.spec import Knob
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.ask import proof
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Mark
from lrviz.ui.markdown import plain

PAGE = "page.smoothing"
MOST_ROWS = 12
SMALL = r"\small "
MARKS = (0.5, 0.75, 0.9)
LONG = Knob(0, 0.999)
"""The knob's range where there are many points."""


# ---------------------------------------------------------------------------------------------------- the knob


def view(form: Form) -> None:
    """Offer the three ways to look: one average, what it costs, where training uses it."""
    form.at("view", quiet=True)


def headline(form: Form, unit: str = "step", *, far: bool = False) -> None:
    """Draw the knob of beta, ruled by how many days, points or steps it remembers; `far` up to a thousand of them."""
    marks = [Mark(beta, counted(window(beta), unit, form.words)) for beta in MARKS]
    form.at("beta", headline=True, look=Look(span=LONG if far else None, marks=marks))


def counted(count: float, unit: str, words: Words) -> str:
    """Say how many days, points or steps."""
    return words.w(f"{PAGE}.unit.{unit}", count=number(count, 3))


def percent(share: float) -> str:
    """Write a share for reading."""
    return f"{number(100 * share, 2)} %"


def readouts(shown: Mapping[str, str]) -> str:
    """Return numbers in one line of Markdown, each behind its name."""
    return " · ".join(f"{plain(name)} **{plain(value)}**" for name, value in shown.items())


def note(said: str) -> None:
    """Say one such thing."""
    st.caption(f":material/lightbulb: {plain(said)}")


def proved(asked: Mapping[str, str], words: Words) -> None:
    """Have a worker compare with PyTorch, and say what it found in a line."""
    proof(asked, words, "smoothing check", "smoothing")


def question(values: Array, beta: float, start: Start) -> dict[str, str]:
    """Write an average of values as the question that the check answers."""
    written = ",".join(map(repr, values.tolist()))
    return {"question": "smoothing", "beta": repr(beta), "start": start, "values": written}


# ------------------------------------------------------------------------------------------------------- tabs


def code(values: Array, beta: float, start: Start, words: Words) -> None:
    """Show an average of values as a complete PyTorch program."""
    written = average_code(values, beta, start, lambda key: words.w(f"export_note.{key}"))
    st.code(written, language="python")


def behind(words: Words, why: str, program: Callable[[], None], data: Callable[[], None]) -> None:
    """Offer the four tabs of every view: its own why, code and data."""
    lesson.tabs(
        "smoothing",
        words,
        {
            "why": lambda: lesson.text(words, "smoothing", (why,)),
            "try": lambda: lesson.text(words, "smoothing", ("try",)),
            "code": program,
            "data": data,
        },
    )


def shown(names: list[str], columns: Array, words: Words) -> None:
    """Offer a table as CSV, columns (N, T) under their names, and show its first and last rows."""
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first="t"),
        file_name="lrviz-smoothing.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="smoothing csv",
    )
    count = columns.shape[1]
    ends = np.r_[: min(MOST_ROWS // 2, count), max(0, count - MOST_ROWS // 2) : count]
    lesson.table(names, [[repr(float(v)) for v in columns[:, t]] for t in np.unique(ends)])
