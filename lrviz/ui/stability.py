"""The pieces of the Stability page that its four views share: the switch between them, the check, the tabs."""

from types import ModuleType

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.stability import stability_code
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.train.stability import PRESETS, VIEWS, StabilityScene, View
from lrviz.ui import boundary, catapult, edge, landscape, lesson
from lrviz.ui.ask import proof
from lrviz.ui.mode import bare
from lrviz.ui.permalink import Desk

PAGE = "page.stability"
MOST_ROWS = 15
WAYS: dict[View, ModuleType] = {"edge": edge, "catapult": catapult, "boundary": boundary, "landscape": landscape}
"""The four ways of looking: each has headline, show, said, numbers, controls and columns."""
Stability = Desk[StabilityScene]


def way(desk: Stability) -> ModuleType:
    """Return the module of the view that is open."""
    return WAYS[desk.scene.view]


def presets(desk: Stability) -> dict[str, StabilityScene]:
    """Return the worked examples of the view that is open; as slides, those of all views."""
    return {name: scene for name, scene in PRESETS.items() if bare() or scene.view == desk.scene.view}


def switch(desk: Stability, words: Words) -> None:
    """Draw the switch between the views; each is found again as it was left."""
    key = f"stability view {words.language}"
    st.session_state[key] = desk.scene.view

    def take() -> None:
        desk.put(desk.scene.but(view=st.session_state[key]))
        st.rerun()

    st.segmented_control(
        words.label("stability", "view"),
        VIEWS,
        key=key,
        required=True,
        format_func=lambda view: words.option("stability", "view", view),
        label_visibility="collapsed",
        on_change=take,
    )


def check(desk: Stability, words: Words) -> None:
    """Have what is shown recomputed with torch itself, in a worker, after the picture."""
    asked = desk.settled
    address = {"question": "stability"} | to_address(asked, StabilityScene())
    proof(address, words, f"stability check {asked.view}", "stability")


def tabs(desk: Stability, words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "stability",
        words,
        {
            "why": lambda: lesson.text(words, "stability", ("why",)),
            "view": lambda: lesson.text(words, "stability", (desk.scene.view,)),
            "try": lambda: lesson.text(words, "stability", ("try",)),
            "code": lambda: _code(desk.scene, words),
            "data": lambda: _data(desk, words),
        },
    )


def _code(scene: StabilityScene, words: Words) -> None:
    st.code(stability_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(desk: Stability, words: Words) -> None:
    """Offer what the picture is drawn from as CSV, and show some of it."""
    found = way(desk).columns(desk, words)
    if found is None:
        st.caption(words.w(f"{PAGE}.waiting"))
        return
    names, columns = found
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(names, columns, first="row"),
        file_name=f"lrviz-{desk.scene.view}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="stability csv",
    )
    some = np.unique(np.linspace(0, columns.shape[1] - 1, MOST_ROWS).astype(int))
    lesson.table(names, [[number(float(column[i])) for column in columns] for i in some])
