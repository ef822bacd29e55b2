"""Shows a chart that plays: a line that grows, one that bends, and a heatmap; a knob scales them all."""

import numpy as np
import streamlit as st

from lrviz.text import words
from lrviz.ui.chart import Film, chart
from lrviz.ui.knob import knob

KNOB = {"type": "Type {label}", "reset": "Reset {label} to {default}", "help": "About {label}"}
POINTS = 40
given, state = words("en"), st.session_state
state.setdefault("size", 1.0)


def turn(text: str, done: bool) -> None:
    """Keep the new size."""
    state.size = float(text)


def figure(size: float, frames: int) -> dict:
    """Return a line of which one more point is shown each frame, a sine that rises, and cells that light up in turn."""
    x, reach = np.arange(POINTS, dtype=np.float32), np.minimum(np.arange(frames), POINTS)
    heights = np.linspace(0, size, frames)[:, None] * np.sin(x / 6).astype(np.float32)
    cells = size * (np.arange(6) == np.arange(frames)[:, None] % 6)
    return {
        "data": [
            {"type": "scatter", "mode": "lines+markers", "name": "grows", "x": x, "y": size * x / POINTS,
             "marker": {"size": np.full(POINTS, 6)}, "film": {"reach": reach}},
            {"type": "scatter", "mode": "lines", "name": "bends", "x": x, "y": heights[-1], "film": {"y": heights}},
            {"type": "heatmap", "z": cells[-1].reshape(2, 3), "film": {"z": cells}, "xaxis": "x2", "yaxis": "y2",
             "zmin": 0, "zmax": 2, "showscale": False, "visible": "cells" in st.query_params},
        ],
        "layout": {
            "xaxis": {"range": [0, POINTS], "domain": [0, 0.6], "title": {"text": "x"}}, "yaxis": {"range": [-2, 2]},
            "xaxis2": {"domain": [0.7, 1]}, "yaxis2": {"anchor": "x2"}, "showlegend": True,
            "hovermode": "x unified",
        },
    }  # fmt: skip


st.set_page_config(layout="wide", page_title="film")
knob("Size", state.size, key="size_knob", low=0.1, high=2, words=KNOB, on_turn=turn)
frames = 21 if st.checkbox("Short") else 61
sizes = np.linspace(0, state.size, frames)
first = int(st.query_params["begin"]) if "begin" in st.query_params else None
film = Film(frames, given.group("film"), 10.0, first, "After {frame} of {frames} it is {size} high.", {"size": sizes})
chart(
    figure(state.size, frames), key="film", alt=f"A film {state.size:g} high", words=given.group("chart"),
    film=None if st.checkbox("Still") else film,
)  # fmt: skip
