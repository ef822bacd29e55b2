"""Shows every component once, on a made-up curve; `?slow=1` makes the page work for a while below the knob."""

import math
import time

import numpy as np
import streamlit as st

from lrviz.ui.ask import ask
from lrviz.ui.chart import chart
from lrviz.ui.knob import knob
from lrviz.ui.link import copy_link

KNOB = {"type": "Type {label}", "reset": "Reset {label} to {default}", "help": "About {label}"}
CHART = {
    "png": "Download PNG", "svg": "Download SVG", "reset_zoom": "Reset zoom", "keys": "Left and right arrows read",
    "failed": "No picture.",
}  # fmt: skip
LINK = {"copy": "Copy link", "copied": "Copied", "failed": "Copy it from the address bar"}
START = {"rate": 0.1, "steps": 1000.0, "power": 2.0}
state = st.session_state
for name, value in START.items():
    state.setdefault(name, value)
    state.setdefault(f"{name}_error", "")
state.setdefault("turns", [])


def turn(name: str, text: str, done: bool) -> None:
    """Keep the number the learner asked for, or say why not."""
    state.turns.append((name, text, done))
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    state[f"{name}_error"] = "" if math.isfinite(number) else f"{text} is not a number."
    if math.isfinite(number):
        state[name] = number


st.set_page_config(layout="wide", page_title="components")
st.title("Components")
copy_link(key="link", lang="zh-CN" if "zh" in st.query_params else "en", words=LINK)
knob(
    "Learning rate", state.rate, key="rate_knob", low=1e-5, high=1.0, scale="log", default=0.1, words=KNOB,
    headline=True, help="The size of one update.", error=state.rate_error,
    on_turn=lambda text, done: turn("rate", text, done),
)  # fmt: skip
if "slow" in st.query_params:
    time.sleep(0.15)
st.empty()
picture, side = st.columns([3, 1])
with side:
    knob(
        "Steps", state.steps, key="steps_knob", low=1, high=2000, integer=True, default=1000, words=KNOB,
        error=state.steps_error, on_turn=lambda text, done: turn("steps", text, done),
    )  # fmt: skip
    knob(
        "Power of the decay", state.power, key="power_knob", low=0.5, high=4, words=KNOB, help="1 is a straight line.",
        error=state.power_error, on_turn=lambda text, done: turn("power", text, done),
    )  # fmt: skip
    knob("Fixed", 3, key="fixed_knob", low=0, high=9, integer=True, words=KNOB, disabled=True, on_turn=lambda *_: None)
    ask(
        f"api/answer?steps={state.steps:g}&wait={2 if state.steps == 2000 else 0}", key="check",
        words={"agrees": "Agrees over {steps} steps."}, pending="Checking…", failed="No answer.",
    )  # fmt: skip
t = np.arange(int(state.steps))
decay = (1 - t / max(len(t), 1)) ** state.power
third = "a &lt;b&gt; &amp;amp;" if "escaped" in st.query_params else "@text"
curves = {
    "polynomial": state.rate * decay,
    "cosine": state.rate * (1 + np.cos(np.pi * t / max(len(t), 1))) / 2,
    third: state.rate * np.where(t < len(t) // 2, 1.0, 0.5),
}


def picture_of_curves(height: int) -> None:
    """Draw the three curves."""
    chart(
        {
            "data": [
                {"type": "scatter", "mode": "lines", "name": name, "x": t, "y": y, "line": {"color": f"@series{i}"}}
                for i, (name, y) in enumerate(curves.items())
            ],
            "layout": {
                "hovermode": "x unified", "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
                "xaxis": {"title": {"text": "update t"}}, "yaxis": {"title": {"text": "learning rate"}},
            },
        },
        key="curves", height=height, words=CHART, filename="curves",
        alt=f"Three schedules that start at {state.rate:g}",
    )  # fmt: skip


hidden, tall = st.checkbox("Hide the picture"), st.checkbox("Tall picture")
if not hidden:
    with picture:
        picture_of_curves(600 if tall else 460)
st.text(f"turns {len(state.turns)} last {state.turns[-1:]} rate {state.rate:g} steps {state.steps:g}")
