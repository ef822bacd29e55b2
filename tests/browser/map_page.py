"""A ruled knob, a map that answers to clicks and zooms, and a curve whose runaways are marked."""

import numpy as np
import numpy.typing as npt
import streamlit as st

from lrviz.figures.parts import axis, runaways
from lrviz.ui.chart import chart
from lrviz.ui.knob import Band, Mark, knob

KNOB = {"type": "Type {label}", "reset": "Reset {label} to {default}", "help": "About {label}"}
CHART = {
    "png": "Download PNG", "svg": "Download SVG", "reset_zoom": "Reset zoom", "keys": "Arrows move, Enter picks",
    "failed": "No picture.",
}  # fmt: skip
BANDS = [
    Band(0.125, "@series0", "settles"), Band(0.25, "@series2", "swings around the minimum"),
    Band(float("inf"), "@series1", "diverges"),
]  # fmt: skip
MARKS = [Mark(0.125, "one step"), Mark(0.25, "bound")]
state = st.session_state
state.setdefault("rate", 0.2)
state.setdefault("plain", 0.01)


def turn(name: str, text: str) -> None:
    """Keep the number the learner asked for."""
    state[name] = float(text)


st.set_page_config(layout="wide", page_title="map")
st.title("Map")
knob(
    "Learning rate", state.rate, key="rate_knob", low=0, high=0.3, step=0.005, default=0.2, words=KNOB, headline=True,
    help="The size of one update.", bands=BANDS, marks=MARKS, on_turn=lambda text, done: turn("rate", text),
)  # fmt: skip
_, side = st.columns([3, 1])
with side:
    knob(
        "Rate on a log scale", state.plain, key="log_knob", low=1e-3, high=1, scale="log", default=0.01, words=KNOB,
        bands=BANDS, on_turn=lambda text, done: turn("plain", text),
    )  # fmt: skip
    knob(
        "Only marks", state.plain, key="marks_knob", low=1e-3, high=1, scale="log", default=0.01, words=KNOB,
        marks=MARKS, on_turn=lambda text, done: turn("plain", text),
    )  # fmt: skip


def settling(rate: npt.NDArray, momentum: npt.NDArray) -> npt.NDArray:
    """Return how far 8 * rate + momentum is from 1, as a stand-in for a regime map: (rows, columns)."""
    return np.abs(np.log10(8 * rate[None, :]) + momentum[:, None])


whole = (1e-3, 1.0, 0.0, 1.0)
x0, x1, y0, y1 = state.setdefault("shown", None) or whole
rates, momenta = np.geomspace(x0, x1, 41), np.linspace(y0, y1, 21)
chart(
    {
        "data": [
            {
                "type": "heatmap", "x": rates, "y": momenta, "z": settling(rates, momenta), "name": "",
                "colorscale": [[0, "@series0"], [0.5, "@background"], [1, "@series3"]],
                "hovertemplate": "learning rate %{x:.3~g}<br>momentum %{y:.3~g}<br>%{z:.3~g} decades away",
            }
        ],
        "layout": {
            "xaxis": axis("learning rate", (x0, x1), log=True), "yaxis": axis("momentum", (y0, y1)),
            "margin": {"r": 24}, "uirevision": "map",
        },
    },
    key="map", alt=f"A map from {x0:g} to {x1:g}", words=CHART, height=360, zoomed=state.shown is not None,
    on_pick=lambda x, y: state.update(picked=(x, y)), on_zoom=lambda ranges: state.update(shown=ranges),
)  # fmt: skip
st.text(f"picked {state.get('picked')}")
st.text(f"shown {state.shown}")
x = np.linspace(-2, 2, 81)
far = {"SGD 3.1e6": (2.6, 3.1e6), "Adam 40": (1.9, 40.0), "Lion -2.5": (-2.5, 3.0), "Rprop 17": (0.2, 17.0)}
chart(
    {
        "data": [{"type": "scatter", "mode": "lines", "x": x, "y": 4 * x**2, "line": {"color": "@muted"}}],
        "layout": {
            "xaxis": axis("x", (-2, 2)), "yaxis": axis("loss", (0, 16)), "hovermode": "x",
            "annotations": runaways(
                [px for px, _ in far.values()], [py for _, py in far.values()], list(far),
                [f"@series{i}" for i in range(len(far))], (-2, 2), (0, 16),
            ),
        },
    },
    key="curve", alt="A parabola", words=CHART, height=320, on_pick=lambda x, y: state.update(picked=(x, y)),
)  # fmt: skip
st.text(f"rate {state.rate:g} plain {state.plain:g}")
