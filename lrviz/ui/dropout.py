"""The pieces of the Dropout page that are its own: the ways of looking, the gestures, the form, the tabs."""

import numpy as np
import streamlit as st

from lrviz.export import csv
from lrviz.export.dropout import dropout_code
from lrviz.figures.dropout_recipes import recipes_figure
from lrviz.layers.dropout_recipes import RECIPES
from lrviz.layers.dropout_scene import Average, Depth, DropoutScene, Ensemble, Layer
from lrviz.spec import to_address
from lrviz.text import Words, number
from lrviz.ui import lesson
from lrviz.ui.ask import proof
from lrviz.ui.chart import chart
from lrviz.ui.dropout_layer import columns, unit_name
from lrviz.ui.dropout_views import Result, worked
from lrviz.ui.form import Form, Look
from lrviz.ui.knob import Mark
from lrviz.ui.permalink import Desk

PAGE = "page.dropout"
MOST_ROWS = 20


def headline(form: Form) -> None:
    """Draw the knob of p; where one layer is looked at, with a tick where training loses each of its units."""
    result = worked(form.desk.scene)
    marks = _ticks(result) if isinstance(result, Layer) else []
    form.at("p", headline=True, look=Look(marks=marks))


def _ticks(result: Layer) -> list[Mark]:
    return [Mark(float(u), unit_name(i + 1)) for i, u in enumerate(result.uniforms)]


# ----------------------------------------------------------------------------------------------------- gestures


def gestures(desk: Desk[DropoutScene], words: Words) -> None:
    """Offer another mask, and what the way of looking can switch."""
    scene = desk.scene

    def redraw() -> None:
        desk.put(desk.scene.redrawn)
        st.rerun()

    idle = scene.view == "layer" and scene.mode == "eval"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            words.w(f"{PAGE}.redraw.label"),
            key="dropout redraw",
            icon=":material/casino:",
            disabled=idle or desk.is_locked("seed"),
            help=words.w(f"{PAGE}.redraw.{'idle' if idle else 'help'}"),
            on_click=redraw,
        )
        if scene.view == "layer":
            switch(desk, words, "mode")
        if scene.view == "average" and not desk.handout:
            st.markdown(words.label("dropout", "scaling"), width="content")
            switch(desk, words, "scaling")


def switch(desk: Desk[DropoutScene], words: Words, name: str) -> None:
    """Draw a choice side by side, without its label."""
    if desk.handout:  # there it is one of the form's knobs, or none
        return
    key = f"dropout {name} {words.language}"
    st.session_state[key] = getattr(desk.scene, name)
    options = {"view": ("layer", "average", "depth", "networks"), "mode": ("train", "eval")}
    options["scaling"] = ("training", "evaluation", "never")

    def take() -> None:
        desk.put(desk.scene.but(**{name: st.session_state[key]}))
        st.rerun()

    st.segmented_control(
        words.label("dropout", name),
        options[name],
        key=key,
        required=True,
        format_func=lambda option: words.option("dropout", name, option),
        label_visibility="collapsed",
        on_change=take,
    )


# --------------------------------------------------------------------------------------------------------- form

FIELDS = {
    "layer": ("values", "scaling", "seed"),
    "average": ("masks", "values", "seed"),
    "depth": ("depth", "seed"),
    "networks": ("hidden", "activation", "output", "weights", "seed"),
}
"""What each way of looking can be given besides p; nothing is drawn that would change nothing."""


def controls(form: Form) -> None:
    """Draw the fields of the way of looking."""
    with st.container(border=True, gap="small"):
        st.caption(form.words.w(f"{PAGE}.form.{form.desk.scene.view}"))
        for name in FIELDS[form.desk.scene.view]:
            form.at(name)


def check(scene: DropoutScene, words: Words) -> None:
    """Have it recomputed with PyTorch's own dropout, in a worker, after the picture."""
    asked = scene.but(unit=DropoutScene().unit, mode=DropoutScene().mode)
    proof({"question": "dropout"} | to_address(asked, DropoutScene()), words, "dropout check", "dropout")


# --------------------------------------------------------------------------------------------------------- tabs


def tabs(desk: Desk[DropoutScene], words: Words) -> None:
    """Offer what stands behind the picture, one at a time."""
    lesson.tabs(
        "dropout",
        words,
        {
            "why": lambda: lesson.text(words, "dropout", ("why",)),
            "try": lambda: lesson.text(words, "dropout", ("try",)),
            "where": lambda: _where(desk.scene, words),
            "code": lambda: _code(desk.scene, words),
            "data": lambda: _data(worked(desk.scene), words),
        },
    )


def _where(scene: DropoutScene, words: Words) -> None:
    """Say where dropout goes, and draw what published networks drop by depth."""
    names = {one.name: words.w(f"{PAGE}.where.recipe.{one.name}") for one in RECIPES}
    figure = recipes_figure(scene.p, words.group(f"{PAGE}.where"), names)
    chart(figure, key="recipes", alt=words.w(f"{PAGE}.where.alt", p=scene.p), words=words.group("chart"), height=360)
    lesson.text(words, "dropout", ("where",))


def _code(scene: DropoutScene, words: Words) -> None:
    st.code(dropout_code(scene, lambda key: words.w(f"export_note.{key}")), language="python")


def _data(result: Result, words: Words) -> None:
    """Show the numbers, and offer them as CSV."""
    first, names, columns = table(result)
    first, *heads = (words.w(f"{PAGE}.table.{name}") if len(name) > 3 else name for name in (first, *names))
    st.download_button(
        words.w("descent.csv"),
        lambda: csv(heads, columns, first, begin=1),
        file_name="lrviz-dropout.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="dropout csv",
    )
    lines = [[str(i + 1), *(number(v, 6) for v in row)] for i, row in enumerate(columns.T[:MOST_ROWS].tolist())]
    lesson.table([first, *heads], lines)


def table(result: Result) -> tuple[str, list[str], np.ndarray]:
    """Return a result as columns: what a row is, the columns' names, and their values, (columns, rows)."""
    match result:
        case Layer():
            named = columns(result)
            return "row_unit", [*named], np.array([*named.values()])
        case Average():
            return "row_masks", [f"x_{i + 1}" for i in range(len(result.evaluated))], result.averages.T
        case Depth():
            return (
                "row_layer",
                ["unscaled", "scaled", "theory"],
                np.array([result.unscaled[1:], result.scaled[1:], result.expected[1:]]),
            )
        case Ensemble():
            names = [f"m_{i + 1}" for i in range(result.masks.shape[1])]
            return (
                "row_network",
                [*names, "chance", "output"],
                np.array([*result.masks.T, result.probabilities, result.outputs]),
            )
