"""Shows a real small training live; `?job=` finds one again, `?steps=` says how long it is, `?plain=1` only watches."""

import numpy as np
import streamlit as st

from lrviz import jobs
from lrviz.text import words
from lrviz.train.canvas import LEVELS, SIDE
from lrviz.train.models import MLP
from lrviz.train.tasks import Moons
from lrviz.train.training import Training
from lrviz.ui.chart import Live, chart

given, state = words("en"), st.session_state
TRAINING = Training(task=Moons(points=80), model=MLP(width=6), steps=int(st.query_params.get("steps", "400")))
MEASURED = {"grow": "worth.loss_val", "at": "measured"}


def start() -> None:
    """Start the training, and name it in the address."""
    state.job = jobs.BOARD.start("visitor", "lrviz.train.job:watched", (TRAINING,), paused="paused" in st.query_params)


def end() -> None:
    """Count the endings."""
    state.ended = state.get("ended", 0) + 1


st.set_page_config(layout="wide", page_title="live")
job = state.get("job") or st.query_params.get("job", "")
found = jobs.BOARD.find(job)
key = found.key if found and "plain" not in st.query_params else ""
live = Live(
    job, key, given.group("live"), TRAINING.steps, 1, True, "loss {loss}, validation {val}",
    {"loss": "losses", "val": "worth.loss_val"},
)  # fmt: skip
figure = {
    "data": [
        {"type": "heatmap", "z": np.zeros((SIDE, SIDE)), "zmin": 0, "zmax": 2, "showscale": False,
         "live": {"hold": "plane", "into": "z", "divide": LEVELS}, "xaxis": "x2", "yaxis": "y2"},
        {"type": "scatter", "mode": "lines", "name": "raw", "live": {"grow": "losses", "shift": -1}},
        {"type": "scatter", "mode": "lines", "name": "smooth", "live": {"grow": "losses", "shift": -1, "smooth": 0.9}},
        {"type": "scatter", "mode": "lines", "name": "validation", "live": MEASURED},
        {"type": "scatter", "mode": "lines", "name": "middle", "live": MEASURED | {"share": 0.5}},
    ],
    "layout": {
        "xaxis": {"range": [0, TRAINING.steps], "domain": [0, 0.6]},
        "yaxis": {"type": "log", "range": [-0.5, 0.5],
                  "live": {"of": [{"grow": "losses"}], "down": True, "least": 0.01}},
        "xaxis2": {"domain": [0.7, 1]}, "yaxis2": {"anchor": "x2"},
    },
}  # fmt: skip
chart(
    figure, key="live", alt="A training", words=given.group("chart"), live=live,
    on_again=start if "again" not in st.query_params else None, on_end=end,
)  # fmt: skip
st.text(f"ended {state.get('ended', 0)} times")
